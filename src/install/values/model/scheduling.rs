//! Values of how pods are spread and kept.

use super::{Deserialize, IntOrPercent, JsonSchema, Serialize, group};

/// Whether two workers may share a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum PodAntiAffinityPreset {
    /// Rather not.
    Soft,
    /// Never: a pod waits when every node has one.
    Hard,
}

group! {
    /// How many workers a drain of nodes must leave. A PodDisruptionBudget is made when one of the
    /// first two is given.
    #[serde(deny_unknown_fields)]
    pub struct PodDisruptionBudget {
        /// How many may be down, as a number or a percentage. Not together with `minAvailable`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub max_unavailable: Option<IntOrPercent> = None,
        /// How many must be up, as a number or a percentage. Not together with `maxUnavailable`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub min_available: Option<IntOrPercent> = None,
        /// Whether pods that are not ready may be evicted: `IfHealthyBudget` or `AlwaysAllow`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub unhealthy_pod_eviction_policy: Option<String> = None,
    }
}
