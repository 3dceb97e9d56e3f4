//! An object as it is beside the object as it would be.

use serde_json::{Map, Value};

/// Fields of `metadata` that the API server writes and nobody wants.
const SERVERS_OWN: [&str; 7] = [
    "managedFields",
    "resourceVersion",
    "uid",
    "creationTimestamp",
    "generation",
    "selfLink",
    "deletionGracePeriodSeconds",
];
/// How many changed fields are named.
const MOST_NAMED: usize = 3;

/// What a person wants to see of an object: what somebody wants of it, not how it is getting on.
#[must_use]
pub fn cleaned(object: &Value) -> Value {
    let Value::Object(members) = object else {
        return object.clone();
    };
    // What it is stands first, wherever it came from: lists and answers have other orders.
    let first = ["apiVersion", "kind", "metadata"];
    let named = first.iter().filter_map(|key| members.get_key_value(*key));
    let rest = members
        .iter()
        .filter(|(key, _)| !first.contains(&key.as_str()) && *key != "status");
    let mut object: Value = named
        .chain(rest)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in SERVERS_OWN {
            metadata.remove(field);
        }
    }
    object
}

/// Whether applying would leave an object as it is, ownership of its fields included.
#[must_use]
pub fn is_unchanged(live: &Value, applied: &Value) -> bool {
    cleaned(live) == cleaned(applied) && ownership(live) == ownership(applied)
}

/// Who owns which fields; when they last changed them is of no account.
fn ownership(object: &Value) -> Vec<Value> {
    let entries = object["metadata"]["managedFields"].as_array();
    let mut entries: Vec<Value> = entries.cloned().unwrap_or_default();
    for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
        entry.remove("time");
    }
    // Their order is that of their times.
    entries.sort_by_key(ToString::to_string);
    entries
}

/// The paths of the fields that differ, such as `spec.template.spec.containers[0].image`. Where a
/// whole part is there on one side alone, its own path.
#[must_use]
pub fn changed_paths(live: &Value, applied: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    walk(&cleaned(live), &cleaned(applied), String::new(), &mut paths);
    paths
}

fn walk(one: &Value, other: &Value, path: String, paths: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let only_theirs = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(only_theirs) {
                let path = member(&path, key);
                let side = |side: &Map<String, Value>| side.get(key).cloned().unwrap_or_default();
                walk(&side(one), &side(other), path, paths);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                walk(one, other, format!("{path}[{index}]"), paths);
            }
        }
        _ if one == other => {}
        _ => paths.push(path),
    }
}

/// A key with dots in it, such as that of a label, stands in brackets, as kubectl writes it.
fn member(path: &str, key: &str) -> String {
    if key.contains(['.', '/']) {
        format!("{path}['{key}']")
    } else if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// The first of some paths, and how many more there are.
#[must_use]
pub fn few(paths: &[String]) -> String {
    let mut text = paths[..paths.len().min(MOST_NAMED)].join(", ");
    if paths.len() > MOST_NAMED {
        text.push_str(&format!(" and {} more", paths.len() - MOST_NAMED));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_server_writes_is_no_change() {
        let live = json!({
            "metadata": {"name": "a", "resourceVersion": "1", "managedFields": [
                {"manager": "b", "time": "1"}, {"manager": "a", "time": "2"},
            ]},
            "spec": {"x": 1}, "status": {"ready": 1},
        });
        let mut applied = live.clone();
        applied["metadata"]["resourceVersion"] = "2".into();
        applied["metadata"]["managedFields"] =
            json!([{"manager": "a", "time": "3"}, {"manager": "b", "time": "1"}]);
        applied["status"] = json!({});
        assert!(is_unchanged(&live, &applied));
        assert_eq!(changed_paths(&live, &applied), [""; 0]);
        applied["metadata"]["managedFields"][0]["fieldsV1"] = json!({"f:spec": {}});
        assert!(!is_unchanged(&live, &applied), "a field has another owner");
    }

    #[test]
    fn changed_fields_are_named() {
        let live = json!({
            "metadata": {"labels": {"a": "1", "x.io/y": "1"}},
            "spec": {"list": [{"n": 1}, {"n": 2}], "short": [1], "gone": {"a": 1}},
        });
        let applied = json!({
            "metadata": {"labels": {"a": "1", "x.io/y": "2"}},
            "spec": {"list": [{"n": 1}, {"n": 3}], "short": [1, 2], "new": 1},
        });
        let paths = changed_paths(&live, &applied);
        assert_eq!(
            paths,
            [
                "metadata.labels['x.io/y']",
                "spec.list[1].n",
                "spec.short",
                "spec.gone",
                "spec.new",
            ]
        );
        assert_eq!(
            few(&paths),
            "metadata.labels['x.io/y'], spec.list[1].n, spec.short and 2 more"
        );
        assert_eq!(few(&paths[..1]), "metadata.labels['x.io/y']");
    }
}
