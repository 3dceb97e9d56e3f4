//! A template as a document: read from JSON or YAML, written in one order, known by its digest.

use std::fmt;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{Path, json};
use crate::{
    error::{Error, Result},
    install::{tree::from_float, yaml},
};

/// A base job template whose members stand in the order of their names, at every depth. Servers
/// give them in the order of their databases (PostgreSQL: by length), and files in Git must not
/// change by that.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Map<String, Value>);

/// A template that was read from a file.
#[derive(Debug)]
pub struct Document {
    /// The template.
    pub template: Template,
    /// What is odd in the file, and has a meaning.
    pub notes: Vec<String>,
}

impl Template {
    /// A template as the API gives it.
    #[must_use]
    pub fn new(members: Map<String, Value>) -> Self {
        match ordered(Value::Object(members)) {
            Value::Object(members) => Self(members),
            _ => Self(Map::new()),
        }
    }

    /// Whether there is none: a new pool has an empty one, until a worker gives it the default.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The members.
    #[must_use]
    pub const fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The members, to be sent.
    #[must_use]
    pub fn into_members(self) -> Map<String, Value> {
        self.0
    }

    /// The template as a value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// What the template is known by: two of one digest are the same, whatever their order.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let text = self.to_value().to_string();
        let hash = Sha256::digest(text.as_bytes());
        Digest(hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// The SHA-256 of a template in its order.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

impl Digest {
    /// What a digest begins with.
    pub const PREFIX: &str = "sha256:";
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::PREFIX, self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hex = text.strip_prefix(Self::PREFIX).unwrap_or(text);
        if hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(hex.to_ascii_lowercase()))
        } else {
            Err("a digest is sha256: and 64 hexadecimal digits".to_owned())
        }
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

/// A value with the members of objects in the order of their names, and numbers without a fraction
/// as integers.
#[must_use]
pub fn ordered(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members.into_iter().collect();
            members.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
            members
                .into_iter()
                .map(|(key, value)| (key, ordered(value)))
                .collect()
        }
        Value::Array(items) => items.into_iter().map(ordered).collect(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => Value::Number(from_float(float).unwrap_or(number)),
            _ => Value::Number(number),
        },
        scalar => scalar,
    }
}

/// Reads a file: JSON, else YAML as kubectl reads it. A mark of byte order is skipped.
///
/// # Errors
/// A usage error for what is neither, is no map, or is empty.
pub fn read(bytes: &[u8], source: &str) -> Result<Document> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (value, mut notes) = match json::read(bytes) {
        Ok((value, twice)) => (
            value,
            twice.iter().map(|path| is_twice(source, path)).collect(),
        ),
        // YAML would make something of JSON with comments, and not what is meant.
        Err(error) if looks_like_json(bytes) => return Err(no_json(bytes, source, &error)),
        Err(_) => {
            let read = yaml::read_as(bytes, source, &yaml::TEMPLATE)?;
            (read.values.to_json(), read.notes)
        }
    };
    let Value::Object(members) = value else {
        let found = crate::template::python::type_name(&value);
        return Err(Error::usage(format!(
            "{source}: a base job template is a map, and this is {found}"
        )));
    };
    if members.is_empty() {
        return Err(Error::usage(format!("{source} is empty"))
            .hint("kubectl prefect template default prints a template to begin with"));
    }
    if let Some(inner) = ["base_job_template", "default_base_job_configuration"]
        .into_iter()
        .find(|key| members.get(*key).is_some_and(Value::is_object))
    {
        return Err(Error::usage(format!("{source} is not a base job template"))
            .cause(format!("the template stands in it under {inner:?}"))
            .hint(format!("take that part alone, with jq .{inner} say")));
    }
    notes.dedup();
    Ok(Document {
        template: Template::new(members),
        notes,
    })
}

fn is_twice(source: &str, path: &Path) -> String {
    format!("{source}: {path} is there twice; the last one counts")
}

fn looks_like_json(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    [&b"{"[..], b"[", b"//", b"/*"]
        .iter()
        .any(|beginning| text.starts_with(beginning))
}

fn no_json(bytes: &[u8], source: &str, error: &serde_json::Error) -> Error {
    if std::str::from_utf8(bytes).is_err() {
        return Error::usage(format!("{source} is not text"))
            .cause("its bytes are neither UTF-8 nor UTF-16");
    }
    let said = Error::usage(format!("{source} is not JSON")).cause(error.to_string());
    let line = bytes
        .split(|byte| *byte == b'\n')
        .nth(error.line().saturating_sub(1))
        .unwrap_or_default();
    let has_comment = line
        .windows(2)
        .any(|pair| matches!(pair, b"//" | b"/*" | b"# "));
    if has_comment {
        said.hint("JSON has no comments; those of YAML, which is taken too, begin with #")
    } else {
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(bytes: &[u8]) -> String {
        match read(bytes, "f") {
            Ok(document) => document.template.to_value().to_string(),
            Err(error) => format!("{}|{}", error.one_line(), error.hints.join("|")),
        }
    }

    #[test]
    fn json_and_yaml_are_read_and_ordered() {
        for (bytes, expected) in [
            (
                &b"{\"b\": 1.0, \"a\": {\"d\": [2, 1], \"c\": null}}"[..],
                r#"{"a":{"c":null,"d":[2,1]},"b":1}"#,
            ),
            (b"\xef\xbb\xbf{\"a\": 1}", r#"{"a":1}"#),
            (
                b"b: no\na: '{{ x }}'  # why\n",
                r#"{"a":"{{ x }}","b":false}"#,
            ),
            (b"\xff\xfe{\0\"\0a\0\"\0:\0 \x001\0}\0", r#"{"a":1}"#),
            (b"\t{\"a\":\t1}", r#"{"a":1}"#),
        ] {
            assert_eq!(text(bytes), expected);
        }
    }

    #[test]
    fn what_is_no_template_is_told() {
        for (bytes, expected) in [
            (
                &b"[1]"[..],
                "f: a base job template is a map, and this is a list",
            ),
            (b"", "f is empty|"),
            (b"# nothing\n", "f is empty|"),
            (b"{}", "f is empty|"),
            (
                b"text",
                "f:1: a base job template is a map, and this is a string",
            ),
            (
                b"{\"a\": 1, // why\n\"b\": }",
                "f is not JSON: key must be a string",
            ),
            (
                b"{\"a\": \xe9\xff}",
                "f is not text: its bytes are neither UTF-8 nor UTF-16",
            ),
            (b"\xe9\xff: x", "f is not text"),
            (
                b"{\"base_job_template\": {}}",
                "f is not a base job template: the template stands in it",
            ),
        ] {
            assert!(
                text(bytes).starts_with(expected),
                "{} for {expected}",
                text(bytes)
            );
        }
        for commented in [
            "{\"a\": 1, // why\n\"b\": 2}",
            "// why\n{}",
            "{ /* why */ }",
            "{\"a\": 1, # why\n}",
        ] {
            assert!(
                text(commented.as_bytes()).contains("JSON has no comments"),
                "{commented}"
            );
        }
    }

    #[test]
    fn a_key_that_is_there_twice_is_told() {
        let read = read(b"{\"a\": {\"b\": 1, \"b\": 2}}", "f").unwrap();
        assert_eq!(read.notes, ["f: a.b is there twice; the last one counts"]);
    }

    #[test]
    fn the_order_does_not_matter_to_the_digest() {
        let template = |value: Value| match value {
            Value::Object(members) => Template::new(members),
            _ => panic!("no object"),
        };
        let one = template(json!({"a": 1, "b": {"c": 2.0, "d": []}}));
        let other = template(json!({"b": {"d": [], "c": 2}, "a": 1}));
        assert_eq!(one.digest(), other.digest());
        assert_ne!(one.digest(), template(json!({"a": 2})).digest());
        assert_eq!(one.digest().to_string().parse(), Ok(one.digest()));
        assert!("sha256:12".parse::<Digest>().is_err());
    }
}
