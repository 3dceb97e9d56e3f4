//! The Deployment of the worker.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    Release,
    metadata::{WORKER_DEPLOYMENT, selector_labels, standard_labels, usual_metadata},
    native, pod, pod_disruption_budget,
};
use crate::error::Result;

/// The annotation by which a changed template makes new pods.
const CHECKSUM: &str = "checksum/config";
/// What the checksum is of when no template is made here: what the chart renders then.
const NO_CONFIG_MAP: &str = "\n";

/// Renders it.
pub fn render(release: &Release<'_>, config_map: Option<&Value>) -> Result<Value> {
    let worker = release.worker();
    let mut spec = Map::new();
    if let Some(limit) = worker.revision_history_limit {
        spec.insert("revisionHistoryLimit".to_owned(), limit.into());
    }
    // The autoscaler decides; a number here would take turns with its own.
    if let (Some(replicas), false) = (worker.replica_count, worker.autoscaling.enabled) {
        spec.insert("replicas".to_owned(), replicas.into());
    }
    spec.insert(
        "selector".to_owned(),
        json!({"matchLabels": selector_labels(release)}),
    );
    let template = json!({
        "metadata": {
            "annotations": pod_annotations(release, config_map)?,
            "labels": pod_labels(release)?,
        },
        "spec": pod::render(release)?,
    });
    spec.insert("template".to_owned(), template);
    Ok(json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": usual_metadata(release)?,
        "spec": spec,
    }))
}

fn pod_annotations(release: &Release<'_>, config_map: Option<&Value>) -> Result<Value> {
    let text = config_map.map_or_else(|| NO_CONFIG_MAP.to_owned(), Value::to_string);
    let checksum: String = Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut annotations = Map::new();
    annotations.insert(CHECKSUM.to_owned(), checksum.into());
    annotations.extend(native::annotations(release)?);
    annotations.extend(release.texts("worker.podAnnotations", &release.worker().pod_annotations)?);
    Ok(annotations.into())
}

fn pod_labels(release: &Release<'_>) -> Result<Value> {
    let worker = release.worker();
    let mut labels = standard_labels(release, true);
    if pod_disruption_budget::is_given(&worker.pod_disruption_budget) {
        labels.insert(
            WORKER_DEPLOYMENT.to_owned(),
            release.definitions.fullname.as_str().into(),
        );
    }
    labels.extend(release.texts("worker.podLabels", &worker.pod_labels)?);
    let selector = selector_labels(release);
    for (key, value) in selector.as_object().into_iter().flatten() {
        if labels.get(key) != Some(value) {
            let path = format!("worker.podLabels.{key}");
            let why =
                "the Deployment knows its pods by this label, so it cannot have another value";
            return Err(release
                .error(&path, why)
                .hint("nameOverride sets app.kubernetes.io/name"));
        }
    }
    Ok(labels.into())
}
