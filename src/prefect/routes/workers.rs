//! The records of workers, all of them, and all pools.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;

use crate::prefect::{
    ApiError, Client, Page, WorkPool, WorkPoolName, Worker, WorkerId, call::Call, retry::Repeat,
};

/// Readings of a list of several pages, at most. Each finds what changed places during the last.
const READINGS: usize = 5;

impl Client {
    /// All pools, in the order of their names.
    ///
    /// # Errors
    /// As every route.
    pub async fn all_work_pools(&self) -> Result<Vec<WorkPool>, ApiError> {
        let mut page = Page::default();
        let mut pools: Vec<WorkPool> = Vec::new();
        loop {
            let found = self.list_work_pools(page).await?;
            let is_last = found.len() < page.limit as usize;
            pools.extend(found);
            if is_last {
                break;
            }
            page.offset += page.limit;
        }
        pools.sort_by(|one, other| one.name.cmp(&other.name));
        pools.dedup_by(|one, other| one.id == other.id);
        Ok(pools)
    }

    /// All workers of a pool, in the order of their names.
    ///
    /// The server gives them by their last sign of life, so one that gives a sign between two pages
    /// changes its place, and may be missed: a list of several pages is read until nobody new is
    /// found.
    ///
    /// # Errors
    /// As every route.
    pub async fn all_workers(&self, pool: &WorkPoolName) -> Result<Vec<Worker>, ApiError> {
        let mut known: BTreeMap<WorkerId, Worker> = BTreeMap::new();
        for _ in 0..READINGS {
            let before = known.len();
            let mut page = Page::default();
            loop {
                let found = self.list_workers(pool, page).await?;
                let is_last = found.len() < page.limit as usize;
                known.extend(found.into_iter().map(|worker| (worker.id, worker)));
                if is_last {
                    break;
                }
                page.offset += page.limit;
            }
            if page.offset == 0 || known.len() == before {
                break;
            }
        }
        let mut workers: Vec<Worker> = known.into_values().collect();
        workers.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(workers)
    }

    /// The workers of a pool whose last sign of life came at exactly this moment.
    ///
    /// # Errors
    /// As every route.
    pub async fn workers_last_seen_at(
        &self,
        pool: &WorkPoolName,
        moment: Timestamp,
    ) -> Result<Vec<Worker>, ApiError> {
        let route = "/work_pools/{work_pool_name}/workers/filter";
        let seen = json!({ "after_": moment, "before_": moment });
        let call = Call::post(route, Repeat::Always)
            .with(pool)
            .json(&json!({ "workers": { "last_heartbeat_time": seen } }));
        self.read(call).await
    }
}
