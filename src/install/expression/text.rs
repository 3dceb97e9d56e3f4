//! How values become text, as Go's templates and sprig write them.

use serde_json::Value;

use super::ExpressionError;

/// A value where text is wanted; what is not set is nothing, as Helm has it.
pub fn printed(value: &Value) -> Result<String, ExpressionError> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Array(_) => Err(ExpressionError(
            "a list has no text: use toJson or join".to_owned(),
        )),
        Value::Object(_) => Err(ExpressionError("a map has no text: use toJson".to_owned())),
    }
}

/// Whether Go takes a value for nothing: false, 0, and what has nothing in it.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

/// A name as long as Kubernetes takes it: 63 bytes, then without one dash at the end.
#[must_use]
pub fn short_name(text: &str) -> String {
    let cut = truncated(text, 63);
    cut.strip_suffix('-').unwrap_or(cut).to_owned()
}

/// The first bytes of a text, and never half a character.
pub fn truncated(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}

/// A text in double quotes, as Go's `%q` writes it.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
