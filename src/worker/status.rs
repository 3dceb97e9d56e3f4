//! How the process is: whether it is alive, whether it does its work, and since when not.
//!
//! Alive means that every loop shows signs of life. Ready means that the worker of every pool has
//! said hello to the server, that no watch has failed for long, and that it is not on its way out.

use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use super::{health::Pulse, process::Process, shared::Shared};
use crate::{
    k8s::Cluster,
    prefect::{Client, logs::Logs, ws::Events},
};

/// What the process can tell of itself at any time. Clones are the same.
#[derive(Clone, Default)]
pub struct Status {
    /// Signs of life.
    pub pulse: Pulse,
    connections: Arc<OnceLock<Connections>>,
    workers: Arc<OnceLock<Vec<Arc<Shared>>>>,
}

/// What is there before the workers are.
pub struct Connections {
    /// The Prefect API.
    pub prefect: Client,
    /// The cluster.
    pub cluster: Cluster,
    /// Events on their way to the server.
    pub events: Events,
    /// Log lines on their way to the server.
    pub logs: Logs,
}

impl std::fmt::Debug for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pools = self.workers().iter().map(|shared| &shared.options.pool);
        f.debug_list().entries(pools).finish()
    }
}

impl Status {
    /// Notes what the process is connected to.
    pub fn connected(&self, connections: Connections) {
        // A process connects once.
        let _ = self.connections.set(connections);
    }

    /// Notes the workers of all pools, once they have started.
    pub fn started(&self, workers: impl IntoIterator<Item = Arc<Shared>>) {
        // And starts its workers once.
        let _ = self.workers.set(workers.into_iter().collect());
    }

    /// What the process is connected to, once it is.
    #[must_use]
    pub fn connections(&self) -> Option<&Connections> {
        self.connections.get()
    }

    /// The workers of all pools, once they have started.
    #[must_use]
    pub fn workers(&self) -> &[Arc<Shared>] {
        self.workers.get().map_or(&[], Vec::as_slice)
    }

    /// What the workers share, once they have started.
    #[must_use]
    pub fn process(&self) -> Option<&Process> {
        self.workers().first().map(|shared| &*shared.process)
    }

    fn is_stopping(&self) -> bool {
        self.process()
            .is_some_and(|process| process.stop.is_cancelled())
    }

    /// Why the process is not alive, if it is not: what has stopped, and since when.
    #[must_use]
    pub fn ailments(&self, now: Instant) -> Vec<String> {
        if self.is_stopping() {
            // Its loops have ended, and what is drained has a time of its own.
            return Vec::new();
        }
        let patient_until = self
            .connections()
            .and_then(|connections| connections.prefect.reachability().patient_until());
        let stopped = self.pulse.stopped(now, patient_until);
        stopped
            .iter()
            .map(|(name, silence)| format!("{name}: no sign of life for {} s", silence.as_secs()))
            .collect()
    }

    /// Why the process is not ready, if it is not.
    #[must_use]
    pub fn obstacles(&self, now: Instant) -> Vec<String> {
        if self.process().is_none() {
            return vec!["starting: not all work pools have been read yet".to_owned()];
        }
        if self.is_stopping() {
            return vec!["stopping: no new flow runs are taken".to_owned()];
        }
        let silent = self
            .workers()
            .iter()
            .filter(|shared| shared.tally.last_heartbeat().is_none());
        let mut obstacles: Vec<String> = silent
            .map(|shared| {
                format!(
                    "starting: no heartbeat has reached work pool '{}' yet",
                    shared.options.pool
                )
            })
            .collect();
        let failing = self.pulse.failing(now);
        obstacles.extend(
            failing
                .iter()
                .map(|(name, time)| format!("{name}: no success for {} s", time.as_secs())),
        );
        obstacles
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_has_not_started_is_alive_and_not_ready() {
        let (status, now) = (Status::default(), Instant::now());
        assert!(status.ailments(now).is_empty());
        assert!(status.obstacles(now)[0].starts_with("starting:"));
        status.pulse.beat("polling", Duration::from_secs(10));
        let late = now + Duration::from_secs(60);
        assert!(status.ailments(late)[0].starts_with("polling: no sign of life for "));
    }
}
