//! States of flow runs, proposals of new ones, and the server's answer to a proposal.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::raw::null_is_default;
use crate::prefect::ids::{StateId, TransitionId};

/// The type of a state; its name may say more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StateType {
    /// Will begin at a time.
    Scheduled,
    /// Taken by a worker, not yet running.
    Pending,
    /// The flow's process runs.
    Running,
    /// Done.
    Completed,
    /// Done, without success.
    Failed,
    /// Ended because somebody wanted it so.
    Cancelled,
    /// The infrastructure failed.
    Crashed,
    /// Waits for somebody.
    Paused,
    /// Somebody wants it to end.
    Cancelling,
    /// A type that is newer than this program.
    #[serde(other)]
    Unknown,
}

impl StateType {
    /// All types a server can be asked for.
    pub const ALL: [Self; 9] = [
        Self::Scheduled,
        Self::Pending,
        Self::Running,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
        Self::Crashed,
        Self::Paused,
        Self::Cancelling,
    ];

    /// Whether a run in this state has ended (TERMINAL_STATES in Prefect).
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed | Self::Cancelled | Self::Crashed
        )
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "SCHEDULED",
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Crashed => "CRASHED",
            Self::Paused => "PAUSED",
            Self::Cancelling => "CANCELLING",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl std::fmt::Display for StateType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A state as the server keeps it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct State {
    /// Chosen by the server. A run that is scheduled again has a state with another id.
    pub id: StateId,
    /// The type.
    #[serde(rename = "type")]
    pub kind: StateType,
    /// The name, like `AwaitingRetry` for a SCHEDULED state.
    #[serde(default)]
    pub name: Option<String>,
    /// When the server accepted it.
    #[serde(default)]
    pub timestamp: Option<Timestamp>,
    /// A remark for people.
    #[serde(default)]
    pub message: Option<String>,
    /// What belongs to it.
    #[serde(
        default,
        rename = "state_details",
        deserialize_with = "null_is_default"
    )]
    pub details: StateDetails,
}

impl State {
    /// The name, or the type where it has none.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(self.kind.as_str())
    }

    /// Cancellation is wanted: type CANCELLING, or the older CANCELLED named `Cancelling`.
    #[must_use]
    pub fn is_cancelling(&self) -> bool {
        self.kind == StateType::Cancelling
            || (self.kind == StateType::Cancelled && self.name.as_deref() == Some("Cancelling"))
    }
}

/// What belongs to a state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StateDetails {
    /// When a SCHEDULED run shall begin.
    pub scheduled_time: Option<Timestamp>,
    /// The proposal this state came from, if the client named it.
    pub transition_id: Option<TransitionId>,
    /// A PAUSED run that gave its infrastructure back (suspended).
    pub pause_reschedule: Option<bool>,
    /// The deployment's concurrency slot that the run holds.
    pub deployment_concurrency_lease_id: Option<Uuid>,
}

/// A state that a client wants a run to have.
///
/// A proposal carries an id of the client's choosing. When the answer to a proposal is lost and
/// the same proposal is sent again, the server recognises the id (`PreventDuplicateTransitions`,
/// which compares it with the run's present state before all other rules) and answers REJECT with
/// that state; the client reports it as accepted. Two workers therefore never both own a PENDING
/// run, and one worker never loses a run to itself. States cannot be given an id or a time by
/// clients: the server chooses both.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposedState {
    /// Names this proposal. Keep it when proposing the same again.
    pub transition_id: TransitionId,
    /// The type.
    pub kind: StateType,
    /// The name; the server's default for the type when missing.
    pub name: Option<String>,
    /// A remark for people.
    pub message: Option<String>,
    /// When a SCHEDULED run shall begin; at once when missing.
    pub scheduled_time: Option<Timestamp>,
}

impl ProposedState {
    /// A proposal with an id of its own.
    #[must_use]
    pub fn new(kind: StateType) -> Self {
        Self {
            transition_id: TransitionId(Uuid::new_v4()),
            kind,
            name: None,
            message: None,
            scheduled_time: None,
        }
    }

    /// PENDING: this worker takes the run.
    #[must_use]
    pub fn pending() -> Self {
        Self::new(StateType::Pending)
    }

    /// PENDING under the name `InfrastructurePending`: the pod is waiting.
    #[must_use]
    pub fn infrastructure_pending(message: impl Into<String>) -> Self {
        Self::new(StateType::Pending)
            .named("InfrastructurePending")
            .because(message)
    }

    /// CRASHED: the infrastructure failed.
    #[must_use]
    pub fn crashed(message: impl Into<String>) -> Self {
        Self::new(StateType::Crashed).because(message)
    }

    /// CANCELLED: it has ended as wanted.
    #[must_use]
    pub fn cancelled(message: impl Into<String>) -> Self {
        Self::new(StateType::Cancelled).because(message)
    }

    /// CANCELLING: it shall end.
    #[must_use]
    pub fn cancelling() -> Self {
        Self::new(StateType::Cancelling)
    }

    /// SCHEDULED for a time.
    #[must_use]
    pub fn scheduled(at: Timestamp) -> Self {
        Self {
            scheduled_time: Some(at),
            ..Self::new(StateType::Scheduled)
        }
    }

    /// With a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// With a remark.
    #[must_use]
    pub fn because(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }
}

/// What became of a proposal. None of these is an error.
#[derive(Debug, Clone, PartialEq)]
pub enum StateOutcome {
    /// The run has the proposed state now.
    Accepted {
        /// The state as the server keeps it.
        state: State,
        /// The proposal was accepted at an earlier attempt whose answer was lost.
        repeated: bool,
    },
    /// The run has another state instead, like AwaitingConcurrencySlot.
    Rejected {
        /// The state the run has now.
        state: Option<State>,
        /// The server's reason.
        reason: Option<String>,
    },
    /// The run keeps its state, and this client shall leave it alone.
    Aborted {
        /// The server's reason.
        reason: Option<String>,
    },
    /// Ask again later.
    Wait {
        /// How much later.
        delay: Duration,
        /// The server's reason.
        reason: Option<String>,
    },
}

impl StateOutcome {
    /// The accepted state.
    #[must_use]
    pub fn accepted(&self) -> Option<&State> {
        match self {
            Self::Accepted { state, .. } => Some(state),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_of_the_future_is_read() {
        let state: State = serde_json::from_str(
            r#"{"id":"6f1b3f0e-6a0c-4a44-9c5f-1f6a1f5e7a10","type":"DREAMING","new":1,
                "state_details":null,"timestamp":"2026-11-22T16:07:45.349525Z"}"#,
        )
        .unwrap();
        assert_eq!(state.kind, StateType::Unknown);
        assert_eq!(state.label(), "UNKNOWN");
        assert!(!state.kind.is_final());
    }

    #[test]
    fn names_on_the_wire_match_serde() {
        for kind in StateType::ALL {
            let written = serde_json::to_value(kind).unwrap();
            assert_eq!(written, kind.as_str());
        }
    }
}
