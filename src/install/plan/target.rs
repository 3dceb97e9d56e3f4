//! Rendered objects as members of a release: where each is kept, with the marks of membership.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::quantity;
use crate::{
    error::{Error, Result},
    install::release::{PART_OF, RELEASE, ReleaseId},
    k8s::{Cluster, ObjectRef, Resource},
};

/// Kinds that others need, in the order in which they are applied; the rest follows as rendered.
const FIRST: [&str; 8] = [
    "Namespace",
    "CustomResourceDefinition",
    "PriorityClass",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "PersistentVolumeClaim",
    "ClusterRole",
];

/// Kinds that make pods, whose containers have resources.
const WITH_PODS: [&str; 4] = ["Deployment", "StatefulSet", "DaemonSet", "CronJob"];

/// An object as it is to be.
#[derive(Clone, PartialEq)]
pub struct Desired {
    /// Which object.
    pub object: ObjectRef,
    /// The manifest, with the marks of membership.
    pub manifest: Value,
}

/// Objects may hold credentials: only their names show.
impl std::fmt::Debug for Desired {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.object)
    }
}

/// Finds out where rendered objects are kept, marks them as members, and puts them into the order in
/// which they are applied.
///
/// # Errors
/// When the API server does not answer, or has no such kind.
pub async fn desired(
    cluster: &Cluster,
    release: &ReleaseId,
    objects: &[Value],
) -> Result<Vec<Desired>> {
    let mut known: BTreeMap<(String, String), Resource> = BTreeMap::new();
    let mut all = Vec::new();
    for object in objects {
        let text = |key: &str| object[key].as_str().unwrap_or_default().to_owned();
        let key = (text("apiVersion"), text("kind"));
        let resource = match known.get(&key) {
            Some(resource) => resource.clone(),
            None => {
                let found = find(cluster, &key.0, &key.1).await?;
                known.insert(key, found.clone());
                found
            }
        };
        all.push(member(release, object, resource));
    }
    all.sort_by_key(|desired| place(&desired.object.resource.kind));
    Ok(all)
}

/// The place of a kind in the order in which objects are applied.
fn place(kind: &str) -> usize {
    let place = FIRST.iter().position(|first| *first == kind);
    place.unwrap_or(FIRST.len())
}

/// The place of a kind in the order whose reverse is that of deletion: what makes pods goes first,
/// so that none runs without its rights.
#[must_use]
pub fn place_of_deletion(kind: &str) -> usize {
    match WITH_PODS.contains(&kind) {
        true => FIRST.len() + 1,
        false => place(kind),
    }
}

async fn find(cluster: &Cluster, api_version: &str, kind: &str) -> Result<Resource> {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let found = cluster.resource(group, version, kind).await?;
    found.ok_or_else(|| {
        Error::failed(format!("the cluster has no kind {kind} of {api_version}"))
            .cause("an object of extraManifests is of this kind")
            .hint("install its CustomResourceDefinition first, or correct the apiVersion or kind")
    })
}

fn member(release: &ReleaseId, object: &Value, resource: Resource) -> Desired {
    let mut manifest = object.clone();
    if resource == Resource::secrets() {
        encode(&mut manifest);
    }
    if WITH_PODS.contains(&resource.kind.as_str()) {
        quantity::normalise(&mut manifest["spec"]);
    }
    let metadata = &mut manifest["metadata"];
    let namespace = resource.namespaced.then(|| {
        let given = metadata["namespace"]
            .as_str()
            .filter(|name| !name.is_empty());
        given.unwrap_or(&release.namespace).to_owned()
    });
    match &namespace {
        Some(namespace) => metadata["namespace"] = namespace.as_str().into(),
        None => {
            if let Some(members) = metadata.as_object_mut() {
                members.remove("namespace");
            }
        }
    }
    if !metadata["labels"].is_object() {
        metadata["labels"] = json!({});
    }
    metadata["labels"][PART_OF] = release.set_id().into();
    metadata["labels"][RELEASE] = release.name.as_str().into();
    let name = metadata["name"].as_str().unwrap_or_default().to_owned();
    Desired {
        object: ObjectRef {
            resource,
            namespace,
            name,
        },
        manifest,
    }
}

/// Moves the texts of a Secret to its data. The API server does so too, but then nobody owns the
/// keys, and none that is no longer wanted goes (kubernetes/kubernetes#70281).
fn encode(secret: &mut Value) {
    let Some(texts) = secret
        .as_object_mut()
        .and_then(|it| it.remove("stringData"))
    else {
        return;
    };
    if !secret["data"].is_object() {
        secret["data"] = json!({});
    }
    for (key, text) in texts.as_object().into_iter().flatten() {
        let text = text.as_str().unwrap_or_default();
        secret["data"][key] = BASE64_STANDARD.encode(text).into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_has_a_namespace_and_the_marks() {
        let release = ReleaseId {
            name: "w".to_owned(),
            namespace: "flows".to_owned(),
        };
        let object = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "labels": null},
            "data": {"a": "MQ==", "b": "MQ=="}, "stringData": {"a": "2"},
        });
        let desired = member(&release, &object, Resource::secrets());
        assert_eq!(desired.object.namespace.as_deref(), Some("flows"));
        assert_eq!(desired.manifest["metadata"]["namespace"], "flows");
        assert_eq!(desired.manifest["data"], json!({"a": "Mg==", "b": "MQ=="}));
        assert_eq!(desired.manifest.get("stringData"), None);
        let labels = &desired.manifest["metadata"]["labels"];
        assert_eq!(
            (&labels[PART_OF], &labels[RELEASE]),
            (&json!(release.set_id()), &json!("w"))
        );
        let object = json!({"metadata": {"name": "n", "namespace": "x", "labels": {"a": "b"}}});
        let desired = member(&release, &object, Resource::namespaces());
        assert_eq!(desired.object.namespace, None);
        assert_eq!(desired.manifest["metadata"].get("namespace"), None);
        assert_eq!(desired.manifest["metadata"]["labels"]["a"], "b");
    }
}
