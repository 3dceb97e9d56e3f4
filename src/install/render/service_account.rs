//! The ServiceAccount that the worker runs as.

use serde_json::{Value, json};

use super::{
    Release,
    metadata::{Meta, metadata},
};
use crate::error::Result;

/// Renders it, unless another one is used.
pub fn render(release: &Release<'_>) -> Result<Option<Value>> {
    let values = &release.values().service_account;
    if !values.create {
        return Ok(None);
    }
    let meta = Meta {
        name: &release.definitions.service_account,
        namespace: release.namespace(),
        with_version: true,
        annotations: Some(("serviceAccount.annotations", &values.annotations)),
    };
    Ok(Some(json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(release, meta)?,
    })))
}
