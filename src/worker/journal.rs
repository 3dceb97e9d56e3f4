//! What happens to runs, told twice: in the worker's log and in the run's own log on the server.

use std::fmt;

use jiff::Timestamp;
use percent_encoding::utf8_percent_encode;

use crate::prefect::{
    FlowRun, FlowRunId, SEGMENT, WorkPoolName, WorkerId, WorkerName,
    logs::{LogLevel, Logs},
};

/// A run, as far as it is spoken of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRef {
    /// Its id.
    pub id: FlowRunId,
    /// Its name.
    pub name: String,
}

impl RunRef {
    /// The run.
    #[must_use]
    pub fn of(run: &FlowRun) -> Self {
        Self {
            id: run.id,
            name: run.name.clone(),
        }
    }
}

/// The logger under which the lines of a container stand in a run's log (prefect-kubernetes).
const OBSERVER: &str = "prefect.flow_runs.observer";

/// Who has taken a run, and where that worker's log is, as prefect/workers/base.py tells the run: only
/// servers that keep the log of a worker give it an id.
#[must_use]
pub fn taken_by(
    worker: &WorkerName,
    pool: &WorkPoolName,
    ui: Option<&str>,
    id: Option<&WorkerId>,
) -> String {
    match (ui, id) {
        (Some(ui), Some(id)) => {
            let pool = utf8_percent_encode(&pool.0, SEGMENT);
            format!("Taken by worker '{worker}': {ui}/work-pools/work-pool/{pool}/worker/{id}")
        }
        _ => format!("Taken by worker '{worker}'"),
    }
}

/// Tells what happens to runs.
#[derive(Debug, Clone)]
pub struct Journal {
    logs: Logs,
}

impl Journal {
    /// A journal that also writes into the runs' own logs.
    #[must_use]
    pub const fn new(logs: Logs) -> Self {
        Self { logs }
    }

    /// The journal of another worker, which sends with the same lines.
    #[must_use]
    pub fn for_another_worker(&self) -> Self {
        Self::new(self.logs.for_another_worker())
    }

    /// The worker has its id, on Prefect Cloud: its lines name it from now on.
    pub fn worker_is(&self, name: &WorkerName, id: WorkerId) {
        self.logs.set_worker(name, Some(id));
    }

    /// Something happened as it should.
    pub fn info(&self, run: &RunRef, message: impl fmt::Display) {
        tracing::info!(flow_run = %run.name, flow_run_id = %run.id, "{message}");
        self.logs
            .flow_run(run.id, LogLevel::Info, &message.to_string());
    }

    /// Something is not as it should be, and may become so.
    pub fn warn(&self, run: &RunRef, message: impl fmt::Display) {
        tracing::warn!(flow_run = %run.name, flow_run_id = %run.id, "{message}");
        self.logs
            .flow_run(run.id, LogLevel::Warning, &message.to_string());
    }

    /// Something went wrong.
    pub fn error(&self, run: &RunRef, message: impl fmt::Display) {
        tracing::error!(flow_run = %run.name, flow_run_id = %run.id, "{message}");
        self.logs
            .flow_run(run.id, LogLevel::Error, &message.to_string());
    }

    /// What ails a run's infrastructure, in the name of the observer.
    pub fn observed(&self, run: &RunRef, is_error: bool, message: &str) {
        let level = if is_error {
            tracing::error!(flow_run = %run.name, flow_run_id = %run.id, "{message}");
            LogLevel::Error
        } else {
            tracing::warn!(flow_run = %run.name, flow_run_id = %run.id, "{message}");
            LogLevel::Warning
        };
        let now = Timestamp::now();
        self.logs.flow_run_at(run.id, level, now, OBSERVER, message);
    }

    /// A line of the run's container, for the run's log alone.
    pub fn relay(&self, run: &RunRef, line: &str) {
        self.logs
            .container_line(run.id, LogLevel::Error, OBSERVER, line.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_with_a_log_of_its_own_is_linked() {
        let id = WorkerId(uuid::Uuid::from_u128(7));
        let text = |ui, id| taken_by(&"W".into(), &"my pool-1".into(), ui, id);
        assert_eq!(
            text(Some("https://app/account/a"), Some(&id)),
            "Taken by worker 'W': https://app/account/a/work-pools/work-pool/my%20pool-1/worker/\
             00000000-0000-0000-0000-000000000007"
        );
        for (ui, id) in [(None, Some(&id)), (Some("https://app"), None)] {
            assert_eq!(text(ui, id), "Taken by worker 'W'");
        }
    }
}
