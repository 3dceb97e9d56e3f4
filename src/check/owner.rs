//! Who else manages the worker: their next change undoes what is done here.

use super::{
    finding::{Finding, Findings, ok, warn},
    world::World,
};
use crate::{
    deployed::Deployment,
    k8s::{Keeper, documents::DEPLOYMENT},
};

/// The name of a worker's Deployment whose name is not given.
const DEFAULT_NAME: &str = "prefect-worker";

/// Who made the worker, when it was not this program.
pub async fn owner(world: &World) -> Findings {
    if !world.plan.before {
        let installed = world.installed().await?;
        return Ok(installed
            .iter()
            .map(|it| judge_owner(&it.deployment))
            .collect());
    }
    let planned = world.plan.planned.as_ref();
    let name = planned
        .map(|planned| planned.deployment.metadata.name.as_str())
        .or(world.plan.name.as_deref())
        .unwrap_or(DEFAULT_NAME);
    let namespace = world.namespace()?;
    let found: Option<Deployment> = world
        .cluster()
        .await?
        .find_document(DEPLOYMENT, Some(namespace), name)
        .await?;
    Ok(vec![match found {
        Some(found) => judge_owner(&found),
        None => ok(format!(
            "there is no Deployment {name} in namespace {namespace} yet"
        )),
    }])
}

fn judge_owner(deployment: &Deployment) -> Finding {
    let meta = &deployment.metadata;
    let name = &meta.name;
    let mark = |key: &str| {
        let mark = meta.labels.get(key).or_else(|| meta.annotations.get(key));
        mark.map(String::as_str)
    };
    match (Keeper::of(mark), mark("app.kubernetes.io/managed-by")) {
        (Some(keeper @ (Keeper::ArgoCd(_) | Keeper::Flux { .. })), _) => warn(
            format!("Deployment {name} belongs to {keeper}"),
            "Change its source in Git: what is changed here is changed back.",
        ),
        (Some(keeper @ Keeper::Helm { .. }), _) => warn(
            format!("Deployment {name} belongs to {keeper}"),
            "Upgrade it with Helm, or let kubectl prefect install --adopt take it over.",
        ),
        (None, Some("kubectl-prefect")) => {
            ok(format!("Deployment {name} belongs to kubectl-prefect"))
        }
        (None, Some(other)) => warn(
            format!("Deployment {name} is managed by {other}"),
            format!("Change it through {other}, or it may be changed back."),
        ),
        (None, None) => ok(format!(
            "Deployment {name} belongs to nobody who would change it back"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn owners_are_known_by_their_marks() {
        let seen = |metadata: Value| {
            let mut metadata = metadata;
            metadata["name"] = "w".into();
            let deployment = json!({ "metadata": metadata });
            judge_owner(&serde_json::from_value(deployment).unwrap()).seen
        };
        for (metadata, owner) in [
            (json!({}), "belongs to nobody"),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "kubectl-prefect"}}),
                "belongs to kubectl-prefect",
            ),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": {"meta.helm.sh/release-name": "r"}}),
                "belongs to Helm release r",
            ),
            (
                json!({"annotations": {"argocd.argoproj.io/tracking-id": "x", "meta.helm.sh/release-name": "r"}}),
                "belongs to Argo CD application x",
            ),
            (
                json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}),
                "belongs to Flux Kustomization apps",
            ),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "terraform"}}),
                "is managed by terraform",
            ),
        ] {
            let seen = seen(metadata);
            assert!(seen.contains(owner), "{owner}: {seen}");
        }
    }
}
