//! What a scalar of YAML 1.1 is, by go-yaml 2's `resolve.go`.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::install::tree::{Content, from_float};

/// The prefix of YAML's own tags, whose short form is `!!`.
const YAML_TAG: &str = "tag:yaml.org,2002:";

/// The type of a plain scalar.
///
/// # Errors
/// Says what it is, when JSON has no such value.
pub fn plain(text: &str) -> Result<Content, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Content::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Content::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Content::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF"
        | "-.inf" | "-.Inf" | "-.INF" => return Err(format!("{text} is no number that JSON has")),
        _ => number(text),
    })
}

/// The type of a scalar with a tag, quoted or not.
///
/// # Errors
/// Says why it cannot be what its tag says.
pub fn tagged(tag: &str, text: &str) -> Result<Content, String> {
    let Some(kind) = tag.strip_prefix(YAML_TAG) else {
        return Ok(Content::Text(text.to_owned()));
    };
    let content = match kind {
        "bool" | "int" | "float" | "null" => plain(text)?,
        "binary" => {
            let compact: String = text.split_ascii_whitespace().collect();
            let bytes = STANDARD.decode(compact).ok();
            return bytes
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .map(Content::Text)
                .ok_or_else(|| "a !!binary that is not text in base64".to_owned());
        }
        _ => return Ok(Content::Text(text.to_owned())),
    };
    let fits = match (kind, &content) {
        ("bool", Content::Bool(_)) | ("null", Content::Null) | ("float", Content::Number(_)) => {
            true
        }
        ("int", Content::Number(number)) => !number.is_f64(),
        _ => false,
    };
    if fits {
        Ok(content)
    } else {
        Err(format!("{} where !!{kind} is said", content.type_name()))
    }
}

/// A number, or else text: dates are text too.
fn number(text: &str) -> Content {
    let numeric = |first: u8| first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.');
    if !text.bytes().next().is_some_and(numeric) {
        return Content::Text(text.to_owned());
    }
    // Behind a dot, underscores stand between digits alone.
    if text.starts_with('.') && !underscores_separate_digits(text) {
        return Content::Text(text.to_owned());
    }
    let bare = text.replace('_', "");
    integer(&bare)
        .or_else(|| float(&bare))
        .map_or_else(|| Content::Text(text.to_owned()), Content::Number)
}

fn underscores_separate_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'_')
        .all(|(at, _)| digit(at.checked_sub(1)) && digit(Some(at + 1)))
}

/// An integer as Go's ParseInt reads it with base 0: with the prefixes 0x, 0o, 0b and 0.
fn integer(text: &str) -> Option<serde_json::Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if !digits.bytes().all(|digit| digit.is_ascii_alphanumeric()) {
        return None;
    }
    let size = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return i64::try_from(-i128::from(size)).ok().map(Into::into);
    }
    Some(size.into())
}

/// A float by go-yaml's pattern: digits, at most one dot, an exponent.
fn float(text: &str) -> Option<serde_json::Number> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_fits =
        digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    if !mantissa_fits || !exponent_fits {
        return None;
    }
    // One that is too large is text, as for Go, whose parser fails there.
    text.parse()
        .ok()
        .filter(|float: &f64| float.is_finite())
        .and_then(from_float)
}
