//! Events to the server: over `/events/in`, or by `POST /events` where that is not to be had.
//!
//! The server gives no receipts. As in Prefect's own client (prefect/events/clients.py), a pong
//! says that all frames before the ping have arrived; until then events are kept and sent again
//! after a reconnection. The server drops an event whose id it knows.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{sync::Notify, task::JoinSet, time};

use super::{
    backoff::Backoff,
    outbox::{EventStats, FirstDrop, Outbox, detour},
    socket::{Handshake, Socket, SocketError},
};
use crate::prefect::{ApiError, Budget, Client, Event, call::Call, config::ServerKind};

/// A server that takes no events is asked again after this time.
const DEAF_FOR: Duration = Duration::from_secs(300);

/// How long an event waits for others to come with it.
const GATHER: Duration = Duration::from_millis(200);

/// How long the connection may take to carry a batch. One that stands still takes nothing for ever.
const CARRIED_WITHIN: Duration = Duration::from_secs(30);

/// The route that takes events.
const ROUTE: &str = "/events/in";

/// Takes events. Clones share the outbox.
#[derive(Debug, Clone)]
pub struct Events(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    outbox: Mutex<Outbox>,
    /// An event came.
    pushed: Notify,
    /// Events left.
    room: Notify,
}

impl Events {
    /// Takes an event without waiting. `false` when there was no room and it is dropped.
    pub fn emit(&self, event: &Event) -> bool {
        match serde_json::to_string(event) {
            Ok(json) => self.push(json),
            Err(error) => {
                tracing::debug!(%error, event = event.event, "an event cannot be written as JSON");
                self.drop_one();
                false
            }
        }
    }

    /// Takes an event, waiting for room: for whoever can slow down. It leaves room for those that
    /// cannot.
    pub async fn emit_in_turn(&self, event: &Event) -> bool {
        match serde_json::to_string(event) {
            Ok(json) => self.json_in_turn(json).await,
            Err(_) => self.emit(event),
        }
    }

    /// The same for an event that is JSON already. It is lost, and not counted, when the wait is
    /// given up.
    pub async fn json_in_turn(&self, json: String) -> bool {
        loop {
            let mut room = std::pin::pin!(self.0.room.notified());
            // Before the look: room that comes in between is not missed.
            room.as_mut().enable();
            if self.lock().has_room_in_turn(json.len()) {
                return self.push(json);
            }
            room.await;
        }
    }

    /// Counts an event that its maker gave up.
    pub fn drop_one(&self) {
        self.lock().drop_one();
    }

    fn push(&self, json: String) -> bool {
        let taken = self.lock().push(json);
        match taken {
            Ok(()) => self.0.pushed.notify_one(),
            // Once: there may be very many.
            Err(FirstDrop(true)) => tracing::warn!(
                "events find no room and are dropped: the server does not take them as fast as \
                 they come"
            ),
            Err(FirstDrop(false)) => tracing::debug!("an event found no room and is dropped"),
        }
        taken.is_ok()
    }

    /// What became of the events so far.
    #[must_use]
    pub fn stats(&self) -> EventStats {
        self.lock().stats()
    }

    fn lock(&self) -> MutexGuard<'_, Outbox> {
        self.0.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Owns the task that sends events. To be finished: what waits when it is dropped is lost.
#[derive(Debug)]
pub struct EventSender {
    events: Events,
    ending: Arc<Notify>,
    task: JoinSet<()>,
}

impl EventSender {
    /// Bytes of events that may wait for the server.
    pub const BUFFER: usize = 4 << 20;

    /// Starts the task. It connects when the first event is there. Up to `buffer` bytes of events
    /// may wait, and up to `limit` events if it is given (PREFECT_EVENTS_WORKER_MAX_QUEUE_SIZE).
    #[must_use]
    pub fn start(client: &Client, buffer: usize, limit: Option<usize>) -> Self {
        let events = Events(Arc::new(Shared {
            outbox: Mutex::new(Outbox::new(buffer, limit.unwrap_or(usize::MAX))),
            pushed: Notify::new(),
            room: Notify::new(),
        }));
        let ending = Arc::new(Notify::new());
        let mut task = JoinSet::new();
        let courier = Courier {
            // HTTP is the detour: what fails there is tried again by this task's own rules.
            client: client.with_budget(Budget::Attempts(1)),
            events: events.clone(),
            ending: Arc::clone(&ending),
            ended: false,
            socket: None,
            backoff: Backoff::default(),
            http_until: None,
            said: false,
            deaf_until: None,
        };
        task.spawn(courier.run());
        Self {
            events,
            ending,
            task,
        }
    }

    /// The handle that takes events.
    #[must_use]
    pub fn events(&self) -> Events {
        self.events.clone()
    }

    /// Sends what waits, for at most `grace`, closes the connection and ends the task. What could
    /// not be sent is said and counted as dropped.
    pub async fn finish(mut self, grace: Duration) -> EventStats {
        self.ending.notify_one();
        let ended = time::timeout(grace, async {
            while self.task.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            self.task.shutdown().await;
        }
        let mut outbox = self.events.lock();
        let lost = outbox.give_up();
        if lost > 0 {
            tracing::debug!(events = lost, "events could not be sent before the end");
        }
        outbox.stats()
    }
}

/// The task.
struct Courier {
    client: Client,
    events: Events,
    ending: Arc<Notify>,
    ended: bool,
    socket: Option<Socket>,
    backoff: Backoff,
    /// The websocket is not tried before this moment.
    http_until: Option<Instant>,
    /// The detour has been mentioned.
    said: bool,
    /// The server has no events: those that come before this moment are dropped.
    deaf_until: Option<Instant>,
}

/// Why a batch did not arrive.
enum Failure {
    Socket(SocketError),
    Http(ApiError),
}

impl Courier {
    async fn run(mut self) {
        while self.wait_for_events().await {
            if self.deaf_until.is_some_and(|until| Instant::now() < until) {
                self.events.lock().give_up();
                self.events.0.room.notify_waiters();
                continue;
            }
            self.gather().await;
            let batch = self.events.lock().next();
            match self.deliver(&batch).await {
                Ok(()) => {
                    self.backoff.reset();
                    self.events.lock().confirm(batch.len());
                    self.events.0.room.notify_waiters();
                }
                Err(failure) => self.recover(failure, batch.len()).await,
            }
        }
        if let Some(socket) = self.socket.take() {
            socket.close().await;
        }
    }

    /// Waits until there is an event; `false` at the end. Keeps the connection alive meanwhile.
    async fn wait_for_events(&mut self) -> bool {
        while self.events.lock().is_empty() {
            if self.ended {
                return false;
            }
            let frame = async {
                match &mut self.socket {
                    Some(socket) => socket.frame().await.map(drop),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.events.0.pushed.notified() => {}
                () = self.ending.notified() => self.ended = true,
                frame = frame => if let Err(error) = frame {
                    tracing::debug!("the connection for events ended: {error}");
                    self.socket = None;
                },
            }
        }
        true
    }

    /// Lets further events come: a batch is confirmed with one ping, and events come in flocks.
    async fn gather(&mut self) {
        if self.ended {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(GATHER) => {}
            () = self.ending.notified() => self.ended = true,
        }
    }

    async fn deliver(&mut self, batch: &[String]) -> Result<(), Failure> {
        if self.http_until.is_some_and(|until| Instant::now() < until) {
            let body = format!("[{}]", batch.join(","));
            return self
                .client
                .post_events(body.into_bytes())
                .await
                .map_err(Failure::Http);
        }
        self.http_until = None;
        self.send(batch).await.map_err(Failure::Socket)
    }

    async fn send(&mut self, batch: &[String]) -> Result<(), SocketError> {
        let mut socket = match self.socket.take() {
            Some(socket) => socket,
            None => {
                let handshake = match self.client.server_kind() {
                    ServerKind::Cloud => Handshake::Headers,
                    ServerKind::SelfHosted => Handshake::Frame,
                };
                Socket::open(&self.client, &Call::get(ROUTE), handshake).await?
            }
        };
        carried(async {
            for event in batch {
                socket.feed(event.as_str().into()).await?;
            }
            Ok(())
        })
        .await?;
        socket.confirm().await?;
        self.socket = Some(socket);
        Ok(())
    }

    /// Decides what comes after a failure, and waits if need be.
    async fn recover(&mut self, failure: Failure, count: usize) {
        let wait = match failure {
            Failure::Socket(error) => {
                tracing::debug!("events cannot be sent over {ROUTE}: {error}");
                let wait = self.backoff.next(fastrand::f64());
                match detour(&error, self.backoff.failures()) {
                    Some(time) => {
                        if !self.said {
                            self.said = true;
                            tracing::info!("events go by POST /events: {error}");
                        }
                        self.http_until = Some(Instant::now() + time);
                        return;
                    }
                    // The first time it is most likely an idle connection that was cut.
                    None if self.backoff.failures() == 1 => return,
                    None => wait,
                }
            }
            Failure::Http(error) if error.is_temporary() || error.is_refused() => {
                tracing::debug!("events cannot be sent: {}", error.one_line());
                // Whatever it is, the websocket may be the first to work again.
                self.http_until = None;
                self.backoff.next(fastrand::f64())
            }
            // Neither way exists: a server without events, which older ones and stripped ones are.
            Failure::Http(error) if matches!(error.status, Some(404 | 405 | 501)) => {
                if self.deaf_until.is_none() {
                    tracing::warn!("the Prefect API takes no events: {}", error.one_line());
                }
                self.deaf_until = Some(Instant::now() + DEAF_FOR);
                return;
            }
            Failure::Http(error) => {
                if self.events.lock().refuse(count) {
                    tracing::warn!("an event is not taken and dropped: {}", error.one_line());
                    self.events.0.room.notify_waiters();
                }
                return;
            }
        };
        tokio::select! {
            () = time::sleep(wait) => {}
            () = self.ending.notified(), if !self.ended => self.ended = true,
        }
    }
}

/// Gives up what takes too long.
async fn carried(
    feeding: impl Future<Output = Result<(), SocketError>>,
) -> Result<(), SocketError> {
    let carried = time::timeout(CARRIED_WITHIN, feeding).await;
    carried.unwrap_or_else(|_| {
        Err(SocketError::Broken(format!(
            "the server took no events for {} s",
            CARRIED_WITHIN.as_secs()
        )))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_stands_still_is_given_up() {
        assert_eq!(carried(async { Ok(()) }).await, Ok(()));
        let stuck = carried(std::future::pending()).await;
        assert!(matches!(stuck, Err(SocketError::Broken(_))), "{stuck:?}");
    }
}
