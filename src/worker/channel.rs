//! The worker channel of a pool, kept open as long as the server has one. While it is, heartbeats
//! go over it and changes of the pool come by themselves, so that nothing is asked over REST
//! ([`super::heartbeat`]). Prefect has no setting for it (prefect/workers/_worker_channel/_sync.py).

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::{
    sync::watch,
    time::{self, Instant},
};
use uuid::Uuid;

use super::{
    heartbeat::{self, Trouble},
    pool::{self, Provision},
    shared::Shared,
    teardown,
};
use crate::{
    error::{Error, Result},
    prefect::{
        Budget, WorkPool,
        ws::{
            Backoff, Delivery, Desk, Hello, Incoming, Order, Outcome, Ready, SocketError, Step,
            WorkerChannel,
        },
    },
};

/// A server without a channel, or one that refuses us, is asked again after this time: it may have
/// been upgraded. (The Python worker asks once in its life.)
const REFUSED_FOR: Duration = Duration::from_secs(300);
/// A server that ends a good connection for good has changed: its pool is gone, say, and is made
/// again over REST meanwhile.
const ENDED_FOR: Duration = Duration::from_secs(10);
/// Why the server gets back what a worker that stops has not cleaned up.
const STOPPING: &str = "worker_stopping";
/// Connections that fail in a row before what stands between is taken to allow none.
const TRIES: u32 = 5;

/// Keeps the channel open until the worker stops. `open` tells whether it is. What is being cleaned up
/// then goes back to the server, so that another worker has it at once and not when its time is over.
///
/// # Errors
/// When the pool is of another type by now.
pub async fn run(shared: &Arc<Shared>, open: &watch::Sender<bool>) -> Result<()> {
    let mut keeper = Keeper {
        hello: hello(shared),
        shared,
        desk: Desk::default(),
        work: None,
    };
    let mut backoff = Backoff::default();
    let mut opened = false;
    let stop = &shared.process.stop;
    loop {
        let connected = tokio::select! {
            connected = keeper.connect() => connected,
            () = stop.cancelled() => return Ok(()),
        };
        let (error, refused_for) = match connected {
            Ok((channel, ready)) => {
                backoff.reset();
                opened = true;
                open.send_replace(true);
                tracing::debug!("the worker channel is open");
                let ended = keeper.serve(channel, ready).await;
                open.send_replace(false);
                match ended {
                    Ended::Fatal(error) => return Err(error),
                    Ended::Stopped => return Ok(()),
                    Ended::Lost(error) => (error, ENDED_FOR),
                }
            }
            Err(error) => (error, REFUSED_FOR),
        };
        let pause = match &error {
            SocketError::Refused(_) => refused_for,
            SocketError::Broken(_) if !opened && backoff.failures() >= TRIES => REFUSED_FOR,
            SocketError::Broken(_) => backoff.next(fastrand::f64()),
        };
        tracing::debug!(
            "no worker channel, heartbeats go over REST: {error}; trying again in {} s",
            pause.as_secs()
        );
        tokio::select! {
            () = keeper.pause(pause) => {}
            () = stop.cancelled() => return Ok(()),
        }
    }
}

/// How the worker introduces itself.
fn hello(shared: &Shared) -> Hello {
    let options = &shared.options;
    Hello {
        consumer: Uuid::now_v7(),
        worker: options.name.clone(),
        kind: pool::TYPE,
        heartbeat: options.heartbeat_interval,
        queues: options.work_queues.clone(),
        cleans_up: true,
        create_pool: options.create_pool,
        // Filled in when it is sent, for it is large.
        template: serde_json::Map::new(),
        metadata: None,
    }
}

/// Why a connection ended.
enum Ended {
    /// It broke, or was refused.
    Lost(SocketError),
    /// The worker cannot go on.
    Fatal(Error),
    /// The worker was told to stop.
    Stopped,
}

impl From<SocketError> for Ended {
    fn from(error: SocketError) -> Self {
        Self::Lost(error)
    }
}

/// What outlives a connection.
struct Keeper<'a> {
    shared: &'a Arc<Shared>,
    hello: Hello,
    desk: Desk,
    /// What is being cleaned up.
    work: Option<BoxFuture<'static, Outcome>>,
}

impl Keeper<'_> {
    async fn connect(&mut self) -> std::result::Result<(WorkerChannel, Ready), SocketError> {
        let options = &self.shared.options;
        let provision = Provision {
            create: options.create_pool,
            template: options.base_job_template.clone(),
        };
        let hello = Hello {
            template: pool::template(&provision),
            metadata: heartbeat::introduction(self.shared),
            ..self.hello.clone()
        };
        WorkerChannel::open(&self.shared.prefect, &options.pool, &hello).await
    }

    /// Serves a connection until it ends.
    async fn serve(&mut self, mut channel: WorkerChannel, ready: Ready) -> Ended {
        // The hello was one.
        self.shared.tally.beaten();
        self.shared.introduced.store(true, Ordering::Relaxed);
        let cleans_up = &self.shared.cleans_up;
        cleans_up.store(ready.cleans_up, Ordering::Relaxed);
        if let Some(id) = ready.worker {
            heartbeat::is_known_as(self.shared, &self.shared.prefect, id);
        }
        if !ready.cleans_up {
            self.leave();
        }
        if let Err(error) = self.pool_is(&ready.pool).await {
            return Ended::Fatal(error);
        }
        let stop = &self.shared.process.stop;
        let ended = loop {
            tokio::select! {
                turned = self.turn(&mut channel) => if let Err(ended) = turned {
                    break ended;
                },
                () = stop.cancelled() => {
                    self.give_back(channel).await;
                    break Ended::Stopped;
                }
            }
        };
        cleans_up.store(false, Ordering::Relaxed);
        self.desk.disconnected(Instant::now());
        ended
    }

    /// Does what comes next.
    async fn turn(&mut self, channel: &mut WorkerChannel) -> std::result::Result<(), Ended> {
        let beat = channel.due();
        tokio::select! {
            incoming = channel.next() => match incoming? {
                Incoming::Pool { pool, .. } => {
                    self.pool_is(&pool).await.map_err(Ended::Fatal)?;
                }
                Incoming::Cleanup(message) => match self.desk.deliver(&message, Instant::now()) {
                    Delivery::Work => {
                        let shared = Arc::clone(self.shared);
                        self.work = Some(Box::pin(teardown::tear_down(shared, message)));
                    }
                    Delivery::Ignore => {}
                    Delivery::Decline(order) => drop(channel.order(&order).await?),
                },
                Incoming::Answer(answer) => {
                    tracing::debug!(status = ?answer.status, "the server took note");
                    if self.desk.answered(&answer, Instant::now()) {
                        self.work = None;
                    }
                }
            },
            () = time::sleep_until(beat) => if channel.keep_alive().await? {
                self.shared.tally.beaten();
            },
            () = at(self.desk.due()) => {
                if let Some(order) = self.order() {
                    let frame = channel.order(&order).await?;
                    self.desk.sent(frame, Instant::now());
                }
            }
            outcome = done(&mut self.work) => self.done(outcome),
        }
        Ok(())
    }

    /// What the server is to be told now of what is cleaned up.
    fn order(&mut self) -> Option<Order> {
        match self.desk.step(Instant::now())? {
            Step::Send(order) => Some(order),
            Step::Leave => {
                self.work = None;
                None
            }
        }
    }

    fn done(&mut self, outcome: Outcome) {
        self.work = None;
        self.desk.done(outcome, Instant::now());
    }

    /// Gives back what is not done. The answer is not waited for: while the channel is open, the server
    /// would send the same again.
    async fn give_back(&mut self, mut channel: WorkerChannel) {
        self.work = None;
        let Some(order) = self.desk.give_back(STOPPING) else {
            return;
        };
        match channel.order(&order).await {
            Ok(_) => {
                tracing::info!("what was to be cleaned up is given back");
                channel.close().await;
            }
            // Its time will be over, and another worker gets it.
            Err(error) => tracing::debug!("what was to be cleaned up is not given back: {error}"),
        }
    }

    /// The server no longer has anything cleaned up by us.
    fn leave(&mut self) {
        self.work = None;
        self.desk.clear();
    }

    /// Waits without a connection; what is being cleaned up goes on.
    async fn pause(&mut self, pause: Duration) {
        let until = Instant::now() + pause;
        loop {
            tokio::select! {
                () = time::sleep_until(until) => return,
                outcome = done(&mut self.work) => self.done(outcome),
            }
        }
    }

    /// Takes in the pool. One without a template is given one over REST.
    async fn pool_is(&mut self, pool: &WorkPool) -> Result<()> {
        if !pool.base_job_template.is_empty() {
            return heartbeat::pool_is(self.shared, pool);
        }
        let prefect = self.shared.prefect.with_budget(Budget::Attempts(3));
        match heartbeat::refresh(self.shared, &prefect).await {
            Ok(()) => Ok(()),
            Err(Trouble::Fatal(error)) => Err(error),
            Err(Trouble::Passing { doing, why }) => {
                tracing::warn!("failed to {doing}: {why}");
                Ok(())
            }
        }
    }
}

/// Comes at a time, if there is one.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// The outcome of the work, if there is any.
async fn done(work: &mut Option<BoxFuture<'static, Outcome>>) -> Outcome {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}
