//! Jobs that outlived their runs: at start and every few minutes, those whose runs are CANCELLED or
//! no longer exist are deleted.
//!
//! Which Jobs go on is known from the watches, so a look costs one request for 200 runs. Others
//! stay: a flow that has COMPLETED or FAILED may still be at its hooks or at work of its own, and
//! one that was called CRASHED may be alive and say Running again. A Job is touched only when it is
//! proven to be the run's: it has the name that this program gives to an attempt at the run, or the
//! server has noted it as the run's infrastructure; and never one of another pool. Where the run was
//! claimed last does not matter: it is over, and so are all its attempts.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use super::{
    cancelling::job_of_pid, decide::JobEnd, journal::RunRef, observe, pace::Pace, place::place_of,
    removal, shared::Shared,
};
use crate::{
    k8s::{Class, Cluster, Deletion, Failure, Scope, label, view::JobView},
    prefect::{ApiError, Budget, FlowRun, FlowRunFilter, FlowRunId, Page, StateType},
};

/// When the first look is, give or take a third: by then the watches have told of the Jobs that
/// exist. A look that has become due comes within this time.
const FIRST: Duration = Duration::from_secs(20);
/// Time between looks. A Job whose run has not been CANCELLED for long enough has the next one
/// sooner.
const INTERVAL: Duration = Duration::from_secs(300);
/// How long a run must have been CANCELLED: its Job may be on its way out, and a flow that stops
/// itself needs its time (30 s, and as much for a slow cluster).
const GRACE: Duration = Duration::from_secs(90);
/// Runs asked for at once: the server's usual page.
const AT_ONCE: usize = 200;

/// Sweeps until the worker stops.
pub async fn run(shared: &Arc<Shared>) {
    let mut missing = HashSet::new();
    let mut pace = Pace::later(shared, "sweep", FIRST);
    let mut due = Instant::now();
    while pace.next().await {
        if Instant::now() < due {
            pace.lives();
            continue;
        }
        match once(shared, &mut missing).await {
            Ok(next) => {
                pace.well();
                due = Instant::now() + next;
            }
            Err(error) => pace.failed("look for Jobs of cancelled runs", &error.one_line()),
        }
    }
}

/// What to do about a Job that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Nothing.
    Leave,
    /// Its run is not there; if it still is not at the next look, it is gone.
    Doubt,
    /// It has outlived its run.
    Delete,
}

/// What is known of the run of a Job that goes on.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// Its state and for how long it has been in it; `None` when the server has no such run.
    state: Option<(StateType, Duration)>,
    /// The server did not have it at the look before either.
    missed_before: bool,
    /// This worker is submitting it.
    in_submission: bool,
    /// Cancelled runs are seen to (PREFECT_WORKER_ENABLE_CANCELLATION).
    cancels: bool,
}

impl Standing {
    fn verdict(self) -> Verdict {
        match self.state {
            _ if self.in_submission => Verdict::Leave,
            Some((StateType::Cancelled, since)) if self.cancels && since >= GRACE => {
                Verdict::Delete
            }
            Some(_) => Verdict::Leave,
            None if self.missed_before => Verdict::Delete,
            None => Verdict::Doubt,
        }
    }

    /// In how long the verdict may be another one.
    fn patience(self) -> Duration {
        match self.state {
            Some((StateType::Cancelled, since)) if since < GRACE => GRACE.saturating_sub(since),
            _ => INTERVAL,
        }
    }
}

/// One look. Gives the time until the next one.
async fn once(shared: &Shared, missing: &mut HashSet<FlowRunId>) -> Result<Duration, ApiError> {
    let in_sight: Vec<FlowRunId> = {
        let seen = shared.in_sight.lock();
        seen.unwrap_or_else(PoisonError::into_inner)
            .iter()
            .copied()
            .collect()
    };
    let prefect = shared.prefect.with_budget(Budget::Attempts(2));
    let mut missed = HashSet::new();
    let mut next = INTERVAL;
    for ids in in_sight.chunks(AT_ONCE) {
        let filter = FlowRunFilter {
            ids: Some(ids.to_vec()),
            ..FlowRunFilter::default()
        };
        let runs = prefect.look_at_flow_runs(&filter, Page::default()).await?;
        let runs: HashMap<FlowRunId, FlowRun> =
            runs.into_iter().map(|run: FlowRun| (run.id, run)).collect();
        for id in ids {
            let run = runs.get(id);
            let standing = Standing {
                state: run.map(|run| state(shared, run)),
                missed_before: missing.contains(id),
                in_submission: shared.submission(*id).is_some(),
                cancels: shared.options.cancellation_interval.is_some(),
            };
            next = next.min(standing.patience());
            match standing.verdict() {
                Verdict::Leave => {}
                Verdict::Doubt => drop(missed.insert(*id)),
                Verdict::Delete => sweep(shared, *id, run).await,
            }
        }
    }
    *missing = missed;
    Ok(next)
}

/// The type of a run's state, and for how long it has been in it.
fn state(shared: &Shared, run: &FlowRun) -> (StateType, Duration) {
    let Some(state) = &run.state else {
        return (StateType::Unknown, Duration::ZERO);
    };
    let since = state
        .timestamp
        .map(|at| shared.prefect.server_now().duration_since(at));
    let since = since.and_then(|since| since.try_into().ok());
    (state.kind, since.unwrap_or_default())
}

/// Deletes what goes on of a run's Jobs.
async fn sweep(shared: &Shared, id: FlowRunId, run: Option<&FlowRun>) {
    if run.is_some_and(|run| run.work_pool_name.as_ref() != Some(&shared.options.pool)) {
        return;
    }
    let (cluster, mut namespaces) = match run {
        Some(run) => {
            let configured = match place_of(shared, run).await {
                Ok(configured) => configured,
                // The next look asks again.
                Err(why) => {
                    tracing::warn!("failed to sweep up after flow run {id}: {why}");
                    return;
                }
            };
            (
                configured.cluster,
                configured.namespace.into_iter().collect(),
            )
        }
        None => (shared.process.cluster.clone(), Vec::new()),
    };
    let noted = run.and_then(|run| job_of_pid(run.infrastructure_pid.as_deref()?));
    let held = shared.board.job_of(id.0).flatten();
    let held = held.and_then(|held| Some(held.split_once('/')?.0.to_owned()));
    namespaces.extend(noted.iter().map(|(namespace, _)| namespace.clone()));
    namespaces.extend(held);
    namespaces.push(shared.pool().default_namespace());
    namespaces.sort();
    namespaces.dedup();
    for namespace in namespaces {
        if let Err(failure) = sweep_in(shared, &cluster, &namespace, id, run, noted.as_ref()).await
        {
            tracing::warn!("failed to sweep up after flow run {id}: {failure}");
        }
    }
}

async fn sweep_in(
    shared: &Shared,
    cluster: &Cluster,
    namespace: &str,
    id: FlowRunId,
    run: Option<&FlowRun>,
    noted: Option<&(String, String)>,
) -> Result<(), Failure> {
    let (of_run, of_pool) = (label::FLOW_RUN_ID, label::WORK_POOL_ID);
    let selector = format!("{of_run}={id},{of_pool}={}", shared.pool().id);
    let scope = Scope::Namespace(namespace.to_owned());
    for job in cluster.list::<JobView>(&scope, &selector).await? {
        let metadata = &job.metadata;
        let is_noted = noted.is_some_and(|(namespace, name)| {
            (namespace, name) == (&metadata.namespace, &metadata.name)
        });
        let proven = is_noted || observe::made_by_us(&job, id);
        let goes_on = observe::end_of(&job) == JobEnd::Going;
        if !proven || !goes_on || metadata.deletion_timestamp.is_some() {
            continue;
        }
        let deletion = Deletion {
            uid: Some(metadata.uid.clone()),
            grace_seconds: u32::try_from(removal::GRACE.as_secs()).ok(),
        };
        match cluster
            .delete_job(namespace, &metadata.name, &deletion)
            .await
        {
            Err(failure) if failure.class != Class::NotFound => return Err(failure),
            _ => {}
        }
        tell(shared, run, &format!("{namespace}/{}", metadata.name), id);
    }
    Ok(())
}

fn tell(shared: &Shared, run: Option<&FlowRun>, job: &str, id: FlowRunId) {
    match run {
        Some(run) => shared.journal.warn(
            &RunRef::of(run),
            format!("Kubernetes Job {job} outlived its cancelled run and is deleted"),
        ),
        None => tracing::warn!(
            "Kubernetes Job {job} outlived its flow run {id}, which Prefect no longer has, and is \
             deleted"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_jobs_of_cancelled_and_of_deleted_runs_are_swept() {
        let late = GRACE;
        let cancelled = |since| Standing {
            state: Some((StateType::Cancelled, since)),
            missed_before: false,
            in_submission: false,
            cancels: true,
        };
        let gone = Standing {
            state: None,
            ..cancelled(late)
        };
        let mut table = vec![
            ("cancelled", cancelled(late), Verdict::Delete),
            (
                "seen to by nobody",
                Standing {
                    cancels: false,
                    ..cancelled(late)
                },
                Verdict::Leave,
            ),
            ("just now", cancelled(Duration::ZERO), Verdict::Leave),
            ("not there", gone, Verdict::Doubt),
            (
                "not there twice",
                Standing {
                    missed_before: true,
                    ..gone
                },
                Verdict::Delete,
            ),
            (
                "submitted again",
                Standing {
                    in_submission: true,
                    ..cancelled(late)
                },
                Verdict::Leave,
            ),
        ];
        for kind in [
            StateType::Scheduled,
            StateType::Pending,
            StateType::Running,
            StateType::Completed,
            StateType::Failed,
            StateType::Crashed,
            StateType::Cancelling,
            StateType::Paused,
        ] {
            let standing = Standing {
                state: Some((kind, late)),
                missed_before: true,
                in_submission: false,
                cancels: true,
            };
            table.push(("its flow may be alive", standing, Verdict::Leave));
        }
        for (name, standing, expected) in table {
            assert_eq!(standing.verdict(), expected, "{name}: {standing:?}");
            assert_eq!(
                standing.patience() < INTERVAL,
                name == "just now",
                "{name}: {standing:?}"
            );
        }
    }
}
