//! Booleans and numbers, from text and from what JSON and TOML have.

use super::{Raw, Value};

/// 2 to the power of 63: from here on a float is no 64-bit integer.
const INTEGERS_END: f64 = 9_223_372_036_854_775_808.0;

/// A boolean: the words are taken in any case, but with no space around them.
pub(super) fn boolean(raw: &Raw) -> Option<bool> {
    match raw {
        Raw::Bool(value) => Some(*value),
        Raw::Int(0) => Some(false),
        Raw::Int(1) => Some(true),
        Raw::Float(number) if *number == 0.0 => Some(false),
        Raw::Float(number) if *number == 1.0 => Some(true),
        Raw::Str(text) => match text.to_ascii_lowercase().as_str() {
            "0" | "off" | "f" | "false" | "n" | "no" => Some(false),
            "1" | "on" | "t" | "true" | "y" | "yes" => Some(true),
            _ => None,
        },
        _ => None,
    }
}

/// A whole number; text may have spaces around it, underscores and a fraction of zeros.
pub(super) fn integer(raw: &Raw) -> Option<i128> {
    match raw {
        Raw::Bool(value) => Some((*value).into()),
        Raw::Int(number) => Some((*number).into()),
        #[allow(
            clippy::cast_possible_truncation,
            reason = "checked to be whole and in range"
        )]
        Raw::Float(number) if number.fract() == 0.0 && number.abs() < INTEGERS_END => {
            Some(*number as i128)
        }
        Raw::Str(text) => integer_text(text),
        _ => None,
    }
}

fn integer_text(text: &str) -> Option<i128> {
    let text = without_underscores(text.trim())?;
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|digit| digit == b'0') => {
            whole
        }
        Some(_) => return None,
        None => &text,
    };
    whole.parse().ok()
}

/// A number, infinities and NaN included.
pub(super) fn float(raw: &Raw) -> Option<f64> {
    match raw {
        Raw::Bool(value) => Some(f64::from(u8::from(*value))),
        #[allow(clippy::cast_precision_loss, reason = "as Python converts it")]
        Raw::Int(number) => Some(*number as f64),
        Raw::Float(number) => Some(*number),
        Raw::Str(text) => float_text(text),
        _ => None,
    }
}

pub(super) fn float_text(text: &str) -> Option<f64> {
    without_underscores(text.trim())?.parse().ok()
}

/// Single underscores may stand inside a number.
fn without_underscores(text: &str) -> Option<String> {
    if text.starts_with('_') || text.ends_with('_') || text.contains("__") {
        return None;
    }
    Some(text.replace('_', ""))
}

/// A number of seconds or a list of them; a whole number stays whole.
pub(super) fn flow_delay(raw: &Raw) -> Result<Value, String> {
    let number = match raw {
        Raw::Float(number) => Some(Value::Float(*number)),
        Raw::List(items) => return floats(items),
        other => integer(other)
            .map(Value::Int)
            .or_else(|| float(other).map(Value::Float)),
    };
    number.ok_or_else(expected_delay)
}

/// As [`flow_delay`], and text may be a list separated by commas; blank text is nothing.
pub(super) fn task_delay(raw: &Raw) -> Result<Value, String> {
    let Raw::Str(text) = raw else {
        return flow_delay(raw);
    };
    let numbers: Option<Vec<f64>> = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(float_text)
        .collect();
    match numbers.ok_or_else(expected_delay)?.as_slice() {
        [] => Ok(Value::Null),
        [number] => Ok(Value::Float(*number)),
        numbers => Ok(Value::List(
            numbers.iter().copied().map(Value::Float).collect(),
        )),
    }
}

fn floats(items: &[Raw]) -> Result<Value, String> {
    items
        .iter()
        .map(|item| float(item).map(Value::Float))
        .collect::<Option<_>>()
        .map(Value::List)
        .ok_or_else(expected_delay)
}

fn expected_delay() -> String {
    "a number of seconds, or a list of numbers".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Raw {
        Raw::Str(text.to_owned())
    }

    #[test]
    fn whole_numbers() {
        let good = [
            ("1", 1),
            ("+1", 1),
            (" -1\n", -1),
            ("1_000", 1000),
            ("01", 1),
            ("1.00", 1),
            (" 1_0.0 ", 10),
            ("-0", 0),
        ];
        for (from, to) in good {
            assert_eq!(integer(&text(from)), Some(to), "{from}");
        }
        for bad in [
            "", "_1", "1_", "1__0", "0x10", "1.", "1.5", "1e3", ".0", "+-1", "1 0", "inf",
        ] {
            assert_eq!(integer(&text(bad)), None, "{bad}");
        }
        assert_eq!(integer(&Raw::Float(3.0)), Some(3));
        assert_eq!(integer(&Raw::Float(1e30)), None);
        assert_eq!(integer(&Raw::Bool(true)), Some(1));
    }

    #[test]
    fn numbers() {
        let good = [
            ("1", 1.0),
            ("1.", 1.0),
            (".5", 0.5),
            ("1_0.5_5", 10.55),
            ("1e400", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
        ];
        for (from, to) in good {
            assert_eq!(float(&text(from)), Some(to), "{from}");
        }
        for bad in ["", "_1", "1__0", "0x10", "infinit", "a"] {
            assert_eq!(float(&text(bad)), None, "{bad}");
        }
    }

    #[test]
    fn booleans_take_no_space() {
        assert_eq!(boolean(&text("yEs")), Some(true));
        assert_eq!(boolean(&text("OFF")), Some(false));
        assert_eq!(boolean(&text(" true")), None);
        assert_eq!(boolean(&text("")), None);
        assert_eq!(boolean(&Raw::Int(2)), None);
    }
}
