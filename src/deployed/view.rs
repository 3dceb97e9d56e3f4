//! The parts of a Deployment that tell what its pods run, read straight from the API server's JSON.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;

/// A Deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Deployment {
    /// What every object has.
    pub metadata: Meta,
    /// What is wanted.
    pub spec: DeploymentSpec,
    /// What is.
    pub status: DeploymentStatus,
}

/// What every object has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    /// Name within the namespace.
    pub name: String,
    /// Namespace.
    pub namespace: String,
    /// Goes up with each change of what is wanted.
    pub generation: u64,
    /// All labels.
    pub labels: BTreeMap<String, String>,
    /// All annotations.
    pub annotations: BTreeMap<String, String>,
}

/// What is wanted of a Deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentSpec {
    /// How many pods; the API server puts 1 where none is given.
    pub replicas: Option<u32>,
    /// Whether changes of the template make no new pods for now.
    pub paused: bool,
    /// Which pods are its own.
    pub selector: Selector,
    /// What its pods are made from.
    pub template: PodTemplate,
}

/// Which pods belong to a Deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Selector {
    /// Labels that its pods have.
    pub match_labels: BTreeMap<String, String>,
}

/// What pods are made from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodTemplate {
    /// Labels and annotations of the pods.
    pub metadata: Meta,
    /// What is wanted of the pods.
    pub spec: PodSpec,
}

/// How a Deployment is getting on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentStatus {
    /// The generation that these figures are of.
    pub observed_generation: u64,
    /// All its pods, those included that are made from an older template.
    pub replicas: u32,
    /// Pods made from the template of now.
    pub updated_replicas: u32,
    /// Pods that are ready.
    pub available_replicas: u32,
    /// `Progressing`, `Available`, `ReplicaFailure`.
    pub conditions: Vec<crate::k8s::view::Condition>,
}

/// What is wanted of a pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// Run one after the other before the containers.
    pub init_containers: Vec<Container>,
    /// Run side by side.
    pub containers: Vec<Container>,
    /// What containers can mount.
    pub volumes: Vec<Volume>,
    /// Whose rights the pod has; `default` where none is given.
    pub service_account_name: Option<String>,
}

impl PodSpec {
    /// All containers, init containers first.
    pub fn all_containers(&self) -> impl Iterator<Item = &Container> {
        self.init_containers.iter().chain(&self.containers)
    }
}

/// A container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Name within the pod.
    pub name: String,
    /// Image.
    pub image: String,
    /// Entry point in place of the image's.
    pub command: Vec<String>,
    /// Arguments.
    pub args: Vec<String>,
    /// Variables, one by one.
    pub env: Vec<EnvVar>,
    /// Variables by the lot.
    pub env_from: Vec<EnvFrom>,
}

/// A variable of a container. Its value may be a credential and is not shown.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EnvVar {
    /// Name.
    pub name: String,
    /// The value in plain text.
    pub value: Option<String>,
    /// Where the value is.
    pub value_from: Option<EnvSource>,
}

impl fmt::Debug for EnvVar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvVar")
            .field("name", &self.name)
            .field("value_from", &self.value_from)
            .finish_non_exhaustive()
    }
}

/// Where the value of a variable is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EnvSource {
    /// Under a key of a Secret.
    pub secret_key_ref: Option<KeyRef>,
    /// Under a key of a ConfigMap.
    pub config_map_key_ref: Option<KeyRef>,
}

/// A key of a Secret or a ConfigMap.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(default)]
pub struct KeyRef {
    /// Name of the object.
    pub name: String,
    /// The key.
    pub key: String,
    /// Whether the pod starts without it.
    pub optional: bool,
}

/// Variables by the lot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EnvFrom {
    /// All keys of a Secret.
    pub secret_ref: Option<NameRef>,
}

/// An object in the same namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NameRef {
    /// Its name.
    pub name: String,
    /// Whether the pod starts without it.
    pub optional: bool,
}

/// What containers can mount.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Volume {
    /// Name within the pod.
    pub name: String,
    /// The files of a Secret.
    pub secret: Option<SecretFiles>,
    /// Files from several places.
    pub projected: Option<Projected>,
    /// The files of a ConfigMap.
    pub config_map: Option<NameRef>,
}

/// Files from several places.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Projected {
    /// The places.
    pub sources: Vec<Source>,
}

/// A place of files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Source {
    /// A Secret.
    pub secret: Option<SecretFiles>,
}

/// Files of a Secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SecretFiles {
    /// The Secret's name, in a volume of its own.
    pub secret_name: String,
    /// The Secret's name, in a projected volume.
    pub name: String,
    /// The keys that become files; all when empty.
    pub items: Vec<Item>,
    /// Whether the pod starts without it.
    pub optional: bool,
}

/// A key that becomes a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Item {
    /// The key.
    pub key: String,
}
