//! The frames of the worker channel (prefect/client/schemas/worker_channel.py).

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::prefect::{FlowRunId, JsonObject, WorkPool, WorkQueueName, WorkerId, WorkerName};

const VERSION: &str = "work_pool_worker_channel.v1";
const HEARTBEAT: &str = "worker_heartbeat.v1";
const SNAPSHOT: &str = "work_pool_snapshot.v1";
const CLEANUP: &str = "cleanup_delivery.v1";
/// What may be asked of us to clean up: the infrastructure of a run that was CANCELLING for too
/// long. The server has set it to CANCELLED already.
pub(super) const CANCELLING_TIMEOUT: &str = "cancelling_timeout_teardown.v1";

/// How a worker introduces itself.
#[derive(Debug, Clone)]
pub struct Hello {
    /// This process, over all its connections.
    pub consumer: Uuid,
    /// The worker's name.
    pub worker: WorkerName,
    /// The type of pools that it serves.
    pub kind: &'static str,
    /// Time between heartbeats; sent in whole seconds, at least one.
    pub heartbeat: Duration,
    /// The queues that it serves; all when empty. The server refuses one that does not exist.
    pub queues: Vec<WorkQueueName>,
    /// Whether it cleans up infrastructure, one thing at a time.
    pub cleans_up: bool,
    /// Whether the server shall make the pool when it is missing.
    pub create_pool: bool,
    /// The template for a pool that is made or has none.
    pub template: JsonObject,
    /// What the worker is, until the server knows.
    pub metadata: Option<Value>,
}

impl Hello {
    pub(super) fn payload(&self) -> Value {
        let mut capabilities = vec![HEARTBEAT, SNAPSHOT];
        let mut kinds = Vec::new();
        if self.cleans_up {
            capabilities.push(CLEANUP);
            kinds.push(CANCELLING_TIMEOUT);
        }
        json!({
            "consumer_id": self.consumer,
            "worker_name": self.worker,
            "worker_type": self.kind,
            "heartbeat_interval_seconds": self.heartbeat.as_secs().max(1),
            "supported_channel_versions": [VERSION],
            "requested_capabilities": capabilities,
            "work_queue_names": self.queues,
            "handled_cleanup_kinds": kinds,
            "max_cleanup_concurrency": kinds.len(),
            "create_pool_if_not_found": self.create_pool,
            "default_base_job_template": self.template,
            "worker_metadata": self.metadata,
        })
    }
}

/// How a worker is let in.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The worker's id, where the server gives it.
    pub worker: Option<WorkerId>,
    /// Time between heartbeats, as the server wants it.
    pub heartbeat: Duration,
    /// Whether things to clean up may come.
    pub cleans_up: bool,
    /// The pool as it is.
    pub pool: Box<WorkPool>,
    pub(super) sequence: u64,
}

/// What the server says on an open channel.
#[derive(Debug)]
pub enum Incoming {
    /// The pool has changed.
    Pool {
        /// Counts the snapshots of a connection.
        sequence: u64,
        /// The pool as it is now.
        pool: Box<WorkPool>,
    },
    /// Something is to be cleaned up.
    Cleanup(CleanupMessage),
    /// An order was carried out, or not.
    Answer(Answer),
}

/// Something to clean up, reserved for this worker for a while.
#[derive(Clone)]
pub struct CleanupMessage {
    /// What reservations of it have in common.
    pub message: Uuid,
    /// Proves the reservation.
    pub token: String,
    /// How long the reservation holds, from when it was sent.
    pub lease: Duration,
    /// What kind of work it is.
    pub kind: String,
    /// The run whose infrastructure it is.
    pub flow_run: Option<FlowRunId>,
    /// Where that is.
    pub infrastructure_pid: Option<String>,
}

impl fmt::Debug for CleanupMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CleanupMessage")
            .field("message", &self.message)
            .field("kind", &self.kind)
            .field("flow_run", &self.flow_run)
            .field("infrastructure_pid", &self.infrastructure_pid)
            .finish_non_exhaustive()
    }
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The frame that it answers.
    pub to: Uuid,
    /// What became of it.
    pub status: AnswerStatus,
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerStatus {
    /// It is done; a renewed reservation holds for this long.
    Accepted(Option<Duration>),
    /// It may be tried again.
    Error,
    /// The reservation is not ours any more.
    Lost,
}

#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    sent_at: Option<Timestamp>,
    #[serde(default)]
    payload: Value,
}

#[derive(Deserialize)]
struct SnapshotPayload {
    snapshot_sequence: u64,
    work_pool: Box<WorkPool>,
}

#[derive(Deserialize)]
struct ReadyPayload {
    consumer_id: Uuid,
    #[serde(default)]
    worker_id: Option<WorkerId>,
    effective_heartbeat_interval_seconds: u64,
    accepted_capabilities: Vec<String>,
    #[serde(default)]
    effective_max_cleanup_concurrency: u64,
    initial_snapshot: SnapshotPayload,
}

#[derive(Deserialize)]
struct CleanupPayload {
    message_id: Uuid,
    kind: String,
    reservation_token: String,
    lease_expires_at: Timestamp,
    target: Target,
}

#[derive(Deserialize)]
struct Target {
    #[serde(default)]
    flow_run_id: Option<FlowRunId>,
    #[serde(default)]
    infrastructure_pid: Option<String>,
}

#[derive(Deserialize)]
struct AnswerPayload {
    request_frame_id: Uuid,
    status: String,
    #[serde(default)]
    lease_expires_at: Option<Timestamp>,
}

/// Reads the answer to a hello.
pub(super) fn ready(text: &str, hello: &Hello) -> Result<Ready, String> {
    let frame = frame(text)?;
    if frame.kind != "worker.ready.v1" {
        return Err(format!("the server answered hello with {:?}", frame.kind));
    }
    let ready: ReadyPayload = payload(&frame.kind, frame.payload)?;
    if ready.consumer_id != hello.consumer {
        return Err("the server took this worker for another one".to_owned());
    }
    let accepted = |capability| {
        ready
            .accepted_capabilities
            .iter()
            .any(|it| it == capability)
    };
    if !accepted(HEARTBEAT) || !accepted(SNAPSHOT) {
        return Err("the server wants neither heartbeats nor to tell of the pool".to_owned());
    }
    if accepted(CLEANUP) && !hello.cleans_up {
        return Err("the server would have things cleaned up unasked".to_owned());
    }
    Ok(Ready {
        worker: ready.worker_id,
        heartbeat: Duration::from_secs(ready.effective_heartbeat_interval_seconds.max(1)),
        cleans_up: accepted(CLEANUP) && ready.effective_max_cleanup_concurrency > 0,
        pool: ready.initial_snapshot.work_pool,
        sequence: ready.initial_snapshot.snapshot_sequence,
    })
}

/// Reads what comes later. `None`: a kind of frame that is newer than this program.
pub(super) fn incoming(text: &str) -> Result<Option<Incoming>, String> {
    let Frame {
        kind,
        sent_at,
        payload: body,
    } = frame(text)?;
    Ok(Some(match kind.as_str() {
        "work_pool.snapshot.v1" => {
            let snapshot: SnapshotPayload = payload(&kind, body)?;
            Incoming::Pool {
                sequence: snapshot.snapshot_sequence,
                pool: snapshot.work_pool,
            }
        }
        "cleanup.message.v1" => {
            let message: CleanupPayload = payload(&kind, body)?;
            Incoming::Cleanup(CleanupMessage {
                message: message.message_id,
                token: message.reservation_token,
                lease: left(sent_at, message.lease_expires_at),
                kind: message.kind,
                flow_run: message.target.flow_run_id,
                infrastructure_pid: message.target.infrastructure_pid,
            })
        }
        "cleanup.operation_result.v1" => {
            let answer: AnswerPayload = payload(&kind, body)?;
            let lease = answer.lease_expires_at.map(|until| left(sent_at, until));
            Incoming::Answer(Answer {
                to: answer.request_frame_id,
                status: match answer.status.as_str() {
                    "accepted" => AnswerStatus::Accepted(lease),
                    "not_current" | "not_found" | "expired" | "invalid_token" | "unauthorized"
                    | "dead_lettered" => AnswerStatus::Lost,
                    _ => AnswerStatus::Error,
                },
            })
        }
        _ => {
            tracing::debug!(kind, "a frame of an unknown kind is left out");
            return Ok(None);
        }
    }))
}

/// How long something holds. Both times are the server's, whatever the clock here says.
fn left(sent: Option<Timestamp>, until: Timestamp) -> Duration {
    let left = sent.map(|sent| until.duration_since(sent));
    left.and_then(|left| left.try_into().ok())
        .unwrap_or_default()
}

fn frame(text: &str) -> Result<Frame, String> {
    serde_json::from_str(text).map_err(|error| format!("a frame cannot be read: {error}"))
}

fn payload<T: for<'de> Deserialize<'de>>(kind: &str, payload: Value) -> Result<T, String> {
    serde_json::from_value(payload).map_err(|error| format!("{kind} cannot be read: {error}"))
}
