//! Values of what the worker does.

use super::{Deserialize, JsonSchema, Part, Serialize, group};

/// Whether `prefect worker start` installs the package of a worker's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum InstallPolicy {
    /// Install or upgrade it at every start.
    Always,
    /// Install it where the image lacks it.
    IfNotPresent,
    /// The image has it.
    Never,
    /// Ask; without a terminal it is not installed.
    Prompt,
}

impl InstallPolicy {
    /// The word on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::IfNotPresent => "if-not-present",
            Self::Never => "never",
            Self::Prompt => "prompt",
        }
    }
}

/// A base job template: text in JSON, or a map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Configuration {
    /// JSON.
    Json(String),
    /// A map, which is written as JSON.
    Map(Part),
}

group! {
    /// The base job template that the pool gets.
    #[serde(deny_unknown_fields)]
    pub struct BaseJobTemplate {
        /// Name of a ConfigMap that is there already, with the template under the key
        /// `baseJobTemplate.json`.
        pub existing_config_map_name: Option<String> = Some(String::new()),
        /// The template, as JSON or as a map. A ConfigMap is made of it, and the pool is updated
        /// before the worker starts. It goes before `existingConfigMapName`.
        pub configuration: Option<Configuration> = None,
        /// Name of the ConfigMap that is made. When empty: `prefect-worker-base-job-template`,
        /// which two workers in one namespace cannot share.
        pub name: Option<String> = None,
    }
}

group! {
    /// What the worker does.
    #[serde(deny_unknown_fields)]
    pub struct Config {
        /// The work pool to poll. Needed.
        pub work_pool: Option<String> = Some(String::new()),
        /// The queues to poll. When empty: all of the pool.
        #[serde(default)]
        pub work_queues: Vec<String> = Vec::new(),
        /// Seconds between polls.
        pub query_interval: Option<i64> = Some(5),
        /// How many seconds before its time a run is taken.
        pub prefetch_seconds: Option<i64> = Some(10),
        /// Whether HTTP/2 is offered to the API.
        pub http2: Option<bool> = Some(true),
        /// The worker's type. Images of Prefect have `kubernetes`.
        pub r#type: String = "kubernetes".to_owned(),
        /// Whether the package of the worker's type is installed at the start. Of no effect with the
        /// native worker.
        pub install_policy: InstallPolicy = InstallPolicy::Prompt,
        /// The worker's name. When empty the worker makes one up at each start.
        pub name: Option<String> = None,
        /// The most runs to have in hand at once. When empty or 0: no limit.
        pub limit: Option<i64> = None,
        /// Namespaces whose Jobs and pods are watched, with commas between. When empty: the
        /// worker's. Where Jobs go is said by the base job template.
        pub job_namespace: Option<String> = None,
        /// Namespace of Jobs whose deployments and runs name none, in place of the one that the base
        /// job template names. For the native worker alone. Not in the chart.
        pub default_job_namespace: Option<String> = None,
        /// Whether all namespaces are watched; the Role does not allow that by itself. Of no effect
        /// with the native worker, which watches the namespaces that its Jobs go to.
        #[serde(default)]
        pub observer_cluster_wide: bool = false,
        /// The base job template that the pool gets.
        pub base_job_template: BaseJobTemplate = BaseJobTemplate::default(),
    }
}
