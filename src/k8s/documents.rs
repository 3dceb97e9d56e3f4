//! Objects of any kind, read whole or in part: found, listed, made, changed, and tried.
//!
//! What watches and Jobs need stands in `watch` and `jobs`; this is for commands, which look at many
//! kinds of objects, and at each once.

use kube::{
    api::{GetParams, Patch, PatchParams, PostParams},
    core::Request,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    cluster::{Cluster, FIELD_MANAGER},
    failure::{Class, Failure},
    objects::Extent,
};

/// A kind of object, as its paths name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectKind {
    /// What people call one.
    pub name: &'static str,
    /// What paths and rules call several.
    pub plural: &'static str,
    /// Group and version as a path: `/api/v1`, `/apis/apps/v1`.
    pub group: &'static str,
}

/// ConfigMaps.
pub const CONFIG_MAP: ObjectKind = core("ConfigMap", "configmaps");
/// Namespaces.
pub const NAMESPACE: ObjectKind = core("namespace", "namespaces");
/// Events.
pub const EVENT: ObjectKind = core("event", "events");
/// Pods.
pub const POD: ObjectKind = core("pod", "pods");
/// Secrets.
pub const SECRET: ObjectKind = core("Secret", "secrets");
/// ResourceQuotas.
pub const RESOURCE_QUOTA: ObjectKind = core("ResourceQuota", "resourcequotas");
/// Deployments.
pub const DEPLOYMENT: ObjectKind = ObjectKind {
    name: "Deployment",
    plural: "deployments",
    group: "/apis/apps/v1",
};
/// StatefulSets.
pub const STATEFUL_SET: ObjectKind = ObjectKind {
    name: "StatefulSet",
    plural: "statefulsets",
    group: "/apis/apps/v1",
};
/// DaemonSets.
pub const DAEMON_SET: ObjectKind = ObjectKind {
    name: "DaemonSet",
    plural: "daemonsets",
    group: "/apis/apps/v1",
};
/// CronJobs.
pub const CRON_JOB: ObjectKind = ObjectKind {
    name: "CronJob",
    plural: "cronjobs",
    group: "/apis/batch/v1",
};
/// Jobs.
pub const JOB: ObjectKind = ObjectKind {
    name: "Job",
    plural: "jobs",
    group: "/apis/batch/v1",
};
/// RoleBindings.
pub const ROLE_BINDING: ObjectKind = ObjectKind {
    name: "RoleBinding",
    plural: "rolebindings",
    group: "/apis/rbac.authorization.k8s.io/v1",
};
/// NetworkPolicies.
pub const NETWORK_POLICY: ObjectKind = ObjectKind {
    name: "NetworkPolicy",
    plural: "networkpolicies",
    group: "/apis/networking.k8s.io/v1",
};

const fn core(name: &'static str, plural: &'static str) -> ObjectKind {
    ObjectKind {
        name,
        plural,
        group: "/api/v1",
    }
}

impl ObjectKind {
    fn path(self, namespace: Option<&str>) -> String {
        let Self { group, plural, .. } = self;
        match namespace {
            Some(namespace) => format!("{group}/namespaces/{namespace}/{plural}"),
            None => format!("{group}/{plural}"),
        }
    }

    fn in_words(self, namespace: Option<&str>, name: &str) -> String {
        match namespace {
            Some(namespace) => format!("{} {name} in namespace {namespace}", self.name),
            None => format!("{} {name}", self.name),
        }
    }
}

/// Whether a change is made, or only tried by the API server (`dryRun=All`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// It is made.
    No,
    /// It goes through admission and validation, and nothing is kept.
    Yes,
}

impl Cluster {
    /// Reads an object; `None` when there is none, or no such namespace.
    ///
    /// # Errors
    /// When the API server refuses or does not answer.
    pub async fn find_document<T: DeserializeOwned>(
        &self,
        kind: ObjectKind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<T>, Failure> {
        let doing = format!("read {}", kind.in_words(namespace, name));
        let request = Request::new(kind.path(namespace)).get(name, &GetParams::default());
        match self.read(&doing, request).await {
            Err(failure) if failure.class == Class::NotFound => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Lists the objects of a kind in a namespace, or in all of them: those with these labels, by
    /// a selector as kubectl takes it; all when it is empty.
    ///
    /// # Errors
    /// When the API server refuses or does not answer.
    pub async fn list_documents<T: DeserializeOwned>(
        &self,
        kind: ObjectKind,
        namespace: Option<&str>,
        labels: &str,
    ) -> Result<Vec<T>, Failure> {
        let place = namespace.map_or_else(
            || "all namespaces".to_owned(),
            |name| format!("namespace {name}"),
        );
        let doing = format!("list {} in {place}", kind.plural);
        let path = kind.path(namespace);
        self.pages(&doing, &path, labels, Extent::Whole).await
    }

    /// Makes an object of its manifest, or tries to.
    ///
    /// # Errors
    /// [`Class::AlreadyExists`] when there is one of the name.
    pub async fn create_document(
        &self,
        kind: ObjectKind,
        namespace: Option<&str>,
        manifest: &Value,
        trial: Trial,
    ) -> Result<Value, Failure> {
        let name = manifest["metadata"]["name"]
            .as_str()
            .unwrap_or("of no name");
        let verb = if trial == Trial::Yes { "try" } else { "create" };
        let doing = format!("{verb} {}", kind.in_words(namespace, name));
        let parameters = PostParams {
            dry_run: trial == Trial::Yes,
            field_manager: Some(FIELD_MANAGER.to_owned()),
        };
        let body = manifest.to_string().into_bytes();
        let request = Request::new(kind.path(namespace)).create(&parameters, body);
        self.read(&doing, request).await
    }

    /// Changes the given fields of an object and leaves all others (a JSON merge patch); `null`
    /// removes one. With a `metadata.resourceVersion` in it, only the object as it was read.
    ///
    /// # Errors
    /// [`Class::Conflict`] when somebody else has changed it since.
    pub async fn merge_document<T: DeserializeOwned>(
        &self,
        kind: ObjectKind,
        namespace: Option<&str>,
        name: &str,
        change: &Value,
        trial: Trial,
    ) -> Result<T, Failure> {
        let doing = format!("change {}", kind.in_words(namespace, name));
        let parameters = PatchParams {
            dry_run: trial == Trial::Yes,
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let request =
            Request::new(kind.path(namespace)).patch(name, &parameters, &Patch::Merge(change));
        self.read(&doing, request).await
    }
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
    async fn an_object_is_found_or_not() {
        let server = Server::start([
            Step::json(&json!({"metadata": {"name": "s"}})),
            Step::status(404, "NotFound", "secrets \"s\" not found"),
            Step::status(418, "Teapot", "no"),
        ])
        .await;
        let cluster = server.cluster(Patience::Command).await;
        let find = async || {
            cluster
                .find_document::<Value>(SECRET, Some("flows"), "s")
                .await
        };
        assert!(find().await.unwrap().is_some());
        assert_eq!(find().await.unwrap(), None);
        let failure = find().await.unwrap_err();
        assert_eq!(
            failure.error.message,
            "failed to read Secret s in namespace flows"
        );
    }

    #[tokio::test]
    async fn a_change_that_is_tried_says_so_to_the_server() {
        let answer = || Step::json(&json!({"metadata": {"name": "s"}}));
        let server = Server::start([answer(), answer()]).await;
        let cluster = server.cluster(Patience::Command).await;
        let change = json!({"data": {"key": "bmV3"}});
        let manifest = json!({"metadata": {"name": "flows"}});
        let _: Value = cluster
            .merge_document(SECRET, Some("flows"), "s", &change, Trial::Yes)
            .await
            .unwrap();
        cluster
            .create_document(NAMESPACE, None, &manifest, Trial::No)
            .await
            .unwrap();
        assert_eq!(
            server.lines(),
            [
                "PATCH /api/v1/namespaces/flows/secrets/s?&dryRun=All&fieldManager=kubectl-prefect",
                "POST /api/v1/namespaces?&fieldManager=kubectl-prefect",
            ]
        );
    }
}
