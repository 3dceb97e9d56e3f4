//! What is told to the server about a run that came to nothing.

use std::time::{Duration, Instant};

use super::{journal::RunRef, shared::Shared};
use crate::prefect::{ApiError, Budget, FlowRunNow, ProposedState, StateOutcome, StateType};

/// How long a submission that failed tries to say so. What it cannot say, recovery comes upon: the
/// run is PENDING by a claim of ours.
const PATIENCE: Duration = Duration::from_secs(120);
/// Pause between two tries.
const PAUSE: Duration = Duration::from_secs(3);

/// What became of a report.
#[derive(Debug)]
pub enum Reported {
    /// The server took it.
    Taken,
    /// The run is gone, or has moved on and stays as it is.
    Moot,
    /// The server was not told, or did not say.
    Unsaid(ApiError),
}

/// Proposes Crashed and says so in the run's log. Nothing is repeated unseen: by the time that the
/// server hears it, the run may be at a later attempt.
pub async fn once(shared: &Shared, about: &RunRef, message: &str) -> Reported {
    let prefect = shared.prefect.with_budget(Budget::Once);
    let proposal = shared.process.claimed(ProposedState::crashed(message));
    match prefect.set_state(about.id, &proposal).await {
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
            Reported::Unsaid(error)
        }
    }
}

/// The same, tried for a while as long as the run is PENDING.
pub async fn crashed(shared: &Shared, about: &RunRef, message: &str) -> Reported {
    let begun = Instant::now();
    loop {
        let reported = once(shared, about, message).await;
        match &reported {
            Reported::Unsaid(error) if error.is_temporary() => {}
            _ => return reported,
        }
        loop {
            if begun.elapsed() > PATIENCE {
                return reported;
            }
            tokio::time::sleep(PAUSE).await;
            let prefect = shared.prefect.with_budget(Budget::Attempts(1));
            match shared.glance.at(&prefect, about.id).await {
                Ok(run) if is_open(run.as_ref()) => break,
                Ok(Some(run)) if was_taken(&run, message) => {
                    shared.journal.error(about, message);
                    return Reported::Taken;
                }
                Ok(_) => return Reported::Moot,
                Err(error) => tracing::debug!("{}", error.one_line()),
            }
        }
    }
}

/// Whether the server took a report whose answer was lost.
pub fn was_taken(run: &FlowRunNow, message: &str) -> bool {
    let state = run.state.as_ref();
    state.is_some_and(|state| {
        state.kind == StateType::Crashed && state.message.as_deref() == Some(message)
    })
}

/// Whether a run may still be said to have crashed in its submission.
fn is_open(run: Option<&FlowRunNow>) -> bool {
    let state = run.and_then(|run| run.state.as_ref());
    state.is_some_and(|state| state.kind == StateType::Pending)
}
