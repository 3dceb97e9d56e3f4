//! Why a worker does not get ready: its pods, what happened to them, and what they said last.

use jiff::Timestamp;
use serde_json::Value;

use super::rollout::cannot_create;
use crate::{
    k8s::{
        Cluster, EventView, Failure, Scope,
        view::{ContainerStatus, Phase, PodView, Terminated},
    },
    worker::diagnose::{Category, diagnose},
};

/// Pods that are told of: those of one Deployment ail from the same.
const PODS: usize = 2;
/// Events of a pod that are told.
const EVENTS: usize = 3;
/// Lines of a log that are told.
const LINES: u32 = 10;

/// What ails a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The container that does not run as it should, if it is one.
    pub container: Option<String>,
    /// What is the matter, without what changes from one try to the next.
    pub summary: String,
    /// What is the matter, with what Kubernetes says of it.
    pub words: String,
    /// What can be done about it.
    pub hint: Option<&'static str>,
}

/// What ails a pod, if anything does.
#[must_use]
pub fn of(pod: &PodView) -> Option<Trouble> {
    let status = &pod.status;
    let containers = || {
        let init = status.init_container_statuses.iter();
        init.chain(&status.container_statuses)
    };
    let container = containers()
        .find(|container| words(container).is_some())
        .map(|container| container.name.clone());
    if let Some(found) = diagnose(status) {
        return Some(Trouble {
            container,
            words: format!("{}: {}", found.summary, found.detail.trim_end_matches('.')),
            summary: found.summary,
            hint: Some(hint(found.category)),
        });
    }
    let (name, words) = containers().find_map(|it| Some((it.name.clone(), words(it)?)))?;
    Some(Trouble {
        container: Some(name),
        hint: None,
        summary: words.clone(),
        words,
    })
}

/// How a container of a pod ended, if it ended badly, was started again, and runs now. A worker that
/// crashes at its start runs for a moment each time.
#[must_use]
pub fn ended_before(pod: &PodView) -> Option<String> {
    let mut containers = pod.status.container_statuses.iter();
    containers.find_map(|container| {
        container.state.running.as_ref()?;
        let ended = container.last_state.terminated.as_ref()?;
        let words = badly_ended(&container.name, ended)?;
        Some(format!("{words} and was started again"))
    })
}

/// What keeps a container from running.
fn words(container: &ContainerStatus) -> Option<String> {
    let name = &container.name;
    let more = |message: &Option<String>| match message.as_deref() {
        None | Some("") => String::new(),
        Some(message) => format!(": {message}"),
    };
    if let Some(waiting) = &container.state.waiting {
        let reason = waiting.reason.as_deref().unwrap_or("waiting");
        if matches!(reason, "ContainerCreating" | "PodInitializing" | "waiting") {
            return None;
        }
        return Some(format!(
            "container '{name}': {reason}{}",
            more(&waiting.message)
        ));
    }
    let ended = container.state.terminated.as_ref()?;
    let words = badly_ended(name, ended)?;
    Some(format!("{words}{}", more(&ended.message)))
}

fn badly_ended(name: &str, ended: &Terminated) -> Option<String> {
    let code = ended.exit_code;
    let reason = ended.reason.as_deref().unwrap_or("Error");
    (code != 0).then(|| format!("container '{name}' ended with {code} ({reason})"))
}

const fn hint(category: Category) -> &'static str {
    match category {
        Category::ImagePullError => {
            "check worker.image.repository and worker.image.prefectTag, and worker.image.pullSecrets \
             for a private registry"
        }
        Category::CrashLoopBackOff => {
            "the container's last lines say why; often the address of the Prefect API is not one \
             that pods reach, or the values of worker.config do not fit"
        }
        Category::ContainerError => {
            "a Secret or ConfigMap that the container refers to is missing, or lacks the key; or its \
             command cannot be run"
        }
        Category::OomKilled => "raise worker.resources.limits.memory",
        Category::Evicted => {
            "raise worker.resources.requests, so that the pod gets a node that has what it needs"
        }
        Category::Unschedulable
        | Category::InsufficientResources
        | Category::NodeAffinity
        | Category::Taint => {
            "no node takes the pod: check worker.resources.requests, worker.nodeSelector, \
             worker.tolerations and worker.affinity"
        }
    }
}

/// What is told of a Deployment that does not get ready.
#[derive(Debug, Default)]
pub struct Explanation {
    /// Why.
    pub causes: Vec<String>,
    /// What to do.
    pub hints: Vec<String>,
}

/// Gathers all that can be told. What cannot be read is named in its place.
pub async fn explain(cluster: &Cluster, namespace: &str, deployment: &Value) -> Explanation {
    let mut told = Explanation::default();
    if let Some(why) = cannot_create(deployment) {
        told.causes.push(format!("pods cannot be made: {why}"));
    }
    let pods = match pods(cluster, namespace, deployment).await {
        Ok(pods) => pods,
        Err(failure) => {
            told.causes.push(failure.to_string());
            return told;
        }
    };
    // Those that are well say nothing of why others are not.
    let ailing = pods.iter().filter(|pod| of(pod).is_some()).count();
    let told_of = if ailing == 0 { pods.len() } else { ailing };
    for pod in pods.iter().take(told_of.min(PODS)) {
        of_pod(cluster, namespace, pod, &mut told).await;
    }
    told
}

/// The pods of a Deployment that are to stay: ailing ones first, then the newest.
///
/// # Errors
/// When they cannot be listed.
pub async fn pods(
    cluster: &Cluster,
    namespace: &str,
    deployment: &Value,
) -> Result<Vec<PodView>, Failure> {
    let scope = Scope::Namespace(namespace.to_owned());
    let labels = deployment["spec"]["selector"]["matchLabels"].as_object();
    let selector: Vec<String> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    let mut pods = cluster.list::<PodView>(&scope, &selector.join(",")).await?;
    pods.retain(|pod| {
        pod.metadata.deletion_timestamp.is_none() && pod.status.phase != Phase::Succeeded
    });
    let newest = |pod: &PodView| std::cmp::Reverse(pod.metadata.creation_timestamp);
    pods.sort_by_key(|pod| (of(pod).is_none(), newest(pod)));
    Ok(pods)
}

async fn of_pod(cluster: &Cluster, namespace: &str, pod: &PodView, told: &mut Explanation) {
    let name = &pod.metadata.name;
    let trouble = of(pod);
    let what = trouble.as_ref().map_or_else(
        || format!("{:?}", pod.status.phase).to_lowercase(),
        |trouble| trouble.words.clone(),
    );
    told.causes.push(format!("pod {name}: {what}"));
    if let Some(hint) = trouble.as_ref().and_then(|trouble| trouble.hint)
        && !told.hints.iter().any(|other| other == hint)
    {
        told.hints.push(hint.to_owned());
    }
    match cluster.events_of(namespace, &pod.metadata.uid).await {
        Ok(events) => told.causes.extend(last_events(&events)),
        Err(failure) => told
            .causes
            .push(format!("its events are not known: {failure}")),
    }
    let first = pod.status.container_statuses.first();
    let container = trouble
        .and_then(|trouble| trouble.container)
        .or_else(|| first.map(|container| container.name.clone()));
    let Some(container) = container else {
        return;
    };
    // A container that has never run has no log, and has been told of.
    if let Ok(tail) = cluster.log_tail(namespace, name, &container, LINES).await
        && !tail.text.trim().is_empty()
    {
        let text = tail.text.trim_end();
        told.causes.push(format!(
            "the last lines of container '{container}':\n{text}"
        ));
    }
}

/// The last events that are worth telling, oldest first.
fn last_events(events: &[EventView]) -> Vec<String> {
    let warnings: Vec<&EventView> = events.iter().filter(|it| it.kind == "Warning").collect();
    let from = warnings.len().saturating_sub(EVENTS);
    warnings[from..]
        .iter()
        .map(|event| {
            let often = match event.count {
                Some(count) if count > 1 => format!(", {count} times"),
                _ => String::new(),
            };
            let EventView {
                reason, message, ..
            } = event;
            format!("event {reason}{often}: {}", message.trim_end())
        })
        .collect()
}

/// When the last of the containers of some pods was started.
#[must_use]
pub fn started(pods: &[PodView]) -> Option<Timestamp> {
    pods.iter()
        .flat_map(|pod| &pod.status.container_statuses)
        .filter_map(|container| container.state.running.as_ref()?.started_at)
        .max()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(state: Value) -> PodView {
        serde_json::from_value(json!({
            "metadata": {"name": "p"},
            "status": {"phase": "Pending", "containerStatuses": [{"name": "w", "state": state}]},
        }))
        .unwrap()
    }

    #[test]
    fn a_container_says_what_ails_it() {
        let waiting = |reason: &str| pod(json!({"waiting": {"reason": reason, "message": "m"}}));
        for (pod, words, hint) in [
            (waiting("ContainerCreating"), None, ""),
            (
                waiting("CreateContainerConfigError"),
                Some("container 'w' cannot be started: CreateContainerConfigError: m"),
                "a Secret or ConfigMap",
            ),
            (
                waiting("ImagePullBackOff"),
                Some("the image of container 'w' cannot be pulled: ImagePullBackOff: m"),
                "check worker.image",
            ),
            (
                pod(json!({"terminated": {"exitCode": 3, "reason": "Error"}})),
                Some("container 'w' ended with 3 (Error)"),
                "",
            ),
            (pod(json!({"running": {}})), None, ""),
        ] {
            let trouble = of(&pod);
            assert_eq!(trouble.as_ref().map(|it| it.words.as_str()), words);
            let told = trouble.and_then(|it| it.hint).unwrap_or_default();
            assert!(told.starts_with(hint), "{told}");
        }
    }

    #[test]
    fn a_container_that_runs_again_says_how_it_ended() {
        let pod = |state: Value, code: i32| -> PodView {
            let last = json!({"terminated": {"exitCode": code, "reason": "Error"}});
            serde_json::from_value(json!({
                "metadata": {"name": "p"},
                "status": {"phase": "Running", "containerStatuses": [
                    {"name": "w", "state": state, "lastState": last},
                ]},
            }))
            .unwrap()
        };
        for (pod, words) in [
            (
                pod(json!({"running": {}}), 3),
                Some("container 'w' ended with 3 (Error) and was started again"),
            ),
            (pod(json!({"running": {}}), 0), None),
            (
                pod(json!({"waiting": {"reason": "CrashLoopBackOff"}}), 3),
                None,
            ),
        ] {
            assert_eq!(ended_before(&pod).as_deref(), words);
        }
    }

    #[test]
    fn the_last_warnings_are_told() {
        let event = |kind: &str, reason: &str, count| EventView {
            kind: kind.to_owned(),
            reason: reason.to_owned(),
            message: "m".to_owned(),
            count,
            ..EventView::default()
        };
        let events = [
            event("Warning", "First", None),
            event("Warning", "A", Some(1)),
            event("Normal", "Pulled", None),
            event("Warning", "B", Some(4)),
            event("Warning", "C", None),
        ];
        assert_eq!(
            last_events(&events),
            ["event A: m", "event B, 4 times: m", "event C: m"]
        );
    }
}
