//! Reads the records of some pools, and what versions their workers named.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};

use super::{Record, no_such_pool};
use crate::{
    error::Result,
    prefect::{ApiError, Client, Event, EventFilter, WorkPool, WorkPoolName, WorkerName},
    worker::events::OWN_VERSION,
};

/// Requests under way at once.
const AT_ONCE: usize = 4;
/// The event by which a worker tells its version (prefect/workers/base.py, `_event_resource`).
const STARTED: &str = "prefect.worker.started";
/// Events in an answer, at most (INTERACTIVE_PAGE_SIZE of the server).
const EVENTS: u32 = 50;

/// Whose workers are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PoolChoice {
    /// Those of these pools, whatever their type.
    Named(Vec<WorkPoolName>),
    /// Those of all pools of a type.
    OfType(String),
    /// Those of all pools.
    All,
}

/// The pools that are meant, in the order of their names.
///
/// # Errors
/// What the API refuses; a pool that is named and does not exist.
pub async fn pools(prefect: &Client, choice: &PoolChoice) -> Result<Vec<WorkPool>> {
    if let PoolChoice::Named(names) = choice {
        return named(prefect, names).await;
    }
    let all = prefect.all_work_pools().await;
    let mut pools = all.map_err(|error| error.context("failed to list work pools"))?;
    if let PoolChoice::OfType(kind) = choice {
        pools.retain(|pool| pool.kind == *kind);
    }
    Ok(pools)
}

async fn named(prefect: &Client, names: &[WorkPoolName]) -> Result<Vec<WorkPool>> {
    let mut names = names.to_vec();
    names.sort();
    names.dedup();
    let mut pools = Vec::new();
    for name in names {
        match prefect.read_work_pool(&name).await {
            Ok(pool) => pools.push(pool),
            Err(error) if error.is_not_found() => return Err(no_such_pool(prefect, &name).await),
            Err(error) => {
                return Err(error.context(format!("failed to read work pool {:?}", name.0)));
            }
        }
    }
    Ok(pools)
}

/// The records of all workers of these pools, by pool and name.
///
/// # Errors
/// What the API refuses. A pool that has gone meanwhile has no workers.
pub async fn read(prefect: &Client, pools: &[WorkPool]) -> Result<Vec<Record>> {
    let records: Vec<Vec<Record>> = stream::iter(pools)
        .map(|pool| of_pool(prefect, pool))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(records.into_iter().flatten().collect())
}

async fn of_pool(prefect: &Client, pool: &WorkPool) -> Result<Vec<Record>> {
    match prefect.all_workers(&pool.name).await {
        Ok(workers) => {
            let records = workers.into_iter().map(|worker| Record::of(worker, pool));
            Ok(records.collect())
        }
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        Err(error) => {
            let message = format!("failed to list the workers of work pool {:?}", pool.name.0);
            Err(error.context(message))
        }
    }
}

/// Adds the versions that workers named when they started. The server keeps no version with a
/// record, but events for some days; of each pool the fifty workers that started last are found.
///
/// # Errors
/// What the API refuses. Then the versions stay unknown.
pub async fn versions(
    prefect: &Client,
    pools: &[WorkPool],
    records: &mut [Record],
) -> Result<(), ApiError> {
    let pools = pools
        .iter()
        .filter(|pool| records.iter().any(|record| record.pool == pool.name));
    let of_pool = |pool: &WorkPool| {
        let filter = EventFilter::named([STARTED])
            .related_to([format!("prefect.work-pool.{}", pool.id)])
            .latest_of_each_resource();
        let name = pool.name.clone();
        async move {
            let page = prefect.list_events(&filter, EVENTS).await?;
            Ok::<_, ApiError>(
                page.events
                    .into_iter()
                    .map(move |event| (name.clone(), event)),
            )
        }
    };
    let events: Vec<_> = stream::iter(pools.map(of_pool).collect::<Vec<_>>())
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let named: BTreeMap<(WorkPoolName, WorkerName), String> = events
        .into_iter()
        .flatten()
        .filter_map(|(pool, event)| {
            let (worker, version) = version(&event)?;
            Some(((pool, worker), version))
        })
        .collect();
    for record in records {
        let key = (record.pool.clone(), record.name.clone());
        record.version = named.get(&key).cloned();
    }
    Ok(())
}

/// Who started, and its version.
fn version(event: &Event) -> Option<(WorkerName, String)> {
    let name = event.resource.get("prefect.resource.name")?;
    let version = match event.resource.get(OWN_VERSION) {
        Some(own) => format!("kubectl-prefect {own}"),
        None => event.resource.get("prefect.version")?.clone(),
    };
    Some((name.as_str().into(), version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_stands_in_the_event_of_a_start() {
        let mut event = Event::new(STARTED, jiff::Timestamp::UNIX_EPOCH, "prefect.worker.x");
        assert_eq!(version(&event), None);
        for (key, value) in [
            ("prefect.resource.name", "W 1"),
            ("prefect.version", "3.8.8"),
        ] {
            event.resource.insert(key.into(), value.to_owned());
        }
        assert_eq!(version(&event), Some(("W 1".into(), "3.8.8".to_owned())));
        event
            .resource
            .insert(OWN_VERSION.into(), "0.1.0".to_owned());
        let own = "kubectl-prefect 0.1.0".to_owned();
        assert_eq!(version(&event), Some(("W 1".into(), own)));
    }
}
