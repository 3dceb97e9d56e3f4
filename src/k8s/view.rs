//! Jobs and pods as decisions need them, read straight from the API server's JSON or protobuf.
//!
//! A Prefect Job with its pod weighs some 20 KB as JSON and about as much as full types, most of it
//! the pod template and managed fields. These views keep a few hundred bytes of it.

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de};

use super::{label, wire};

/// The labels or annotations of an object, as far as [`label`] names them.
pub type Labels = BTreeMap<&'static str, String>;

/// Something that can be listed and watched.
pub trait View: for<'de> Deserialize<'de> + Clone + fmt::Debug + Send + 'static {
    /// What people call several of them.
    const PLURAL: &'static str;
    /// Path of their group and version: `/api/v1`, `/apis/batch/v1`.
    const GROUP: &'static str;
    /// What every object has.
    fn meta(&self) -> &Meta;
    /// Reads an object from Kubernetes' protobuf, without the envelope.
    ///
    /// # Errors
    /// When it is none of this kind.
    fn from_protobuf(object: Bytes) -> Result<Self, prost::DecodeError>;
}

/// What every object has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    /// Name within the namespace.
    pub name: String,
    /// Namespace.
    pub namespace: String,
    /// Unlike the name, never used again.
    pub uid: String,
    /// Version of the object in the API server's store.
    pub resource_version: String,
    /// Labels that are read.
    #[serde(deserialize_with = "known")]
    pub labels: Labels,
    /// Annotations that are read.
    #[serde(deserialize_with = "known")]
    pub annotations: Labels,
    /// When the object was made.
    pub creation_timestamp: Option<Timestamp>,
    /// When its deletion was asked for, plus the grace period; it is still there meanwhile.
    pub deletion_timestamp: Option<Timestamp>,
    /// Objects with which this one goes.
    pub owner_references: Vec<Owner>,
}

/// An object that owns another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// Kind, such as `Job`.
    pub kind: String,
    /// Name in the same namespace.
    pub name: String,
    /// UID.
    pub uid: String,
    /// Whether it is the one that manages the object.
    pub controller: bool,
}

/// A condition of an object's status.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// What is said, such as `Failed` or `PodScheduled`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// Why, in one word.
    pub reason: Option<String>,
    /// Why, in a sentence.
    pub message: Option<String>,
    /// Since when.
    pub last_transition_time: Option<Timestamp>,
}

impl Condition {
    /// Whether the condition holds.
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }
}

/// A Job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct JobView {
    /// What every object has.
    pub metadata: Meta,
    /// What is wanted.
    pub spec: JobSpec,
    /// What is.
    pub status: JobStatus,
}

/// What is wanted of a Job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobSpec {
    /// Failed pods after which the Job has failed; the API server puts 6 where none is given.
    pub backoff_limit: Option<u32>,
    /// Whether no pod is to be started.
    pub suspend: bool,
    /// Seconds after which a finished Job is deleted.
    pub ttl_seconds_after_finished: Option<u32>,
}

/// How a Job is getting on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobStatus {
    /// Pods that are pending or running and not being deleted.
    pub active: u32,
    /// Pods that are ready.
    pub ready: u32,
    /// Pods that succeeded.
    pub succeeded: u32,
    /// Pods that failed, those included that are still being deleted.
    pub failed: u32,
    /// Pods that are being deleted and not yet final; `None` where the server does not count them.
    pub terminating: Option<u32>,
    /// `Complete`, `Failed`, `FailureTarget`, `SuccessCriteriaMet`, `Suspended`.
    pub conditions: Vec<Condition>,
    /// When the Job was first taken up.
    pub start_time: Option<Timestamp>,
    /// When it succeeded.
    pub completion_time: Option<Timestamp>,
}

impl JobStatus {
    /// A condition that holds.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions
            .iter()
            .find(|condition| condition.kind == kind && condition.is_true())
    }
}

impl View for JobView {
    const PLURAL: &'static str = "jobs";
    const GROUP: &'static str = "/apis/batch/v1";
    fn meta(&self) -> &Meta {
        &self.metadata
    }
    fn from_protobuf(object: Bytes) -> Result<Self, prost::DecodeError> {
        wire::job(object)
    }
}

/// A pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PodView {
    /// What every object has.
    pub metadata: Meta,
    /// What is wanted.
    pub spec: PodSpec,
    /// What is.
    pub status: PodStatus,
}

/// What is wanted of a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// Node that the pod was given to.
    pub node_name: Option<String>,
}

/// How a pod is getting on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// Where the pod is in its life.
    pub phase: Phase,
    /// Why, in one word; `Evicted` stands here.
    pub reason: Option<String>,
    /// Why, in a sentence.
    pub message: Option<String>,
    /// `PodScheduled`, `Ready`, `DisruptionTarget`, ...
    pub conditions: Vec<Condition>,
    /// When its node took it up.
    pub start_time: Option<Timestamp>,
    /// The init containers.
    pub init_container_statuses: Vec<ContainerStatus>,
    /// The containers.
    pub container_statuses: Vec<ContainerStatus>,
}

/// Where a pod is in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
pub enum Phase {
    /// Not every container has been started.
    Pending,
    /// At least one container runs.
    Running,
    /// Every container ended with 0.
    Succeeded,
    /// Every container ended, one of them otherwise.
    Failed,
    /// Its node is silent, or the API server says something new.
    #[default]
    #[serde(other)]
    Unknown,
}

/// How a container is getting on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerStatus {
    /// Name within the pod.
    pub name: String,
    /// Image that it runs, or waits for.
    pub image: String,
    /// Whether it is ready.
    pub ready: bool,
    /// How often it was started again.
    pub restart_count: u32,
    /// What it does now.
    pub state: ContainerState,
    /// What it did before it was last started again.
    pub last_state: ContainerState,
}

/// What a container does; at most one of the three is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ContainerState {
    /// It does not run yet.
    pub waiting: Option<Waiting>,
    /// It runs.
    pub running: Option<Running>,
    /// It has ended.
    pub terminated: Option<Terminated>,
}

/// Why a container does not run yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Waiting {
    /// In one word: `ContainerCreating`, `ErrImagePull`, `CrashLoopBackOff`.
    pub reason: Option<String>,
    /// In a sentence.
    pub message: Option<String>,
}

/// A container that runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Running {
    /// Since when.
    pub started_at: Option<Timestamp>,
}

/// A container that has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Terminated {
    /// Exit code of its process.
    pub exit_code: i32,
    /// Signal that ended it.
    pub signal: Option<i32>,
    /// Why, in one word: `Completed`, `Error`, `OOMKilled`.
    pub reason: Option<String>,
    /// Why, in its own words.
    pub message: Option<String>,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl View for PodView {
    const PLURAL: &'static str = "pods";
    const GROUP: &'static str = "/api/v1";
    fn meta(&self) -> &Meta {
        &self.metadata
    }
    fn from_protobuf(object: Bytes) -> Result<Self, prost::DecodeError> {
        wire::pod(object)
    }
}

/// Reads a map and keeps the entries that are known, without copying the others.
fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Labels, D::Error> {
    struct Known;
    impl<'de> de::Visitor<'de> for Known {
        type Value = Labels;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map of strings")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Labels::new())
        }

        fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut known = Labels::new();
            while let Some(Name(name)) = map.next_key()? {
                if let Some(name) = name {
                    known.insert(name, map.next_value()?);
                } else {
                    map.next_value::<de::IgnoredAny>()?;
                }
            }
            Ok(known)
        }
    }
    deserializer.deserialize_any(Known)
}

/// The name of a label or annotation, if it is known.
struct Name(Option<&'static str>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, name: &str) -> Result<Name, E> {
                Ok(Name(label::known(name.as_bytes())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
