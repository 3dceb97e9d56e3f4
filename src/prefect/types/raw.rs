//! A typed object that keeps the JSON it was read from.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// A JSON object.
pub type JsonObject = serde_json::Map<String, Value>;

/// The fields we know, and the whole object as the server sent it: templates may refer to any of
/// it (`{{ ctx.flow_run.parameters.x }}`).
#[derive(Debug, Clone, PartialEq)]
pub struct Raw<T> {
    /// The fields we know.
    pub typed: T,
    /// All of it.
    pub json: Value,
}

impl<T> Deref for Raw<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.typed
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Raw<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        let typed = T::deserialize(&json).map_err(serde::de::Error::custom)?;
        Ok(Self { typed, json })
    }
}

/// Reads `null` as the default, which pydantic writes where nothing is set.
pub(super) fn null_is_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
