//! What all parts of the worker of one pool share.

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    sync::{
        Arc, Mutex, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument as _, Span};

use super::{
    board::Board, events::WorkerEvents, glance::Glance, journal::Journal, judge::Case,
    observe::Ground, options::Options, pool::PoolSnapshot, process::Process, sessions::Sessions,
    tally::Tally, unnoted::Register,
};
use crate::prefect::{Client, FlowRunId, WorkerId};

/// The inside of one pool's worker. One is made at start; all its parts hold it.
pub struct Shared {
    /// What it shares with the workers of the process's other pools.
    pub process: Arc<Process>,
    /// What the worker was told.
    pub options: Options,
    /// The Prefect API, with endless patience: for what must not be lost.
    pub prefect: Client,
    /// Where is said what happens to its runs.
    pub journal: Journal,
    /// Where its events are told.
    pub events: WorkerEvents,
    /// The runs in hand.
    pub board: Board,
    /// What it counts.
    pub tally: Tally,
    /// The pool as it was last read.
    pub pool: RwLock<Arc<PoolSnapshot>>,
    /// The worker's id, where the server gives one.
    pub worker_id: OnceLock<WorkerId>,
    /// Submissions under way, each with what stops it.
    pub submissions: Mutex<HashMap<FlowRunId, CancellationToken>>,
    /// Asks for a place to be watched.
    pub watch: mpsc::UnboundedSender<Ground>,
    /// Places under the limit that are kept for runs that were left behind.
    pub reserved: AtomicUsize,
    /// Whether the server has this worker clean up over the worker channel.
    pub cleans_up: AtomicBool,
    /// Whether the server was told what this worker is.
    pub introduced: AtomicBool,
    /// Runs with a Job that a watch has in sight.
    pub in_sight: Mutex<HashSet<FlowRunId>>,
    /// The places that are watched.
    pub watched: Mutex<Vec<Arc<Ground>>>,
    /// Runs whose pods did not start, and why their Jobs were deleted.
    pub given_up: Mutex<HashMap<String, String>>,
    /// Looks at runs, many at once.
    pub glance: Glance,
    /// The Jobs whose end is being judged.
    pub sessions: Sessions,
    /// Jobs that have succeeded lately, whose runs may never have begun.
    pub hollow: Mutex<VecDeque<Case>>,
    /// Jobs that a list showed to go on, of which the server may not have been told.
    pub unnoted: Mutex<Register>,
    /// Tasks that submit runs; awaited when the worker stops.
    pub submitting: TaskTracker,
    /// Tasks that judge the end of Jobs; left when the worker stops, taken up at the next start.
    pub judging: TaskTracker,
    /// What was said and need not be said again, of this worker as a whole.
    pub said: Mutex<BTreeSet<String>>,
    /// Set when everything of this worker is to end now.
    pub abort: CancellationToken,
}

impl Shared {
    /// What a worker of this pool begins with.
    #[must_use]
    pub fn new(
        process: Arc<Process>,
        options: Options,
        pool: PoolSnapshot,
        watch: mpsc::UnboundedSender<Ground>,
        abort: CancellationToken,
    ) -> Self {
        Self {
            prefect: process.prefect.for_another_worker(),
            journal: process.journal_of_next_worker(),
            events: WorkerEvents::new(process.events.clone(), &options.name),
            process,
            options,
            board: Board::default(),
            tally: Tally::default(),
            pool: RwLock::new(Arc::new(pool)),
            worker_id: OnceLock::new(),
            submissions: Mutex::default(),
            watch,
            reserved: AtomicUsize::new(0),
            cleans_up: AtomicBool::new(false),
            introduced: AtomicBool::new(false),
            in_sight: Mutex::default(),
            watched: Mutex::default(),
            given_up: Mutex::default(),
            glance: Glance::default(),
            sessions: Sessions::default(),
            hollow: Mutex::default(),
            unnoted: Mutex::default(),
            submitting: TaskTracker::new(),
            judging: TaskTracker::new(),
            said: Mutex::default(),
            abort,
        }
    }

    /// What log lines of this worker stand in: its pool, where there are several. An error's level
    /// lets it stand around lines of all levels.
    #[must_use]
    pub fn span(&self) -> Span {
        span(self.process.pools, &self.options)
    }

    /// How a part of this worker is called where the parts of all workers are told apart.
    #[must_use]
    pub fn part(&self, name: &str) -> String {
        if self.process.pools > 1 {
            format!("{name} (work pool '{}')", self.options.pool)
        } else {
            name.to_owned()
        }
    }

    /// Starts a task that submits a run.
    pub fn begin_submitting(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.submitting.spawn(task.instrument(self.span()));
    }

    /// Starts a task that judges, or tells, what became of a Job.
    pub fn begin_judging(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.judging.spawn(task.instrument(self.span()));
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

    /// The places that are watched.
    #[must_use]
    pub fn watched(&self) -> Vec<Arc<Ground>> {
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.clone()
    }

    /// Notes whether a place is watched.
    pub fn watches(&self, ground: &Arc<Ground>, watched: bool) {
        let mut places = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|place| !Arc::ptr_eq(place, ground));
        if watched {
            places.push(Arc::clone(ground));
        }
    }

    /// How long a flow that has begun may take to stop itself before its Job is deleted; `None`
    /// where that is not this worker's to do.
    #[must_use]
    pub fn cancelling_timeout(&self) -> Option<Duration> {
        let server_cleans_up = self.cleans_up.load(Ordering::Relaxed);
        self.options.cancelling_timeout.own(server_cleans_up)
    }

    /// Notes whether a watch has a Job of a run in sight.
    pub fn sees(&self, id: FlowRunId, in_sight: bool) {
        let mut seen = self.in_sight.lock().unwrap_or_else(PoisonError::into_inner);
        if in_sight {
            seen.insert(id);
        } else {
            seen.remove(&id);
        }
    }

    /// Whether a watch has a Job of a run in sight, so that its end will be seen.
    #[must_use]
    pub fn has_in_sight(&self, id: FlowRunId) -> bool {
        let seen = self.in_sight.lock().unwrap_or_else(PoisonError::into_inner);
        seen.contains(&id)
    }

    /// Why a run's Job was deleted by this worker, if it was because its pod did not start.
    #[must_use]
    pub fn given_up(&self, job: &str) -> Option<String> {
        let given_up = self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        given_up.get(job).cloned()
    }

    /// Notes that a run's Job is deleted because its pod did not start.
    pub fn gives_up(&self, job: &str, why: String) {
        let mut given_up = self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        given_up.insert(job.to_owned(), why);
    }

    /// Forgets that.
    pub fn given_up_ends(&self, job: &str) {
        let mut given_up = self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        given_up.remove(job);
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
}

/// The span of a pool's worker, of so many in the process.
#[must_use]
pub fn span(pools: usize, options: &Options) -> Span {
    if pools > 1 {
        tracing::error_span!("worker", work_pool = %options.pool)
    } else {
        Span::none()
    }
}
