//! Where pods go, and how they keep apart from one another.

use serde_json::{Map, Value, json};

use super::{Release, metadata::selector_labels};
use crate::{error::Result, install::values::model::PodAntiAffinityPreset};

/// The label of a node that is unique to it.
const NODE: &str = "kubernetes.io/hostname";

/// The user's affinity, and what `podAntiAffinityPreset` adds to it.
///
/// # Errors
/// When an expression cannot be evaluated, or there is no list where one is added to.
pub fn affinity(release: &Release<'_>) -> Result<Map<String, Value>> {
    let worker = release.worker();
    let mut affinity = release.part("worker.affinity", &worker.affinity)?;
    let Some(preset) = worker.pod_anti_affinity_preset else {
        return Ok(affinity);
    };
    if release.most_replicas() <= 1 {
        release.note(
            "worker.podAntiAffinityPreset has no effect: there is never more than one worker",
        );
        return Ok(affinity);
    }
    let term = json!({
        "labelSelector": {"matchLabels": selector_labels(release)},
        "topologyKey": NODE,
    });
    let (list, term) = match preset {
        PodAntiAffinityPreset::Hard => ("requiredDuringSchedulingIgnoredDuringExecution", term),
        PodAntiAffinityPreset::Soft => (
            "preferredDuringSchedulingIgnoredDuringExecution",
            json!({"weight": 100, "podAffinityTerm": term}),
        ),
    };
    let path = "worker.affinity.podAntiAffinity";
    let anti = affinity
        .entry("podAntiAffinity")
        .or_insert_with(|| json!({}));
    let Some(anti) = anti.as_object_mut() else {
        return Err(release.error(path, "a map is expected"));
    };
    match anti.entry(list).or_insert_with(|| json!([])) {
        Value::Array(terms) => terms.push(term),
        _ => return Err(release.error(&format!("{path}.{list}"), "a list is expected")),
    }
    Ok(affinity)
}

/// The user's constraints; one that says of no pods counts those of this Deployment.
///
/// # Errors
/// When an expression cannot be evaluated, or a constraint lacks what Kubernetes needs.
pub fn topology_spread_constraints(release: &Release<'_>) -> Result<Vec<Value>> {
    const PATH: &str = "worker.topologySpreadConstraints";
    let mut constraints = release.parts(PATH, &release.worker().topology_spread_constraints)?;
    for (index, constraint) in constraints.iter_mut().enumerate() {
        let Some(constraint) = constraint.as_object_mut() else {
            continue;
        };
        for key in ["maxSkew", "topologyKey", "whenUnsatisfiable"] {
            if !constraint.contains_key(key) {
                let path = format!("{PATH}[{index}]");
                return Err(release.error(&path, &format!("{key} is missing")));
            }
        }
        constraint
            .entry("labelSelector")
            .or_insert_with(|| json!({"matchLabels": selector_labels(release)}));
    }
    Ok(constraints)
}
