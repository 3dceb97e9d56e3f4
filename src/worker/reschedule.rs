//! Puts a PENDING run back into the schedule: once for each attempt, however many replicas do.
//!
//! All replicas see the same failure at the same time, and no rule of the server's keeps a run from
//! going into the schedule twice. But it takes no proposal under the id of the state that the run is
//! in (PreventDuplicateTransitions), and that id is made from the attempt. A proposal that comes
//! later still, when the run has moved on, is taken; so the history is looked at after each, and the
//! run gets back what it was taken from.

use super::{attempt::attempt_of, claim, claiming::give_back, shared::Shared, whose::is_claim};
use crate::prefect::{
    ApiError, Budget, FlowRunId, ProposedState, State, StateId, StateOutcome, StateType,
    TransitionId,
};

/// What the state is called of a run whose infrastructure is tried again.
pub const RETRY: &str = "AwaitingInfrastructureRetry";
/// What the state is called of one that its worker left behind, as the Python worker calls a flow's retry.
pub const ABANDONED: &str = "AwaitingRetry";

/// Whether a run may be in the schedule by a proposal that came too late: its history tells which
/// attempt it is in.
#[must_use]
pub fn may_be_late(state: &State) -> bool {
    let name = state.name.as_deref();
    state.kind == StateType::Scheduled && matches!(name, Some(RETRY | ABANDONED))
}

/// What became of it.
#[derive(Debug)]
pub enum Rescheduled {
    /// The run is in the schedule again.
    Done,
    /// Another replica had put it there after this attempt.
    Before,
    /// The run had moved on, and is back where it was, in words.
    Late(String),
    /// The server says no: it has moved on, most likely.
    Refused,
}

/// Puts a run back into the schedule that is PENDING in this attempt and was just seen so; `None`
/// where it was never scheduled.
///
/// # Errors
/// When the server does not take the proposal, or does not say so. It is not repeated: said again
/// later, it would take the run out of what came between.
pub async fn reschedule(
    shared: &Shared,
    id: FlowRunId,
    attempt: Option<StateId>,
    proposal: ProposedState,
) -> Result<Rescheduled, ApiError> {
    let transition_id = TransitionId(claim::again_after(id, attempt));
    let proposal = ProposedState {
        transition_id,
        ..proposal
    };
    let once = shared.prefect.with_budget(Budget::Once);
    let mine = match once.set_state(id, &proposal).await? {
        StateOutcome::Accepted { repeated: true, .. } => return Ok(Rescheduled::Before),
        StateOutcome::Accepted { state, .. } => state.id,
        _ => return Ok(Rescheduled::Refused),
    };
    let states = match shared.prefect.flow_run_states(id).await {
        Ok(states) => states,
        Err(error) => {
            let why = error.one_line();
            tracing::warn!("cannot tell whether flow run {id} was scheduled too late: {why}");
            return Ok(Rescheduled::Done);
        }
    };
    let is_before =
        |state: &State| state.id != mine && state.details.transition_id == Some(transition_id);
    let was_before = states.iter().any(is_before);
    Ok(match taken_from(states, mine, attempt) {
        Some(from) => Rescheduled::Late(put_back(shared, id, &from).await),
        None if was_before => Rescheduled::Before,
        None => Rescheduled::Done,
    })
}

/// What a run was taken from by a proposal that came too late and to this state: its end, the way to
/// it, a flow that runs, or the claim of a later attempt than this one.
fn taken_from(mut states: Vec<State>, mine: StateId, attempt: Option<StateId>) -> Option<State> {
    states.retain(|state| state.id != mine);
    let is_later = attempt_of(&states) != attempt;
    let is_end = |kind: StateType| kind.is_final() || kind == StateType::Cancelling;
    let decisive = |state: &State| match state.kind {
        StateType::Scheduled | StateType::Running => true,
        kind => is_end(kind) || is_claim(state),
    };
    let states = states.into_iter().filter(decisive);
    let last = states.max_by_key(|state| state.timestamp)?;
    let is_taken = match last.kind {
        StateType::Scheduled => false,
        StateType::Pending => is_later,
        _ => true,
    };
    is_taken.then_some(last)
}

/// Gives a run back what it was taken from. Gives what happened, in words.
async fn put_back(shared: &Shared, id: FlowRunId, from: &State) -> String {
    let mut again = ProposedState::new(from.kind);
    // A claim tells by it whose it is, and for which attempt.
    again.transition_id = from.details.transition_id.unwrap_or(again.transition_id);
    let put_back = match from.kind {
        // By the rules: should another have claimed it meanwhile, that claim stays.
        StateType::Pending => shared.prefect.set_state(id, &again).await,
        StateType::Running => shared.prefect.force_state(id, &again).await,
        _ => return give_back(&shared.process, &shared.prefect, id, from).await,
    };
    let label = from.label();
    match put_back {
        Ok(_) => format!("it was {label} in another worker's hand, and is so again"),
        Err(error) => {
            tracing::error!(
                "flow run {id} was {label} and was taken from that by a late proposal; it could \
                 not be given back: {}",
                error.one_line()
            );
            format!("it was {label}")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::worker::claim::ClusterMark;

    fn id(number: u128) -> StateId {
        StateId(Uuid::from_u128(number))
    }

    /// A history: each state with its type, its name, and the number of the scheduled state that it
    /// claims.
    fn history(words: &str) -> Vec<State> {
        let mark = ClusterMark::of("here");
        let state = |(number, word): (u128, &str)| {
            let (word, claims) = match word.split_once(':') {
                Some((word, claims)) => (word, Some(claims.parse().unwrap())),
                None => (word, None),
            };
            let (kind, name) = match word {
                "POD" => ("PENDING", "InfrastructurePending"),
                "LATE" => ("SCHEDULED", "Late"),
                // The retry of the first attempt.
                "AGAIN" => ("SCHEDULED", "AwaitingInfrastructureRetry"),
                kind => (kind, kind),
            };
            let transition = match (word, claims) {
                ("AGAIN", _) => claim::again_after(FlowRunId(Uuid::nil()), Some(id(1))),
                (_, Some(claims)) => mark.claim_of(id(claims)),
                _ => Uuid::new_v4(),
            };
            let state = json!({
                "id": id(number), "type": kind, "name": name,
                "timestamp": format!("2026-01-02T03:04:{number:02}Z"),
                "state_details": {"transition_id": transition},
            });
            serde_json::from_value(state).unwrap()
        };
        (1..).zip(words.split_whitespace()).map(state).collect()
    }

    #[test]
    fn what_a_late_proposal_took_a_run_from() {
        let table = [
            ("nothing", "SCHEDULED PENDING:1 POD AGAIN", 4, None),
            (
                "nothing, and it is claimed again",
                "SCHEDULED PENDING:1 AGAIN PENDING:3",
                3,
                None,
            ),
            (
                "a cancellation",
                "SCHEDULED PENDING:1 CANCELLING AGAIN",
                4,
                Some(3),
            ),
            (
                "its end",
                "SCHEDULED PENDING:1 CANCELLING CANCELLED AGAIN",
                5,
                Some(4),
            ),
            (
                "its end, and the times are of the proposals",
                "SCHEDULED PENDING:1 AGAIN CANCELLED",
                3,
                Some(4),
            ),
            (
                "a schedule of a person's",
                "SCHEDULED PENDING:1 CANCELLED SCHEDULED AGAIN",
                5,
                None,
            ),
            (
                "another's proposal of the same, marked late",
                "SCHEDULED PENDING:1 AGAIN LATE AGAIN",
                5,
                None,
            ),
            (
                "the claim of a later attempt",
                "SCHEDULED PENDING:1 AGAIN PENDING:3 POD AGAIN",
                6,
                Some(4),
            ),
            (
                "the claim of a later attempt, of another program",
                "SCHEDULED PENDING:1 AGAIN PENDING AGAIN",
                5,
                Some(4),
            ),
            (
                "a flow that runs",
                "SCHEDULED PENDING:1 AGAIN PENDING:3 RUNNING POD AGAIN",
                7,
                Some(5),
            ),
        ];
        for (name, words, mine, expected) in table {
            let mut states = history(words);
            states.reverse();
            let from = taken_from(states, id(mine), Some(id(1)));
            let from = from.map(|state| state.id);
            assert_eq!(from, expected.map(id), "{name}");
        }
        let states = history("PENDING AGAIN");
        assert_eq!(taken_from(states, id(2), None), None, "never scheduled");
    }
}
