//! Websockets: events to the server, events from it, and the worker channel.
//!
//! A websocket begins as a request of the REST client and is upgraded, so that certificates,
//! credentials, proxies and custom headers are the same for both (users of other clients find them
//! to differ). Through a proxy, a plain `http` API needs one that passes upgrades on; where it
//! does not, events go by `POST /events` and cancellations are polled for.

mod backoff;
mod events_in;
mod events_out;
mod outbox;
mod socket;
mod worker_channel;

pub use backoff::Backoff;
pub use events_in::{EventSender, Events};
pub use events_out::{EventSubscription, Link};
pub use outbox::EventStats;
pub use socket::SocketError;
pub use worker_channel::{
    Answer, AnswerStatus, CleanupMessage, Delivery, Desk, Hello, Incoming, Order, Outcome, Ready,
    Step, WorkerChannel,
};
