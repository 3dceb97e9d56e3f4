//! Where templates are declared in a cluster: ConfigMaps, and the Deployments of workers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kube::{
    api::{GetParams, ListParams},
    core::Request,
};
use serde::Deserialize;

use super::{cluster::Cluster, failure::Failure};

/// A ConfigMap.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ConfigMapView {
    /// Its content.
    pub data: BTreeMap<String, String>,
    metadata: Changes,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Changes {
    creation_timestamp: Option<Timestamp>,
    managed_fields: Vec<Change>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Change {
    time: Option<Timestamp>,
}

impl ConfigMapView {
    /// When it was last changed, as the API server noted it.
    #[must_use]
    pub fn changed(&self) -> Option<Timestamp> {
        let changes = self.metadata.managed_fields.iter();
        let latest = changes.filter_map(|change| change.time).max();
        latest.max(self.metadata.creation_timestamp)
    }
}

/// A Deployment, as far as it says what its pods run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DeploymentView {
    /// Its names.
    pub metadata: Names,
    /// What it asks for.
    pub spec: DeploymentSpec,
}

/// By what an object is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Names {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// What a Deployment asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DeploymentSpec {
    /// Its pods.
    pub template: PodTemplate,
}

/// The pods of a Deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PodTemplate {
    /// What they are to be.
    pub spec: PodTemplateSpec,
}

/// What pods are to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PodTemplateSpec {
    /// Their containers.
    pub containers: Vec<ContainerTemplate>,
    /// Their volumes.
    pub volumes: Vec<VolumeTemplate>,
}

/// A container of such pods.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ContainerTemplate {
    /// What it runs.
    pub command: Vec<String>,
    /// With which arguments.
    pub args: Vec<String>,
}

/// A volume of such pods.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VolumeTemplate {
    /// Its name.
    pub name: String,
    /// The ConfigMap that it holds.
    pub config_map: Option<ConfigMapVolume>,
}

/// A ConfigMap as a volume.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ConfigMapVolume {
    /// The name of the ConfigMap.
    pub name: String,
}

#[derive(Deserialize)]
struct Deployments {
    items: Vec<DeploymentView>,
}

impl Cluster {
    /// Reads a ConfigMap.
    ///
    /// # Errors
    /// [`Class::NotFound`](super::Class::NotFound) when there is none of the name.
    pub async fn read_config_map(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<ConfigMapView, Failure> {
        let doing = format!("read ConfigMap {name} in namespace {namespace}");
        let path = format!("/api/v1/namespaces/{namespace}/configmaps");
        let request = Request::new(path).get(name, &GetParams::default());
        self.read(&doing, request).await
    }

    /// The Deployments of a namespace that have these labels.
    ///
    /// # Errors
    /// As the request.
    pub async fn list_deployments(
        &self,
        namespace: &str,
        labels: &str,
    ) -> Result<Vec<DeploymentView>, Failure> {
        let doing = format!("list Deployments in namespace {namespace}");
        let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments");
        let request = Request::new(path).list(&ListParams::default().labels(labels));
        Ok(self.read::<Deployments>(&doing, request).await?.items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_change_is_that_of_any_manager() {
        let map: ConfigMapView = serde_json::from_value(serde_json::json!({
            "metadata": {
                "creationTimestamp": "2026-01-01T00:00:00Z",
                "managedFields": [
                    {"manager": "helm", "time": "2026-01-03T00:00:00Z"},
                    {"manager": "kubectl", "time": "2026-01-02T00:00:00Z"},
                ],
            },
            "data": {"a": "b"},
        }))
        .unwrap();
        assert_eq!(map.changed(), "2026-01-03T00:00:00Z".parse().ok());
        assert_eq!(ConfigMapView::default().changed(), None);
    }
}
