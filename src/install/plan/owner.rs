//! To whom an object belongs that is there already: read from the marks that tools leave on it.

use serde_json::Value;

use crate::{
    install::release::{PART_OF, RELEASE},
    k8s::Keeper,
};

/// Who cares for an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Nobody has left a mark.
    Nobody,
    /// This release.
    Us,
    /// Another release of this program.
    Release(String),
    /// Another ApplySet, by its id.
    ApplySet(String),
    /// A release of Helm.
    Helm {
        /// Its name.
        release: String,
        /// Its namespace.
        namespace: String,
    },
    /// An application of Argo CD.
    ArgoCd(String),
    /// A Kustomization or HelmRelease of Flux.
    Flux(String),
    /// An object that made this one.
    Controller(String),
}

/// Whose an object is, when ours is the ApplySet of this id.
#[must_use]
pub fn of(object: &Value, set_id: &str) -> Owner {
    let metadata = &object["metadata"];
    let label = |name: &str| metadata["labels"][name].as_str();
    let annotation = |name: &str| metadata["annotations"][name].as_str();
    if label(PART_OF) == Some(set_id) {
        return Owner::Us;
    }
    if let Some(kind) = controller(metadata) {
        return Owner::Controller(kind);
    }
    match Keeper::of(|name| label(name).or_else(|| annotation(name))) {
        Some(Keeper::ArgoCd(application)) => return Owner::ArgoCd(application),
        Some(Keeper::Flux { kind, name }) => return Owner::Flux(format!("{kind} {name}")),
        Some(Keeper::Helm { release, namespace }) => return Owner::Helm { release, namespace },
        None => {}
    }
    match (label(PART_OF), label(RELEASE)) {
        (Some(_), Some(release)) => Owner::Release(release.to_owned()),
        (Some(id), None) => Owner::ApplySet(id.to_owned()),
        (None, _) => Owner::Nobody,
    }
}

fn controller(metadata: &Value) -> Option<String> {
    let owners = metadata["ownerReferences"].as_array()?;
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    let text = |key: &str| owner[key].as_str().unwrap_or_default();
    Some(format!("{} {}", text("kind"), text("name")))
}

impl Owner {
    /// Why an object of this owner cannot become part of the release, and what to do; nothing when
    /// it can.
    #[must_use]
    pub fn objection(&self) -> Option<(String, &'static str)> {
        Some(match self {
            Self::Nobody | Self::Us => return None,
            Self::Release(release) => (
                format!("belongs to release {release}"),
                "give this release names of its own: fullnameOverride for all objects, \
                 worker.config.baseJobTemplate.name for the ConfigMap with the template; to share a \
                 service account, set serviceAccount.create=false and serviceAccount.name",
            ),
            Self::ApplySet(id) => (
                format!("belongs to another ApplySet ({id})"),
                "whoever applies that set has to let go of the object, or this release needs other \
                 names (fullnameOverride)",
            ),
            Self::Helm { release, namespace } => (
                format!("belongs to release {release} of Helm in namespace {namespace}"),
                "take it over with install --adopt, go on with helm, or give this release names of \
                 its own (fullnameOverride)",
            ),
            Self::ArgoCd(application) => (
                format!(
                    "belongs to application {application} of Argo CD, which would undo changes"
                ),
                "change it where Argo CD reads it from: install --dry-run=client -o yaml prints the \
                 objects for a repository",
            ),
            Self::Flux(owner) => (
                format!("belongs to {owner} of Flux, which would undo changes"),
                "change it where Flux reads it from: install --dry-run=client -o yaml prints the \
                 objects for a repository",
            ),
            Self::Controller(owner) => (
                format!("was made by {owner}, which would undo changes"),
                "give this release names of its own (fullnameOverride)",
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn marks_tell_whose_an_object_is() {
        let helm = Owner::Helm {
            release: "w".to_owned(),
            namespace: "flows".to_owned(),
        };
        for (metadata, owner) in [
            (json!({}), Owner::Nobody),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "kubectl-prefect"}}),
                Owner::Nobody,
            ),
            (
                json!({"labels": {PART_OF: "ours", RELEASE: "w"}}),
                Owner::Us,
            ),
            (
                json!({"labels": {PART_OF: "other", RELEASE: "v"}}),
                Owner::Release("v".to_owned()),
            ),
            (
                json!({"labels": {PART_OF: "other"}}),
                Owner::ApplySet("other".to_owned()),
            ),
            (
                json!({"annotations": {
                    "meta.helm.sh/release-name": "w", "meta.helm.sh/release-namespace": "flows",
                }}),
                helm,
            ),
            (
                json!({"annotations": {"argocd.argoproj.io/tracking-id": "app:apps/Deployment:n/w"}}),
                Owner::ArgoCd("app".to_owned()),
            ),
            (
                json!({"labels": {"argocd.argoproj.io/instance": "app"}}),
                Owner::ArgoCd("app".to_owned()),
            ),
            (
                json!({
                    "labels": {"helm.toolkit.fluxcd.io/name": "w"},
                    "annotations": {"meta.helm.sh/release-name": "w"},
                }),
                Owner::Flux("HelmRelease w".to_owned()),
            ),
            (
                json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "k"}}),
                Owner::Flux("Kustomization k".to_owned()),
            ),
            (
                json!({"ownerReferences": [
                    {"kind": "A", "name": "a"}, {"kind": "B", "name": "b", "controller": true},
                ]}),
                Owner::Controller("B b".to_owned()),
            ),
        ] {
            assert_eq!(
                of(&json!({ "metadata": metadata }), "ours"),
                owner,
                "{metadata}"
            );
        }
    }
}
