//! Claims: how a worker marks a PENDING state as its own, and finds it again after a crash.
//!
//! A worker takes a run by proposing PENDING; the server lets only one proposal win. Prefect keeps
//! the proposal's `state_details.transition_id` with the state, and answers a repeated proposal of
//! the same id with "already made this state transition". So the id does three things for us: a
//! proposal whose answer was lost is recognised when it is sent again; a worker that starts after a
//! crash sees which PENDING runs were claimed by this program for this cluster, which matters
//! because only Jobs of one cluster are protected by their names from being made twice; and it sees
//! which of the states that the run was scheduled by the claim was made for, which the Job's name is
//! made from: the server may mark a run late between a poll and the claim.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::prefect::{FlowRunId, StateId};

/// The bytes of a claim that name the program and the cluster (the version bits apart).
const CLUSTER_BYTES: usize = 8;
/// Where the bytes are that name the scheduled state. The rest is random.
const ATTEMPT_BYTES: std::ops::Range<usize> = 14..16;

/// What all claims of this program on one cluster have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterMark([u8; CLUSTER_BYTES]);

impl ClusterMark {
    /// The mark of a cluster, from its UID or whatever else names it for good.
    #[must_use]
    pub fn of(cluster_uid: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(b"kubectl-prefect claim\0")
            .chain_update(cluster_uid.as_bytes())
            .finalize();
        let mut mark = [0; CLUSTER_BYTES];
        mark.copy_from_slice(&digest[..CLUSTER_BYTES]);
        Self(mark)
    }

    /// A new mark: a UUID of version 8 (RFC 9562: content of our own), half mark, half random.
    #[must_use]
    pub fn claim(self) -> Uuid {
        self.marked(*Uuid::new_v4().as_bytes())
    }

    /// A new claim of a run that was scheduled by this state.
    #[must_use]
    pub fn claim_of(self, scheduled: StateId) -> Uuid {
        let mut bytes = *Uuid::new_v4().as_bytes();
        bytes[ATTEMPT_BYTES].copy_from_slice(&attempt_mark(scheduled));
        self.marked(bytes)
    }

    fn marked(self, mut bytes: [u8; 16]) -> Uuid {
        bytes[..CLUSTER_BYTES].copy_from_slice(&self.0);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// Whether this transition id is a claim by this program for this cluster.
    #[must_use]
    pub fn made(self, transition_id: Uuid) -> bool {
        // Building it again from our mark gives the same id only where the mark was the same.
        self.marked(*transition_id.as_bytes()) == transition_id
    }
}

/// Whether a transition id has the form of a claim of this program, for whatever cluster.
#[must_use]
pub fn is_claim(transition_id: Uuid) -> bool {
    transition_id.get_version() == Some(uuid::Version::Custom)
}

/// Whether a transition id may be a claim that was made for this scheduled state. One in 65,536
/// others may look so too.
#[must_use]
pub fn is_claim_of(transition_id: Uuid, scheduled: StateId) -> bool {
    is_claim(transition_id) && transition_id.as_bytes()[ATTEMPT_BYTES] == attempt_mark(scheduled)
}

/// The id of the proposal to schedule a run again after this attempt (`None`: it was never
/// scheduled). Whoever proposes it, it is the same: the server takes it once.
#[must_use]
pub fn again_after(run: FlowRunId, attempt: Option<StateId>) -> Uuid {
    let digest = Sha256::new()
        .chain_update(b"kubectl-prefect again\0")
        .chain_update(run.0.as_bytes())
        .chain_update(attempt.map_or(Uuid::nil(), |attempt| attempt.0).as_bytes())
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn attempt_mark(scheduled: StateId) -> [u8; 2] {
    let digest = Sha256::digest(scheduled.0.as_bytes());
    [digest[0], digest[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_recognised_by_its_cluster_alone() {
        let here = ClusterMark::of("here");
        let there = ClusterMark::of("there");
        let claim = here.claim();
        assert!(here.made(claim));
        assert!(!there.made(claim));
        assert!(!here.made(Uuid::new_v4()));
        assert_eq!(claim.get_version_num(), 8);
    }

    #[test]
    fn a_claim_tells_the_state_that_it_was_made_for() {
        let scheduled = |number| StateId(Uuid::from_u128(number));
        let here = ClusterMark::of("here");
        let claim = here.claim_of(scheduled(1));
        assert!(here.made(claim));
        assert!(is_claim_of(claim, scheduled(1)));
        assert!(!is_claim_of(claim, scheduled(2)));
        let mut bytes = *claim.as_bytes();
        bytes[6] = 0x40 | bytes[6] & 0x0f;
        assert!(
            !is_claim_of(Uuid::from_bytes(bytes), scheduled(1)),
            "not ours"
        );
    }

    #[test]
    fn every_replica_schedules_an_attempt_again_under_one_id() {
        let run = |number| FlowRunId(Uuid::from_u128(number));
        let attempt = |number| Some(StateId(Uuid::from_u128(number)));
        let again = again_after(run(1), attempt(1));
        assert_eq!(again, again_after(run(1), attempt(1)));
        assert_ne!(again, again_after(run(1), attempt(2)));
        assert_ne!(again_after(run(1), None), again_after(run(2), None));
    }

    #[test]
    fn no_two_claims_are_equal() {
        let here = ClusterMark::of("here");
        assert_ne!(here.claim(), here.claim());
    }
}
