//! Whether a pod's end was the infrastructure's doing: read from its status alone.

use super::diagnose::{self, Category};
use crate::k8s::view::PodStatus;

/// What the infrastructure did to a pod, or could not do for it: an eviction, a preemption, a node
/// that was lost, drained or shut down, an image that cannot be pulled, no node that takes it. What
/// a container did by itself is no disruption.
///
/// <https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions>
#[must_use]
pub fn disruption(status: &PodStatus) -> Option<String> {
    const REASONS: [&str; 8] = [
        "Evicted",
        "NodeAffinity",
        "NodeLost",
        "NodeShutdown",
        "Preempting",
        "Shutdown",
        "Terminated",
        "UnexpectedAdmissionError",
    ];
    let target = status
        .conditions
        .iter()
        .find(|condition| condition.kind == "DisruptionTarget" && condition.is_true());
    if let Some(condition) = target {
        let reason = condition.reason.as_deref().unwrap_or("DisruptionTarget");
        return Some(disrupted(reason, condition.message.as_deref()));
    }
    if let Some(reason) = status.reason.as_deref()
        && (REASONS.contains(&reason) || reason.starts_with("OutOf"))
    {
        return Some(disrupted(reason, status.message.as_deref()));
    }
    let diagnosis = diagnose::diagnose(status)?;
    match diagnosis.category {
        Category::OomKilled | Category::CrashLoopBackOff => None,
        Category::Evicted => Some(diagnosis.summary),
        _ => Some(format!("{}: {}", diagnosis.summary, diagnosis.detail)),
    }
}

fn disrupted(reason: &str, message: Option<&str>) -> String {
    let message = message.unwrap_or_default().trim_end_matches(['.', ' ']);
    format!(
        "its pod was disrupted ({})",
        diagnose::join(reason, message)
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_is_the_infrastructures_doing() {
        let condition = |kind: &str, reason: &str| {
            json!({"conditions": [
                {"type": kind, "status": "True", "reason": reason, "message": "because"},
            ]})
        };
        let waiting = |reason: &str| json!({"containerStatuses": [{"name": "c", "state": {"waiting": {"reason": reason}}}]});
        let ended = |code: i32, reason: &str| {
            let terminated = json!({"exitCode": code, "reason": reason});
            json!({"containerStatuses": [{"name": "c", "state": {"terminated": terminated}}]})
        };
        let table: [(&str, Value, Option<&str>); 10] = [
            ("nothing", json!({}), None),
            (
                "a drain",
                condition("DisruptionTarget", "EvictionByEvictionAPI"),
                Some("EvictionByEvictionAPI: because"),
            ),
            (
                "a preemption",
                condition("DisruptionTarget", "PreemptionByScheduler"),
                Some("PreemptionByScheduler"),
            ),
            ("another condition", condition("Ready", "x"), None),
            ("pressure", json!({"reason": "Evicted"}), Some("Evicted")),
            ("no room", json!({"reason": "OutOfcpu"}), Some("OutOfcpu")),
            (
                "an image",
                waiting("ErrImagePull"),
                Some("cannot be pulled"),
            ),
            ("a crash loop", waiting("CrashLoopBackOff"), None),
            ("its own memory", ended(137, "OOMKilled"), None),
            ("its own error", ended(1, "Error"), None),
        ];
        for (name, status, expected) in table {
            let status: PodStatus = serde_json::from_value(status).unwrap();
            let found = disruption(&status);
            match expected {
                None => assert_eq!(found, None, "{name}"),
                Some(text) => assert!(found.as_ref().unwrap().contains(text), "{name}: {found:?}"),
            }
        }
    }
}
