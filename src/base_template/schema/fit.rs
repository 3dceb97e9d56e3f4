//! Whether a value fits a schema.

use serde_json::{Map, Value};

use super::{DEEPEST, MOST_STEPS, Problem, Schemas};
use crate::{
    base_template::{Path, diff::same},
    template::python::type_name,
};

impl Schemas<'_> {
    pub(super) fn check(
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
