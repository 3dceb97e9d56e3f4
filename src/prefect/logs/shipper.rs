//! The task that sends lines, and the handle that takes them.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{sync::Notify, task::JoinSet, time};

use super::{
    LogSettings, LogStats,
    buffer::{self, Buffer, Entry},
    record::{Line, LogLevel},
};
use crate::prefect::{
    Budget, Client,
    config::ServerKind,
    ids::{FlowRunId, WorkerId, WorkerName},
};

/// The logger of the worker's lines about a run.
const RUN_LOGGER: &str = "prefect.flow_runs.worker";

/// Takes lines and never waits. Clones share the buffer and the worker.
#[derive(Clone)]
pub struct Logs {
    shared: Arc<Shared>,
    /// The worker that the lines come from.
    worker: Arc<Mutex<Worker>>,
}

struct Shared {
    settings: LogSettings,
    kind: ServerKind,
    buffer: Mutex<Buffer>,
    /// A line came.
    pushed: Notify,
    /// A batch is full, or the end has come: do not wait for the interval.
    hurry: Notify,
}

/// A worker, as its lines name it.
struct Worker {
    id: Option<WorkerId>,
    logger: String,
}

impl Worker {
    fn unknown() -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            id: None,
            logger: "prefect.workers.kubernetes".to_owned(),
        }))
    }
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Logs").field(&self.stats()).finish()
    }
}

impl Logs {
    fn new(settings: LogSettings, kind: ServerKind) -> Self {
        Self {
            shared: Arc::new(Shared {
                settings,
                kind,
                buffer: Mutex::default(),
                pushed: Notify::new(),
                hurry: Notify::new(),
            }),
            worker: Worker::unknown(),
        }
    }

    /// The same buffer for the lines of another worker.
    #[must_use]
    pub fn for_another_worker(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            worker: Worker::unknown(),
        }
    }

    /// Names the worker that the lines come from. Its id is known on Prefect Cloud only.
    pub fn set_worker(&self, name: &WorkerName, id: Option<WorkerId>) {
        let logger = format!(
            "prefect.workers.kubernetes.{}",
            name.as_str().to_lowercase()
        );
        *lock(&self.worker) = Worker { id, logger };
    }

    /// A line in the log of a run.
    pub fn flow_run(&self, run: FlowRunId, level: LogLevel, message: &str) {
        self.flow_run_at(run, level, Timestamp::now(), RUN_LOGGER, message);
    }

    /// A line in the log of a run, of another time or another logger.
    pub fn flow_run_at(
        &self,
        run: FlowRunId,
        level: LogLevel,
        timestamp: Timestamp,
        logger: &str,
        message: &str,
    ) {
        self.push(&Line {
            run: Some(run),
            worker: self.worker_id(),
            name: logger,
            level,
            timestamp,
            message,
        });
    }

    /// A line of a container in the log of its run; bytes that are no UTF-8 are marked.
    pub fn container_line(&self, run: FlowRunId, level: LogLevel, logger: &str, line: &[u8]) {
        // Only what can be sent is looked at, however long the line is.
        let seen = &line[..line.len().min(self.shared.settings.max_log_size + 4)];
        let text = String::from_utf8_lossy(seen);
        self.flow_run_at(run, level, Timestamp::now(), logger, &text);
    }

    /// A line in the log of the worker itself. Only Prefect Cloud keeps such lines, and only for a
    /// worker whose id is known; elsewhere this does nothing, as in Prefect's own worker.
    pub fn worker(&self, level: LogLevel, message: &str) {
        let Some(id) = self.worker_id() else { return };
        let logger = lock(&self.worker).logger.clone();
        self.push(&Line {
            run: None,
            worker: Some(id),
            name: &logger,
            level,
            timestamp: Timestamp::now(),
            message,
        });
    }

    /// What became of the lines so far.
    #[must_use]
    pub fn stats(&self) -> LogStats {
        lock(&self.shared.buffer).stats()
    }

    fn worker_id(&self) -> Option<WorkerId> {
        match self.shared.kind {
            ServerKind::Cloud => lock(&self.worker).id,
            ServerKind::SelfHosted => None,
        }
    }

    fn push(&self, line: &Line<'_>) {
        let settings = &self.shared.settings;
        if !settings.enabled || line.level < settings.level {
            return;
        }
        let mut buffer = lock(&self.shared.buffer);
        match line.to_json(settings.max_log_size) {
            Ok(json) => buffer.push(
                Entry {
                    run: line.run,
                    json,
                },
                settings.buffer_size,
            ),
            Err(error) => {
                tracing::debug!(%error, "a log line cannot be written as JSON");
                buffer.drop_one(line.run);
            }
        }
        let full = buffer.is_full(settings.full_batch());
        drop(buffer);
        self.shared.pushed.notify_one();
        if full {
            self.shared.hurry.notify_one();
        }
    }

    /// Says in the log of each run how many of its lines are missing.
    fn say_dropped(&self) {
        let unsaid = lock(&self.shared.buffer).take_unsaid();
        let total: u64 = unsaid.values().sum();
        if total == 0 {
            return;
        }
        tracing::warn!(
            lines = total,
            runs = unsaid.len(),
            "{total} log lines were dropped: the Prefect API did not take them in time"
        );
        for (run, lines) in unsaid {
            let message = format!(
                "{lines} log lines of the worker about this run are missing: the API did not \
                 take them in time."
            );
            self.flow_run(run, LogLevel::Warning, &message);
        }
    }
}

/// Owns the task that sends lines. To be finished: what waits when it is dropped is lost.
#[derive(Debug)]
pub struct LogShipper {
    logs: Logs,
    ending: Arc<Notify>,
    task: JoinSet<()>,
}

impl LogShipper {
    /// Starts the task, which sends through a client of unlimited patience.
    #[must_use]
    pub fn start(client: &Client, settings: LogSettings) -> Self {
        let logs = Logs::new(settings, client.server_kind());
        let ending = Arc::new(Notify::new());
        let mut task = JoinSet::new();
        if logs.shared.settings.enabled {
            task.spawn(run(
                client.with_budget(Budget::Forever),
                logs.clone(),
                Arc::clone(&ending),
            ));
        }
        Self { logs, ending, task }
    }

    /// The handle that takes lines.
    #[must_use]
    pub fn logs(&self) -> Logs {
        self.logs.clone()
    }

    /// Sends what waits, for at most `grace`, and ends the task. What could not be sent is said
    /// and counted as dropped.
    pub async fn finish(mut self, grace: Duration) -> LogStats {
        self.ending.notify_one();
        self.logs.shared.hurry.notify_one();
        let ended = time::timeout(grace, async {
            while self.task.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            self.task.shutdown().await;
        }
        let mut buffer = lock(&self.logs.shared.buffer);
        let lost = buffer.stats().waiting;
        buffer.give_up();
        let mut stats = buffer.stats();
        // Lines that were on their way when the time was up may have arrived; count them as lost.
        stats.dropped += stats.waiting;
        stats.waiting = 0;
        stats.waiting_bytes = 0;
        drop(buffer);
        if lost > 0 {
            tracing::warn!(
                lines = lost,
                "{lost} log lines could not be sent before the end"
            );
        }
        stats
    }
}

/// Sends batches until the end has come and nothing waits.
async fn run(client: Client, logs: Logs, ending: Arc<Notify>) {
    let shared = &logs.shared;
    let end = ending.notified();
    tokio::pin!(end);
    let mut ended = false;
    loop {
        while lock(&shared.buffer).is_empty() {
            if ended {
                return;
            }
            tokio::select! {
                () = shared.pushed.notified() => {}
                () = &mut end => ended = true,
            }
        }
        if !ended {
            tokio::select! {
                () = time::sleep(shared.settings.batch_interval) => {}
                () = shared.hurry.notified() => {}
                () = &mut end => ended = true,
            }
        }
        let batch = lock(&shared.buffer).take(shared.settings.full_batch());
        if send(&client, &logs, batch).await {
            logs.say_dropped();
        }
    }
}

/// Sends a batch; what the server refuses as a whole is sent in halves, so that one line it does
/// not like, or a limit of a proxy, costs no other line. Tells whether all of it was taken.
async fn send(client: &Client, logs: &Logs, batch: Vec<Entry>) -> bool {
    let mut all = true;
    let mut parts = vec![batch];
    while let Some(mut part) = parts.pop() {
        let outcome = client.create_logs(buffer::body(&part)).await;
        if let Err(error) = &outcome {
            if part.len() > 1 && !error.is_temporary() && !error.is_refused() {
                let rest = part.split_off(part.len() / 2);
                parts.push(rest);
                parts.push(part);
                continue;
            }
            tracing::warn!(
                lines = part.len(),
                "the Prefect API does not take {} log lines: {}",
                part.len(),
                error.one_line()
            );
            all = false;
        }
        let mut buffer = lock(&logs.shared.buffer);
        for entry in &part {
            buffer.settle(entry, outcome.is_ok());
        }
    }
    all
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
