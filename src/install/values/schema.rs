//! The JSON schema of the values, made of their types.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::model::Values;
use crate::install::tree::{Node, Place};

/// The schema of the values, and what was taken out of what is published.
#[derive(Debug)]
pub struct Schema {
    root: Value,
}

impl Schema {
    fn make() -> Self {
        let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
        let mut root = settings
            .into_generator()
            .into_root_schema_for::<Values>()
            .to_value();
        simplify(&mut root);
        Self { root }
    }

    /// The schema, which is made once: it is the same for all values.
    #[must_use]
    pub fn get() -> &'static Self {
        static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::make);
        &SCHEMA
    }

    /// The schema that values are checked against.
    #[must_use]
    pub const fn root(&self) -> &Value {
        &self.root
    }

    /// The schema for editors: with the defaults, and without what only the whole must have.
    #[must_use]
    pub fn published(&self) -> Value {
        let mut schema = self.root.clone();
        strip_required(&mut schema);
        add_defaults(&mut schema, &defaults().to_json());
        if let Some(members) = schema.as_object_mut() {
            members.insert(
                "title".to_owned(),
                json!("Values of kubectl prefect install"),
            );
        }
        schema
    }

    /// The paths of keys that must not be removed from the whole, each with its schema's parents
    /// all present.
    #[must_use]
    pub fn missing(&self, whole: &Node) -> Vec<Vec<String>> {
        let mut missing = Vec::new();
        collect_missing(&self.root, whole, &mut Vec::new(), &mut missing);
        missing
    }
}

/// The defaults as a tree.
#[must_use]
pub fn defaults() -> Node {
    // Values of our own types always have a JSON form.
    let value = serde_json::to_value(Values::default()).unwrap_or_default();
    Node::from_json(value, &Place::of_source("defaults"))
}

/// The alternatives of a schema: itself, or those of its `anyOf` and `oneOf`.
#[must_use]
pub fn alternatives(schema: &Value) -> Vec<&Value> {
    for key in ["anyOf", "oneOf"] {
        if let Some(inside) = schema.get(key).and_then(Value::as_array) {
            return inside.iter().flat_map(alternatives).collect();
        }
    }
    vec![schema]
}

/// The types that an alternative allows.
#[must_use]
pub fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The words that a value may be, when it is one of several.
#[must_use]
pub fn words(schema: &Value) -> Vec<&str> {
    let alternatives = alternatives(schema);
    let listed = alternatives
        .iter()
        .filter_map(|alternative| alternative.get("enum")?.as_array())
        .flatten();
    let single = alternatives
        .iter()
        .filter_map(|alternative| alternative.get("const"));
    single.chain(listed).filter_map(Value::as_str).collect()
}

/// Takes out what says nothing to a reader of the schema, and joins alternatives that differ in
/// nothing but their type.
fn simplify(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(simplify),
        Value::Object(members) => {
            // No value has one of these names. The default of a type is not that of the value.
            members.shift_remove("format");
            members.shift_remove("default");
            if let Some(Value::String(text)) = members.get_mut("description") {
                *text = one_line(text);
            }
            members.values_mut().for_each(simplify);
            join_types(members);
        }
        _ => {}
    }
}

/// A doc comment's paragraph without its line breaks.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn join_types(members: &mut Map<String, Value>) {
    let Some(Value::Array(alternatives)) = members.get("anyOf") else {
        return;
    };
    let mut joined: Vec<String> = Vec::new();
    for alternative in alternatives {
        let Some(object) = alternative.as_object() else {
            return;
        };
        let plain = object.keys().all(|key| {
            matches!(
                key.as_str(),
                "type" | "description" | "additionalProperties"
            )
        });
        if !plain
            || object
                .get("additionalProperties")
                .is_some_and(|extra| *extra != json!(true))
        {
            return;
        }
        joined.extend(types(alternative).into_iter().map(str::to_owned));
    }
    if joined.iter().any(|name| name == "number") {
        joined.retain(|name| name != "integer");
    }
    members.shift_remove("anyOf");
    members.insert("type".to_owned(), json!(joined));
}

fn strip_required(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(strip_required),
        Value::Object(members) => {
            if members.get("required").is_some_and(Value::is_array) {
                members.shift_remove("required");
            }
            members.values_mut().for_each(strip_required);
        }
        _ => {}
    }
}

fn add_defaults(schema: &mut Value, defaults: &Value) {
    let Some(defaults) = defaults.as_object() else {
        return;
    };
    let Some(properties) = properties_mut(schema) else {
        return;
    };
    for (key, property) in properties {
        let Some(default) = defaults.get(key) else {
            continue;
        };
        if default
            .as_object()
            .is_some_and(|members| !members.is_empty())
        {
            add_defaults(property, default);
        } else if let Some(property) = property.as_object_mut() {
            property.insert("default".to_owned(), default.clone());
        }
    }
}

/// The properties of a schema, also where null may stand in its place.
fn properties_mut(schema: &mut Value) -> Option<&mut Map<String, Value>> {
    if schema.get("properties").is_some() {
        return schema.get_mut("properties")?.as_object_mut();
    }
    schema
        .get_mut("anyOf")?
        .as_array_mut()?
        .iter_mut()
        .find_map(|alternative| alternative.get_mut("properties")?.as_object_mut())
}

/// The properties of a schema, also where null may stand in its place.
#[must_use]
pub fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    alternatives(schema)
        .into_iter()
        .find_map(|alternative| alternative.get("properties")?.as_object())
}

fn collect_missing(
    schema: &Value,
    node: &Node,
    path: &mut Vec<String>,
    missing: &mut Vec<Vec<String>>,
) {
    let Some(members) = node.members() else {
        return;
    };
    for alternative in alternatives(schema) {
        let required = alternative.get("required").and_then(Value::as_array);
        for key in required.into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(key) {
                let mut there = path.clone();
                there.push(key.to_owned());
                missing.push(there);
            }
        }
    }
    for (key, property) in properties(schema).into_iter().flatten() {
        if let Some(value) = members.get(key) {
            path.push(key.clone());
            collect_missing(property, value, path, missing);
            path.pop();
        }
    }
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
