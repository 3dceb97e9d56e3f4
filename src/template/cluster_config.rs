//! Another cluster to create Jobs in: the `KubernetesClusterConfig` block of prefect-kubernetes,
//! inline or from a block document.

use std::fmt;

use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;

use super::{FieldProblem, coerce::Reader, python};

/// The slug of the block's type.
const BLOCK_TYPE: &str = "kubernetes-cluster-config";
const PREFIX: &str = "cluster_config.";

/// A kubeconfig and the context to use of it. `Debug` shows the context only: the rest holds
/// credentials.
#[derive(Clone, PartialEq)]
pub struct ClusterConfig {
    /// The whole kubeconfig as data.
    pub kubeconfig: Value,
    /// The name of the context.
    pub context_name: String,
}

impl ClusterConfig {
    /// Reads the setting. Null is none.
    pub(super) fn parse(value: &Value) -> Result<Option<Self>, Vec<FieldProblem>> {
        let members = match value {
            Value::Null => return Ok(None),
            Value::Object(members) => members,
            other => {
                return Err(vec![FieldProblem {
                    path: "cluster_config".to_owned(),
                    expected: "an object",
                    found: python::type_name(other).to_owned(),
                }]);
            }
        };
        let mut reader = Reader::new(members, PREFIX);
        if let Some(slug) = members.get("block_type_slug")
            && python::is_truthy(slug)
            && slug != BLOCK_TYPE
        {
            reader.problem("block_type_slug", BLOCK_TYPE, Some(slug));
        }
        let kubeconfig = read_kubeconfig(&mut reader);
        if reader.raw("context_name").is_none() {
            reader.problem("context_name", "a string", None);
        }
        let context_name = reader.text("context_name");
        let problems = reader.into_problems();
        match (kubeconfig, context_name) {
            (Some(kubeconfig), Some(context_name)) if problems.is_empty() => Ok(Some(Self {
                kubeconfig,
                context_name,
            })),
            _ => Err(problems),
        }
    }
}

/// The kubeconfig is an object, or YAML text of one.
fn read_kubeconfig(reader: &mut Reader<'_>) -> Option<Value> {
    const EXPECTED: &str = "a kubeconfig, as an object or as YAML";
    let given = reader.raw("config");
    let parsed = match given {
        Some(Value::String(yaml)) => from_yaml(yaml),
        other => other.cloned(),
    };
    let kubeconfig = parsed.filter(Value::is_object);
    if kubeconfig.is_none() {
        reader.problem("config", EXPECTED, given);
    }
    kubeconfig
}

/// Reads YAML; of a key that is given twice the last counts, as in Python.
fn from_yaml(yaml: &str) -> Option<Value> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        strict_booleans: true,
    };
    serde_saphyr::from_str_with_options(yaml, options).ok()
}

impl fmt::Debug for ClusterConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterConfig")
            .field("context_name", &self.context_name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_kubeconfig_is_data_or_yaml() {
        for config in [
            json!({"a": {"b": 1}}),
            json!("a:\n  b: 1\n"),
            json!("{\"a\": {\"b\": 1}}"),
        ] {
            let value = json!({"config": config, "context_name": "there", "extra": 1});
            let parsed = ClusterConfig::parse(&value).unwrap().unwrap();
            assert_eq!(parsed.kubeconfig, json!({"a": {"b": 1}}));
            assert_eq!(
                format!("{parsed:?}"),
                "ClusterConfig { context_name: \"there\", .. }"
            );
        }
        assert_eq!(ClusterConfig::parse(&json!(null)).unwrap(), None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (value, paths) in [
            (json!("x"), &["cluster_config"][..]),
            (
                json!({}),
                &["cluster_config.config", "cluster_config.context_name"],
            ),
            (
                json!({"config": "a: [", "context_name": "x"}),
                &["cluster_config.config"],
            ),
            (
                json!({"config": "a", "context_name": "x"}),
                &["cluster_config.config"],
            ),
            (
                json!({"config": {}, "context_name": 1}),
                &["cluster_config.context_name"],
            ),
            (
                json!({"config": {}, "context_name": "x", "block_type_slug": "secret"}),
                &["cluster_config.block_type_slug"],
            ),
        ] {
            let problems = ClusterConfig::parse(&value).unwrap_err();
            let found: Vec<_> = problems
                .iter()
                .map(|problem| problem.path.as_str())
                .collect();
            assert_eq!(found, paths, "{value}");
        }
    }
}
