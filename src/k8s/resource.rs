//! Kinds of objects, and where the API server keeps them.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::{
    cluster::Cluster,
    failure::{Class, Failure},
};

/// A kind of object as one version of the API has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    /// API group; empty for the core group.
    pub group: String,
    /// Version of the group, such as `v1`.
    pub version: String,
    /// Kind, such as `Deployment`.
    pub kind: String,
    /// Plural name in paths, such as `deployments`.
    pub plural: String,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
}

/// Kinds that every cluster has, so that nobody has to be asked for them.
const WELL_KNOWN: [(&str, &str, &str, &str); 13] = [
    ("", "v1", "ConfigMap", "configmaps"),
    ("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    ("", "v1", "Secret", "secrets"),
    ("", "v1", "Service", "services"),
    ("", "v1", "ServiceAccount", "serviceaccounts"),
    ("apps", "v1", "Deployment", "deployments"),
    ("apps", "v1", "StatefulSet", "statefulsets"),
    (
        "autoscaling",
        "v2",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
    ),
    ("batch", "v1", "CronJob", "cronjobs"),
    (
        "networking.k8s.io",
        "v1",
        "NetworkPolicy",
        "networkpolicies",
    ),
    (
        "policy",
        "v1",
        "PodDisruptionBudget",
        "poddisruptionbudgets",
    ),
    ("rbac.authorization.k8s.io", "v1", "Role", "roles"),
    (
        "rbac.authorization.k8s.io",
        "v1",
        "RoleBinding",
        "rolebindings",
    ),
];

impl Resource {
    /// A kind that every cluster has, in its namespaces.
    #[must_use]
    pub fn well_known(group: &str, version: Option<&str>, kind: &str) -> Option<Self> {
        WELL_KNOWN
            .iter()
            .find(|known| {
                (known.0, known.2) == (group, kind)
                    && version.is_none_or(|version| version == known.1)
            })
            .map(|(group, version, kind, plural)| Self {
                group: (*group).to_owned(),
                version: (*version).to_owned(),
                kind: (*kind).to_owned(),
                plural: (*plural).to_owned(),
                namespaced: true,
            })
    }

    /// Secrets.
    #[must_use]
    pub fn secrets() -> Self {
        Self {
            group: String::new(),
            version: "v1".to_owned(),
            kind: "Secret".to_owned(),
            plural: "secrets".to_owned(),
            namespaced: true,
        }
    }

    /// ConfigMaps.
    #[must_use]
    pub fn config_maps() -> Self {
        Self {
            kind: "ConfigMap".to_owned(),
            plural: "configmaps".to_owned(),
            ..Self::secrets()
        }
    }

    /// Namespaces.
    #[must_use]
    pub fn namespaces() -> Self {
        Self {
            group: String::new(),
            version: "v1".to_owned(),
            kind: "Namespace".to_owned(),
            plural: "namespaces".to_owned(),
            namespaced: false,
        }
    }

    /// Group and version as objects name them: `apps/v1`, `v1`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Kind and group as ApplySets name them (KEP-3659): `Deployment.apps`, `ConfigMap`.
    #[must_use]
    pub fn group_kind(&self) -> String {
        if self.group.is_empty() {
            self.kind.clone()
        } else {
            format!("{}.{}", self.kind, self.group)
        }
    }

    /// The path of its objects; without a namespace, of those of all namespaces.
    #[must_use]
    pub fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        };
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{}", self.plural),
            None => format!("{root}/{}", self.plural),
        }
    }
}

/// One object of a kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// Its kind.
    pub resource: Resource,
    /// Its namespace, if it is in one.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl ObjectRef {
    /// The name that kubectl gives it: `deployment.apps/prefect-worker`.
    #[must_use]
    pub fn kubectl_name(&self) -> String {
        let Resource { kind, group, .. } = &self.resource;
        let kind = kind.to_lowercase();
        if group.is_empty() {
            format!("{kind}/{}", self.name)
        } else {
            format!("{kind}.{group}/{}", self.name)
        }
    }

    /// Whether it is the same object, whatever the version of the API.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let Resource { group, kind, .. } = &self.resource;
        (group, kind, &self.namespace, &self.name)
            == (
                &other.resource.group,
                &other.resource.kind,
                &other.namespace,
                &other.name,
            )
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.resource.kind, self.name)?;
        match &self.namespace {
            Some(namespace) => write!(f, " in namespace {namespace}"),
            None => Ok(()),
        }
    }
}

/// What the API server says of a version of a group.
#[derive(Deserialize)]
struct ApiResourceList {
    resources: Vec<ApiResource>,
}

#[derive(Deserialize)]
struct ApiResource {
    name: String,
    kind: String,
    namespaced: bool,
}

impl Cluster {
    /// Finds a kind. Those that every cluster has are known; for others the API server is asked.
    /// `None`: it has no such kind.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn resource(
        &self,
        group: &str,
        version: &str,
        kind: &str,
    ) -> Result<Option<Resource>, Failure> {
        if let Some(known) = Resource::well_known(group, Some(version), kind) {
            return Ok(Some(known));
        }
        let path = if group.is_empty() {
            format!("/api/{version}")
        } else {
            format!("/apis/{group}/{version}")
        };
        let doing = format!("ask which kinds {group} {version} has");
        let Some(list) = self.document::<ApiResourceList>(&doing, &path).await? else {
            return Ok(None);
        };
        let found = list
            .resources
            .into_iter()
            .find(|resource| resource.kind == kind && !resource.name.contains('/'));
        Ok(found.map(|found| Resource {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: found.kind,
            plural: found.name,
            namespaced: found.namespaced,
        }))
    }

    /// Finds a kind in the version that the API server prefers. `None`: it has no such kind.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn preferred_resource(
        &self,
        group: &str,
        kind: &str,
    ) -> Result<Option<Resource>, Failure> {
        if let Some(known) = Resource::well_known(group, None, kind) {
            return Ok(Some(known));
        }
        if group.is_empty() {
            return self.resource(group, "v1", kind).await;
        }
        let doing = format!("ask for the versions of {group}");
        let path = format!("/apis/{group}");
        let found: Option<Value> = self.document(&doing, &path).await?;
        let version = found
            .as_ref()
            .and_then(|group| group["preferredVersion"]["version"].as_str());
        match version {
            Some(version) => self.resource(group, version, kind).await,
            None => Ok(None),
        }
    }

    /// Reads a document; `None` when there is none at the path.
    async fn document<T: serde::de::DeserializeOwned>(
        &self,
        doing: &str,
        path: &str,
    ) -> Result<Option<T>, Failure> {
        let request = http::Request::get(path)
            .body(Vec::new())
            .map_err(kube::core::request::Error::BuildRequest);
        match self.read(doing, request).await {
            Ok(document) => Ok(Some(document)),
            Err(failure) if failure.class == Class::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_knows_its_paths_and_names() {
        let deployments = Resource::well_known("apps", Some("v1"), "Deployment").unwrap();
        assert_eq!(deployments.api_version(), "apps/v1");
        assert_eq!(deployments.group_kind(), "Deployment.apps");
        assert_eq!(
            deployments.path(Some("flows")),
            "/apis/apps/v1/namespaces/flows/deployments"
        );
        assert_eq!(deployments.path(None), "/apis/apps/v1/deployments");
        let secrets = Resource::secrets();
        assert_eq!(
            (secrets.api_version(), secrets.group_kind()),
            ("v1".into(), "Secret".into())
        );
        assert_eq!(Resource::namespaces().path(Some("x")), "/api/v1/namespaces");
        assert_eq!(Resource::well_known("apps", Some("v2"), "Deployment"), None);
        let object = ObjectRef {
            resource: deployments,
            namespace: Some("flows".to_owned()),
            name: "w".to_owned(),
        };
        assert_eq!(object.kubectl_name(), "deployment.apps/w");
        assert_eq!(object.to_string(), "Deployment w in namespace flows");
    }
}
