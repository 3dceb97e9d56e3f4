//! The Role: what the worker may do.

use serde_json::{Value, json};

use super::{
    Release,
    metadata::{Meta, metadata},
};
use crate::error::Result;

/// Renders it, unless another one is used.
pub fn render(release: &Release<'_>) -> Result<Option<Value>> {
    let values = &release.values().role;
    if !values.create {
        return Ok(None);
    }
    let mut rules = vec![
        json!({
            "apiGroups": [""],
            "resources": ["events", "pods", "pods/log", "pods/status"],
            "verbs": ["get", "watch", "list"],
        }),
        json!({
            "apiGroups": ["batch"],
            "resources": ["jobs"],
            "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"],
        }),
    ];
    if release.api.makes_secrets() {
        rules.push(json!({
            "apiGroups": [""],
            "resources": ["secrets"],
            "verbs": ["get", "list", "create", "update", "delete"],
        }));
    }
    rules.extend(release.parts("role.extraPermissions", &values.extra_permissions)?);
    let meta = Meta {
        name: &release.definitions.fullname,
        namespace: release.role_namespace(),
        with_version: true,
        annotations: None,
    };
    Ok(Some(json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": metadata(release, meta)?,
        "rules": rules,
    })))
}
