//! Block documents and variables, which templates refer to.

use serde::Deserialize;
use serde_json::Value;

use super::raw::{JsonObject, null_is_default};
use crate::prefect::ids::BlockDocumentId;

/// A block document with its secrets. `Debug` does not show its data.
#[derive(Clone, PartialEq, Deserialize)]
pub struct BlockDocument {
    /// Its id.
    pub id: BlockDocumentId,
    /// Its name; anonymous documents have none.
    #[serde(default)]
    pub name: Option<String>,
    /// The name of its type, like `Secret`.
    #[serde(default)]
    pub block_type_name: Option<String>,
    /// Its content.
    #[serde(default, deserialize_with = "null_is_default")]
    pub data: JsonObject,
}

impl std::fmt::Debug for BlockDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlockDocument")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("block_type_name", &self.block_type_name)
            .finish_non_exhaustive()
    }
}

/// A Prefect variable.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value: any JSON.
    #[serde(default)]
    pub value: Value,
}
