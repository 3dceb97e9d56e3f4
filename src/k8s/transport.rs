//! Carries requests to the API server: credentials, time-outs, retries, user agent.
//!
//! It lies around kube's own stack (address, TLS, proxy, impersonation) because that one has no
//! time-out for answers, does not recover from a 401, and repeats a 429, 503 or 504 up to 15 times
//! with pauses of up to 1000 s. Here:
//! - an answer must be complete within the request's time-out; a watch or followed log only has to
//!   begin in that time;
//! - 429, 500, 502, 503 and 504 are repeated within [`Patience`], after `Retry-After` where the
//!   server sends it; 500, 502 and 504 only where repeating cannot do a thing twice (not POST);
//! - a request that reached nobody is repeated by a patient caller alone: at a terminal it is better
//!   to hear at once that the server is not there;
//! - a watch and its lists are sent once, because they have pauses of their own;
//! - after a 401 credentials that can be renewed are renewed, and the request is sent once more.

use std::{sync::Arc, time::Duration};

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use kube::client::Body;
use tokio::{
    sync::RwLock,
    time::{Instant, sleep, timeout},
};
use tower::BoxError;

use super::{
    authenticator::{Authenticator, Current},
    exec::Identity,
    route::{method, route},
};
use crate::{
    error::{self, Error},
    requests::Metrics,
};
use base64::{Engine, prelude::BASE64_STANDARD};

/// How we name ourselves to the API server and in its audit log.
pub const USER_AGENT: &str = concat!("kubectl-prefect/", env!("CARGO_PKG_VERSION"));

/// For how long a request is repeated before its failure is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// A person or a script waits: up to 10 s, and not when the server is not there at all.
    Command,
    /// Nobody waits and much is at stake: up to 60 s, whatever the failure.
    Worker,
}

impl Patience {
    const fn budget(self) -> Duration {
        match self {
            Self::Command => Duration::from_secs(10),
            Self::Worker => Duration::from_secs(60),
        }
    }
}

/// Marks (as an extension) a request that is sent once: who sends it tries again by itself, and
/// wants to tell of every failure.
#[derive(Debug, Clone, Copy)]
struct OneTry;

/// Marks a request as one of a watch, which tries again by itself and tells of every failure.
pub(super) fn once<E>(request: Result<Request<Vec<u8>>, E>) -> Result<Request<Vec<u8>>, E> {
    request.map(|mut request| {
        request.extensions_mut().insert(OneTry);
        request
    })
}

/// Marks (as an extension) a request whose answer is read piece by piece: it only has to begin in
/// time, and whoever reads it minds the rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piecemeal;

/// A failure below the level of HTTP.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransportError {
    /// The answer did not come, or not whole.
    #[error("no answer within {} s", .0.as_secs_f64())]
    NoAnswer(Duration),
    /// There are no credentials to send.
    #[error("{}", .0.one_line())]
    Credentials(Error),
}

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expectation {
    /// One whole answer.
    Answer,
    /// The beginning of a stream.
    Stream,
}

impl Expectation {
    fn of(request: &http::request::Parts) -> Self {
        let query = request.uri.query().unwrap_or_default();
        let follows = query
            .split('&')
            .any(|pair| matches!(pair, "watch=true" | "watch=1" | "follow=true"));
        let piecemeal = request.extensions.get::<Piecemeal>().is_some();
        if follows || piecemeal || request.uri.path().ends_with("/log") {
            Self::Stream
        } else {
            Self::Answer
        }
    }
}

/// A connection to one API server.
#[derive(Debug)]
pub(super) struct Transport {
    config: kube::Config,
    authenticator: Authenticator,
    timeout: Option<Duration>,
    patience: Patience,
    metrics: Arc<Metrics>,
    inner: RwLock<Inner>,
}

/// kube's stack, and the client certificate of a plugin it was built with.
struct Inner {
    client: kube::Client,
    identity: Option<Arc<Identity>>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inner")
    }
}

impl Transport {
    /// Obtains credentials, so that a plugin may ask its questions now and not in the middle of
    /// things, and builds kube's stack.
    pub async fn new(
        mut config: kube::Config,
        authenticator: Authenticator,
        timeout: Option<Duration>,
        patience: Patience,
        metrics: Arc<Metrics>,
    ) -> Result<Self, BoxError> {
        config.default_retry = false;
        config.connect_timeout = Some(
            timeout
                .unwrap_or(Duration::MAX)
                .min(Duration::from_secs(10)),
        );
        let current = authenticator
            .current(None)
            .await
            .map_err(TransportError::Credentials)?;
        let client = stack(&config, current.identity.as_deref())?;
        Ok(Self {
            config,
            authenticator,
            timeout,
            patience,
            metrics,
            inner: RwLock::new(Inner {
                client,
                identity: current.identity,
            }),
        })
    }

    /// Sends a request, repeats it where that is right, and gives the answer.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let (mut parts, body) = request.into_parts();
        parts
            .headers
            .insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        let body = body.collect_bytes().await?;
        let once = parts.extensions.get::<OneTry>().is_some();
        let deadline = Instant::now() + self.patience.budget();
        let mut refused = None;
        for attempt in 0_u32.. {
            let current = self
                .authenticator
                .current(refused)
                .await
                .map_err(TransportError::Credentials)?;
            let mut parts = parts.clone();
            if let Some(header) = &current.header {
                parts.headers.insert(header::AUTHORIZATION, header.clone());
            }
            let request = Request::from_parts(parts.clone(), Body::from(body.to_vec()));
            let result = self.once(request, &current, Expectation::of(&parts)).await;
            if unauthorized(&result) && refused.is_none() && self.authenticator.renews() {
                refused = Some(current.generation);
                self.metrics.retry();
                continue;
            }
            let pause = match &result {
                Ok(response) => pause_after(response, &parts, attempt),
                Err(error) => self.pause_after_error(error, &parts.method, attempt),
            };
            match pause {
                Some(pause) if !once && pause < deadline - Instant::now() => {
                    self.metrics.retry();
                    let _gauge = self.metrics.backing_off();
                    sleep(pause).await;
                }
                _ => return result,
            }
        }
        unreachable!("the loop has no end of its own")
    }

    async fn once(
        &self,
        request: Request<Body>,
        current: &Current,
        expectation: Expectation,
    ) -> Result<Response<Body>, BoxError> {
        let client = self.client(current).await?;
        let (method, route) = (method(request.method()), route(request.uri()));
        let _gauge = self.metrics.in_flight();
        let answer = async {
            let response = client.send(request).await?;
            if expectation == Expectation::Stream {
                return Ok(response);
            }
            let (parts, body) = response.into_parts();
            let body = body.collect_bytes().await?;
            Ok(Response::from_parts(parts, Body::from(body)))
        };
        let answer = match self.timeout {
            None => answer.await,
            Some(limit) => timeout(limit, answer)
                .await
                .unwrap_or_else(|_| Err(TransportError::NoAnswer(limit).into())),
        };
        let status = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
        self.metrics.attempt(method, route, status);
        answer
    }

    /// kube's stack for the credentials of now: a new one when a plugin gave a new certificate.
    async fn client(&self, current: &Current) -> Result<kube::Client, BoxError> {
        {
            let inner = self.inner.read().await;
            if same(inner.identity.as_ref(), current.identity.as_ref()) {
                return Ok(inner.client.clone());
            }
        }
        let client = stack(&self.config, current.identity.as_deref())?;
        *self.inner.write().await = Inner {
            client: client.clone(),
            identity: current.identity.clone(),
        };
        Ok(client)
    }

    fn pause_after_error(
        &self,
        error: &BoxError,
        method: &Method,
        attempt: u32,
    ) -> Option<Duration> {
        let repeatable = match super::cause::of(error.as_ref()) {
            super::cause::Cause::NotConnected(_) => self.patience == Patience::Worker,
            super::cause::Cause::Interrupted | super::cause::Cause::NoAnswer => {
                method != Method::POST && (self.patience == Patience::Worker || attempt == 0)
            }
            _ => false,
        };
        repeatable.then(|| backoff(attempt))
    }
}

fn same(one: Option<&Arc<Identity>>, other: Option<&Arc<Identity>>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        _ => false,
    }
}

fn stack(config: &kube::Config, identity: Option<&Identity>) -> Result<kube::Client, BoxError> {
    let mut config = config.clone();
    if let Some(identity) = identity {
        use secrecy::{ExposeSecret, SecretString};
        let key = BASE64_STANDARD.encode(identity.key.expose_secret());
        config.auth_info.client_certificate_data =
            Some(BASE64_STANDARD.encode(&identity.certificate));
        config.auth_info.client_key_data = Some(SecretString::from(key));
    }
    Ok(kube::Client::try_from(config)?)
}

fn unauthorized(result: &Result<Response<Body>, BoxError>) -> bool {
    matches!(result, Ok(response) if response.status() == StatusCode::UNAUTHORIZED)
}

/// How long to wait before the request is repeated; `None` when the answer stands.
fn pause_after(
    response: &Response<Body>,
    request: &http::request::Parts,
    attempt: u32,
) -> Option<Duration> {
    let repeatable = match response.status().as_u16() {
        // The server did not take the request up.
        429 | 503 => true,
        // So it answers to a manifest with a field that it does not know.
        500 if is_apply(request) => false,
        // It may have, and may have done it.
        500 | 502 | 504 => request.method != Method::POST,
        _ => false,
    };
    let asked = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(Duration::from_secs);
    repeatable.then(|| backoff(attempt).max(asked.unwrap_or_default()))
}

fn is_apply(request: &http::request::Parts) -> bool {
    let kind = request.headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/apply-patch"))
}

/// 0.2 s, doubled each time up to 10 s, with a quarter of chance around it.
fn backoff(attempt: u32) -> Duration {
    let full = Duration::from_millis(200 << attempt.min(6)).min(Duration::from_secs(10));
    full.mul_f64(fastrand::f64().mul_add(0.5, 0.75))
}

impl From<TransportError> for error::Error {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Credentials(error) => error,
            TransportError::NoAnswer(_) => Self::unreachable(error.to_string()),
        }
    }
}

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;
