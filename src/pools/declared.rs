//! Which template an installed worker declares for its pools, read from its Deployment: as the
//! prefect-worker Helm chart makes it, and as this program does.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    deployed::{Deployment, WorkerSpec},
    install::render::{TEMPLATE_FILE, TEMPLATE_VOLUME},
    prefect::WorkPoolName,
};

/// The label of the Deployments of workers that stays whatever the values rename.
pub const WORKER_COMPONENT: &str = "app.kubernetes.io/component=worker";
/// The label that names the release.
const RELEASE: &str = "app.kubernetes.io/instance";
/// The key of the template in a ConfigMap.
pub const KEY: &str = TEMPLATE_FILE;

/// A ConfigMap.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ConfigMap {
    /// Its content.
    pub data: BTreeMap<String, String>,
    metadata: Changes,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Changes {
    creation_timestamp: Option<Timestamp>,
    managed_fields: Vec<ManagedFields>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct ManagedFields {
    time: Option<Timestamp>,
}

impl ConfigMap {
    /// When it was last changed, as the API server noted it.
    #[must_use]
    pub fn changed(&self) -> Option<Timestamp> {
        let changes = self.metadata.managed_fields.iter();
        let latest = changes.filter_map(|change| change.time).max();
        latest.max(self.metadata.creation_timestamp)
    }
}

/// What a Deployment declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// The release, or the Deployment where it names none.
    pub release: String,
    /// The Deployment.
    pub deployment: String,
    /// The pools that its worker serves.
    pub pools: Vec<WorkPoolName>,
    /// The ConfigMap with the template; none: the pools have a life of their own.
    pub config_map: Option<String>,
}

/// What a Deployment declares; none: it is no worker's.
#[must_use]
pub fn declared_by(deployment: &Deployment) -> Option<Declared> {
    let pod = &deployment.spec.template.spec;
    let worker = WorkerSpec::of(pod)?;
    let volume = pod
        .volumes
        .iter()
        .find(|volume| volume.name == TEMPLATE_VOLUME);
    let names = &deployment.metadata;
    let release = names.labels.get(RELEASE).unwrap_or(&names.name);
    Some(Declared {
        release: release.clone(),
        deployment: names.name.clone(),
        pools: worker.pools.into_iter().map(WorkPoolName).collect(),
        config_map: volume
            .and_then(|volume| volume.config_map.as_ref())
            .map(|map| map.name.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn declared(containers: Value, volumes: Value) -> Option<Declared> {
        let deployment = json!({
            "metadata": {"name": "d", "labels": {"app.kubernetes.io/instance": "r"}},
            "spec": {"template": {"spec": {"containers": containers, "volumes": volumes}}},
        });
        declared_by(&serde_json::from_value(deployment).unwrap())
    }

    #[test]
    fn a_worker_names_its_pools_and_its_template() {
        let volumes = json!([
            {"name": "scratch", "emptyDir": {}},
            {"name": "base-job-template-file", "configMap": {"name": "t"}},
        ]);
        let containers = json!([
            {"command": ["sidecar"], "args": ["--pool", "no"]},
            {"command": ["tini"], "args": ["prefect", "worker", "start", "--type", "kubernetes", "--pool", "my pool"]},
        ]);
        let found = declared(containers, volumes).unwrap();
        assert_eq!(found.pools, ["my pool".into()]);
        assert_eq!(found.config_map.as_deref(), Some("t"));
        assert_eq!(
            (found.release.as_str(), found.deployment.as_str()),
            ("r", "d")
        );
        let several = json!([{"args": ["worker", "run", "-p", "a", "--pool=b=c"]}]);
        let found = declared(several, json!([])).unwrap();
        assert_eq!(found.pools, ["a".into(), "b=c".into()]);
        assert_eq!(found.config_map, None);
        assert_eq!(
            declared(json!([{"args": ["server", "start"]}]), json!([])),
            None
        );
    }

    #[test]
    fn the_last_change_is_that_of_any_manager() {
        let map: ConfigMap = serde_json::from_value(json!({
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
        assert_eq!(ConfigMap::default().changed(), None);
    }
}
