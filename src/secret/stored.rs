//! A Secret as the API server has it.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretSlice};
use serde_json::Value;

use super::owner::{self, Owner};

/// A Secret, read. Debug output shows its keys and not its values.
#[derive(Debug)]
pub struct StoredSecret {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The version that was read.
    pub resource_version: String,
    /// Its type; `Opaque` when nothing is said.
    pub kind: String,
    /// Whether nobody can change it any more.
    pub immutable: bool,
    data: BTreeMap<String, SecretSlice<u8>>,
    owner: Option<Owner>,
    appliers: BTreeMap<String, Owner>,
    written: BTreeMap<String, Timestamp>,
}

impl StoredSecret {
    /// Reads a Secret out of the API server's answer.
    #[must_use]
    pub fn of(secret: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let metadata = &secret["metadata"];
        let entries = secret["data"].as_object();
        let data: BTreeMap<String, SecretSlice<u8>> = entries
            .into_iter()
            .flatten()
            // The API server keeps nothing that is not base64.
            .filter_map(|(key, value)| {
                let bytes = BASE64_STANDARD.decode(value.as_str()?).ok()?;
                Some((key.clone(), bytes.into()))
            })
            .collect();
        let appliers = data
            .keys()
            .filter_map(|key| Some((key.clone(), owner::of_value(metadata, key)?)))
            .collect();
        let written = data
            .keys()
            .filter_map(|key| Some((key.clone(), written(metadata, key)?)))
            .collect();
        Self {
            name: text(&metadata["name"]),
            namespace: text(&metadata["namespace"]),
            resource_version: text(&metadata["resourceVersion"]),
            kind: Some(text(&secret["type"]))
                .filter(|kind| !kind.is_empty())
                .unwrap_or_else(|| "Opaque".to_owned()),
            immutable: secret["immutable"] == true,
            owner: owner::of(metadata),
            appliers,
            written,
            data,
        }
    }

    /// The value under a key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&[u8]> {
        self.data.get(key).map(|value| value.expose_secret())
    }

    /// Its keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.data.keys().map(String::as_str)
    }

    /// Who keeps the Secret, or the value under this key, as they want it.
    #[must_use]
    pub fn owner(&self, key: &str) -> Option<&Owner> {
        self.owner.as_ref().or_else(|| self.appliers.get(key))
    }

    /// When the value under a key was last written, where the API server noted it.
    #[must_use]
    pub fn written(&self, key: &str) -> Option<Timestamp> {
        self.written.get(key).copied()
    }

    /// Its keys as people read them.
    #[must_use]
    pub fn keys_in_words(&self) -> String {
        let keys: Vec<&str> = self.keys().collect();
        match keys.as_slice() {
            [] => "it has no keys".to_owned(),
            [key] => format!("its only key is {key}"),
            keys => format!("its keys are {}", keys.join(", ")),
        }
    }
}

/// The latest time at which somebody wrote the value under a key. The API server notes a time for
/// all fields of one manager together, so it may be that of another field.
fn written(metadata: &Value, key: &str) -> Option<Timestamp> {
    let field = format!("f:{key}");
    let entries = metadata["managedFields"].as_array()?;
    entries
        .iter()
        .filter(|entry| entry["fieldsV1"]["f:data"].get(&field).is_some())
        .filter_map(|entry| entry["time"].as_str()?.parse().ok())
        .max()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_read_and_does_not_show() {
        let secret = StoredSecret::of(&json!({
            "type": "Opaque",
            "immutable": true,
            "metadata": {"name": "s", "namespace": "n", "resourceVersion": "7",
                "ownerReferences": [{"kind": "ExternalSecret", "name": "e"}],
                "managedFields": [
                    {"manager": "a", "operation": "Update", "time": "2026-01-01T00:00:00Z",
                        "fieldsV1": {"f:data": {"f:key": {}}}},
                    {"manager": "b", "operation": "Update", "time": "2026-01-02T00:00:00Z",
                        "fieldsV1": {"f:data": {"f:other": {}}}}]},
            "data": {"key": "czNjcjN0", "bad": 7},
        }));
        assert_eq!(secret.value("key"), Some(b"s3cr3t".as_slice()));
        assert_eq!(secret.value("none"), None);
        assert_eq!(secret.keys_in_words(), "its only key is key");
        assert!(secret.immutable);
        let time = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(secret.written("key"), Some(time));
        assert_eq!(secret.owner("key").unwrap().what, "ExternalSecret e");
        let shown = format!("{secret:?}");
        assert!(!shown.contains("s3cr3t") && !shown.contains("czNj") && !shown.contains("115, 51"));
    }
}
