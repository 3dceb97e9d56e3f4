//! The labels that every Job and its pod carry, and how they and annotations are written.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{RunContext, TemplateError, python, slug};
use crate::k8s::label;

/// The label of Kubernetes' own conventions for what an object belongs to.
const APP_NAME: &str = "app.kubernetes.io/name";

/// The labels of a run, not yet slugs: what it belongs to first, then those of the configuration,
/// which win.
fn of_run(run: &RunContext, configured: &Map<String, Value>) -> Map<String, Value> {
    let version = slug::label_value(run.worker.prefect_version.split('+').next().unwrap_or(""));
    let mut labels = Map::new();
    let mut add = |key: &str, value: String| {
        labels.insert(key.to_owned(), Value::String(value));
    };
    add(label::FLOW_RUN_ID, run.flow_run.id.to_string());
    add(label::FLOW_RUN_NAME, named(&run.flow_run.name));
    add("prefect.io/version", version.clone());
    add("app.kubernetes.io/managed-by", "prefect".to_owned());
    add("app.kubernetes.io/part-of", "prefect".to_owned());
    add("app.kubernetes.io/version", version);
    add(label::WORK_POOL_NAME, named(&run.work_pool.name));
    add(label::WORK_POOL_ID, run.work_pool.id.to_string());
    add(label::WORKER_NAME, named(&run.worker.name));
    add(label::FLOW_ID, run.flow.id.to_string());
    add(label::FLOW_NAME, named(&run.flow.name));
    add(APP_NAME, slug::label_value(&named(&run.flow.name)));
    if let Some(deployment) = &run.deployment {
        add(label::DEPLOYMENT_ID, deployment.id.to_string());
        add(label::DEPLOYMENT_NAME, named(&deployment.name));
        if let Some(updated) = deployment.updated {
            add("prefect.io/deployment-updated", iso_time(updated));
        }
        add(APP_NAME, slug::label_value(&named(&deployment.name)));
    }
    labels.extend(configured.iter().map(|(k, v)| (k.clone(), v.clone())));
    labels
}

/// A name as the value of a label, as Jobs bear it.
#[must_use]
pub fn value(name: &str) -> String {
    slug::label_value(&named(name))
}

/// A name as the text of a label. Kubernetes takes none that is all signs, of emoji say: the Python
/// worker lets the Job be refused for it, and the run crashes; here the label is empty.
fn named(name: &str) -> String {
    if slug::has_label_value(name) {
        name.to_owned()
    } else {
        String::new()
    }
}

/// Python's `isoformat()` in UTC: microseconds only where there are any.
fn iso_time(time: Timestamp) -> String {
    let format = if time.subsec_nanosecond() / 1000 == 0 {
        "%Y-%m-%dT%H:%M:%S+00:00"
    } else {
        "%Y-%m-%dT%H:%M:%S.%6f+00:00"
    };
    time.strftime(format).to_string()
}

/// Labels as the Job and the pod of a run both bear them.
pub(super) struct RunLabels {
    /// As they are.
    pub texts: Map<String, Value>,
    /// With keys and values as slugs.
    slugs: Map<String, Value>,
}

impl RunLabels {
    /// The labels of a run, those of the configuration among them.
    ///
    /// # Errors
    /// A label of the configuration that is no text.
    pub fn new(run: &RunContext, configured: &Map<String, Value>) -> Result<Self, TemplateError> {
        let texts = of_run(run, configured);
        let slugs = merged("labels", &Map::new(), &texts)?;
        Ok(Self { texts, slugs })
    }

    /// Writes the run's labels over those that are there, keys and values as slugs.
    ///
    /// # Errors
    /// A label that is there and is no text.
    pub fn over(
        &self,
        path: &str,
        present: &Map<String, Value>,
    ) -> Result<Map<String, Value>, TemplateError> {
        if present.is_empty() {
            return Ok(self.slugs.clone());
        }
        merged(path, present, &self.texts)
    }
}

fn merged(
    path: &str,
    present: &Map<String, Value>,
    of_run: &Map<String, Value>,
) -> Result<Map<String, Value>, TemplateError> {
    let present_with = present
        .iter()
        .map(|(key, value)| (key, of_run.get(key).unwrap_or(value)));
    let added = of_run.iter().filter(|(key, _)| !present.contains_key(*key));
    let mut merged = Map::new();
    for (key, value) in present_with.chain(added) {
        let Value::String(value) = value else {
            let path = format!("{path}.{key}");
            return Err(TemplateError::wrong_type(&path, "a string", Some(value)));
        };
        merged.insert(slug::label_key(key), slug::label_value(value).into());
    }
    Ok(merged)
}

/// Writes annotations over those that are there, keys as slugs, values as they are.
pub(super) fn merged_annotations(
    present: &Map<String, Value>,
    configured: &Map<String, Value>,
) -> Map<String, Value> {
    overlay(present, configured)
        .into_iter()
        .map(|(key, value)| (slug::label_key(&key), value))
        .collect()
}

/// Members of the second object over those of the first, each in the place where its key first
/// stood.
pub(super) fn overlay(under: &Map<String, Value>, over: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = under.clone();
    merged.extend(over.iter().map(|(k, v)| (k.clone(), v.clone())));
    merged
}

/// A member that must be an object; an absent one is empty.
pub(super) fn object_or_empty(
    members: &Map<String, Value>,
    path: &str,
    key: &str,
) -> Result<Map<String, Value>, TemplateError> {
    match members.get(key) {
        None => Ok(Map::new()),
        Some(Value::Object(found)) => Ok(found.clone()),
        Some(other) => Err(TemplateError::manifest(
            format!("{path}.{key}"),
            format!("must be an object, and is {}", python::type_name(other)),
        )),
    }
}
