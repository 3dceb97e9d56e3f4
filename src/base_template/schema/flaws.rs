//! Whether a schema is one.

use serde_json::{Map, Value};

use super::{ALTERNATIVES, DEEPEST, Problem, Schemas, TYPES};
use crate::{base_template::Path, template::python::type_name};

impl Schemas<'_> {
    pub(super) fn look_for_flaws(&self, schema: &Value, path: &Path, found: &mut Vec<Problem>) {
        let members = match schema {
            Value::Object(members) => members,
            Value::Bool(_) => return,
            other => return found.push(wrong(path, "a schema", other)),
        };
        if let Some(kind) = members.get("type") {
            flaws_of_type(kind, &path.key("type"), found);
        }
        if let Some(reference) = members.get("$ref") {
            self.flaws_of_reference(reference, &path.key("$ref"), found);
        }
        for (key, expected, fits) in [
            ("enum", "a list", Value::is_array as fn(&Value) -> bool),
            ("required", "a list of names", is_names),
            ("properties", "an object", Value::is_object),
            ("minimum", "a number", Value::is_number),
            ("maximum", "a number", Value::is_number),
            ("minLength", "a number", Value::is_u64),
            ("maxLength", "a number", Value::is_u64),
            ("pattern", "a regular expression", Value::is_string),
            ("description", "a string", Value::is_string),
            ("title", "a string", Value::is_string),
        ] {
            if let Some(value) = members.get(key).filter(|value| !fits(value)) {
                found.push(wrong(&path.key(key), expected, value));
            }
        }
        self.flaws_of_parts(members, path, found);
    }

    fn flaws_of_parts(&self, members: &Map<String, Value>, path: &Path, found: &mut Vec<Problem>) {
        for key in ALTERNATIVES {
            match members.get(key) {
                None => {}
                Some(Value::Array(schemas)) if !schemas.is_empty() => {
                    for (index, schema) in schemas.iter().enumerate() {
                        self.look_for_flaws(schema, &path.key(key).index(index), found);
                    }
                }
                Some(other) => found.push(wrong(&path.key(key), "a list of schemas", other)),
            }
        }
        for key in ["additionalProperties", "items", "not"] {
            match members.get(key) {
                // Older pydantic writes the items of tuples as a list.
                Some(Value::Array(schemas)) if key == "items" => {
                    for (index, schema) in schemas.iter().enumerate() {
                        self.look_for_flaws(schema, &path.key(key).index(index), found);
                    }
                }
                Some(schema) => self.look_for_flaws(schema, &path.key(key), found),
                None => {}
            }
        }
        for key in ["properties", "definitions", "$defs", "patternProperties"] {
            for (name, schema) in members
                .get(key)
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                self.look_for_flaws(schema, &path.key(key).key(name), found);
            }
        }
    }

    fn flaws_of_reference(&self, reference: &Value, path: &Path, found: &mut Vec<Problem>) {
        let mut problem = |message: String| {
            found.push(Problem {
                path: path.clone(),
                message,
            });
        };
        // A default may be a reference to a block: that is no schema's.
        let Value::String(text) = reference else {
            return problem(format!("must be a string, and is {}", type_name(reference)));
        };
        if !text.starts_with('#') {
            return problem(format!(
                "refers to {text:?}, which is outside of the template and is not fetched"
            ));
        }
        let mut at = text.as_str();
        for _ in 0..DEEPEST {
            match self.target(at) {
                None => return problem(format!("refers to {at:?}, and there is no such schema")),
                Some(schema) => match schema.get("$ref").and_then(Value::as_str) {
                    Some(next) => at = next,
                    None => return,
                },
            }
        }
        problem(format!("refers to {text:?}, which leads back to itself"));
    }
}

fn flaws_of_type(kind: &Value, path: &Path, found: &mut Vec<Problem>) {
    let names: Vec<&Value> = match kind {
        Value::Array(kinds) => kinds.iter().collect(),
        kind => vec![kind],
    };
    for name in names {
        if name.as_str().is_none_or(|name| !TYPES.contains(&name)) {
            let types = TYPES.join(", ");
            found.push(Problem {
                path: path.clone(),
                message: format!("{name} is no type; the types are {types}"),
            });
        }
    }
}

fn is_names(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|names| names.iter().all(Value::is_string))
}

fn wrong(path: &Path, expected: &str, found: &Value) -> Problem {
    Problem {
        path: path.clone(),
        message: format!("must be {expected}, and is {}", type_name(found)),
    }
}
