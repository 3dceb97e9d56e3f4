//! Runs that are being cancelled: found by asking the server, ended in the cluster and on the
//! server. What to do is decided in [`super::cancel`].

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    board::Phase,
    cancel::{self, Cancelling, DELETE_GRACE, Step},
    journal::RunRef,
    pace::Pace,
    shared::Shared,
    submit::CLUSTER_LABEL,
};
use crate::{
    k8s::{Class, Cluster, Deletion},
    prefect::{ApiError, Budget, FlowRun, FlowRunFilter, ProposedState, Raw, StateType},
};

/// How long the server is asked to take a CANCELLED; the next look asks again.
const PATIENCE: Duration = Duration::from_secs(30);

/// Looks for cancelled runs until the worker stops.
pub async fn run(shared: &Arc<Shared>) {
    let Some(interval) = shared.options.cancellation_interval else {
        return;
    };
    let mut pace = Pace::new(shared, "cancellation", interval);
    while pace.next().await {
        match once(shared).await {
            Ok(()) => pace.well(),
            Err(error) => pace.failed("look for cancelled runs", &error.one_line()),
        }
    }
}

async fn once(shared: &Arc<Shared>) -> Result<(), ApiError> {
    let filter = FlowRunFilter {
        work_pools: vec![shared.options.pool.clone()],
        state_types: vec![StateType::Cancelling],
        ..FlowRunFilter::default()
    };
    let prefect = shared.prefect.with_budget(Budget::Attempts(2));
    for run in prefect.all_flow_runs(&filter).await? {
        one(shared, &run).await;
    }
    Ok(())
}

/// Does what is due for one run.
async fn one(shared: &Arc<Shared>, run: &Raw<FlowRun>) {
    if !is_here(shared, run) {
        return;
    }
    let submission = shared.submission(run.id);
    let since = run.state.as_ref().and_then(|state| state.timestamp);
    let facts = Cancelling {
        in_submission: submission.is_some(),
        started: run.start_time.is_some(),
        has_job: run.infrastructure_pid.is_some(),
        since: since.map_or(Duration::ZERO, |since| {
            Duration::try_from(shared.prefect.server_now().duration_since(since))
                .unwrap_or_default()
        }),
    };
    let about = RunRef::of(run);
    match facts.step() {
        Step::StopSubmission => {
            if let Some(token) = submission {
                token.cancel();
            }
        }
        Step::LeaveToFlow => shared.board.moved(run.id.0, Phase::Cancelling),
        Step::Finish => {
            let message = "Flow run cancelled by worker (no infrastructure found).";
            finish(shared, &about, None, message).await;
        }
        Step::DeleteJob => {
            let job = run.infrastructure_pid.as_deref().and_then(job_of_pid);
            let cluster = cluster_of(shared, run).await;
            let job = job.map(|(namespace, name)| (cluster, namespace, name));
            let message = if facts.started {
                "Flow run cancelled by worker: it did not stop by itself in time."
            } else {
                "Flow run cancelled by worker while pending."
            };
            shared.board.moved(run.id.0, Phase::Cancelling);
            finish(shared, &about, job, message).await;
        }
    }
}

/// Whether a cancelled run is this worker's business.
fn is_here(shared: &Shared, run: &FlowRun) -> bool {
    let label = run
        .labels
        .get(CLUSTER_LABEL)
        .and_then(|label| label.as_str());
    cancel::is_ours(
        label,
        shared.process.cluster_uid.as_deref(),
        run.start_time.is_some(),
    )
}

/// Where a run's Job is: the cluster it was submitted to, which its configuration may name.
pub async fn cluster_of(shared: &Shared, run: &FlowRun) -> Cluster {
    place_of(shared, run).await.0
}

/// The cluster and the namespace that a run's configuration names. One that can no longer be
/// resolved names no namespace, and no cluster but the worker's own.
pub async fn place_of(shared: &Shared, run: &FlowRun) -> (Cluster, Option<String>) {
    let deployment = shared
        .process
        .resolver
        .deployment(run)
        .await
        .ok()
        .flatten()
        .flatten();
    let pool = shared.pool();
    let configuration = shared
        .process
        .resolver
        .configuration(
            &pool.template,
            run,
            deployment.as_deref().map(|raw| &raw.typed),
        )
        .await
        .ok();
    let namespace = configuration.as_ref().map(|it| it.namespace.clone());
    let config = configuration.and_then(|configuration| configuration.cluster_config);
    let cluster = match shared.process.cluster_of(config.as_ref()).await {
        Ok(cluster) => cluster,
        Err(error) => {
            tracing::warn!("{}", error.one_line());
            shared.process.cluster.clone()
        }
    };
    (cluster, namespace)
}

/// `namespace:job`, or `cluster-uid:namespace:job` as older workers wrote it.
#[must_use]
pub fn job_of_pid(pid: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = pid.split(':').collect();
    match parts.as_slice() {
        [namespace, job] | [_, namespace, job] => {
            Some(((*namespace).to_owned(), (*job).to_owned()))
        }
        _ => None,
    }
}

/// Deletes the Job, if there is one, sets CANCELLED, and lets go of the run. State and run are left
/// as they are when the Job could not be deleted, so that the next look tries again.
pub async fn finish(
    shared: &Shared,
    about: &RunRef,
    job: Option<(Cluster, String, String)>,
    message: &str,
) {
    if let Some((cluster, namespace, name)) = job {
        let deletion = Deletion {
            uid: None,
            grace_seconds: u32::try_from(DELETE_GRACE.as_secs()).ok(),
        };
        match cluster.delete_job(&namespace, &name, &deletion).await {
            Ok(()) => {}
            Err(failure) if failure.class == Class::NotFound => {
                tracing::debug!("Job {namespace}/{name} is gone already");
            }
            Err(failure) => {
                let text = format!("Flow run cannot be cancelled yet: {failure}");
                shared.journal.warn(about, text);
                return;
            }
        }
    }
    let proposal = shared.process.claimed(ProposedState::cancelled(message));
    let prefect = shared.prefect.with_budget(Budget::For(PATIENCE));
    let outcome = prefect.force_state(about.id, &proposal).await;
    // The Job is on its way out, whatever the server says: a later look finds nothing to delete.
    shared.board.ended(about.id.0, "Cancelled", Instant::now());
    match outcome {
        Ok(_) => shared.journal.info(about, message),
        Err(error) if error.is_not_found() => {
            tracing::debug!("flow run '{}' is gone from the server", about.name);
        }
        Err(error) => tracing::error!(
            "failed to set flow run '{}' to Cancelled: {}",
            about.name,
            error.one_line()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::job_of_pid;

    #[test]
    fn infrastructure_ids_of_both_forms_name_the_job() {
        let job = Some(("flows".to_owned(), "a-1".to_owned()));
        assert_eq!(job_of_pid("flows:a-1"), job);
        assert_eq!(job_of_pid("6f1b:flows:a-1"), job);
        assert_eq!(job_of_pid("12345"), None);
        assert_eq!(job_of_pid(""), None);
    }
}
