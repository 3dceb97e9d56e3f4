//! The start of a worker: everything that can be wrong is found before the first run is taken.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, OnceLock, RwLock},
};

use tokio::sync::{Semaphore, mpsc};
use tokio_util::task::TaskTracker;

use super::{
    board::Board,
    claim::ClusterMark,
    health::Pulse,
    heartbeat,
    journal::Journal,
    observe::Ground,
    options::Options,
    pool::{self, PoolSnapshot, Provision},
    resolve::Resolver,
    run::Stop,
    shared::{Shared, WRITES},
};
use crate::{
    env_vars::Environment,
    error::{Error, Result},
    k8s::{self, Class, Cluster, Failure, WorkerNeeds, cluster_uid},
    prefect::{Budget, Client, WorkPool},
    template,
};

/// What a worker finds around itself.
pub struct Surroundings {
    /// The process's environment.
    pub environment: Environment,
    /// The Prefect API.
    pub prefect: Client,
    /// The cluster that Jobs go to.
    pub cluster: Cluster,
    /// The same for what is asked at start: with less patience, where somebody waits for it.
    pub probe: Cluster,
    /// The cluster's UID, if it was given.
    pub cluster_uid: Option<String>,
    /// Where is said what happens to runs.
    pub journal: Journal,
    /// Signs of life.
    pub pulse: Pulse,
    /// How it is told to stop.
    pub stop: Stop,
}

/// Reads the pool, checks rights, says hello. Gives the worker's inside and the places to watch.
///
/// # Errors
/// An API that does not answer or refuses us, a pool that is not ours to serve, rights that are
/// missing in the namespace that Jobs go to.
pub async fn start(
    options: Options,
    around: Surroundings,
) -> Result<(Arc<Shared>, mpsc::UnboundedReceiver<Ground>)> {
    let prefect = &around.prefect;
    prefect.attribute_to(options.name.as_str(), None);
    let (pool, uid) = futures::join!(
        read_pool(&options, prefect),
        uid(&around.probe, around.cluster_uid.clone())
    );
    let uid = uid?;
    let pool = PoolSnapshot::of(&pool?, options.namespace.as_deref())?;
    check_template(&pool, &around.environment);
    let namespaces = namespaces(&options, &pool);
    let (watch, grounds) = mpsc::unbounded_channel();
    for namespace in &namespaces {
        // The receiver is in this function still.
        let _ = watch.send(Ground::new(around.cluster.clone(), namespace.clone()));
    }
    let mark = uid
        .clone()
        .unwrap_or_else(|| around.cluster.server().to_owned());
    let shared = Arc::new(Shared {
        prefect: around.prefect.with_budget(Budget::Forever),
        resolver: Resolver::new(
            around.prefect.with_budget(Budget::Forever),
            around.environment.clone(),
        ),
        options,
        environment: around.environment,
        cluster: around.cluster,
        cluster_uid: uid,
        mark: ClusterMark::of(&mark),
        mark_without_uid: ClusterMark::of(around.probe.server()),
        board: Board::default(),
        journal: around.journal,
        pulse: around.pulse,
        pool: RwLock::new(Arc::new(pool)),
        worker_id: OnceLock::new(),
        submissions: Mutex::new(HashMap::new()),
        others: tokio::sync::Mutex::new(BTreeMap::new()),
        watch,
        hollow: Mutex::default(),
        said: Mutex::default(),
        writes: Semaphore::new(WRITES),
        submitting: TaskTracker::new(),
        judging: TaskTracker::new(),
        stop: around.stop.drain,
        abort: around.stop.abort.child_token(),
    });
    let prefect = prefect.with_budget(Budget::Attempts(3));
    let (rights, beat) = futures::join!(
        check_rights(&shared, &around.probe, &namespaces[0]),
        heartbeat::beat(&shared, &prefect)
    );
    rights?;
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
    Ok((shared, grounds))
}

/// The pool, made if need be. A patient worker waits for an API that does not answer yet.
async fn read_pool(options: &Options, prefect: &Client) -> Result<WorkPool> {
    let provision = Provision {
        create: options.create_pool,
        template: options.base_job_template.clone(),
    };
    let prefect = if options.patient {
        prefect.with_budget(Budget::Forever)
    } else {
        prefect.clone()
    };
    pool::ensure(&prefect, &options.pool, &provision).await
}

/// The UID of the cluster. No run fails for want of it.
///
/// # Errors
/// A cluster that does not answer or does not know us: then nothing else will work either.
async fn uid(probe: &Cluster, given: Option<String>) -> Result<Option<String>> {
    if given.is_some() {
        return Ok(given);
    }
    match cluster_uid::read(probe).await {
        Ok(found) => Ok(Some(found.uid)),
        Err(failure) if is_fatal(&failure) => Err(failure.into()),
        Err(failure) => {
            tracing::debug!("the cluster's UID is not to be had: {failure}");
            Ok(None)
        }
    }
}

/// Whether there is no use in going on: the API server cannot be reached, or refuses who we are.
fn is_fatal(failure: &Failure) -> bool {
    failure.is_transient() || failure.class == Class::Unauthorized
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

/// Says what is wrong with a pool's template before a run meets it. It is no error: variables of a
/// deployment may make it whole.
fn check_template(pool: &PoolSnapshot, environment: &Environment) {
    let none = serde_json::Map::new();
    let checked = template::populate(&pool.template, &none, environment)
        .and_then(|populated| template::JobConfiguration::parse(&populated));
    if let Err(error) = checked {
        tracing::warn!(
            "work pool '{}': {error}; runs whose job variables do not mend this will crash",
            pool.name
        );
    }
}

/// Finds out whether Jobs can be made and followed in a namespace.
async fn check_rights(shared: &Shared, probe: &Cluster, namespace: &str) -> Result<()> {
    let needs = WorkerNeeds {
        secrets: shared.options.makes_secrets(),
        events: false,
    };
    let mut permissions = k8s::of_worker(namespace, needs);
    if !shared.options.observer.enabled {
        permissions.retain(|permission| {
            permission.resource == "jobs" && !matches!(permission.verb.as_str(), "list" | "watch")
                || permission.resource == "secrets"
        });
    }
    let lacking = match probe.lacking(&permissions).await {
        Ok(lacking) => lacking,
        Err(failure) if is_fatal(&failure) => return Err(failure.into()),
        Err(failure) => {
            tracing::warn!("cannot tell which rights this worker has: {failure}");
            return Ok(());
        }
    };
    if lacking.is_empty() {
        return Ok(());
    }
    let subject = probe.whoami().await?;
    let list: Vec<String> = lacking.iter().map(ToString::to_string).collect();
    Err(Error::unreachable(format!(
        "this worker may not do its work in namespace {namespace}"
    ))
    .cause(format!("{subject} may not {}", list.join(", ")))
    .hint(format!(
        "Somebody who may grant rights can allow it:\n{}",
        k8s::as_roles(&lacking, "kubectl-prefect-worker", &subject)?
    ))
    .hint("Jobs go to another namespace with --namespace, or by the job variable namespace."))
}
