//! What all parts of a running worker share.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    board::Board, claim::ClusterMark, health::Pulse, journal::Journal, judge::Case,
    observe::Ground, options::Options, pool::PoolSnapshot, resolve::Resolver,
};
use crate::{
    env_vars::Environment,
    error::Result,
    k8s::{self, Cluster, Patience},
    prefect::{Client, FlowRunId, ProposedState, TransitionId, WorkerId},
    template::ClusterConfig,
};

/// The worker's inside. One is made at start; all parts hold it.
pub struct Shared {
    /// What the worker was told.
    pub options: Options,
    /// The process's environment, for connections to other clusters.
    pub environment: Environment,
    /// The Prefect API, with endless patience: for what must not be lost.
    pub prefect: Client,
    /// The cluster that Jobs go to unless their configuration names another.
    pub cluster: Cluster,
    /// The cluster's UID, where it could be had.
    pub cluster_uid: Option<String>,
    /// How claims of this program on this cluster are made.
    pub mark: ClusterMark,
    /// How such claims look when the worker that made them could not learn the cluster's UID.
    pub mark_without_uid: ClusterMark,
    /// Where configurations come from.
    pub resolver: Resolver,
    /// The runs in hand.
    pub board: Board,
    /// Where is said what happens to runs.
    pub journal: Journal,
    /// Signs of life.
    pub pulse: Pulse,
    /// The pool as it was last read.
    pub pool: RwLock<Arc<PoolSnapshot>>,
    /// The worker's id, where the server gives one.
    pub worker_id: OnceLock<WorkerId>,
    /// Submissions under way, each with what stops it.
    pub submissions: Mutex<HashMap<FlowRunId, CancellationToken>>,
    /// Other clusters that Jobs were sent to, by the digest of their configuration.
    pub others: tokio::sync::Mutex<BTreeMap<String, Cluster>>,
    /// Asks for a place to be watched.
    pub watch: mpsc::UnboundedSender<Ground>,
    /// Jobs that have succeeded lately, whose runs may never have begun.
    pub hollow: Mutex<VecDeque<Case>>,
    /// Tasks that submit runs; awaited when the worker stops.
    pub submitting: TaskTracker,
    /// Tasks that judge the end of Jobs; left when the worker stops, taken up at the next start.
    pub judging: TaskTracker,
    /// What was said and need not be said again, of this worker as a whole.
    pub said: Mutex<BTreeSet<String>>,
    /// Writes to the Prefect API that submissions may have under way at once.
    pub writes: Semaphore,
    /// Set when the worker is told to stop: no new work.
    pub stop: CancellationToken,
    /// Set when everything is to end now.
    pub abort: CancellationToken,
}

/// Writes of submissions at once. A server on SQLite refuses the label of a run (503) when another
/// write comes between its own read and write; with all writes of fifty runs at once, each label
/// was sent five times on average, and all of it took nearly twice as long.
pub const WRITES: usize = 2;

/// Longest wait for a turn: a write that the server refuses again and again keeps its turn while it
/// waits for its next try, and must not stop all others.
const TURN_PATIENCE: Duration = Duration::from_secs(1);

impl Shared {
    /// Waits for one's turn to write to the Prefect API; the turn ends with the permit. `None`: the
    /// wait was long enough.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        let turn = tokio::time::timeout(TURN_PATIENCE, self.writes.acquire());
        // The semaphore is never closed.
        turn.await.ok()?.ok()
    }

    /// Warns of something that concerns the worker as a whole: once.
    pub fn warn_once(&self, text: &str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.insert(text.to_owned()) {
            tracing::warn!("{text}");
        }
    }

    /// The pool as it was last read.
    #[must_use]
    pub fn pool(&self) -> Arc<PoolSnapshot> {
        Arc::clone(&self.pool.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces what is known of the pool, and gives what was known before.
    pub fn pool_is(&self, pool: PoolSnapshot) -> Arc<PoolSnapshot> {
        let mut known = self.pool.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *known, Arc::new(pool))
    }

    /// Whether a state was proposed by this program for this cluster.
    #[must_use]
    pub fn claims(&self, id: TransitionId) -> bool {
        self.mark.made(id.0) || self.mark_without_uid.made(id.0)
    }

    /// Marks a proposal as one of this program on this cluster.
    #[must_use]
    pub fn claimed(&self, proposal: ProposedState) -> ProposedState {
        ProposedState {
            transition_id: TransitionId(self.mark.claim()),
            ..proposal
        }
    }

    /// Notes that a run is being submitted; the token is cancelled when the run is.
    pub fn submission_begins(&self, id: FlowRunId) -> CancellationToken {
        let token = CancellationToken::new();
        self.submissions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, token.clone());
        token
    }

    /// Notes that a run is no longer being submitted.
    pub fn submission_ends(&self, id: FlowRunId) {
        self.submissions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
    }

    /// What stops the submission of a run, if one is under way.
    #[must_use]
    pub fn submission(&self, id: FlowRunId) -> Option<CancellationToken> {
        self.submissions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned()
    }

    /// The cluster that a configuration names, or the worker's own. Connections are kept.
    ///
    /// # Errors
    /// When the configuration's kubeconfig cannot be used.
    pub async fn cluster_of(&self, config: Option<&ClusterConfig>) -> Result<Cluster> {
        let Some(config) = config else {
            return Ok(self.cluster.clone());
        };
        let key = json!([config.kubeconfig, config.context_name]).to_string();
        let key = format!("{:x}", Sha256::digest(key));
        let mut others = self.others.lock().await;
        if let Some(cluster) = others.get(&key) {
            return Ok(cluster.clone());
        }
        let context = Some(config.context_name.as_str());
        let timeout = k8s::RequestTimeout::default();
        let target = k8s::resolve_value(&config.kubeconfig, context, timeout, &self.environment)?;
        let cluster = Cluster::connect(target, Patience::Worker).await?;
        others.insert(key, cluster.clone());
        Ok(cluster)
    }
}
