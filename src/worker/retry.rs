//! Tries a run again whose infrastructure failed before its flow began (`--infrastructure-retries`).
//!
//! The run goes back into the schedule under a state name of our own. So its next attempt is
//! claimed and named like any other, by whichever worker is there; and how often it was tried
//! stands in its history, which no worker's death can lose.

use std::{sync::PoisonError, time::Duration};

use jiff::SignedDuration;

use super::{
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
    prefect::{ProposedState, State, StateOutcome, StateType},
};

/// The name of the SCHEDULED state of a run that is tried again.
pub const STATE: &str = "AwaitingInfrastructureRetry";
/// The wait before the first retry. Runs are taken ten seconds ahead of their time by default.
const FIRST_PAUSE: Duration = Duration::from_secs(20);
/// The longest wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How long pods of a Job that has ended are waited for.
const POD_PATIENCE: Duration = Duration::from_secs(150);

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
    let states = match shared.prefect.flow_run_states(case.about.id).await {
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
    schedule(shared, case, record, &cause, message).await
}

async fn schedule(
    shared: &Shared,
    case: &Case,
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
    let mut proposal = ProposedState::scheduled(due).named(STATE);
    proposal.message = Some(text.clone());
    let proposal = shared.process.claimed(proposal);
    match shared.prefect.set_state(case.about.id, &proposal).await {
        Ok(StateOutcome::Accepted { .. }) => {
            shared.journal.warn(&case.about, text);
            shared.given_up_ends(case.about.id);
            delete(case).await;
            Instead::Again
        }
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
    let given_up = shared.given_up(case.about.id);
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
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn states(names: &[(&str, &str)]) -> Vec<State> {
        let state = |(number, (kind, name)): (usize, &(&str, &str))| {
            let state = json!({
                "id": Uuid::from_u128(number as u128), "type": kind, "name": name,
                "timestamp": format!("2026-01-02T03:04:{number:02}Z"),
            });
            serde_json::from_value(state).unwrap()
        };
        names.iter().enumerate().map(state).collect()
    }

    #[test]
    fn what_a_history_says_of_retries() {
        let scheduled = ("SCHEDULED", "Scheduled");
        let again = ("SCHEDULED", STATE);
        let pending = ("PENDING", "Pending");
        let running = ("RUNNING", "Running");
        let late = ("SCHEDULED", "Late");
        type Row = (&'static str, Vec<(&'static str, &'static str)>, u32, bool);
        let table: [Row; 6] = [
            ("a first attempt", vec![scheduled, pending], 0, false),
            (
                "a third, and late",
                vec![
                    scheduled, late, pending, again, pending, again, late, pending,
                ],
                2,
                false,
            ),
            ("it began", vec![scheduled, pending, running], 0, true),
            (
                "it began after a retry",
                vec![scheduled, pending, again, pending, running],
                1,
                true,
            ),
            (
                "a person tried it again",
                vec![
                    scheduled,
                    pending,
                    again,
                    pending,
                    running,
                    ("FAILED", "Failed"),
                    ("SCHEDULED", "AwaitingRetry"),
                    pending,
                ],
                0,
                false,
            ),
            ("nothing is known", vec![], 0, false),
        ];
        for (name, names, used, began) in table {
            let mut states = states(&names);
            states.reverse();
            assert_eq!(Record::of(&states), Record { used, began }, "{name}");
        }
    }

    #[test]
    fn tries_end_and_pauses_grow() {
        let record = |used, began| Record { used, began };
        assert!(!record(0, false).allows(0), "off by default");
        assert!(record(0, false).allows(1));
        assert!(!record(1, false).allows(1));
        assert!(!record(0, true).allows(9), "its flow began");
        let seconds = |used, random| record(used, false).pause(random).as_secs();
        assert_eq!(
            [0, 1, 2, 4, 99].map(|used| seconds(used, 0.0)),
            [20, 40, 80, 300, 300]
        );
        assert_eq!(seconds(0, 1.0), 24);
    }
}
