//! What a plan changes in each object, as people may see it: secrets are hidden.

use serde_json::Value;

use super::plan::{Action, Step, compare::cleaned, mask::mask};

/// An object before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// What it is called: `deployment.apps/prefect-worker in namespace flows`.
    pub name: String,
    /// As it is; nothing when it is not there.
    pub before: Option<Value>,
    /// As it would be; nothing when it would be deleted.
    pub after: Option<Value>,
}

impl Difference {
    /// What a step changes; nothing when it leaves the object as it is.
    #[must_use]
    pub fn of(step: &Step) -> Option<Self> {
        if step.action == Action::Unchanged {
            return None;
        }
        let live = step.live.as_ref().map(cleaned);
        let wanted = step.result.as_ref().or(step.manifest.as_ref()).map(cleaned);
        let wanted = wanted.filter(|_| step.action != Action::Delete);
        let (mut before, mut after) = (
            live.clone().unwrap_or_default(),
            wanted.clone().unwrap_or_default(),
        );
        mask(&mut before, &mut after);
        let object = &step.object;
        let name = match &object.namespace {
            Some(namespace) => format!("{} in namespace {namespace}", object.kubectl_name()),
            None => object.kubectl_name(),
        };
        Some(Self {
            name,
            before: live.map(|_| before),
            after: wanted.map(|_| after),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::k8s::{ObjectRef, Resource};

    #[test]
    fn a_deleted_object_has_no_after_and_no_secret() {
        let step = Step {
            object: ObjectRef {
                resource: Resource::secrets(),
                namespace: Some("flows".to_owned()),
                name: "s".to_owned(),
            },
            action: Action::Delete,
            manifest: None,
            live: Some(
                json!({"kind": "Secret", "metadata": {"uid": "1"}, "data": {"a": "s3cr3t"}}),
            ),
            result: None,
            note: None,
            from_helm: false,
        };
        let difference = Difference::of(&step).unwrap();
        assert_eq!(difference.name, "secret/s in namespace flows");
        assert_eq!(difference.after, None);
        let before = difference.before.unwrap();
        assert_eq!(
            before,
            json!({"kind": "Secret", "metadata": {}, "data": {"a": "(hidden)"}})
        );
        let unchanged = Step {
            action: Action::Unchanged,
            ..step
        };
        assert_eq!(Difference::of(&unchanged), None);
    }
}
