//! The records that a Prefect server keeps of its workers: read for people, and removed when the
//! worker is dead.
//!
//! A record is made by a worker's first heartbeat and stays when the worker ends. Whether its
//! worker lives is the server's word: offline is who has missed three heartbeats.

mod prune;
mod read;
mod suggest;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::prefect::{WorkPool, WorkPoolName, Worker, WorkerId, WorkerName, WorkerStatus};

pub use prune::{Fate, remove};
pub use read::{PoolChoice, pools, read, versions};
pub use suggest::no_such_pool;

/// A worker's record, and what is known of its worker beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The pool it serves.
    pub pool: WorkPoolName,
    /// The pool's type.
    pub pool_type: String,
    /// Its name, unique in its pool.
    pub name: WorkerName,
    /// Whether it lives, by the server's clock.
    pub status: WorkerStatus,
    /// Its last sign of life.
    pub last_heartbeat: Option<Timestamp>,
    /// How often it said it would give one, in seconds.
    pub heartbeat_interval_seconds: Option<u64>,
    /// The version that it named when it started, if the server still has that event.
    pub version: Option<String>,
    /// The record's id.
    pub id: WorkerId,
}

impl Record {
    fn of(worker: Worker, pool: &WorkPool) -> Self {
        Self {
            pool: pool.name.clone(),
            pool_type: pool.kind.clone(),
            name: worker.name,
            status: worker.status.unwrap_or(WorkerStatus::Unknown),
            last_heartbeat: worker.last_heartbeat_time,
            heartbeat_interval_seconds: worker.heartbeat_interval_seconds,
            version: None,
            id: worker.id,
        }
    }

    /// Whether its worker is dead, and has been silent for at least this long.
    #[must_use]
    pub fn is_dead(&self, now: Timestamp, silent_for: SignedDuration) -> bool {
        self.status == WorkerStatus::Offline
            && self
                .last_heartbeat
                .is_none_or(|last| now.duration_since(last) >= silent_for)
    }

    /// `POOL/NAME`. Neither may have a slash in it.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.pool, self.name)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_who_is_offline_for_long_enough_is_dead() {
        let now: Timestamp = "2026-11-22T16:00:00Z".parse().unwrap();
        let minutes = SignedDuration::from_mins;
        let record = |status, ago: Option<i64>| Record {
            pool: "p".into(),
            pool_type: "kubernetes".to_owned(),
            name: "w".into(),
            status,
            last_heartbeat: ago.map(|ago| now - minutes(ago)),
            heartbeat_interval_seconds: Some(30),
            version: None,
            id: WorkerId(Uuid::nil()),
        };
        for (status, ago, silent_for, dead) in [
            (WorkerStatus::Offline, Some(5), 0, true),
            (WorkerStatus::Offline, Some(5), 5, true),
            (WorkerStatus::Offline, Some(5), 6, false),
            (WorkerStatus::Offline, None, 6, true),
            (WorkerStatus::Online, Some(99), 0, false),
            (WorkerStatus::Online, None, 0, false),
            // What a newer server means by another word is not ours to guess.
            (WorkerStatus::Unknown, Some(99), 0, false),
            // The server's clock may be ahead of ours.
            (WorkerStatus::Offline, Some(-5), 0, false),
        ] {
            let is_dead = record(status, ago).is_dead(now, minutes(silent_for));
            assert_eq!(is_dead, dead, "{status:?} {ago:?} {silent_for}");
        }
    }
}
