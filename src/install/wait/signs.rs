//! Signs of life of a worker in its work pool, as they are at this moment.

use futures::future::join_all;
use jiff::Timestamp;

use super::{
    heartbeat::{TO_SAY_ITS_NAME, Wanted, name_in},
    trouble,
};
use crate::{
    error::Result,
    k8s::{Cluster, view::PodView},
    prefect::{Client, WorkPoolName, Worker},
};

/// How much of a log's beginning is read for the worker's name.
const HEAD: u32 = 16 << 10;

/// What the work pool knows of a worker.
#[derive(Debug, Clone)]
pub enum Seen {
    /// It hears of these workers of it.
    Alive(Vec<Worker>),
    /// A worker of it has yet to say its name, or to give its first sign of life.
    Awaited,
    /// It does not hear of all of its workers; these are on record.
    Silent(Vec<Worker>),
    /// The API does not say, and why.
    Unknown(String),
}

/// Looks for signs of life of the worker of these pods.
///
/// # Errors
/// Those of the API server.
pub async fn signs(
    cluster: &Cluster,
    namespace: &str,
    pods: &[PodView],
    (prefect, pool): (&Client, &WorkPoolName),
    name: Option<&str>,
) -> Result<Seen> {
    let Some(wanted) = wanted(cluster, namespace, pods, name).await else {
        return Ok(Seen::Awaited);
    };
    let workers = match prefect.all_workers(pool).await {
        Ok(workers) => workers,
        Err(error) => return Ok(Seen::Unknown(error.one_line())),
    };
    let alive = wanted.find(&workers);
    let names = alive.as_ref().unwrap_or(&wanted.names).clone();
    let ours: Vec<Worker> = workers
        .into_iter()
        .filter(|worker| names.contains(&worker.name.0))
        .collect();
    Ok(match alive {
        Some(_) => Seen::Alive(ours),
        None if is_young(pods) => Seen::Awaited,
        None => Seen::Silent(ours),
    })
}

/// Who is looked for; nothing while the worker has yet to say its name.
pub async fn wanted(
    cluster: &Cluster,
    namespace: &str,
    pods: &[PodView],
    name: Option<&str>,
) -> Option<Wanted> {
    let since = trouble::started(pods);
    if let Some(name) = name {
        let names = vec![name.to_owned()];
        return Some(Wanted { names, since });
    }
    let said = join_all(pods.iter().map(|pod| said_name(cluster, namespace, pod))).await;
    let names: Vec<String> = said.into_iter().flatten().collect();
    if names.len() == pods.len() {
        // Names that were made up when the pods were started are of nobody else.
        return Some(Wanted { names, since: None });
    }
    (!is_young(pods)).then_some(Wanted { names, since })
}

/// Whether the last of the pods was started so lately that its worker may still say its name.
#[must_use]
pub fn is_young(pods: &[PodView]) -> bool {
    trouble::started(pods)
        .and_then(|since| since.checked_add(TO_SAY_ITS_NAME).ok())
        .is_none_or(|until| Timestamp::now() < until)
}

/// The name that the worker of a pod says. What cannot be read is not there yet, or not for us.
async fn said_name(cluster: &Cluster, namespace: &str, pod: &PodView) -> Option<String> {
    let container = pod.status.container_statuses.first()?;
    let log = cluster.log_head(namespace, &pod.metadata.name, &container.name, HEAD);
    name_in(&log.await.ok()?)
}
