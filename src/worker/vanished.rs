//! Runs whose Jobs went while no worker watched: no watch will ever tell of them.

use std::{sync::Arc, time::Instant};

use super::{
    cancelling::{cluster_of, job_of_pid},
    decide::JobEnd,
    journal::RunRef,
    judge::{self, Case},
    recover::{attempt, has_noted_job},
    shared::Shared,
    submit::CLUSTER_LABEL,
};
use crate::{
    k8s::Class,
    prefect::{ApiError, Budget, FlowRun, FlowRunFilter, Raw, State, StateId, StateType},
};

/// Looks once for runs that are believed to be under way in this cluster and have no Job, and
/// judges them as those whose Jobs were deleted.
///
/// # Errors
/// As the routes.
pub async fn judge(shared: &Arc<Shared>) -> Result<(), ApiError> {
    let prefect = shared.prefect.with_budget(Budget::Attempts(3));
    let filter = FlowRunFilter {
        work_pools: vec![shared.options.pool.clone()],
        work_queues: shared.options.work_queues.clone(),
        state_types: vec![StateType::Pending, StateType::Running],
        ..FlowRunFilter::default()
    };
    for run in prefect.all_flow_runs(&filter).await? {
        if shared.board.holds(run.id.0) || is_elsewhere(shared, &run) {
            continue;
        }
        let states = prefect.flow_run_states(run.id).await?;
        if !is_here(shared, &run, &states) {
            continue;
        }
        let attempt = match run.state.as_ref().map(|state| state.kind) {
            // A claim of a later attempt may not have its Job yet.
            Some(StateType::Pending) => match attempt(&states) {
                Some(attempt) if has_noted_job(&run, attempt) => Some(attempt),
                _ => continue,
            },
            _ => None,
        };
        one(shared, &run, attempt).await;
    }
    Ok(())
}

fn cluster(run: &FlowRun) -> Option<&str> {
    run.labels.get(CLUSTER_LABEL)?.as_str()
}

/// Whether a run says that its Job is in another cluster.
fn is_elsewhere(shared: &Shared, run: &FlowRun) -> bool {
    cluster(run).is_some_and(|label| Some(label) != shared.process.cluster_uid.as_deref())
}

/// Whether a run's Job was made in this cluster: its label says so, or a claim of ours.
fn is_here(shared: &Shared, run: &FlowRun, states: &[State]) -> bool {
    let is_ours = |state: &State| {
        let claim = state.details.transition_id;
        claim.is_some_and(|id| shared.process.claims(id))
    };
    cluster(run).is_some() || states.iter().any(is_ours)
}

async fn one(shared: &Arc<Shared>, run: &Raw<FlowRun>, attempt: Option<StateId>) {
    let Some((namespace, job)) = run.infrastructure_pid.as_deref().and_then(job_of_pid) else {
        return;
    };
    let cluster = cluster_of(shared, run).await;
    match cluster.get_job(&namespace, &job).await {
        Err(failure) if failure.class == Class::NotFound => {}
        Err(failure) => {
            tracing::debug!("cannot tell whether a Job has vanished: {failure}");
            return;
        }
        Ok(_) => return,
    }
    tracing::info!(
        "Job {namespace}/{job} of flow run '{}' has vanished",
        run.name
    );
    let case = Case {
        about: RunRef::of(run),
        cluster,
        namespace,
        job,
        uid: None,
        attempt,
        end: JobEnd::Deleted,
        since: Instant::now(),
        facts: Arc::default(),
    };
    shared.begin_judging(judge::judge(Arc::clone(shared), case));
}
