//! Which attempt a run is in, as its history tells. A Job is named after it, so that no attempt gets
//! two.

use uuid::Uuid;

use super::{cancelling::job_of_pid, claim::is_claim_of};
use crate::{
    prefect::{FlowRun, State, StateId, StateType},
    template::job_suffix,
};

/// Whether the server knows of the Job of this attempt: then nothing was left undone, and the
/// observer follows the Job. A note of an earlier attempt does not count.
#[must_use]
pub fn has_noted_job(run: &FlowRun, attempt: StateId) -> bool {
    let noted = run.infrastructure_pid.as_deref().and_then(job_of_pid);
    noted.is_some_and(|(_, job)| job.ends_with(&job_suffix(run.id.0, attempt.0)))
}

/// The attempt that a PENDING run is in: the scheduled state that it was claimed by, which is the
/// last one, or the one before when the server marked the run late between poll and claim. Of an
/// attempt that was scheduled twice and claimed each time, the first claim has the Job.
#[must_use]
pub fn attempt_of(states: &[State]) -> Option<StateId> {
    let attempt = same_attempt(states);
    let claims = states.iter().filter_map(|state| {
        let id = state.details.transition_id?.0;
        (state.kind == StateType::Pending).then_some(id)
    });
    let claims: Vec<Uuid> = claims.collect();
    let is_claimed = |scheduled: &&StateId| claims.iter().any(|id| is_claim_of(*id, **scheduled));
    let claimed = attempt.iter().rev().find(is_claimed);
    claimed.or_else(|| attempt.first()).copied()
}

/// The states that the last attempt of a run was scheduled by, newest first: the server may have
/// marked it late, which is a state of its own, or taken the same proposal from two replicas
/// ([`super::reschedule`]). States have the time of their proposal, so that a claim may seem to come
/// before the mark that the server made before it took the claim.
#[must_use]
pub fn same_attempt(states: &[State]) -> Vec<StateId> {
    let scheduled = states
        .iter()
        .filter(|state| state.kind == StateType::Scheduled);
    let mut newest_first: Vec<&State> = scheduled.collect();
    newest_first.sort_by_key(|state| std::cmp::Reverse(state.timestamp));
    let is_repeated = |place: usize, state: &State| {
        let id = state.details.transition_id;
        let earlier = newest_first.iter().skip(place + 1);
        id.is_some()
            && earlier
                .map(|state| state.details.transition_id)
                .any(|it| it == id)
    };
    let is_first = |(place, state): (usize, &&State)| {
        state.name.as_deref() != Some("Late") && !is_repeated(place, state)
    };
    let last = newest_first.iter().enumerate().position(is_first);
    newest_first.truncate(last.map_or(usize::MAX, |last| last + 1));
    newest_first.into_iter().map(|state| state.id).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::worker::claim::ClusterMark;

    fn id(number: u128) -> StateId {
        StateId(Uuid::from_u128(number))
    }

    /// A history: each state with its number, kind, name, and the number of the scheduled state that
    /// it claims.
    fn history(states: &[(u128, &str, &str, Option<u128>)]) -> Vec<State> {
        let mark = ClusterMark::of("here");
        let state = |(number, kind, name, claims): &(u128, &str, &str, Option<u128>)| {
            let transition = claims.map_or_else(Uuid::new_v4, |claims| mark.claim_of(id(claims)));
            let state = json!({
                "id": Uuid::from_u128(*number), "type": kind, "name": name,
                "timestamp": format!("2026-01-02T03:04:{number:02}Z"),
                "state_details": {"transition_id": transition},
            });
            serde_json::from_value(state).unwrap()
        };
        states.iter().map(state).collect()
    }

    #[test]
    fn what_was_scheduled_twice_by_one_proposal_is_one_attempt() {
        let (scheduled, again) = ("SCHEDULED", "AwaitingInfrastructureRetry");
        let rest = [
            ("waits", vec![], 5),
            (
                "claimed by the first",
                vec![(6, "PENDING", "Pending", Some(3))],
                3,
            ),
            (
                "claimed by the last",
                vec![(6, "PENDING", "Pending", Some(5))],
                5,
            ),
            (
                "claimed by both",
                vec![
                    (4, "PENDING", "Pending", Some(3)),
                    (6, "PENDING", "Pending", Some(5)),
                ],
                3,
            ),
        ];
        for (name, claims, expected) in rest {
            let mut states = vec![
                (1, scheduled, "Scheduled", None),
                (2, "PENDING", "Pending", Some(1)),
                (3, scheduled, again, None),
                (5, scheduled, again, None),
            ];
            states.extend(claims);
            let mut states = history(&states);
            let proposal = states[2].details.transition_id;
            states[3].details.transition_id = proposal;
            assert_eq!(same_attempt(&states), [id(5), id(3)], "{name}");
            assert_eq!(attempt_of(&states), Some(id(expected)), "{name}");
        }
    }

    #[test]
    fn the_attempt_is_the_scheduled_state_that_was_claimed() {
        let (scheduled, late, pending) = ("SCHEDULED", "SCHEDULED", "PENDING");
        let table = [
            ("never scheduled", vec![(1, pending, "Pending", None)], None),
            (
                "claimed in time",
                vec![
                    (1, scheduled, "Scheduled", None),
                    (2, pending, "Pending", Some(1)),
                ],
                Some(1),
            ),
            (
                "marked late before it was polled",
                vec![
                    (1, scheduled, "Scheduled", None),
                    (2, late, "Late", None),
                    (3, pending, "Pending", Some(2)),
                ],
                Some(2),
            ),
            (
                "marked late between poll and claim",
                vec![
                    (1, scheduled, "Scheduled", None),
                    (2, late, "Late", None),
                    (3, pending, "Pending", Some(1)),
                    (4, pending, "InfrastructurePending", Some(9)),
                ],
                Some(1),
            ),
            (
                "marked late while the claim waited for the server",
                vec![
                    (1, scheduled, "Scheduled", None),
                    (2, pending, "Pending", Some(1)),
                    (3, late, "Late", None),
                ],
                Some(1),
            ),
            (
                "claimed by another program",
                vec![
                    (1, scheduled, "Scheduled", None),
                    (2, late, "Late", None),
                    (3, pending, "Pending", None),
                ],
                Some(2),
            ),
            (
                "scheduled again after an earlier attempt",
                vec![
                    (1, scheduled, "Scheduled", None),
                    (2, pending, "Pending", Some(1)),
                    (3, scheduled, "AwaitingRetry", None),
                    (4, late, "Late", None),
                    (5, pending, "Pending", None),
                ],
                Some(4),
            ),
        ];
        for (name, states, expected) in table {
            let mut states = history(&states);
            states.reverse();
            assert_eq!(attempt_of(&states), expected.map(id), "{name}");
        }
    }
}
