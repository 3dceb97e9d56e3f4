//! The RoleBinding: gives the Role to the ServiceAccount, also when neither is made here.

use serde_json::{Value, json};

use super::{
    Release,
    metadata::{Meta, metadata},
};
use crate::error::Result;

/// Renders it, unless another one is used.
pub fn render(release: &Release<'_>) -> Result<Option<Value>> {
    if !release.values().rolebinding.create {
        return Ok(None);
    }
    let meta = Meta {
        name: &release.definitions.fullname,
        namespace: release.role_namespace(),
        with_version: true,
        annotations: None,
    };
    Ok(Some(json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": metadata(release, meta)?,
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Role",
            "name": release.definitions.fullname,
        },
        "subjects": [{
            "kind": "ServiceAccount",
            "name": release.definitions.service_account,
            "namespace": release.namespace(),
        }],
    })))
}
