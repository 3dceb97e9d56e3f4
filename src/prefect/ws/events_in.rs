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
    outbox::{EventStats, Outbox, detour},
    socket::{Handshake, Socket, SocketError},
};
use crate::prefect::{ApiError, Budget, Client, Event, call::Call, config::ServerKind};

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
        let taken = match serde_json::to_string(event) {
            Ok(json) => self.lock().push(json),
            Err(error) => {
                tracing::debug!(%error, event = event.event, "an event cannot be written as JSON");
                self.lock().drop_one();
                false
            }
        };
        if taken {
            self.0.pushed.notify_one();
        } else {
            tracing::warn!(event = event.event, "an event found no room and is dropped");
        }
        taken
    }

    /// Takes an event, waiting for room: for whoever can slow down, like a watch of pods.
    pub async fn emit_in_turn(&self, event: &Event) -> bool {
        let size = serde_json::to_string(event).map_or(0, |json| json.len());
        loop {
            let room = self.0.room.notified();
            if self.lock().has_room(size) {
                break;
            }
            room.await;
        }
        self.emit(event)
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

    /// Starts the task. It connects when the first event is there.
    #[must_use]
    pub fn start(client: &Client, buffer: usize) -> Self {
        let events = Events(Arc::new(Shared {
            outbox: Mutex::new(Outbox::new(buffer)),
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
            tracing::warn!(events = lost, "events could not be sent before the end");
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
}

/// Why a batch did not arrive.
enum Failure {
    Socket(SocketError),
    Http(ApiError),
}

impl Courier {
    async fn run(mut self) {
        while self.wait_for_events().await {
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
        for event in batch {
            socket.feed(event.as_str().into()).await?;
        }
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
