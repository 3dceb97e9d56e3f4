//! What happens to the Secret: decided over what is there, and done.

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::stored::StoredSecret;
use crate::{
    error::{Error, Result},
    k8s::{
        Class, Cluster, FIELD_MANAGER, Failure,
        documents::{NAMESPACE, SECRET, Trial},
    },
};

/// The type of Secrets that hold anything.
const OPAQUE: &str = "Opaque";

/// A key of a Secret in a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretKey {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The key.
    pub key: String,
}

impl std::fmt::Display for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            namespace,
            name,
            key,
        } = self;
        write!(f, "key {key} of Secret {namespace}/{name}")
    }
}

/// What has to be done so that a Secret holds a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// There is no such Secret.
    Create,
    /// The Secret has no such key.
    Add,
    /// The key has another value.
    Replace,
    /// Nothing.
    None,
}

/// Decides what has to be done.
///
/// # Errors
/// The Secret is somebody else's, cannot be changed, or is for something else.
pub fn plan(
    stored: Option<&StoredSecret>,
    place: &SecretKey,
    value: &SecretString,
) -> Result<Change> {
    let Some(stored) = stored else {
        return Ok(Change::Create);
    };
    let change = match stored.value(&place.key) {
        Some(old) if old == value.expose_secret().as_bytes() => return Ok(Change::None),
        Some(_) => Change::Replace,
        None => Change::Add,
    };
    let SecretKey {
        namespace, name, ..
    } = place;
    if let Some(owner) = stored.owner(&place.key) {
        let error = format!("Secret {namespace}/{name} belongs to {}", owner.what);
        return Err(Error::failed(error)
            .cause("a value that is written here would be overwritten again")
            .hint(owner.what_to_do.clone())
            .hint("Or give another name: kubectl prefect secret create NAME."));
    }
    if stored.immutable {
        return Err(
            Error::failed(format!("Secret {namespace}/{name} is immutable"))
                .cause("Kubernetes lets nobody change its values (immutable: true)")
                .hint(format!(
                    "Delete it and make it anew (kubectl delete secret {name} -n {namespace}), or \
                     give another name and let the workers refer to that one."
                )),
        );
    }
    if stored.kind != OPAQUE {
        return Err(
            Error::failed(format!("Secret {namespace}/{name} is for something else"))
                .cause(format!("its type is {}", stored.kind))
                .hint("Give another name: kubectl prefect secret create NAME."),
        );
    }
    Ok(change)
}

/// Whether a Secret holds this value under the key, to the byte.
#[must_use]
pub fn is_same(stored: Option<&StoredSecret>, key: &str, value: &SecretString) -> bool {
    stored.and_then(|stored| stored.value(key)) == Some(value.expose_secret().as_bytes())
}

/// The Secret as it is made where there is none.
#[must_use]
pub fn manifest(place: &SecretKey, value: &SecretString) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": place.name,
            "namespace": place.namespace,
            "labels": {
                "app.kubernetes.io/managed-by": FIELD_MANAGER,
                "app.kubernetes.io/part-of": "prefect",
            },
        },
        "type": OPAQUE,
        "data": { &place.key: BASE64_STANDARD.encode(value.expose_secret()) },
    })
}

/// Reads the Secret, if there is one.
///
/// # Errors
/// When the API server refuses or does not answer.
pub async fn read(cluster: &Cluster, place: &SecretKey) -> Result<Option<StoredSecret>, Failure> {
    let found: Option<Value> = cluster
        .find_document(SECRET, Some(&place.namespace), &place.name)
        .await?;
    Ok(found.as_ref().map(StoredSecret::of))
}

/// Makes the Secret, or changes the one key of it; what else is in it stays, and whose it is.
///
/// Not by server-side apply: a second key in the same Secret would take the first one away.
///
/// # Errors
/// When the API server refuses, does not answer, or the Secret is no longer as it was read.
pub async fn write(
    cluster: &Cluster,
    place: &SecretKey,
    value: &SecretString,
    stored: Option<&StoredSecret>,
    trial: Trial,
) -> Result<()> {
    if let Some(stored) = stored {
        let bytes = value.expose_secret().as_bytes();
        return set(cluster, place, bytes, &stored.resource_version, trial)
            .await
            .map(drop);
    }
    let namespace = Some(place.namespace.as_str());
    let manifest = manifest(place, value);
    let made = cluster.create_document(SECRET, namespace, &manifest, trial);
    made.await.map(drop).map_err(|failure| {
        let is_missing = failure.class == Class::NotFound;
        let error = Error::from(failure);
        if is_missing {
            error.hint("or say --create-namespace")
        } else {
            error
        }
    })
}

/// Sets the value under the key of a Secret that is still of this version. Gives the next version.
///
/// # Errors
/// As [`write`].
pub async fn set(
    cluster: &Cluster,
    place: &SecretKey,
    value: &[u8],
    version: &str,
    trial: Trial,
) -> Result<String> {
    let change = json!({
        "metadata": {"resourceVersion": version},
        "data": { &place.key: BASE64_STANDARD.encode(value) },
    });
    let namespace = Some(place.namespace.as_str());
    let changed = cluster.merge_document::<Changed>(SECRET, namespace, &place.name, &change, trial);
    match changed.await {
        Ok(changed) => Ok(changed.metadata.resource_version),
        Err(failure) => {
            let has_changed = failure.class == Class::Conflict;
            let error = Error::from(failure);
            Err(if has_changed {
                error.hint("Somebody changed the Secret meanwhile: look at it, and try again.")
            } else {
                error
            })
        }
    }
}

#[derive(serde::Deserialize)]
struct Changed {
    metadata: crate::k8s::view::Meta,
}

/// Makes the namespace if it is missing. Gives whether it was.
///
/// # Errors
/// When the API server refuses or does not answer.
pub async fn ensure_namespace(cluster: &Cluster, name: &str, trial: Trial) -> Result<bool> {
    if cluster.has_namespace(name).await? == Some(true) {
        return Ok(false);
    }
    let manifest = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    match cluster
        .create_document(NAMESPACE, None, &manifest, trial)
        .await
    {
        Ok(_) => Ok(true),
        Err(failure) if failure.class == Class::AlreadyExists => Ok(false),
        Err(failure) => Err(failure.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> SecretKey {
        SecretKey {
            namespace: "flows".to_owned(),
            name: "prefect-api-key".to_owned(),
            key: "key".to_owned(),
        }
    }

    fn stored(change: &Value) -> StoredSecret {
        let mut secret = json!({
            "metadata": {"name": "prefect-api-key", "namespace": "flows"},
            "type": "Opaque", "data": {"key": BASE64_STANDARD.encode("old")},
        });
        for (field, value) in change.as_object().into_iter().flatten() {
            secret[field] = value.clone();
        }
        StoredSecret::of(&secret)
    }

    #[test]
    fn what_is_to_be_done_follows_from_what_is_there() {
        let plan_for = |change: Value, value: &str| {
            plan(Some(&stored(&change)), &place(), &value.into()).map_err(|error| error.message)
        };
        assert_eq!(plan(None, &place(), &"new".into()), Ok(Change::Create));
        assert_eq!(plan_for(json!({}), "new"), Ok(Change::Replace));
        assert_eq!(plan_for(json!({}), "old"), Ok(Change::None));
        assert_eq!(
            plan_for(json!({"data": {"x": "eA=="}}), "new"),
            Ok(Change::Add)
        );
        assert_eq!(plan_for(json!({"data": null}), "new"), Ok(Change::Add));
        // What need not be changed is fine as it is, whoever keeps it.
        let owned =
            json!({"metadata": {"ownerReferences": [{"kind": "ExternalSecret", "name": "e"}]}});
        assert_eq!(plan_for(owned.clone(), "old"), Ok(Change::None));
        for (change, message) in [
            (
                owned,
                "Secret flows/prefect-api-key belongs to ExternalSecret e",
            ),
            (
                json!({"immutable": true}),
                "Secret flows/prefect-api-key is immutable",
            ),
            (
                json!({"type": "kubernetes.io/tls"}),
                "Secret flows/prefect-api-key is for something else",
            ),
        ] {
            assert_eq!(plan_for(change, "new"), Err(message.to_owned()));
        }
    }
}
