//! What a run's history says of the attempt that it is in: who claimed it, whether its flow has
//! begun. `start_time` does not tell that: it stays from one attempt to the next.

use super::whose::Whose;
use crate::prefect::{State, StateType};

/// The attempt that a run is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Who claimed it.
    pub whose: Whose,
    /// Whether its flow has begun to run.
    pub began: bool,
}

impl Attempt {
    /// Reads it off the states that a run has had; `last` tells of the last claim among them.
    #[must_use]
    pub fn of(states: &[State], last: Whose) -> Self {
        let mut states: Vec<&State> = states.iter().collect();
        states.sort_by_key(|state| state.timestamp);
        let mut attempt = Self {
            whose: Whose::Nobodys,
            began: false,
        };
        let (mut ended, mut is_scheduled) = (false, true);
        for state in states {
            match state.kind {
                // The server says so of a scheduled run; it is no new schedule.
                StateType::Scheduled if state.name.as_deref() == Some("Late") => {}
                StateType::Scheduled => {
                    // A flow that tries itself again is scheduled too, and goes on in its process.
                    if std::mem::take(&mut ended) {
                        attempt.whose = Whose::Nobodys;
                        attempt.began = false;
                    }
                    is_scheduled = true;
                }
                StateType::Pending => {
                    attempt.whose = last;
                    // Later ones say more of the same attempt: Submitting, InfrastructurePending.
                    if std::mem::take(&mut is_scheduled) {
                        attempt.began = false;
                    }
                    ended = false;
                }
                StateType::Running => attempt.began = true,
                kind if kind.is_final() => (ended, is_scheduled) = (true, true),
                _ => {}
            }
        }
        attempt
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    fn state(number: usize, word: &str) -> State {
        let (kind, name) = match word {
            "LATE" => ("SCHEDULED", "Late"),
            "POD" => ("PENDING", "InfrastructurePending"),
            kind => (kind, kind),
        };
        let state: Value = json!({
            "id": Uuid::from_u128(number as u128), "type": kind, "name": name,
            "timestamp": format!("2026-01-02T03:04:{number:02}Z"),
        });
        serde_json::from_value(state).unwrap()
    }

    #[test]
    fn only_the_attempt_that_a_run_is_in_counts() {
        let table = [
            ("nothing is known", "", false, false),
            ("scheduled", "SCHEDULED LATE", false, false),
            ("claimed", "SCHEDULED PENDING CANCELLING", true, false),
            (
                "marked late meanwhile",
                "SCHEDULED PENDING LATE",
                true,
                false,
            ),
            ("its pod waits", "SCHEDULED PENDING POD", true, false),
            (
                "it runs",
                "SCHEDULED PENDING POD RUNNING CANCELLING",
                true,
                true,
            ),
            (
                "a pod is seen late",
                "SCHEDULED PENDING RUNNING POD",
                true,
                true,
            ),
            (
                "its second attempt has not begun",
                "SCHEDULED PENDING RUNNING FAILED SCHEDULED PENDING CANCELLING",
                true,
                false,
            ),
            (
                "it waits for its next attempt",
                "SCHEDULED PENDING RUNNING FAILED SCHEDULED CANCELLING",
                false,
                false,
            ),
            (
                "its flow tries itself again",
                "SCHEDULED PENDING RUNNING SCHEDULED CANCELLING",
                true,
                true,
            ),
            (
                "its infrastructure is tried again",
                "SCHEDULED PENDING SCHEDULED PENDING CANCELLING",
                true,
                false,
            ),
            (
                "a late claim took it from its end",
                "SCHEDULED PENDING RUNNING COMPLETED PENDING",
                true,
                false,
            ),
        ];
        for (name, words, claimed, began) in table {
            let words = words.split_whitespace().enumerate();
            let mut states: Vec<State> = words.map(|(n, word)| state(n, word)).collect();
            states.reverse();
            for last in [Whose::Ours, Whose::Anothers] {
                let whose = if claimed { last } else { Whose::Nobodys };
                let found = Attempt::of(&states, last);
                assert_eq!(found, Attempt { whose, began }, "{name}");
            }
        }
    }
}
