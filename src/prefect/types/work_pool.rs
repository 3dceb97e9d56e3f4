//! Work pools, their queues and their workers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::raw::{JsonObject, null_is_default};
use crate::prefect::ids::{
    WorkPoolId, WorkPoolName, WorkQueueId, WorkQueueName, WorkerId, WorkerName,
};

/// A work pool.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct WorkPool {
    /// Its id.
    pub id: WorkPoolId,
    /// Its name.
    pub name: WorkPoolName,
    /// The kind of worker that serves it: `kubernetes` for us.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// `{job_configuration, variables}`; an empty object in a new pool.
    #[serde(default, deserialize_with = "null_is_default")]
    pub base_job_template: JsonObject,
    /// Whether no run is given out.
    #[serde(default, deserialize_with = "null_is_default")]
    pub is_paused: bool,
    /// Most runs at once.
    #[serde(default)]
    pub concurrency_limit: Option<u32>,
    /// Whether a worker is online.
    #[serde(default)]
    pub status: Option<WorkPoolStatus>,
    /// When it was last changed.
    #[serde(default)]
    pub updated: Option<Timestamp>,
}

/// Whether a pool's runs are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkPoolStatus {
    /// A worker is online.
    Ready,
    /// No worker is online.
    NotReady,
    /// It gives no runs out.
    Paused,
    /// A status that is newer than this program.
    #[serde(other)]
    Unknown,
}

/// A pool to make.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewWorkPool {
    /// Its name.
    pub name: WorkPoolName,
    /// The kind of worker that serves it.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its template; the server keeps `{}` when missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_job_template: Option<JsonObject>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Most runs at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency_limit: Option<u32>,
}

/// A change of a pool. What is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct WorkPoolUpdate {
    /// The whole new template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_job_template: Option<JsonObject>,
    /// Whether no run shall be given out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_paused: Option<bool>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Most runs at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency_limit: Option<u32>,
}

/// A queue of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WorkQueue {
    /// Its id.
    pub id: WorkQueueId,
    /// Its name; `default` exists in every pool.
    pub name: WorkQueueName,
    /// 1 is served first.
    #[serde(default)]
    pub priority: Option<u32>,
    /// Whether no run is given out.
    #[serde(default, deserialize_with = "null_is_default")]
    pub is_paused: bool,
    /// Most runs at once.
    #[serde(default)]
    pub concurrency_limit: Option<u32>,
    /// When somebody last asked for its runs.
    #[serde(default)]
    pub last_polled: Option<Timestamp>,
    /// Whether anybody does.
    #[serde(default)]
    pub status: Option<WorkQueueStatus>,
}

/// Whether a queue's runs are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkQueueStatus {
    /// It is polled.
    Ready,
    /// It is not polled.
    NotReady,
    /// It gives no runs out.
    Paused,
    /// A status that is newer than this program.
    #[serde(other)]
    Unknown,
}

/// A worker's record in its pool.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Worker {
    /// Its id.
    pub id: WorkerId,
    /// Its name.
    pub name: WorkerName,
    /// Its last sign of life.
    #[serde(default)]
    pub last_heartbeat_time: Option<Timestamp>,
    /// How often it gives one, in seconds.
    #[serde(default)]
    pub heartbeat_interval_seconds: Option<u64>,
    /// Online while signs of life come: the server waits for three intervals.
    #[serde(default)]
    pub status: Option<WorkerStatus>,
}

/// Whether a worker lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WorkerStatus {
    /// It gives signs of life.
    Online,
    /// It does not.
    Offline,
    /// A status that is newer than this program.
    #[serde(other)]
    Unknown,
}
