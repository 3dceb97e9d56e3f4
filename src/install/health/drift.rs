//! Which fields of an object are no longer as they were applied, told without asking the API server
//! to apply anything: whoever may only read may ask for the status.

use serde_json::{Map, Value};

/// The paths of fields that were applied and have another value now. What was never applied, such as
/// defaults of the API server and what controllers add, is of no account.
#[must_use]
pub fn changed(applied: &Value, live: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    walk(applied, live, "", &mut paths);
    paths
}

fn walk(applied: &Value, live: &Value, path: &str, paths: &mut Vec<String>) {
    match (applied, live) {
        (Value::Object(applied), Value::Object(live)) => members(applied, live, path, paths),
        (Value::Array(applied), Value::Array(live)) => items(applied, live, path, paths),
        _ if applied == live || (is_empty(applied) && is_empty(live)) => {}
        _ => paths.push(path.to_owned()),
    }
}

fn members(
    applied: &Map<String, Value>,
    live: &Map<String, Value>,
    path: &str,
    paths: &mut Vec<String>,
) {
    for (key, value) in applied {
        let path = if key.contains(['.', '/']) {
            format!("{path}['{key}']")
        } else if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        walk(value, live.get(key).unwrap_or(&Value::Null), &path, paths);
    }
}

/// Items that have names are found by them, wherever others put theirs.
fn items(applied: &[Value], live: &[Value], path: &str, paths: &mut Vec<String>) {
    if has_names(applied) && has_names(live) {
        for item in applied {
            let name = &item["name"];
            let path = format!("{path}[{}]", name.as_str().unwrap_or_default());
            match live.iter().find(|other| other["name"] == *name) {
                Some(other) => walk(item, other, &path, paths),
                None => paths.push(path),
            }
        }
    } else if applied.len() == live.len() {
        for (index, (item, other)) in applied.iter().zip(live).enumerate() {
            walk(item, other, &format!("{path}[{index}]"), paths);
        }
    } else {
        paths.push(path.to_owned());
    }
}

fn has_names(items: &[Value]) -> bool {
    let names: Vec<&str> = items
        .iter()
        .filter_map(|item| item["name"].as_str())
        .collect();
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    names.len() == items.len() && unique.len() == names.len()
}

/// What the API server leaves out where it stands for nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(value) => value.as_f64() == Some(0.0),
        Value::String(value) => value.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_empty),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_was_applied_and_is_another_now_has_drifted() {
        for (applied, live, paths) in [
            (
                json!({"a": 1, "b": {"c": "x"}}),
                json!({"a": 1, "b": {"c": "x", "default": true}, "status": {}}),
                vec![],
            ),
            (json!({"a": 1}), json!({"a": 2}), vec!["a"]),
            (
                json!({"metadata": {"labels": {"x.io/y": "1"}}}),
                json!({"metadata": {}}),
                vec!["metadata.labels"],
            ),
            (
                json!({"metadata": {"labels": {"x.io/y": "1"}}}),
                json!({"metadata": {"labels": {}}}),
                vec!["metadata.labels['x.io/y']"],
            ),
            (
                json!({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": ""}]}),
                json!({"env": [{"name": "B"}, {"name": "C", "value": "3"}, {"name": "A", "value": "2"}]}),
                vec!["env[A].value"],
            ),
            (
                json!({"env": [{"name": "A"}]}),
                json!({"env": [{"name": "B"}]}),
                vec!["env[A]"],
            ),
            (
                json!({"mounts": [{"name": "s", "path": "a"}, {"name": "s", "path": "b"}]}),
                json!({"mounts": [{"name": "s", "path": "a"}, {"name": "s", "path": "c"}]}),
                vec!["mounts[1].path"],
            ),
            (
                json!({"args": ["a"]}),
                json!({"args": ["a", "b"]}),
                vec!["args"],
            ),
            (
                json!({"x": {}, "y": false, "z": 0, "w": []}),
                json!({}),
                vec![],
            ),
        ] {
            assert_eq!(changed(&applied, &live), paths, "{applied} {live}");
        }
    }
}
