//! The third phase: references to Prefect variables, listed to be fetched, then replaced by what
//! was fetched. Fetching is somebody else's.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    placeholder::{Placeholder, Source, for_each_text, lone, placeholders},
    python,
};

/// The values of the Prefect variables that exist; one that is not here does not.
pub type Variables = BTreeMap<String, Value>;

/// The names of the Prefect variables that a value refers to, each once, in the order in which they
/// are met.
#[must_use]
pub fn variable_references(value: &Value) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for_each_text(value, &mut |text| {
        for placeholder in placeholders(text) {
            if let Source::Variable { name } = placeholder.source
                && found.iter().all(|known| known != name)
            {
                found.push(name.to_owned());
            }
        }
    });
    found
}

/// Replaces all references to Prefect variables by their values: with its type where the reference
/// is all there is of a text, as text inside a longer one. One that does not exist becomes an empty
/// text. What is put in is not searched again.
#[must_use]
pub fn resolve_variables(mut value: Value, variables: &Variables) -> Value {
    resolve(&mut value, variables);
    value
}

/// In place: in most configurations nothing is replaced.
fn resolve(value: &mut Value, variables: &Variables) {
    match value {
        Value::Object(members) => members
            .values_mut()
            .for_each(|member| resolve(member, variables)),
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, variables)),
        Value::String(text) => {
            if let Some(resolved) = resolve_text(text, variables) {
                *value = resolved;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What a text becomes; `None`: it stays.
fn resolve_text(text: &str, variables: &Variables) -> Option<Value> {
    let found = placeholders(text);
    if found.is_empty() {
        return None;
    }
    if let Some(Placeholder {
        source: Source::Variable { name },
        ..
    }) = lone(text, &found)
    {
        return Some(variables.get(name).cloned().unwrap_or_else(|| "".into()));
    }
    let mut resolved = text.to_owned();
    for placeholder in found {
        if let Source::Variable { name } = placeholder.source {
            let value = variables.get(name).map(python::to_text).unwrap_or_default();
            resolved = resolved.replace(placeholder.text, &value);
        }
    }
    Some(Value::String(resolved))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn variables_are_listed_and_replaced() {
        let template = json!({
            "a": "{{ prefect.variables.n }}",
            "b": ["{{ prefect.variables.n }}/{{ prefect.variables.map }}/{{ prefect.variables.gone }}/{{ x }}"],
            "c": "{{ prefect.variables.gone }}",
            "d": "{{ prefect.variables.again }}",
            "{{ prefect.variables.key }}": 1,
        });
        assert_eq!(
            variable_references(&template),
            ["n", "map", "gone", "again"]
        );
        let variables = Variables::from([
            ("n".to_owned(), json!(7)),
            ("map".to_owned(), json!({"k": null})),
            ("again".to_owned(), json!("{{ prefect.variables.n }}")),
        ]);
        assert_eq!(
            resolve_variables(template, &variables),
            json!({
                "a": 7,
                "b": ["7/{'k': None}//{{ x }}"],
                "c": "",
                "d": "{{ prefect.variables.n }}",
                "{{ prefect.variables.key }}": 1,
            })
        );
    }
}
