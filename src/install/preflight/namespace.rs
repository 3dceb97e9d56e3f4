//! The namespaces that an installation needs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    error::{Error, Result},
    k8s::{Class, Cluster, Deleting, ObjectRef, Resource},
};

/// How a namespace is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    There,
    Missing,
    /// It is being deleted; what still keeps it.
    Ending(Vec<String>),
    /// We may not look.
    Unknown,
}

/// Looks at namespaces; gives those that are missing.
///
/// # Errors
/// When one is being deleted, or is missing and is not to be created.
pub async fn missing(
    cluster: &Cluster,
    names: &BTreeSet<String>,
    create: bool,
) -> Result<BTreeSet<String>> {
    let mut missing = BTreeSet::new();
    for name in names {
        match look(cluster, name).await? {
            State::There | State::Unknown => {}
            State::Ending(why) => return Err(ending(name, why)),
            State::Missing if create => {
                missing.insert(name.clone());
            }
            State::Missing => {
                return Err(Error::failed(format!("namespace {name} does not exist"))
                    .hint("--create-namespace makes it, or name another one with -n"));
            }
        }
    }
    Ok(missing)
}

async fn look(cluster: &Cluster, name: &str) -> Result<State> {
    match cluster.get_object(&reference(name)).await {
        Ok(None) => Ok(State::Missing),
        Ok(Some(namespace)) => Ok(state(&namespace)),
        Err(failure) if failure.class == Class::Forbidden => Ok(State::Unknown),
        Err(failure) => Err(failure.into()),
    }
}

fn state(namespace: &Value) -> State {
    if namespace["status"]["phase"] != "Terminating" {
        return State::There;
    }
    let conditions = namespace["status"]["conditions"].as_array();
    let holds = conditions
        .into_iter()
        .flatten()
        .filter(|condition| condition["status"] == "True")
        .filter_map(|condition| condition["message"].as_str().map(str::to_owned));
    State::Ending(holds.collect())
}

fn ending(name: &str, why: Vec<String>) -> Error {
    let mut error = Error::failed(format!("namespace {name} is being deleted"));
    error.causes = why;
    error.hint(format!(
        "wait until it is gone (kubectl wait --for=delete namespace/{name}), or name another one \
         with -n"
    ))
}

/// Makes a namespace.
///
/// # Errors
/// What the API server refuses. One that somebody else has made meanwhile is fine.
pub async fn create(cluster: &Cluster, name: &str, dry_run: bool) -> Result<()> {
    let manifest = json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": name},
    });
    match cluster
        .create_object(&reference(name), &manifest, dry_run)
        .await
    {
        Err(refused) if refused.failure.class != Class::AlreadyExists => Err(refused.into()),
        _ => Ok(()),
    }
}

/// Takes a namespace away again, in which nothing has been made.
///
/// # Errors
/// What the API server refuses.
pub async fn remove(cluster: &Cluster, name: &str) -> Result<()> {
    Ok(cluster
        .delete_object(&reference(name), None, Deleting::Now)
        .await?)
}

fn reference(name: &str) -> ObjectRef {
    ObjectRef {
        resource: Resource::namespaces(),
        namespace: None,
        name: name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_that_ends_says_what_keeps_it() {
        assert_eq!(state(&json!({"status": {"phase": "Active"}})), State::There);
        let ending = json!({"status": {"phase": "Terminating", "conditions": [
            {"type": "NamespaceContentRemaining", "status": "True", "message": "pods. has 1"},
            {"type": "NamespaceDeletionDiscoveryFailure", "status": "False", "message": "all fine"},
        ]}});
        assert_eq!(
            state(&ending),
            State::Ending(vec!["pods. has 1".to_owned()])
        );
    }
}
