//! Values as they stand in an environment variable, a JSON text or a TOML file: not yet judged.

/// A value before it is judged.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Raw {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
    List(Vec<Raw>),
    Map(Vec<(String, Raw)>),
    /// A date or time of TOML: no setting takes one.
    Date(String),
}

impl Raw {
    /// Reads a JSON text.
    pub(super) fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .map(Self::from)
    }

    /// Whether Python takes the value for false in a condition.
    pub(super) fn is_falsy(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(value) => !value,
            Self::Int(value) => *value == 0,
            Self::Float(value) => *value == 0.0,
            Self::Str(value) => value.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Date(_) => false,
        }
    }

    /// What kind of thing it is, for an error that must not show the value itself.
    pub(super) const fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Str(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a table",
            Self::Date(_) => "a date or time",
        }
    }

    /// The value as an error shows it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Str(value) => format!("{value:?}"),
            Self::Date(value) => value.clone(),
            Self::Null | Self::List(_) | Self::Map(_) => self.type_name().to_owned(),
        }
    }

    /// Lays `over` upon this value: objects are merged key by key, anything else is replaced.
    pub(super) fn overlaid(self, over: Self) -> Self {
        match (self, over) {
            (Self::Map(mut entries), Self::Map(over)) => {
                for (key, value) in over {
                    match entries.iter_mut().find(|(name, _)| *name == key) {
                        Some((_, old)) => {
                            *old = std::mem::replace(old, Self::Null).overlaid(value);
                        }
                        None => entries.push((key, value)),
                    }
                }
                Self::Map(entries)
            }
            (_, over) => over,
        }
    }
}

impl From<serde_json::Value> for Raw {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => number.as_i64().map_or_else(
                || Self::Float(number.as_f64().unwrap_or(f64::NAN)),
                Self::Int,
            ),
            Value::String(text) => Self::Str(text),
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(entries) => Self::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| (key, value.into()))
                    .collect(),
            ),
        }
    }
}

impl From<&toml::Value> for Raw {
    fn from(value: &toml::Value) -> Self {
        use toml::Value;
        match value {
            Value::Boolean(value) => Self::Bool(*value),
            Value::Integer(value) => Self::Int(*value),
            Value::Float(value) => Self::Float(*value),
            Value::String(text) => Self::Str(text.clone()),
            Value::Datetime(value) => Self::Date(value.to_string()),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Table(entries) => Self::Map(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), value.into()))
                    .collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_merged_and_the_rest_is_replaced() {
        let under = Raw::from_json(r#"{"a": 1, "b": {"c": 2}}"#).unwrap();
        let over = Raw::from_json(r#"{"b": {"d": 3}, "a": [4]}"#).unwrap();
        assert_eq!(
            under.overlaid(over),
            Raw::from_json(r#"{"a": [4], "b": {"c": 2, "d": 3}}"#).unwrap()
        );
    }
}
