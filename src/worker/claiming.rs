//! Takes a run: proposes PENDING, and makes sure that it was still to be taken.
//!
//! The server lets one of several workers win, but only while the run is PENDING or RUNNING: a
//! claim that comes so late that the run has ended meanwhile, by another worker's hand, takes it
//! from its end (HandleFlowTerminalStateTransitions forbids that only for a persisted result), and
//! the run would be done twice. So a run is looked at again when it was seen scheduled too long
//! ago, and a claim that took long is looked into and taken back where it was wrong.

use std::time::{Duration, Instant};

use super::{
    attempt::attempt_of, glance::Expected, process::Process, reschedule::may_be_late,
    shared::Shared, trouble::Trouble,
};
use crate::prefect::{
    ApiError, Client, FlowRun, FlowRunId, ProposedState, Raw, State, StateId, StateOutcome,
    StateType,
};

/// A run that was seen scheduled longer ago is looked at again before it is claimed.
const STALE: Duration = Duration::from_secs(1);
/// What another's request has brought of it this recently will do.
pub const FRESH: Duration = Duration::from_millis(500);
/// A claim that is answered this long after the run was seen scheduled is looked into. No flow can
/// be taken, started, run and ended by another worker in less.
pub const LATE: Duration = Duration::from_secs(2);

/// Claims a run that was seen scheduled at this time. Gives the attempt that it is in.
///
/// # Errors
/// Why it is left alone.
pub async fn claim(shared: &Shared, run: &Raw<FlowRun>, seen: Instant) -> Result<StateId, Trouble> {
    let mut polled = run
        .state
        .as_ref()
        .map(|state| state.id)
        .or(run.state_id)
        .ok_or_else(|| Trouble::leave("the server named no state of the run"))?;
    let mut is_doubtful = run.state.as_ref().is_some_and(may_be_late);
    let mut seen = seen;
    let expected = shared.glance.expect(run.id);
    let write = async {
        if seen.elapsed() > STALE {
            let looked = Instant::now();
            let state = look_again(shared, &expected).await?;
            (polled, is_doubtful) = (state.id, may_be_late(&state));
            seen = looked.checked_sub(FRESH).unwrap_or(looked);
        }
        let proposal = shared.process.claim_of(polled);
        taken(shared.prefect.set_state(run.id, &proposal).await)
    };
    shared.process.in_turn(write).await?;
    if is_doubtful || seen.elapsed() > LATE {
        return look_into(shared, run).await;
    }
    // The server may have marked the run late since, which is a state of its own. Whoever takes the
    // run up later reads off the claim that it was made for this one.
    Ok(polled)
}

/// The scheduled state that a run is in, if it still is in one.
async fn look_again(shared: &Shared, expected: &Expected<'_>) -> Result<State, Trouble> {
    let run = expected.within(&shared.prefect, FRESH).await;
    let run = run.map_err(Trouble::failed)?;
    match run.and_then(|run| run.state) {
        Some(state) if state.kind == StateType::Scheduled => Ok(state),
        Some(state) => Err(Trouble::leave(format!("it is {} by now", state.label()))),
        None => Err(Trouble::leave("it is gone")),
    }
}

/// Whether the server took the proposal of PENDING.
fn taken(answer: Result<StateOutcome, ApiError>) -> Result<(), Trouble> {
    match answer {
        Ok(StateOutcome::Accepted { .. }) => Ok(()),
        Ok(StateOutcome::Rejected { state, reason }) => {
            let state = state.map_or_else(String::new, |state| format!(" ({})", state.label()));
            let reason = reason.unwrap_or_else(|| "the server moved it on".to_owned());
            Err(Trouble::leave(format!("{reason}{state}")))
        }
        Ok(StateOutcome::Aborted { reason }) => {
            let reason = reason.unwrap_or_else(|| "the server aborted it".to_owned());
            Err(Trouble::leave(reason))
        }
        Ok(StateOutcome::Wait { delay, reason }) => Err(Trouble::leave(format!(
            "{} (again in {} s)",
            reason.unwrap_or_else(|| "the server wants it to wait".to_owned()),
            delay.as_secs()
        ))),
        Err(error) => Err(Trouble::failed(error)),
    }
}

/// Looks into a claim that took long, or of a run that may be in the schedule by mistake: its history
/// tells whether it had ended meanwhile, and which attempt it is in.
async fn look_into(shared: &Shared, run: &FlowRun) -> Result<StateId, Trouble> {
    let states = states(shared, run.id).await?;
    match ended_as(&states) {
        Some(end) => {
            let why = give_back(&shared.process, &shared.prefect, run.id, end).await;
            Err(Trouble::leave(why))
        }
        None => {
            attempt_of(&states).ok_or_else(|| Trouble::leave("its history has no scheduled state"))
        }
    }
}

async fn states(shared: &Shared, id: FlowRunId) -> Result<Vec<State>, Trouble> {
    let states = shared.prefect.flow_run_states(id).await;
    states.map_err(Trouble::failed)
}

/// How a PENDING run has ended, if it has and nobody scheduled it again: then a late proposal took
/// it from its end. The times of states are those of their proposals; a PENDING that waited for the
/// server's lock is older than the end that it replaced. So only ends and schedules are compared.
#[must_use]
pub fn ended_as(states: &[State]) -> Option<&State> {
    let decisive = |state: &&State| state.kind == StateType::Scheduled || state.kind.is_final();
    let last = states.iter().filter(decisive);
    last.max_by_key(|state| state.timestamp)
        .filter(|state| state.kind.is_final())
}

/// Gives a run the end back that a late claim took from it, with the patience of this client. Gives
/// what happened, in words.
pub async fn give_back(process: &Process, prefect: &Client, run: FlowRunId, end: &State) -> String {
    let mut proposal = ProposedState::new(end.kind);
    proposal.name.clone_from(&end.name);
    proposal.message.clone_from(&end.message);
    let proposal = process.claimed(proposal);
    let label = end.label();
    match prefect.force_state(run, &proposal).await {
        Ok(_) => format!("it had ended as {label} by another worker's hand, and does so again"),
        Err(error) => {
            tracing::error!(
                "flow run {run} had ended as {label} and was taken from that by a late proposal; it \
                 could not be given back: {}",
                error.one_line()
            );
            format!("it had ended as {label}")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    fn state(number: u128, kind: &str) -> State {
        let state: Value = json!({
            "id": Uuid::from_u128(number), "type": kind,
            "timestamp": format!("2026-01-02T03:04:{number:02}Z"),
        });
        serde_json::from_value(state).unwrap()
    }

    #[test]
    fn whether_a_pending_run_was_taken_from_its_end() {
        let table: [(&str, &[&str], Option<u128>); 6] = [
            ("a first attempt", &["SCHEDULED", "PENDING"], None),
            (
                "a late proposal that is older than the end",
                &["SCHEDULED", "PENDING", "PENDING", "RUNNING", "COMPLETED"],
                Some(5),
            ),
            (
                "a late claim",
                &["SCHEDULED", "PENDING", "RUNNING", "COMPLETED", "PENDING"],
                Some(4),
            ),
            (
                "a second attempt",
                &[
                    "SCHEDULED",
                    "PENDING",
                    "RUNNING",
                    "FAILED",
                    "SCHEDULED",
                    "PENDING",
                ],
                None,
            ),
            ("made PENDING", &["PENDING"], None),
            ("no history", &[], None),
        ];
        for (name, kinds, expected) in table {
            let mut states: Vec<State> = (1..).zip(kinds).map(|(n, kind)| state(n, kind)).collect();
            states.reverse();
            let end = ended_as(&states).map(|state| state.id.0.as_u128());
            assert_eq!(end, expected, "{name}");
        }
    }
}
