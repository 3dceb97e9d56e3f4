//! What the cluster knows of a release: its objects as an ApplySet, its revisions as Secrets.
//!
//! Membership follows KEP-3659, so that `kubectl` and others can see it: a parent (a Secret in the
//! release's namespace) names the kinds and namespaces of the members, and each member has the
//! parent's id in a label. A revision holds the values and the manifest of one installation.

mod apply_set;
mod code;
mod revision;
mod store;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::k8s::{ObjectRef, Resource};

pub use apply_set::{ApplySet, foreign_tool};
pub use revision::{Record, Revision, Status};
pub use store::{Pending, Store, Stored};

/// Label of a member: the id of its ApplySet (KEP-3659).
pub const PART_OF: &str = "applyset.kubernetes.io/part-of";
/// Label of an ApplySet's parent: its id (KEP-3659).
pub const SET_ID: &str = "applyset.kubernetes.io/id";
/// Annotation of a parent: the program that cares for the set, and its version (KEP-3659).
pub const TOOLING: &str = "applyset.kubernetes.io/tooling";
/// Annotation of a parent: the kinds of the members (KEP-3659).
pub const GROUP_KINDS: &str = "applyset.kubernetes.io/contains-group-kinds";
/// Annotation of a parent: namespaces of members beyond its own (KEP-3659).
pub const NAMESPACES: &str = "applyset.kubernetes.io/additional-namespaces";
/// Label of all that belongs to a release, its bookkeeping included: the release's name.
pub const RELEASE: &str = "kubectl-prefect.io/release";
/// Label of a revision: its number.
pub const REVISION: &str = "kubectl-prefect.io/revision";
/// Label of a revision: how far it came.
pub const STATUS: &str = "kubectl-prefect.io/status";

/// A release, by what tells it from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseId {
    /// Its name.
    pub name: String,
    /// The namespace of its bookkeeping, and of its objects unless the values say otherwise.
    pub namespace: String,
}

impl ReleaseId {
    /// The parent of its ApplySet.
    #[must_use]
    pub fn parent(&self) -> ObjectRef {
        self.secret(format!("kubectl-prefect.{}", self.name))
    }

    /// The Secret of one of its revisions.
    #[must_use]
    pub fn revision(&self, number: u32) -> ObjectRef {
        self.secret(format!("kubectl-prefect.{}.v{number}", self.name))
    }

    fn secret(&self, name: String) -> ObjectRef {
        ObjectRef {
            resource: Resource::secrets(),
            namespace: Some(self.namespace.clone()),
            name,
        }
    }

    /// The id of its ApplySet.
    #[must_use]
    pub fn set_id(&self) -> String {
        set_id(&self.parent())
    }
}

/// The id of the ApplySet of a parent, made of its name, namespace, kind and group (KEP-3659).
fn set_id(parent: &ObjectRef) -> String {
    let namespace = parent.namespace.as_deref().unwrap_or_default();
    let Resource { kind, group, .. } = &parent.resource;
    let text = format!("{}.{namespace}.{kind}.{group}", parent.name);
    let digest = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text));
    format!("applyset-{digest}-v1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_kep() {
        let release = ReleaseId {
            name: "prefect-worker".to_owned(),
            namespace: "flows".to_owned(),
        };
        assert_eq!(release.parent().name, "kubectl-prefect.prefect-worker");
        assert_eq!(
            release.revision(7).name,
            "kubectl-prefect.prefect-worker.v7"
        );
        // What kubectl 1.37 gave the parent `other` in namespace `prefect`.
        let parent = ObjectRef {
            resource: Resource::secrets(),
            namespace: Some("prefect".to_owned()),
            name: "other".to_owned(),
        };
        let id = "applyset-EJcoJ8D7GNbCiqct8YQ5N8xLZ9T54VpJnwNuiWsKdx0-v1";
        assert_eq!(set_id(&parent), id);
        let id = release.set_id();
        let other = ReleaseId {
            namespace: "other".to_owned(),
            ..release
        };
        assert_ne!(other.set_id(), id);
    }
}
