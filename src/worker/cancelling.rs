//! Runs that are being cancelled: heard of by events, else found by asking the server, and ended in
//! the cluster and then on the server. What to do is decided in [`super::cancel`].
//!
//! While events come in, the server is asked only now and then; when they stop, at the interval
//! that PREFECT_WORKER_CANCELLATION_POLL_SECONDS sets, and once as they are back.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use tokio::{sync::watch, time};

pub use super::pid::job_of_pid;
use super::{
    board::Phase,
    cancel::{self, Business, Noted, Step},
    cancellations::Ear,
    docket::{AGAIN, Docket, Next},
    history::Attempt,
    journal::RunRef,
    judge,
    pace::Pace,
    pid::is_elsewhere,
    place::place_of,
    removal::{Found, Remains},
    shared::Shared,
    whose::whose,
};
use crate::prefect::{
    ApiError, Budget, Client, FlowRun, FlowRunFilter, FlowRunId, ProposedState, Raw, StateType,
    ws::Link,
};

/// How long the server is asked to take a CANCELLED; the next look asks again.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time between looks while events come in (the default of Prefect's own setting).
const CALM: Duration = Duration::from_secs(120);
/// Runs that are seen to at once.
const AT_ONCE: usize = 8;
/// The loop shows its life at least this often.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);
/// How long all that is done for a run at one look may take.
const RUN_PATIENCE: Duration = Duration::from_secs(90);
/// A Job that is being deleted and does not go (its node is lost, say) is waited for this long.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// Sees to cancelled runs until the worker stops.
pub async fn run(shared: &Arc<Shared>) {
    let Some(interval) = shared.options.cancellation_interval else {
        return;
    };
    let ear = shared.process.cancellations.listen(shared.pool().id);
    let mut watch = Watch {
        shared,
        link: ear.link.clone(),
        ear,
        docket: Docket::default(),
        pace: Pace::new(shared, "cancellation", interval),
        interval,
        next_poll: time::Instant::now(),
    };
    loop {
        // What is under way is dropped when the worker stops.
        watch.turn().await;
        let pool = shared.pool().id;
        shared.process.cancellations.follow(&mut watch.ear, pool);
    }
}

struct Watch<'a> {
    shared: &'a Arc<Shared>,
    ear: Ear,
    link: watch::Receiver<Link>,
    docket: Docket,
    pace: Pace<'a>,
    interval: Duration,
    next_poll: time::Instant,
}

impl Watch<'_> {
    /// Does what comes next.
    async fn turn(&mut self) {
        let due = self.docket.due().map_or_else(far, time::Instant::from_std);
        let sign = time::Instant::now() + SIGN_OF_LIFE;
        tokio::select! {
            runs = self.ear.runs() => self.look(Some(runs)).await,
            back = is_back(&mut self.link) => if back {
                self.look(None).await;
            } else {
                // From now on it is asked for.
                self.next_poll = self.next_poll.min(time::Instant::now() + self.interval);
            },
            () = time::sleep_until(due) => {
                let runs = self.docket.take(Instant::now());
                self.look(Some(runs)).await;
            }
            () = time::sleep_until(self.next_poll) => self.look(None).await,
            () = time::sleep_until(sign) => self.pace.lives(),
        }
    }

    /// Looks at these runs, or for all that there are, and does for each what is due.
    async fn look(&mut self, runs: Option<Vec<FlowRunId>>) {
        let all = runs.is_none();
        match self.find(runs.clone()).await {
            Ok(found) => {
                self.pace.well();
                let here: HashSet<FlowRunId> = found.iter().map(|run| run.id).collect();
                self.see_to(found).await;
                for gone in runs.into_iter().flatten().filter(|run| !here.contains(run)) {
                    self.docket.doubt(gone, Instant::now());
                }
            }
            Err(error) => {
                let now = Instant::now();
                for run in runs.into_iter().flatten() {
                    self.docket.note(run, Next::In(AGAIN), now);
                }
                self.pace
                    .failed("look for cancelled runs", &error.one_line());
            }
        }
        if all {
            let pause = if self.ear.hears() && self.pace.is_well() {
                CALM.max(self.interval).mul_f64(0.7 + 0.6 * fastrand::f64())
            } else {
                self.pace.pause()
            };
            self.next_poll = time::Instant::now() + pause;
        }
    }

    async fn find(&self, runs: Option<Vec<FlowRunId>>) -> Result<Vec<Raw<FlowRun>>, ApiError> {
        let filter = FlowRunFilter {
            ids: runs,
            work_pools: vec![self.shared.options.pool.clone()],
            state_types: vec![StateType::Cancelling],
            ..FlowRunFilter::default()
        };
        let prefect = self.shared.prefect.with_budget(Budget::Attempts(2));
        prefect.all_flow_runs(&filter).await
    }

    async fn see_to(&mut self, runs: Vec<Raw<FlowRun>>) {
        let shared = self.shared;
        let now = Instant::now();
        let waits: Vec<Duration> = runs
            .iter()
            .map(|run| self.docket.waited(run.id, now))
            .collect();
        let mut seen = stream::iter(runs.into_iter().zip(waits))
            .map(|(run, waited)| async move {
                let next = time::timeout(RUN_PATIENCE, one(shared, &run, waited)).await;
                let late = |_| Next::Failed("an API does not answer in time".to_owned());
                (RunRef::of(&run), next.unwrap_or_else(late))
            })
            .buffer_unordered(AT_ONCE);
        while let Some((about, next)) = seen.next().await {
            self.pace.lives();
            if let Some(why) = self.docket.note(about.id, next, Instant::now()) {
                let text = format!("Flow run cannot be cancelled yet: {why}");
                shared.journal.warn(&about, text);
            }
        }
    }
}

/// A time that does not come.
fn far() -> time::Instant {
    time::Instant::now() + Duration::from_secs(24 * 3600)
}

/// Comes when events are back, or no longer come.
async fn is_back(link: &mut watch::Receiver<Link>) -> bool {
    loop {
        if link.changed().await.is_err() {
            // The process ends.
            std::future::pending::<()>().await;
        }
        match &*link.borrow_and_update() {
            Link::Up => return true,
            Link::Down(_) => return false,
            Link::Connecting => {}
        }
    }
}

/// Does what is due for one run. `waited` is how long its Jobs have been on their way out.
async fn one(shared: &Arc<Shared>, run: &FlowRun, waited: Duration) -> Next {
    if let Some(token) = shared.submission(run.id) {
        token.cancel();
        // It sees to the rest; this is in case that it does not come to it.
        return Next::In(AGAIN);
    }
    let prefect = shared.prefect.with_budget(Budget::Attempts(2));
    let attempt = match prefect.flow_run_states(run.id).await {
        Ok(states) => Attempt::of(&states, whose(&shared.process, run, &states)),
        Err(error) if error.is_not_found() => return Next::Over,
        Err(error) => return Next::Failed(error.one_line()),
    };
    let since = run.state.as_ref().and_then(|state| state.timestamp);
    let since = since.map(|since| shared.prefect.server_now().duration_since(since));
    let since = since.map_or(Duration::ZERO, |since| since.try_into().unwrap_or_default());
    let business = cancel::business(attempt, noted(shared, run), since);
    if business == Business::Theirs {
        return Next::Over;
    }
    shared.board.moved(run.id.0, Phase::Cancelling);
    let timeout = timeout(shared, &prefect, attempt).await;
    match cancel::step(attempt.began, since, timeout) {
        Step::LeaveToFlow(Some(left)) => Next::In(left + Duration::from_secs(1)),
        Step::LeaveToFlow(None) => Next::In(CALM),
        Step::End => end(shared, run, attempt, business, waited).await,
    }
}

/// How long a flow that has begun may take to stop itself. That is the server's business where it has
/// this worker clean up, unless its own settings say that it does nothing about such runs: the
/// worker channel does not tell.
async fn timeout(shared: &Shared, prefect: &Client, attempt: Attempt) -> Option<Duration> {
    let own = shared.cancelling_timeout();
    let is_servers = shared.options.cancelling_timeout == cancel::Timeout::Servers;
    if own.is_some() || !attempt.began || !is_servers {
        return own;
    }
    match prefect.cancellation_cleanup().await {
        Ok(cleanup) => (!cleanup.enabled).then_some(cleanup.timeout),
        Err(error) => {
            let why = error.one_line();
            tracing::debug!("what the server does about cancelled flows is not known: {why}");
            None
        }
    }
}

/// What the run's infrastructure id tells.
fn noted(shared: &Shared, run: &FlowRun) -> Noted {
    match run.infrastructure_pid.as_deref() {
        None => Noted::Nothing,
        Some(pid) if is_elsewhere(pid, shared.process.cluster_uid.as_deref()) => Noted::Elsewhere,
        Some(_) => Noted::Job,
    }
}

/// Deletes the Jobs of a run and, once they have gone with their pods, says that it is cancelled.
async fn end(
    shared: &Shared,
    run: &FlowRun,
    attempt: Attempt,
    business: Business,
    waited: Duration,
) -> Next {
    let remains = match remains(shared, run).await {
        Ok(remains) => remains,
        Err(why) => return Next::Failed(why),
    };
    let about = RunRef::of(run);
    let Found { going, stranger } = match remains.remove(run.id).await {
        Ok(found) => found,
        Err(failure) => return Next::Failed(failure.to_string()),
    };
    if let Some(job) = &stranger {
        let name = &about.name;
        tracing::warn!("Kubernetes Job {job} is not that of flow run '{name}', and stays");
    }
    if !going.is_empty() {
        if waited < LONGEST_WAIT {
            return Next::Soon;
        }
        let jobs = going.join(", ");
        let message = format!(
            "Flow run cancelled by worker; its Kubernetes Job {jobs} is being deleted and does not \
             go."
        );
        return finish(shared, &about, &message).await;
    }
    if business == Business::OursIfItsJobIsHere && waited.is_zero() {
        return Next::Over;
    }
    let noted = stranger.is_none() && !remains.noted.is_empty();
    let had_job = !waited.is_zero() || noted;
    if let Some(doubt) = &remains.doubt
        && had_job
        && waited.is_zero()
    {
        let message = format!(
            "Flow run cancelled by worker: {doubt}. Its Job is not in the cluster where \
             it was looked for, and may still be running in another."
        );
        return finish(shared, &about, &message).await;
    }
    let message = match (had_job, attempt.began) {
        (false, _) => "Flow run cancelled by worker (no infrastructure found).",
        (true, false) => "Flow run cancelled by worker while pending.",
        (true, true) => "Flow run cancelled by worker: it did not stop by itself in time.",
    };
    finish(shared, &about, message).await
}

/// Where the Jobs of a run may be: where the server or this worker has noted one, where its
/// configuration sends them, and where those of the pool go.
///
/// # Errors
/// While the API does not tell: another cluster must not be taken for the worker's own.
async fn remains(shared: &Shared, run: &FlowRun) -> Result<Remains, String> {
    let configured = place_of(shared, run).await?;
    let pid = run.infrastructure_pid.as_deref();
    let pid = pid.filter(|pid| !is_elsewhere(pid, shared.process.cluster_uid.as_deref()));
    let held = shared.board.job_of(run.id.0).flatten();
    let held = held.as_deref().and_then(|held| held.split_once('/'));
    let held = held.map(|(namespace, name)| (namespace.to_owned(), name.to_owned()));
    let noted: Vec<_> = pid.and_then(job_of_pid).into_iter().chain(held).collect();
    let mut namespaces: Vec<String> = noted.iter().map(|(it, _)| it.clone()).collect();
    namespaces.extend(configured.namespace);
    namespaces.push(shared.pool().default_namespace());
    namespaces.sort();
    namespaces.dedup();
    Ok(Remains {
        cluster: configured.cluster,
        doubt: configured.doubt,
        namespaces,
        noted,
    })
}

/// Sets CANCELLED and lets go of the run: there is nothing of it in the cluster any more. A run that
/// is under way by now, or has ended, is left as it is: the state is forced, and would hold.
pub async fn finish(shared: &Shared, about: &RunRef, message: &str) -> Next {
    let proposal = shared.process.claimed(ProposedState::cancelled(message));
    let prefect = shared.prefect.with_budget(Budget::For(PATIENCE));
    let run = prefect.find_flow_run(about.id).await;
    let kind = run.map(|run| run.and_then(|run| run.state.as_ref().map(|state| state.kind)));
    let outcome = match kind {
        Ok(Some(kind)) if !cancel::may_be_finished(kind) => {
            tracing::info!("flow run '{}' is {} by now", about.name, kind.as_str());
            if kind.is_final() {
                let word = judge::word(kind);
                shared.board.ended(about.id.0, word, Instant::now());
            }
            return Next::Over;
        }
        Ok(_) => prefect.force_state(about.id, &proposal).await.map(drop),
        Err(error) => Err(error),
    };
    shared.board.ended(about.id.0, "Cancelled", Instant::now());
    match outcome {
        Ok(()) => {
            shared.journal.info(about, message);
            Next::Over
        }
        Err(error) if error.is_not_found() => {
            tracing::debug!("flow run '{}' is gone from the server", about.name);
            Next::Over
        }
        Err(error) => {
            tracing::error!(
                "failed to set flow run '{}' to Cancelled: {}",
                about.name,
                error.one_line()
            );
            Next::In(AGAIN)
        }
    }
}
