//! Tells the server that the worker lives, and learns what has become of the pool.

use std::sync::Arc;

use super::{
    pace::Pace,
    poll::refused,
    pool::{self, PoolSnapshot, Provision},
    shared::Shared,
};
use crate::{
    error::{Error, Kind, Result},
    prefect::{ApiError, Budget, Client, config::ServerKind},
};

/// Beats until the worker stops.
///
/// # Errors
/// Refused credentials, and a pool that was made again with another type.
pub async fn run(shared: &Arc<Shared>) -> Result<()> {
    let mut pace = Pace::later(shared, "heartbeat", shared.options.heartbeat_interval);
    while pace.next().await {
        match once(shared).await {
            Ok(()) => pace.well(),
            Err(Trouble::Fatal(error)) => return Err(error),
            Err(Trouble::Passing(why)) => pace.failed("send a heartbeat", &why),
        }
    }
    Ok(())
}

/// Why a heartbeat did not come about.
enum Trouble {
    /// The worker cannot go on.
    Fatal(Error),
    /// The next one may.
    Passing(String),
}

impl From<ApiError> for Trouble {
    fn from(error: ApiError) -> Self {
        if error.is_refused() {
            Self::Fatal(refused(error))
        } else {
            Self::Passing(error.one_line())
        }
    }
}

async fn once(shared: &Shared) -> Result<(), Trouble> {
    let prefect = shared.prefect.with_budget(Budget::Attempts(2));
    beat(shared, &prefect).await?;
    refresh(shared, &prefect).await
}

/// Sends a heartbeat.
///
/// # Errors
/// As the route.
pub async fn beat(shared: &Shared, prefect: &Client) -> Result<(), ApiError> {
    let options = &shared.options;
    let wants_id = shared.worker_id.get().is_none() && prefect.server_kind() == ServerKind::Cloud;
    let id = prefect
        .heartbeat(
            &options.pool,
            &options.name,
            options.heartbeat_interval,
            wants_id,
        )
        .await?;
    if let Some(id) = id
        && shared.worker_id.set(id).is_ok()
    {
        prefect.attribute_to(options.name.as_str(), Some(id));
    }
    Ok(())
}

/// Reads the pool; a changed template is used from the next run on.
async fn refresh(shared: &Shared, prefect: &Client) -> Result<(), Trouble> {
    let options = &shared.options;
    let provision = Provision {
        create: options.create_pool,
        template: None,
    };
    let pool = pool::ensure(prefect, &options.pool, &provision).await;
    let pool = pool.map_err(|error| match error.kind {
        Kind::Failed => Trouble::Passing(error.one_line()),
        _ => Trouble::Fatal(error),
    })?;
    pool::check_type(&pool).map_err(Trouble::Fatal)?;
    let snapshot = PoolSnapshot::of(&pool, options.namespace.as_deref())
        .map_err(|error| Trouble::Passing(error.one_line()))?;
    let paused = snapshot.paused;
    let changed = snapshot.template != shared.pool().template;
    let before = shared.pool_is(snapshot);
    if changed {
        tracing::info!("the pool's base job template has changed; the next run uses it");
    }
    if paused != before.paused {
        let word = if paused { "paused" } else { "no longer paused" };
        tracing::info!("work pool '{}' is {word}", options.pool);
    }
    Ok(())
}
