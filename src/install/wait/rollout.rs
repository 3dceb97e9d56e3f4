//! How far a Deployment has been rolled out: the rules of `kubectl rollout status`
//! (k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go).

use serde_json::Value;

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rollout {
    /// All pods are of the newest kind and available; so many of them.
    Done(u64),
    /// It goes on; what is still awaited.
    Going(String),
    /// It does not go on by itself; why.
    Stuck(String),
}

/// Reads it out of a Deployment.
#[must_use]
pub fn rollout(deployment: &Value) -> Rollout {
    let (spec, status) = (&deployment["spec"], &deployment["status"]);
    let count = |field: &str| status[field].as_u64().unwrap_or(0);
    let generation = deployment["metadata"]["generation"].as_u64();
    if status["observedGeneration"].as_u64() < generation {
        return Rollout::Going("the change has not been seen to yet".to_owned());
    }
    if spec["paused"] == true {
        return Rollout::Stuck(
            "the Deployment is paused (kubectl rollout resume lets it go on)".to_owned(),
        );
    }
    if let Some(message) = condition(deployment, "Progressing", "ProgressDeadlineExceeded") {
        return Rollout::Stuck(message);
    }
    let wanted = spec["replicas"].as_u64().unwrap_or(1);
    let (all, updated, available) = (
        count("replicas"),
        count("updatedReplicas"),
        count("availableReplicas"),
    );
    if updated < wanted {
        return Rollout::Going(format!("{updated} of {wanted} new pods have been made"));
    }
    if all > updated {
        return Rollout::Going(format!("{} of the old pods have not ended", all - updated));
    }
    if available < updated {
        return Rollout::Going(format!("{available} of {updated} pods are available"));
    }
    Rollout::Done(updated)
}

/// The message of a condition with this reason.
fn condition(deployment: &Value, kind: &str, reason: &str) -> Option<String> {
    let conditions = deployment["status"]["conditions"].as_array()?;
    let found = conditions
        .iter()
        .find(|condition| condition["type"] == kind && condition["reason"] == reason)?;
    Some(found["message"].as_str().unwrap_or(reason).to_owned())
}

/// Why pods cannot be made, where that is so: a quota, an admission webhook, a service account that
/// is missing.
#[must_use]
pub fn cannot_create(deployment: &Value) -> Option<String> {
    let conditions = deployment["status"]["conditions"].as_array()?;
    let found = conditions
        .iter()
        .find(|condition| condition["type"] == "ReplicaFailure" && condition["status"] == "True")?;
    found["message"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rollout_is_done_when_only_new_pods_are_there_and_available() {
        let deployment = |observed: u64, replicas: [u64; 3]| {
            json!({
                "metadata": {"generation": 2},
                "spec": {"replicas": 2},
                "status": {
                    "observedGeneration": observed, "replicas": replicas[0],
                    "updatedReplicas": replicas[1], "availableReplicas": replicas[2],
                },
            })
        };
        for (observed, replicas, expected) in [
            (1, [2, 2, 2], Some("the change has not been seen to yet")),
            (2, [2, 1, 2], Some("1 of 2 new pods have been made")),
            (2, [3, 2, 3], Some("1 of the old pods have not ended")),
            (2, [2, 2, 1], Some("1 of 2 pods are available")),
            (2, [2, 2, 2], None),
        ] {
            let expected =
                expected.map_or(Rollout::Done(2), |words| Rollout::Going(words.to_owned()));
            assert_eq!(rollout(&deployment(observed, replicas)), expected);
        }
        let mut none = deployment(2, [0, 0, 0]);
        none["spec"]["replicas"] = 0.into();
        assert_eq!(rollout(&none), Rollout::Done(0));
        none["spec"]["paused"] = true.into();
        assert!(matches!(rollout(&none), Rollout::Stuck(_)));
    }

    #[test]
    fn conditions_say_why_it_does_not_go_on() {
        let deployment = json!({"status": {"conditions": [
            {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"},
            {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"},
        ]}});
        assert_eq!(rollout(&deployment), Rollout::Stuck("timed out".to_owned()));
        assert_eq!(
            cannot_create(&deployment).as_deref(),
            Some("exceeded quota")
        );
        assert_eq!(cannot_create(&json!({})), None);
    }
}
