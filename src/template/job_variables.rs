//! Job variables: a deployment's overlaid by a flow run's, dotted names made nested objects.

use serde_json::{Map, Value};

use super::{TemplateError, placeholder, python};

/// The variable whose values are merged name by name.
pub(super) const ENV: &str = "env";

/// Overlays a deployment's job variables with a flow run's. `env` objects are merged name by name,
/// everything else is replaced whole.
///
/// # Errors
/// An `env` of the flow run that cannot be merged into the deployment's.
pub fn merge(
    deployment: &Map<String, Value>,
    flow_run: &Map<String, Value>,
) -> Result<Map<String, Value>, TemplateError> {
    let mut merged = deployment.clone();
    let deployment_env = merged.get_mut(ENV).and_then(Value::as_object_mut);
    let merges_env = deployment_env.is_some();
    if let (Some(env), Some(overlay)) = (deployment_env, flow_run.get(ENV)) {
        update_env(env, overlay)?;
    }
    for (name, value) in flow_run {
        if !(merges_env && name == ENV) {
            merged.insert(name.clone(), value.clone());
        }
    }
    Ok(merged)
}

/// Python's `dict.update`, which takes an object or any sequence of pairs.
fn update_env(env: &mut Map<String, Value>, overlay: &Value) -> Result<(), TemplateError> {
    let refused = |found: &str| TemplateError::JobVariable {
        name: ENV.to_owned(),
        problem: format!("of the flow run must be an object like the deployment's, not {found}"),
    };
    match overlay {
        Value::Object(overlay) => {
            env.extend(overlay.iter().map(|(k, v)| (k.clone(), v.clone())));
            Ok(())
        }
        Value::String(text) if text.is_empty() => Ok(()),
        Value::Array(pairs) => {
            for item in pairs {
                let (name, value) = pair(item).ok_or_else(|| refused("a list"))?;
                env.insert(name, value);
            }
            Ok(())
        }
        other => Err(refused(python::type_name(other))),
    }
}

/// What Python takes for a pair of a name and a value: the two items of a list, the two characters
/// of a text, the two *keys* of an object.
fn pair(item: &Value) -> Option<(String, Value)> {
    let parts: Vec<Value> = match item {
        Value::Array(parts) => parts.clone(),
        Value::String(text) => text.chars().map(|c| c.to_string().into()).collect(),
        Value::Object(members) => members.keys().map(|key| key.clone().into()).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => return None,
    };
    let [Value::String(name), value] = parts.as_slice() else {
        return None;
    };
    Some((name.clone(), value.clone()))
}

/// Makes `{"env.FOO": 1}` to `{"env": {"FOO": 1}}`. Where a name is given both ways, objects are
/// merged deeply and the plain name wins.
///
/// # Errors
/// A dotted name that leads through something that is not an object.
pub fn nest(variables: &Map<String, Value>) -> Result<Map<String, Value>, TemplateError> {
    let mut nested = Map::new();
    for (name, value) in variables.iter().filter(|(name, _)| name.contains('.')) {
        set(&mut nested, name, value)?;
    }
    for (name, value) in variables.iter().filter(|(name, _)| !name.contains('.')) {
        match (nested.get_mut(name), value) {
            (Some(Value::Object(under)), Value::Object(over)) => deep_merge(under, over),
            _ => {
                nested.insert(name.clone(), value.clone());
            }
        }
    }
    Ok(nested)
}

fn set(members: &mut Map<String, Value>, name: &str, value: &Value) -> Result<(), TemplateError> {
    let steps = placeholder::steps(name);
    let Some((last, parents)) = steps.split_last() else {
        return Ok(()); // splitting gives at least one step
    };
    let mut at = members;
    for step in parents {
        let child = at
            .entry(step.as_str())
            .or_insert_with(|| Value::Object(Map::new()));
        at = child
            .as_object_mut()
            .ok_or_else(|| TemplateError::JobVariable {
                name: name.to_owned(),
                problem: format!("leads through {step:?}, which is given and is no object"),
            })?;
    }
    at.insert(last.clone(), value.clone());
    Ok(())
}

fn deep_merge(under: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (key, value) in over {
        match (under.get_mut(key), value) {
            (Some(Value::Object(under)), Value::Object(over)) => deep_merge(under, over),
            _ => {
                under.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn a_flow_run_overlays_its_deployment() {
        for (deployment, flow_run, merged) in [
            (
                json!({"a": 1, "b": {"x": 1}}),
                json!({"b": {"y": 2}}),
                json!({"a": 1, "b": {"y": 2}}),
            ),
            (
                json!({"env": {"A": 1, "B": 2}}),
                json!({"env": {"B": 3, "C": 4}, "z": 1}),
                json!({"env": {"A": 1, "B": 3, "C": 4}, "z": 1}),
            ),
            (
                json!({"env": [1]}),
                json!({"env": {"B": 3}}),
                json!({"env": {"B": 3}}),
            ),
            (
                json!({"env": {"A": 1}}),
                json!({"env": []}),
                json!({"env": {"A": 1}}),
            ),
            (
                json!({"env": {}}),
                json!({"env": [["A", 1], "BC"]}),
                json!({"env": {"A": 1, "B": "C"}}),
            ),
            (
                json!({"env": {}}),
                json!({"env": [{"name": "A", "value": "B"}]}),
                json!({"env": {"name": "value"}}),
            ),
        ] {
            let result = merge(&object(deployment), &object(flow_run)).unwrap();
            assert_eq!(Value::from(result), merged);
        }
        for env in [
            json!(null),
            json!("ab"),
            json!(1),
            json!([1]),
            json!([{"name": 1}]),
        ] {
            let flow_run = object(json!({"env": env}));
            let error = merge(&object(json!({"env": {}})), &flow_run).unwrap_err();
            assert!(
                error.to_string().contains("\"env\" of the flow run"),
                "{error}"
            );
        }
    }

    #[test]
    fn dotted_names_are_nested() {
        for (given, nested) in [
            (
                json!({"env.A": 1, "env.B": 2}),
                json!({"env": {"A": 1, "B": 2}}),
            ),
            (
                json!({"env": {"A": 0, "C": {"x": 1}}, "env.A": 1, "env.C.y": 2}),
                json!({"env": {"A": 0, "C": {"y": 2, "x": 1}}}),
            ),
            (json!({"a": 1, "a.b": 2}), json!({"a": 1})),
            (
                json!({"a[0].b": 1, "c[0]": 2}),
                json!({"a": {"0": {"b": 1}}, "c[0]": 2}),
            ),
            (json!({".": 1}), json!({"": {"": 1}})),
        ] {
            assert_eq!(Value::from(nest(&object(given)).unwrap()), nested);
        }
        let error = nest(&object(json!({"a.b": 1, "a.b.c": 2}))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the job variable \"a.b.c\" leads through \"b\", which is given and is no object"
        );
    }
}
