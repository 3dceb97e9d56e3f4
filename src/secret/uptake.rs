//! Whether workers have taken a new credential into use: their Deployments have rolled out, no old
//! pod is left, and the pool has heard of them since.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use futures::future::try_join_all;
use jiff::Timestamp;

use crate::{
    deployed::{Deployment, Rollout, WorkerSpec, rollout, selector},
    error::{Error, Kind, Result},
    k8s::{Cluster, PodView, Scope, documents::DEPLOYMENT, view::Phase},
    prefect::{Client, WorkPoolName, Worker, WorkerId, WorkerStatus},
    worker::diagnose::diagnose,
};

/// Time between two looks.
const PAUSE: Duration = Duration::from_secs(1);
/// A container that has been started this often again will not come up by itself.
const TOO_OFTEN: u32 = 2;
/// How much of the log of a container that ends is shown.
const LOG_LINES: u32 = 8;

/// What there was before the restart.
#[derive(Debug)]
pub struct Before {
    /// UIDs of pods, by the name of their Deployment.
    pods: BTreeMap<String, BTreeSet<String>>,
    /// Records of workers, by pool.
    workers: BTreeMap<WorkPoolName, BTreeSet<WorkerId>>,
}

impl Before {
    /// Looks at what there is.
    ///
    /// # Errors
    /// When one of the APIs does not answer or refuses.
    pub async fn look(
        cluster: &Cluster,
        prefect: Option<&Client>,
        deployments: &[Deployment],
    ) -> Result<Self> {
        let mut before = Self {
            pods: BTreeMap::new(),
            workers: BTreeMap::new(),
        };
        for deployment in deployments {
            let pods = pods_of(cluster, deployment).await?;
            let uids = pods.into_iter().map(|pod| pod.metadata.uid).collect();
            before.pods.insert(deployment.metadata.name.clone(), uids);
        }
        for (pool, _) in expected(deployments) {
            if let Some(prefect) = prefect {
                let known = workers_of(prefect, &pool).await?;
                let ids = known.into_iter().map(|worker| worker.id).collect();
                before.workers.insert(pool, ids);
            }
        }
        Ok(before)
    }
}

/// Waits until all have taken it into use. Gives the names of the workers that were heard.
///
/// # Errors
/// When a Deployment gives up, a container ends again and again, or the time is over.
pub async fn wait(
    cluster: &Cluster,
    prefect: Option<&Client>,
    deployments: &[Deployment],
    before: &Before,
    limit: Duration,
) -> Result<Vec<String>> {
    let begun = Instant::now();
    let mut rolled_out_at = None;
    loop {
        let looks = deployments
            .iter()
            .map(|deployment| look(cluster, deployment, before));
        let mut awaited: Vec<String> = try_join_all(looks).await?.into_iter().flatten().collect();
        if awaited.is_empty() {
            let Some(prefect) = prefect else {
                return Ok(Vec::new());
            };
            let since = *rolled_out_at.get_or_insert_with(|| prefect.server_now());
            let mut heard = Vec::new();
            for (pool, wanted) in expected(deployments) {
                let now = workers_of(prefect, &pool).await?;
                let known = before.workers.get(&pool);
                match wanted.heard(&now, known, since) {
                    Ok(names) => heard.extend(names),
                    Err(missing) => awaited.push(format!("work pool {pool}: {missing}")),
                }
            }
            if awaited.is_empty() {
                return Ok(heard);
            }
        }
        if begun.elapsed() > limit {
            awaited.extend(last_words(cluster, deployments, before).await);
            return Err(too_late(limit, awaited));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What a container of the first new pod said last.
async fn last_words(
    cluster: &Cluster,
    deployments: &[Deployment],
    before: &Before,
) -> Option<String> {
    for deployment in deployments {
        let known = before.pods.get(&deployment.metadata.name)?;
        let pods = pods_of(cluster, deployment).await.ok()?;
        let new = pods.iter().find(|pod| !known.contains(&pod.metadata.uid));
        let worker = WorkerSpec::of(&deployment.spec.template.spec);
        if let (Some(pod), Some(worker)) = (new, worker) {
            let meta = &pod.metadata;
            let log = cluster
                .log_tail(&meta.namespace, &meta.name, &worker.container, LOG_LINES)
                .await;
            let text = log.ok()?.text;
            return Some(format!("pod {} says:\n{}", meta.name, text.trim_end()));
        }
    }
    None
}

fn too_late(limit: Duration, awaited: Vec<String>) -> Error {
    let message = format!("it was not in use within {} s", limit.as_secs());
    Error {
        causes: awaited,
        ..Error::new(Kind::TimedOut, message)
    }
}

/// What is still awaited of a Deployment.
async fn look(
    cluster: &Cluster,
    deployment: &Deployment,
    before: &Before,
) -> Result<Option<String>> {
    let meta = &deployment.metadata;
    let name = format!("Deployment {}", meta.name);
    let now: Option<Deployment> = cluster
        .find_document(DEPLOYMENT, Some(&meta.namespace), &meta.name)
        .await?;
    let Some(now) = now else {
        return Err(Error::failed(format!("{name} was deleted meanwhile")));
    };
    let pods = pods_of(cluster, &now).await?;
    let known = before.pods.get(&meta.name);
    let is_old = |pod: &&PodView| known.is_some_and(|uids| uids.contains(&pod.metadata.uid));
    for pod in pods.iter().filter(|pod| !is_old(pod)) {
        fails_for_good(cluster, pod).await?;
    }
    match rollout(&now) {
        Rollout::Stuck(why) => Err(Error::failed(format!("{name} does not roll out")).cause(why)),
        Rollout::Under(why) => Ok(Some(format!("{name}: {why}{}", trouble(&pods)))),
        Rollout::Done => {
            let has_ended =
                |pod: &PodView| matches!(pod.status.phase, Phase::Succeeded | Phase::Failed);
            let left = pods
                .iter()
                .filter(is_old)
                .filter(|pod| !has_ended(pod))
                .count();
            Ok((left > 0).then(|| format!("{name}: {left} old pods have yet to end")))
        }
    }
}

fn trouble(pods: &[PodView]) -> String {
    let found = pods
        .iter()
        .find_map(|pod| Some(diagnose(&pod.status)?.of_pod(&pod.metadata.name)));
    found.map_or_else(String::new, |diagnosis| format!("; {diagnosis}"))
}

/// Fails when a container of a new pod ends again and again, with its last words.
async fn fails_for_good(cluster: &Cluster, pod: &PodView) -> Result<()> {
    let status = &pod.status;
    let containers = status.init_container_statuses.iter();
    let failing = containers
        .chain(&status.container_statuses)
        .find(|it| it.restart_count >= TOO_OFTEN && !it.ready);
    let Some(container) = failing else {
        return Ok(());
    };
    let meta = &pod.metadata;
    let message = format!(
        "container {} of pod {} ends again and again",
        container.name, meta.name
    );
    let log = cluster
        .log_tail(&meta.namespace, &meta.name, &container.name, LOG_LINES)
        .await;
    let last_words = match log {
        Ok(tail) if !tail.text.trim().is_empty() => {
            format!("its last words are:\n{}", tail.text.trim_end())
        }
        Ok(_) => "it says nothing".to_owned(),
        Err(failure) => format!("its log is not to be had: {failure}"),
    };
    Err(Error::failed(message).cause(last_words))
}

async fn pods_of(cluster: &Cluster, deployment: &Deployment) -> Result<Vec<PodView>> {
    let labels = selector(&deployment.spec.selector.match_labels);
    let scope = Scope::Namespace(deployment.metadata.namespace.clone());
    Ok(cluster.list(&scope, &labels).await?)
}

/// The workers of a pool; none of one that is not there.
async fn workers_of(prefect: &Client, pool: &WorkPoolName) -> Result<Vec<Worker>> {
    match prefect.all_workers(pool).await {
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        answer => Ok(answer?),
    }
}

/// The workers that Deployments bring to a pool.
#[derive(Debug, Default, PartialEq, Eq)]
struct Expected {
    /// Those that were given a name.
    names: BTreeSet<String>,
    /// How many make up a name at each start.
    nameless: usize,
}

/// The workers that are to be heard of, by pool.
fn expected(deployments: &[Deployment]) -> BTreeMap<WorkPoolName, Expected> {
    let mut pools: BTreeMap<WorkPoolName, Expected> = BTreeMap::new();
    for deployment in deployments {
        let replicas = deployment.spec.replicas.unwrap_or(1) as usize;
        let Some(spec) = WorkerSpec::of(&deployment.spec.template.spec).filter(|_| replicas > 0)
        else {
            continue;
        };
        for pool in spec.pools {
            let expected = pools.entry(pool.as_str().into()).or_default();
            match &spec.name {
                Some(name) => drop(expected.names.insert(name.clone())),
                None => expected.nameless += replicas,
            }
        }
    }
    pools
}

impl Expected {
    /// The names of the workers, once all have been heard of since the old pods are gone: an old pod
    /// that was just starting may well have made a new record. One that makes up its name is known
    /// by a record that was not there before.
    fn heard(
        &self,
        now: &[Worker],
        before: Option<&BTreeSet<WorkerId>>,
        since: Timestamp,
    ) -> Result<Vec<String>, String> {
        let is_recent =
            |worker: &&Worker| worker.last_heartbeat_time.is_some_and(|last| last > since);
        let is_named = |worker: &&Worker| self.names.contains(worker.name.as_str());
        let is_new = |worker: &&Worker| {
            !self.names.contains(worker.name.as_str())
                && worker.status == Some(WorkerStatus::Online)
                && !before.is_some_and(|known| known.contains(&worker.id))
        };
        let names = |is_meant: &dyn Fn(&&Worker) -> bool| -> Vec<String> {
            let recent = now.iter().filter(is_recent);
            let meant = recent.filter(|worker| is_meant(worker));
            meant.map(|worker| worker.name.0.clone()).collect()
        };
        let (named, new) = (names(&is_named), names(&is_new));
        if named.len() < self.names.len() {
            let missing = self.names.iter().find(|name| !named.contains(name));
            let name = missing.map_or("", String::as_str);
            return Err(format!("worker {name} has not been heard of since"));
        }
        if new.len() < self.nameless {
            let (heard, wanted) = (new.len(), self.nameless);
            return Err(format!(
                "{heard} of {wanted} new workers have been heard of"
            ));
        }
        Ok([named, new].concat())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn worker(id: u128, name: &str, heard: &str, status: WorkerStatus) -> Worker {
        Worker {
            id: WorkerId(Uuid::from_u128(id)),
            name: name.into(),
            last_heartbeat_time: heard.parse().ok(),
            heartbeat_interval_seconds: Some(30),
            status: Some(status),
        }
    }

    #[test]
    fn who_is_expected_follows_from_the_deployments() {
        let deployment = |replicas: u32, args: &[&str]| -> Deployment {
            let args = [&["prefect", "worker", "start", "-p"], args].concat();
            let pod = json!({"containers": [{"args": args}]});
            let spec = json!({"replicas": replicas, "template": {"spec": pod}});
            serde_json::from_value(json!({ "spec": spec })).unwrap()
        };
        let found = expected(&[
            deployment(2, &["a"]),
            deployment(1, &["a"]),
            deployment(1, &["a", "--name", "w"]),
            deployment(0, &["b"]),
        ]);
        let expected = Expected {
            names: ["w".to_owned()].into(),
            nameless: 3,
        };
        assert_eq!(found, [("a".into(), expected)].into());
    }

    #[test]
    fn a_worker_is_heard_of_by_its_name_or_by_a_new_record() {
        use WorkerStatus::{Offline, Online};
        let since = "2026-01-01T00:00:10Z".parse().unwrap();
        let (early, late) = ("2026-01-01T00:00:09Z", "2026-01-01T00:00:11Z");
        let known: BTreeSet<WorkerId> = [WorkerId(Uuid::from_u128(1))].into();
        let wanted = Expected {
            names: ["w".to_owned()].into(),
            nameless: 1,
        };
        let w = |heard: &str| worker(1, "w", heard, Online);
        for (now, heard) in [
            (vec![], Err("worker w has not been heard of since")),
            (vec![w(early)], Err("worker w has not been heard of since")),
            (vec![w(late)], Err("0 of 1 new workers have been heard of")),
            (
                vec![w(late), worker(2, "x", late, Offline)],
                Err("0 of 1 new workers have been heard of"),
            ),
            (
                vec![w(late), worker(1, "old", late, Online)],
                Err("0 of 1 new workers have been heard of"),
            ),
            // An old pod that was just starting.
            (
                vec![w(late), worker(2, "x", early, Online)],
                Err("0 of 1 new workers have been heard of"),
            ),
            (vec![w(late), worker(2, "x", late, Online)], Ok(["w", "x"])),
        ] {
            let found = wanted.heard(&now, Some(&known), since);
            let expected = heard
                .map(|names| names.map(str::to_owned).to_vec())
                .map_err(str::to_owned);
            assert_eq!(found, expected, "{now:?}");
        }
    }
}
