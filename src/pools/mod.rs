//! The base job templates of work pools on a Prefect server: read, and written with a way back.

mod backup;
mod declared;
mod newer;
mod seen;
mod write;

use jiff::Timestamp;

use crate::{
    base_template::{Template, lint::Subject},
    error::Result,
    prefect::{ApiError, Client, WorkPool, WorkPoolId, WorkPoolName},
    records::no_such_pool,
    worker::pool::TYPE,
};
pub use backup::Backup;
pub use declared::{ConfigMap, Declared, KEY, WORKER_COMPONENT, declared_by};
pub use newer::{Ages, who_is_newer};
pub use seen::{Seen, recall, remember};
pub use write::{Change, Progress, Written, create, write};

/// A work pool, as far as its template goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Its id.
    pub id: WorkPoolId,
    /// Its name.
    pub name: WorkPoolName,
    /// The kind of worker that serves it.
    pub kind: String,
    /// Its template; an empty one is none.
    pub template: Template,
    /// When the pool was last changed in any way.
    pub updated: Option<Timestamp>,
}

impl Pool {
    /// What its template is judged as.
    #[must_use]
    pub fn subject(&self) -> Subject {
        if self.kind == TYPE {
            Subject::Kubernetes
        } else {
            Subject::Other
        }
    }
}

impl From<WorkPool> for Pool {
    fn from(pool: WorkPool) -> Self {
        Self {
            id: pool.id,
            name: pool.name,
            kind: pool.kind,
            template: Template::new(pool.base_job_template),
            updated: pool.updated,
        }
    }
}

/// Reads a pool; none: there is none of that name.
///
/// # Errors
/// What the API refuses.
pub async fn find(prefect: &Client, name: &WorkPoolName) -> Result<Option<Pool>> {
    match prefect.read_work_pool(name).await {
        Ok(pool) => Ok(Some(pool.into())),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(failed_to_read(name, error)),
    }
}

/// Reads a pool that is there.
///
/// # Errors
/// What the API refuses, and a pool that is missing, with the name that may have been meant.
pub async fn read(prefect: &Client, name: &WorkPoolName) -> Result<Pool> {
    match find(prefect, name).await? {
        Some(pool) => Ok(pool),
        None => Err(no_such_pool(prefect, name).await),
    }
}

fn failed_to_read(name: &WorkPoolName, error: ApiError) -> crate::error::Error {
    error.context(format!("failed to read work pool {:?}", name.0))
}
