//! What the workers of all pools of one process share: connections, caches, signs of life, the end.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{
    cancellations::Cancellations, claim::ClusterMark, health::Pulse, journal::Journal,
    last_words::Desk, resolve::Resolver, run::Stop, start::Surroundings, turns::Turns,
};
use crate::{
    env_vars::Environment,
    error::Result,
    k8s::{self, Cluster, Patience},
    prefect::{Budget, Client, ProposedState, StateId, TransitionId, ws::Events},
    template::ClusterConfig,
};

/// The process's inside. One is made at start; the worker of each pool holds it.
pub struct Process {
    /// The process's environment, for connections to other clusters.
    pub environment: Environment,
    /// The Prefect API, with endless patience. Each pool's worker has a client of its own, whose
    /// requests are attributed to it.
    pub prefect: Client,
    /// The cluster that Jobs go to unless their configuration names another.
    pub cluster: Cluster,
    /// The cluster's UID, where it could be had.
    pub cluster_uid: Option<String>,
    /// Where configurations come from.
    pub resolver: Resolver,
    /// Where is said what happens to runs; each worker has a journal of its own that is sent with
    /// this one.
    journal: Journal,
    has_worker: AtomicBool,
    /// Where events go.
    pub events: Events,
    /// Who hears of cancelled runs.
    pub cancellations: Cancellations,
    /// Where the last words of containers are read and held.
    pub desk: Desk,
    /// Signs of life.
    pub pulse: Pulse,
    /// Set when the process is told to stop: no new work. A pool whose worker fails sets it too.
    pub stop: tokio_util::sync::CancellationToken,
    /// How many pools are served: where there are several, what is said names its pool.
    pub pools: usize,
    /// How claims of this program on this cluster are made.
    mark: ClusterMark,
    /// How such claims look when the worker that made them could not learn the cluster's UID.
    mark_without_uid: ClusterMark,
    /// Other clusters that Jobs were sent to, by the digest of their configuration.
    others: Mutex<BTreeMap<String, (Cluster, Instant)>>,
    /// Who may write to the Prefect API.
    turns: Turns,
}

/// How long a connection to another cluster is kept that no run asks for. Watches there keep their
/// own.
const UNUSED: Duration = Duration::from_secs(3600);

impl Process {
    /// The inside of a process that serves this many pools of a cluster of this UID.
    #[must_use]
    pub fn new(around: Surroundings, cluster_uid: Option<String>, pools: usize) -> Self {
        let Stop { drain, .. } = around.stop;
        let prefect = around.prefect.with_budget(Budget::Forever);
        let server = around.cluster.server();
        Self {
            resolver: Resolver::new(prefect.clone(), around.environment.clone()),
            mark: ClusterMark::of(cluster_uid.as_deref().unwrap_or(server)),
            mark_without_uid: ClusterMark::of(server),
            environment: around.environment,
            prefect,
            cluster: around.cluster,
            cluster_uid,
            journal: around.journal,
            has_worker: AtomicBool::new(false),
            events: around.events,
            cancellations: Cancellations::default(),
            desk: Desk::default(),
            pulse: around.pulse,
            stop: drain,
            pools,
            others: Mutex::default(),
            turns: Turns::default(),
        }
    }

    /// The journal of the next of its workers. That of the first is the process's own: to its log
    /// on Prefect Cloud go the lines of the process.
    #[must_use]
    pub fn journal_of_next_worker(&self) -> Journal {
        if self.has_worker.swap(true, Ordering::Relaxed) {
            self.journal.for_another_worker()
        } else {
            self.journal.clone()
        }
    }

    /// Writes to the Prefect API what the server would like to know, after what is urgent.
    pub async fn in_turn_late<T>(&self, write: impl Future<Output = T>) -> T {
        self.turns.take_late(self.prefect.metrics(), write).await
    }

    /// Writes to the Prefect API when it is one's turn.
    pub async fn in_turn<T>(&self, write: impl Future<Output = T>) -> T {
        self.turns.take(self.prefect.metrics(), write).await
    }

    /// Whether a state was proposed by this program for this cluster.
    #[must_use]
    pub fn claims(&self, id: TransitionId) -> bool {
        self.mark.made(id.0) || self.mark_without_uid.made(id.0)
    }

    /// The same for a claim of a run that bears this label of a cluster. A mark that was made of
    /// the cluster's UID needs no other witness; clusters may have the same address, so that one
    /// made of that is ours only if the label does not say otherwise.
    #[must_use]
    pub fn claims_here(&self, id: TransitionId, label: Option<&str>) -> bool {
        let uid = self.cluster_uid.as_deref();
        (uid.is_some() && self.mark.made(id.0))
            || (self.claims(id) && label.is_none_or(|label| Some(label) == uid))
    }

    /// Marks a proposal as one of this program on this cluster.
    #[must_use]
    pub fn claimed(&self, proposal: ProposedState) -> ProposedState {
        ProposedState {
            transition_id: TransitionId(self.mark.claim()),
            ..proposal
        }
    }

    /// The same for what is proposed in the attempt that this state scheduled: read off the run
    /// later, it tells that the run is still in this attempt.
    #[must_use]
    pub fn claimed_in(&self, scheduled: StateId, proposal: ProposedState) -> ProposedState {
        ProposedState {
            transition_id: TransitionId(self.mark.claim_of(scheduled)),
            ..proposal
        }
    }

    /// The claim of a run that was scheduled by this state.
    #[must_use]
    pub fn claim_of(&self, scheduled: StateId) -> ProposedState {
        self.claimed_in(scheduled, ProposedState::pending())
    }

    /// The cluster that a configuration names, or the worker's own. Connections are kept while they
    /// are used.
    ///
    /// # Errors
    /// When the configuration's kubeconfig cannot be used.
    pub async fn cluster_of(&self, config: Option<&ClusterConfig>) -> Result<Cluster> {
        let Some(config) = config else {
            return Ok(self.cluster.clone());
        };
        let key = json!([config.kubeconfig, config.context_name]).to_string();
        let key = format!("{:x}", Sha256::digest(key));
        let now = Instant::now();
        if let Some(cluster) = self.connection(&key, now) {
            return Ok(cluster);
        }
        let context = Some(config.context_name.as_str());
        let timeout = k8s::RequestTimeout::default();
        let target = k8s::resolve_value(&config.kubeconfig, context, timeout, &self.environment)?;
        // A credential plugin may take its time: runs for other clusters do not wait for it.
        let cluster = self.cluster.another(target, Patience::Worker).await?;
        let mut others = self.others();
        // Another run may have been faster: a place is watched by one connection.
        let (cluster, _) = others.entry(key).or_insert((cluster, now));
        Ok(cluster.clone())
    }

    /// The connection of this key, which is used now. Leaves those that nobody has used for long.
    fn connection(&self, key: &str, now: Instant) -> Option<Cluster> {
        let mut others = self.others();
        others.retain(|_, (_, used)| now.saturating_duration_since(*used) < UNUSED);
        let (cluster, used) = others.get_mut(key)?;
        *used = now;
        Some(cluster.clone())
    }

    fn others(&self) -> MutexGuard<'_, BTreeMap<String, (Cluster, Instant)>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
