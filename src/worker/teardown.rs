//! What the worker channel asks to be cleaned up: the Job of a run that was CANCELLING for so long
//! that the server has set it to CANCELLED (prefect/workers/_cleanup_handlers.py). States are not
//! touched, and what is gone already is done.

use std::{sync::Arc, time::Duration};

use super::{
    pid::{is_elsewhere, job_of_pid},
    place::place_of,
    removal::{Place, Removal},
    shared::Shared,
    whose::{Whose, whose},
};
use crate::prefect::{
    Budget,
    ws::{CleanupMessage, Outcome},
};

/// How long the server is asked about the run; a reservation holds for 30 s, and is renewed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Deletes the Job that a message names. The reasons for not doing so are Prefect's own.
pub async fn tear_down(shared: Arc<Shared>, message: CleanupMessage) -> Outcome {
    let Some(id) = message.flow_run else {
        return Outcome::Release("invalid_payload");
    };
    let prefect = shared.prefect.with_budget(Budget::For(PATIENCE));
    let run = match prefect.find_flow_run(id).await {
        Ok(Some(run)) => run,
        Ok(None) => return Outcome::Done,
        Err(error) => {
            tracing::warn!(
                "failed to clean up after flow run {id}: {}",
                error.one_line()
            );
            return Outcome::Release("handler_failed");
        }
    };
    let Some(pid) = &message.infrastructure_pid else {
        return match run.infrastructure_pid {
            // It may be of a later attempt than the one that was cancelled.
            Some(_) => Outcome::Release("missing_infrastructure_handle"),
            None => Outcome::Done,
        };
    };
    let Some((namespace, name)) = job_of_pid(pid) else {
        return Outcome::Release("invalid_payload");
    };
    if is_elsewhere(pid, shared.process.cluster_uid.as_deref()) {
        // The Python worker says that it is done, and the Job lives on.
        return Outcome::Release("infrastructure_not_available");
    }
    let claim = match prefect.flow_run_states(id).await {
        Ok(states) => whose(&shared.process, &run, &states),
        Err(error) => {
            let why = error.one_line();
            tracing::warn!("failed to clean up after flow run {id}: {why}");
            return Outcome::Release("handler_failed");
        }
    };
    let configured = match place_of(&shared, &run).await {
        Ok(place) => place,
        Err(why) => {
            tracing::warn!("failed to clean up after flow run '{}': {why}", run.name);
            return Outcome::Release("handler_failed");
        }
    };
    let place = Place {
        cluster: configured.cluster,
        namespace,
        name,
    };
    match place.remove(run.id).await {
        // Whoever claimed it may be in another cluster, with the Job.
        Removal::Gone | Removal::NotIts if claim == Whose::Anothers => {
            Outcome::Release("infrastructure_not_available")
        }
        Removal::Gone | Removal::NotIts if let Some(doubt) = &configured.doubt => {
            tracing::warn!(
                "failed to clean up after flow run '{}': Kubernetes Job {place} is not there, but \
                 {doubt}",
                run.name
            );
            Outcome::Release("configuration_context_unavailable")
        }
        Removal::Going => {
            tracing::info!(
                "flow run '{}' was cancelling for too long: its Kubernetes Job {place} is deleted",
                run.name
            );
            Outcome::Done
        }
        Removal::Gone => Outcome::Done,
        Removal::NotIts => {
            tracing::warn!(
                "Kubernetes Job {place} is not that of flow run '{}', and stays",
                run.name
            );
            Outcome::Done
        }
        Removal::Failed(failure) => {
            tracing::warn!(
                "failed to clean up after flow run '{}': {failure}",
                run.name
            );
            Outcome::Release("infrastructure_not_available")
        }
    }
}
