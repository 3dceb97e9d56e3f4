//! The PodDisruptionBudget: how many workers a drain of nodes must leave.

use serde_json::{Value, json};

use super::{
    Release,
    metadata::{WORKER_DEPLOYMENT, selector_labels, usual_metadata},
};
use crate::{
    error::Result,
    install::values::model::{IntOrPercent, PodDisruptionBudget},
};

const PATH: &str = "worker.podDisruptionBudget";

/// Whether there is one; pods then have a label more.
pub fn is_given(budget: &PodDisruptionBudget) -> bool {
    *budget != PodDisruptionBudget::default()
}

/// Renders it when it is given.
///
/// # Errors
/// When it says two things at once, or lets no node ever be drained.
pub fn render(release: &Release<'_>) -> Result<Option<Value>> {
    let budget = &release.worker().pod_disruption_budget;
    if !is_given(budget) {
        return Ok(None);
    }
    check(release, budget)?;
    let mut selector = selector_labels(release);
    selector[WORKER_DEPLOYMENT] = release.definitions.fullname.as_str().into();
    let mut spec = json!({"selector": {"matchLabels": selector}});
    if let (Some(spec), Ok(Value::Object(given))) =
        (spec.as_object_mut(), serde_json::to_value(budget))
    {
        spec.extend(given);
    }
    Ok(Some(json!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": usual_metadata(release)?,
        "spec": spec,
    })))
}

fn check(release: &Release<'_>, budget: &PodDisruptionBudget) -> Result<()> {
    let replicas = release.most_replicas();
    let amount = |key: &str, given: Option<&IntOrPercent>| {
        let path = format!("{PATH}.{key}");
        let Some(given) = given else {
            return Ok(None);
        };
        let pods = given.of(replicas).filter(|pods| *pods >= 0);
        match pods {
            Some(pods) => Ok(Some((path, pods))),
            None => Err(release.error(
                &path,
                "a number of pods from 0 on, or a percentage such as 50%, is expected",
            )),
        }
    };
    let most_down = amount("maxUnavailable", budget.max_unavailable.as_ref())?;
    let least_up = amount("minAvailable", budget.min_available.as_ref())?;
    match (most_down, least_up) {
        (Some(_), Some(_)) => Err(release
            .error(PATH, "maxUnavailable and minAvailable are given at once")
            .cause("Kubernetes takes one of them")),
        (Some((path, 0)), None) => Err(blocks(
            release,
            &path,
            "it lets no worker be down".to_owned(),
        )),
        (None, Some((path, least))) if least >= replicas && replicas > 0 => {
            let why =
                format!("{least} of at most {replicas} worker(s) must be up, so none may be down");
            Err(blocks(release, &path, why))
        }
        _ => Ok(()),
    }
}

fn blocks(release: &Release<'_>, path: &str, why: String) -> crate::error::Error {
    release
        .error(path, "no node that runs a worker could ever be drained")
        .cause(why)
        .hint("allow one worker to be down, with maxUnavailable: 1, or raise worker.replicaCount")
}
