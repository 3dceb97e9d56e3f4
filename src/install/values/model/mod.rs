//! All values, typed once: from these types come the defaults, the schema, the reference and the
//! checks.
//!
//! Names and defaults are those of the prefect-worker Helm chart, so that its files work here; what
//! goes beyond the chart says so. A field that is an `Option`, or has a serde default, may be
//! removed with null.

mod access;
mod api;
mod config;
mod pod;
mod scalar;
mod scheduling;
mod worker;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use access::{Role, RoleBinding, ServiceAccount};
pub use api::{
    ApiConfig, ApiKeySecret, BasicAuth, CloudApiConfig, CustomerManagedCloudApiConfig,
    JobApiKeyPropagation, SelfHostedServerApiConfig,
};
pub use config::{BaseJobTemplate, Config, Configuration, InstallPolicy};
pub use pod::{
    Autoscaling, Capabilities, ContainerSecurityContext, DnsConfig, DnsOption, EnvVar, Image,
    InitContainer, Lifecycle, LivenessProbe, PodSecurityContext, Probe, ResourceList, Resources,
    SeccompProfile,
};
pub use scalar::{IntOrPercent, Quantity, Scalar};
pub use scheduling::{PodAntiAffinityPreset, PodDisruptionBudget};
pub use worker::{Engine, Worker};

/// A part of a Kubernetes object that is passed on as it is.
pub type Part = Map<String, Value>;
/// Labels, annotations and the like.
pub type Texts = indexmap::IndexMap<String, String>;

/// A group of values with the default of each beside it.
macro_rules! group {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* pub $field:ident : $type:ty = $default:expr, )*
        }
    ) => {
        #[derive(
            Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        #[serde(rename_all = "camelCase")]
        $(#[$meta])*
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )* }
            }
        }
    };
}
pub(crate) use group;

group! {
    /// Values of `kubectl prefect install`.
    pub struct Values {
        /// Takes the place of `prefect-worker` in the label `app.kubernetes.io/name`, and in names
        /// when `fullnameOverride` is empty. Changing it later changes the Deployment's selector,
        /// which Kubernetes does not allow.
        pub name_override: Option<String> = Some(String::new()),
        /// Name of all objects. When empty: the release's name and `prefect-worker`, or the
        /// release's name alone when it holds that already.
        pub fullname_override: Option<String> = Some("prefect-worker".to_owned()),
        /// Namespace of all objects, in place of that of the command line.
        pub namespace_override: Option<String> = Some(String::new()),
        /// Labels for all objects, but not for pods. They win over those that are made here.
        #[serde(default)]
        pub common_labels: Texts = Texts::new(),
        /// Annotations for all objects, but not for pods.
        #[serde(default)]
        pub common_annotations: Texts = Texts::new(),
        /// The worker.
        pub worker: Worker = Worker::default(),
        /// The ServiceAccount that the worker runs as.
        pub service_account: ServiceAccount = ServiceAccount::default(),
        /// What the worker may do.
        pub role: Role = Role::default(),
        /// Gives the Role to the ServiceAccount.
        pub rolebinding: RoleBinding = RoleBinding::default(),
        /// Further objects that are installed and removed together with the worker's. Not in the
        /// chart.
        #[serde(default)]
        pub extra_manifests: Vec<Part> = Vec::new(),
    }
}
