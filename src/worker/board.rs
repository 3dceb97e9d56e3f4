//! The runs this worker has in hand: what the live table shows and what `--limit` counts.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use uuid::Uuid;

use crate::prefect::StateId;

/// How long a run that has ended stays in sight.
const AFTERGLOW: Duration = Duration::from_secs(10);

/// Where a run is, as this worker knows without asking the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// It is being submitted: claimed, configured, its Job created.
    Submitting,
    /// Its Job exists and waits for a running pod, perhaps for a reason.
    Pending(Option<String>),
    /// Its pod runs.
    Running,
    /// It is being cancelled.
    Cancelling,
    /// Its Job has ended so, and what the flow itself says of its end is waited for.
    Judged(&'static str),
    /// Its Job has ended, or it was not submitted; the word is for people.
    Ended(&'static str),
}

impl Phase {
    /// The phase in words for a table.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Submitting => "Submitting".to_owned(),
            Self::Pending(None) => "Pending".to_owned(),
            Self::Pending(Some(reason)) => format!("Pending ({reason})"),
            Self::Running => "Running".to_owned(),
            Self::Cancelling => "Cancelling".to_owned(),
            Self::Judged(word) | Self::Ended(word) => (*word).to_owned(),
        }
    }
}

/// A run in hand.
#[derive(Debug, Clone)]
pub struct ActiveRun {
    /// The flow run's name.
    pub name: String,
    /// The deployment's name, where there is one.
    pub deployment: Option<String>,
    /// `namespace/name` of its Job, once it exists.
    pub job: Option<String>,
    /// The attempt that this worker makes, once it is claimed.
    attempt: Option<StateId>,
    /// Where it is.
    pub phase: Phase,
    /// When this worker took it up.
    pub since: Instant,
    /// Since when its pod is there and has not started.
    waiting: Option<Instant>,
    ended: Option<Instant>,
    /// Jobs that ended before their creation was answered, and how.
    early: Vec<(String, &'static str)>,
    /// When the server first gave it out while it was in hand.
    given_again: Option<Instant>,
}

impl ActiveRun {
    fn is_in_sight(&self, now: Instant) -> bool {
        self.ended
            .is_none_or(|ended| now.saturating_duration_since(ended) < AFTERGLOW)
    }
}

/// A run whose pod does not start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// The flow run's id.
    pub id: Uuid,
    /// `namespace/name` of its Job.
    pub job: String,
    /// Why, where that is known.
    pub reason: Option<String>,
}

/// The runs in hand. Clones are the same board.
#[derive(Debug, Clone, Default)]
pub struct Board(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    runs: BTreeMap<Uuid, ActiveRun>,
    ended: BTreeMap<&'static str, u64>,
}

impl Board {
    /// Takes a run in hand. Gives false, and changes nothing, when it already is.
    pub fn take(&self, id: Uuid, name: &str, deployment: Option<&str>, now: Instant) -> bool {
        let mut entries = self.entries();
        if entries.runs.get(&id).is_some_and(|run| run.ended.is_none()) {
            return false;
        }
        // Here, for not every worker has somebody who looks at its table.
        entries.runs.retain(|_, run| run.is_in_sight(now));
        entries.runs.insert(
            id,
            ActiveRun {
                name: name.to_owned(),
                deployment: deployment.map(str::to_owned),
                job: None,
                attempt: None,
                phase: Phase::Submitting,
                since: now,
                waiting: None,
                ended: None,
                early: Vec::new(),
                given_again: None,
            },
        );
        true
    }

    /// Notes that the server gives a run out that is in hand with a Job. Tells whether it has done
    /// so for this long: then the run has been scheduled again, and its Job goes on for whatever
    /// other reason.
    pub fn is_given_again(&self, id: Uuid, now: Instant, grace: Duration) -> bool {
        let mut entries = self.entries();
        let Some(run) = entries.runs.get_mut(&id).filter(|run| run.job.is_some()) else {
            return false;
        };
        let first = *run.given_again.get_or_insert(now);
        now.duration_since(first) >= grace
    }

    /// Notes the deployment of a run in hand.
    pub fn deployed_by(&self, id: Uuid, deployment: &str) {
        if let Some(run) = self.entries().runs.get_mut(&id) {
            run.deployment = Some(deployment.to_owned());
        }
    }

    /// Notes the attempt that a run in hand was claimed in: the scheduled state before the claim.
    pub fn makes_attempt(&self, id: Uuid, attempt: StateId) {
        if let Some(run) = self.entries().runs.get_mut(&id) {
            run.attempt = Some(attempt);
        }
    }

    /// The attempt that this worker makes at a run in hand.
    #[must_use]
    pub fn attempt(&self, id: Uuid) -> Option<StateId> {
        let entries = self.entries();
        let run = entries.runs.get(&id).filter(|run| run.ended.is_none())?;
        run.attempt
    }

    /// Notes the Job of a run in hand.
    pub fn has_job(&self, id: Uuid, job: &str) {
        let mut entries = self.entries();
        let Some(run) = entries.runs.get_mut(&id) else {
            return;
        };
        let early = run.early.iter().find(|(early, _)| early == job);
        let early = early.map(|(_, word)| *word);
        run.job = Some(job.to_owned());
        if run.phase == Phase::Submitting {
            run.phase = Phase::Pending(None);
        }
        drop(entries);
        if let Some(word) = early {
            self.ended(id, word, Instant::now());
        }
    }

    /// Notes that the Job of a run in hand has ended, and how. Tells whether that is news.
    pub fn judges(&self, id: Uuid, job: &str, word: &'static str) -> bool {
        let mut entries = self.entries();
        let run = entries.runs.get_mut(&id).filter(|run| {
            run.ended.is_none()
                && run.job.as_deref() == Some(job)
                && !matches!(run.phase, Phase::Judged(_) | Phase::Cancelling)
        });
        let Some(run) = run else {
            return false;
        };
        run.waiting = None;
        run.phase = Phase::Judged(word);
        true
    }

    /// Moves a run in hand on. A run that has ended stays ended, and one whose Job has is not moved by
    /// what its pods do.
    pub fn moved(&self, id: Uuid, phase: Phase) {
        if let Some(run) = self.entries().runs.get_mut(&id)
            && run.ended.is_none()
            && (phase == Phase::Cancelling || !matches!(run.phase, Phase::Judged(_)))
        {
            run.waiting = match phase {
                Phase::Pending(_) => run.waiting.or_else(|| Some(Instant::now())),
                _ => None,
            };
            run.phase = phase;
        }
    }

    /// Lets go of a run; `word` says how it ended.
    pub fn ended(&self, id: Uuid, word: &'static str, now: Instant) {
        let mut entries = self.entries();
        let Some(run) = entries.runs.get_mut(&id).filter(|run| run.ended.is_none()) else {
            return;
        };
        run.phase = Phase::Ended(word);
        run.ended = Some(now);
        *entries.ended.entry(word).or_default() += 1;
    }

    /// Lets go of a run that has this Job; one that has another by now is kept. A Job that ends
    /// before its creation is known here is remembered until [`Board::has_job`].
    pub fn ended_job(&self, id: Uuid, job: &str, word: &'static str, now: Instant) {
        match self.job_of(id) {
            Some(None) => {
                if let Some(run) = self.entries().runs.get_mut(&id) {
                    run.early.push((job.to_owned(), word));
                }
            }
            Some(Some(held)) if held == job => self.ended(id, word, now),
            _ => {}
        }
    }

    /// Lets go of a run that came to nothing, without a trace.
    pub fn forget(&self, id: Uuid) {
        self.entries().runs.remove(&id);
    }

    /// The Job of a run in hand: `None` when it is not in hand, `Some(None)` while it has none.
    #[must_use]
    pub fn job_of(&self, id: Uuid) -> Option<Option<String>> {
        let entries = self.entries();
        let run = entries.runs.get(&id).filter(|run| run.ended.is_none())?;
        Some(run.job.clone())
    }

    /// The runs in hand that have a Job.
    #[must_use]
    pub fn with_jobs(&self) -> Vec<Uuid> {
        let entries = self.entries();
        let runs = entries.runs.iter();
        runs.filter(|(_, run)| run.ended.is_none() && run.job.is_some())
            .map(|(id, _)| *id)
            .collect()
    }

    /// The runs in hand whose pods have not started for so long.
    #[must_use]
    pub fn stuck(&self, timeout: Duration) -> Vec<Stuck> {
        let entries = self.entries();
        let late = |run: &ActiveRun| run.waiting.is_some_and(|since| since.elapsed() >= timeout);
        let stuck = |(id, run): (&Uuid, &ActiveRun)| match &run.phase {
            Phase::Pending(reason) if run.ended.is_none() && late(run) => Some(Stuck {
                id: *id,
                job: run.job.clone()?,
                reason: reason.clone(),
            }),
            _ => None,
        };
        entries.runs.iter().filter_map(stuck).collect()
    }

    /// Whether a run is in hand.
    #[must_use]
    pub fn holds(&self, id: Uuid) -> bool {
        self.entries()
            .runs
            .get(&id)
            .is_some_and(|run| run.ended.is_none())
    }

    /// Runs in hand.
    #[must_use]
    pub fn count(&self) -> usize {
        self.entries()
            .runs
            .values()
            .filter(|run| run.ended.is_none())
            .count()
    }

    /// Runs in hand whose Jobs exist: they go on when the worker stops.
    #[must_use]
    pub fn jobs(&self) -> usize {
        self.entries()
            .runs
            .values()
            .filter(|run| run.ended.is_none() && run.job.is_some())
            .count()
    }

    /// How many runs ended, by word.
    #[must_use]
    pub fn totals(&self) -> Vec<(&'static str, u64)> {
        self.entries()
            .ended
            .iter()
            .map(|(word, count)| (*word, *count))
            .collect()
    }

    /// The runs in sight, oldest first; those that ended a while ago are forgotten.
    #[must_use]
    pub fn in_sight(&self, now: Instant) -> Vec<ActiveRun> {
        let mut entries = self.entries();
        entries.runs.retain(|_, run| run.is_in_sight(now));
        let mut runs: Vec<ActiveRun> = entries.runs.values().cloned().collect();
        runs.sort_by_key(|run| run.since);
        runs
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "board_tests.rs"]
mod tests;
