//! Asks the server for runs that are due and starts their submission, in the server's order.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{
    pace::Pace,
    shared::Shared,
    submit::{self, Taken},
};
use crate::{
    error::{Error, Result},
    prefect::{
        ApiError, Budget, Client, FlowRun, Raw, ScheduledFlowRun, WorkQueueName, routes::Poll,
    },
};

/// What a poll has brought.
pub struct Polled {
    runs: Vec<ScheduledFlowRun>,
    asked: Instant,
}

/// Polls until the worker stops. What the first poll brings may have been asked for already.
///
/// # Errors
/// Only refused credentials end it.
pub async fn run(shared: &Arc<Shared>, mut first: Option<Polled>) -> Result<()> {
    let mut pace = Pace::new(shared, "polling", shared.options.poll_interval);
    while pace.next().await {
        let polled = match first.take() {
            Some(polled) => Ok(polled),
            // Nothing is repeated: the next poll is a repetition.
            None => ask(shared, Budget::Attempts(1)).await,
        };
        match polled {
            Ok(polled) => {
                begin_all(shared, polled);
                pace.well();
            }
            Err(error) if error.is_refused() => return Err(refused(error)),
            Err(error) => pace.failed("poll for flow runs", &error.one_line()),
        }
    }
    Ok(())
}

/// One poll, and the start of what it brings.
///
/// # Errors
/// As the route.
pub async fn once(shared: &Arc<Shared>, patience: Budget) -> Result<(), ApiError> {
    let polled = ask(shared, patience).await?;
    begin_all(shared, polled);
    Ok(())
}

/// Asks for runs, if there are places for them.
///
/// # Errors
/// As the route.
pub async fn ask(shared: &Shared, patience: Budget) -> Result<Polled, ApiError> {
    let asked = Instant::now();
    if free(shared) == Some(0) {
        shared.warn_once("the limit of runs at once is reached; further runs wait for a place");
        // Nothing is to be asked, and nothing is amiss: an alert on old polls must not fire.
        shared.tally.polled();
        return Ok(Polled::nothing(asked));
    }
    // By the server's clock, which it schedules by: with our own, minutes off, runs would be taken
    // long before or after their time.
    let until = shared
        .prefect
        .server_now()
        .checked_add(shared.options.prefetch);
    let mut poll = Poll {
        work_queues: shared.options.work_queues.clone(),
        scheduled_before: until.ok(),
        limit: None,
    };
    let prefect = shared.prefect.with_budget(patience);
    let pool = &shared.options.pool;
    let mut runs = prefect.scheduled_flow_runs(pool, &poll).await;
    if let Err(error) = &runs
        && error.is_not_found()
        && !poll.work_queues.is_empty()
    {
        // The server refuses the whole poll for one queue that does not exist.
        let found = existing(shared, &prefect, &poll.work_queues).await?;
        if found.is_empty() {
            shared.tally.polled();
            return Ok(Polled::nothing(asked));
        }
        if found.len() < poll.work_queues.len() {
            poll.work_queues = found;
            runs = prefect.scheduled_flow_runs(pool, &poll).await;
        }
    }
    let runs = runs?;
    shared.tally.polled();
    Ok(Polled { runs, asked })
}

/// Those of the queues that exist. Says which do not.
async fn existing(
    shared: &Shared,
    prefect: &Client,
    queues: &[WorkQueueName],
) -> Result<Vec<WorkQueueName>, ApiError> {
    let pool = &shared.options.pool;
    let mut found = Vec::new();
    for queue in queues {
        match prefect.read_work_queue(pool, queue).await {
            Ok(_) => found.push(queue.clone()),
            Err(error) if error.is_not_found() => {
                // Or is it the pool?
                prefect.read_work_pool(pool).await?;
                shared.warn_once(&format!(
                    "work pool '{pool}' has no work queue '{queue}': its runs are taken once it \
                     exists (prefect work-queue create {queue} --pool {pool})"
                ));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

impl Polled {
    const fn nothing(asked: Instant) -> Self {
        let runs = Vec::new();
        Self { runs, asked }
    }
}

/// Starts the submissions of what a poll has brought, as far as there are places.
fn begin_all(shared: &Arc<Shared>, polled: Polled) {
    let free = free(shared);
    let mut started = 0;
    for scheduled in polled.runs {
        if free.is_some_and(|free| started >= free) {
            break;
        }
        if take(shared, scheduled.flow_run, Taken::Scheduled(polled.asked)) {
            started += 1;
        }
    }
}

/// How long the server gives a run out while its Job goes on before it gets another Job: the pod of
/// a flow that has ended takes a while to end, and one with a container beside it may never do so.
const GRACE: Duration = Duration::from_secs(60);

/// Takes a run in hand and starts its submission, unless it is in hand already.
pub fn take(shared: &Arc<Shared>, run: Raw<FlowRun>, taken: Taken) -> bool {
    let now = Instant::now();
    if !shared.board.take(run.id.0, &run.name, None, now) {
        let is_idle = shared.submission(run.id).is_none();
        if !is_idle || !shared.board.is_given_again(run.id.0, now, GRACE) {
            return false;
        }
        tracing::info!(
            "flow run '{}' has been scheduled again while its Kubernetes Job goes on, and gets another",
            run.name
        );
        shared.board.forget(run.id.0);
        shared.board.take(run.id.0, &run.name, None, now);
    }
    begin(shared, run, taken);
    true
}

/// Takes a run in hand, unless it is already, and submits it: of a run whose Job was seen, the
/// rest of the submission may be missing.
pub fn take_up(shared: &Arc<Shared>, run: Raw<FlowRun>, taken: Taken) {
    let now = Instant::now();
    shared.board.take(run.id.0, &run.name, None, now);
    begin(shared, run, taken);
}

fn begin(shared: &Arc<Shared>, run: Raw<FlowRun>, taken: Taken) {
    // Before the task first runs, so that nobody else begins the same.
    let cancelled = shared.submission_begins(run.id);
    let task = submit::submit(Arc::clone(shared), run, taken, cancelled);
    shared.begin_submitting(task);
}

/// How many more runs may be in hand; `None`: there is no limit.
pub fn places(shared: &Shared) -> Option<usize> {
    let limit = shared.options.limit?;
    Some(limit.saturating_sub(shared.board.count()))
}

/// How many more runs may be taken: runs that were left behind go first.
fn free(shared: &Shared) -> Option<usize> {
    let reserved = shared.reserved.load(Ordering::Relaxed);
    Some(places(shared)?.saturating_sub(reserved))
}

/// Credentials that were good at start and are refused now.
pub fn refused(error: ApiError) -> Error {
    error.context("the Prefect API no longer accepts this worker's credentials")
}
