//! Names, labels and annotations of the objects.

use serde_json::{Map, Value, json};

use super::{MANAGED_BY, PREFECT_VERSION, Release};
use crate::{error::Result, install::values::model::Texts};

/// The label by which a PodDisruptionBudget knows the pods of one worker.
pub const WORKER_DEPLOYMENT: &str = "prefect.io/worker-deployment-name";

/// How one object differs from the others.
#[derive(Debug, Clone, Copy)]
pub struct Meta<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace.
    pub namespace: &'a str,
    /// Whether it has the label `prefect-version`: all but the template's ConfigMap.
    pub with_version: bool,
    /// Annotations of its own, and the path of their value.
    pub annotations: Option<(&'a str, &'a Texts)>,
}

/// The metadata of an object.
pub fn metadata(release: &Release<'_>, meta: Meta<'_>) -> Result<Value> {
    let values = release.values();
    let mut labels = standard_labels(release, meta.with_version);
    labels.extend(release.texts("commonLabels", &values.common_labels)?);
    let mut annotations = release.texts("commonAnnotations", &values.common_annotations)?;
    if let Some((path, own)) = meta.annotations {
        annotations.extend(release.texts(path, own)?);
    }
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), meta.name.into());
    metadata.insert("namespace".to_owned(), meta.namespace.into());
    metadata.insert("labels".to_owned(), labels.into());
    if !annotations.is_empty() {
        metadata.insert("annotations".to_owned(), annotations.into());
    }
    Ok(metadata.into())
}

/// The metadata of an object with the name of all objects, in the namespace of most.
pub fn usual_metadata(release: &Release<'_>) -> Result<Value> {
    metadata(
        release,
        Meta {
            name: &release.definitions.fullname,
            namespace: release.namespace(),
            with_version: true,
            annotations: None,
        },
    )
}

/// The labels that objects and pods have.
pub fn standard_labels(release: &Release<'_>, with_version: bool) -> Map<String, Value> {
    let mut labels = Map::new();
    let mut label = |key: &str, value: &str| {
        labels.insert(key.to_owned(), value.into());
    };
    label("app.kubernetes.io/name", &release.definitions.name);
    label("app.kubernetes.io/instance", release.name);
    label("app.kubernetes.io/managed-by", MANAGED_BY);
    label("app.kubernetes.io/version", PREFECT_VERSION);
    label("app.kubernetes.io/component", "worker");
    if with_version {
        label("prefect-version", PREFECT_VERSION);
    }
    labels
}

/// The labels by which the Deployment knows its pods; Kubernetes lets nobody change them.
pub fn selector_labels(release: &Release<'_>) -> Value {
    json!({
        "app.kubernetes.io/name": release.definitions.name,
        "app.kubernetes.io/instance": release.name,
        "app.kubernetes.io/component": "worker",
    })
}
