//! The rights that an installation needs, all of them asked for before the first is used.

use std::collections::BTreeSet;

use crate::{
    error::{Error, Result},
    install::{plan::Desired, release::ReleaseId},
    k8s::{self, Cluster, Permission},
};

/// Verbs that every object of a release needs.
const OBJECT: [&str; 4] = ["get", "list", "create", "patch"];
/// Verbs that its bookkeeping needs: the ApplySet's parent and the revisions.
const BOOKKEEPING: [&str; 5] = ["get", "list", "create", "patch", "delete"];

/// The rights that an installation of these objects needs.
#[must_use]
pub fn needed(
    release: &ReleaseId,
    desired: &[Desired],
    missing_namespaces: &BTreeSet<String>,
) -> Vec<Permission> {
    let mut needed = bookkeeping(release);
    for Desired { object, .. } in desired {
        let resource = &object.resource;
        for verb in OBJECT {
            let namespace = object.namespace.as_deref();
            needed.push(Permission::new(
                verb,
                &resource.group,
                &resource.plural,
                namespace,
            ));
        }
    }
    if !missing_namespaces.is_empty() {
        needed.push(Permission::new("create", "", "namespaces", None));
    }
    let mut seen = BTreeSet::new();
    needed.retain(|permission| seen.insert(permission.clone()));
    needed
}

/// The rights that the bookkeeping of a release needs.
#[must_use]
pub fn bookkeeping(release: &ReleaseId) -> Vec<Permission> {
    let namespace = Some(release.namespace.as_str());
    BOOKKEEPING
        .map(|verb| Permission::new(verb, "", "secrets", namespace))
        .into()
}

/// Asks for rights.
///
/// # Errors
/// When some are missing: each is named, with the Role that would grant them.
pub async fn check(cluster: &Cluster, release: &ReleaseId, needed: &[Permission]) -> Result<()> {
    let lacking = cluster.lacking_rules(needed).await?;
    if lacking.is_empty() {
        return Ok(());
    }
    let subject = cluster.whoami().await?;
    let mut error =
        Error::unreachable(format!("{subject} may not change release {}", release.name));
    error.causes = by_kind(&lacking);
    let roles = k8s::as_roles(&lacking, "kubectl-prefect-install", &subject)?;
    Err(error.hint(format!(
        "somebody who may grant rights allows it with kubectl apply -f - and:\n{}",
        roles.trim_end()
    )))
}

/// Rights that are missing, those to one kind in one sentence.
fn by_kind(lacking: &[Permission]) -> Vec<String> {
    let mut causes: Vec<(Permission, Vec<&str>)> = Vec::new();
    for permission in lacking {
        let kind = Permission {
            verb: String::new(),
            ..permission.clone()
        };
        match causes.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, verbs)) => verbs.push(&permission.verb),
            None => causes.push((kind, vec![&permission.verb])),
        }
    }
    let words = |(kind, verbs): (Permission, Vec<&str>)| {
        let verb = verbs.join(", ");
        format!("missing: {}", Permission { verb, ..kind })
    };
    causes.into_iter().map(words).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::k8s::{ObjectRef, Resource};

    #[test]
    fn every_verb_of_every_kind_is_asked_for_once() {
        let release = ReleaseId {
            name: "w".to_owned(),
            namespace: "flows".to_owned(),
        };
        let object = |kind: &str| Desired {
            object: ObjectRef {
                resource: Resource::well_known("rbac.authorization.k8s.io", None, kind).unwrap(),
                namespace: Some("jobs".to_owned()),
                name: "x".to_owned(),
            },
            manifest: Value::Null,
        };
        let desired = [object("Role"), object("Role"), object("RoleBinding")];
        let missing = BTreeSet::from(["jobs".to_owned()]);
        let needed = needed(&release, &desired, &missing);
        assert_eq!(needed.len(), 5 + 4 + 4 + 1);
        assert_eq!(
            by_kind(&needed),
            [
                "missing: get, list, create, patch, delete secrets in namespace flows",
                "missing: get, list, create, patch roles.rbac.authorization.k8s.io in namespace jobs",
                "missing: get, list, create, patch rolebindings.rbac.authorization.k8s.io in namespace jobs",
                "missing: create namespaces in the whole cluster",
            ]
        );
    }
}
