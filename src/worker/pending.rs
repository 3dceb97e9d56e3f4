//! Tells the server that a run waits for its pod: the state InfrastructurePending.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    claiming::{FRESH, ended_as, give_back},
    glance::Expected,
    journal::RunRef,
    shared::Shared,
};
use crate::prefect::{ApiError, Budget, FlowRunId, ProposedState, StateOutcome, StateType};

/// What the state says (prefect-kubernetes).
const MESSAGE: &str = "Kubernetes pod is pending.";
/// A state that is taken this long after the run was last known to wait is looked into. Flows are
/// not started, run and ended in less.
const LATE: Duration = Duration::from_secs(1);
/// Pause after the first try; each further one is twice as long.
const PAUSE: Duration = Duration::from_secs(1);
/// Longest pause: it is tried for as long as the run waits.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Proposes InfrastructurePending for a run in hand, once for each pod.
///
/// The server would take it from a run that has failed, and the Job of such a run may start another
/// pod: unless the pod is the first one of a new Job (`is_new`) and was just seen, the run is looked
/// at before, and so it is before each further try.
///
/// A run that is not in hand is left alone: its pod may be what is left of an earlier attempt, and
/// the server would let the proposal take the run out of its schedule. A refusal is an answer; what
/// passes is tried again for as long as the run waits.
pub async fn propose(shared: Arc<Shared>, about: RunRef, is_new: bool) {
    if !shared.board.holds(about.id.0) || shared.process.stop.is_cancelled() {
        return;
    }
    let proposed = tokio::select! {
        proposed = ask(&shared, about.id, is_new) => proposed,
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

async fn ask(shared: &Shared, id: FlowRunId, is_new: bool) -> Result<(), ApiError> {
    // Nothing is repeated unseen: said late, it would take the run from its end.
    let prefect = shared.prefect.with_budget(Budget::Once);
    let proposal = ProposedState::infrastructure_pending(MESSAGE);
    let proposal = match shared.board.attempt(id.0) {
        Some(attempt) => shared.process.claimed_in(attempt, proposal),
        None => shared.process.claimed(proposal),
    };
    let seen = Instant::now();
    let expected = shared.glance.expect(id);
    // Whether a state that was said to have failed may have been taken all the same.
    let mut is_unsure = false;
    let mut pause = PAUSE;
    let mut is_first = true;
    while shared.board.holds(id.0) {
        let mut begun = Instant::now();
        let write = async {
            let fresh = is_first && is_new && seen.elapsed() < FRESH;
            let looked = Instant::now();
            if !fresh && !is_pending(shared, &expected).await? {
                return Ok(None);
            }
            // What another's look has brought may be a little older.
            begun = if fresh {
                seen
            } else {
                looked.checked_sub(FRESH).unwrap_or(looked)
            };
            prefect.set_state(id, &proposal).await.map(Some)
        };
        match shared.process.in_turn(write).await {
            Ok(Some(StateOutcome::Accepted { .. })) if is_unsure || begun.elapsed() > LATE => {
                return look_into(shared, id).await;
            }
            Err(error) if error.is_temporary() => {
                is_unsure |= error.may_be_done;
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            answer => return answer.map(drop),
        }
        is_first = false;
    }
    Ok(())
}

async fn is_pending(shared: &Shared, expected: &Expected<'_>) -> Result<bool, ApiError> {
    let prefect = shared.prefect.with_budget(Budget::Attempts(3));
    let run = expected.within(&prefect, FRESH).await?;
    let state = run.and_then(|run| run.state);
    Ok(state.is_some_and(|state| state.kind == StateType::Pending))
}

/// The server took long to answer: the run may have ended before it took the proposal.
async fn look_into(shared: &Shared, id: FlowRunId) -> Result<(), ApiError> {
    let states = shared.prefect.flow_run_states(id).await?;
    if let Some(end) = ended_as(&states) {
        let why = give_back(&shared.process, &shared.prefect, id, end).await;
        tracing::info!("InfrastructurePending came late for flow run {id}: {why}");
    }
    Ok(())
}
