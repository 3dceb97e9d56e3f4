//! Removes the records of dead workers, none that has come back to life.

use serde::Serialize;

use super::Record;
use crate::{
    error::Result,
    prefect::{ApiError, Client},
};

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Fate {
    /// It is removed.
    Removed,
    /// Its worker has given a sign of life since the record was read: it stays.
    Alive,
    /// Somebody else has removed it.
    Gone,
}

/// Removes a record unless its worker has given a sign of life since it was read. It is read again
/// right before, since the server removes whoever is named.
///
/// # Errors
/// What the API refuses.
pub async fn remove(prefect: &Client, record: &Record) -> Result<Fate, ApiError> {
    if !is_as_read(prefect, record).await? {
        let workers = match prefect.all_workers(&record.pool).await {
            Err(error) if error.is_not_found() => return Ok(Fate::Gone),
            workers => workers?,
        };
        let stays = workers.iter().any(|worker| worker.name == record.name);
        return Ok(if stays { Fate::Alive } else { Fate::Gone });
    }
    prefect.delete_worker(&record.pool, &record.name).await?;
    Ok(Fate::Removed)
}

/// Whether no sign of life has come since the record was read.
async fn is_as_read(prefect: &Client, record: &Record) -> Result<bool, ApiError> {
    let workers = match record.last_heartbeat {
        Some(moment) => prefect.workers_last_seen_at(&record.pool, moment).await,
        None => prefect.all_workers(&record.pool).await,
    };
    match workers {
        Ok(workers) => Ok(workers.iter().any(|worker| {
            worker.id == record.id && worker.last_heartbeat_time == record.last_heartbeat
        })),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}
