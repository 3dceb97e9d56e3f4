//! The worker channel: a websocket that carries a worker's heartbeats, tells it of changes of its
//! work pool, and gives it infrastructure to clean up (prefect/workers/_worker_channel).
//!
//! It knows the protocol of one connection. When to connect again, and what to do with what comes,
//! is the worker's business.

mod desk;
mod frames;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{self, Instant};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

pub use desk::{Delivery, Desk, Order, Outcome, Step};
pub use frames::{Answer, AnswerStatus, CleanupMessage, Hello, Incoming, Ready};

use super::socket::{Handshake, Socket, SocketError};
use crate::prefect::{Client, WorkPoolName, call::Call};

/// The route that workers connect to.
const ROUTE: &str = "/work_pools/{name}/workers/connect";
/// The longest that the server may take to answer a hello
/// (WORKER_CHANNEL_SETUP_TIMEOUT_SECONDS), or a frame may take to leave.
const PATIENCE: Duration = Duration::from_secs(10);
/// A connection is asked for a sign of life after this silence, and given up after another.
const SILENCE: Duration = Duration::from_secs(30);

/// An open channel. [`WorkerChannel::next`] reads; [`WorkerChannel::keep_alive`] is to be called
/// whenever [`WorkerChannel::due`] has come.
#[derive(Debug)]
pub struct WorkerChannel {
    socket: Socket,
    client: Client,
    hello: Introduction,
    /// Time between heartbeats, as the server wants it.
    interval: Duration,
    next_heartbeat: Instant,
    last_heard: Instant,
    pinged: bool,
    /// The number of the last snapshot that was taken in.
    sequence: u64,
}

/// What every heartbeat repeats of the hello.
#[derive(Debug)]
struct Introduction {
    consumer: Uuid,
    worker: String,
}

impl WorkerChannel {
    /// Connects, says hello and is let in. The hello is a heartbeat, too.
    ///
    /// # Errors
    /// `Refused` when the server has no such channel or wants no worker of this kind; `Broken`
    /// when trying again may help.
    pub async fn open(
        client: &Client,
        pool: &WorkPoolName,
        hello: &Hello,
    ) -> Result<(Self, Ready), SocketError> {
        let call = Call::get(ROUTE).with(pool);
        let mut socket = Socket::open(client, &call, Handshake::Frame).await?;
        let ready = async {
            socket
                .send(framed(client, "worker.hello.v1", &hello.payload()).1)
                .await?;
            let answer = socket.text().await?;
            frames::ready(&answer, hello).map_err(SocketError::Refused)
        };
        let ready = within(ready).await?;
        let now = Instant::now();
        let channel = Self {
            socket,
            client: client.clone(),
            hello: Introduction {
                consumer: hello.consumer,
                worker: hello.worker.0.clone(),
            },
            interval: ready.heartbeat,
            next_heartbeat: now + ready.heartbeat,
            last_heard: now,
            pinged: false,
            sequence: ready.sequence,
        };
        Ok((channel, ready))
    }

    /// What the server says next. May be cancelled without loss.
    ///
    /// # Errors
    /// The end of the connection, and a frame that cannot be read.
    pub async fn next(&mut self) -> Result<Incoming, SocketError> {
        loop {
            let frame = self.socket.frame().await?;
            self.last_heard = Instant::now();
            self.pinged = false;
            let Message::Text(text) = frame else { continue };
            match frames::incoming(&text).map_err(SocketError::Refused)? {
                // A snapshot that was overtaken by a later one.
                Some(Incoming::Pool { sequence, .. }) if sequence <= self.sequence => {}
                Some(Incoming::Pool { sequence, pool }) => {
                    self.sequence = sequence;
                    return Ok(Incoming::Pool { sequence, pool });
                }
                Some(incoming) => return Ok(incoming),
                None => {}
            }
        }
    }

    /// When [`WorkerChannel::keep_alive`] is to be called.
    #[must_use]
    pub fn due(&self) -> Instant {
        let silences = if self.pinged { 2 } else { 1 };
        self.next_heartbeat
            .min(self.last_heard + SILENCE * silences)
    }

    /// Sends a heartbeat if it is time, and asks a silent server for a sign of life. Gives whether a
    /// heartbeat went out.
    ///
    /// # Errors
    /// A server that gives none, and a connection that broke.
    pub async fn keep_alive(&mut self) -> Result<bool, SocketError> {
        let now = Instant::now();
        let silence = now.duration_since(self.last_heard);
        if self.pinged && silence >= SILENCE * 2 {
            let seconds = silence.as_secs();
            let why = format!("the server gave no sign of life for {seconds} s");
            return Err(SocketError::Broken(why));
        }
        if !self.pinged && silence >= SILENCE {
            within(self.socket.ping()).await?;
            self.pinged = true;
        }
        let is_due = now >= self.next_heartbeat;
        if is_due {
            self.next_heartbeat = now + self.interval;
            let payload = json!({
                "consumer_id": self.hello.consumer,
                "worker_name": self.hello.worker,
                "heartbeat_interval_seconds": self.interval.as_secs(),
            });
            self.send("worker.heartbeat.v1", &payload).await?;
        }
        Ok(is_due)
    }

    /// Tells what has become of something to clean up. Gives the id that the answer will name.
    ///
    /// # Errors
    /// A connection that broke.
    pub async fn order(&mut self, order: &Order) -> Result<Uuid, SocketError> {
        self.send(order.frame_type(), &order.payload()).await
    }

    async fn send(&mut self, kind: &str, payload: &Value) -> Result<Uuid, SocketError> {
        let (id, text) = framed(&self.client, kind, payload);
        within(self.socket.send(text)).await?;
        Ok(id)
    }

    /// Says goodbye, as far as the server listens.
    pub async fn close(self) {
        self.socket.close().await;
    }
}

/// A frame with a new id.
fn framed(
    client: &Client,
    kind: &str,
    payload: &Value,
) -> (Uuid, tokio_tungstenite::tungstenite::Utf8Bytes) {
    let id = Uuid::now_v7();
    let sent_at = client.server_now();
    let frame = json!({"type": kind, "id": id, "sent_at": sent_at, "payload": payload});
    (id, frame.to_string().into())
}

async fn within<T>(doing: impl Future<Output = Result<T, SocketError>>) -> Result<T, SocketError> {
    time::timeout(PATIENCE, doing)
        .await
        .unwrap_or_else(|_| Err(SocketError::Broken("no answer within 10 s".to_owned())))
}
