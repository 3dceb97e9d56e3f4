//! Template expressions inside of values, as the chart has Helm evaluate them.
//!
//! A part of Go's templates: text with `{{ }}`, pipelines, parentheses, `if`/`else`/`end`, and
//! functions that are pure. What reads the cluster, the clock or the machine is refused, because
//! the same values must always render the same.

mod evaluate;
mod functions;
mod lex;
mod parse;
mod scope;
mod text;

use serde_json::{Map, Value};

pub use scope::{Definitions, Scope};

/// How deep `tpl` may call itself.
const DEEPEST: usize = 8;

/// Why an expression has no value: a fragment in lower case, without the path of the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ExpressionError(pub String);

/// Whether a text holds an expression.
#[must_use]
pub fn is_expression(text: &str) -> bool {
    text.contains("{{")
}

/// Evaluates a text.
///
/// # Errors
/// When the text is no template, or asks for what is not there.
pub fn evaluate(text: &str, scope: &Scope<'_>) -> Result<String, ExpressionError> {
    if !is_expression(text) {
        return Ok(text.to_owned());
    }
    evaluate_at_depth(text, scope, 0)
}

fn evaluate_at_depth(
    text: &str,
    scope: &Scope<'_>,
    depth: usize,
) -> Result<String, ExpressionError> {
    if depth > DEEPEST {
        return Err(ExpressionError(format!(
            "tpl calls itself more than {DEEPEST} deep"
        )));
    }
    let pieces = parse::parse(text)?;
    evaluate::run(&pieces, scope, depth)
}

/// A text that cannot be evaluated, and its path below the value that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtPath {
    /// Keys and `[index]`es that lead to the text.
    pub path: String,
    /// Why it has no value.
    pub error: ExpressionError,
}

/// Evaluates every text inside of a value, keys included.
///
/// # Errors
/// The first text that has no value.
pub fn evaluate_value(value: &Value, scope: &Scope<'_>) -> Result<Value, AtPath> {
    match value {
        Value::String(text) => evaluate(text, scope)
            .map(Value::String)
            .map_err(|error| AtPath {
                path: String::new(),
                error,
            }),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                evaluate_value(item, scope).map_err(|at| below(&format!("[{index}]"), at))
            })
            .collect(),
        Value::Object(members) => evaluate_map(members, scope).map(Value::Object),
        other => Ok(other.clone()),
    }
}

/// Evaluates every text inside of a map, keys included.
///
/// # Errors
/// The first text that has no value.
pub fn evaluate_map(
    members: &Map<String, Value>,
    scope: &Scope<'_>,
) -> Result<Map<String, Value>, AtPath> {
    members
        .iter()
        .map(|(key, value)| {
            let at_key = |at| below(&format!(".{key}"), at);
            let name = evaluate(key, scope).map_err(|error| {
                at_key(AtPath {
                    path: String::new(),
                    error,
                })
            })?;
            Ok((name, evaluate_value(value, scope).map_err(at_key)?))
        })
        .collect()
}

fn below(step: &str, at: AtPath) -> AtPath {
    AtPath {
        path: format!("{step}{}", at.path),
        ..at
    }
}

#[cfg(test)]
mod tests;
