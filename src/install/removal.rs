//! What the removal of a release needs to know: Jobs that would be left alone, Secrets that stay,
//! and when all is gone.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;

use super::{
    plan::Plan,
    release::{RELEASE, ReleaseId, Stored},
};
use crate::{
    error::Result,
    k8s::{Class, Cluster, Deleting, Resource, Scope, view::JobView},
};

/// The label by which workers mark the Jobs of a work pool (prefect).
const POOL_LABEL: &str = "prefect.io/work-pool-name";
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
            for words in arrays(&object["spec"]["template"]["spec"], &["args", "command"]) {
                let text = |word: &Value| word.as_str().map(str::to_owned);
                let words: Vec<String> = words.iter().filter_map(text).collect();
                pools.names.extend(values_after(&words, &["--pool", "-p"]));
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

/// The arrays of these names in a pod's containers.
fn arrays<'v>(pod: &'v Value, names: &'static [&'static str]) -> impl Iterator<Item = &'v [Value]> {
    let containers = pod["containers"].as_array().into_iter().flatten();
    containers.flat_map(move |container| {
        names
            .iter()
            .filter_map(move |name| container[*name].as_array().map(Vec::as_slice))
    })
}

/// The values that follow these flags, in both forms: `--pool a`, `--pool=a`.
pub(super) fn values_after(words: &[String], flags: &[&str]) -> Vec<String> {
    let next = words.windows(2).filter_map(|pair| match pair {
        [flag, value] if flags.contains(&flag.as_str()) => Some(value.clone()),
        _ => None,
    });
    let joined = words.iter().filter_map(|word| {
        let (flag, value) = word.split_once('=')?;
        flags.contains(&flag).then(|| value.to_owned())
    });
    next.chain(joined).collect()
}

/// Jobs of these pools that have not ended, as `namespace/name`: in the whole cluster where that may
/// be read, else in the namespaces of the release.
///
/// # Errors
/// When the API server does not answer.
pub async fn running_jobs(cluster: &Cluster, pools: &Pools) -> Result<Vec<String>> {
    let mut running = BTreeSet::new();
    for pool in &pools.names {
        let selector = format!("{POOL_LABEL}={pool}");
        let mut places = vec![Scope::Cluster];
        while let Some(place) = places.pop() {
            match cluster.list::<JobView>(&place, &selector).await {
                Ok(jobs) => running.extend(jobs.iter().filter(|job| runs(job)).map(full_name)),
                Err(failure) if failure.class == Class::Forbidden && place == Scope::Cluster => {
                    places.extend(pools.namespaces.iter().cloned().map(Scope::Namespace));
                }
                // Who may not read Jobs there does not know of any.
                Err(failure) if failure.class == Class::Forbidden => {}
                Err(failure) => return Err(failure.into()),
            }
        }
    }
    Ok(running.into_iter().collect())
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
    let selector = format!("{RELEASE}={}", release.name);
    let namespace = Some(release.namespace.as_str());
    let resource = Resource::secrets();
    let secrets = cluster.list_objects(&resource, namespace, &selector);
    for secret in secrets.await? {
        let kind = secret["type"].as_str().unwrap_or_default();
        let name = secret["metadata"]["name"].as_str().unwrap_or_default();
        if kind == "kubectl-prefect.io/revision" {
            let object = crate::k8s::ObjectRef {
                name: name.to_owned(),
                ..release.parent()
            };
            cluster.delete_object(&object, None, Deleting::Now).await?;
        }
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
                number: 1,
                status: Status::Deployed,
                description: String::new(),
                created: None,
                version: String::new(),
                record: Some(Record { values, objects }),
                holder: String::new(),
                resource_version: "1".to_owned(),
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

    #[test]
    fn flags_are_read_in_both_forms() {
        let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        for (text, expected) in [
            ("start --pool a --pool=b -p c", vec!["a", "c", "b"]),
            ("start --pool", vec![]),
        ] {
            assert_eq!(values_after(&words(text), &["--pool", "-p"]), expected);
        }
    }
}
