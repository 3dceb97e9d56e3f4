//! The labels by which a worker's Deployment and its pods are found.

use std::collections::BTreeMap;

/// What the prefect-worker chart puts on its objects unless the values rename it, as a selector.
pub const WORKER_LABELS: &str = "app.kubernetes.io/name=prefect-worker";

/// Labels as a selector of lists.
#[must_use]
pub fn selector(labels: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join(",")
}
