//! Whether a Deployment's pods are those that it wants, by the rules of `kubectl rollout status`
//! (k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go).

use super::view::Deployment;

/// How far a rollout is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rollout {
    /// All pods are made from the template of now, and are ready.
    Done,
    /// Not yet, in words.
    Under(String),
    /// The Deployment has given up, in words.
    Stuck(String),
}

/// Judges a Deployment.
#[must_use]
pub fn rollout(deployment: &Deployment) -> Rollout {
    let (spec, status) = (&deployment.spec, &deployment.status);
    if status.observed_generation < deployment.metadata.generation {
        return Rollout::Under("its controller has not seen the change".to_owned());
    }
    let exceeded = status.conditions.iter().find(|condition| {
        condition.kind == "Progressing"
            && condition.reason.as_deref() == Some("ProgressDeadlineExceeded")
    });
    if let Some(condition) = exceeded {
        let message = condition.message.as_deref();
        return Rollout::Stuck(
            message
                .unwrap_or("its progress deadline is over")
                .to_owned(),
        );
    }
    let wanted = spec.replicas.unwrap_or(1);
    let (all, new, ready) = (
        status.replicas,
        status.updated_replicas,
        status.available_replicas,
    );
    if spec.paused && (new < wanted || all > new) {
        return Rollout::Stuck("it is paused (spec.paused)".to_owned());
    }
    if new < wanted {
        return Rollout::Under(format!("{new} of {wanted} new pods are made"));
    }
    if all > new {
        return Rollout::Under(format!("{} old pods have yet to end", all - new));
    }
    if ready < new {
        return Rollout::Under(format!("{ready} of {new} pods are ready"));
    }
    Rollout::Done
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rollout_is_done_when_only_new_pods_are_there_and_ready() {
        let judge = |status: serde_json::Value, paused: bool| {
            let deployment = json!({
                "metadata": {"generation": 3}, "spec": {"replicas": 2, "paused": paused}, "status": status,
            });
            rollout(&serde_json::from_value(deployment).unwrap())
        };
        let status = |observed: u64, all: u32, new: u32, ready: u32| {
            json!({"observedGeneration": observed, "replicas": all, "updatedReplicas": new,
                "availableReplicas": ready})
        };
        let under = |text: &str| Rollout::Under(text.to_owned());
        for (figures, expected) in [
            (
                status(2, 2, 2, 2),
                under("its controller has not seen the change"),
            ),
            (status(3, 3, 1, 2), under("1 of 2 new pods are made")),
            (status(3, 3, 2, 3), under("1 old pods have yet to end")),
            (status(3, 2, 2, 1), under("1 of 2 pods are ready")),
            (status(3, 2, 2, 2), Rollout::Done),
        ] {
            assert_eq!(judge(figures.clone(), false), expected, "{figures}");
        }
        assert_eq!(judge(status(3, 2, 2, 2), true), Rollout::Done);
        let paused = judge(status(3, 2, 0, 2), true);
        assert_eq!(
            paused,
            Rollout::Stuck("it is paused (spec.paused)".to_owned())
        );
        let exceeded = json!({"observedGeneration": 3, "conditions": [{"type": "Progressing",
            "status": "False", "reason": "ProgressDeadlineExceeded", "message": "too slow"}]});
        assert_eq!(
            judge(exceeded, false),
            Rollout::Stuck("too slow".to_owned())
        );
    }
}
