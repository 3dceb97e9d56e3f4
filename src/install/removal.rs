//! What the removal of a release needs to know: Jobs that would be left alone, Secrets that stay,
//! and when all is gone.

use std::{collections::BTreeSet, time::Duration};

use serde::Deserialize as _;
use serde_json::Value;

use super::{
    plan::Plan,
    release::{RELEASE, REVISION, ReleaseId, Stored},
};
use crate::{
    deployed::{Deployment, WorkerSpec},
    error::Result,
    k8s::{Class, Cluster, Deleting, ObjectRef, Resource, Scope, label, view::JobView},
    template::labels,
};

/// Time between two looks for objects that are going.
const LOOK: Duration = Duration::from_millis(500);

/// The work pools that the workers of a release serve, and where their Jobs are.
#[derive(Debug, Default)]
pub struct Pools {
    names: BTreeSet<String>,
    namespaces: BTreeSet<String>,
}

impl Pools {
    /// Those of what is installed: by the words that its Deployment starts the worker with.
    #[must_use]
    pub fn of(stored: &Stored) -> Self {
        let mut pools = Self::default();
        for object in objects(stored) {
            if let Some(namespace) = object["metadata"]["namespace"].as_str() {
                pools.namespaces.insert(namespace.to_owned());
            }
            let deployment = Deployment::deserialize(object).unwrap_or_default();
            if let Some(worker) = WorkerSpec::of(&deployment.spec.template.spec) {
                pools.names.extend(worker.pools);
            }
        }
        pools
    }
}

fn objects(stored: &Stored) -> impl Iterator<Item = &Value> {
    let revision = stored.deployed().or(stored.latest());
    let record = revision.and_then(|revision| revision.record.as_ref());
    record.into_iter().flat_map(|record| &record.objects)
}

/// Jobs of a release's pools that have not ended.
#[derive(Debug, Default)]
pub struct Running {
    /// The Jobs, as `namespace/name`.
    pub jobs: BTreeSet<String>,
    /// Where Jobs may not be read.
    pub unread: BTreeSet<String>,
}

/// Looks for Jobs of these pools that have not ended: in the whole cluster where that may be read,
/// else in the namespaces of the release.
///
/// # Errors
/// When the API server does not answer.
pub async fn running_jobs(cluster: &Cluster, pools: &Pools) -> Result<Running> {
    let mut running = Running::default();
    for pool in &pools.names {
        let selector = format!("{}={}", label::WORK_POOL_NAME, labels::value(pool));
        match cluster.list::<JobView>(&Scope::Cluster, &selector).await {
            Ok(jobs) => running.add(&jobs),
            Err(failure) if failure.class == Class::Forbidden => {
                for namespace in &pools.namespaces {
                    let place = Scope::Namespace(namespace.clone());
                    match cluster.list::<JobView>(&place, &selector).await {
                        Ok(jobs) => running.add(&jobs),
                        Err(failure) if failure.class == Class::Forbidden => {
                            running.unread.insert(namespace.clone());
                        }
                        Err(failure) => return Err(failure.into()),
                    }
                }
            }
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(running)
}

impl Running {
    fn add(&mut self, jobs: &[JobView]) {
        let names = jobs.iter().filter(|job| runs(job)).map(full_name);
        self.jobs.extend(names);
    }
}

fn runs(job: &JobView) -> bool {
    let ended = |kind| job.status.condition(kind).is_some();
    !ended("Complete") && !ended("Failed")
}

fn full_name(job: &JobView) -> String {
    format!("{}/{}", job.metadata.namespace, job.metadata.name)
}

/// Secrets that what is installed refers to and has not made: they stay.
#[must_use]
pub fn referenced_secrets(stored: &Stored) -> Vec<String> {
    let mut named = BTreeSet::new();
    let mut made = BTreeSet::new();
    for object in objects(stored) {
        if object["kind"] == "Secret" {
            made.extend(object["metadata"]["name"].as_str().map(str::to_owned));
        }
        secrets_in(object, &mut named);
    }
    named.difference(&made).cloned().collect()
}

/// Names of Secrets, wherever a pod may name one.
fn secrets_in(value: &Value, named: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let secret = match name.as_str() {
                    "secretKeyRef" | "secretRef" => field["name"].as_str(),
                    "secret" => field["secretName"].as_str().or(field["name"].as_str()),
                    _ => None,
                };
                named.extend(secret.map(str::to_owned));
                secrets_in(field, named);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| secrets_in(item, named)),
        _ => {}
    }
}

/// Waits until the objects of a plan are gone, for ever without a time. Gives those that are left,
/// with what holds them.
///
/// # Errors
/// When the API server does not answer.
pub async fn wait_until_gone(
    cluster: &Cluster,
    plan: &Plan,
    time: Option<Duration>,
) -> Result<Vec<String>> {
    let end = time.map(|time| tokio::time::Instant::now() + time);
    loop {
        let mut left = Vec::new();
        for step in &plan.steps {
            let Some(found) = cluster.get_object(&step.object).await? else {
                continue;
            };
            // One of the same name that somebody has made since is not ours.
            if found["metadata"]["uid"].as_str() == step.uid() {
                left.push(held(&step.object.kubectl_name(), &found));
            }
        }
        if left.is_empty() || end.is_some_and(|end| tokio::time::Instant::now() >= end) {
            return Ok(left);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn held(name: &str, object: &Value) -> String {
    let finalizers = object["metadata"]["finalizers"].as_array();
    let names: Vec<&str> = finalizers
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if names.is_empty() {
        return format!("{name} is left");
    }
    format!("{name} is left: held by finalizers {}", names.join(", "))
}

/// Removes what is remembered of a release: its revisions, then the parent of its ApplySet.
///
/// # Errors
/// When something cannot be deleted.
pub async fn forget(cluster: &Cluster, release: &ReleaseId) -> Result<()> {
    let selector = format!("{RELEASE}={},{REVISION}", release.name);
    let namespace = Some(release.namespace.as_str());
    let resource = Resource::secrets();
    let revisions = cluster.list_objects(&resource, namespace, &selector);
    for revision in revisions.await? {
        let object = ObjectRef {
            name: revision["metadata"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            ..release.parent()
        };
        cluster.delete_object(&object, None, Deleting::Now).await?;
    }
    let parent = release.parent();
    cluster.delete_object(&parent, None, Deleting::Now).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::install::release::{Record, Revision, Status};

    fn stored(objects: Vec<Value>) -> Stored {
        let values = json!({});
        Stored {
            revisions: vec![Revision {
                record: Some(Record { values, objects }),
                ..Revision::example(1, Status::Deployed)
            }],
            ..Stored::default()
        }
    }

    #[test]
    fn pools_and_secrets_are_read_off_the_objects() {
        let env = json!([
            {"name": "PREFECT_API_KEY", "valueFrom": {"secretKeyRef": {"name": "prefect-api-key", "key": "key"}}},
        ]);
        let stored = stored(vec![
            json!({"kind": "Deployment", "metadata": {"namespace": "flows"}, "spec": {"template": {"spec": {
                "containers": [{"args": ["prefect", "worker", "start", "--pool", "k8s"], "env": env,
                    "envFrom": [{"secretRef": {"name": "more"}}, {"secretRef": {"name": "own"}}]}],
                "volumes": [{"secret": {"secretName": "certificate"}}],
            }}}}),
            json!({"kind": "Secret", "metadata": {"name": "own", "namespace": "flows"}}),
        ]);
        let pools = Pools::of(&stored);
        assert_eq!(pools.names, BTreeSet::from(["k8s".to_owned()]));
        assert_eq!(pools.namespaces, BTreeSet::from(["flows".to_owned()]));
        assert_eq!(
            referenced_secrets(&stored),
            ["certificate", "more", "prefect-api-key"]
        );
    }
}
