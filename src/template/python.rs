//! Python's way with values, where the Prefect worker's results depend on it: `str()`, `repr()`,
//! truth, integer keys. Not for anything that is not compared with Python.

use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Number, Value};

/// What `str(value)` gives in Python: the text a value has inside a longer string or in `env`.
#[must_use]
pub fn to_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => repr(other),
    }
}

/// What `repr(value)` gives in Python.
#[must_use]
pub fn repr(value: &Value) -> String {
    let mut out = String::new();
    write_repr(value, &mut out);
    out
}

fn write_repr(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => out.push_str(&number_text(number)),
        Value::String(text) => write_string_repr(text, out),
        Value::Array(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push_str(", ");
                }
                write_repr(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (position, (key, item)) in members.iter().enumerate() {
                if position > 0 {
                    out.push_str(", ");
                }
                write_string_repr(key, out);
                out.push_str(": ");
                write_repr(item, out);
            }
            out.push('}');
        }
    }
}

fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float_text(float),
        _ => number.to_string(),
    }
}

/// The shortest digits that read back as the same float, positional for exponents -4 to 15.
fn float_text(float: f64) -> String {
    let scientific = shortest(float);
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific; // infinities and NaN, which JSON cannot hold
    };
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits.replace('.', "")),
        None => ("", mantissa.replace('.', "")),
    };
    match exponent.parse::<i32>() {
        Ok(exponent) if (0..16).contains(&exponent) => {
            let places = usize::try_from(exponent).unwrap_or_default() + 1;
            let padded = format!("{digits:0<width$}", width = places + 1);
            let (whole, fraction) = padded.split_at(places);
            format!("{sign}{whole}.{fraction}")
        }
        Ok(exponent) if (-4..0).contains(&exponent) => {
            let zeros = usize::try_from(-exponent - 1).unwrap_or_default();
            format!("{sign}0.{}{digits}", "0".repeat(zeros))
        }
        Ok(exponent) => {
            let direction = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{direction}{:02}", exponent.unsigned_abs())
        }
        Err(_) => scientific,
    }
}

/// The shortest digits, in scientific notation. Of two that are equally near Python takes the even
/// one, as exact formatting does, and Rust's shortest formatting the larger one.
fn shortest(float: f64) -> String {
    let shortest = format!("{float:e}");
    let mantissa = shortest.split('e').next().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let rounded = format!("{float:.*e}", digits.saturating_sub(1));
    if rounded.parse() == Ok(float) {
        rounded
    } else {
        shortest
    }
}

fn write_string_repr(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => {
                out.push('\\');
                out.push(character);
            }
            ' '..='~' => out.push(character),
            _ if is_printable(character) => out.push(character),
            _ => write_escape(character, out),
        }
    }
    out.push(quote);
}

fn write_escape(character: char, out: &mut String) {
    let code = u32::from(character);
    // Writing to a String cannot fail.
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// `str.isprintable()` for one character: neither a control, format, unassigned or private one,
/// nor a separator (a plain space excepted).
fn is_printable(character: char) -> bool {
    #[expect(
        clippy::expect_used,
        reason = "a constant expression, compiled by a test"
    )]
    static HIDDEN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[\p{C}\p{Z}]").expect("a valid expression"));
    character == ' ' || !HIDDEN.is_match(character.encode_utf8(&mut [0; 4]))
}

/// `bool(value)`: false for null, false, zero and everything empty.
#[must_use]
pub fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

/// Whether two values are the same key of a dictionary: numbers and booleans by amount.
#[must_use]
pub fn is_same_key(one: &Value, other: &Value) -> bool {
    match (amount(one), amount(other)) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one == other,
        _ => false,
    }
}

/// The value of a number, booleans counting as 0 and 1.
#[must_use]
pub fn amount(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::Number(number) => number.as_f64(),
        _ => None,
    }
}

/// A step of a path, as `int(step)` decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// An integer: indexes lists and text from the front, or from the back when negative.
    Index(i64),
    /// Anything else: looks a key up.
    Key(&'a str),
}

impl<'a> Step<'a> {
    /// Reads a step: digits with an optional minus sign and single underscores between them.
    #[must_use]
    pub fn parse(step: &'a str) -> Self {
        let digits = step.strip_prefix('-').unwrap_or(step);
        let is_integer = !digits.is_empty()
            && digits
                .split('_')
                .all(|run| !run.is_empty() && run.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_integer {
            return Self::Key(step);
        }
        let number = step.replace('_', "");
        // An index beyond all lists finds nothing, like the largest one.
        Self::Index(number.parse().unwrap_or(i64::MAX))
    }
}

/// How a value's type is called in a message.
#[must_use]
pub const fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_is_what_python_prints() {
        for (value, text) in [
            (json!(null), "None"),
            (json!(true), "True"),
            (json!(false), "False"),
            (json!("it's"), "it's"),
            (json!(-7), "-7"),
            (
                json!(18_446_744_073_709_551_615_u64),
                "18446744073709551615",
            ),
            (json!(1.0), "1.0"),
            (json!(0.1), "0.1"),
            (json!(-2.5), "-2.5"),
            (json!(1e20), "1e+20"),
            (json!(1e16), "1e+16"),
            (json!(1e15), "1000000000000000.0"),
            (json!(1.5e-5), "1.5e-05"),
            (json!(0.0001), "0.0001"),
            (json!(1e-300), "1e-300"),
            (json!(123456789.125), "123456789.125"),
            (json!(176_867_180_981_942.63), "176867180981942.62"),
            (json!(-12.0), "-12.0"),
            (json!(9_007_199_254_740_993.0), "9007199254740992.0"),
            (json!(5e-324), "5e-324"),
            (json!(0.0), "0.0"),
            (json!(-0.0), "-0.0"),
            (json!([1, "a", null, true]), "[1, 'a', None, True]"),
            (
                json!({"a": {"b": []}, "c": {}}),
                "{'a': {'b': []}, 'c': {}}",
            ),
            (json!(["it's"]), "[\"it's\"]"),
            (json!(["\"it's\""]), "['\"it\\'s\"']"),
            (
                json!(["a\\\n\t\r\u{0}\u{7f}"]),
                "['a\\\\\\n\\t\\r\\x00\\x7f']",
            ),
            (
                json!(["é\u{a0}\u{2028}\u{1f600}\u{e000}"]),
                "['é\\xa0\\u2028\u{1f600}\\ue000']",
            ),
            (json!(["\u{10ffff} x"]), "['\\U0010ffff x']"),
        ] {
            assert_eq!(to_text(&value), text, "{value}");
        }
    }

    #[test]
    fn steps_are_integers_where_python_reads_one() {
        for (text, step) in [
            ("0", Step::Index(0)),
            ("-1", Step::Index(-1)),
            ("007", Step::Index(7)),
            ("1_0", Step::Index(10)),
            ("99999999999999999999", Step::Index(i64::MAX)),
            ("", Step::Key("")),
            ("-", Step::Key("-")),
            ("1__0", Step::Key("1__0")),
            ("_1", Step::Key("_1")),
            ("1a", Step::Key("1a")),
        ] {
            assert_eq!(Step::parse(text), step, "{text}");
        }
    }

    #[test]
    fn keys_are_equal_by_amount() {
        assert!(is_same_key(&json!(1), &json!(1.0)));
        assert!(is_same_key(&json!(true), &json!(1)));
        assert!(!is_same_key(&json!("1"), &json!(1)));
        assert!(is_same_key(&json!("a"), &json!("a")));
        assert!(is_same_key(&json!(null), &json!(null)));
    }
}
