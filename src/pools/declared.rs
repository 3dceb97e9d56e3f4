//! Which template an installed worker declares for its pools, read from its Deployment: as the
//! prefect-worker Helm chart makes it, and as this program does.

use crate::{
    install::render::{TEMPLATE_FILE, TEMPLATE_VOLUME},
    k8s::declared::DeploymentView,
    prefect::WorkPoolName,
};

/// The labels of the Deployments of workers.
pub const WORKER_LABELS: &str = "app.kubernetes.io/component=worker";
/// The label that names the release.
const RELEASE: &str = "app.kubernetes.io/instance";
/// The key of the template in a ConfigMap.
pub const KEY: &str = TEMPLATE_FILE;

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
pub fn declared_by(deployment: &DeploymentView) -> Option<Declared> {
    let pod = &deployment.spec.template.spec;
    let pools = pod.containers.iter().find_map(|container| {
        let words: Vec<&str> = container
            .command
            .iter()
            .chain(&container.args)
            .map(String::as_str)
            .collect();
        let pools = pools(&words);
        (words.contains(&"worker") && !pools.is_empty()).then_some(pools)
    })?;
    let volume = pod
        .volumes
        .iter()
        .find(|volume| volume.name == TEMPLATE_VOLUME);
    let names = &deployment.metadata;
    let release = names.labels.get(RELEASE).unwrap_or(&names.name);
    Some(Declared {
        release: release.clone(),
        deployment: names.name.clone(),
        pools,
        config_map: volume
            .and_then(|volume| volume.config_map.as_ref())
            .map(|map| map.name.clone()),
    })
}

/// The pools that a worker's words name.
fn pools(words: &[&str]) -> Vec<WorkPoolName> {
    let mut pools = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let value = match word.split_once('=') {
            Some(("--pool" | "-p", value)) => Some(value),
            _ if matches!(*word, "--pool" | "-p") => words.next().copied(),
            _ => None,
        };
        pools.extend(value.map(WorkPoolName::from));
    }
    pools
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
}
