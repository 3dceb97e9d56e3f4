//! What is told to the server about a run that came to nothing.

use super::{journal::RunRef, shared::Shared};
use crate::prefect::{ProposedState, StateOutcome};

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    /// The server took it.
    Taken,
    /// The run is gone, or has moved on and stays as it is.
    Moot,
    /// The server cannot be told now.
    Unsaid,
}

/// Proposes Crashed and says so in the run's log.
pub async fn crashed(shared: &Shared, about: &RunRef, message: &str) -> Reported {
    let proposal = shared.process.claimed(ProposedState::crashed(message));
    match shared.prefect.set_state(about.id, &proposal).await {
        Ok(StateOutcome::Accepted { .. }) => {
            shared.journal.error(about, message);
            Reported::Taken
        }
        Ok(outcome) => {
            tracing::debug!(
                ?outcome,
                "Crashed was not taken for flow run '{}'",
                about.name
            );
            Reported::Moot
        }
        Err(error) if error.is_not_found() => {
            tracing::debug!("flow run '{}' is gone from the server", about.name);
            Reported::Moot
        }
        Err(error) => {
            tracing::error!(
                "failed to report flow run '{}' as crashed ({message}): {}",
                about.name,
                error.one_line()
            );
            Reported::Unsaid
        }
    }
}
