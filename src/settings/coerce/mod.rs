//! Judges a raw value as pydantic does in its lax mode: what it becomes, or what was expected.

mod number;
mod path;
mod sets;
mod time;

use super::{
    raw::Raw,
    table::{Kind, Limit, Setting},
    value::Value,
};
pub(super) use path::{expand_home, python_path};

/// What the settings before this one gave, where a value may refer to them.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Context<'a> {
    /// The user's home folder.
    pub user_home: Option<&'a str>,
    /// The setting `home`, resolved; none when it is not valid.
    pub prefect_home: Option<&'a str>,
}

/// Judges a value; the error says what the setting accepts.
pub(super) fn coerce(setting: &Setting, raw: &Raw, context: Context<'_>) -> Result<Value, String> {
    if setting.optional && matches!(raw, Raw::Null) && !has_own_view_of_null(setting.kind) {
        return Ok(Value::Null);
    }
    let value = by_kind(setting.kind, raw, context)?;
    if let Some(number) = number_of(&value)
        && !setting.limits.iter().all(|limit| limit.holds(number))
    {
        return Err(expected_range(&setting.limits));
    }
    Ok(value)
}

/// These turn a null into an empty set before anything else looks at it.
const fn has_own_view_of_null(kind: Kind) -> bool {
    matches!(kind, Kind::Names | Kind::StatusCodes | Kind::Labels)
}

fn by_kind(kind: Kind, raw: &Raw, context: Context<'_>) -> Result<Value, String> {
    match kind {
        Kind::Bool => number::boolean(raw)
            .map(Value::Bool)
            .ok_or_else(|| "a boolean: true, false, 1, 0, yes, no, on, off".to_owned()),
        Kind::Int => number::integer(raw)
            .map(Value::Int)
            .ok_or_else(|| "a whole number".to_owned()),
        Kind::Float => number::float(raw)
            .map(Value::Float)
            .ok_or_else(|| "a number".to_owned()),
        Kind::Str => text(raw).map(|text| Value::Text(text.to_owned())),
        Kind::Secret => text(raw).map(|text| Value::Secret(text.into())),
        Kind::Path => text(raw).map(|text| Value::Text(python_path(text))),
        Kind::Home => {
            text(raw).and_then(|text| expand_home(text, context.user_home).map(Value::Text))
        }
        Kind::ProfilesPath => text(raw)
            .and_then(|text| path::with_prefect_home(text, context.prefect_home).map(Value::Text)),
        Kind::Level => choice(raw, "DEBUG|INFO|WARNING|ERROR|CRITICAL", str::to_uppercase),
        Kind::Choice(words) => choice(raw, words, str::to_owned),
        Kind::Duration => time::duration(raw).map(Value::Duration),
        Kind::Seconds => time::seconds(raw).map(Value::Duration),
        Kind::Names => sets::names(raw),
        Kind::StatusCodes => sets::status_codes(raw),
        Kind::Headers => sets::headers(raw),
        Kind::Labels => sets::labels(raw),
        Kind::FlowDelay => number::flow_delay(raw),
        Kind::TaskDelay => number::task_delay(raw),
        Kind::Vacuum => sets::vacuum(raw),
        Kind::Retention => sets::retention(raw),
        Kind::Any => Ok(anything(raw)),
    }
}

/// Text is the only thing that is text.
fn text(raw: &Raw) -> Result<&str, String> {
    match raw {
        Raw::Str(text) => Ok(text),
        _ => Err("a string".to_owned()),
    }
}

fn choice(raw: &Raw, words: &str, spelled: impl Fn(&str) -> String) -> Result<Value, String> {
    text(raw)
        .ok()
        .map(spelled)
        .filter(|word| words.split('|').any(|known| known == word))
        .map(Value::Text)
        .ok_or_else(|| format!("one of {}", words.replace('|', ", ")))
}

fn anything(raw: &Raw) -> Value {
    match raw {
        Raw::Null => Value::Null,
        Raw::Bool(value) => Value::Bool(*value),
        Raw::Int(value) => Value::Int((*value).into()),
        Raw::Float(value) => Value::Float(*value),
        Raw::Str(text) | Raw::Date(text) => Value::Text(text.clone()),
        Raw::List(items) => Value::List(items.iter().map(anything).collect()),
        Raw::Map(entries) => Value::Map(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), anything(value)))
                .collect(),
        ),
    }
}

/// The number that limits speak of: a duration counts in seconds.
fn number_of(value: &Value) -> Option<f64> {
    match value {
        #[allow(clippy::cast_precision_loss, reason = "limits are small whole numbers")]
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Duration(duration) => Some(time::in_seconds(duration)),
        _ => None,
    }
}

fn expected_range(limits: &[Limit]) -> String {
    let limits: Vec<String> = limits
        .iter()
        .map(|limit| match limit {
            Limit::AtLeast(bound) => format!("at least {bound}"),
            Limit::MoreThan(bound) => format!("more than {bound}"),
            Limit::AtMost(bound) => format!("at most {bound}"),
        })
        .collect();
    format!("a number of {}", limits.join(" and "))
}
