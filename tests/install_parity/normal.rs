//! Brings what we and Helm render into one form, in which only what matters can differ.

use serde_json::{Map, Value, json};

/// Labels by which Helm keeps its books.
const BOOKKEEPING: [&str; 2] = ["helm.sh/chart", "app.kubernetes.io/managed-by"];
/// The checksum of no template.
const NO_TEMPLATE: &str = "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b";

/// Objects by kind and name, in their normal form.
pub fn objects(objects: &[Value]) -> Map<String, Value> {
    let mut out: Vec<(String, Value)> = objects.iter().map(object).collect();
    out.sort_by(|(a, _), (b, _)| a.cmp(b));
    out.into_iter().collect()
}

fn object(object: &Value) -> (String, Value) {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let name = format!("{}/{}", text("/kind"), text("/metadata/name"));
    let mut object = object.clone();
    for pointer in ["/metadata/labels", "/spec/template/metadata/labels"] {
        if let Some(labels) = object.pointer_mut(pointer).and_then(Value::as_object_mut) {
            labels.retain(|key, _| !BOOKKEEPING.contains(&key.as_str()));
        }
    }
    // It is made of the text that was rendered, and ours is another one.
    if let Some(checksum) =
        object.pointer_mut("/spec/template/metadata/annotations/checksum~1config")
        && checksum
            .as_str()
            .is_some_and(|text| text.len() == 64 && text != NO_TEMPLATE)
    {
        *checksum = json!("of a template");
    }
    for pointer in [
        "/spec/template/spec/initContainers",
        "/spec/template/spec/containers",
    ] {
        let containers = object.pointer_mut(pointer).and_then(Value::as_array_mut);
        containers.into_iter().flatten().for_each(container);
    }
    (name, without_nothing(&object).unwrap_or_default())
}

fn container(container: &mut Value) {
    if container["name"] == "sync-base-job-template" {
        sync_arguments(container);
    }
    let Some(variables) = container.get_mut("env").and_then(Value::as_array_mut) else {
        return;
    };
    // Of variables with one name the last one counts; an empty value is none.
    let names: Vec<Value> = variables
        .iter()
        .map(|variable| variable["name"].clone())
        .collect();
    let mut index = 0;
    variables.retain_mut(|variable| {
        if variable["value"] == "" {
            variable.as_object_mut().unwrap().shift_remove("value");
        }
        index += 1;
        !names[index..].contains(&variable["name"])
    });
}

/// Of the script only the pool's name is compared: the chart writes it into its text, we hand it
/// over as an argument.
fn sync_arguments(container: &mut Value) {
    let arguments = container["args"].as_array().unwrap();
    let script = arguments[0].as_str().unwrap();
    let pool = match script.strip_prefix("work_pool_name=") {
        Some(rest) => serde_json::from_str(rest.lines().next().unwrap()).unwrap(),
        None => arguments[2].clone(),
    };
    container["args"] = json!([pool]);
}

/// A value without null, empty maps and empty lists, which Kubernetes does not keep either.
fn without_nothing(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(members) => {
            let members: Map<_, _> = members
                .iter()
                .filter_map(|(key, value)| {
                    // An empty one of these says a lot.
                    let kept = key == "emptyDir" && value.is_object();
                    let value = without_nothing(value).or_else(|| kept.then(|| json!({})))?;
                    Some((key.clone(), value))
                })
                .collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().filter_map(without_nothing).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        other => Some(other.clone()),
    }
}

/// Where two values differ: one line each.
pub fn differences(left: &Value, right: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(left, right, "", &mut found);
    found
}

fn compare(left: &Value, right: &Value, path: &str, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let more = right.keys().filter(|key| !left.contains_key(*key));
            for key in left.keys().chain(more) {
                let (left, right) = (left.get(key), right.get(key));
                let path = format!("{path}.{key}");
                compare_some(left, right, &path, found);
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            for index in 0..left.len().max(right.len()) {
                let path = format!("{path}[{index}]");
                compare_some(left.get(index), right.get(index), &path, found);
            }
        }
        (left, right) if left == right || same_number(left, right) => {}
        (left, right) => found.push(format!(
            "{}: {left} -> {right}",
            path.trim_start_matches('.')
        )),
    }
}

fn compare_some(left: Option<&Value>, right: Option<&Value>, path: &str, found: &mut Vec<String>) {
    let path = path.trim_start_matches('.');
    match (left, right) {
        (Some(left), Some(right)) => compare(left, right, path, found),
        (Some(left), None) => found.push(format!("- {path}: {left}")),
        (None, Some(right)) => found.push(format!("+ {path}: {right}")),
        (None, None) => {}
    }
}

/// Helm knows floats alone.
fn same_number(left: &Value, right: &Value) -> bool {
    matches!((left.as_f64(), right.as_f64()), (Some(left), Some(right)) if left == right)
}
