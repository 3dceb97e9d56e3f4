//! Objects of any kind as JSON: read, listed, applied by the server, deleted.

use std::collections::BTreeMap;

use kube::{
    api::{
        DeleteParams, GetParams, ListParams, Patch, PatchParams, PostParams, Preconditions,
        PropagationPolicy, ValidationDirective,
    },
    core::{Request, response::StatusCause},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    cluster::{Cluster, FIELD_MANAGER},
    failure::{Class, Failure},
    resource::{ObjectRef, Resource},
};

/// Objects that a page of a list holds.
const PAGE: u32 = 250;

/// How an object is applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applying {
    /// The server only tells what it would store.
    pub dry_run: bool,
    /// Fields that others own are taken from them.
    pub force: bool,
}

/// How an object is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleting {
    /// The server only tells whether it would.
    DryRun,
    /// At once; what depends on it goes afterwards.
    Now,
    /// It is gone when what depends on it is gone, such as the pods of a Deployment.
    WithDependants,
}

/// A field of an object that was not taken, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldCause {
    /// Its path, such as `.spec.replicas`.
    pub field: String,
    /// The kind of reason: `FieldManagerConflict`, `FieldValueInvalid`, ...
    pub reason: String,
    /// In a sentence.
    pub message: String,
}

/// An object that the API server did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// For decisions and for people.
    pub failure: Failure,
    /// The fields that stand in the way, where the server names them.
    pub fields: Vec<FieldCause>,
}

impl From<NotTaken> for crate::error::Error {
    fn from(not_taken: NotTaken) -> Self {
        not_taken.failure.into()
    }
}

/// What an object is called and marked with, which is all that is asked of the server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Marks {
    /// Name.
    pub name: String,
    /// All labels.
    pub labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Marked {
    metadata: Marks,
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Page<T> {
    #[serde(default)]
    metadata: PageMeta,
    items: Vec<T>,
}

#[derive(Deserialize, Default)]
struct PageMeta {
    #[serde(default)]
    r#continue: String,
}

/// How much of the objects of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// Their metadata.
    Metadata,
}

impl Cluster {
    /// Reads an object; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn get_object(&self, object: &ObjectRef) -> Result<Option<Value>, Failure> {
        let doing = format!("read {object}");
        let request = Request::new(path(object)).get(&object.name, &GetParams::default());
        match self.read(&doing, request).await {
            Ok(found) => Ok(Some(found)),
            Err(failure) if failure.class == Class::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The objects of a kind that have these labels, in one namespace or in all.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn list_objects(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        selector: &str,
    ) -> Result<Vec<Value>, Failure> {
        let doing = listing(resource, namespace);
        let path = resource.path(namespace);
        let mut found: Vec<Value> = self.pages(&doing, &path, selector, Extent::Whole).await?;
        // The items of a list do not say what they are.
        for item in &mut found {
            item["apiVersion"] = resource.api_version().into();
            item["kind"] = resource.kind.as_str().into();
        }
        Ok(found)
    }

    /// The names and labels of the objects of a kind, as [`Self::list_objects`]. Nothing else of them
    /// leaves the server: Secrets stay there.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn list_marks(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        selector: &str,
    ) -> Result<Vec<Marks>, Failure> {
        let doing = listing(resource, namespace);
        let path = resource.path(namespace);
        let found: Vec<Marked> = self
            .pages(&doing, &path, selector, Extent::Metadata)
            .await?;
        Ok(found.into_iter().map(|object| object.metadata).collect())
    }

    /// All objects of a path that have these labels, page by page.
    pub(super) async fn pages<T: DeserializeOwned>(
        &self,
        doing: &str,
        path: &str,
        selector: &str,
        extent: Extent,
    ) -> Result<Vec<T>, Failure> {
        let mut parameters = ListParams::default().labels(selector).limit(PAGE);
        let mut found = Vec::new();
        loop {
            let request = Request::new(path);
            let request = match extent {
                Extent::Whole => request.list(&parameters),
                Extent::Metadata => request.list_metadata(&parameters),
            };
            let page: Page<T> = self.read(doing, request).await?;
            found.extend(page.items);
            if page.metadata.r#continue.is_empty() {
                return Ok(found);
            }
            parameters.continue_token = Some(page.metadata.r#continue);
        }
    }

    /// Applies an object: the fields of the manifest are as it says and ours, those that we owned
    /// and it no longer has go. Gives the object as it is then, or would be.
    ///
    /// # Errors
    /// [`Class::Conflict`] when others own some of the fields, with these fields; what the API
    /// server or an admission plugin refuses.
    pub async fn apply_object(
        &self,
        object: &ObjectRef,
        manifest: &Value,
        applying: Applying,
    ) -> Result<Value, NotTaken> {
        let parameters = PatchParams {
            dry_run: applying.dry_run,
            force: applying.force,
            field_manager: Some(FIELD_MANAGER.to_owned()),
            field_validation: Some(ValidationDirective::Strict),
        };
        let request =
            Request::new(path(object)).patch(&object.name, &parameters, &Patch::Apply(manifest));
        self.ask(request)
            .await
            .map_err(|error| self.not_taken(&format!("apply {object}"), &error))
    }

    /// Creates an object; there must be none of its name.
    ///
    /// # Errors
    /// [`Class::AlreadyExists`], and what the API server refuses.
    pub async fn create_object(
        &self,
        object: &ObjectRef,
        manifest: &Value,
        dry_run: bool,
    ) -> Result<Value, NotTaken> {
        let request =
            Request::new(path(object)).create(&post(dry_run), manifest.to_string().into_bytes());
        self.ask(request)
            .await
            .map_err(|error| self.not_taken(&format!("create {object}"), &error))
    }

    /// Changes some fields of an object by a merge patch. One that holds a
    /// `metadata.resourceVersion` is for that version alone.
    ///
    /// # Errors
    /// [`Class::Conflict`] when the object has another version, [`Class::NotFound`] when it is gone.
    pub async fn patch_object(&self, object: &ObjectRef, patch: &Value) -> Result<Value, Failure> {
        let parameters = PatchParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let request =
            Request::new(path(object)).patch(&object.name, &parameters, &Patch::Merge(patch));
        self.read(&format!("update {object}"), request).await
    }

    /// Deletes an object if it still has this UID. One that is gone already is fine.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn delete_object(
        &self,
        object: &ObjectRef,
        uid: Option<&str>,
        deleting: Deleting,
    ) -> Result<(), Failure> {
        let parameters = DeleteParams {
            dry_run: deleting == Deleting::DryRun,
            propagation_policy: Some(match deleting {
                Deleting::WithDependants => PropagationPolicy::Foreground,
                _ => PropagationPolicy::Background,
            }),
            preconditions: uid.map(|uid| Preconditions {
                uid: Some(uid.to_owned()),
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        let request = Request::new(path(object)).delete(&object.name, &parameters);
        match self
            .read::<Value>(&format!("delete {object}"), request)
            .await
        {
            Err(failure) if failure.class != Class::NotFound => Err(failure),
            _ => Ok(()),
        }
    }

    fn not_taken(&self, doing: &str, error: &kube::Error) -> NotTaken {
        let causes = match error {
            kube::Error::Api(status) => status.details.as_ref().map(|details| &details.causes),
            _ => None,
        };
        NotTaken {
            failure: self.failure(doing, error),
            fields: causes.into_iter().flatten().map(field_cause).collect(),
        }
    }
}

fn field_cause(cause: &StatusCause) -> FieldCause {
    FieldCause {
        field: cause.field.clone(),
        reason: cause.reason.clone(),
        message: cause.message.clone(),
    }
}

fn post(dry_run: bool) -> PostParams {
    PostParams {
        dry_run,
        field_manager: Some(FIELD_MANAGER.to_owned()),
    }
}

fn listing(resource: &Resource, namespace: Option<&str>) -> String {
    match namespace.filter(|_| resource.namespaced) {
        Some(namespace) => format!("list {} in namespace {namespace}", resource.plural),
        None => format!("list {}", resource.plural),
    }
}

fn path(object: &ObjectRef) -> String {
    object.resource.path(object.namespace.as_deref())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::k8s::{
        Patience,
        scripted::{Server, Step},
    };

    #[tokio::test]
    async fn names_are_asked_for_without_what_is_in_the_objects() {
        let page = |name: &str, next: &str| {
            let labels = json!({"app": name});
            Step::json(&json!({
                "metadata": {"continue": next},
                "items": [{"metadata": {"name": name, "labels": labels}}],
            }))
        };
        let server = Server::start([page("a", "more"), page("b", "")]).await;
        let cluster = server.cluster(Patience::Command).await;
        let secrets = Resource::secrets();
        let found = cluster.list_marks(&secrets, Some("flows"), "").await;
        let found = found.unwrap();
        let names: Vec<_> = found.iter().map(|marks| marks.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(found[0].labels["app"], "a");
        assert_eq!(
            server.lines(),
            [
                "GET /api/v1/namespaces/flows/secrets?&labelSelector=&limit=250",
                "GET /api/v1/namespaces/flows/secrets?&labelSelector=&limit=250&continue=more",
            ]
        );
        for request in server.requests() {
            assert!(
                request.contains("as=PartialObjectMetadataList"),
                "{request}"
            );
        }
    }
}
