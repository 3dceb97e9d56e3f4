//! Secrets that hold what a Job's pod must be told: made, brought up to date, handed to an owner.
//!
//! By create and update alone, because the Helm chart's Role does not grant patch.

use std::{collections::BTreeMap, fmt};

use base64::{Engine, prelude::BASE64_STANDARD};
use kube::{
    api::{DeleteParams, GetParams, PostParams},
    core::Request,
};
use serde_json::{Value, json};

use super::{
    cluster::{Cluster, FIELD_MANAGER},
    failure::{Class, Failure},
    view::{Meta, Owner},
};

/// A Secret as it should be.
#[derive(Clone)]
pub struct SecretSpec {
    /// Name within the namespace.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its content.
    pub data: BTreeMap<String, String>,
    /// The Job with which it goes, if any.
    pub owner: Option<JobOwner>,
}

impl fmt::Debug for SecretSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretSpec")
            .field("name", &self.name)
            .field("keys", &self.data.keys())
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

/// A Job that owns other objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobOwner {
    /// Name of the Job.
    pub name: String,
    /// UID of the Job.
    pub uid: String,
}

impl JobOwner {
    fn reference(&self) -> Value {
        json!({"apiVersion": "batch/v1", "kind": "Job", "name": self.name, "uid": self.uid})
    }
}

#[derive(serde::Deserialize)]
struct Stored {
    metadata: Meta,
}

impl Cluster {
    /// Makes a Secret.
    ///
    /// # Errors
    /// [`Class::AlreadyExists`] when there is one of the name.
    pub async fn create_secret(&self, namespace: &str, secret: &SecretSpec) -> Result<(), Failure> {
        let doing = format!("create Secret {} in namespace {namespace}", secret.name);
        self.post::<Stored>(&doing, &path(namespace), &manifest(secret))
            .await
            .map(drop)
    }

    /// Makes a Secret, or gives the one of the name this content.
    pub async fn put_secret(&self, namespace: &str, secret: &SecretSpec) -> Result<(), Failure> {
        match self.create_secret(namespace, secret).await {
            Err(failure) if failure.class == Class::AlreadyExists => {
                self.replace(namespace, &secret.name, manifest(secret))
                    .await
            }
            result => result,
        }
    }

    /// Makes a Secret for a Job that is yet to be made. One of the name is for the same Job, made by
    /// another worker: it gets this content and keeps its owners.
    pub async fn prepare_secret(
        &self,
        namespace: &str,
        secret: &SecretSpec,
    ) -> Result<(), Failure> {
        match self.create_secret(namespace, secret).await {
            Err(failure) if failure.class == Class::AlreadyExists => {}
            result => return result,
        }
        let doing = format!("read Secret {} in namespace {namespace}", secret.name);
        let request = Request::new(path(namespace)).get(&secret.name, &GetParams::default());
        let stored: Value = self.read(&doing, request).await?;
        let mut manifest = manifest(secret);
        manifest["metadata"]["ownerReferences"] = stored["metadata"]["ownerReferences"].clone();
        self.replace(namespace, &secret.name, manifest).await
    }

    /// Makes a Job the owner of a Secret, so that it goes with the Job.
    pub async fn hand_secret_to(
        &self,
        namespace: &str,
        name: &str,
        owner: &JobOwner,
    ) -> Result<(), Failure> {
        let doing = format!("read Secret {name} in namespace {namespace}");
        let request = Request::new(path(namespace)).get(name, &GetParams::default());
        let mut stored: Value = self.read(&doing, request).await?;
        let owners = Stored::owners(&stored);
        if owners.iter().any(|known| known.uid == owner.uid) {
            return Ok(());
        }
        match stored["metadata"]["ownerReferences"].as_array_mut() {
            Some(references) => references.push(owner.reference()),
            None => stored["metadata"]["ownerReferences"] = json!([owner.reference()]),
        }
        self.replace(namespace, name, stored).await
    }

    /// Deletes a Secret; one that is gone already is fine.
    pub async fn delete_secret(&self, namespace: &str, name: &str) -> Result<(), Failure> {
        let doing = format!("delete Secret {name} in namespace {namespace}");
        let request = Request::new(path(namespace)).delete(name, &DeleteParams::default());
        match self.read::<Value>(&doing, request).await {
            Err(failure) if failure.class != Class::NotFound => Err(failure),
            _ => Ok(()),
        }
    }

    async fn replace(&self, namespace: &str, name: &str, manifest: Value) -> Result<(), Failure> {
        let doing = format!("update Secret {name} in namespace {namespace}");
        let parameters = PostParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PostParams::default()
        };
        let request = Request::new(path(namespace)).replace(
            name,
            &parameters,
            manifest.to_string().into_bytes(),
        );
        self.read::<Stored>(&doing, request).await.map(drop)
    }
}

impl Stored {
    fn owners(secret: &Value) -> Vec<Owner> {
        serde_json::from_value::<Self>(secret.clone())
            .map(|stored| stored.metadata.owner_references)
            .unwrap_or_default()
    }
}

fn path(namespace: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/secrets")
}

fn manifest(secret: &SecretSpec) -> Value {
    let data: BTreeMap<_, _> = secret
        .data
        .iter()
        .map(|(key, value)| (key, BASE64_STANDARD.encode(value)))
        .collect();
    let owners: Vec<_> = secret.owner.iter().map(JobOwner::reference).collect();
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": {"name": secret.name, "labels": secret.labels, "ownerReferences": owners},
        "data": data,
    })
}
