//! Values of settings after they were judged, and the text Python writes for them.

use secrecy::{ExposeSecret, SecretString};
use speedate::Duration;

/// A value of a setting. Its `Debug` shows nothing: text may hold a password too.
#[derive(Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    Secret(SecretString),
    Duration(Duration),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("..")
    }
}

impl Value {
    /// The text that Prefect puts into an environment variable; none for what it leaves out.
    ///
    /// The value goes through JSON first (so infinity is nothing), then through Python's `str()`.
    pub(super) fn env_text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Float(number) if !number.is_finite() => None,
            Self::List(items) => {
                let mut words: Vec<String> = items.iter().map(Self::python_str).collect();
                words.sort();
                Some(words.join(","))
            }
            other => Some(other.python_str()),
        }
    }

    /// What Python's `str()` gives for the value once it went through JSON.
    fn python_str(&self) -> String {
        match self {
            Self::Null => "None".to_owned(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) if !number.is_finite() => "None".to_owned(),
            Self::Float(number) => python_float(*number),
            Self::Text(text) => text.clone(),
            Self::Secret(secret) => secret.expose_secret().to_owned(),
            Self::Duration(duration) => duration.to_string(),
            Self::List(_) | Self::Map(_) => self.python_json(),
        }
    }

    /// What Python's `json.dumps()` gives: spaces after commas and colons, ASCII only.
    fn python_json(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Float(number) if !number.is_finite() => "null".to_owned(),
            Self::Int(_) | Self::Float(_) => self.python_str(),
            Self::Text(text) => json_string(text),
            Self::Secret(secret) => json_string(secret.expose_secret()),
            Self::Duration(duration) => json_string(&duration.to_string()),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::python_json).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Map(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| format!("{}: {}", json_string(key), value.python_json()))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }
}

/// Python's `repr()` of a finite float.
fn python_float(number: f64) -> String {
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if number != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.unsigned_abs());
    }
    let text = number.to_string();
    if text.contains('.') {
        text
    } else {
        format!("{text}.0")
    }
}

/// A JSON string in ASCII, with `\u` escapes for all else.
fn json_string(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_python_writes_them() {
        let cases = [
            (45.0, "45.0"),
            (-0.0, "-0.0"),
            (0.2, "0.2"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (123_456_789_012_345_678.0, "1.2345678901234568e+17"),
        ];
        for (number, text) in cases {
            assert_eq!(python_float(number), text);
        }
        assert_eq!(Value::Float(f64::INFINITY).env_text(), None);
    }

    #[test]
    fn lists_are_sorted_as_text_and_objects_are_json() {
        let list = Value::List(vec![Value::Float(2.0), Value::Float(10.0)]);
        assert_eq!(list.env_text().unwrap(), "10.0,2.0");
        let map = Value::Map(vec![("é".into(), Value::Text("a\"\u{7f}😀".into()))]);
        assert_eq!(
            map.env_text().unwrap(),
            r#"{"\u00e9": "a\"\u007f\ud83d\ude00"}"#
        );
    }
}
