//! Objects of workers, what happened around them, and what their containers said.

use serde_json::Value;

use super::Scrubber;
use crate::{
    deployed::{Deployment, WorkerSpec, secrets_of, selector},
    error::{Error, Result},
    install::plan::{compare::cleaned, mask::mask},
    k8s::{
        Cluster,
        documents::{DEPLOYMENT, EVENT, JOB, ObjectKind, POD, ROLE_BINDING, SECRET},
        label,
    },
};

/// Jobs and events that are shown, the newest.
const NEWEST: usize = 50;

/// The workers of a namespace, and what belongs to them.
#[derive(Debug, Default)]
pub struct Found {
    /// Their Deployments, as they are in the cluster.
    pub deployments: Vec<Value>,
    /// Their pods.
    pub pods: Vec<Value>,
    /// Values that may not be shown: plain credentials of their variables, and the Secrets to which
    /// these refer, as far as they may be read.
    pub secrets: Vec<String>,
}

/// Finds the workers that have this name, or this release's; all when it is none.
///
/// # Errors
/// When the API server refuses or does not answer.
pub async fn find(cluster: &Cluster, name: Option<&str>) -> Result<Found> {
    let namespace = cluster.namespace();
    let all: Vec<Value> = cluster
        .list_documents(DEPLOYMENT, Some(namespace), "")
        .await?;
    let mut found = Found::default();
    for manifest in all {
        let deployment: Deployment = read(&manifest)?;
        let meta = &deployment.metadata;
        let instance = meta.labels.get("app.kubernetes.io/instance");
        let is_meant = |name| meta.name == name || instance.is_some_and(|it| it == name);
        let pod = &deployment.spec.template.spec;
        if !name.is_none_or(is_meant) || WorkerSpec::of(pod).is_none() {
            continue;
        }
        let labels = selector(&deployment.spec.selector.match_labels);
        found.pods.extend(
            cluster
                .list_documents::<Value>(POD, Some(namespace), &labels)
                .await?,
        );
        found.secrets.extend(plain_credentials(&manifest));
        for reference in secrets_of(pod) {
            found
                .secrets
                .extend(stored(cluster, namespace, &reference.name).await);
        }
        found.deployments.push(manifest);
    }
    Ok(found)
}

fn read(manifest: &Value) -> Result<Deployment> {
    serde_json::from_value(manifest.clone())
        .map_err(|error| Error::failed("failed to read a Deployment").because(&error))
}

/// The values that [`mask`] hides in a manifest.
fn plain_credentials(manifest: &Value) -> Vec<String> {
    let mut masked = manifest.clone();
    mask(&mut masked, &mut Value::Null);
    let mut hidden = Vec::new();
    collect_differences(manifest, &masked, &mut hidden);
    hidden
}

fn collect_differences(one: &Value, other: &Value, into: &mut Vec<String>) {
    match (one, other) {
        (Value::String(value), other) if Some(value.as_str()) != other.as_str() => {
            into.push(value.clone());
        }
        (Value::Array(one), Value::Array(other)) => one
            .iter()
            .zip(other)
            .for_each(|(one, other)| collect_differences(one, other, into)),
        (Value::Object(one), Value::Object(other)) => {
            for (key, value) in one {
                if let Some(other) = other.get(key) {
                    collect_differences(value, other, into);
                }
            }
        }
        _ => {}
    }
}

/// The values of a Secret, to be hidden wherever they stand. Who may not read it has not been given
/// them by us either; what looks like a credential is hidden in any case.
async fn stored(cluster: &Cluster, namespace: &str, name: &str) -> Vec<String> {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let secret = cluster
        .find_document::<Value>(SECRET, Some(namespace), name)
        .await;
    let Ok(Some(secret)) = secret else {
        return Vec::new();
    };
    let data = secret["data"].as_object();
    data.into_iter()
        .flat_map(|data| data.values())
        .filter_map(|value| BASE64_STANDARD.decode(value.as_str()?).ok())
        .filter_map(|value| String::from_utf8(value).ok())
        .collect()
}

/// The manifests of workers, their pods, RoleBindings and the newest Jobs, as YAML; what is secret
/// in them is hidden. Secrets are not among them.
///
/// # Errors
/// When the API server refuses or does not answer.
pub async fn manifests(cluster: &Cluster, found: &Found, scrubber: &Scrubber) -> Result<String> {
    let namespace = cluster.namespace();
    let mut objects: Vec<(ObjectKind, Value)> = Vec::new();
    objects.extend(found.deployments.iter().map(|it| (DEPLOYMENT, it.clone())));
    objects.extend(found.pods.iter().map(|it| (POD, it.clone())));
    for (kind, labels) in [(ROLE_BINDING, ""), (JOB, label::FLOW_RUN_ID)] {
        let mut more: Vec<Value> = cluster
            .list_documents(kind, Some(namespace), labels)
            .await?;
        more.sort_by_key(|it| it["metadata"]["creationTimestamp"].to_string());
        let old = more.len().saturating_sub(NEWEST);
        objects.extend(more.drain(old..).map(|it| (kind, it)));
    }
    let mut text = String::new();
    for (kind, object) in objects {
        let mut shown = cleaned(&object);
        // How it is getting on is what a report is about.
        if let Some(status) = object.get("status") {
            shown["status"] = status.clone();
        }
        mask(&mut shown, &mut Value::Null);
        let yaml = serde_saphyr::to_string(&shown)
            .map_err(|error| Error::failed("failed to write YAML").because(&error))?;
        text.push_str(&format!(
            "# {}\n{}---\n",
            kind.name,
            scrubber.without_known(&yaml)
        ));
    }
    Ok(text)
}

/// What happened in the namespace lately, oldest first.
///
/// # Errors
/// When the API server refuses or does not answer.
pub async fn events(cluster: &Cluster) -> Result<String> {
    let mut events: Vec<Value> = cluster
        .list_documents(EVENT, Some(cluster.namespace()), "")
        .await?;
    let when = |event: &Value| {
        let times = ["lastTimestamp", "eventTime", "firstTimestamp"];
        let found = times.iter().find_map(|time| event[time].as_str());
        found.unwrap_or_default().to_owned()
    };
    events.sort_by_key(when);
    let old = events.len().saturating_sub(NEWEST);
    let lines = events.drain(old..).map(|event| {
        let text = |pointer: &str| {
            let value = event.pointer(pointer).and_then(Value::as_str);
            value.unwrap_or("-").replace('\n', " ")
        };
        format!(
            "{} {} {} {}/{}: {}",
            when(&event),
            text("/type"),
            text("/reason"),
            text("/involvedObject/kind"),
            text("/involvedObject/name"),
            text("/message")
        )
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// The last lines of each container of the workers' pods.
///
/// # Errors
/// When none can be read.
pub async fn logs(cluster: &Cluster, found: &Found, lines: u32) -> Result<String> {
    let mut text = String::new();
    let mut failure = None;
    for pod in &found.pods {
        let name = pod["metadata"]["name"].as_str().unwrap_or_default();
        let spec = &pod["spec"];
        let containers = [&spec["initContainers"], &spec["containers"]];
        let containers = containers.iter().filter_map(|list| list.as_array());
        for container in containers.flatten() {
            let container = container["name"].as_str().unwrap_or_default();
            let tail = cluster.log_tail(cluster.namespace(), name, container, lines);
            match tail.await {
                Ok(tail) => {
                    let which = match tail.previous {
                        true => ", before its last start",
                        false => "",
                    };
                    text.push_str(&format!("== pod {name}, container {container}{which}\n"));
                    text.push_str(tail.text.trim_end());
                    text.push('\n');
                }
                Err(error) => {
                    text.push_str(&format!("== pod {name}, container {container}: {error}\n"));
                    failure = Some(error);
                }
            }
        }
    }
    match failure {
        Some(failure) if text.lines().all(|line| line.starts_with("== ")) => Err(failure.into()),
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_credentials_of_a_manifest_are_known() {
        let manifest = json!({"kind": "Deployment", "spec": {"env": [
            {"name": "A_TOKEN", "value": "hunter2"}, {"name": "A_URL", "value": "u"},
        ]}});
        assert_eq!(plain_credentials(&manifest), ["hunter2"]);
    }
}
