//! Reads settings as pydantic does in its lax mode, and gathers what cannot be read.

use serde_json::{Map, Value};

use super::{FieldProblem, python};

/// Reads the fields of one object and remembers what was wrong.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    members: &'a Map<String, Value>,
    prefix: &'static str,
    problems: Vec<FieldProblem>,
}

impl<'a> Reader<'a> {
    /// `prefix` stands before each field's name in problems.
    pub(super) const fn new(members: &'a Map<String, Value>, prefix: &'static str) -> Self {
        Self {
            members,
            prefix,
            problems: Vec::new(),
        }
    }

    /// What was wrong so far.
    pub(super) fn into_problems(self) -> Vec<FieldProblem> {
        self.problems
    }

    /// Takes over what was wrong elsewhere.
    pub(super) fn add(&mut self, problems: Vec<FieldProblem>) {
        self.problems.extend(problems);
    }

    /// The field as given.
    pub(super) fn raw(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name)
    }

    /// Remembers that a field is not what was expected.
    pub(super) fn problem(&mut self, path: &str, expected: &'static str, found: Option<&Value>) {
        self.problems.push(FieldProblem {
            path: format!("{}{path}", self.prefix),
            expected,
            found: describe(found),
        });
    }

    /// A text. `None`: the field is absent or wrong.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let value = self.raw(name)?;
        if let Value::String(text) = value {
            return Some(text.clone());
        }
        self.problem(name, "a string", Some(value));
        None
    }

    /// A text or null.
    pub(super) fn optional_text(&mut self, name: &str) -> Option<String> {
        self.raw(name).filter(|value| !value.is_null())?;
        self.text(name)
    }

    /// An object of texts. Numbers are no texts. An absent field is empty.
    pub(super) fn texts(&mut self, name: &str) -> Map<String, Value> {
        let members = match self.raw(name) {
            None => return Map::new(),
            Some(Value::Object(members)) => members,
            Some(other) => {
                self.problem(name, "an object of strings", Some(other));
                return Map::new();
            }
        };
        for (key, value) in members.iter().filter(|(_, value)| !value.is_string()) {
            self.problem(&format!("{name}.{key}"), "a string", Some(value));
        }
        members.clone()
    }

    /// An integer or what is read as one. `None`: the field is absent or wrong.
    pub(super) fn integer(&mut self, name: &str) -> Option<i128> {
        let value = self.raw(name)?;
        let integer = integer(value);
        if integer.is_none() {
            self.problem(name, "an integer", Some(value));
        }
        integer
    }

    /// An integer or null.
    pub(super) fn optional_integer(&mut self, name: &str) -> Option<i128> {
        self.raw(name).filter(|value| !value.is_null())?;
        self.integer(name)
    }

    /// A boolean or what is read as one. `None`: the field is absent or wrong.
    pub(super) fn boolean(&mut self, name: &str) -> Option<bool> {
        let value = self.raw(name)?;
        let flag = boolean(value);
        if flag.is_none() {
            self.problem(name, "a boolean", Some(value));
        }
        flag
    }
}

fn describe(found: Option<&Value>) -> String {
    found.map_or("missing", python::type_name).to_owned()
}

/// Booleans count, floats when they are whole, texts in decimal digits with a sign, single
/// underscores between digits, zeros after a point and white space around them.
///
/// Digits beyond 128 bits saturate: no setting that large is used.
fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Bool(flag) => Some(i128::from(*flag)),
        Value::Number(number) => number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from))
            .or_else(|| number.as_f64().and_then(whole)),
        Value::String(text) => integer_in(text),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A float that is a whole number of 64 bits.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked, and a whole float loses nothing"
)]
fn whole(float: f64) -> Option<i128> {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    (float.fract() == 0.0 && float > -BOUND && float < BOUND).then_some(float as i128)
}

fn integer_in(text: &str) -> Option<i128> {
    let text = text.trim();
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_number = !fraction.is_empty()
        && fraction.bytes().all(|byte| byte == b'0')
        && digits
            .split('_')
            .all(|run| !run.is_empty() && run.bytes().all(|byte| byte.is_ascii_digit()));
    is_number.then(|| {
        let amount = digits.replace('_', "").parse().unwrap_or(i128::MAX);
        if is_negative { -amount } else { amount }
    })
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => match number.as_f64()? {
            0.0 => Some(false),
            1.0 => Some(true),
            _ => None,
        },
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "0" | "off" | "f" | "false" | "n" | "no" => Some(false),
            "1" | "on" | "t" | "true" | "y" | "yes" => Some(true),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn integers_are_read_as_pydantic_reads_them() {
        for (value, number) in [
            (json!(true), Some(1)),
            (json!(60), Some(60)),
            (json!(60.0), Some(60)),
            (json!(60.5), None),
            (json!(1e18), Some(1_000_000_000_000_000_000)),
            (json!(9.3e18), None),
            (json!(" 60\t"), Some(60)),
            (json!("60.00"), Some(60)),
            (json!("1_0.0"), Some(10)),
            (json!("-60"), Some(-60)),
            (json!("+0_1"), Some(1)),
            (json!("9".repeat(60)), Some(i128::MAX)),
            (json!("60."), None),
            (json!(".0"), None),
            (json!("6__0"), None),
            (json!("60.0_0"), None),
            (json!("1e3"), None),
            (json!("- 1"), None),
            (json!("+-1"), None),
            (json!(""), None),
            (json!("soon"), None),
            (json!("\u{661}"), None),
            (json!(null), None),
            (json!([]), None),
        ] {
            assert_eq!(integer(&value), number, "{value}");
        }
    }

    #[test]
    fn booleans_are_read_as_pydantic_reads_them() {
        for (value, flag) in [
            (json!(false), Some(false)),
            (json!(1), Some(true)),
            (json!(-0.0), Some(false)),
            (json!("OFF"), Some(false)),
            (json!("tRuE"), Some(true)),
            (json!(" true"), None),
            (json!(2), None),
            (json!(""), None),
            (json!(null), None),
        ] {
            assert_eq!(boolean(&value), flag, "{value}");
        }
    }
}
