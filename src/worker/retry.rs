//! Tries a run again whose infrastructure failed before its flow began (`--infrastructure-retries`).
//!
//! The run goes back into the schedule under a state name of our own. So its next attempt is
//! claimed and named like any other, by whichever worker is there; and how often it was tried
//! stands in its history, which no worker's death can lose.

use std::{collections::HashSet, sync::PoisonError, time::Duration};

use jiff::SignedDuration;

use super::{
    attempt::attempt_of,
    claiming::ended_as,
    decide::{JobEnd, REPLACEMENT_GRACE, Standing},
    disruption,
    judge::Case,
    reschedule::{RETRY, Rescheduled, reschedule},
    shared::Shared,
};
use crate::{
    k8s::{
        Class, Deletion,
        view::{Phase, PodView},
    },
    prefect::{Budget, FlowRunNow, ProposedState, State, StateId, StateType},
};

/// The wait before the first retry. Runs are taken ten seconds ahead of their time by default.
const FIRST_PAUSE: Duration = Duration::from_secs(20);
/// The longest wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How long pods of a Job that has ended are waited for.
const POD_PATIENCE: Duration = Duration::from_secs(150);
/// How much longer than the worker that holds the run the others wait, who know less of its pods.
const TURN: Duration = Duration::from_secs(10);
/// How long refusals of a PENDING run's retry are taken for a run that moves on.
const REFUSALS: Duration = Duration::from_secs(600);

/// What a run's history says of its retries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// How many attempts were tried again since it was last scheduled by anybody else.
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
        let mut proposals = HashSet::new();
        for state in states {
            match (state.kind, state.name.as_deref()) {
                // One proposal for each attempt: the server may have taken it twice.
                (StateType::Scheduled, Some(RETRY)) => {
                    let id = state.details.transition_id;
                    record.used += u32::from(id.is_none_or(|id| proposals.insert(id)));
                }
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
    let is_held = shared.board.holds(case.about.id.0);
    if !is_held && case.since.elapsed() < REPLACEMENT_GRACE + TURN {
        return Instead::Wait;
    }
    let pods = match case.pods().await {
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
    match shared.glance.at(&prefect, case.about.id).await {
        Ok(run) if is_at(run.as_ref(), &states, case.attempt) => {
            schedule(shared, case, attempt_of(&states), record, &cause, message).await
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

async fn schedule(
    shared: &Shared,
    case: &Case,
    attempt: Option<StateId>,
    record: Record,
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
    let mut proposal = ProposedState::scheduled(due).named(RETRY);
    proposal.message = Some(text.clone());
    let rescheduled = match reschedule(shared, case.about.id, attempt, proposal).await {
        Ok(rescheduled) => rescheduled,
        Err(error) => {
            tracing::warn!("failed to schedule a run again: {}", error.one_line());
            return Instead::Wait;
        }
    };
    match rescheduled {
        Rescheduled::Done => shared.journal.warn(&case.about, text),
        Rescheduled::Before => {}
        Rescheduled::Late(why) => {
            let name = &case.about.name;
            tracing::info!("flow run '{name}' was not to be tried again: {why}");
            return Instead::Wait;
        }
        // The next look tells.
        Rescheduled::Refused if case.since.elapsed() < REFUSALS => return Instead::Wait,
        Rescheduled::Refused => return Instead::Crash(message),
    }
    shared.given_up_ends(&case.path());
    delete(case).await;
    Instead::Again
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
