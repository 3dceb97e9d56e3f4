//! Runs whose Jobs no watch can see: they went while no worker watched, lost their labels, or are
//! where we may not watch. No watch will ever tell of their end, so they are asked for.
//!
//! A run that is RUNNING and has no note of its Job is asked for too: see [`super::unnoted`].

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    attempt::{attempt_of, has_noted_job},
    cancelling::job_of_pid,
    decide::JobEnd,
    journal::RunRef,
    judge::{self, Case},
    left_over,
    observe::{self, Ground},
    pace::Pace,
    place::{Whereabouts, place_of},
    round::Round,
    shared::Shared,
    submit::CLUSTER_LABEL,
    whose::{Whose, whose},
};
use crate::{
    k8s::{Class, Failure, Scope, label, view::JobView},
    prefect::{
        ApiError, Budget, Client, FlowRun, FlowRunFilter, FlowRunId, FlowRunNow, Page, StateId,
        StateType,
    },
    template::{job_name, slug},
};

/// Pause between two runs that are looked for: there may be thousands.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks once for runs that are believed to be under way in this cluster and whose Jobs no watch
/// has in sight. Those without a Job are judged as those whose Job was deleted.
///
/// # Errors
/// As the routes.
pub async fn judge(shared: &Arc<Shared>, pace: &Pace<'_>) -> Result<(), ApiError> {
    let prefect = shared.prefect.with_budget(Budget::Attempts(3));
    // Without the observer, no Job is in sight, and the end of none is this worker's business.
    if shared.options.observer.enabled {
        judge_runs(shared, &prefect, pace).await?;
    }
    let_go(shared, &prefect).await
}

async fn judge_runs(
    shared: &Arc<Shared>,
    prefect: &Client,
    pace: &Pace<'_>,
) -> Result<(), ApiError> {
    let filter = FlowRunFilter {
        work_pools: vec![shared.options.pool.clone()],
        work_queues: shared.options.work_queues.clone(),
        state_types: vec![StateType::Pending, StateType::Running],
        ..FlowRunFilter::default()
    };
    let mut page = Page::default();
    let mut round = Round::default();
    loop {
        let runs = prefect.look_at_flow_runs(&filter, page).await?;
        let is_last = runs.len() < page.limit as usize;
        for run in &runs {
            pace.lives();
            if round.note(one(shared, prefect, run).await).is_break() {
                return round.end();
            }
        }
        if is_last {
            return round.end();
        }
        page.offset += page.limit;
    }
}

/// Lets go of runs in hand that have ended unseen: they would take places under the limit for ever.
async fn let_go(shared: &Shared, prefect: &Client) -> Result<(), ApiError> {
    let ids = shared.board.with_jobs().into_iter().map(FlowRunId);
    let unseen: Vec<FlowRunId> = ids.filter(|id| !shared.has_in_sight(*id)).collect();
    let page = Page::default();
    for unseen in unseen.chunks(page.limit as usize) {
        let filter = FlowRunFilter {
            ids: Some(unseen.to_vec()),
            ..FlowRunFilter::default()
        };
        let runs: Vec<FlowRunNow> = prefect.look_at_flow_runs(&filter, page).await?;
        for id in unseen {
            let run = runs.iter().find(|run| run.id == *id);
            let kind = run.and_then(|run| Some(run.state.as_ref()?.kind));
            if run.is_none() || kind.is_some_and(StateType::is_final) {
                let word = kind.map_or("Deleted", judge::word);
                shared.board.ended(id.0, word, Instant::now());
            }
        }
    }
    Ok(())
}

async fn one(shared: &Arc<Shared>, prefect: &Client, run: &FlowRun) -> Result<(), ApiError> {
    let settled = || shared.has_in_sight(run.id) || shared.submission(run.id).is_some();
    if settled() {
        return Ok(());
    }
    let kind = run.state.as_ref().map(|state| state.kind);
    let noted = run.infrastructure_pid.as_deref().map(job_of_pid);
    match (&noted, kind) {
        (Some(Some(_)), _) => {}
        // Its worker was killed before it told the server. While PENDING, it is `recover`'s.
        (None, Some(StateType::Running)) => {}
        _ => return Ok(()),
    }
    tokio::time::sleep(PAUSE).await;
    let states = prefect.flow_run_states(run.id).await?;
    if whose(&shared.process, run, &states) != Whose::Ours {
        // Other clusters may share the pool, and their workers follow their own.
        let label = run.labels.get(CLUSTER_LABEL).and_then(|it| it.as_str());
        let may_be_here =
            label.is_none_or(|uid| shared.process.cluster_uid.as_deref() == Some(uid));
        if may_be_here && let Some((namespace, job)) = noted.flatten() {
            follow(shared, run, namespace, &job).await;
        }
        return Ok(());
    }
    let attempt = match kind {
        // A claim of a later attempt may not have its Job yet.
        Some(StateType::Pending) => match attempt_of(&states) {
            Some(attempt) if has_noted_job(run, attempt) => Some(attempt),
            _ => return Ok(()),
        },
        _ if noted.is_none() => attempt_of(&states),
        _ => None,
    };
    let found = async {
        let place = place_of(shared, run).await?;
        let job = match (noted.flatten(), attempt) {
            (None, Some(attempt)) => {
                let found = unnoted(shared, &place, run, attempt).await;
                Some(found.map_err(|failure| failure.to_string())?)
            }
            (noted, _) => noted,
        };
        Ok::<_, String>((place, job))
    };
    let (place, (namespace, job)) = match found.await {
        Ok((place, Some(job))) => (place, job),
        Ok((_, None)) => return Ok(()),
        Err(why) => {
            tracing::debug!("cannot tell whether a Job has vanished: {why}");
            return Ok(());
        }
    };
    if shared
        .sessions
        .is_open(&judge::job_at(&place.cluster, &namespace, &job))
    {
        return Ok(());
    }
    let end = match end(&place, run.id, &namespace, &job).await {
        Ok(Some(end)) if !settled() => end,
        Ok(Some(_)) => return Ok(()),
        Ok(None) => {
            // The observer outlives this task; if it has ended, so has the worker.
            let _ = shared.watch.send(Ground::new(place.cluster, namespace));
            return Ok(());
        }
        Err(failure) => {
            tracing::debug!("cannot tell whether a Job has vanished: {failure}");
            return Ok(());
        }
    };
    if let (JobEnd::Deleted, Some(doubt)) = (&end, &place.doubt) {
        shared.warn_once(&format!(
            "flow run '{}' is not followed: {doubt}. Job {namespace}/{job} is not in the cluster where \
             it was looked for, and may go on in another",
            run.name
        ));
        return Ok(());
    }
    if end == JobEnd::Deleted {
        tracing::info!(
            "Job {namespace}/{job} of flow run '{}' has vanished",
            run.name
        );
    }
    let case = Case {
        about: RunRef::of(run),
        cluster: place.cluster,
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

/// Watches the place of a Job that another program has made, if it is in this cluster: who takes the
/// place of a Python worker follows what that one left under way.
async fn follow(shared: &Shared, run: &FlowRun, namespace: String, job: &str) {
    let place = match place_of(shared, run).await {
        Ok(place) => place,
        Err(why) => {
            tracing::debug!(
                "cannot tell where the Job of flow run '{}' is: {why}",
                run.name
            );
            return;
        }
    };
    match place.cluster.get_job(&namespace, job).await {
        Ok(job) if job.metadata.labels.get(label::FLOW_RUN_ID) == Some(&run.id.to_string()) => {
            // The observer outlives this task; if it has ended, so has the worker.
            let _ = shared.watch.send(Ground::new(place.cluster, namespace));
        }
        Ok(_) => {}
        Err(failure) => tracing::debug!("Job {namespace}/{job} is not followed: {failure}"),
    }
}

/// The Job of an attempt that the server has not been told of, by namespace and name: the one that
/// is there, whatever it is called, or else the one that was made.
async fn unnoted(
    shared: &Shared,
    place: &Whereabouts,
    run: &FlowRun,
    attempt: StateId,
) -> Result<(String, String), Failure> {
    let namespace = place.namespace.clone();
    let namespace = namespace.unwrap_or_else(|| shared.pool().default_namespace());
    let jobs = left_over::jobs(shared, &place.cluster, &namespace, run).await?;
    let is_its = |job: &&JobView| observe::attempt(job) == Some(attempt);
    if let Some(job) = jobs.iter().find(is_its) {
        let metadata = &job.metadata;
        return Ok((metadata.namespace.clone(), metadata.name.clone()));
    }
    let base = slug::name(&run.name).unwrap_or_default();
    Ok((namespace, job_name(&base, run.id.0, attempt.0)))
}

/// How the Jobs of a run have ended, as far as it matters: `None` while one of them goes on, or when
/// a later one has succeeded. The one that the server has noted may be of an earlier attempt, so
/// they are looked for by their label, and that one by its name too, for labels may be lost. What
/// has only the label is somebody else's.
async fn end(
    place: &Whereabouts,
    run: FlowRunId,
    noted_in: &str,
    noted: &str,
) -> Result<Option<JobEnd>, Failure> {
    let cluster = &place.cluster;
    let selector = format!("{}={run}", label::FLOW_RUN_ID);
    let mut jobs: Vec<JobView> = Vec::new();
    let configured = place
        .namespace
        .as_deref()
        .filter(|namespace| *namespace != noted_in);
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
