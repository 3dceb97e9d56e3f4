//! Runs that a worker left behind: claimed, and without a Job.
//!
//! A worker may die between its claim and the creation of the Job, or between the creation and the
//! note of it on the server. The claim names this program and this cluster, the attempt is in the
//! run's history, and the Job's name follows from both: submitting the run once more either makes
//! the missing Job or finds it.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{
    cancelling::job_of_pid,
    pace::Pace,
    poll::take_up,
    shared::Shared,
    submit::{CLUSTER_LABEL, Taken},
    vanished,
};
use crate::prefect::{ApiError, Budget, FlowRun, FlowRunFilter, Raw, State, StateId, StateType};
use crate::template::job_suffix;

/// Time between two looks.
const INTERVAL: Duration = Duration::from_secs(120);
/// A claim that is younger than this is left to the worker that made it, which may be alive.
const FRESH: Duration = Duration::from_secs(10);
/// A run that is overdue by this much may be marked late
/// (PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS: 15).
const OVERDUE: SignedDuration = SignedDuration::from_secs(8);

/// Looks for runs left behind until the worker stops: at start, once the claims that were fresh
/// then no longer are, and from time to time.
pub async fn run(shared: &Arc<Shared>) {
    let mut pace = Pace::new(shared, "recovery", FRESH + Duration::from_secs(5));
    for _ in 0..2 {
        if !pace.next().await {
            return;
        }
        round(shared, &mut pace).await;
    }
    // By now the watches have told of the Jobs that exist.
    match vanished::judge(shared).await {
        Ok(()) => {}
        Err(error) => pace.failed("look for runs whose Jobs have vanished", &error.one_line()),
    }
    let mut pace = Pace::later(shared, "recovery", INTERVAL);
    while pace.next().await {
        round(shared, &mut pace).await;
    }
}

async fn round(shared: &Arc<Shared>, pace: &mut Pace<'_>) {
    match once(shared).await {
        Ok(()) => pace.well(),
        Err(error) => pace.failed("look for runs that were left behind", &error.one_line()),
    }
}

async fn once(shared: &Arc<Shared>) -> Result<(), ApiError> {
    let prefect = shared.prefect.with_budget(Budget::Attempts(2));
    let filter = FlowRunFilter {
        work_pools: vec![shared.options.pool.clone()],
        work_queues: shared.options.work_queues.clone(),
        state_types: vec![StateType::Pending],
        ..FlowRunFilter::default()
    };
    for run in prefect.all_flow_runs(&filter).await? {
        if !may_be_left_behind(shared, &run, prefect.server_now()) {
            continue;
        }
        let states = prefect.flow_run_states(run.id).await?;
        let Some(attempt) = attempt(&states) else {
            tracing::warn!("flow run '{}' is PENDING and was never scheduled", run.name);
            continue;
        };
        if has_noted_job(&run, attempt) {
            continue;
        }
        tracing::info!(
            "flow run '{}' was left behind PENDING and is taken up",
            run.name
        );
        take_up(shared, run, Taken::Claimed(attempt));
    }
    Ok(())
}

/// Whether a PENDING run was claimed by this program on this cluster a while ago and is not being
/// submitted here. It may be in hand: its Job was seen, and the note of it is missing.
fn may_be_left_behind(shared: &Shared, run: &Raw<FlowRun>, now: Timestamp) -> bool {
    if shared.submission(run.id).is_some() {
        return false;
    }
    let Some(state) = &run.state else {
        return false;
    };
    let claimed = state
        .details
        .transition_id
        .is_some_and(|id| shared.process.claims(id));
    let labelled = run
        .labels
        .get(CLUSTER_LABEL)
        .and_then(|label| label.as_str());
    let elsewhere = matches!(
        (labelled, shared.process.cluster_uid.as_deref()),
        (Some(label), Some(uid)) if label != uid
    );
    let age = state.timestamp.map(|at| now.duration_since(at));
    let fresh = age.is_some_and(|age| Duration::try_from(age).unwrap_or_default() < FRESH);
    claimed && !elsewhere && !fresh
}

/// Whether the server knows of the Job of this attempt: then nothing was left undone, and the
/// observer follows the Job. A note of an earlier attempt does not count.
#[must_use]
pub fn has_noted_job(run: &FlowRun, attempt: StateId) -> bool {
    let noted = run.infrastructure_pid.as_deref().and_then(job_of_pid);
    noted.is_some_and(|(_, job)| job.ends_with(&job_suffix(run.id.0, attempt.0)))
}

/// The attempt that a PENDING run is in: its last scheduled state.
#[must_use]
pub fn attempt(states: &[State]) -> Option<StateId> {
    states
        .iter()
        .filter(|state| state.kind == StateType::Scheduled)
        .max_by_key(|state| state.timestamp)
        .map(|state| state.id)
}

/// Whether the server may have marked a run late between the poll that gave it under this name and
/// its claim. Both times are the server's.
#[must_use]
pub fn may_be_late(
    polled: Option<&str>,
    due: Option<Timestamp>,
    claimed: Option<Timestamp>,
) -> bool {
    if polled.is_some_and(|name| name != "Scheduled") {
        return false;
    }
    match (due, claimed) {
        (Some(due), Some(claimed)) => claimed.duration_since(due) >= OVERDUE,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_may_become_late_between_poll_and_claim() {
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).ok();
        for (polled, due, claimed, expected) in [
            (Some("Scheduled"), at(0), at(-9), false),
            (Some("Scheduled"), at(0), at(7), false),
            (Some("Scheduled"), at(0), at(8), true),
            (None, at(0), at(60), true),
            (Some("Scheduled"), None, at(0), true),
            (Some("Late"), at(0), at(60), false),
            (Some("AwaitingRetry"), at(0), at(60), false),
        ] {
            let may_be = may_be_late(polled, due, claimed);
            assert_eq!(may_be, expected, "{polled:?} {due:?} {claimed:?}");
        }
    }
}
