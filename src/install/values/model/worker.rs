//! Values of the worker.

use super::{
    ApiConfig, Autoscaling, CloudApiConfig, Config, ContainerSecurityContext,
    CustomerManagedCloudApiConfig, Deserialize, DnsConfig, EnvVar, Image, InitContainer,
    JsonSchema, Lifecycle, LivenessProbe, Part, PodAntiAffinityPreset, PodDisruptionBudget,
    PodSecurityContext, ResourceList, Resources, Scalar, SelfHostedServerApiConfig, Serialize,
    Texts, group,
};

/// Which program is the worker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Engine {
    /// `prefect worker start`, from Prefect's image, as in the chart.
    #[default]
    Prefect,
    /// `kubectl-prefect worker run`, from the image of this program. Other defaults go with it.
    Native,
}

group! {
    /// The worker.
    #[serde(deny_unknown_fields)]
    pub struct Worker {
        /// Which program is the worker. Not in the chart.
        #[serde(default)]
        pub engine: Engine = Engine::Prefect,
        /// Scaling by use.
        pub autoscaling: Autoscaling = Autoscaling::default(),
        /// UID of the cluster, as events and infrastructure ids name it. When empty, the UID of the
        /// namespace `kube-system`; offline it stays empty.
        pub cluster_uid: Option<String> = Some(String::new()),
        /// Containers that run before the worker.
        pub init_container: InitContainer = InitContainer::default(),
        /// Where pods look up names: `ClusterFirst`, `Default`, `ClusterFirstWithHostNet` or `None`.
        pub dns_policy: Option<String> = Some(String::new()),
        /// The resolver of the pod.
        pub dns_config: Option<DnsConfig> = Some(DnsConfig::default()),
        /// The image of the worker.
        pub image: Image = Image::default(),
        /// What the worker does.
        pub config: Config = Config::default(),
        /// Which kind of Prefect API the worker speaks to.
        pub api_config: ApiConfig = ApiConfig::Cloud,
        /// Prefect Cloud, for `apiConfig: cloud`.
        #[serde(default)]
        pub cloud_api_config: CloudApiConfig = CloudApiConfig::default(),
        /// A Prefect Cloud that a customer runs, for `apiConfig: customerManagedCloud`.
        #[serde(default)]
        pub customer_managed_cloud_api_config: CustomerManagedCloudApiConfig =
            CustomerManagedCloudApiConfig::default(),
        /// A Prefect server of one's own, for `apiConfig: selfHostedServer`.
        pub self_hosted_server_api_config: SelfHostedServerApiConfig =
            SelfHostedServerApiConfig::default(),
        /// How many old ReplicaSets are kept.
        pub revision_history_limit: Option<i64> = Some(10),
        /// How many workers; without effect under `autoscaling`.
        pub replica_count: Option<i64> = Some(1),
        /// What the worker's container gets and may use.
        pub resources: Option<Resources> = Some(Resources {
            requests: Some(ResourceList::of("100m", "256Mi")),
            limits: Some(ResourceList::of("1000m", "1Gi")),
        }),
        /// The check whether the worker lives.
        pub liveness_probe: LivenessProbe = LivenessProbe::default(),
        /// Security of the pod.
        pub pod_security_context: Option<PodSecurityContext> = Some(PodSecurityContext::default()),
        /// The PriorityClass of the pod.
        pub priority_class_name: Option<String> = Some(String::new()),
        /// Security of the worker's container.
        pub container_security_context: Option<ContainerSecurityContext> =
            Some(ContainerSecurityContext::default()),
        /// Arguments in place of all of ours; what `config` says then counts only where it is used
        /// elsewhere.
        #[serde(default)]
        pub args: Vec<String> = Vec::new(),
        /// Entry point in place of the image's.
        #[serde(default)]
        pub command: Vec<String> = Vec::new(),
        /// Labels for the pod. Templates are evaluated.
        #[serde(default)]
        pub pod_labels: Texts = Texts::new(),
        /// Annotations for the pod. Templates are evaluated.
        #[serde(default)]
        pub pod_annotations: Texts = Texts::new(),
        /// Affinity of the pod. Templates are evaluated.
        #[serde(default)]
        pub affinity: Part = Part::new(),
        /// Labels that a node must have. Templates are evaluated.
        #[serde(default)]
        pub node_selector: Texts = Texts::new(),
        /// Taints that the pod bears. Templates are evaluated.
        #[serde(default)]
        pub tolerations: Vec<Part> = Vec::new(),
        /// Further variables of the environment. One that is set here already gets this value.
        /// Templates are evaluated.
        #[serde(default)]
        pub extra_env_vars: Vec<EnvVar> = Vec::new(),
        /// Name of a ConfigMap whose keys become variables. `extraEnvVarsCMs` takes several.
        #[serde(rename = "extraEnvVarsCM")]
        pub extra_env_vars_cm: Option<String> = Some(String::new()),
        /// Names of ConfigMaps whose keys become variables.
        #[serde(default, rename = "extraEnvVarsCMs")]
        pub extra_env_vars_cms: Vec<String> = Vec::new(),
        /// Name of a Secret whose keys become variables. `extraEnvVarsSecrets` takes several.
        pub extra_env_vars_secret: Option<String> = Some(String::new()),
        /// Names of Secrets whose keys become variables.
        #[serde(default)]
        pub extra_env_vars_secrets: Vec<String> = Vec::new(),
        /// Containers beside the worker. Templates are evaluated.
        #[serde(default)]
        pub extra_containers: Vec<Part> = Vec::new(),
        /// Further volumes. Templates are evaluated.
        #[serde(default)]
        pub extra_volumes: Vec<Part> = Vec::new(),
        /// Further mounts of the worker's container. Templates are evaluated.
        #[serde(default)]
        pub extra_volume_mounts: Vec<Part> = Vec::new(),
        /// Arguments after ours.
        #[serde(default)]
        pub extra_args: Vec<Scalar> = Vec::new(),
        /// How many workers a drain of nodes must leave.
        #[serde(default)]
        pub pod_disruption_budget: PodDisruptionBudget = PodDisruptionBudget::default(),
        /// How workers are spread over zones and nodes. A constraint without `labelSelector` counts
        /// the pods of this Deployment. Templates are evaluated. Not in the chart.
        #[serde(default)]
        pub topology_spread_constraints: Vec<Part> = Vec::new(),
        /// Whether two workers may share a node; it is added to `affinity`. Not in the chart.
        pub pod_anti_affinity_preset: Option<PodAntiAffinityPreset> = None,
        /// What the worker's container does when it starts and before it stops. Not in the chart.
        #[serde(default)]
        pub lifecycle: Lifecycle = Lifecycle::default(),
    }
}
