//! What is different by default with `worker.engine: native`: these lie over the chart's defaults, and
//! under what the user gives.

use serde_json::{Value, json};

use crate::install::tree::{Content, Node, Place};

/// Where releases put the worker's own image (`make image`).
pub const REPOSITORY: &str = "ghcr.io/kubectl-prefect/kubectl-prefect";

/// The defaults that are not the chart's.
///
/// The image is that of this program's version; it gets a tenth of what the Python worker gets, which
/// is still several times what it needs; it is probed; and it needs no Linux capability, so that
/// namespaces take it that enforce the Pod Security Standard `restricted`.
#[must_use]
pub fn defaults() -> Value {
    let no_capabilities = json!({"capabilities": {"drop": ["ALL"]}});
    json!({"worker": {
        "image": {"repository": REPOSITORY, "prefectTag": env!("CARGO_PKG_VERSION")},
        "resources": {
            "requests": {"cpu": "10m", "memory": "25Mi"},
            "limits": {"cpu": "100m", "memory": "100Mi"},
        },
        "livenessProbe": {"enabled": true},
        "containerSecurityContext": no_capabilities,
        "initContainer": {"containerSecurityContext": no_capabilities},
    }})
}

/// The same as a tree.
pub(super) fn tree() -> Node {
    Node::from_json(defaults(), &Place::of_source("defaults"))
}

/// Whether the user's values mean the native worker.
pub(super) fn is_meant(values: &Node) -> bool {
    let engine = values.at(&["worker", "engine"]);
    matches!(engine.map(|node| &node.content), Some(Content::Text(word)) if word == "native")
}

/// Each default with its path.
pub(super) fn leaves() -> Vec<(String, Value)> {
    fn visit(value: Value, path: &str, out: &mut Vec<(String, Value)>) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    visit(value, &super::check::join(path, &key), out);
                }
            }
            other => out.push((path.to_owned(), other)),
        }
    }
    let mut out = Vec::new();
    visit(defaults(), "", &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install::values::{
        check::check,
        schema::{Schema, defaults as of_the_chart},
    };

    #[test]
    fn the_image_has_the_name_that_it_is_built_by() {
        let script = include_str!("../../../krew/image.py");
        assert!(script.contains(&format!("\nREPOSITORY = \"{REPOSITORY}\"\n")));
    }

    #[test]
    fn they_fit_the_schema_and_differ_from_the_charts() {
        let report = check(&tree(), Schema::get());
        assert_eq!((report.problems, report.warnings), (vec![], vec![]));
        let chart = of_the_chart().to_json();
        for (path, value) in leaves() {
            let pointer = format!("/{}", path.replace('.', "/"));
            assert_ne!(chart.pointer(&pointer), Some(&value), "{path}");
        }
    }
}
