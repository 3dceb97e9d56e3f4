//! What a populated template says before blocks and Prefect variables are resolved.

use serde_json::{Map, Value};

use super::{block_references, placeholder::placeholders, variable_references};

/// The value without the members and items that refer to blocks or Prefect variables: what is known
/// without asking anybody.
#[must_use]
pub fn without_references(value: Value) -> Value {
    known(value).unwrap_or_else(|| Value::Object(Map::new()))
}

fn known(value: Value) -> Option<Value> {
    match value {
        Value::Object(members) => {
            if members.contains_key("$ref") {
                return None;
            }
            let kept = members
                .into_iter()
                .filter_map(|(key, member)| Some((key, known(member)?)));
            Some(Value::Object(kept.collect()))
        }
        Value::Array(items) => Some(Value::Array(items.into_iter().filter_map(known).collect())),
        Value::String(ref text) if !placeholders(text).is_empty() => {
            let refers =
                !block_references(&value).is_empty() || !variable_references(&value).is_empty();
            (!refers).then_some(value)
        }
        scalar => Some(scalar),
    }
}
