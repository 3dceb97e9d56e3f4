//! The life of a worker: its loops side by side, until it is told to stop, then its drain.

use std::sync::Arc;

use futures::future::{Either, select};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{cancelling, heartbeat, hollow, observe, poll, recover, shared::Shared};
use crate::{error::Result, prefect::Budget};

/// How a worker is told to stop.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// No new work; what is being submitted is finished.
    pub drain: CancellationToken,
    /// Nothing is finished.
    pub abort: CancellationToken,
}

/// What a worker leaves behind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ended {
    /// Runs whose Jobs go on without it.
    pub jobs: usize,
    /// Submissions that did not end in time; the next worker takes them up.
    pub unfinished: usize,
    /// How the runs ended that it saw end.
    pub totals: Vec<(&'static str, u64)>,
}

/// Runs until it is told to stop, or once.
///
/// # Errors
/// Credentials that are refused and a pool that is of another type by now. Nothing else ends it.
pub async fn run(
    shared: &Arc<Shared>,
    grounds: mpsc::UnboundedReceiver<observe::Ground>,
) -> Result<Ended> {
    if shared.options.run_once {
        return once(shared).await;
    }
    let observer = async {
        if shared.options.observer.enabled {
            observe::run(shared, grounds).await;
        } else {
            drop(grounds);
            shared.stop.cancelled().await;
        }
        Ok(())
    };
    let courtesies = async {
        futures::join!(
            cancelling::run(shared),
            recover::run(shared),
            hollow::run(shared)
        );
        Ok(())
    };
    let loops = async {
        futures::try_join!(
            poll::run(shared),
            heartbeat::run(shared),
            observer,
            courtesies
        )
    };
    let result = tokio::select! {
        result = loops => result.map(drop),
        // A request that is not answered must not hold up the end; what it was for is taken up by
        // the next worker.
        () = shared.stop.cancelled() => Ok(()),
    };
    // A loop that failed takes the others with it.
    shared.stop.cancel();
    let unfinished = drain(shared).await;
    result.map(|()| ended(shared, unfinished))
}

/// One poll, and what it submits.
async fn once(shared: &Arc<Shared>) -> Result<Ended> {
    let polled = tokio::select! {
        polled = poll::once(shared, Budget::Policy) => polled,
        () = shared.stop.cancelled() => Ok(0),
    };
    polled.map_err(|error| error.context("failed to poll for flow runs"))?;
    shared.submitting.close();
    let done = std::pin::pin!(shared.submitting.wait());
    let stopped = std::pin::pin!(shared.stop.cancelled());
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
        jobs: shared.board.jobs(),
        unfinished,
        totals: shared.board.totals(),
    }
}
