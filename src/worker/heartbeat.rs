//! Tells the server that the worker lives, and learns what has become of the pool: over the worker
//! channel where there is one, else by asking.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::watch, time};

use super::{
    channel,
    pace::Pace,
    poll::refused,
    pool::{self, PoolSnapshot, Provision},
    shared::Shared,
    start::check_template,
};
use crate::{
    error::{Error, Result},
    prefect::{ApiError, Budget, Client, WorkPool, WorkPoolName, WorkerId, config::ServerKind},
};

/// How long a channel that fell may take to come back before the server is asked.
const COMES_BACK_WITHIN: Duration = Duration::from_secs(3);

/// Beats until the worker stops. Ends by itself then, after what the channel has to give back.
///
/// # Errors
/// Refused credentials, and a pool that was made again with another type.
pub async fn run(shared: &Arc<Shared>) -> Result<()> {
    let (open, channel) = watch::channel(false);
    let without = async {
        tokio::select! {
            ended = without(shared, channel) => ended,
            () = shared.process.stop.cancelled() => Ok(()),
        }
    };
    futures::try_join!(channel::run(shared, &open), without).map(drop)
}

/// Beats over REST while there is no channel.
async fn without(shared: &Arc<Shared>, mut channel: watch::Receiver<bool>) -> Result<()> {
    let mut pace = Pace::later(shared, "heartbeat", shared.options.heartbeat_interval);
    loop {
        tokio::select! {
            goes_on = pace.next() => if !goes_on {
                return Ok(());
            },
            () = fell(&mut channel) => {}
        }
        if *channel.borrow() {
            // The channel looks after its own life.
            pace.well();
            continue;
        }
        match once(shared).await {
            Ok(()) => pace.well(),
            Err(Trouble::Fatal(error)) => return Err(error),
            Err(Trouble::Passing { doing, why }) => pace.failed(doing, &why),
        }
    }
}

/// Comes when the channel has fallen and has had time to come back.
async fn fell(channel: &mut watch::Receiver<bool>) {
    // The sender outlives this; an end of it would be an end of the channel.
    let opened = channel.wait_for(|open| *open).await.is_ok();
    let fell = opened && channel.wait_for(|open| !*open).await.is_ok();
    if !fell {
        std::future::pending::<()>().await;
    }
    time::sleep(COMES_BACK_WITHIN).await;
}

/// Why a round did not come about.
#[derive(Debug)]
pub enum Trouble {
    /// The worker cannot go on.
    Fatal(Error),
    /// The next one may.
    Passing {
        /// What did not come about.
        doing: &'static str,
        /// Why not.
        why: String,
    },
}

/// What a round does, in the words of a log line.
const BEAT: &str = "send a heartbeat";
const READ: &str = "read the work pool again";

impl Trouble {
    fn of(doing: &'static str, error: ApiError) -> Self {
        if error.is_refused() {
            Self::Fatal(refused(error))
        } else {
            let why = error.one_line();
            Self::Passing { doing, why }
        }
    }
}

async fn once(shared: &Shared) -> Result<(), Trouble> {
    let prefect = shared.prefect.with_budget(Budget::Attempts(2));
    match beat(shared, &prefect).await {
        // The pool is gone, and may be made again.
        Err(error) if error.is_not_found() => {
            refresh(shared, &prefect).await?;
            let beat = beat(shared, &prefect).await;
            beat.map_err(|error| Trouble::of(BEAT, error))
        }
        beat => {
            beat.map_err(|error| Trouble::of(BEAT, error))?;
            refresh(shared, &prefect).await
        }
    }
}

/// Sends a heartbeat.
///
/// # Errors
/// As the route.
pub async fn beat(shared: &Shared, prefect: &Client) -> Result<(), ApiError> {
    let options = &shared.options;
    let is_cloud = prefect.server_kind() == ServerKind::Cloud;
    let wants_id = is_cloud && shared.worker_id.get().is_none();
    // Only Prefect Cloud keeps it.
    let metadata = introduction(shared).filter(|_| is_cloud);
    let id = prefect
        .heartbeat(
            &options.pool,
            &options.name,
            options.heartbeat_interval,
            wants_id,
            metadata.as_ref(),
        )
        .await?;
    if metadata.is_some() {
        shared.introduced.store(true, Ordering::Relaxed);
    }
    shared.tally.beaten();
    if let Some(id) = id {
        is_known_as(shared, prefect, id);
    }
    Ok(())
}

/// What this worker is, until the server was told. Python workers name their integrations with
/// their versions here; this program stands in the place of one.
pub fn introduction(shared: &Shared) -> Option<Value> {
    let integration = json!({
        "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION"),
    });
    let known = shared.introduced.load(Ordering::Relaxed);
    (!known).then(|| json!({"integrations": [integration]}))
}

/// The server has told the worker's id.
pub fn is_known_as(shared: &Shared, prefect: &Client, id: WorkerId) {
    if shared.worker_id.set(id).is_ok() {
        prefect.attribute_to(shared.options.name.as_str(), Some(id));
        shared.journal.worker_is(&shared.options.name, id);
    }
}

/// Reads the pool, which is made again or given a template if need be. What was read is dropped when
/// the pool was told anew meanwhile, by the worker channel: it is older.
///
/// # Errors
/// As [`pool_is`], and when the pool is not to be had.
pub async fn refresh(shared: &Shared, prefect: &Client) -> Result<(), Trouble> {
    let options = &shared.options;
    let before = shared.pool();
    let pool = read(prefect, &options.pool, options.create_pool).await?;
    if !Arc::ptr_eq(&before, &shared.pool()) {
        return Ok(());
    }
    pool_is(shared, &pool).map_err(Trouble::Fatal)
}

/// Takes in the pool as it is now; a changed template is used from the next run on.
///
/// # Errors
/// A pool of another type.
pub fn pool_is(shared: &Shared, pool: &WorkPool) -> Result<()> {
    let options = &shared.options;
    pool::check_type(pool)?;
    let snapshot = match PoolSnapshot::of(pool, options.namespace.as_deref()) {
        Ok(snapshot) => snapshot,
        Err(error) => {
            // The server was heard, and waiting longer for the next round would not mend it.
            let why = error.one_line();
            shared.warn_once(&format!(
                "the base job template of work pool '{}' cannot be used, the one before stays: {why}",
                options.pool
            ));
            return Ok(());
        }
    };
    let paused = snapshot.paused;
    let changed = snapshot.template != shared.pool().template;
    let before = shared.pool_is(snapshot);
    if before.id != pool.id {
        tracing::info!("work pool '{}' was made again", options.pool);
        shared.events.started_again(&shared.pool());
    }
    if changed {
        tracing::info!(
            "the base job template of work pool '{}' has changed; the next run uses it",
            options.pool
        );
        check_template(&shared.pool(), &shared.process.environment);
    }
    if paused != before.paused {
        let word = if paused { "paused" } else { "no longer paused" };
        tracing::info!("work pool '{}' is {word}", options.pool);
    }
    Ok(())
}

/// The pool as it is now, made again or given a template if need be. Only what the API refuses and
/// a pool of another type are for good.
async fn read(prefect: &Client, name: &WorkPoolName, create: bool) -> Result<WorkPool, Trouble> {
    match prefect.read_work_pool(name).await {
        Ok(pool) => {
            pool::check_type(&pool).map_err(Trouble::Fatal)?;
            if !pool.base_job_template.is_empty() {
                return Ok(pool);
            }
        }
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(Trouble::of(READ, error)),
    }
    let provision = Provision {
        create,
        template: None,
    };
    let pool = pool::ensure(prefect, name, &provision).await;
    pool.map_err(|error| Trouble::Passing {
        doing: if create {
            "make the work pool again or give it a template"
        } else {
            READ
        },
        why: error.one_line(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

    use super::*;
    use crate::prefect::ClientConfig;

    async fn trouble(answer: ResponseTemplate) -> Trouble {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let url = format!("{}/api", server.uri()).parse().unwrap();
        trouble_at(ClientConfig::new(url)).await
    }

    async fn trouble_at(config: ClientConfig) -> Trouble {
        let client = Client::new(&config).unwrap();
        let client = client.with_budget(Budget::Attempts(1));
        read(&client, &"k8s".into(), false).await.unwrap_err()
    }

    #[tokio::test]
    async fn only_a_refusal_and_a_pool_of_another_type_are_for_good() {
        let other = json!({"id": uuid::Uuid::nil(), "name": "k8s", "type": "process"});
        let table = [
            ("unauthorized", ResponseTemplate::new(401), true),
            (
                "another type",
                ResponseTemplate::new(200).set_body_json(other),
                true,
            ),
            ("busy", ResponseTemplate::new(503), false),
            (
                "gone",
                ResponseTemplate::new(404)
                    .set_body_json(json!({"detail": "Work pool \"k8s\" not found."})),
                false,
            ),
        ];
        for (name, answer, fatal) in table {
            let trouble = trouble(answer).await;
            assert_eq!(
                matches!(trouble, Trouble::Fatal(_)),
                fatal,
                "{name}: {trouble:?}"
            );
        }
        let nobody = ClientConfig::new("http://127.0.0.1:1/api".parse().unwrap());
        let trouble = trouble_at(nobody).await;
        assert!(
            matches!(trouble, Trouble::Passing { doing: READ, .. }),
            "{trouble:?}"
        );
    }
}
