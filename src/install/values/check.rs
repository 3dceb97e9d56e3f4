//! Compares values with the schema: each mistake with its path, its place and what was meant.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::schema::{Schema, alternatives, properties, types, words};
use crate::{
    install::tree::{Content, Node, Place},
    suggest::nearest,
};

/// Keys at the root that the chart itself does not read, but Helm gives a meaning.
const HELMS_OWN: [&str; 2] = ["global", "common"];

/// Something that is wrong, or may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The value's path, such as `worker.image.prefectTag`.
    pub path: String,
    /// The file, or the flag.
    pub source: String,
    /// The line in the file.
    pub line: Option<u32>,
    /// What is wrong: a fragment in lower case.
    pub message: String,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

impl Finding {
    /// A finding at a place.
    pub fn new(path: impl Into<String>, place: &Place, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            source: place.source.to_string(),
            line: place.line,
            message: message.into(),
            suggestion: None,
        }
    }

    /// Adds what may have been meant.
    #[must_use]
    pub fn suggest(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.path.is_empty() {
            write!(f, ": {}", self.path)?;
        }
        write!(f, ": {}", self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; {suggestion}"),
            None => Ok(()),
        }
    }
}

/// What a comparison found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What is wrong.
    pub problems: Vec<Finding>,
    /// What is odd, but has no effect.
    pub warnings: Vec<Finding>,
}

/// Compares values with the schema. Null is fine everywhere: it removes a default.
#[must_use]
pub fn check(values: &Node, schema: &Schema) -> Report {
    let mut checker = Checker {
        schema,
        values,
        report: Report::default(),
    };
    checker.visit(values, schema.root(), "");
    checker.report
}

struct Checker<'a> {
    schema: &'a Schema,
    values: &'a Node,
    report: Report,
}

impl Checker<'_> {
    fn visit(&mut self, node: &Node, schema: &Value, path: &str) {
        if node.content == Content::Null {
            return;
        }
        let allowed = words(schema);
        if !allowed.is_empty() {
            return self.word(node, &allowed, path);
        }
        let fitting = alternatives(schema)
            .into_iter()
            .find(|alternative| types(alternative).iter().any(|name| fits(node, name)));
        let anything = types(schema).is_empty() && alternatives(schema).len() == 1;
        match (fitting, &node.content) {
            (Some(schema), Content::Map(_)) => self.map(node, schema, path),
            (Some(schema), Content::List(items)) => {
                let Some(of_items) = schema.get("items") else {
                    return;
                };
                for (index, item) in items.iter().enumerate() {
                    self.item(item, of_items, &format!("{path}[{index}]"));
                }
            }
            (None, _) if !anything => self.wrong_type(node, schema, path),
            _ => {}
        }
    }

    /// In a list null removes nothing.
    fn item(&mut self, item: &Node, schema: &Value, path: &str) {
        if item.content == Content::Null {
            return self.wrong_type(item, schema, path);
        }
        self.visit(item, schema, path);
        // Parts of lists have no defaults: what they need must be there.
        let required = schema.get("required").and_then(Value::as_array);
        for key in required.into_iter().flatten().filter_map(Value::as_str) {
            let there = item
                .at(&[key])
                .is_some_and(|value| value.content != Content::Null);
            if item.members().is_some() && !there {
                let message = format!("{key} is missing");
                self.report
                    .problems
                    .push(Finding::new(path, &item.place, message));
            }
        }
    }

    fn word(&mut self, node: &Node, allowed: &[&str], path: &str) {
        let all = allowed.join(", ");
        let Content::Text(text) = &node.content else {
            let message = format!("one of {all} is expected, not {}", node.content.type_name());
            self.report
                .problems
                .push(Finding::new(path, &node.place, message));
            return;
        };
        if allowed.contains(&text.as_str()) {
            return;
        }
        let meant =
            nearest(text, allowed.iter().copied()).map(|word| format!("did you mean {word}?"));
        let message = format!("{text:?} is none of {all}");
        self.report
            .problems
            .push(Finding::new(path, &node.place, message).suggest(meant));
    }

    fn map(&mut self, node: &Node, schema: &Value, path: &str) {
        let Some(members) = node.members() else {
            return;
        };
        let known = properties(schema);
        let others = schema.get("additionalProperties");
        for (key, value) in members {
            let path = join(path, key);
            match (known.and_then(|known| known.get(key)), others) {
                (Some(property), _) => self.visit(value, property, &path),
                (None, Some(Value::Bool(false))) => {
                    let finding = self.unknown(key, value, known, &path);
                    self.report.problems.push(finding);
                }
                (None, Some(of_others @ Value::Object(_))) => self.visit(value, of_others, &path),
                (None, None) if known.is_some() => self.unused(key, value, known, &path),
                // A part of a Kubernetes object that is passed on.
                _ => {}
            }
        }
    }

    /// A key that the chart takes in silence and does nothing with, unless an expression reads it.
    fn unused(&mut self, key: &str, value: &Node, known: Option<&Map<String, Value>>, path: &str) {
        if HELMS_OWN.contains(&path) || reads(self.values, &format!(".Values.{path}")) {
            return;
        }
        let mut finding = self.unknown(key, value, known, path);
        finding.message = "nothing reads this value".to_owned();
        self.report.warnings.push(finding);
    }

    fn unknown(
        &self,
        key: &str,
        value: &Node,
        known: Option<&Map<String, Value>>,
        path: &str,
    ) -> Finding {
        let siblings = known.into_iter().flatten().map(|(name, _)| name.as_str());
        let elsewhere = || {
            let mut paths = Vec::new();
            find_key(self.schema.root(), key, "", &mut paths);
            // Deep down many a thing has the same name.
            (1..=3).contains(&paths.len()).then(|| paths.join(" or "))
        };
        let exact = elsewhere();
        let meant = nearest(key, siblings).map(str::to_owned).or(exact);
        Finding::new(path, &value.place, "there is no such value")
            .suggest(meant.map(|meant| format!("did you mean {meant}?")))
    }

    fn wrong_type(&mut self, node: &Node, schema: &Value, path: &str) {
        let mut expected: Vec<&str> = Vec::new();
        for name in alternatives(schema).into_iter().flat_map(types) {
            let name = type_in_words(name);
            if !expected.contains(&name) && name != "null" {
                expected.push(name);
            }
        }
        let message = format!(
            "{} is expected, not {}",
            expected.join(" or "),
            node.content.type_name()
        );
        let finding = Finding::new(path, &node.place, message).suggest(other_form(node, &expected));
        self.report.problems.push(finding);
    }
}

/// How the same could have been written in a type that is expected.
fn other_form(node: &Node, expected: &[&str]) -> Option<String> {
    match &node.content {
        Content::Text(text)
            if expected.contains(&"a whole number") && text.parse::<i64>().is_ok() =>
        {
            Some("write it without quotes, or with --set in place of --set-string".to_owned())
        }
        Content::Text(text) if expected.contains(&"a boolean") && is_boolean_word(text) => {
            Some("write it without quotes, or with --set in place of --set-string".to_owned())
        }
        Content::Number(_) | Content::Bool(_) if expected.contains(&"a string") => {
            Some("write it in quotes, or with --set-string".to_owned())
        }
        Content::Text(_) if expected.contains(&"a list") => Some("write it as a list".to_owned()),
        _ => None,
    }
}

fn is_boolean_word(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

fn fits(node: &Node, name: &str) -> bool {
    match &node.content {
        Content::Null => name == "null",
        Content::Bool(_) => name == "boolean",
        Content::Number(number) => name == "number" || (name == "integer" && !number.is_f64()),
        Content::Text(_) => name == "string",
        Content::List(_) => name == "array",
        Content::Map(_) => name == "object",
    }
}

fn type_in_words(name: &str) -> &str {
    match name {
        "boolean" => "a boolean",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a string",
        "array" => "a list",
        "object" => "a map",
        other => other,
    }
}

/// A key below a path.
#[must_use]
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn find_key(schema: &Value, key: &str, path: &str, found: &mut Vec<String>) {
    for (name, property) in properties(schema).into_iter().flatten() {
        let path = join(path, name);
        find_key(property, key, &path, found);
        if name == key {
            found.push(path);
        }
    }
}

/// Whether any text holds another, as an expression that reads a value does.
fn reads(node: &Node, what: &str) -> bool {
    match &node.content {
        Content::Text(text) => text.contains("{{") && text.contains(what),
        Content::List(items) => items.iter().any(|item| reads(item, what)),
        Content::Map(members) => members.values().any(|value| reads(value, what)),
        _ => false,
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
