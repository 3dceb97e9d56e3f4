//! The labels by which the pods of a Deployment are found.

use std::collections::BTreeMap;

/// Labels as a selector of lists.
#[must_use]
pub fn selector(labels: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join(",")
}
