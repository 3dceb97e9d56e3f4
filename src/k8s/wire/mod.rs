//! Jobs and pods in Kubernetes' protobuf: the fields that the views have, and no others.
//!
//! What nobody reads of an object (managed fields, the pod's template) is stepped over and not
//! looked at. The numbers are those of `generated.proto` in k8s.io/api and k8s.io/apimachinery, where
//! they never change; the envelope is described in
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding>.

use bytes::Bytes;
use jiff::Timestamp;
use prost::{DecodeError, Message};

mod messages;

use self::messages::{
    Condition, Container, ContainerState, Entry, Job, ObjectMeta, Pod, Status, Time, Unknown,
    WatchEvent,
};
use super::{
    label,
    view::{
        self, ContainerStatus, JobSpec, JobStatus, JobView, Labels, Meta, Owner, Phase, PodSpec,
        PodStatus, PodView, Running, Terminated, Waiting,
    },
};

/// What an enveloped object begins with.
const MAGIC: &[u8] = b"k8s\0";

/// One event of a watch: what has happened, and the object in its envelope.
pub(super) fn event(frame: Bytes) -> Result<(String, Bytes), DecodeError> {
    let event = WatchEvent::decode(frame)?;
    let object = event.object.unwrap_or_default();
    Ok((event.kind, object.raw))
}

/// What an envelope holds; `None` where this is none.
pub(super) fn opened(envelope: &Bytes) -> Option<Result<Bytes, DecodeError>> {
    envelope.starts_with(MAGIC).then(|| {
        let unknown = Unknown::decode(envelope.slice(MAGIC.len()..))?;
        Ok(unknown.raw)
    })
}

/// A `Status`.
pub(super) fn status(object: Bytes) -> Result<kube::core::Status, DecodeError> {
    let status = Status::decode(object)?;
    Ok(kube::core::Status {
        code: u16::try_from(status.code).unwrap_or_default(),
        message: lossy(&status.message).unwrap_or_default(),
        reason: status.reason,
        ..kube::core::Status::default()
    })
}

/// A Job.
pub(super) fn job(object: Bytes) -> Result<JobView, DecodeError> {
    let job = Job::decode(object)?;
    let spec = job.spec.unwrap_or_default();
    let status = job.status.unwrap_or_default();
    Ok(JobView {
        metadata: job.metadata.unwrap_or_default().into(),
        spec: JobSpec {
            backoff_limit: spec.backoff_limit.and_then(|limit| limit.try_into().ok()),
            suspend: spec.suspend,
            ttl_seconds_after_finished: spec
                .ttl_seconds_after_finished
                .and_then(|ttl| ttl.try_into().ok()),
        },
        status: JobStatus {
            active: count(status.active),
            ready: count(status.ready),
            succeeded: count(status.succeeded),
            failed: count(status.failed),
            terminating: status.terminating.map(count),
            conditions: conditions(status.conditions),
            start_time: time(status.start_time),
            completion_time: time(status.completion_time),
        },
    })
}

/// A pod.
pub(super) fn pod(object: Bytes) -> Result<PodView, DecodeError> {
    let pod = Pod::decode(object)?;
    let status = pod.status.unwrap_or_default();
    let containers = |all: Vec<Container>| all.into_iter().map(ContainerStatus::from).collect();
    Ok(PodView {
        metadata: pod.metadata.unwrap_or_default().into(),
        spec: PodSpec {
            node_name: given(pod.spec.unwrap_or_default().node_name),
        },
        status: PodStatus {
            phase: match status.phase.as_str() {
                "Pending" => Phase::Pending,
                "Running" => Phase::Running,
                "Succeeded" => Phase::Succeeded,
                "Failed" => Phase::Failed,
                _ => Phase::Unknown,
            },
            reason: given(status.reason),
            message: lossy(&status.message),
            conditions: conditions(status.conditions),
            start_time: time(status.start_time),
            init_container_statuses: containers(status.init_container_statuses),
            container_statuses: containers(status.container_statuses),
        },
    })
}

/// JSON leaves an empty text out.
fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// A text that may have been cut within a character, or never was text: protobuf gives what a
/// container said at its end as it is.
fn lossy(bytes: &[u8]) -> Option<String> {
    given(text(bytes))
}

fn text(bytes: &[u8]) -> String {
    // To check is cheaper than to mend, and nearly nothing is to be mended.
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn count(number: i32) -> u32 {
    number.try_into().unwrap_or_default()
}

fn time(time: Option<Time>) -> Option<Timestamp> {
    let time = time?;
    // Without a time, the message is there and empty.
    let is_set = time.seconds != 0 || time.nanos != 0;
    is_set
        .then(|| Timestamp::new(time.seconds, time.nanos).ok())
        .flatten()
}

fn known(entries: Vec<Entry>) -> Labels {
    entries
        .iter()
        .filter_map(|entry| Some((label::known(&entry.key)?, text(&entry.value))))
        .collect()
}

fn conditions(all: Vec<Condition>) -> Vec<view::Condition> {
    all.into_iter().map(view::Condition::from).collect()
}

impl From<ObjectMeta> for Meta {
    fn from(meta: ObjectMeta) -> Self {
        let owners = meta.owner_references.into_iter();
        Self {
            name: meta.name,
            namespace: meta.namespace,
            uid: meta.uid,
            resource_version: meta.resource_version,
            labels: known(meta.labels),
            annotations: known(meta.annotations),
            creation_timestamp: time(meta.creation_timestamp),
            deletion_timestamp: time(meta.deletion_timestamp),
            owner_references: owners
                .map(|owner| Owner {
                    kind: owner.kind,
                    name: owner.name,
                    uid: owner.uid,
                    controller: owner.controller,
                })
                .collect(),
        }
    }
}

impl From<Condition> for view::Condition {
    fn from(condition: Condition) -> Self {
        Self {
            kind: condition.kind,
            status: condition.status,
            reason: given(condition.reason),
            message: lossy(&condition.message),
            last_transition_time: time(condition.last_transition_time),
        }
    }
}

impl From<Container> for ContainerStatus {
    fn from(container: Container) -> Self {
        Self {
            name: container.name,
            image: container.image,
            ready: container.ready,
            restart_count: count(container.restart_count),
            state: container.state.unwrap_or_default().into(),
            last_state: container.last_state.unwrap_or_default().into(),
        }
    }
}

impl From<ContainerState> for view::ContainerState {
    fn from(state: ContainerState) -> Self {
        Self {
            waiting: state.waiting.map(|waiting| Waiting {
                reason: given(waiting.reason),
                message: lossy(&waiting.message),
            }),
            running: state.running.map(|running| Running {
                started_at: time(running.started_at),
            }),
            terminated: state.terminated.map(|terminated| Terminated {
                exit_code: terminated.exit_code,
                signal: Some(terminated.signal).filter(|signal| *signal != 0),
                reason: given(terminated.reason),
                message: lossy(&terminated.message),
                started_at: time(terminated.started_at),
                finished_at: time(terminated.finished_at),
            }),
        }
    }
}

#[cfg(test)]
pub(in crate::k8s) mod tests;
