//! Tells the server that a run waits for its pod: the state InfrastructurePending.

use std::sync::Arc;

use super::{journal::RunRef, shared::Shared};
use crate::prefect::{ApiError, Budget, ProposedState, StateType};

/// What the state says (prefect-kubernetes).
const MESSAGE: &str = "Kubernetes pod is pending.";

/// Proposes InfrastructurePending for a run in hand, once for each pod.
///
/// The server would take it from a run that has failed, and the Job of such a run may start another
/// pod: unless the pod is the first one of a new Job (`is_new`), the run is looked at before.
///
/// A run that is not in hand is left alone: its pod may be what is left of an earlier attempt, and
/// the server would let the proposal take the run out of its schedule. A refusal is an answer, and
/// so is a fault: the state is a courtesy, and the run gets on without it.
pub async fn propose(shared: Arc<Shared>, about: RunRef, is_new: bool) {
    if !shared.board.holds(about.id.0) || shared.process.stop.is_cancelled() {
        return;
    }
    let proposed = tokio::select! {
        proposed = ask(&shared, &about, is_new) => proposed,
        () = shared.process.stop.cancelled() => return,
    };
    if let Err(error) = proposed {
        tracing::debug!(
            "InfrastructurePending was not set for flow run '{}': {}",
            about.name,
            error.one_line()
        );
    }
}

async fn ask(shared: &Shared, about: &RunRef, is_new: bool) -> Result<(), ApiError> {
    let prefect = shared.prefect.with_budget(Budget::Attempts(3));
    if !is_new {
        let run = shared.glance.at(&prefect, about.id).await?;
        let state = run.and_then(|run| run.state);
        if state.is_none_or(|state| state.kind != StateType::Pending) {
            return Ok(());
        }
    }
    let proposal = shared
        .process
        .claimed(ProposedState::infrastructure_pending(MESSAGE));
    prefect.set_state(about.id, &proposal).await.map(drop)
}
