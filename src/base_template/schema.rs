//! The JSON schema of job variables: whether it is one, and whether a value fits it.
//!
//! What pydantic writes into templates, and no more: other keywords are let pass. Prefect's server
//! reads them as JSON Schema 2020-12, with `definitions` for `$defs`.

use std::cell::Cell;

use serde_json::{Map, Value};

use super::{Path, diff::same};
use crate::template::python::type_name;

/// The types of JSON Schema.
const TYPES: [&str; 7] = [
    "string", "number", "integer", "boolean", "object", "array", "null",
];
/// Keywords with schemas in a list.
const ALTERNATIVES: [&str; 3] = ["anyOf", "oneOf", "allOf"];
/// Schemas refer to one another no deeper than this; deeper is a circle.
const DEEPEST: usize = 64;
/// Steps that a check may take: schemas that refer to themselves twice would take for ever.
const MOST_STEPS: usize = 200_000;

/// Something wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub path: Path,
    /// What, as a fragment.
    pub message: String,
}

/// The schemas that others refer to stand in this one.
#[derive(Debug)]
pub struct Schemas<'a> {
    root: &'a Map<String, Value>,
    steps: Cell<usize>,
}

impl<'a> Schemas<'a> {
    /// The schemas of a template's `variables`.
    #[must_use]
    pub const fn new(variables: &'a Map<String, Value>) -> Self {
        Self {
            root: variables,
            steps: Cell::new(0),
        }
    }

    /// What is wrong with a schema as such: unknown types, references that lead nowhere or in a
    /// circle, keywords of the wrong type.
    #[must_use]
    pub fn flaws(&self, schema: &Value, path: &Path) -> Vec<Problem> {
        let mut found = Vec::new();
        self.look_for_flaws(schema, path, &mut found);
        found
    }

    /// What is wrong with a value by a schema; empty when it fits.
    #[must_use]
    pub fn misfits(&self, value: &Value, schema: &Value, path: &Path) -> Vec<Problem> {
        let mut found = Vec::new();
        self.steps.set(0);
        self.check(value, schema, path, 0, &mut found);
        found
    }

    fn look_for_flaws(&self, schema: &Value, path: &Path, found: &mut Vec<Problem>) {
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

    /// The schema that a reference names.
    fn target(&self, reference: &str) -> Option<&'a Value> {
        let pointer = reference.strip_prefix("#/")?;
        let mut steps = pointer
            .split('/')
            .map(|step| step.replace("~1", "/").replace("~0", "~"));
        let first = self.root.get(&steps.next()?)?;
        steps.try_fold(first, |schema, step| schema.get(&step))
    }

    fn check(
        &self,
        value: &Value,
        schema: &Value,
        path: &Path,
        depth: usize,
        found: &mut Vec<Problem>,
    ) {
        self.steps.set(self.steps.get() + 1);
        let goes_on = depth < DEEPEST && self.steps.get() < MOST_STEPS;
        let members = match schema {
            Value::Object(members) if goes_on => members,
            Value::Bool(false) => {
                let message = "is not allowed".to_owned();
                return found.push(Problem {
                    path: path.clone(),
                    message,
                });
            }
            _ => return,
        };
        if let Some(reference) = members.get("$ref").and_then(Value::as_str)
            && let Some(schema) = self.target(reference)
        {
            self.check(value, schema, path, depth + 1, found);
        }
        if let Some(message) = misfit(value, members) {
            found.push(Problem {
                path: path.clone(),
                message,
            });
            return;
        }
        let fits = |schema: &Value| {
            let mut inner = Vec::new();
            self.check(value, schema, path, depth + 1, &mut inner);
            inner
        };
        for key in ["anyOf", "oneOf"] {
            let Some(Value::Array(schemas)) = members.get(key) else {
                continue;
            };
            let tried: Vec<Vec<Problem>> = schemas.iter().map(fits).collect();
            if !tried.is_empty() && tried.iter().all(|problems| !problems.is_empty()) {
                found.push(none_fits(value, path, schemas, tried));
            }
        }
        for schema in members
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.check(value, schema, path, depth + 1, found);
        }
        self.check_parts(value, members, path, depth, found);
    }

    fn check_parts(
        &self,
        value: &Value,
        schema: &Map<String, Value>,
        path: &Path,
        depth: usize,
        found: &mut Vec<Problem>,
    ) {
        match value {
            Value::Object(members) => {
                let properties = schema.get("properties").and_then(Value::as_object);
                for (key, member) in members {
                    let known = properties.and_then(|properties| properties.get(key));
                    if let Some(schema) = known.or_else(|| schema.get("additionalProperties")) {
                        self.check(member, schema, &path.key(key), depth + 1, found);
                    }
                }
            }
            Value::Array(items) => {
                if let Some(schema @ Value::Object(_)) = schema.get("items") {
                    for (index, item) in items.iter().enumerate() {
                        self.check(item, schema, &path.index(index), depth + 1, found);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Why a value fits none of several schemas: the reason where one alternative is of its type.
fn none_fits(value: &Value, path: &Path, schemas: &[Value], tried: Vec<Vec<Problem>>) -> Problem {
    let is_near = |schema: &Value| schema.get("type").is_some_and(|kind| is_of(value, kind));
    let near = schemas
        .iter()
        .zip(tried)
        .find(|(schema, _)| is_near(schema));
    if let Some((_, problems)) = near
        && let Some(problem) = problems.into_iter().next()
    {
        return problem;
    }
    let kinds: Vec<&str> = schemas
        .iter()
        .filter_map(|schema| schema.get("type")?.as_str())
        .collect();
    let expected = if kinds.is_empty() {
        "of another form".to_owned()
    } else {
        kinds.join(" or ")
    };
    Problem {
        path: path.clone(),
        message: format!("must be {expected}, and is {}", type_name(value)),
    }
}

/// Why a value does not fit a schema's own keywords.
fn misfit(value: &Value, schema: &Map<String, Value>) -> Option<String> {
    if let Some(kind) = schema.get("type")
        && !is_of(value, kind)
    {
        let kinds: Vec<&str> = match kind {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            kind => kind.as_str().into_iter().collect(),
        };
        return Some(format!(
            "must be {}, and is {}",
            kinds.join(" or "),
            type_name(value)
        ));
    }
    if let Some(Value::Array(allowed)) = schema.get("enum")
        && !allowed.iter().any(|one| same(one, value))
    {
        let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        return Some(format!(
            "must be one of {}, and is {value}",
            allowed.join(", ")
        ));
    }
    if let Some(only) = schema.get("const")
        && !same(only, value)
    {
        return Some(format!("must be {only}, and is {value}"));
    }
    let number = |key: &str| schema.get(key).and_then(Value::as_f64);
    if let Some(value) = value.as_f64() {
        match (number("minimum"), number("maximum")) {
            (Some(least), _) if value < least => {
                return Some(format!("must be {least} or more, and is {value}"));
            }
            (_, Some(most)) if value > most => {
                return Some(format!("must be {most} or less, and is {value}"));
            }
            _ => {}
        }
    }
    if let Some(text) = value.as_str() {
        return misfit_of_text(text, schema);
    }
    let members = value.as_object()?;
    let required = schema.get("required").and_then(Value::as_array)?;
    let missing = required
        .iter()
        .filter_map(Value::as_str)
        .find(|name| !members.contains_key(*name))?;
    Some(format!("lacks {missing:?}"))
}

fn misfit_of_text(text: &str, schema: &Map<String, Value>) -> Option<String> {
    let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
    let number = |key: &str| schema.get(key).and_then(Value::as_u64);
    if number("minLength").is_some_and(|least| length < least) {
        return Some("is too short".to_owned());
    }
    if number("maxLength").is_some_and(|most| length > most) {
        return Some("is too long".to_owned());
    }
    let pattern = schema.get("pattern")?.as_str()?;
    // What this engine cannot read may well be read by Python's.
    let pattern = regex::Regex::new(pattern).ok()?;
    (!pattern.is_match(text)).then(|| format!("does not match {pattern}"))
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

/// Whether a value is of a type, or of one of several. A type that is none fits all: it is a flaw
/// of the schema.
fn is_of(value: &Value, kind: &Value) -> bool {
    match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| is_of(value, kind)),
        Value::String(kind) => match kind.as_str() {
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            "boolean" => value.is_boolean(),
            "object" => value.is_object(),
            "array" => value.is_array(),
            "null" => value.is_null(),
            _ => true,
        },
        _ => true,
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lines(problems: &[Problem]) -> Vec<String> {
        let line = |problem: &Problem| format!("{} {}", problem.path, problem.message);
        problems.iter().map(line).collect()
    }

    fn definitions() -> Map<String, Value> {
        let root = json!({"definitions": {
            "Size": {"type": "object", "properties": {"cpu": {"type": "string"}}, "required": ["cpu"]},
            "Round": {"$ref": "#/definitions/About"},
            "About": {"$ref": "#/definitions/Round"},
            "Twice": {"anyOf": [{"$ref": "#/definitions/Twice"}, {"$ref": "#/definitions/Twice"}]},
            "a/b": {"type": "integer"},
        }});
        match root {
            Value::Object(members) => members,
            _ => panic!("no object"),
        }
    }

    #[test]
    fn values_fit_or_it_is_told_why() {
        let either = json!({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]});
        for (schema, value, expected) in [
            (json!({}), json!([1]), None),
            (
                json!({"type": "string"}),
                json!(1),
                Some("x must be string, and is a number"),
            ),
            (json!({"type": ["string", "null"]}), json!(null), None),
            (json!({"type": "integer"}), json!(1.0), None),
            (
                json!({"type": "integer"}),
                json!(1.5),
                Some("x must be integer, and is a number"),
            ),
            (
                json!({"type": "boolean"}),
                json!(1),
                Some("x must be boolean, and is a number"),
            ),
            (either.clone(), json!(null), None),
            (
                either.clone(),
                json!(-1),
                Some("x must be 0 or more, and is -1"),
            ),
            (
                either,
                json!("a"),
                Some("x must be integer or null, and is a string"),
            ),
            (
                json!({"enum": ["a", 1]}),
                json!("b"),
                Some(r#"x must be one of "a", 1, and is "b""#),
            ),
            (json!({"const": 1}), json!(1.0), None),
            (json!({"maxLength": 2}), json!("abc"), Some("x is too long")),
            (
                json!({"pattern": "^[a-z]+$"}),
                json!("A"),
                Some("x does not match ^[a-z]+$"),
            ),
            (
                json!({"type": "object", "additionalProperties": {"type": "string"}}),
                json!({"a": 1}),
                Some("x.a must be string, and is a number"),
            ),
            (
                json!({"items": {"type": "string"}}),
                json!(["a", 1]),
                Some("x[1] must be string, and is a number"),
            ),
            (
                json!({"$ref": "#/definitions/Size"}),
                json!({}),
                Some("x lacks \"cpu\""),
            ),
            (
                json!({"$ref": "#/definitions/Size"}),
                json!({"cpu": 1}),
                Some("x.cpu must be string, and is a number"),
            ),
            (
                json!({"$ref": "#/definitions/a~1b"}),
                json!("a"),
                Some("x must be integer, and is a string"),
            ),
            (json!({"$ref": "#/definitions/Round"}), json!("a"), None),
            (json!({"$ref": "#/definitions/Twice"}), json!("a"), None),
            (
                json!({"allOf": [{"type": "string"}, {"minLength": 1}]}),
                json!(""),
                Some("x is too short"),
            ),
            (json!(false), json!(1), Some("x is not allowed")),
        ] {
            let root = definitions();
            let problems = Schemas::new(&root).misfits(&value, &schema, &Path::of(&["x"]));
            assert_eq!(
                lines(&problems),
                Vec::from_iter(expected),
                "{schema} {value}"
            );
        }
    }

    #[test]
    fn flaws_of_schemas_are_found() {
        for (schema, expected) in [
            (json!({"type": "string", "default": 1, "x-own": {}}), None),
            (json!(1), Some("x must be a schema, and is a number")),
            (
                json!({"type": "text"}),
                Some(
                    "x.type \"text\" is no type; the types are string, number, integer, boolean, object, array, null",
                ),
            ),
            (
                json!({"type": [null]}),
                Some(
                    "x.type null is no type; the types are string, number, integer, boolean, object, array, null",
                ),
            ),
            (
                json!({"enum": "a"}),
                Some("x.enum must be a list, and is a string"),
            ),
            (
                json!({"required": true}),
                Some("x.required must be a list of names, and is a boolean"),
            ),
            (
                json!({"anyOf": []}),
                Some("x.anyOf must be a list of schemas, and is a list"),
            ),
            (
                json!({"anyOf": [{"type": 1}]}),
                Some(
                    "x.anyOf[0].type 1 is no type; the types are string, number, integer, boolean, object, array, null",
                ),
            ),
            (
                json!({"properties": {"a": {"items": 1}}}),
                Some("x.properties.a.items must be a schema, and is a number"),
            ),
            (json!({"$ref": "#/definitions/Size"}), None),
            (
                json!({"$ref": "#/definitions/Sise"}),
                Some("x.$ref refers to \"#/definitions/Sise\", and there is no such schema"),
            ),
            (
                json!({"$ref": "#/definitions/Round"}),
                Some("x.$ref refers to \"#/definitions/Round\", which leads back to itself"),
            ),
            (
                json!({"$ref": "https://h/s"}),
                Some(
                    "x.$ref refers to \"https://h/s\", which is outside of the template and is not fetched",
                ),
            ),
        ] {
            let root = definitions();
            let problems = Schemas::new(&root).flaws(&schema, &Path::of(&["x"]));
            assert_eq!(lines(&problems), Vec::from_iter(expected), "{schema}");
        }
    }
}
