//! Pods that do not start: an image that cannot be pulled, a pod that no node takes. They wait for
//! ever, unless runs are tried again: then their Job is deleted after a while, and what follows is
//! up to [`super::retry`].

use std::{sync::Arc, time::Duration};

use super::{board::Stuck, cancelling::place_of, journal::RunRef, pace::Pace, shared::Shared};
use crate::{
    k8s::{Class, Deletion},
    prefect::{FlowRunId, StateType},
};

/// Time between two looks.
const INTERVAL: Duration = Duration::from_secs(5);

/// Looks for them until the worker stops.
pub async fn run(shared: &Arc<Shared>) {
    let infrastructure = &shared.options.infrastructure;
    let Some(timeout) = infrastructure
        .start_timeout
        .filter(|_| infrastructure.retries > 0)
    else {
        return;
    };
    let mut pace = Pace::later(shared, "look for pods that do not start", INTERVAL);
    while pace.next().await {
        for stuck in shared.board.stuck(timeout) {
            if let Err(why) = give_up(shared, &stuck, timeout).await {
                tracing::warn!("failed to give up a pod that does not start: {why}");
            }
        }
        pace.well();
    }
}

/// Deletes the Job of a run whose pod does not start, unless the server says that it has begun.
async fn give_up(shared: &Shared, stuck: &Stuck, timeout: Duration) -> Result<(), String> {
    let id = FlowRunId(stuck.id);
    if shared.given_up(id).is_some() {
        return Ok(());
    }
    let run = shared.glance.at(&shared.prefect, id).await;
    let Some(run) = run.map_err(|error| error.one_line())? else {
        return Ok(());
    };
    if run
        .state
        .as_ref()
        .is_none_or(|state| state.kind != StateType::Pending)
    {
        return Ok(());
    }
    let Some((namespace, name)) = stuck.job.split_once('/') else {
        return Ok(());
    };
    let (cluster, _) = place_of(shared, &run).await;
    let why = format!(
        "its pod had not started after {} s{}",
        timeout.as_secs(),
        stuck
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(" ({reason})")),
    );
    // Noted first: the end of the Job is told by the watch.
    shared.gives_up(id, why.clone());
    match cluster
        .delete_job(namespace, name, &Deletion::default())
        .await
    {
        Err(failure) if failure.class != Class::NotFound => {
            shared.given_up_ends(id);
            Err(failure.to_string())
        }
        _ => {
            let text = format!("Kubernetes Job {} is deleted: {why}.", stuck.job);
            shared.journal.warn(&RunRef::of(&run), text);
            Ok(())
        }
    }
}
