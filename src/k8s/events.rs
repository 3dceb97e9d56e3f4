//! The events of a watch, as they come in: protobuf from a real API server, a line of JSON each from
//! whatever answers with JSON.
//!
//! Own code in place of kube's `request_events`, which reads JSON alone. Reading JSON was a quarter
//! of what a run cost the worker: most of an event is managed fields and the pod's template.

use std::{fmt::Display, io, marker::PhantomData, time::Duration};

use bytes::{Buf, Bytes, BytesMut};
use futures::FutureExt as _;
use http::{HeaderValue, Request, header};
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use kube::{api::WatchEvent, client::Body, core::Status};
use serde::de::Error as _;
use tokio::{
    task::yield_now,
    time::{Instant, sleep_until},
};

use super::{
    cause,
    cluster::{Cluster, status},
    view::View,
    wire,
};

/// What is asked for, in the order of liking.
const ACCEPTED: HeaderValue = HeaderValue::from_static(
    "application/vnd.kubernetes.protobuf;stream=watch, application/json;stream=watch, \
     application/json",
);
const PROTOBUF: &[u8] = b"application/vnd.kubernetes.protobuf";
/// The length that stands before each event of a protobuf stream, big-endian.
const LENGTH: usize = size_of::<u32>();
/// No object is larger than the 1.5 MiB that etcd takes: such a length is not one.
const TOO_LARGE: usize = 64 << 20;
/// Room for more than this is given back once it is not needed.
const USUAL: usize = 64 << 10;

/// A server tells each change of an object by itself, about a dozen a run. In a burst they are
/// read together, this much time apart; what comes after a pause is read at once.
const REST: Duration = Duration::from_millis(100);
/// As much is taken in at once, or a little more; where there is more, the next look follows at once.
const AT_ONCE: usize = 256 << 10;

/// What a watch tells.
pub(super) enum Event<T> {
    /// The object is there, or has changed.
    Applied(T),
    /// The object is gone; this was its last state.
    Deleted(T),
    /// Nothing has happened up to this version.
    Bookmark(String),
    /// The server does not go on.
    Refused(Box<Status>),
}

/// The events of one answer.
pub(super) struct Events<T> {
    body: Body,
    buffer: Buffer,
    /// When it is looked again for what has come.
    next_look: Instant,
    /// How the answer ended, while what came before is still being read.
    end: Option<Option<kube::Error>>,
    of: PhantomData<fn() -> T>,
}

/// What has come in and is not read.
struct Buffer {
    encoding: Encoding,
    bytes: BytesMut,
    /// How many of them are known to hold no line's end.
    searched: usize,
    /// The most there were at once since there were none.
    most: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Json,
    Protobuf,
}

impl<T: View> Events<T> {
    /// Sends the request of a watch.
    pub async fn open(cluster: &Cluster, mut request: Request<Vec<u8>>) -> kube::Result<Self> {
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, ACCEPTED);
        // An API server from 1.37 on compresses each event by itself, which the stack cannot read.
        let plain = HeaderValue::from_static("identity");
        headers.insert(header::ACCEPT_ENCODING, plain);
        let answer = cluster.client().send(request.map(Body::from)).await?;
        let code = answer.status();
        if code.is_client_error() || code.is_server_error() {
            let body = answer.into_body().collect_bytes().await?;
            return Err(kube::Error::Api(refusal(&body, code.as_u16())));
        }
        let kind = answer.headers().get(header::CONTENT_TYPE);
        let encoding = match kind {
            Some(kind) if kind.as_bytes().starts_with(PROTOBUF) => Encoding::Protobuf,
            _ => Encoding::Json,
        };
        tracing::debug!("watching {} in {encoding:?}", T::PLURAL);
        Ok(Self::of(answer.into_body(), encoding))
    }

    fn of(body: Body, encoding: Encoding) -> Self {
        Self {
            body,
            buffer: Buffer::new(encoding),
            next_look: Instant::now(),
            end: None,
            of: PhantomData,
        }
    }

    /// Waits for the next event; `None` when the answer is at its end. After an error that is not
    /// [unreadable](super::failure::is_unreadable) nothing more comes.
    pub async fn next(&mut self) -> Option<kube::Result<Event<T>>> {
        loop {
            match self.buffer.event() {
                Ok(None) => {}
                Ok(Some(event)) => return Some(Ok(event)),
                Err(error) => return Some(Err(error)),
            }
            if let Some(end) = self.end.take() {
                return end.map(Err);
            }
            self.look().await;
        }
    }

    /// Waits for something to come, and takes in all that has come by then.
    async fn look(&mut self) {
        sleep_until(self.next_look).await;
        let piece = self.body.frame().await;
        let mut taken = self.take_in(piece);
        while self.end.is_none() && taken < AT_ONCE {
            // The connection hands out one piece after the other, and reads in between.
            yield_now().await;
            match self.body.frame().now_or_never() {
                Some(piece) => taken += self.take_in(piece),
                None => {
                    self.next_look = Instant::now() + REST;
                    break;
                }
            }
        }
    }

    /// Gives the length of what came.
    fn take_in(&mut self, piece: Option<kube::Result<Frame<Bytes>>>) -> usize {
        match piece {
            Some(Ok(frame)) => {
                if let Ok(piece) = frame.into_data() {
                    self.buffer.add(&piece);
                    return piece.len();
                }
            }
            // So a server ends a watch after its time; what had begun is told again.
            Some(Err(error)) if cause::is_early_end(&error) => self.end = Some(None),
            Some(Err(error)) => {
                let error = kube::Error::ReadEvents(io::Error::other(error));
                self.end = Some(Some(error));
            }
            None => self.end = Some(None),
        }
        0
    }
}

impl Buffer {
    fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            bytes: BytesMut::new(),
            searched: 0,
            most: 0,
        }
    }

    fn add(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
        self.most = self.most.max(self.bytes.len());
    }

    /// The first event, if one is whole.
    fn event<T: View>(&mut self) -> kube::Result<Option<Event<T>>> {
        while let Some(frame) = self.cut()? {
            match self.encoding {
                Encoding::Json if frame.trim_ascii().is_empty() => {}
                Encoding::Json => return from_json(&frame).map(Some),
                Encoding::Protobuf => return from_protobuf(frame).map(Some),
            }
        }
        Ok(None)
    }

    /// Takes what one event is of off the bytes.
    fn cut(&mut self) -> kube::Result<Option<Bytes>> {
        let frame = match self.encoding {
            Encoding::Protobuf => {
                let Some(length) = self.bytes.first_chunk::<LENGTH>() else {
                    return Ok(None);
                };
                let length = u32::from_be_bytes(*length) as usize;
                if length > TOO_LARGE {
                    let error = io::Error::new(io::ErrorKind::InvalidData, "an event has no end");
                    return Err(kube::Error::ReadEvents(error));
                }
                if self.bytes.len() < LENGTH + length {
                    return Ok(None);
                }
                self.bytes.advance(LENGTH);
                self.bytes.split_to(length)
            }
            Encoding::Json => {
                let new = &self.bytes[self.searched..];
                let Some(end) = new.iter().position(|byte| *byte == b'\n') else {
                    self.searched = self.bytes.len();
                    return Ok(None);
                };
                let line = self.bytes.split_to(self.searched + end + 1);
                self.searched = 0;
                line
            }
        };
        if self.bytes.is_empty() && self.most > USUAL {
            self.bytes = BytesMut::new();
            self.most = 0;
        }
        Ok(Some(frame.freeze()))
    }
}

fn from_json<T: View>(line: &[u8]) -> kube::Result<Event<T>> {
    match serde_json::from_slice::<WatchEvent<T>>(line) {
        Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)) => Ok(Event::Applied(object)),
        Ok(WatchEvent::Deleted(object)) => Ok(Event::Deleted(object)),
        Ok(WatchEvent::Bookmark(bookmark)) => {
            Ok(Event::Bookmark(bookmark.metadata.resource_version))
        }
        Ok(WatchEvent::Error(status)) => Ok(Event::Refused(status)),
        Err(error) => match serde_json::from_slice::<Status>(line) {
            Ok(status) => Err(kube::Error::Api(status.boxed())),
            Err(_) => Err(kube::Error::SerdeError(error)),
        },
    }
}

fn from_protobuf<T: View>(frame: Bytes) -> kube::Result<Event<T>> {
    let (kind, envelope) = wire::event(frame).map_err(unreadable)?;
    let object = wire::opened(&envelope)
        .ok_or_else(|| unreadable("an object without its envelope"))?
        .map_err(unreadable)?;
    let read = |object| T::from_protobuf(object).map_err(unreadable);
    match kind.as_str() {
        "ADDED" | "MODIFIED" => read(object).map(Event::Applied),
        "DELETED" => read(object).map(Event::Deleted),
        // An object of the kind with nothing but its version.
        "BOOKMARK" => Ok(Event::Bookmark(
            read(object)?.meta().resource_version.clone(),
        )),
        "ERROR" => {
            let status = wire::status(object).map_err(unreadable)?;
            Ok(Event::Refused(status.boxed()))
        }
        kind => Err(unreadable(format_args!("an event of the type {kind}"))),
    }
}

fn unreadable(why: impl Display) -> kube::Error {
    kube::Error::SerdeError(serde_json::Error::custom(why))
}

/// What a server says that does not begin the watch: in protobuf, as that was asked for, or in JSON.
fn refusal(body: &Bytes, code: u16) -> Box<Status> {
    match wire::opened(body).map(|object| object.and_then(wire::status)) {
        Some(Ok(refusal)) => Box::new(Status { code, ..refusal }),
        _ => status(body, code),
    }
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
