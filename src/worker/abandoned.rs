//! Runs that another program claimed and left: PENDING for long, without a Job, and their worker
//! gives no sign of life. A Python worker that dies between its claim and its Job leaves such a run
//! for ever. It is put back, and whoever polls next takes it.

use std::time::Duration;

use super::{
    attempt::attempt_of,
    claim, left_over,
    reschedule::{ABANDONED, Rescheduled, reschedule},
    shared::Shared,
    submit::{CLUSTER_LABEL, WORKER_LABEL},
};
use crate::prefect::{ApiError, Client, FlowRun, ProposedState, Worker, WorkerName, WorkerStatus};

/// Whether another program's claim may have been left, by all that the run itself tells.
///
/// A claim of this program for another cluster is that cluster's workers' to take up, and a run that
/// was labelled for one may have its Job there. A run whose Job was noted is an observer's.
#[must_use]
pub fn may_be(shared: &Shared, run: &FlowRun, age: Duration) -> bool {
    let after = shared.options.abandoned_after;
    let claimed = run.state.as_ref().and_then(|it| it.details.transition_id);
    after.is_some_and(|after| age >= after)
        && claimed.is_none_or(|id| !claim::is_claim(id.0))
        && run.infrastructure_pid.is_none()
        && !run.labels.contains_key(CLUSTER_LABEL)
        && !shared.board.holds(run.id.0)
}

/// Whether the worker that has claimed a run may be alive: the one that the run's label names, or
/// any other where it names none.
#[must_use]
pub fn may_live(run: &FlowRun, workers: &[Worker], own: &WorkerName) -> bool {
    let named = run.labels.get(WORKER_LABEL).and_then(|it| it.as_str());
    let lives = |worker: &Worker| worker.status != Some(WorkerStatus::Offline);
    let mut alive = workers.iter().filter(|worker| lives(worker));
    match named {
        // Our own sign of life is none of a worker that had this name before.
        Some(name) if name == own.as_str() => false,
        Some(name) => alive.any(|worker| worker.name.as_str() == name),
        None => alive.any(|worker| worker.name != *own),
    }
}

/// Puts a run back whose worker is gone, if it has no Job in this cluster.
///
/// # Errors
/// When the server cannot be asked or told.
pub async fn put_back(shared: &Shared, prefect: &Client, run: &FlowRun) -> Result<(), ApiError> {
    match left_over::has_job(shared, run).await {
        Ok(false) => {}
        Ok(true) => return Ok(()),
        Err(why) => {
            tracing::warn!("flow run '{}' may have been left PENDING: {why}", run.name);
            return Ok(());
        }
    }
    let states = prefect.flow_run_states(run.id).await?;
    // It may have moved on meanwhile.
    let found = prefect.find_flow_run(run.id).await?;
    let state = |run: &FlowRun| run.state.as_ref().map(|state| state.id);
    if found.as_deref().map(state) != Some(state(run)) {
        return Ok(());
    }
    let mut proposal = ProposedState::scheduled(prefect.server_now()).named(ABANDONED);
    proposal.message = Some(
        "The worker that took this run is gone and made no Job for it. It is scheduled again."
            .to_owned(),
    );
    match reschedule(shared, run.id, attempt_of(&states), proposal).await? {
        Rescheduled::Done => tracing::warn!(
            "flow run '{}' was left PENDING by a worker that is gone, and is scheduled again",
            run.name
        ),
        Rescheduled::Late(why) => {
            tracing::info!(
                "flow run '{}' was not to be scheduled again: {why}",
                run.name
            );
        }
        Rescheduled::Before | Rescheduled::Refused => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_worker_that_the_label_names_decides() {
        let run = |label: Option<&str>| -> FlowRun {
            let labels = label.map_or_else(|| json!({}), |name| json!({WORKER_LABEL: name}));
            let run = json!({
                "id": Uuid::nil(), "name": "a", "flow_id": Uuid::nil(), "labels": labels,
            });
            serde_json::from_value(run).unwrap()
        };
        let worker = |name: &str, status: Option<&str>| -> Worker {
            let worker = json!({"id": Uuid::nil(), "name": name, "status": status});
            serde_json::from_value(worker).unwrap()
        };
        let online = |name| worker(name, Some("ONLINE"));
        let offline = |name| worker(name, Some("OFFLINE"));
        let own = WorkerName::from("own".to_owned());
        let table = [
            (
                "gone with its record",
                Some("py"),
                vec![online("own")],
                false,
            ),
            (
                "dead",
                Some("py"),
                vec![online("own"), offline("py")],
                false,
            ),
            ("of our own name", Some("own"), vec![online("own")], false),
            ("alive", Some("py"), vec![online("own"), online("py")], true),
            (
                "of an unknown status",
                Some("py"),
                vec![worker("py", None)],
                true,
            ),
            ("another lives", Some("py"), vec![online("other")], false),
            (
                "unlabelled, alone",
                None,
                vec![online("own"), offline("py")],
                false,
            ),
            (
                "unlabelled, others live",
                None,
                vec![online("own"), online("py")],
                true,
            ),
        ];
        for (name, label, workers, expected) in table {
            assert_eq!(may_live(&run(label), &workers, &own), expected, "{name}");
        }
    }
}
