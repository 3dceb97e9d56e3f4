//! What changes from one set of values to another.

use serde::Serialize;
use serde_json::{Map, Value};

/// Values that are never shown.
const HIDDEN: &str = "worker.selfHostedServerApiConfig.basicAuth.authString";

/// A value that changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Its path, such as `worker.replicaCount`.
    pub path: String,
    /// What it was; nothing when it was not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it is; nothing when it is no longer given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// The values that differ, in the order of the old ones, new ones after them.
#[must_use]
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    walk(Some(before), Some(after), String::new(), &mut changes);
    for change in &mut changes {
        let is_hidden = HIDDEN.starts_with(&change.path) || change.path.starts_with(HIDDEN);
        for side in [&mut change.before, &mut change.after] {
            *side = side.take().map(|value| shown(value, is_hidden));
        }
    }
    changes
}

/// A value as it may be shown. Lists are of variables, volumes and whole objects, Secrets among
/// them: only their length is told.
fn shown(value: Value, is_hidden: bool) -> Value {
    match value {
        _ if is_hidden => "(hidden)".into(),
        Value::Array(items) if items.len() == 1 => "(1 item)".into(),
        Value::Array(items) => format!("({} items)", items.len()).into(),
        value => value,
    }
}

fn walk(before: Option<&Value>, after: Option<&Value>, path: String, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    let maps = |side: Option<&Value>| match side {
        None => Some(Map::new()),
        Some(side) => side.as_object().cloned(),
    };
    let (one, other) = match (maps(before), maps(after)) {
        // A map that comes or goes is told by its members, unless it has none.
        (Some(one), Some(other)) if !one.is_empty() || !other.is_empty() => (one, other),
        _ => {
            let (before, after) = (before.cloned(), after.cloned());
            return changes.push(Change {
                path,
                before,
                after,
            });
        }
    };
    let new = other.keys().filter(|key| !one.contains_key(*key));
    for key in one.keys().chain(new) {
        let path = match path.as_str() {
            "" => key.clone(),
            path => format!("{path}.{key}"),
        };
        walk(one.get(key), other.get(key), path, changes);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_that_differ_are_named_by_their_paths() {
        let before = json!({"worker": {"replicaCount": 1, "config": {"workPool": "a"}, "args": []}, "x": {}});
        let after =
            json!({"worker": {"replicaCount": 2, "args": [], "image": {"debug": true}}, "x": {}});
        let found = changes(&before, &after);
        let shown: Vec<_> = found
            .iter()
            .map(|change| {
                let text = |value: &Option<Value>| value.as_ref().map(ToString::to_string);
                (
                    change.path.as_str(),
                    text(&change.before),
                    text(&change.after),
                )
            })
            .collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            shown,
            [
                ("worker.replicaCount", text("1"), text("2")),
                ("worker.config.workPool", text("\"a\""), None),
                ("worker.image.debug", None, text("true")),
            ]
        );
        assert_eq!(changes(&after, &after), []);
        assert_eq!(changes(&json!({"a": {"b": 1}}), &json!({"a": 1})).len(), 1);
    }

    #[test]
    fn what_may_hold_a_password_is_not_shown() {
        let values = |text: &str| json!({"extraManifests": [{"stringData": {"a": text}}]});
        let found = changes(&values("s3cr3t"), &values("s3cr3t2"));
        assert_eq!(found[0].after, Some(json!("(1 item)")));
        let values = |text: &str| json!({"worker": {"selfHostedServerApiConfig": {"basicAuth": {"authString": text}}}});
        let found = changes(&values("s3cr3t"), &values("s3cr3t2"));
        assert_eq!(found.len(), 1);
        assert!(!format!("{found:?}").contains("s3cr3t"));
    }
}
