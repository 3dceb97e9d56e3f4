//! Tries a run again whose infrastructure failed before its flow began (`--infrastructure-retries`).
//!
//! The run goes back into the schedule under a state name of our own. So its next attempt is
//! claimed and named like any other, by whichever worker is there; and how often it was tried
//! stands in its history, which no worker's death can lose.

use std::{
    sync::PoisonError,
    time::{Duration, Instant},
};

use jiff::SignedDuration;

use super::{
    attempt::attempt_of,
    claiming::{LATE, ended_as, give_back},
    decide::{JobEnd, Standing},
    disruption,
    judge::Case,
    last_words::JOB_LABEL,
    shared::Shared,
};
use crate::{
    k8s::{
        Class, Deletion, Scope,
        view::{Phase, PodView},
    },
    prefect::{Budget, FlowRunNow, ProposedState, State, StateId, StateOutcome, StateType},
};

/// The name of the SCHEDULED state of a run that is tried again.
pub const STATE: &str = "AwaitingInfrastructureRetry";
/// The wait before the first retry. Runs are taken ten seconds ahead of their time by default.
const FIRST_PAUSE: Duration = Duration::from_secs(20);
/// The longest wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How long pods of a Job that has ended are waited for.
const POD_PATIENCE: Duration = Duration::from_secs(150);
/// How long refusals of a PENDING run's retry are taken for a run that moves on.
const REFUSALS: Duration = Duration::from_secs(600);

/// What a run's history says of its retries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// How often its infrastructure was tried again since it was last scheduled by anybody else.
    pub used: u32,
    /// Whether its flow has begun since then.
    pub began: bool,
}

impl Record {
    /// Reads it off the states that a run has had.
    #[must_use]
    pub fn of(states: &[State]) -> Self {
        let mut states: Vec<&State> = states.iter().collect();
        states.sort_by_key(|state| std::cmp::Reverse(state.timestamp));
        let mut record = Self::default();
        for state in states {
            match (state.kind, state.name.as_deref()) {
                (StateType::Scheduled, Some(STATE)) => record.used += 1,
                // The server says so of a scheduled run; it is no new schedule.
                (StateType::Scheduled, Some("Late")) => {}
                (StateType::Scheduled, _) => break,
                (StateType::Running, _) => record.began = true,
                _ => {}
            }
        }
        record
    }

    /// Whether a run may be tried once more, of so many times.
    #[must_use]
    pub const fn allows(self, retries: u32) -> bool {
        !self.began && self.used < retries
    }

    /// How long the next try is put off. `random` is uniform in 0..1.
    fn pause(self, random: f64) -> Duration {
        let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.used));
        doubled
            .min(LONGEST_PAUSE)
            .mul_f64(0.2f64.mul_add(random, 1.0))
    }
}

/// What is done in place of a crash.
pub enum Instead {
    /// The run is in the schedule again.
    Again,
    /// It cannot be told yet.
    Wait,
    /// Nothing: it has crashed, with this message.
    Crash(String),
}

/// Puts a run back into the schedule in place of calling it crashed, where that is right: it never
/// began, its infrastructure is to blame, no pod of the Job is left, and tries are.
pub async fn instead(shared: &Shared, case: &Case, standing: Standing, message: String) -> Instead {
    let retries = shared.options.infrastructure.retries;
    if retries == 0 || standing != Standing::Pending || case.end == JobEnd::Succeeded {
        return Instead::Crash(message);
    }
    let pods = match pods(case).await {
        Ok(pods) => pods,
        Err(why) => {
            tracing::warn!("cannot tell yet whether to try again: {why}");
            return Instead::Wait;
        }
    };
    let over = |pod: &PodView| matches!(pod.status.phase, Phase::Succeeded | Phase::Failed);
    if !pods.iter().all(over) {
        // A pod on a silent node may begin its flow yet.
        return if case.since.elapsed() < POD_PATIENCE {
            Instead::Wait
        } else {
            Instead::Crash(message)
        };
    }
    let Some(cause) = cause(shared, case, &pods) else {
        return Instead::Crash(message);
    };
    let prefect = shared.prefect.with_budget(Budget::Attempts(1));
    let states = match prefect.flow_run_states(case.about.id).await {
        Ok(states) => states,
        Err(error) => {
            tracing::warn!("cannot tell yet whether to try again: {}", error.one_line());
            return Instead::Wait;
        }
    };
    let record = Record::of(&states);
    if !record.allows(retries) {
        let tries = record.used + 1;
        return Instead::Crash(if record.used > 0 {
            format!("{message} Its infrastructure was tried {tries} times; the last time {cause}.")
        } else {
            message
        });
    }
    // Last, for the server would take the proposal from a run that has ended meanwhile.
    let looked = Instant::now();
    match shared.glance.at(&prefect, case.about.id).await {
        Ok(run) if is_at(run.as_ref(), &states, case.attempt) => {
            schedule(shared, case, record, looked, &cause, message).await
        }
        Ok(_) => Instead::Wait,
        Err(error) => {
            tracing::warn!("cannot tell yet whether to try again: {}", error.one_line());
            Instead::Wait
        }
    }
}

/// Whether a run is still PENDING, in a state of this history, and in this attempt where that is
/// known. What is not so is looked at anew.
fn is_at(run: Option<&FlowRunNow>, states: &[State], attempt: Option<StateId>) -> bool {
    let Some(current) = run.and_then(|run| run.state.as_ref()) else {
        return false;
    };
    current.kind == StateType::Pending
        && states.iter().any(|state| state.id == current.id)
        && ended_as(states).is_none()
        && (attempt.is_none() || attempt_of(states) == attempt)
}

/// What a run was taken from by a late proposal, which came to this state: its end, or the way to
/// it.
fn taken_from(states: &[State], mine: StateId) -> Option<&State> {
    let is_end = |kind: StateType| kind.is_final() || kind == StateType::Cancelling;
    let decisive = |state: &&State| {
        state.id != mine && (state.kind == StateType::Scheduled || is_end(state.kind))
    };
    let last = states.iter().filter(decisive);
    last.max_by_key(|state| state.timestamp)
        .filter(|state| is_end(state.kind))
}

/// The server took long to answer: gives the run back what it may have been taken from.
async fn look_into(shared: &Shared, case: &Case, mine: StateId) -> Option<Instead> {
    match shared.prefect.flow_run_states(case.about.id).await {
        Ok(states) => {
            let from = taken_from(&states, mine)?;
            let id = case.about.id;
            let why = give_back(&shared.process, &shared.prefect, id, from).await;
            tracing::info!(
                "flow run '{}' was not to be tried again: {why}",
                case.about.name
            );
            Some(Instead::Wait)
        }
        Err(error) => {
            tracing::warn!(
                "cannot tell whether a retry came too late: {}",
                error.one_line()
            );
            None
        }
    }
}

async fn schedule(
    shared: &Shared,
    case: &Case,
    record: Record,
    looked: Instant,
    cause: &str,
    message: String,
) -> Instead {
    let pause = record.pause(fastrand::f64());
    let tries = shared.options.infrastructure.retries + 1;
    let next = record.used + 2;
    let text = format!(
        "The infrastructure of this run failed before its flow began: {cause}. Trying again in {} \
         s (attempt {next} of {tries}).",
        pause.as_secs()
    );
    let due = shared.prefect.server_now();
    let due = SignedDuration::try_from(pause)
        .ok()
        .and_then(|pause| due.checked_add(pause).ok());
    let Some(due) = due else {
        return Instead::Crash(message);
    };
    let mut proposal = ProposedState::scheduled(due).named(STATE);
    proposal.message = Some(text.clone());
    let proposal = shared.process.claimed(proposal);
    // Once: said again later, it would take the run out of what came between.
    let prefect = shared.prefect.with_budget(Budget::Attempts(1));
    match prefect.set_state(case.about.id, &proposal).await {
        Ok(StateOutcome::Accepted { state, .. }) => {
            if looked.elapsed() > LATE
                && let Some(instead) = look_into(shared, case, state.id).await
            {
                return instead;
            }
            shared.journal.warn(&case.about, text);
            shared.given_up_ends(&case.path());
            delete(case).await;
            Instead::Again
        }
        // It has moved on, most likely, which the next look tells.
        Ok(_) if case.since.elapsed() < REFUSALS => Instead::Wait,
        Ok(_) => Instead::Crash(message),
        Err(error) => {
            tracing::warn!("failed to schedule a run again: {}", error.one_line());
            Instead::Wait
        }
    }
}

/// Deletes the Job of the attempt that failed. Left behind it does no harm.
async fn delete(case: &Case) {
    let deletion = Deletion {
        uid: case.uid.clone(),
        grace_seconds: None,
    };
    let deleted = case
        .cluster
        .delete_job(&case.namespace, &case.job, &deletion);
    match deleted.await {
        Err(failure) if failure.class != Class::NotFound => {
            tracing::warn!("the Job of the attempt that failed is left behind: {failure}");
        }
        _ => {}
    }
}

async fn pods(case: &Case) -> Result<Vec<PodView>, String> {
    let scope = Scope::Namespace(case.namespace.clone());
    let selector = format!("{JOB_LABEL}={}", case.job);
    let pods = case.cluster.list::<PodView>(&scope, &selector).await;
    pods.map_err(|failure| failure.to_string())
}

/// What of the infrastructure is to blame; a container that ended by itself is not.
fn cause(shared: &Shared, case: &Case, pods: &[PodView]) -> Option<String> {
    let given_up = shared.given_up(&case.path());
    let seen = || {
        let facts = case.facts.lock().unwrap_or_else(PoisonError::into_inner);
        facts.disruption.clone()
    };
    let read = || {
        pods.iter()
            .find_map(|pod| disruption::disruption(&pod.status))
    };
    let deleted = || (case.end == JobEnd::Deleted).then(|| "its Job was deleted".to_owned());
    given_up.or_else(seen).or_else(read).or_else(deleted)
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
