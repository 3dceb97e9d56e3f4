//! What is told to the server about a run that came to nothing.

use super::{journal::RunRef, shared::Shared};
use crate::prefect::{ProposedState, StateOutcome};

/// Proposes Crashed and says so in the run's log. Gives whether the server took it: a run that
/// has moved on meanwhile stays as it is.
pub async fn crashed(shared: &Shared, about: &RunRef, message: &str) -> bool {
    let proposal = shared.claimed(ProposedState::crashed(message));
    match shared.prefect.set_state(about.id, &proposal).await {
        Ok(StateOutcome::Accepted { .. }) => {
            shared.journal.error(about, message);
            true
        }
        Ok(outcome) => {
            tracing::debug!(
                ?outcome,
                "Crashed was not taken for flow run '{}'",
                about.name
            );
            false
        }
        Err(error) if error.is_not_found() => {
            tracing::debug!("flow run '{}' is gone from the server", about.name);
            false
        }
        Err(error) => {
            tracing::error!(
                "failed to report flow run '{}' as crashed ({message}): {}",
                about.name,
                error.one_line()
            );
            false
        }
    }
}
