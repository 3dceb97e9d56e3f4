//! Claims: how a worker marks a PENDING state as its own, and finds it again after a crash.
//!
//! A worker takes a run by proposing PENDING; the server lets only one proposal win. Prefect keeps
//! the proposal's `state_details.transition_id` with the state, and answers a repeated proposal of
//! the same id with "already made this state transition". So the id does two things for us: a
//! proposal whose answer was lost is recognised when it is sent again, and a worker that starts
//! after a crash sees which PENDING runs were claimed by this program for this cluster. The second
//! matters because only Jobs of one cluster are protected by their names from being made twice.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The bytes of a claim that name the program and the cluster (the version bits apart).
const CLUSTER_BYTES: usize = 8;

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

    /// A new claim: a UUID of version 8 (RFC 9562: content of our own), half mark, half random.
    #[must_use]
    pub fn claim(self) -> Uuid {
        let mut bytes = *Uuid::new_v4().as_bytes();
        bytes[..CLUSTER_BYTES].copy_from_slice(&self.0);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// Whether this transition id is a claim by this program for this cluster.
    #[must_use]
    pub fn made(self, transition_id: Uuid) -> bool {
        let mut bytes = *transition_id.as_bytes();
        bytes[..CLUSTER_BYTES].copy_from_slice(&self.0);
        // Building it again from our mark gives the same id only where the mark was the same.
        uuid::Builder::from_custom_bytes(bytes).into_uuid() == transition_id
    }
}

/// Whether a transition id has the form of a claim of this program, for whatever cluster.
#[must_use]
pub fn is_claim(transition_id: Uuid) -> bool {
    transition_id.get_version() == Some(uuid::Version::Custom)
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
    fn no_two_claims_are_equal() {
        let here = ClusterMark::of("here");
        assert_ne!(here.claim(), here.claim());
    }
}
