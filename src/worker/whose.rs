//! Whose a run is: who has claimed it last.
//!
//! Clusters may share a pool, and a run may come from one to another: its label and its earlier
//! claims stay with it. So the last claim alone decides. The label is heard only about a claim that
//! does not name its cluster for good.

use super::{process::Process, submit::CLUSTER_LABEL};
use crate::prefect::{FlowRun, State, StateType};

/// The name of the PENDING state that tells of a pod: an observer's word, and no claim. That of
/// another program may say it of our Jobs.
const NO_CLAIM: &str = "InfrastructurePending";

/// Whose a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Claimed by this program for this cluster.
    Ours,
    /// Claimed by another program, or for another cluster.
    Anothers,
    /// Never claimed.
    Nobodys,
}

/// Whose a run is that has had these states.
#[must_use]
pub fn whose(process: &Process, run: &FlowRun, states: &[State]) -> Whose {
    let label = run.labels.get(CLUSTER_LABEL).and_then(|it| it.as_str());
    decide(states, |claim| {
        let id = claim.details.transition_id;
        id.is_some_and(|id| process.claims_here(id, label))
    })
}

/// Whether a state is a worker's word that it takes the run.
#[must_use]
pub fn is_claim(state: &State) -> bool {
    state.kind == StateType::Pending && state.name.as_deref() != Some(NO_CLAIM)
}

fn decide(states: &[State], is_ours: impl Fn(&State) -> bool) -> Whose {
    let claims = states.iter().filter(|state| is_claim(state));
    match claims.max_by_key(|state| state.timestamp) {
        None => Whose::Nobodys,
        Some(claim) if is_ours(claim) => Whose::Ours,
        Some(_) => Whose::Anothers,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    /// States of these types and names, each with whether it was proposed by us.
    fn states(of: &[(&str, &str, bool)]) -> Vec<State> {
        let state = |(number, (kind, name, ours)): (usize, &(&str, &str, bool))| {
            let state = json!({
                "id": Uuid::from_u128(number as u128), "type": kind, "name": name,
                "timestamp": format!("2026-01-02T03:04:{number:02}Z"),
                "state_details": {"transition_id": Uuid::from_u128(u128::from(*ours))},
            });
            serde_json::from_value(state).unwrap()
        };
        of.iter().enumerate().map(state).rev().collect()
    }

    #[test]
    fn the_last_claim_alone_decides() {
        let scheduled = ("SCHEDULED", "Scheduled", false);
        let again = ("SCHEDULED", "AwaitingRetry", false);
        let ours = ("PENDING", "Pending", true);
        let theirs = ("PENDING", "Pending", false);
        let waits = |ours| ("PENDING", "InfrastructurePending", ours);
        let running = ("RUNNING", "Running", false);
        let table = [
            ("ours", vec![scheduled, ours, running], Whose::Ours),
            (
                "the second attempt is another's",
                vec![scheduled, ours, running, again, theirs, running],
                Whose::Anothers,
            ),
            (
                "the second attempt is ours",
                vec![scheduled, theirs, running, again, ours],
                Whose::Ours,
            ),
            (
                "another observer saw our pod",
                vec![scheduled, ours, waits(false)],
                Whose::Ours,
            ),
            (
                "our observer saw another's pod",
                vec![scheduled, theirs, waits(true)],
                Whose::Anothers,
            ),
            ("not claimed", vec![scheduled, running], Whose::Nobodys),
            ("no history", vec![], Whose::Nobodys),
        ];
        for (name, of, expected) in table {
            let is_ours = |state: &State| {
                let id = state.details.transition_id;
                id.is_some_and(|id| id.0 == Uuid::from_u128(1))
            };
            assert_eq!(decide(&states(&of), is_ours), expected, "{name}");
        }
    }
}
