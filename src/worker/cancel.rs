//! What to do for a run that is being cancelled: decisions over plain data, no I/O.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use crate::prefect::{FlowRunId, StateType};

/// How long the flow's own process may take to stop itself before its Job is deleted: it looks for
/// a cancellation every 10 s and gives the flow 30 s to end; as much again for a slow cluster.
pub const OWN_GRACE: Duration = Duration::from_secs(90);

/// What is known of a run that is being cancelled.
#[derive(Debug, Clone, Copy)]
pub struct Cancelling {
    /// This worker is submitting it at this moment.
    pub in_submission: bool,
    /// Its flow has begun to run (`start_time`).
    pub started: bool,
    /// It has infrastructure (`infrastructure_pid`), or a Job of it is known.
    pub has_job: bool,
    /// How long it has been cancelling.
    pub since: Duration,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The submission sees it and undoes itself.
    StopSubmission,
    /// Delete the Job, then set CANCELLED.
    DeleteJob,
    /// There is nothing to delete: set CANCELLED.
    Finish,
    /// The flow's process ends itself.
    LeaveToFlow,
}

impl Cancelling {
    /// Chooses the step.
    #[must_use]
    pub fn step(self) -> Step {
        if self.in_submission {
            return Step::StopSubmission;
        }
        if self.started && self.since < OWN_GRACE {
            return Step::LeaveToFlow;
        }
        if self.has_job {
            Step::DeleteJob
        } else {
            Step::Finish
        }
    }
}

/// Whether a cancelled run is the business of a worker on the cluster of this UID.
///
/// `label` is the cluster that the run names; we write it whenever we know our own. A run that
/// names none was submitted by another program or not at all: while it has not started, somebody
/// must end it, but a running flow may live on another cluster, and stops itself.
#[must_use]
pub fn is_ours(label: Option<&str>, uid: Option<&str>, started: bool) -> bool {
    match label {
        Some(label) => Some(label) == uid,
        None => !started,
    }
}

/// Whether CANCELLED may be forced upon a run in such a state: not upon one that has ended, nor upon
/// one that has begun since it was cancelled.
#[must_use]
pub const fn may_be_finished(kind: StateType) -> bool {
    matches!(
        kind,
        StateType::Cancelling | StateType::Scheduled | StateType::Pending
    )
}

/// When a run is to be looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Not any more.
    Over,
    /// After this time.
    In(Duration),
    /// Soon, and later each time: its Job is on its way out.
    Soon,
}

/// The first look after the deletion of a Job; each later one takes twice as long.
const SOON: Duration = Duration::from_secs(1);
/// But no longer than this.
const SOON_AT_MOST: Duration = Duration::from_secs(15);

/// Runs that are to be looked at again.
#[derive(Debug, Default)]
pub struct Docket(HashMap<FlowRunId, Entry>);

#[derive(Debug)]
struct Entry {
    /// `None` while it is looked at.
    due: Option<Instant>,
    /// Since when its Job is on its way out, and how often that was looked at.
    going: Option<(Instant, u32)>,
    /// How often it was heard of and not found.
    doubts: usize,
}

/// When a run is looked for again that was heard of and is not cancelling: an event may be here
/// before the state that it tells of can be read.
const DOUBTS: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(20),
];

impl Docket {
    /// When the next run is due.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.0.values().filter_map(|entry| entry.due).min()
    }

    /// The runs that are due.
    pub fn take(&mut self, now: Instant) -> Vec<FlowRunId> {
        let mut runs = Vec::new();
        for (run, entry) in &mut self.0 {
            if entry.due.is_some_and(|due| due <= now) {
                entry.due = None;
                runs.push(*run);
            }
        }
        runs
    }

    /// Notes what came of a look at a run.
    pub fn note(&mut self, run: FlowRunId, next: Next, now: Instant) {
        let going = self.0.get(&run).and_then(|entry| entry.going);
        let entry = match next {
            Next::Over => {
                self.strike(run);
                return;
            }
            Next::In(wait) => Entry {
                due: Some(now + wait),
                going,
                doubts: 0,
            },
            Next::Soon => {
                let (since, looks) = going.unwrap_or((now, 0));
                let wait = SOON * 2_u32.pow(looks.min(8));
                Entry {
                    due: Some(now + wait.min(SOON_AT_MOST)),
                    going: Some((since, looks + 1)),
                    doubts: 0,
                }
            }
        };
        self.0.insert(run, entry);
    }

    /// A run that is to be looked at was not found among those that are cancelling.
    pub fn doubt(&mut self, run: FlowRunId, now: Instant) {
        let known = self.0.get(&run);
        let doubts = match known {
            // It was seen before, so it is no longer cancelling.
            Some(entry) if entry.doubts == 0 => DOUBTS.len(),
            Some(entry) => entry.doubts,
            None => 0,
        };
        let Some(wait) = DOUBTS.get(doubts) else {
            return self.strike(run);
        };
        let entry = Entry {
            due: Some(now + *wait),
            going: None,
            doubts: doubts + 1,
        };
        self.0.insert(run, entry);
    }

    /// Forgets a run.
    pub fn strike(&mut self, run: FlowRunId) {
        self.0.remove(&run);
    }

    /// How long a run's Job has been on its way out.
    #[must_use]
    pub fn waited(&self, run: FlowRunId, now: Instant) -> Duration {
        let going = self.0.get(&run).and_then(|entry| entry.going);
        going.map_or(Duration::ZERO, |(since, _)| {
            now.saturating_duration_since(since)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelled_is_forced_upon_what_has_not_begun_or_ended() {
        for (kind, expected) in [
            (StateType::Cancelling, true),
            (StateType::Scheduled, true),
            (StateType::Pending, true),
            (StateType::Running, false),
            (StateType::Completed, false),
            (StateType::Failed, false),
            (StateType::Crashed, false),
            (StateType::Cancelled, false),
        ] {
            assert_eq!(may_be_finished(kind), expected, "{kind:?}");
        }
    }

    #[test]
    fn whose_business_a_cancelled_run_is() {
        assert!(is_ours(Some("here"), Some("here"), true));
        assert!(!is_ours(Some("there"), Some("here"), false));
        assert!(
            !is_ours(Some("there"), None, false),
            "we know not where we are"
        );
        assert!(is_ours(None, Some("here"), false));
        assert!(!is_ours(None, Some("here"), true), "it may run anywhere");
    }

    #[test]
    fn steps() {
        let run = Cancelling {
            in_submission: false,
            started: false,
            has_job: false,
            since: Duration::ZERO,
        };
        let table = [
            ("before anything", run, Step::Finish),
            (
                "while it is submitted",
                Cancelling {
                    in_submission: true,
                    has_job: true,
                    ..run
                },
                Step::StopSubmission,
            ),
            (
                "its pod is pending",
                Cancelling {
                    has_job: true,
                    ..run
                },
                Step::DeleteJob,
            ),
            (
                "it runs",
                Cancelling {
                    started: true,
                    has_job: true,
                    ..run
                },
                Step::LeaveToFlow,
            ),
            (
                "it runs and does not stop",
                Cancelling {
                    started: true,
                    has_job: true,
                    since: OWN_GRACE,
                    ..run
                },
                Step::DeleteJob,
            ),
            (
                "it ran and its Job is gone",
                Cancelling {
                    started: true,
                    since: OWN_GRACE,
                    ..run
                },
                Step::Finish,
            ),
        ];
        for (name, run, step) in table {
            assert_eq!(run.step(), step, "{name}");
        }
    }

    #[test]
    fn a_run_is_looked_at_again_until_it_is_over() {
        let (mut docket, start) = (Docket::default(), Instant::now());
        let run = FlowRunId(uuid::Uuid::nil());
        let mut now = start;
        for wait in [1, 2, 4, 8, 15, 15] {
            docket.note(run, Next::Soon, now);
            assert_eq!(docket.due(), Some(now + Duration::from_secs(wait)));
            assert!(docket.take(now).is_empty(), "not yet");
            now += Duration::from_secs(wait);
            assert_eq!(docket.take(now), [run]);
            assert_eq!(docket.due(), None, "it is being looked at");
        }
        assert_eq!(docket.waited(run, now), Duration::from_secs(45));
        docket.note(run, Next::In(OWN_GRACE), now);
        assert_eq!(docket.due(), Some(now + OWN_GRACE));
        docket.note(run, Next::Over, now);
        assert_eq!(
            (docket.due(), docket.waited(run, now)),
            (None, Duration::ZERO)
        );
    }

    #[test]
    fn a_run_that_is_heard_of_too_early_is_looked_for_again() {
        let (mut docket, mut now) = (Docket::default(), Instant::now());
        let run = FlowRunId(uuid::Uuid::nil());
        for wait in DOUBTS {
            docket.doubt(run, now);
            assert_eq!(docket.due(), Some(now + wait));
            now += wait;
            assert_eq!(docket.take(now), [run]);
        }
        docket.doubt(run, now);
        assert!(docket.0.is_empty(), "a rumour");
        docket.note(run, Next::Soon, now);
        docket.doubt(run, now);
        assert!(docket.0.is_empty(), "it was seen, and is over");
    }
}
