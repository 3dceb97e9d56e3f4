//! Who else writes a Secret: whoever changes one of theirs by hand sees it changed back.

use serde_json::Value;

use crate::k8s::{FIELD_MANAGER, Keeper};

/// Somebody who keeps a Secret as they want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// What keeps it: `ExternalSecret prefect`.
    pub what: String,
    /// How to change it there.
    pub what_to_do: String,
}

/// Labels and annotations by which those mark what is theirs that keep nothing but Secrets.
const MARKS: [(&str, &str); 5] = [
    ("reconcile.external-secrets.io/managed", "External Secrets"),
    (
        "reconcile.external-secrets.io/data-hash",
        "External Secrets",
    ),
    (
        "reflector.v1.k8s.emberstack.com/reflects",
        "Reflector, from",
    ),
    (
        "secrets.hashicorp.com/vso-ownerRefs",
        "Vault Secrets Operator",
    ),
    (
        "replicator.v1.mittwald.de/replicate-from",
        "replicator, from",
    ),
];
/// Marks whose value says nothing to people.
const SILENT: [&str; 3] = [
    "reconcile.external-secrets.io/managed",
    "reconcile.external-secrets.io/data-hash",
    "secrets.hashicorp.com/vso-ownerRefs",
];

/// Finds out by its metadata who keeps a Secret.
///
/// What kubectl wrote belongs to nobody who would write it again by itself.
#[must_use]
pub fn of(metadata: &Value) -> Option<Owner> {
    by_reference(metadata).or_else(|| by_mark(metadata))
}

/// An object with which the Secret goes, and which makes it again.
fn by_reference(metadata: &Value) -> Option<Owner> {
    let owners = metadata["ownerReferences"].as_array()?;
    let owner = owners
        .iter()
        .find(|owner| owner["controller"] == true)
        .or_else(|| owners.first())?;
    let text = |field: &str| owner[field].as_str().unwrap_or_default().to_owned();
    let (kind, name) = (text("kind"), text("name"));
    let what_to_do = match kind.as_str() {
        "SealedSecret" => format!("Seal the new value, and apply the SealedSecret {name}."),
        _ => format!("Change the value where {kind} {name} takes it from."),
    };
    Some(Owner {
        what: format!("{kind} {name}"),
        what_to_do,
    })
}

fn by_mark(metadata: &Value) -> Option<Owner> {
    let value = |mark: &str| {
        ["labels", "annotations"]
            .iter()
            .find_map(|place| metadata[place][mark].as_str())
    };
    let found = MARKS.iter().find_map(|(mark, owner)| {
        let value = value(mark)?;
        Some(if SILENT.contains(mark) || value.is_empty() {
            (*owner).to_owned()
        } else {
            format!("{owner} {value}")
        })
    });
    let managed_by = || {
        let name = value("app.kubernetes.io/managed-by")?;
        let is_nobody = name.is_empty() || name == FIELD_MANAGER || name.starts_with("kubectl");
        (!is_nobody).then(|| name.to_owned())
    };
    let keeper = || Some(Keeper::of(value)?.to_string());
    let what = found.or_else(keeper).or_else(managed_by)?;
    Some(Owner {
        what_to_do: format!("Change it there, or let {what} give it up first."),
        what,
    })
}

/// Whoever applies the value under a key (server-side apply) applies it again.
#[must_use]
pub fn of_value(metadata: &Value, key: &str) -> Option<Owner> {
    let entries = metadata["managedFields"].as_array()?;
    let field = format!("f:{key}");
    let manager = entries
        .iter()
        .filter(|entry| entry["operation"] == "Apply")
        .filter(|entry| entry["fieldsV1"]["f:data"].get(&field).is_some())
        .filter_map(|entry| entry["manager"].as_str())
        .find(|manager| *manager != FIELD_MANAGER && !manager.starts_with("kubectl"))?;
    Some(Owner {
        what: format!("field manager {manager}"),
        what_to_do: format!("Change it where {manager} takes it from."),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn owners_are_known_by_what_they_leave_on_a_secret() {
        let applied = |manager: &str, key: &str| {
            json!({"managedFields": [{"manager": manager, "operation": "Apply",
                "fieldsV1": {"f:data": {".": {}, format!("f:{key}"): {}}}}]})
        };
        for (metadata, owner) in [
            (json!({}), None),
            (
                json!({"ownerReferences": [
                    {"kind": "ConfigMap", "name": "x"},
                    {"kind": "ExternalSecret", "name": "prefect", "controller": true}]}),
                Some("ExternalSecret prefect"),
            ),
            (
                json!({"ownerReferences": [{"kind": "SealedSecret", "name": "s"}]}),
                Some("SealedSecret s"),
            ),
            (
                json!({"labels": {"reconcile.external-secrets.io/managed": "true"}}),
                Some("External Secrets"),
            ),
            (
                json!({"annotations": {"meta.helm.sh/release-name": "prefect"},
                    "labels": {"app.kubernetes.io/managed-by": "Helm"}}),
                Some("Helm release prefect"),
            ),
            (
                json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}),
                Some("Flux Kustomization apps"),
            ),
            (
                json!({"annotations": {"argocd.argoproj.io/tracking-id": "a:b/c:d"}}),
                Some("Argo CD application a"),
            ),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "terraform"}}),
                Some("terraform"),
            ),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "kubectl-prefect"}}),
                None,
            ),
            (
                json!({"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}}),
                None,
            ),
            (
                applied("external-secrets", "key"),
                Some("field manager external-secrets"),
            ),
            (applied("external-secrets", "other"), None),
            (applied("kubectl", "key"), None),
            (applied("kubectl-prefect", "key"), None),
        ] {
            let found = of(&metadata).or_else(|| of_value(&metadata, "key"));
            let found = found.as_ref().map(|owner| owner.what.as_str());
            assert_eq!(found, owner, "{metadata}");
        }
    }
}
