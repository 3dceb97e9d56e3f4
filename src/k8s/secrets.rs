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

    /// Makes a Secret, or gives the one of the name this content. What else stands on that one stays
    /// (labels and annotations of others, owners, its type), and one that needs no change is only
    /// read.
    ///
    /// # Errors
    /// [`Class::Conflict`] when somebody else writes it at each of three tries.
    pub async fn put_secret(&self, namespace: &str, secret: &SecretSpec) -> Result<(), Failure> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.create_secret(namespace, secret).await {
                Err(failure) if failure.class == Class::AlreadyExists => {}
                result => return result,
            }
            match self.renew_secret(namespace, secret).await {
                Err(failure)
                    if tries < 3 && matches!(failure.class, Class::NotFound | Class::Conflict) => {}
                result => return result,
            }
        }
    }

    /// The same for a Secret that is there already but for the first time: it is read first. A
    /// namespace whose quota of Secrets is full still takes one that it has.
    ///
    /// # Errors
    /// As [`Self::put_secret`].
    pub async fn keep_secret(&self, namespace: &str, secret: &SecretSpec) -> Result<(), Failure> {
        match self.renew_secret(namespace, secret).await {
            Err(failure)
                if matches!(
                    failure.class,
                    Class::NotFound | Class::Conflict | Class::Forbidden
                ) =>
            {
                self.put_secret(namespace, secret).await
            }
            result => result,
        }
    }

    /// Gives a Secret that is there this content.
    async fn renew_secret(&self, namespace: &str, secret: &SecretSpec) -> Result<(), Failure> {
        let stored = self.stored_secret(namespace, &secret.name).await?;
        let wanted = brought_up_to_date(&stored, secret);
        if wanted == stored {
            return Ok(());
        }
        self.replace(namespace, &secret.name, wanted).await
    }

    /// Makes a Job the owner of a Secret, so that it goes with the Job.
    pub async fn hand_secret_to(
        &self,
        namespace: &str,
        name: &str,
        owner: &JobOwner,
    ) -> Result<(), Failure> {
        let stored = self.stored_secret(namespace, name).await?;
        let mut wanted = stored.clone();
        add_owner(&mut wanted, owner);
        if wanted == stored {
            return Ok(());
        }
        self.replace(namespace, name, wanted).await
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

    async fn stored_secret(&self, namespace: &str, name: &str) -> Result<Value, Failure> {
        let doing = format!("read Secret {name} in namespace {namespace}");
        let request = Request::new(path(namespace)).get(name, &GetParams::default());
        self.read(&doing, request).await
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

fn add_owner(secret: &mut Value, owner: &JobOwner) {
    let owners = Stored::owners(secret);
    if owners.iter().any(|known| known.uid == owner.uid) {
        return;
    }
    match secret["metadata"]["ownerReferences"].as_array_mut() {
        Some(references) => references.push(owner.reference()),
        None => secret["metadata"]["ownerReferences"] = json!([owner.reference()]),
    }
}

/// A stored Secret with the content, labels and owner that it should have.
fn brought_up_to_date(stored: &Value, secret: &SecretSpec) -> Value {
    let mut wanted = stored.clone();
    wanted["data"] = json!(encoded(&secret.data));
    for (key, value) in &secret.labels {
        wanted["metadata"]["labels"][key] = value.as_str().into();
    }
    if let Some(owner) = &secret.owner {
        add_owner(&mut wanted, owner);
    }
    wanted
}

fn encoded(data: &BTreeMap<String, String>) -> BTreeMap<&String, String> {
    data.iter()
        .map(|(key, value)| (key, BASE64_STANDARD.encode(value)))
        .collect()
}

fn path(namespace: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/secrets")
}

fn manifest(secret: &SecretSpec) -> Value {
    let owners: Vec<_> = secret.owner.iter().map(JobOwner::reference).collect();
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": {"name": secret.name, "labels": secret.labels, "ownerReferences": owners},
        "data": encoded(&secret.data),
    })
}
