//! Why a pod does not get on: read from its status alone, in words that help.
//!
//! The categories and the order in which they are looked for are those of
//! prefect-kubernetes (`diagnostics.py`): automations match on them.

use std::fmt;

use crate::k8s::view::{ContainerStatus, PodStatus};

/// The kind of trouble. The text form is what events carry as `kubernetes.diagnosis`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// The image cannot be pulled.
    ImagePullError,
    /// The container ends again and again.
    CrashLoopBackOff,
    /// The container cannot be started.
    ContainerError,
    /// The container used more memory than it may.
    OomKilled,
    /// The pod was put off its node.
    Evicted,
    /// No node takes the pod, for a reason that has no category of its own.
    Unschedulable,
    /// No node has enough left.
    InsufficientResources,
    /// No node is selected by the pod.
    NodeAffinity,
    /// The nodes have taints that the pod does not tolerate.
    Taint,
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ImagePullError => "ImagePullError",
            Self::CrashLoopBackOff => "CrashLoopBackOff",
            Self::ContainerError => "ContainerError",
            Self::OomKilled => "OOMKilled",
            Self::Evicted => "Evicted",
            Self::Unschedulable => "Unschedulable",
            Self::InsufficientResources => "Unschedulable.InsufficientResources",
            Self::NodeAffinity => "Unschedulable.NodeAffinity",
            Self::Taint => "Unschedulable.Taint",
        })
    }
}

/// What is wrong with a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// The kind of trouble.
    pub category: Category,
    /// Whether it will not go away by itself.
    pub is_error: bool,
    /// Whether Prefect's observer finds this trouble too: events tell no other.
    pub is_prefects: bool,
    /// What is the matter.
    pub summary: String,
    /// What Kubernetes says.
    pub detail: String,
    /// What can be done.
    pub resolution: &'static str,
}

impl Diagnosis {
    /// What is said of the pod of this name.
    #[must_use]
    pub fn of_pod(&self, name: &str) -> String {
        format!("Pod {name}: {self}")
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.summary, self.detail.trim_end_matches('.'))?;
        write!(f, ". {}", self.resolution)
    }
}

const PULL: &str = "Check the image's name and tag, that it exists in the registry, and that the \
                    pod has an image pull secret if the registry is private.";
const CRASH_LOOP: &str = "Look at the container's log for the cause; check its command, its \
                          environment and its mounted volumes.";
const NOT_STARTED: &str = "Check that the Secrets and ConfigMaps that the container refers to \
                           exist and have the keys, and its command and volumes.";
const MEMORY: &str = "Raise the container's memory limit (job variable memory_limit, if the \
                      template has it), or let the flow use less.";
const EVICTION: &str = "Look for pressure on the node's memory, disk or processes; request what \
                        the pod needs, so that it gets a node that has it.";
const SCHEDULING: &str = "Check that a node has enough left for the pod's requests and matches its \
                          node selector, affinity and tolerations; or add a node.";

/// Finds out what is wrong, if anything is.
#[must_use]
pub fn diagnose(status: &PodStatus) -> Option<Diagnosis> {
    containers(status)
        .find_map(waiting)
        .or_else(|| containers(status).find_map(terminated))
        .or_else(|| unschedulable(status))
        .or_else(|| evicted(status))
        .or_else(|| containers(status).find_map(never_started))
}

fn containers(status: &PodStatus) -> impl Iterator<Item = &ContainerStatus> {
    let init = status.init_container_statuses.iter();
    init.chain(&status.container_statuses)
}

fn waiting(container: &ContainerStatus) -> Option<Diagnosis> {
    let waiting = container.state.waiting.as_ref()?;
    let reason = waiting.reason.as_deref()?;
    let message = waiting.message.as_deref().unwrap_or_default();
    let name = &container.name;
    match reason {
        "ImagePullBackOff" | "ErrImagePull" => Some(not_pulled(name, reason, message)),
        "CrashLoopBackOff" => Some(Diagnosis {
            category: Category::CrashLoopBackOff,
            is_error: true,
            is_prefects: true,
            summary: format!("container '{name}' ends again and again"),
            detail: join(reason, message),
            resolution: CRASH_LOOP,
        }),
        _ => None,
    }
}

fn not_pulled(container: &str, reason: &str, message: &str) -> Diagnosis {
    Diagnosis {
        category: Category::ImagePullError,
        is_error: true,
        is_prefects: true,
        summary: format!("the image of container '{container}' cannot be pulled"),
        detail: join(reason, message),
        resolution: PULL,
    }
}

/// What Prefect's observer does not look for: an image that is not even tried to be pulled, and a
/// container that the kubelet cannot make or start. The reasons are the kubelet's
/// (`pkg/kubelet/images/types.go`, `pkg/kubelet/container/sync_result.go`).
fn never_started(container: &ContainerStatus) -> Option<Diagnosis> {
    let waiting = container.state.waiting.as_ref()?;
    let reason = waiting.reason.as_deref()?;
    let message = waiting.message.as_deref().unwrap_or_default();
    let name = &container.name;
    match reason {
        "InvalidImageName" | "ErrImageNeverPull" => Some(Diagnosis {
            is_prefects: false,
            ..not_pulled(name, reason, message)
        }),
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
            Some(Diagnosis {
                category: Category::ContainerError,
                is_error: true,
                is_prefects: false,
                summary: format!("container '{name}' cannot be started"),
                detail: join(reason, message),
                resolution: NOT_STARTED,
            })
        }
        _ => None,
    }
}

fn terminated(container: &ContainerStatus) -> Option<Diagnosis> {
    let terminated = container.state.terminated.as_ref()?;
    let name = &container.name;
    match terminated.reason.as_deref()? {
        "OOMKilled" => Some(Diagnosis {
            category: Category::OomKilled,
            is_error: true,
            is_prefects: true,
            summary: format!("container '{name}' ran out of memory"),
            detail: "OOMKilled: it used more than its limit and was killed".to_owned(),
            resolution: MEMORY,
        }),
        "Evicted" => Some(Diagnosis {
            category: Category::Evicted,
            is_error: false,
            is_prefects: true,
            summary: format!("container '{name}' was evicted"),
            detail: "the pod was put off its node".to_owned(),
            resolution: EVICTION,
        }),
        _ => None,
    }
}

fn unschedulable(status: &PodStatus) -> Option<Diagnosis> {
    let condition = status.conditions.iter().find(|condition| {
        condition.kind == "PodScheduled" && condition.reason.as_deref() == Some("Unschedulable")
    })?;
    let message = condition.message.as_deref().unwrap_or_default();
    let text = message.to_lowercase();
    let category = if text.contains("taint") {
        Category::Taint
    } else if text.contains("affinity") || text.contains("node selector") {
        Category::NodeAffinity
    } else if text.contains("insufficient") {
        Category::InsufficientResources
    } else {
        Category::Unschedulable
    };
    Some(Diagnosis {
        category,
        is_error: false,
        is_prefects: true,
        summary: "no node takes the pod".to_owned(),
        detail: join("Unschedulable", message),
        resolution: SCHEDULING,
    })
}

fn evicted(status: &PodStatus) -> Option<Diagnosis> {
    (status.reason.as_deref() == Some("Evicted")).then(|| Diagnosis {
        category: Category::Evicted,
        is_error: false,
        is_prefects: true,
        summary: "the pod was evicted".to_owned(),
        detail: join("Evicted", status.message.as_deref().unwrap_or_default()),
        resolution: EVICTION,
    })
}

/// What the containers of a pod ended with, if one ended badly: for the message of a crash.
#[must_use]
pub fn bad_end(status: &PodStatus) -> Option<String> {
    containers(status).find_map(|container| {
        let now = container.state.terminated.as_ref();
        let ended = now.or(container.last_state.terminated.as_ref())?;
        let reason = ended.reason.as_deref().unwrap_or_default();
        if ended.exit_code == 0 && reason != "OOMKilled" {
            return None;
        }
        let mut text = format!(
            "container {} exited with {}",
            container.name, ended.exit_code
        );
        if !reason.is_empty() && reason != "Error" {
            text.push_str(&format!(" ({reason})"));
        }
        Some(text)
    })
}

pub(super) fn join(reason: &str, message: &str) -> String {
    if message.is_empty() {
        reason.to_owned()
    } else {
        format!("{reason}: {message}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(value: serde_json::Value) -> PodStatus {
        serde_json::from_value(value).unwrap()
    }

    fn waiting_for(reason: &str, message: &str) -> PodStatus {
        status(json!({"phase": "Pending", "containerStatuses": [
            {"name": "prefect-job", "state": {"waiting": {"reason": reason, "message": message}}}]}))
    }

    fn unscheduled(message: &str) -> PodStatus {
        status(
            json!({"phase": "Pending", "conditions": [{"type": "PodScheduled",
            "status": "False", "reason": "Unschedulable", "message": message}]}),
        )
    }

    #[test]
    fn categories() {
        let oom = json!({"phase": "Failed", "containerStatuses": [
            {"name": "c", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]});
        let init = json!({"phase": "Pending", "initContainerStatuses": [
            {"name": "i", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]});
        let table = [
            (waiting_for("ErrImagePull", "x"), "ImagePullError"),
            (waiting_for("ImagePullBackOff", ""), "ImagePullError"),
            (waiting_for("InvalidImageName", "x"), "ImagePullError"),
            (
                waiting_for("CreateContainerConfigError", "secret \"s\" not found"),
                "ContainerError",
            ),
            (status(init), "CrashLoopBackOff"),
            (status(oom), "OOMKilled"),
            (
                status(json!({"phase": "Failed", "reason": "Evicted", "message": "disk"})),
                "Evicted",
            ),
            (
                unscheduled("0/1 nodes are available: 1 Insufficient cpu."),
                "Unschedulable.InsufficientResources",
            ),
            (
                unscheduled("1 node(s) had untolerated taint {a: b}."),
                "Unschedulable.Taint",
            ),
            (
                unscheduled("1 node(s) didn't match Pod's node affinity/selector."),
                "Unschedulable.NodeAffinity",
            ),
            (unscheduled("no nodes available"), "Unschedulable"),
        ];
        for (status, category) in table {
            let diagnosis = diagnose(&status).unwrap();
            assert_eq!(diagnosis.category.to_string(), category, "{status:?}");
        }
    }

    #[test]
    fn a_pod_that_gets_on_has_no_diagnosis() {
        assert_eq!(diagnose(&waiting_for("ContainerCreating", "")), None);
        assert_eq!(diagnose(&PodStatus::default()), None);
    }

    #[test]
    fn the_message_says_what_why_and_what_to_do() {
        let diagnosis = diagnose(&waiting_for("ErrImagePull", "no such image.")).unwrap();
        assert_eq!(
            diagnosis.to_string(),
            format!(
                "the image of container 'prefect-job' cannot be pulled: ErrImagePull: no such \
                 image. {PULL}"
            )
        );
    }

    #[test]
    fn bad_ends() {
        let ended = |code: i32, reason: &str| {
            status(json!({"containerStatuses": [{"name": "c",
                "state": {"terminated": {"exitCode": code, "reason": reason}}}]}))
        };
        assert_eq!(bad_end(&ended(0, "Completed")), None);
        assert_eq!(
            bad_end(&ended(1, "Error")).as_deref(),
            Some("container c exited with 1")
        );
        assert_eq!(
            bad_end(&ended(137, "OOMKilled")).as_deref(),
            Some("container c exited with 137 (OOMKilled)")
        );
    }
}
