//! Further objects that the user wants installed with the worker.

use serde_json::Value;

use super::Release;
use crate::error::Result;

/// Renders `extraManifests`, whose expressions are evaluated.
///
/// # Errors
/// When one is no object of Kubernetes, or has the identity of another one.
pub fn render(release: &Release<'_>, others: &[Value]) -> Result<Vec<Value>> {
    const PATH: &str = "extraManifests";
    let objects = release.parts(PATH, &release.values().extra_manifests)?;
    for (index, object) in objects.iter().enumerate() {
        let path = format!("{PATH}[{index}]");
        for pointer in ["/apiVersion", "/kind", "/metadata/name"] {
            let text = object.pointer(pointer).and_then(Value::as_str);
            if text.is_none_or(str::is_empty) {
                let field = pointer[1..].replace('/', ".");
                return Err(release.error(
                    &path,
                    &format!("an object of Kubernetes needs {field}, as text"),
                ));
            }
        }
    }
    for (index, object) in objects.iter().enumerate() {
        let mut before = others.iter().chain(&objects[..index]);
        if before.any(|other| identity(other, release) == identity(object, release)) {
            let path = format!("{PATH}[{index}]");
            return Err(release.error(
                &path,
                "another object of this release has its kind and name",
            ));
        }
    }
    Ok(objects)
}

/// What no two objects may share. One without a namespace goes to that of the release, if it goes
/// to any.
fn identity<'o>(
    object: &'o Value,
    release: &'o Release<'_>,
) -> (&'o str, &'o str, &'o str, &'o str) {
    let text = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let group = text("/apiVersion")
        .split_once('/')
        .map_or("", |(group, _)| group);
    let namespace = match text("/metadata/namespace") {
        "" => release.namespace(),
        given => given,
    };
    (group, text("/kind"), namespace, text("/metadata/name"))
}
