//! Sets and objects: names, status codes, headers, labels and two of the server's own.

use super::{Raw, Value, number, text, time};

/// A set of strings; text is split at commas, and empty parts stay.
pub(super) fn names(raw: &Raw) -> Result<Value, String> {
    let expected = || "names separated by commas, or a JSON list of strings".to_owned();
    if raw.is_falsy() {
        return Ok(Value::List(Vec::new()));
    }
    match raw {
        Raw::Str(list) => Ok(set(list.split(',').map(|name| name.trim().to_owned()))),
        Raw::List(items) => {
            let names: Result<Vec<_>, _> = items
                .iter()
                .map(|item| text(item).map(str::to_owned))
                .collect();
            names.map(set).map_err(|_| expected())
        }
        _ => Err(expected()),
    }
}

fn set(names: impl IntoIterator<Item = String>) -> Value {
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort();
    names.dedup();
    Value::List(names.into_iter().map(Value::Text).collect())
}

/// A set of HTTP status codes.
pub(super) fn status_codes(raw: &Raw) -> Result<Value, String> {
    if raw.is_falsy() {
        return Ok(Value::List(Vec::new()));
    }
    let code = |raw: &Raw| number::integer(raw).filter(|code| (100..=599).contains(code));
    let codes: Option<Vec<i128>> = match raw {
        Raw::Str(list) => list
            .split(',')
            .map(|word| code(&Raw::Str(word.to_owned())))
            .collect(),
        Raw::List(items) => items.iter().map(code).collect(),
        other => code(other).map(|code| vec![code]),
    };
    let mut codes =
        codes.ok_or_else(|| "HTTP status codes (100 to 599) separated by commas".to_owned())?;
    codes.sort_unstable();
    codes.dedup();
    Ok(Value::List(codes.into_iter().map(Value::Int).collect()))
}

/// HTTP headers: an object of strings, or a string that holds one as JSON.
pub(super) fn headers(raw: &Raw) -> Result<Value, String> {
    let inner;
    let raw = match raw {
        Raw::Str(json) => {
            inner = Raw::from_json(json).unwrap_or(Raw::Null);
            &inner
        }
        other => other,
    };
    strings(raw).ok_or_else(|| "a JSON object of strings".to_owned())
}

fn strings(raw: &Raw) -> Option<Value> {
    let Raw::Map(entries) = raw else {
        return None;
    };
    let entries: Option<Vec<_>> = entries
        .iter()
        .map(|(key, value)| Some((key.clone(), Value::Text(text(value).ok()?.to_owned()))))
        .collect();
    entries.map(Value::Map)
}

/// Labels: `key=value` pairs separated by commas, or an object of strings.
pub(super) fn labels(raw: &Raw) -> Result<Value, String> {
    let expected = || "labels as key=value,key=value".to_owned();
    match raw {
        Raw::Null => Ok(Value::Map(Vec::new())),
        Raw::Map(_) => strings(raw).ok_or_else(expected),
        Raw::Str(list) => {
            let mut labels: Vec<(String, Value)> = Vec::new();
            for pair in list.split(',') {
                let (key, value) = pair.split_once('=').ok_or_else(expected)?;
                let (key, value) = (key.trim().to_owned(), Value::Text(value.trim().to_owned()));
                match labels.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, old)) => *old = value,
                    None => labels.push((key, value)),
                }
            }
            Ok(Value::Map(labels))
        }
        _ => Err(expected()),
    }
}

/// What the server's vacuum removes: a set of words, or a boolean of older versions.
pub(super) fn vacuum(raw: &Raw) -> Result<Value, String> {
    match raw {
        Raw::Str(words) => match words.trim().to_lowercase().as_str() {
            "true" | "1" => Ok(Value::Bool(true)),
            "false" | "0" | "" => Ok(Value::Bool(false)),
            _ => Ok(set(words
                .split(',')
                .map(|word| word.trim().to_owned())
                .filter(|word| !word.is_empty()))),
        },
        Raw::List(items) if items.is_empty() => Ok(Value::List(Vec::new())),
        Raw::List(_) => names(raw),
        other => number::boolean(other)
            .map(Value::Bool)
            .ok_or_else(|| "vacuum types separated by commas, or a boolean".to_owned()),
    }
}

/// How long the server keeps events of a type: an object of durations above zero.
pub(super) fn retention(raw: &Raw) -> Result<Value, String> {
    let expected = || "a JSON object of durations above zero".to_owned();
    let Raw::Map(entries) = raw else {
        return Err(expected());
    };
    let mut durations = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let duration = time::seconds(value).map_err(|_| expected())?;
        if time::in_seconds(&duration) <= 0.0 {
            return Err(expected());
        }
        durations.push((key.clone(), Value::Duration(duration)));
    }
    Ok(Value::Map(durations))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(value: Result<Value, String>) -> Option<String> {
        value.ok().and_then(|value| value.env_text())
    }

    fn str(text: &str) -> Raw {
        Raw::Str(text.to_owned())
    }

    #[test]
    fn names_keep_empty_parts() {
        assert_eq!(env(names(&str("b, a,"))).as_deref(), Some(",a,b"));
        assert_eq!(env(names(&str(""))).as_deref(), Some(""));
        assert!(names(&Raw::Int(5)).is_err());
    }

    #[test]
    fn status_codes_are_checked() {
        assert_eq!(
            env(status_codes(&str(" 429 , 404"))).as_deref(),
            Some("404,429")
        );
        assert_eq!(
            env(status_codes(&Raw::Float(429.0))).as_deref(),
            Some("429")
        );
        for bad in ["99", "600", "429,", "abc"] {
            assert!(status_codes(&str(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn labels_need_a_value() {
        assert_eq!(
            env(labels(&str("a=b, c = d=e"))).as_deref(),
            Some(r#"{"a": "b", "c": "d=e"}"#)
        );
        assert!(labels(&str("")).is_err());
        assert!(labels(&str("a")).is_err());
    }

    #[test]
    fn headers_may_be_json_in_json() {
        assert_eq!(
            env(headers(&str(r#"{"a": "b"}"#))).as_deref(),
            Some(r#"{"a": "b"}"#)
        );
        assert!(headers(&str("x")).is_err());
        assert!(headers(&Raw::Map(vec![("a".into(), Raw::Int(1))])).is_err());
    }
}
