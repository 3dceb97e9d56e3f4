//! The life of the workers: the loops of all pools side by side, until they are told to stop, then
//! their drain.

use std::{panic::resume_unwind, sync::Arc, time::Duration};

use futures::future::{Either, join_all, select};
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{
    cancelling, heartbeat, hollow, observe,
    poll::{self, Polled},
    record, recover,
    shared::Shared,
    stuck, sweep,
};
use crate::{
    error::Result,
    prefect::{Budget, WorkPoolName},
};

/// How long a worker that stops may take to give back what it was to clean up.
const GIVING_BACK: Duration = Duration::from_secs(3);

/// How a worker is told to stop.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// No new work; what is being submitted is finished.
    pub drain: CancellationToken,
    /// Nothing is finished.
    pub abort: CancellationToken,
}

/// What the worker of a pool leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its pool.
    pub pool: WorkPoolName,
    /// Runs whose Jobs go on without it.
    pub jobs: usize,
    /// Submissions that did not end in time; the next worker takes them up.
    pub unfinished: usize,
    /// Submissions that failed, for whatever reason.
    pub failures: u64,
    /// How the runs ended that it saw end.
    pub totals: Vec<(&'static str, u64)>,
}

/// The worker of one pool, ready to run.
pub struct Worker {
    /// Its inside.
    pub shared: Arc<Shared>,
    /// The places that it is to watch.
    pub grounds: mpsc::UnboundedReceiver<observe::Ground>,
    /// What was asked for while it started.
    pub polled: Option<Polled>,
}

/// Runs the workers of all pools until they are told to stop, or once. One that fails ends them
/// all, each after its drain. Gives what each leaves behind, in their order.
///
/// # Errors
/// Credentials that are refused and a pool that is of another type by now. Nothing else ends it.
pub async fn run(workers: Vec<Worker>) -> Result<Vec<Ended>> {
    let process = workers
        .first()
        .map(|worker| Arc::clone(&worker.shared.process));
    let cancellations = async {
        if let Some(process) = process {
            process.cancellations.run(&process.prefect).await;
        }
        std::future::pending().await
    };
    let workers = workers.into_iter().map(|worker| {
        let span = worker.shared.span();
        one(worker).instrument(span)
    });
    tokio::select! {
        // First, so that all pools are known when it is first subscribed to their events.
        biased;
        ended = join_all(workers) => ended.into_iter().collect(),
        never = cancellations => never,
    }
}

/// Runs the worker of one pool.
async fn one(worker: Worker) -> Result<Ended> {
    let Worker {
        ref shared,
        grounds,
        polled,
    } = worker;
    shared.events.started(&shared.pool());
    let result = if shared.options.run_once {
        once(shared).await
    } else {
        loops(shared, grounds, polled).await
    };
    shared.events.stopped(&shared.pool());
    record::remove(shared).await;
    result
}

/// All loops side by side, until the worker is told to stop. Each is a task, so that what wakes one
/// does not have all others looked at.
async fn loops(
    shared: &Arc<Shared>,
    grounds: mpsc::UnboundedReceiver<observe::Ground>,
    first: Option<Polled>,
) -> Result<Ended> {
    let mut loops = Loops {
        shared,
        tasks: JoinSet::new(),
        cut_short: Vec::new(),
    };
    let polling = loops.begin(|shared| async move { poll::run(&shared, first).await });
    loops.cut_short.push(polling);
    loops.begin(|shared| async move { heartbeat::run(&shared).await });
    if shared.options.observer.enabled {
        loops.attend(|shared| async move { observe::run(&shared, grounds).await });
    } else {
        drop(grounds);
    }
    loops.attend(|shared| async move { cancelling::run(&shared).await });
    loops.attend(|shared| async move { recover::run(&shared).await });
    loops.attend(|shared| async move { hollow::run(&shared).await });
    loops.attend(|shared| async move { stuck::run(&shared).await });
    loops.attend(|shared| async move { sweep::run(&shared).await });
    let result = loops.run().await;
    let unfinished = drain(shared).await;
    result.map(|()| ended(shared, unfinished))
}

/// The loops of a worker.
struct Loops<'a> {
    shared: &'a Arc<Shared>,
    tasks: JoinSet<Result<()>>,
    /// Those of them that have nothing to say at the end.
    cut_short: Vec<AbortHandle>,
}

impl Loops<'_> {
    fn begin<F>(&mut self, run: impl FnOnce(Arc<Shared>) -> F) -> AbortHandle
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let task = run(Arc::clone(self.shared));
        self.tasks.spawn(task.in_current_span())
    }

    /// Begins one that cannot fail.
    fn attend<F>(&mut self, run: impl FnOnce(Arc<Shared>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let task = run(Arc::clone(self.shared));
        let begun = self.begin(|_| async move {
            task.await;
            Ok(())
        });
        self.cut_short.push(begun);
    }

    /// Until one fails, or the worker is told to stop: a request that is not answered must not hold
    /// up the end; what it was for is taken up by the next worker.
    async fn run(mut self) -> Result<()> {
        let failed = async {
            while let Some(ended) = self.tasks.join_next().await {
                match ended {
                    Ok(result) => result?,
                    Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
                    // Nobody aborts one of them.
                    Err(_) => {}
                }
            }
            Ok(())
        };
        let result = tokio::select! {
            result = failed => result,
            () = self.shared.process.stop.cancelled() => Ok(()),
        };
        // A loop that failed takes the others with it, and those of the other pools.
        self.shared.process.stop.cancel();
        for task in &self.cut_short {
            task.abort();
        }
        let given_back = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GIVING_BACK, given_back).await.is_err() {
            tracing::debug!("the worker channel did not end in time");
        }
        self.tasks.shutdown().await;
        result
    }
}

/// One poll, and what it submits.
async fn once(shared: &Arc<Shared>) -> Result<Ended> {
    let polled = tokio::select! {
        polled = poll::once(shared, Budget::Policy) => polled,
        () = shared.process.stop.cancelled() => Ok(()),
    };
    polled.map_err(|error| error.context("failed to poll for flow runs"))?;
    shared.submitting.close();
    let done = std::pin::pin!(shared.submitting.wait());
    let stopped = std::pin::pin!(shared.process.stop.cancelled());
    let unfinished = match select(done, stopped).await {
        Either::Left(_) => 0,
        Either::Right(_) => drain(shared).await,
    };
    Ok(ended(shared, unfinished))
}

/// Finishes the submissions under way, within the time there is. Gives how many were not.
async fn drain(shared: &Arc<Shared>) -> usize {
    shared.submitting.close();
    shared.judging.close();
    let waiting = shared.submitting.len();
    if waiting > 0 {
        tracing::info!("finishing {waiting} submissions");
    }
    tokio::select! {
        () = shared.submitting.wait() => {}
        () = shared.abort.cancelled() => {}
        () = tokio::time::sleep(shared.options.drain) => {
            tracing::warn!("submissions did not end within {} s", shared.options.drain.as_secs());
        }
    }
    let unfinished = shared.submitting.len();
    shared.abort.cancel();
    shared.submitting.wait().await;
    shared.judging.wait().await;
    unfinished
}

fn ended(shared: &Shared, unfinished: usize) -> Ended {
    Ended {
        pool: shared.options.pool.clone(),
        jobs: shared.board.jobs(),
        unfinished,
        failures: shared.tally.failures(),
        totals: shared.board.totals(),
    }
}
