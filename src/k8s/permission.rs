//! A right in the terms of Kubernetes, and the manifests that would grant some.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::error::{Error, Result};

/// A right to do one thing to one kind of object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, ...
    pub verb: String,
    /// API group; empty for the core group.
    pub group: String,
    /// Plural name of the kind, such as `jobs`.
    pub resource: String,
    /// Part of the object, such as `log`.
    pub subresource: Option<String>,
    /// Name of the only object that is meant.
    pub name: Option<String>,
    /// Namespace; `None` is all of them, or an object that is in none.
    pub namespace: Option<String>,
}

impl Permission {
    /// A right to every object of a kind in a namespace, or in all. A resource is written as RBAC
    /// writes it: `pods/log`.
    #[must_use]
    pub fn new(verb: &str, group: &str, resource: &str, namespace: Option<&str>) -> Self {
        let (resource, subresource) = match resource.split_once('/') {
            Some((resource, subresource)) => (resource, Some(subresource.to_owned())),
            None => (resource, None),
        };
        Self {
            verb: verb.to_owned(),
            group: group.to_owned(),
            resource: resource.to_owned(),
            subresource,
            name: None,
            namespace: namespace.map(str::to_owned),
        }
    }

    /// The kind of object as RBAC writes it: `pods/log`.
    #[must_use]
    pub fn rbac_resource(&self) -> String {
        match &self.subresource {
            Some(subresource) => format!("{}/{subresource}", self.resource),
            None => self.resource.clone(),
        }
    }
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verb, self.rbac_resource())?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        match &self.namespace {
            Some(namespace) => write!(f, " in namespace {namespace}"),
            None => f.write_str(" in the whole cluster"),
        }
    }
}

/// Who a right is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A service account.
    ServiceAccount {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// Anybody else whom the API server knows by a name.
    User(String),
}

impl Subject {
    /// The subject behind the name that the API server uses in its messages.
    #[must_use]
    pub fn of_username(username: &str) -> Self {
        match username
            .strip_prefix("system:serviceaccount:")
            .and_then(|rest| rest.split_once(':'))
        {
            Some((namespace, name)) => Self::ServiceAccount {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            },
            None => Self::User(username.to_owned()),
        }
    }

    fn manifest(&self) -> Value {
        match self {
            Self::ServiceAccount { namespace, name } => {
                json!({"kind": "ServiceAccount", "name": name, "namespace": namespace})
            }
            Self::User(name) => {
                json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name})
            }
        }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ServiceAccount { namespace, name } => {
                write!(f, "service account {name} of namespace {namespace}")
            }
            Self::User(name) => write!(f, "user {name}"),
        }
    }
}

/// One rule of a Role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    api_groups: Vec<String>,
    resources: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource_names: Vec<String>,
    verbs: Vec<String>,
}

/// The Roles and bindings that grant these rights, as one YAML document that `kubectl apply -f -`
/// takes: a Role a namespace, a ClusterRole for what is in no namespace.
///
/// One document, because it is shown indented, and an indented `---` separates nothing.
pub fn as_roles(permissions: &[Permission], name: &str, subject: &Subject) -> Result<String> {
    let mut scopes = BTreeMap::<Option<&str>, Vec<&Permission>>::new();
    for permission in permissions {
        scopes
            .entry(permission.namespace.as_deref())
            .or_default()
            .push(permission);
    }
    let items: Vec<Value> = scopes
        .iter()
        .flat_map(|(namespace, permissions)| {
            role_and_binding(*namespace, permissions, name, subject)
        })
        .collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    serde_saphyr::to_string(&list)
        .map_err(|error| Error::failed("failed to write a Role as YAML").because(&error))
}

/// The rules that grant these rights, in one line that a Role takes as its `rules`.
#[must_use]
pub fn as_rules(permissions: &[Permission]) -> String {
    let permissions: Vec<&Permission> = permissions.iter().collect();
    json!(rules(&permissions)).to_string()
}

fn role_and_binding(
    namespace: Option<&str>,
    permissions: &[&Permission],
    name: &str,
    subject: &Subject,
) -> [Value; 2] {
    let (role, binding) = match namespace {
        Some(_) => ("Role", "RoleBinding"),
        None => ("ClusterRole", "ClusterRoleBinding"),
    };
    let mut metadata = json!({"name": name});
    if let Some(namespace) = namespace {
        metadata["namespace"] = json!(namespace);
    }
    [
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": role,
            "metadata": metadata,
            "rules": rules(permissions),
        }),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": binding,
            "metadata": metadata,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": name},
            "subjects": [subject.manifest()],
        }),
    ]
}

/// The fewest rules that grant exactly these rights: kinds of a group with the same verbs and
/// names share one.
fn rules(permissions: &[&Permission]) -> Vec<Rule> {
    type Kind<'a> = (&'a str, String, Option<&'a str>);
    let mut verbs = BTreeMap::<Kind<'_>, Vec<&str>>::new();
    for permission in permissions {
        let kind = (
            permission.group.as_str(),
            permission.rbac_resource(),
            permission.name.as_deref(),
        );
        let known = verbs.entry(kind).or_default();
        if !known.contains(&permission.verb.as_str()) {
            known.push(&permission.verb);
        }
    }
    let mut rules: Vec<Rule> = Vec::new();
    for ((group, resource, name), verbs) in verbs {
        let rule = Rule {
            api_groups: vec![group.to_owned()],
            resources: vec![resource.clone()],
            resource_names: name.map(str::to_owned).into_iter().collect(),
            verbs: verbs.into_iter().map(str::to_owned).collect(),
        };
        let like = rules.iter_mut().find(|other| {
            other.api_groups == rule.api_groups
                && other.resource_names == rule.resource_names
                && other.verbs == rule.verbs
        });
        match like {
            Some(other) => other.resources.push(resource),
            None => rules.push(rule),
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_gathered_by_namespace_and_kind() {
        let missing = [
            Permission::new("create", "batch", "jobs", Some("a")),
            Permission::new("get", "batch", "jobs", Some("a")),
            Permission::new("create", "batch", "jobs", Some("a")),
            Permission::new("get", "", "pods", Some("a")),
            Permission::new("get", "", "pods/log", Some("a")),
            Permission::new("list", "", "namespaces", None),
        ];
        let who = Subject::of_username("system:serviceaccount:a:worker");
        insta::assert_snapshot!(as_roles(&missing, "prefect-worker", &who).unwrap());
    }

    #[test]
    fn users_are_named_as_they_are() {
        let missing = [Permission {
            name: Some("kube-system".to_owned()),
            ..Permission::new("get", "", "namespaces", None)
        }];
        let who = Subject::of_username("nobody");
        insta::assert_snapshot!(as_roles(&missing, "uid", &who).unwrap());
    }

    #[test]
    fn a_right_reads_as_a_sentence() {
        for (permission, text) in [
            (
                Permission::new("create", "batch", "jobs", Some("a")),
                "create jobs.batch in namespace a",
            ),
            (
                Permission::new("get", "", "pods/log", None),
                "get pods/log in the whole cluster",
            ),
        ] {
            assert_eq!(permission.to_string(), text);
        }
    }
}
