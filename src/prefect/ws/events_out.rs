//! Events from the server, over `/events/out`: a subscription that survives reconnections.
//!
//! After a reconnection the server sends again what happened since shortly before the last event
//! (as prefect/events/clients.py asks it to); events that were seen are left out by their ids.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time,
};
use tokio_tungstenite::tungstenite::{Message as Frame, Utf8Bytes};

use super::{
    backoff::Backoff,
    socket::{Handshake, Socket, SocketError},
};
use crate::prefect::{Client, Event, EventFilter, EventId, call::Call};

/// The route that gives events.
const ROUTE: &str = "/events/out";
/// Events that wait for whoever asked for them; beyond it the server waits.
const QUEUE: usize = 64;
/// How far back a subscription looks, at its start and at a reconnection.
const OVERLAP: SignedDuration = SignedDuration::from_secs(60);
/// Ids of events that are remembered: all of the overlap, for filters as narrow as ours.
const REMEMBERED: usize = 2000;
/// A connection is asked for a sign of life after this silence.
const PING_AFTER: Duration = Duration::from_secs(30);
/// A server that does not allow subscriptions is asked again after this time.
const REFUSED_FOR: Duration = Duration::from_secs(300);

/// Whether events come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Not yet.
    Connecting,
    /// They do.
    Up,
    /// They do not, for this reason: whoever needs them has to ask for them (poll) meanwhile.
    Down(String),
}

/// A subscription to events. Dropping it ends it.
#[derive(Debug)]
pub struct EventSubscription {
    events: mpsc::Receiver<Event>,
    link: watch::Receiver<Link>,
    task: JoinSet<()>,
}

impl EventSubscription {
    /// Subscribes to the events that a filter selects; its time is set by the subscription.
    #[must_use]
    pub fn start(client: &Client, filter: EventFilter) -> Self {
        let (events, receiver) = mpsc::channel(QUEUE);
        let (link, link_receiver) = watch::channel(Link::Connecting);
        let mut task = JoinSet::new();
        let listener = Listener {
            client: client.clone(),
            filter,
            events,
            link,
            seen: Seen::default(),
            since: client.server_now() - OVERLAP,
        };
        task.spawn(listener.run());
        Self {
            events: receiver,
            link: link_receiver,
            task,
        }
    }

    /// The next event. May be cancelled without loss. `None` never comes before the end.
    pub async fn recv(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Whether events come in.
    #[must_use]
    pub fn link(&self) -> Link {
        self.link.borrow().clone()
    }

    /// Follows whether events come in.
    #[must_use]
    pub fn watch_link(&self) -> watch::Receiver<Link> {
        self.link.clone()
    }

    /// Ends the subscription and waits for its task.
    pub async fn finish(mut self) {
        self.task.shutdown().await;
    }
}

/// The task.
struct Listener {
    client: Client,
    filter: EventFilter,
    events: mpsc::Sender<Event>,
    link: watch::Sender<Link>,
    seen: Seen,
    /// From when on the server shall send events at the next connection.
    since: Timestamp,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    event: Option<Event>,
}

impl Listener {
    async fn run(mut self) {
        let mut backoff = Backoff::default();
        while !self.events.is_closed() {
            let error = match self.subscribe().await {
                Ok(socket) => {
                    backoff.reset();
                    self.link.send_replace(Link::Up);
                    self.listen(socket).await
                }
                Err(error) => error,
            };
            tracing::debug!("the subscription to events ended: {error}");
            let wait = match &error {
                SocketError::Refused(_) => REFUSED_FOR,
                SocketError::Broken(_) => backoff.next(fastrand::f64()),
            };
            self.link.send_replace(Link::Down(error.to_string()));
            time::sleep(wait).await;
        }
    }

    async fn subscribe(&mut self) -> Result<Socket, SocketError> {
        let mut socket = Socket::open(&self.client, &Call::get(ROUTE), Handshake::Frame).await?;
        let now = self.client.server_now();
        // The end is in the future: the filter also selects what is still to come.
        let until = now + SignedDuration::from_hours(24 * 365);
        let filter = self.filter.clone().between(self.since, until);
        let frame = json!({ "type": "filter", "filter": filter });
        socket.send(frame.to_string().into()).await?;
        Ok(socket)
    }

    /// Passes events on until the connection ends.
    async fn listen(&mut self, mut socket: Socket) -> SocketError {
        loop {
            let text = match time::timeout(PING_AFTER, socket.text()).await {
                Ok(Ok(text)) => text,
                Ok(Err(error)) => return error,
                Err(_) => match self.probe(&mut socket).await {
                    Ok(None) => continue,
                    Ok(Some(text)) => text,
                    Err(error) => return error,
                },
            };
            let event = match serde_json::from_str::<Message>(&text) {
                Ok(Message {
                    kind,
                    event: Some(event),
                }) if kind == "event" => event,
                Ok(message) => {
                    tracing::debug!(kind = message.kind, "a message of another kind is left out");
                    continue;
                }
                Err(error) => {
                    tracing::debug!(%error, "an event cannot be read and is left out");
                    continue;
                }
            };
            if !self.seen.insert(event.id) {
                continue;
            }
            self.since = self.since.max(event.occurred - OVERLAP);
            if self.events.send(event).await.is_err() {
                return SocketError::Broken("nobody listens any more".to_owned());
            }
        }
    }

    /// Asks for a sign of life; an event that comes meanwhile is one.
    async fn probe(&self, socket: &mut Socket) -> Result<Option<Utf8Bytes>, SocketError> {
        socket.ping().await?;
        match time::timeout(PING_AFTER, socket.frame()).await {
            Ok(Ok(Frame::Text(text))) => Ok(Some(text)),
            Ok(frame) => frame.map(|_| None),
            Err(_) => Err(SocketError::Broken("no sign of life for 60 s".to_owned())),
        }
    }
}

/// The ids of the latest events.
#[derive(Debug, Default)]
struct Seen {
    ids: HashSet<EventId>,
    order: VecDeque<EventId>,
}

impl Seen {
    /// `false` when the event was seen before.
    fn insert(&mut self, id: EventId) -> bool {
        if !self.ids.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_latest_events_are_remembered() {
        let mut seen = Seen::default();
        let id = |number| EventId(Uuid::from_u128(number));
        assert!(seen.insert(id(0)));
        assert!(!seen.insert(id(0)));
        for number in 1..=REMEMBERED as u128 {
            assert!(seen.insert(id(number)));
        }
        assert!(seen.insert(id(0)), "the oldest is forgotten");
        assert_eq!(seen.ids.len(), REMEMBERED);
    }
}
