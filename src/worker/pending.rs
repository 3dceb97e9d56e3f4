//! Tells the server that a run waits for its pod: the state InfrastructurePending.

use std::sync::Arc;

use super::{journal::RunRef, shared::Shared};
use crate::prefect::{Budget, ProposedState};

/// What the state says (prefect-kubernetes).
const MESSAGE: &str = "Kubernetes pod is pending.";

/// Proposes InfrastructurePending for a run in hand, once for each pod.
///
/// A run that is not in hand is left alone: its pod may be what is left of an earlier attempt, and
/// the server would let the proposal take the run out of its schedule. A refusal is an answer, and
/// so is a fault: the state is a courtesy, and the run gets on without it.
pub async fn propose(shared: Arc<Shared>, about: RunRef) {
    if !shared.board.holds(about.id.0) || shared.stop.is_cancelled() {
        return;
    }
    let proposal = shared.claimed(ProposedState::infrastructure_pending(MESSAGE));
    let prefect = shared.prefect.with_budget(Budget::Attempts(3));
    if let Err(error) = prefect.set_state(about.id, &proposal).await {
        tracing::debug!(
            "InfrastructurePending was not set for flow run '{}': {}",
            about.name,
            error.one_line()
        );
    }
}
