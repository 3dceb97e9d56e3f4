//! Runs that a worker left behind: claimed, and without a Job.
//!
//! A worker may die between its claim and the creation of the Job, or between the creation and the
//! note of it on the server. The claim names this program and this cluster, the attempt is in the
//! run's history, and the Job's name follows from both: submitting the run once more either makes
//! the missing Job or finds it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    abandoned,
    attempt::{attempt_of, has_noted_job, same_attempt},
    claim::is_claim_of,
    claiming::{ended_as, give_back},
    left_over::{self, LeftOver},
    pace::Pace,
    poll,
    round::Round,
    shared::Shared,
    submit::{CLUSTER_LABEL, Taken},
    unnoted, vanished,
    whose::{Whose, whose},
};
use crate::prefect::{
    ApiError, Budget, Client, FlowRun, FlowRunFilter, FlowRunId, Page, State, StateId, StateType,
    Worker, WorkerStatus,
};

/// Time between two looks.
const INTERVAL: Duration = Duration::from_secs(120);
/// A claim that is younger than this is left to the worker that made it, which may be alive.
const FRESH: Duration = Duration::from_secs(10);
/// The same while other workers of the pool give signs of life. A claim does not tell its worker.
const FRESH_AMONG_OTHERS: Duration = Duration::from_secs(60);
/// After this, the claims that were fresh at start no longer are.
const SETTLED: Duration = Duration::from_secs(15);
/// Time between two looks while runs wait for a place under the limit, or after one that failed.
const SOON: Duration = Duration::from_secs(5);
/// Time between two looks for runs whose Jobs no watch can see.
const SWEEP: Duration = Duration::from_secs(300);

/// Looks for runs left behind until the worker stops: at start, once the claims that were fresh
/// then no longer are, and from time to time.
pub async fn run(shared: &Arc<Shared>) {
    let settles = Instant::now() + SETTLED;
    let mut search = Search::default();
    let mut swept = None;
    let mut pace = Pace::new(shared, "recovery", SOON);
    while pace.next().await {
        let has_settled = Instant::now() >= settles;
        // By then the watches have told of the Jobs that exist.
        if has_settled && swept.is_none_or(|swept: Instant| swept.elapsed() >= SWEEP) {
            if let Err(error) = vanished::judge(shared, &pace).await {
                pace.failed("look for runs whose Jobs have vanished", &error.one_line());
                continue;
            }
            swept = Some(Instant::now());
        }
        if search.is_due(settles) {
            search.round(shared, &mut pace).await;
        } else {
            pace.well();
        }
    }
}

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
struct Search {
    /// Runs that nothing is to be done about while they are in this state.
    settled: HashMap<FlowRunId, StateId>,
    /// Attempts that were taken up.
    taken: HashMap<FlowRunId, StateId>,
    /// Runs that wait for a place under the limit.
    waiting: usize,
    /// When the first of the claims will be old enough that were too young.
    ripe: Option<Instant>,
    /// When the last look ended, if it did well.
    looked: Option<Instant>,
    /// The workers on the pool's record, once they were asked for in a round.
    workers: Option<Vec<Worker>>,
}

impl Search {
    /// Whether another look is due; at this time, what was fresh at start no longer is.
    fn is_due(&self, settles: Instant) -> bool {
        let now = Instant::now();
        let is_old =
            |looked: Instant| now - looked >= INTERVAL || (looked < settles && settles <= now);
        self.waiting > 0
            || self.ripe.is_some_and(|ripe| ripe <= now)
            || self.looked.is_none_or(is_old)
    }

    async fn round(&mut self, shared: &Arc<Shared>, pace: &mut Pace<'_>) {
        let looked = match self.look(shared, pace).await {
            // After it: what is PENDING was seen to.
            Ok(()) => unnoted::look(shared, pace).await,
            failed => failed,
        };
        // One that fails leaves the next one due.
        match looked {
            Ok(()) => {
                self.looked = Some(Instant::now());
                pace.well();
            }
            Err(error) => {
                self.looked = None;
                pace.failed("look for runs that were left behind", &error.one_line());
            }
        }
        shared.reserved.store(self.waiting, Ordering::Relaxed);
    }

    async fn look(&mut self, shared: &Arc<Shared>, pace: &Pace<'_>) -> Result<(), ApiError> {
        let prefect = shared.prefect.with_budget(Budget::Attempts(2));
        let filter = FlowRunFilter {
            work_pools: vec![shared.options.pool.clone()],
            work_queues: shared.options.work_queues.clone(),
            state_types: vec![StateType::Pending],
            ..FlowRunFilter::default()
        };
        self.waiting = 0;
        (self.ripe, self.workers) = (None, None);
        let mut round = Round::default();
        let mut present = HashSet::new();
        let mut page = Page::default();
        loop {
            let runs: Vec<FlowRun> = prefect.look_at_flow_runs(&filter, page).await?;
            let is_last = runs.len() < page.limit as usize;
            for run in runs {
                present.insert(run.id);
                pace.lives();
                if round.note(self.one(shared, &prefect, run).await).is_break() {
                    return round.end();
                }
            }
            if is_last {
                break;
            }
            page.offset += page.limit;
        }
        self.settled.retain(|id, _| present.contains(id));
        self.taken.retain(|id, _| present.contains(id));
        round.end()
    }

    /// The workers on the pool's record, read once a round.
    async fn workers(&mut self, shared: &Shared, prefect: &Client) -> Result<&[Worker], ApiError> {
        let workers = match self.workers.take() {
            Some(workers) => workers,
            None => prefect.all_workers(&shared.options.pool).await?,
        };
        Ok(self.workers.insert(workers))
    }

    /// How old a claim must be.
    async fn fresh(&mut self, shared: &Shared, prefect: &Client) -> Result<Duration, ApiError> {
        let is_other = |worker: &Worker| {
            worker.name != shared.options.name && worker.status == Some(WorkerStatus::Online)
        };
        let workers = self.workers(shared, prefect).await?;
        Ok(if workers.iter().any(is_other) {
            FRESH_AMONG_OTHERS
        } else {
            FRESH
        })
    }

    /// Whether a claim of this age is to be left to the worker that made it for now; then it is
    /// looked at again when it is old enough.
    async fn is_fresh(
        &mut self,
        shared: &Shared,
        prefect: &Client,
        age: Duration,
    ) -> Result<bool, ApiError> {
        if age >= FRESH_AMONG_OTHERS {
            return Ok(false);
        }
        let fresh = if age < FRESH {
            FRESH
        } else {
            self.fresh(shared, prefect).await?
        };
        let Some(left) = fresh.checked_sub(age).filter(|left| !left.is_zero()) else {
            return Ok(false);
        };
        let ripe = Instant::now() + left;
        self.ripe = Some(self.ripe.map_or(ripe, |earlier| earlier.min(ripe)));
        Ok(true)
    }

    async fn one(
        &mut self,
        shared: &Arc<Shared>,
        prefect: &Client,
        run: FlowRun,
    ) -> Result<(), ApiError> {
        let Some(state) = &run.state else {
            return Ok(());
        };
        if self.settled.get(&run.id) == Some(&state.id) || shared.submission(run.id).is_some() {
            return Ok(());
        }
        let age = age(state, prefect.server_now());
        if !may_be_left_behind(shared, &run) {
            if abandoned::may_be(shared, &run, age) {
                let workers = self.workers(shared, prefect).await?;
                if !abandoned::may_live(&run, workers, &shared.options.name) {
                    abandoned::put_back(shared, prefect, &run).await?;
                }
            }
            return Ok(());
        }
        if is_under_way(shared, &run, state) {
            self.settled.insert(run.id, state.id);
            return Ok(());
        }
        if self.is_fresh(shared, prefect, age).await? {
            return Ok(());
        }
        let states = prefect.flow_run_states(run.id).await?;
        if whose(&shared.process, &run, &states) != Whose::Ours {
            self.settled.insert(run.id, state.id);
            return Ok(());
        }
        if let Some(end) = ended_as(&states) {
            let why = give_back(&shared.process, prefect, run.id, end).await;
            tracing::info!("flow run '{}' was claimed late: {why}", run.name);
            return Ok(());
        }
        let Some(attempt) = attempt_of(&states) else {
            tracing::warn!("flow run '{}' is PENDING and was never scheduled", run.name);
            self.settled.insert(run.id, state.id);
            return Ok(());
        };
        // A name that the template fixes does not tell the attempt: once taken up is enough.
        let has_been = self.taken.get(&run.id) == Some(&attempt);
        let mut attempts = same_attempt(&states).into_iter();
        if attempts.any(|attempt| has_noted_job(&run, attempt))
            || (has_been && run.infrastructure_pid.is_some())
        {
            self.settled.insert(run.id, state.id);
            return Ok(());
        }
        if !shared.board.holds(run.id.0) && poll::places(shared) == Some(0) {
            self.waiting += 1;
            return Ok(());
        }
        let looked = Timestamp::now();
        match left_over::look(shared, prefect, &run, attempt).await {
            Ok(LeftOver::Noted) => {
                self.settled.insert(run.id, state.id);
                return Ok(());
            }
            Ok(LeftOver::Nothing) => {}
            Err(why) => {
                tracing::warn!("flow run '{}' was left behind, and waits: {why}", run.name);
                return Ok(());
            }
        }
        // With all that its template may ask for; and it may have moved on.
        let Some(found) = prefect.find_flow_run(run.id).await? else {
            return Ok(());
        };
        if found.state.as_ref().map(|state| state.id) == Some(state.id) {
            tracing::info!(
                "flow run '{}' was left behind PENDING and is taken up",
                run.name
            );
            poll::take_up(shared, found, Taken::Claimed(attempt, looked));
            self.taken.insert(run.id, attempt);
        }
        Ok(())
    }
}

/// Whether a PENDING run was claimed by this program on this cluster. It may be in hand: its Job
/// was seen, and the note of it is missing.
fn may_be_left_behind(shared: &Shared, run: &FlowRun) -> bool {
    let state = run.state.as_ref();
    let label = run.labels.get(CLUSTER_LABEL).and_then(|it| it.as_str());
    let proposed = state.and_then(|state| state.details.transition_id);
    proposed.is_some_and(|id| shared.process.claims_here(id, label))
}

/// Whether a PENDING run is in the attempt that this worker makes, and its Job is noted: so are all
/// whose pods take their time, and their histories need not be read.
fn is_under_way(shared: &Shared, run: &FlowRun, state: &State) -> bool {
    let attempt = shared.board.attempt(run.id.0);
    let proposed = state.details.transition_id;
    attempt.zip(proposed).is_some_and(|(attempt, proposed)| {
        is_claim_of(proposed.0, attempt) && has_noted_job(run, attempt)
    })
}

/// How long a run has been in a state. One without a time has been for long.
fn age(state: &State, now: Timestamp) -> Duration {
    let age = state.timestamp.map(|at| now.duration_since(at));
    age.map_or(Duration::MAX, |age| {
        Duration::try_from(age).unwrap_or_default()
    })
}
