//! The start of a worker: everything that can be wrong is found before the first run is taken.

use std::{pin::pin, sync::Arc, time::Duration};

use futures::future::{OptionFuture, join_all};
use tokio::{sync::mpsc, time::timeout};
use tracing::Instrument as _;

use super::{
    health::Pulse,
    heartbeat,
    journal::Journal,
    observe::Ground,
    options::Options,
    poll,
    pool::{self, PoolSnapshot, Provision},
    process::Process,
    record::OnRecord,
    rights::{self, is_fatal},
    run::{Stop, Worker},
    server_version,
    shared::{self, Shared},
};
use crate::{
    env_vars::Environment,
    error::Result,
    k8s::{Cluster, cluster_uid},
    prefect::{Budget, Client, WorkPool, ws::Events},
    template,
};

/// How long a start that is stopped waits for the heartbeats that it has sent: one that is taken
/// later than its record is removed brings the record back.
const LAST_BEAT: Duration = Duration::from_secs(1);

/// What a worker finds around itself.
pub struct Surroundings {
    /// The process's environment.
    pub environment: Environment,
    /// The Prefect API.
    pub prefect: Client,
    /// Whether the Prefect server's version is asked for.
    pub compares_versions: bool,
    /// The cluster that Jobs go to.
    pub cluster: Cluster,
    /// The same for what is asked at start: with less patience, where somebody waits for it.
    pub probe: Cluster,
    /// The cluster's UID, if it was given.
    pub cluster_uid: Option<String>,
    /// Where is said what happens to runs.
    pub journal: Journal,
    /// Where events go.
    pub events: Events,
    /// Signs of life.
    pub pulse: Pulse,
    /// How it is told to stop.
    pub stop: Stop,
}

/// Reads the pools, checks rights, says hello. Gives a worker for each pool, in their order; `None`
/// when it is told to stop before they are ready.
///
/// Nothing is made or changed on the server before all pools were read and found to be ours. When
/// nothing comes of the start, no record of a worker whose name was made up stays.
///
/// # Errors
/// An API that does not answer, refuses us or is of another major version, a pool that is not ours
/// to serve, rights that are missing in the namespace that Jobs go to.
pub async fn start(pools: Vec<Options>, around: Surroundings) -> Result<Option<Vec<Worker>>> {
    let stop = around.stop.drain.clone();
    let on_record = OnRecord::default();
    let started = {
        let mut starting = pin!(workers(pools, around, &on_record));
        tokio::select! {
            started = &mut starting => started.map(Some),
            // It may be waiting for an API that does not answer; no run is in hand yet.
            () = stop.cancelled() => {
                if !on_record.is_empty() {
                    let _ = timeout(LAST_BEAT, starting).await;
                }
                Ok(None)
            }
        }
    };
    if !matches!(started, Ok(Some(_))) {
        on_record.remove().await;
    }
    started
}

async fn workers(
    pools: Vec<Options>,
    around: Surroundings,
    on_record: &OnRecord,
) -> Result<Vec<Worker>> {
    if let Some(options) = pools.first() {
        around.prefect.attribute_to(options.name.as_str(), None);
    }
    let several = pools.len();
    let is_patient = pools.iter().any(|options| options.patient);
    let find = |options| find(options, &around.prefect).instrument(shared::span(several, options));
    let (found, uid, version) = futures::join!(
        join_all(pools.iter().map(find)),
        uid(&around.probe, around.cluster_uid.clone(), is_patient),
        // On the connection that the first heartbeat takes over.
        server_version::ask(&around.prefect, around.compares_versions)
    );
    // Another major version explains what else may have failed.
    if let Some(Ok(version)) = &version {
        server_version::compare(version)?;
    }
    let (uid, found) = (uid?, found.into_iter().collect::<Result<Vec<_>>>()?);
    if let Some(Err(untold)) = version {
        server_version::ask_again(&around.prefect, untold).await?;
    }
    let start = Start {
        prefect: around.prefect.clone(),
        probe: around.probe.clone(),
        stop: around.stop.clone(),
        on_record,
        process: Arc::new(Process::new(around, uid, several)),
    };
    let started = pools.into_iter().zip(found).map(|(options, pool)| {
        let span = shared::span(several, &options);
        start.one(options, pool).instrument(span)
    });
    join_all(started).await.into_iter().collect()
}

/// Reads a pool, if there is one. A patient worker waits for an API that does not answer yet.
async fn find(options: &Options, prefect: &Client) -> Result<Option<WorkPool>> {
    let prefect = patient(options, prefect);
    pool::find(&prefect, &options.pool, options.create_pool).await
}

fn patient(options: &Options, prefect: &Client) -> Client {
    if options.patient {
        prefect.with_budget(Budget::Forever)
    } else {
        prefect.clone()
    }
}

/// What the workers of all pools are started with.
struct Start<'a> {
    process: Arc<Process>,
    /// With the patience of a command.
    prefect: Client,
    probe: Cluster,
    stop: Stop,
    on_record: &'a OnRecord,
}

impl Start<'_> {
    /// Starts the worker of a pool, which is made if need be.
    async fn one(&self, options: Options, pool: Option<WorkPool>) -> Result<Worker> {
        let provision = Provision {
            create: options.create_pool,
            template: options.base_job_template.clone(),
        };
        let prefect = patient(&options, &self.prefect);
        let pool = pool::provide(&prefect, &options.pool, pool, &provision).await?;
        let pool = PoolSnapshot::of(&pool, options.namespace.as_deref())?;
        check_template(&pool, &self.process.environment);
        let namespaces = namespaces(&options, &pool);
        let (watch, grounds) = mpsc::unbounded_channel();
        let process = Arc::clone(&self.process);
        let abort = self.stop.abort.child_token();
        let shared = Arc::new(Shared::new(process, options, pool, watch, abort));
        let prefect = shared.prefect.with_budget(Budget::Attempts(3));
        // Runs are asked for meanwhile, and taken only once all is found well.
        let first = async {
            let is_asked = !shared.options.run_once;
            let polled = is_asked.then(|| poll::ask(&shared, Budget::Attempts(1)));
            OptionFuture::from(polled).await
        };
        let beat = async {
            self.on_record.add(&shared);
            let beat = heartbeat::beat(&shared, &prefect).await;
            if beat.as_ref().is_err_and(|error| !error.is_temporary()) {
                self.on_record.forget(&shared);
            }
            beat
        };
        let (polled, rights, (), beat) = futures::join!(
            first,
            rights::check(&shared, &self.probe, &namespaces[0]),
            rights::look_for(&self.probe, &namespaces),
            beat
        );
        if rights? {
            for namespace in &namespaces {
                let cluster = self.process.cluster.clone();
                // The receiver is in this function still.
                let _ = shared
                    .watch
                    .send(Ground::configured(cluster, namespace.clone()));
            }
        }
        match beat {
            // The pool was read, so this passes; the next one is not far.
            Err(error) if error.is_temporary() => {
                tracing::warn!("failed to send the first heartbeat: {}", error.one_line());
            }
            beat => beat.map_err(|error| error.context("failed to send the first heartbeat"))?,
        }
        tracing::info!(
            "serving work pool '{}'; Jobs go to namespace {} unless a deployment or a run names another",
            shared.options.pool,
            namespaces[0]
        );
        if shared.pool().paused {
            let pool = &shared.options.pool;
            tracing::info!("work pool '{pool}' is paused: it gives out no runs for now");
        }
        // One that failed is asked again as soon as the worker runs, which says what is amiss.
        let polled = polled.and_then(Result::ok);
        Ok(Worker {
            shared,
            grounds,
            polled,
        })
    }
}

/// The UID of the cluster. No run fails for want of it.
///
/// # Errors
/// A cluster that does not answer or does not know us: then nothing else will work either. A patient
/// worker waits for its answer.
async fn uid(probe: &Cluster, given: Option<String>, is_patient: bool) -> Result<Option<String>> {
    if given.is_some() {
        return Ok(given);
    }
    match rights::ask(is_patient, async || cluster_uid::read(probe).await).await {
        Ok(found) => Ok(Some(found.uid)),
        Err(failure) if is_fatal(&failure) => Err(failure.into()),
        Err(failure) => {
            tracing::debug!("the cluster's UID is not to be had: {failure}");
            Ok(None)
        }
    }
}

/// The namespaces to watch from the start; the first is where Jobs go by default.
fn namespaces(options: &Options, pool: &PoolSnapshot) -> Vec<String> {
    let mut namespaces = vec![pool.default_namespace()];
    for namespace in &options.observer.namespaces {
        if !namespaces.contains(namespace) {
            namespaces.push(namespace.clone());
        }
    }
    namespaces
}

/// Says what is wrong with a pool's template before a run meets it, as far as that can be told
/// without its blocks and Prefect variables. It is no error: variables of a deployment may make it
/// whole.
pub(super) fn check_template(pool: &PoolSnapshot, environment: &Environment) {
    let none = serde_json::Map::new();
    let checked = template::populate(&pool.template, &none, environment)
        .map(template::without_references)
        .and_then(|known| template::JobConfiguration::parse(&known));
    if let Err(error) = checked {
        tracing::warn!(
            "work pool '{}': {error}; runs whose job variables do not mend this will crash",
            pool.name
        );
    }
}
