//! The parent of a release's ApplySet: which kinds and namespaces its members are in.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{GROUP_KINDS, NAMESPACES, RELEASE, ReleaseId, SET_ID, TOOLING};
use crate::{error::Error, install::render::MANAGED_BY, k8s::ObjectRef};

/// Name of the program in the annotation `tooling`.
const TOOL: &str = "kubectl-prefect";

/// Where the members of a set may be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApplySet {
    /// Their kinds, as `Deployment.apps`.
    pub group_kinds: BTreeSet<String>,
    /// Their namespaces, but for that of the release.
    pub namespaces: BTreeSet<String>,
}

impl ApplySet {
    /// The set that has these members.
    pub fn of<'o>(release: &ReleaseId, members: impl IntoIterator<Item = &'o ObjectRef>) -> Self {
        let mut set = Self::default();
        for member in members {
            set.group_kinds.insert(member.resource.group_kind());
            let namespace = member.namespace.iter();
            let other = namespace.filter(|namespace| **namespace != release.namespace);
            set.namespaces.extend(other.cloned());
        }
        set
    }

    /// Reads a parent.
    #[must_use]
    pub fn read(parent: &Value) -> Self {
        let list = |annotation: &str| {
            let text = parent["metadata"]["annotations"][annotation].as_str();
            text.unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Self {
            group_kinds: list(GROUP_KINDS),
            namespaces: list(NAMESPACES),
        }
    }

    /// Both sets in one: before members are applied and others pruned, the parent names all.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self {
            group_kinds: &self.group_kinds | &other.group_kinds,
            namespaces: &self.namespaces | &other.namespaces,
        }
    }

    /// The parent as it is to be applied.
    #[must_use]
    pub fn parent(&self, release: &ReleaseId) -> Value {
        let join = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(",");
        let mut annotations = Map::new();
        let version = format!("{TOOL}/v{}", env!("CARGO_PKG_VERSION"));
        annotations.insert(TOOLING.to_owned(), version.into());
        annotations.insert(GROUP_KINDS.to_owned(), join(&self.group_kinds).into());
        if !self.namespaces.is_empty() {
            annotations.insert(NAMESPACES.to_owned(), join(&self.namespaces).into());
        }
        let parent = release.parent();
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubectl-prefect.io/apply-set",
            "metadata": {
                "name": parent.name,
                "namespace": release.namespace,
                "labels": {
                    SET_ID: release.set_id(),
                    RELEASE: release.name,
                    "app.kubernetes.io/managed-by": MANAGED_BY,
                },
                "annotations": annotations,
            },
        })
    }
}

/// The error of a parent that another program cares for, which KEP-3659 forbids us to touch.
#[must_use]
pub fn foreign_tool(release: &ReleaseId, parent: &Value) -> Option<Error> {
    let tooling = parent["metadata"]["annotations"][TOOLING].as_str();
    let tool = tooling.unwrap_or_default();
    let is_ours = tool == TOOL || tool.starts_with(&format!("{TOOL}/"));
    if is_ours {
        return None;
    }
    let parent = release.parent();
    let why = if tool.is_empty() {
        format!("{parent} does not say that it is the parent of an ApplySet of {TOOL}")
    } else {
        format!("{parent} is the parent of an ApplySet that {tool} cares for")
    };
    let error = Error::failed(format!("release {} cannot be changed", release.name)).cause(why);
    Some(error.hint("choose another name for the release, or remove that Secret with its tool"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s::Resource;

    fn release() -> ReleaseId {
        ReleaseId {
            name: "w".to_owned(),
            namespace: "flows".to_owned(),
        }
    }

    fn object(group: &str, kind: &str, namespace: &str) -> ObjectRef {
        ObjectRef {
            resource: Resource::well_known(group, None, kind).unwrap(),
            namespace: Some(namespace.to_owned()),
            name: "x".to_owned(),
        }
    }

    #[test]
    fn a_parent_names_kinds_and_other_namespaces() {
        let members = [
            object("apps", "Deployment", "flows"),
            object("", "ConfigMap", "flows"),
            object("", "ConfigMap", "jobs"),
        ];
        let set = ApplySet::of(&release(), &members);
        let parent = set.parent(&release());
        let annotations = &parent["metadata"]["annotations"];
        assert_eq!(annotations[GROUP_KINDS], "ConfigMap,Deployment.apps");
        assert_eq!(annotations[NAMESPACES], "jobs");
        assert_eq!(parent["metadata"]["labels"][SET_ID], release().set_id());
        assert_eq!(ApplySet::read(&parent), set);
        assert_eq!(ApplySet::read(&json!({})), ApplySet::default());
        assert_eq!(foreign_tool(&release(), &parent), None);
    }

    #[test]
    fn a_parent_of_another_program_is_left_alone() {
        for tool in [Some("kubectl/v1.37"), Some("kubectl-prefect2/v1"), None] {
            let parent = json!({"metadata": {"annotations": {TOOLING: tool}}});
            assert!(foreign_tool(&release(), &parent).is_some(), "{tool:?}");
        }
    }
}
