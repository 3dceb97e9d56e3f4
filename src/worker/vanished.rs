//! Runs whose Jobs no watch can see: they went while no worker watched, lost their labels, or are
//! where we may not watch. No watch will ever tell of their end, so they are asked for.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::join_all;

use super::{
    cancelling::{job_of_pid, place_of},
    create_job::FLOW_RUN_LABEL,
    decide::JobEnd,
    journal::RunRef,
    judge::{self, Case},
    observe::{self, Ground},
    recover::{attempt, has_noted_job},
    shared::Shared,
    submit::CLUSTER_LABEL,
};
use crate::{
    k8s::{Class, Cluster, Failure, Scope, view::JobView},
    prefect::{ApiError, Budget, FlowRun, FlowRunFilter, FlowRunId, Page, State, StateType},
};

/// Pause between two runs that are looked for: there may be thousands.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks once for runs that are believed to be under way in this cluster and whose Jobs no watch
/// has in sight. Those without a Job are judged as those whose Job was deleted.
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
    let mut page = Page::default();
    loop {
        let runs = prefect.look_at_flow_runs(&filter, page).await?;
        let is_last = runs.len() < page.limit as usize;
        for run in &runs {
            one(shared, run).await?;
        }
        if is_last {
            break;
        }
        page.offset += page.limit;
    }
    let_go(shared).await
}

/// Lets go of runs in hand that have ended unseen: they would take places under the limit for ever.
async fn let_go(shared: &Shared) -> Result<(), ApiError> {
    let ids = shared.board.with_jobs().into_iter().map(FlowRunId);
    let unseen = ids.filter(|id| !shared.has_in_sight(*id));
    let looks = unseen.map(async |id| (id, shared.glance.at(&shared.prefect, id).await));
    for (id, run) in join_all(looks).await {
        let run = run?;
        let kind = run.as_ref().and_then(|run| run.state.as_ref());
        let kind = kind.map(|state| state.kind);
        if run.is_none() || kind.is_some_and(StateType::is_final) {
            let word = kind.map_or("Deleted", judge::word);
            shared.board.ended(id.0, word, Instant::now());
        }
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

async fn one(shared: &Arc<Shared>, run: &FlowRun) -> Result<(), ApiError> {
    let settled = || shared.has_in_sight(run.id) || shared.submission(run.id).is_some();
    if settled() || is_elsewhere(shared, run) {
        return Ok(());
    }
    let Some((namespace, job)) = run.infrastructure_pid.as_deref().and_then(job_of_pid) else {
        return Ok(());
    };
    tokio::time::sleep(PAUSE).await;
    let states = shared.prefect.flow_run_states(run.id).await?;
    if !is_here(shared, run, &states) {
        return Ok(());
    }
    let attempt = match run.state.as_ref().map(|state| state.kind) {
        // A claim of a later attempt may not have its Job yet.
        Some(StateType::Pending) => match attempt(&states) {
            Some(attempt) if has_noted_job(run, attempt) => Some(attempt),
            _ => return Ok(()),
        },
        _ => None,
    };
    let (cluster, configured) = place_of(shared, run).await;
    let end = match end(&cluster, run.id, &namespace, configured.as_deref(), &job).await {
        Ok(Some(end)) if !settled() => end,
        Ok(Some(_)) => return Ok(()),
        Ok(None) => {
            // The observer outlives this task; if it has ended, so has the worker.
            let _ = shared.watch.send(Ground::new(cluster, namespace));
            return Ok(());
        }
        Err(failure) => {
            tracing::debug!("cannot tell whether a Job has vanished: {failure}");
            return Ok(());
        }
    };
    if end == JobEnd::Deleted {
        tracing::info!(
            "Job {namespace}/{job} of flow run '{}' has vanished",
            run.name
        );
    }
    let case = Case {
        about: RunRef::of(run),
        cluster,
        namespace,
        job,
        uid: None,
        attempt,
        end,
        since: Instant::now(),
        facts: Arc::default(),
    };
    shared.begin_judging(judge::judge(Arc::clone(shared), case));
    Ok(())
}

/// How the Jobs of a run have ended, as far as it matters: `None` while one of them goes on, or when
/// a later one has succeeded. The one that the server has noted may be of an earlier attempt, so
/// they are looked for by their label, and that one by its name too, for labels may be lost. What
/// has only the label is somebody else's.
async fn end(
    cluster: &Cluster,
    run: FlowRunId,
    noted_in: &str,
    configured: Option<&str>,
    noted: &str,
) -> Result<Option<JobEnd>, Failure> {
    let selector = format!("{FLOW_RUN_LABEL}={run}");
    let mut jobs: Vec<JobView> = Vec::new();
    let configured = configured.filter(|namespace| *namespace != noted_in);
    for namespace in [noted_in].into_iter().chain(configured) {
        let scope = Scope::Namespace(namespace.to_owned());
        match cluster.list::<JobView>(&scope, &selector).await {
            Ok(found) => jobs.extend(found),
            // Without that right, by name alone.
            Err(failure) if failure.class == Class::Forbidden => {}
            Err(failure) => return Err(failure),
        }
    }
    if !jobs.iter().any(|job| job.metadata.name == noted) {
        match cluster.get_job(noted_in, noted).await {
            Ok(job) => jobs.push(job),
            Err(failure) if failure.class == Class::NotFound => {}
            Err(failure) => return Err(failure),
        }
    }
    let is_noted = |job: &JobView| job.metadata.name == noted;
    jobs.retain(|job| is_noted(job) || observe::made_by_us(job, run));
    let ends = jobs.iter().map(|job| (observe::end_of(job), is_noted(job)));
    Ok(verdict(ends))
}

/// What the ends of a run's Jobs come to; each with whether it is the one that the server noted.
fn verdict(ends: impl Iterator<Item = (JobEnd, bool)>) -> Option<JobEnd> {
    let mut noted = JobEnd::Deleted;
    for (end, is_noted) in ends {
        match end {
            JobEnd::Going => return None,
            end if is_noted => noted = end,
            JobEnd::Succeeded => return None,
            _ => {}
        }
    }
    Some(noted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_vanished_when_no_job_of_it_goes_on() {
        let failed = || JobEnd::Failed("why".to_owned());
        let table = [
            ("no Job", vec![], Some(JobEnd::Deleted)),
            ("it goes on", vec![(JobEnd::Going, true)], None),
            (
                "it succeeded unseen",
                vec![(JobEnd::Succeeded, true)],
                Some(JobEnd::Succeeded),
            ),
            ("it failed unseen", vec![(failed(), true)], Some(failed())),
            (
                "a later one goes on",
                vec![(failed(), true), (JobEnd::Going, false)],
                None,
            ),
            (
                "an earlier one failed, and the noted one is gone",
                vec![(failed(), false)],
                Some(JobEnd::Deleted),
            ),
        ];
        for (name, ends, expected) in table {
            assert_eq!(verdict(ends.into_iter()), expected, "{name}");
        }
    }
}
