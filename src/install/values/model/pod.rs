//! Values of the worker's pod and its containers.

use super::{Part, Quantity, Scalar, group};

group! {
    /// The image of the worker.
    #[serde(deny_unknown_fields)]
    pub struct Image {
        /// Where it is.
        pub repository: String = "prefecthq/prefect".to_owned(),
        /// Its tag, also where it is no image of Prefect's. One that does not move is better.
        pub prefect_tag: String = "3-python3.11-kubernetes".to_owned(),
        /// When it is pulled: `Always`, `IfNotPresent` or `Never`.
        pub pull_policy: Option<String> = Some("IfNotPresent".to_owned()),
        /// Names of Secrets to pull it with.
        #[serde(default)]
        pub pull_secrets: Vec<String> = Vec::new(),
        /// `PREFECT_DEBUG_MODE`.
        #[serde(default)]
        pub debug: bool = false,
    }
}

group! {
    /// Amounts of each resource.
    #[serde(deny_unknown_fields)]
    pub struct ResourceList {
        /// CPU, such as `100m`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub cpu: Option<Quantity> = None,
        /// Memory, such as `256Mi`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub memory: Option<Quantity> = None,
        /// Space on the node's disk.
        #[serde(rename = "ephemeral-storage", skip_serializing_if = "Option::is_none")]
        pub ephemeral_storage: Option<Quantity> = None,
    }
}

impl ResourceList {
    /// Amounts of CPU and memory.
    #[must_use]
    pub fn of(cpu: &str, memory: &str) -> Self {
        let quantity = |text: &str| Some(Quantity::Text(text.to_owned()));
        Self {
            cpu: quantity(cpu),
            memory: quantity(memory),
            ephemeral_storage: None,
        }
    }
}

group! {
    /// What a container gets and may use.
    #[serde(deny_unknown_fields)]
    pub struct Resources {
        /// What it is sure to get.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub requests: Option<ResourceList> = None,
        /// The most that it may use.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub limits: Option<ResourceList> = None,
    }
}

group! {
    /// Linux capabilities.
    pub struct Capabilities {
        /// To add.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub add: Option<Vec<String>> = None,
        /// To drop.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub drop: Option<Vec<String>> = None,
        /// Anything else that Kubernetes knows.
        #[serde(flatten)]
        pub other: Part = Part::new(),
    }
}

group! {
    /// A seccomp profile.
    pub struct SeccompProfile {
        /// `RuntimeDefault`, `Unconfined` or `Localhost`.
        pub r#type: String = "RuntimeDefault".to_owned(),
        /// The profile's file on the node, for `Localhost`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub localhost_profile: Option<String> = None,
    }
}

group! {
    /// Security of a container. Other fields that Kubernetes knows are passed on.
    pub struct ContainerSecurityContext {
        /// The user to run as.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub run_as_user: Option<i64> = Some(1001),
        /// Whether an image that runs as root is refused.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub run_as_non_root: Option<bool> = Some(true),
        /// Whether only volumes can be written to.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub read_only_root_filesystem: Option<bool> = Some(true),
        /// Whether a process may get more rights than its parent.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub allow_privilege_escalation: Option<bool> = Some(false),
        /// Linux capabilities.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub capabilities: Option<Capabilities> = Some(Capabilities::default()),
        /// Anything else that Kubernetes knows.
        #[serde(flatten)]
        pub other: Part = Part::new(),
    }
}

group! {
    /// Security of the pod. Other fields that Kubernetes knows are passed on.
    pub struct PodSecurityContext {
        /// The user to run as.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub run_as_user: Option<i64> = Some(1001),
        /// Whether an image that runs as root is refused.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub run_as_non_root: Option<bool> = Some(true),
        /// The group that volumes belong to.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub fs_group: Option<i64> = Some(1001),
        /// The seccomp profile.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub seccomp_profile: Option<SeccompProfile> = Some(SeccompProfile::default()),
        /// Anything else that Kubernetes knows.
        #[serde(flatten)]
        pub other: Part = Part::new(),
    }
}

group! {
    /// A variable of the environment: with `value`, or with `valueFrom`.
    #[serde(deny_unknown_fields)]
    pub struct EnvVar {
        /// Its name.
        pub name: String = String::new(),
        /// Its value, as text: numbers and booleans in quotes. Templates are evaluated.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub value: Option<String> = None,
        /// Where its value comes from, as Kubernetes has it.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub value_from: Option<Part> = None,
    }
}

group! {
    /// Containers that run before the worker.
    #[serde(deny_unknown_fields)]
    pub struct InitContainer {
        /// Resources of the container that updates the pool's template. When empty: the worker's.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub resources: Option<Resources> = Some(Resources::default()),
        /// Security of the container that updates the pool's template.
        pub container_security_context: Option<ContainerSecurityContext> =
            Some(ContainerSecurityContext::default()),
        /// Further variables of the container that updates the pool's template. One that is set
        /// already gets this value. Templates are evaluated.
        #[serde(default)]
        pub extra_env_vars: Vec<EnvVar> = Vec::new(),
        /// Further containers that run before the worker, after the one that updates the pool's
        /// template. Templates are evaluated.
        #[serde(default)]
        pub extra_containers: Vec<Part> = Vec::new(),
    }
}

group! {
    /// An option of the resolver.
    #[serde(deny_unknown_fields)]
    pub struct DnsOption {
        /// Its name.
        pub name: String = String::new(),
        /// Its value, if it has one.
        pub value: Option<Scalar> = None,
    }
}

group! {
    /// The resolver of the pod.
    #[serde(deny_unknown_fields)]
    pub struct DnsConfig {
        /// Addresses of name servers.
        #[serde(default)]
        pub nameservers: Vec<String> = Vec::new(),
        /// Domains that names are looked up in.
        #[serde(default)]
        pub searches: Vec<String> = Vec::new(),
        /// Options, such as `ndots`.
        #[serde(default)]
        pub options: Vec<DnsOption> = Vec::new(),
    }
}

group! {
    /// Scaling by use.
    #[serde(deny_unknown_fields)]
    pub struct Autoscaling {
        /// Whether to make a HorizontalPodAutoscaler. The Deployment then has no number of
        /// replicas.
        #[serde(default)]
        pub enabled: bool = false,
        /// The fewest workers.
        pub min_replicas: Option<i64> = Some(1),
        /// The most workers.
        pub max_replicas: i64 = 1,
        /// Percentage of the requested CPU to aim at; 0 takes CPU out of account.
        #[serde(rename = "targetCPUUtilizationPercentage")]
        pub target_cpu_utilization_percentage: Option<i64> = Some(80),
        /// Percentage of the requested memory to aim at; 0 takes memory out of account.
        pub target_memory_utilization_percentage: Option<i64> = Some(80),
    }
}

group! {
    /// When the worker counts as dead.
    #[serde(deny_unknown_fields)]
    pub struct Probe {
        /// Seconds before the first question.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub initial_delay_seconds: Option<i64> = Some(10),
        /// Seconds between questions.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub period_seconds: Option<i64> = Some(10),
        /// Seconds to wait for an answer.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub timeout_seconds: Option<i64> = Some(5),
        /// After how many failures the container is restarted.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub failure_threshold: Option<i64> = Some(3),
        /// After how many successes it counts as alive again; Kubernetes allows 1 alone.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub success_threshold: Option<i64> = Some(1),
    }
}

group! {
    /// The check whether the worker lives: `GET /health` on port 8080.
    #[serde(deny_unknown_fields)]
    pub struct LivenessProbe {
        /// Whether it is made. The worker then gets `--with-healthcheck`; the native worker has that
        /// in any case, and is asked `GET /ready` too.
        #[serde(default)]
        pub enabled: bool = false,
        /// When the worker counts as dead.
        pub config: Probe = Probe::default(),
    }
}

group! {
    /// What the worker's container does when it starts and before it stops, each as Kubernetes has
    /// it. Templates are evaluated.
    #[serde(deny_unknown_fields)]
    pub struct Lifecycle {
        /// After the start, beside the worker: to deploy the flows of the image, say.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub post_start: Option<Part> = None,
        /// Before the worker is told to stop.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub pre_stop: Option<Part> = None,
    }
}
