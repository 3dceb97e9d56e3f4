//! Jobs that go on and of which the server has not been told: their worker was killed between the
//! creation and the note, and their runs were RUNNING before [`super::recover`] took them up, which
//! looks at PENDING ones. Tools that cancel by the note cannot cancel such a run.
//!
//! Only Jobs that a list shows and whose runs this worker has not in hand are asked for, many with
//! one request: a run that is submitted as usual costs nothing.

use std::{
    collections::HashMap,
    sync::{MutexGuard, PoisonError},
};

use super::{
    attempt::same_attempt, cancelling::job_of_pid, journal::RunRef, observe, pace::Pace,
    shared::Shared,
};
use crate::{
    k8s::view::JobView,
    prefect::{
        ApiError, Budget, Client, FlowRunFilter, FlowRunId, FlowRunNow, FlowRunUpdate, Page,
        StateId, StateType,
    },
};

/// Runs asked for at once: the server's usual page.
const AT_ONCE: usize = 200;

/// A Job that goes on, and whose run may not have a note of it.
#[derive(Debug, Clone)]
pub struct Unnoted {
    about: RunRef,
    namespace: String,
    name: String,
}

/// Such Jobs, by what they were made for.
pub type Register = HashMap<(FlowRunId, StateId), Unnoted>;

/// Remembers a Job that goes on, until its run is looked at. One that does not tell its attempt is
/// not ours.
pub fn look_into(shared: &Shared, about: &RunRef, job: &JobView) {
    if let Some(attempt) = observe::attempt(job) {
        let unnoted = Unnoted {
            about: about.clone(),
            namespace: job.metadata.namespace.clone(),
            name: job.metadata.name.clone(),
        };
        register(shared).insert((about.id, attempt), unnoted);
    }
}

/// Looks at the runs of these Jobs, and notes on those that are RUNNING what is missing.
///
/// # Errors
/// As the routes. What was not seen to is left to the next look.
pub async fn look(shared: &Shared, pace: &Pace<'_>) -> Result<(), ApiError> {
    let jobs: Vec<((FlowRunId, StateId), Unnoted)> = register(shared)
        .iter()
        .map(|(key, job)| (*key, job.clone()))
        .collect();
    let prefect = shared.prefect.with_budget(Budget::Attempts(2));
    for jobs in jobs.chunks(AT_ONCE) {
        let filter = FlowRunFilter {
            ids: Some(jobs.iter().map(|((id, _), _)| *id).collect()),
            state_types: vec![StateType::Pending, StateType::Running],
            ..FlowRunFilter::default()
        };
        let runs: Vec<FlowRunNow> = prefect.look_at_flow_runs(&filter, Page::default()).await?;
        let runs: HashMap<FlowRunId, FlowRunNow> =
            runs.into_iter().map(|run| (run.id, run)).collect();
        for ((id, attempt), job) in jobs {
            pace.lives();
            match standing(runs.get(id), job) {
                Standing::Waits => continue,
                Standing::Settled => {}
                Standing::Untold => match tell(&prefect, job, *attempt).await {
                    Err(error) if error.is_temporary() => return Err(error),
                    Err(error) => tracing::warn!(
                        "failed to note the Job of flow run '{}': {}",
                        job.about.name,
                        error.one_line()
                    ),
                    Ok(()) => {}
                },
            }
            register(shared).remove(&(*id, *attempt));
        }
    }
    Ok(())
}

/// Notes a Job on its run, unless it is what is left of an earlier attempt.
async fn tell(prefect: &Client, job: &Unnoted, attempt: StateId) -> Result<(), ApiError> {
    let states = prefect.flow_run_states(job.about.id).await?;
    if same_attempt(&states).contains(&attempt) {
        note(prefect, &job.about, &job.namespace, &job.name).await?;
    }
    Ok(())
}

/// Notes a Job on its run.
///
/// # Errors
/// As the route.
pub async fn note(
    prefect: &Client,
    about: &RunRef,
    namespace: &str,
    name: &str,
) -> Result<(), ApiError> {
    let update = FlowRunUpdate {
        infrastructure_pid: Some(format!("{namespace}:{name}")),
    };
    prefect.update_flow_run(about.id, &update).await?;
    tracing::info!(
        "flow run '{}' has Kubernetes Job {namespace}/{name}, of which the server had not been told",
        about.name
    );
    Ok(())
}

/// How it stands with a Job and the note of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The run is [`super::recover`]'s while it is PENDING: Secrets of its Job may be missing too.
    Waits,
    /// It is noted, or the run is no longer under way.
    Settled,
    /// The run is under way, and the server knows of no Job or of another one.
    Untold,
}

fn standing(run: Option<&FlowRunNow>, job: &Unnoted) -> Standing {
    let Some(run) = run else {
        return Standing::Settled;
    };
    let noted = run.infrastructure_pid.as_deref().and_then(job_of_pid);
    let is_noted = noted.is_some_and(|(namespace, name)| {
        (namespace.as_str(), name.as_str()) == (job.namespace.as_str(), job.name.as_str())
    });
    match run.state.as_ref().map(|state| state.kind) {
        _ if is_noted => Standing::Settled,
        Some(StateType::Pending) => Standing::Waits,
        Some(StateType::Running) => Standing::Untold,
        _ => Standing::Settled,
    }
}

fn register(shared: &Shared) -> MutexGuard<'_, Register> {
    let register = shared.unnoted.lock();
    register.unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_note_is_missing_of_a_running_run_alone() {
        let job = Unnoted {
            about: RunRef {
                id: FlowRunId(Uuid::nil()),
                name: "a".to_owned(),
            },
            namespace: "flows".to_owned(),
            name: "a-1".to_owned(),
        };
        let run = |kind: &str, pid: Option<&str>| -> FlowRunNow {
            let run = json!({
                "id": Uuid::nil(), "state": {"id": Uuid::nil(), "type": kind},
                "infrastructure_pid": pid,
            });
            serde_json::from_value(run).unwrap()
        };
        let table = [
            ("RUNNING", None, Standing::Untold),
            ("RUNNING", Some("flows:a-1"), Standing::Settled),
            ("RUNNING", Some("6f1b:flows:a-1"), Standing::Settled),
            (
                "RUNNING",
                Some("flows:of-an-earlier-attempt"),
                Standing::Untold,
            ),
            ("PENDING", None, Standing::Waits),
            ("PENDING", Some("flows:a-1"), Standing::Settled),
            ("CANCELLING", None, Standing::Settled),
        ];
        for (kind, pid, expected) in table {
            assert_eq!(
                standing(Some(&run(kind, pid)), &job),
                expected,
                "{kind} {pid:?}"
            );
        }
        assert_eq!(standing(None, &job), Standing::Settled);
    }
}
