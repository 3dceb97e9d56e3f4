//! The record that the server keeps of a worker, when the worker ends: of one whose name was made
//! up it is taken away. One that was killed leaves it to `worker prune`.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::future::join_all;
use tracing::Instrument as _;

use super::shared::Shared;
use crate::prefect::Budget;

/// How long a worker that ends tries to remove its record: a server on SQLite may refuse it for a
/// moment, while others write.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long it then waits for an answer.
const LAST_ANSWER: Duration = Duration::from_secs(2);

/// Takes the worker's record off its pool, if its name was made up: nobody will bear it again, and
/// the record of a worker that ended stays for ever.
pub async fn remove(shared: &Shared) {
    let options = &shared.options;
    if !options.name_is_made_up {
        return;
    }
    let prefect = shared.prefect.with_budget(Budget::For(FAREWELL));
    let patience = FAREWELL + LAST_ANSWER;
    let removed = prefect.delete_worker(&options.pool, &options.name);
    let why = match tokio::time::timeout(patience, removed).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.one_line(),
        Err(_) => format!("no answer within {} s", patience.as_secs()),
    };
    tracing::warn!(
        "the record of worker '{}' stays in work pool '{}': {why}",
        options.name,
        options.pool
    );
}

/// The workers of a start that may be on record: their first heartbeats were sent.
#[derive(Default)]
pub struct OnRecord(Mutex<Vec<Arc<Shared>>>);

impl OnRecord {
    /// The first heartbeat of a worker is about to be sent.
    pub fn add(&self, shared: &Arc<Shared>) {
        self.workers().push(Arc::clone(shared));
    }

    /// The server did not take it.
    pub fn forget(&self, shared: &Arc<Shared>) {
        self.workers().retain(|worker| !Arc::ptr_eq(worker, shared));
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.workers().is_empty()
    }

    /// Removes all records: nothing comes of the start.
    pub async fn remove(&self) {
        let workers = std::mem::take(&mut *self.workers());
        let removals = workers
            .iter()
            .map(|shared| remove(shared).instrument(shared.span()));
        join_all(removals).await;
    }

    fn workers(&self) -> MutexGuard<'_, Vec<Arc<Shared>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
