//! The functions that expressions may call: those of Go's templates and of sprig that are pure.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    ExpressionError,
    text::{is_empty, printed, quoted, truncated},
};

type Answer = Result<Value, ExpressionError>;

/// What the machine, the clock, chance or the cluster decide.
const IMPURE: [&str; 14] = [
    "lookup",
    "getHostByName",
    "now",
    "date",
    "env",
    "expandenv",
    "uuidv4",
    "randAlphaNum",
    "randAlpha",
    "randNumeric",
    "randAscii",
    "randBytes",
    "genCA",
    "genSignedCert",
];

/// Calls a function; the value of a pipe is the last argument.
pub fn call(name: &str, arguments: &[Value]) -> Answer {
    if let [only] = arguments
        && let Some(answer) = of_one(name, only)
    {
        return answer;
    }
    if let [first, second] = arguments
        && let Some(answer) = of_two(name, first, second)
    {
        return answer;
    }
    if let [first, second, third] = arguments
        && let Some(answer) = of_three(name, first, second, third)
    {
        return answer;
    }
    of_any(name, arguments).unwrap_or_else(|| Err(unknown(name, arguments.len())))
}

/// What is not set has no text for a function; Go would write `<nil>`.
fn text_of(value: &Value) -> Result<String, ExpressionError> {
    match value {
        Value::Null => Err(ExpressionError(
            "a value that is not set has no text: use default".to_owned(),
        )),
        given => printed(given),
    }
}

fn unknown(name: &str, count: usize) -> ExpressionError {
    if IMPURE.contains(&name) {
        return ExpressionError(format!(
            "{name} is not supported: the same values must always render the same"
        ));
    }
    ExpressionError(format!(
        "there is no function {name} that takes {count} argument(s)"
    ))
}

fn of_one(name: &str, value: &Value) -> Option<Answer> {
    let map = |change: fn(&str) -> String| text_of(value).map(|text| Value::String(change(&text)));
    Some(match name {
        "upper" => map(|text| text.to_uppercase()),
        "lower" => map(|text| text.to_lowercase()),
        "trim" => map(|text| text.trim().to_owned()),
        "toString" => map(str::to_owned),
        "b64enc" => map(|text| STANDARD.encode(text)),
        "sha256sum" => map(|text| {
            Sha256::digest(text)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        }),
        "b64dec" => text_of(value).and_then(|text| {
            let bytes = STANDARD.decode(text).ok();
            bytes
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .map(Value::String)
                .ok_or_else(|| {
                    ExpressionError("b64dec was given what is not text in base64".to_owned())
                })
        }),
        "int" | "int64" => integer(value).map(Value::from),
        "not" => Ok(is_empty(value).into()),
        "empty" => Ok(is_empty(value).into()),
        "toJson" => Ok(Value::String(value.to_string())),
        "len" => match value {
            Value::String(text) => Ok(text.len().into()),
            Value::Array(items) => Ok(items.len().into()),
            Value::Object(members) => Ok(members.len().into()),
            _ => Err(ExpressionError(
                "len takes a text, a list or a map".to_owned(),
            )),
        },
        _ => return None,
    })
}

fn of_two(name: &str, first: &Value, second: &Value) -> Option<Answer> {
    let texts = |change: fn(&str, &str) -> Value| Ok(change(&text_of(first)?, &text_of(second)?));
    let owned = |text: &str| Value::String(text.to_owned());
    Some(match name {
        "default" => Ok(if is_empty(second) { first } else { second }.clone()),
        "trimSuffix" => texts(|end, text| text.strip_suffix(end).unwrap_or(text).into()),
        "trimPrefix" => texts(|start, text| text.strip_prefix(start).unwrap_or(text).into()),
        "contains" => texts(|part, text| text.contains(part).into()),
        "hasPrefix" => texts(|start, text| text.starts_with(start).into()),
        "hasSuffix" => texts(|end, text| text.ends_with(end).into()),
        "trunc" => integer(first).and_then(|length| {
            let text = text_of(second)?;
            Ok(match usize::try_from(length) {
                Ok(length) => owned(truncated(&text, length)),
                Err(_) => {
                    let kept = usize::try_from(length.unsigned_abs()).unwrap_or(usize::MAX);
                    let start = text.ceil_char_boundary(text.len().saturating_sub(kept));
                    owned(&text[start..])
                }
            })
        }),
        "join" => text_of(first).and_then(|between| match second {
            Value::Array(items) => {
                let texts = items
                    .iter()
                    .filter(|item| !item.is_null())
                    .map(text_of)
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(Value::String(texts.join(&between)))
            }
            other => text_of(other).map(Value::String),
        }),
        "required" => match second {
            Value::Null => Err(ExpressionError(text_of(first).unwrap_or_default())),
            Value::String(text) if text.is_empty() => {
                Err(ExpressionError(text_of(first).unwrap_or_default()))
            }
            given => Ok(given.clone()),
        },
        "ne" => Ok((first != second).into()),
        "gt" | "lt" | "ge" | "le" => compared(name, first, second),
        "index" => match (first, second) {
            (Value::Object(members), Value::String(key)) => {
                Ok(members.get(key).cloned().unwrap_or_default())
            }
            (Value::Array(items), Value::Number(at)) => {
                let at = at.as_u64().and_then(|at| usize::try_from(at).ok());
                at.and_then(|at| items.get(at))
                    .cloned()
                    .ok_or_else(|| ExpressionError("index points outside of its list".to_owned()))
            }
            _ => Err(ExpressionError(
                "index takes a map and a key, or a list and a number".to_owned(),
            )),
        },
        _ => return None,
    })
}

fn of_three(name: &str, first: &Value, second: &Value, third: &Value) -> Option<Answer> {
    Some(match name {
        "replace" => (|| {
            let (old, new, text) = (text_of(first)?, text_of(second)?, text_of(third)?);
            Ok(Value::String(text.replace(&old, &new)))
        })(),
        "ternary" => Ok(if is_empty(third) { second } else { first }.clone()),
        _ => return None,
    })
}

fn of_any(name: &str, arguments: &[Value]) -> Option<Answer> {
    Some(match name {
        "quote" | "squote" => arguments
            .iter()
            .filter(|value| !value.is_null())
            .map(|value| {
                let text = text_of(value)?;
                Ok(if name == "quote" {
                    quoted(&text)
                } else {
                    format!("'{text}'")
                })
            })
            .collect::<Result<Vec<_>, _>>()
            .map(|texts| Value::String(texts.join(" "))),
        "coalesce" => Ok(arguments
            .iter()
            .find(|value| !is_empty(value))
            .cloned()
            .unwrap_or_default()),
        "cat" => arguments
            .iter()
            .filter(|value| !value.is_null())
            .map(text_of)
            .collect::<Result<Vec<_>, _>>()
            .map(|texts| Value::String(texts.join(" "))),
        "eq" if arguments.len() > 1 => Ok(arguments[1..].contains(&arguments[0]).into()),
        "add" => arguments
            .iter()
            .map(integer)
            .sum::<Result<i64, _>>()
            .map(Value::from),
        "list" => Ok(Value::Array(arguments.to_vec())),
        "printf" if !arguments.is_empty() => format_text(&arguments[0], &arguments[1..]),
        _ => return None,
    })
}

fn compared(name: &str, first: &Value, second: &Value) -> Answer {
    let (Some(first), Some(second)) = (first.as_f64(), second.as_f64()) else {
        return Err(ExpressionError(format!("{name} compares numbers alone")));
    };
    Ok(match name {
        "gt" => first > second,
        "lt" => first < second,
        "ge" => first >= second,
        _ => first <= second,
    }
    .into())
}

fn integer(value: &Value) -> Result<i64, ExpressionError> {
    #[allow(clippy::cast_possible_truncation, reason = "Go's int truncates too")]
    let integer = match value {
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|float| float as i64)),
        Value::String(text) => text.parse().ok(),
        Value::Bool(value) => Some(i64::from(*value)),
        Value::Null => Some(0),
        _ => None,
    };
    integer.ok_or_else(|| ExpressionError("a whole number is expected".to_owned()))
}

/// `printf` with the verbs `%s`, `%v`, `%d`, `%q` and `%%`.
fn format_text(format: &Value, arguments: &[Value]) -> Answer {
    let format = text_of(format)?;
    let mut arguments = arguments.iter();
    let mut out = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        let verb = characters.next();
        if verb == Some('%') {
            out.push('%');
            continue;
        }
        let Some(argument) = arguments.next() else {
            return Err(ExpressionError("printf has too few arguments".to_owned()));
        };
        match verb {
            Some('s' | 'v') => out.push_str(&text_of(argument)?),
            Some('q') => out.push_str(&quoted(&text_of(argument)?)),
            Some('d') => out.push_str(&integer(argument)?.to_string()),
            _ => {
                return Err(ExpressionError(
                    "printf knows %s, %v, %d, %q and %%".to_owned(),
                ));
            }
        }
    }
    if arguments.next().is_some() {
        return Err(ExpressionError("printf has too many arguments".to_owned()));
    }
    Ok(Value::String(out))
}
