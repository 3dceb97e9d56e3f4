//! Proposing states, so that a lost answer never loses a run.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::prefect::{
    ApiError, Budget, Client, FlowRunId, ProposedState, State, StateOutcome, call::Call,
    retry::Repeat,
};

/// How often a forced state is set anew after its answer was lost.
const ROUNDS: u32 = 3;

/// The server's answer to a proposal.
#[derive(Debug, Deserialize)]
struct Orchestration {
    state: Option<State>,
    status: Status,
    #[serde(default)]
    details: Details,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Accept,
    Reject,
    Abort,
    Wait,
}

#[derive(Debug, Default, Deserialize)]
struct Details {
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    delay_seconds: Option<f64>,
}

impl Client {
    /// Proposes a state under the server's rules.
    ///
    /// A lost answer is repaired: the proposal is repeated under its id, and an earlier success is
    /// reported as [`StateOutcome::Accepted`] with `repeated` set. See [`ProposedState`].
    ///
    /// # Errors
    /// `NotFound` when the run is gone. The server's refusal is no error but an outcome.
    pub async fn set_state(
        &self,
        run: FlowRunId,
        proposal: &ProposedState,
    ) -> Result<StateOutcome, ApiError> {
        self.propose(run, proposal, false, Repeat::Always).await
    }

    /// Sets a state against most of the server's rules, as the Python worker does for CANCELLED.
    ///
    /// The server does not recognise a repeated proposal here and would write a second state. So
    /// after a lost answer the run is read first, and set again only if it does not have the state.
    ///
    /// # Errors
    /// `NotFound` when the run is gone.
    pub async fn force_state(
        &self,
        run: FlowRunId,
        proposal: &ProposedState,
    ) -> Result<StateOutcome, ApiError> {
        let mut rounds = 0;
        loop {
            rounds += 1;
            let outcome = self.propose(run, proposal, true, Repeat::IfNotDone).await;
            let last = rounds == ROUNDS && self.budget() != Budget::Forever;
            match outcome {
                Err(error) if error.may_be_done && error.is_temporary() => {
                    let present = self.read_flow_run(run).await?.typed.state;
                    if let Some(state) = present
                        && state.details.transition_id == Some(proposal.transition_id)
                    {
                        return Ok(StateOutcome::Accepted {
                            state,
                            repeated: true,
                        });
                    }
                    if last || error.status == Some(500) {
                        return Err(error);
                    }
                }
                outcome => return outcome,
            }
        }
    }

    async fn propose(
        &self,
        run: FlowRunId,
        proposal: &ProposedState,
        force: bool,
        repeat: Repeat,
    ) -> Result<StateOutcome, ApiError> {
        let call = Call::post("/flow_runs/{id}/set_state", repeat)
            .with(run)
            .json(&body(run, proposal, force));
        let answer: Orchestration = self.read(call).await?;
        Ok(outcome(answer, proposal))
    }
}

fn body(run: FlowRunId, proposal: &ProposedState, force: bool) -> Value {
    let mut details = json!({
        "flow_run_id": run,
        "transition_id": proposal.transition_id,
    });
    if let Some(at) = proposal.scheduled_time {
        details["scheduled_time"] = json!(at);
    }
    let mut state = json!({ "type": proposal.kind, "state_details": details });
    if let Some(name) = &proposal.name {
        state["name"] = name.as_str().into();
    }
    if let Some(message) = &proposal.message {
        state["message"] = message.as_str().into();
    }
    json!({ "state": state, "force": force })
}

fn outcome(answer: Orchestration, proposal: &ProposedState) -> StateOutcome {
    let reason = answer.details.reason;
    match (answer.status, answer.state) {
        (Status::Accept, Some(state)) => StateOutcome::Accepted {
            state,
            repeated: false,
        },
        (Status::Reject, Some(state))
            if state.details.transition_id == Some(proposal.transition_id) =>
        {
            StateOutcome::Accepted {
                state,
                repeated: true,
            }
        }
        (Status::Accept | Status::Reject, state) => StateOutcome::Rejected { state, reason },
        (Status::Abort, _) => StateOutcome::Aborted { reason },
        (Status::Wait, _) => StateOutcome::Wait {
            delay: answer
                .details
                .delay_seconds
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                .unwrap_or(Duration::from_secs(1)),
            reason,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "6f1b3f0e-6a0c-4a44-9c5f-1f6a1f5e7a10";

    fn read(answer: Value, proposal: &ProposedState) -> StateOutcome {
        outcome(serde_json::from_value(answer).unwrap(), proposal)
    }

    fn state(transition: &str) -> Value {
        json!({"id": RUN, "type": "PENDING", "name": "Pending",
            "state_details": {"transition_id": transition}})
    }

    #[test]
    fn every_answer_is_an_outcome() {
        let proposal = ProposedState::pending();
        let ours = proposal.transition_id.to_string();
        let accept = json!({"status": "ACCEPT", "state": state(&ours),
            "details": {"type": "accept_details"}});
        assert!(matches!(
            read(accept, &proposal),
            StateOutcome::Accepted {
                repeated: false,
                ..
            }
        ));
        let repeated = json!({"status": "REJECT", "state": state(&ours),
            "details": {"type": "reject_details", "reason": "This run has already made this state transition."}});
        assert!(matches!(
            read(repeated, &proposal),
            StateOutcome::Accepted { repeated: true, .. }
        ));
        let other = json!({"status": "REJECT", "state": state(RUN), "details": {"reason": "full"}});
        assert!(matches!(
            read(other, &proposal),
            StateOutcome::Rejected {
                state: Some(_),
                reason: Some(_)
            }
        ));
        let abort = json!({"status": "ABORT", "state": null, "details": {"reason": "taken"}});
        assert_eq!(
            read(abort, &proposal),
            StateOutcome::Aborted {
                reason: Some("taken".to_owned())
            }
        );
        let wait = json!({"status": "WAIT", "state": null, "details": {"delay_seconds": 7}});
        assert_eq!(
            read(wait, &proposal),
            StateOutcome::Wait {
                delay: Duration::from_secs(7),
                reason: None
            }
        );
    }

    #[test]
    fn a_proposal_carries_its_id() {
        let run: FlowRunId = RUN.parse().unwrap();
        let proposal = ProposedState::crashed("no pod");
        let body = body(run, &proposal, true);
        assert_eq!(body["force"], true);
        assert_eq!(body["state"]["type"], "CRASHED");
        assert_eq!(body["state"]["message"], "no pod");
        assert_eq!(
            body["state"]["state_details"]["transition_id"],
            proposal.transition_id.to_string()
        );
        assert!(body["state"].get("name").is_none());
    }
}
