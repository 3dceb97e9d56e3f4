//! The client of one Prefect API: connections, headers, retries, CSRF. The routes are elsewhere.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Instant, SystemTime},
};

use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use super::{
    answer::Answer,
    call::Call,
    clock::ServerClock,
    config::{ClientConfig, RetryPolicy, Secret, ServerKind},
    connect,
    csrf::{CLIENT_HEADER, Csrf, CsrfToken, TOKEN_HEADER},
    error::{ApiError, ApiErrorKind, Site},
    headers,
    ids::WorkerId,
    reachability::Reachability,
    retry::{self, Budget, Decision, Progress},
    routes::list::AtOnce,
    tls,
    transport::NoAnswer,
};
use crate::{
    error::{Error, Result},
    requests::Metrics,
};

/// Requests on the wire at once, as in Prefect's own client: more makes servers unstable.
const CONNECTIONS: usize = 16;

/// A connection to a Prefect API. Clones share connections, counters and credentials; each has a
/// [`Budget`] of its own.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
    attribution: Arc<RwLock<HeaderMap>>,
    budget: Budget,
}

#[derive(Debug)]
struct Shared {
    http: reqwest::Client,
    /// Speaks HTTP/1.1 only, which is what a websocket begins with.
    upgrades: reqwest::Client,
    websocket_token: Option<Secret>,
    base: String,
    server_kind: ServerKind,
    site: Site,
    retry: RetryPolicy,
    connections: Semaphore,
    csrf: Csrf,
    metrics: Metrics,
    reachability: Reachability,
    clock: ServerClock,
    at_once: AtOnce,
}

impl Client {
    /// Prepares a client. Nothing is sent yet.
    ///
    /// # Errors
    /// When a header, the certificate file, the proxy or the URL cannot be used.
    pub fn new(config: &ClientConfig) -> Result<Self> {
        if !matches!(config.api_url.scheme(), "http" | "https") || !config.api_url.has_host() {
            return Err(Error::usage("the URL of the Prefect API is not usable")
                .hint("PREFECT_API_URL begins with http:// or https:// and ends in /api."));
        }
        let tls = tls::client_config(config)?;
        let proxy = config.proxies.for_url(&config.api_url);
        let upgrades = connect::build(config, tls.clone(), proxy.as_ref(), false)?;
        let http = if config.http2 {
            connect::build(config, tls, proxy.as_ref(), true)?
        } else {
            upgrades.clone()
        };
        let websocket_token = match config.server_kind {
            ServerKind::Cloud => config.api_key.clone(),
            ServerKind::SelfHosted => config.auth_string.clone(),
        };
        let base = headers::display_url(config);
        Ok(Self {
            shared: Arc::new(Shared {
                http,
                upgrades,
                websocket_token,
                site: Site {
                    api_url: base.clone(),
                    credential: config.credential(),
                    proxy: proxy.map(|proxy| proxy.to_string()),
                },
                base,
                server_kind: config.server_kind,
                retry: config.retry.clone(),
                connections: Semaphore::new(CONNECTIONS),
                csrf: Csrf::new(config.csrf_support),
                metrics: Metrics::default(),
                reachability: Reachability::default(),
                clock: ServerClock::default(),
                at_once: AtOnce::default(),
            }),
            attribution: Arc::default(),
            budget: Budget::default(),
        })
    }

    /// The same client with another patience.
    #[must_use]
    pub fn with_budget(&self, budget: Budget) -> Self {
        Self {
            budget,
            ..self.clone()
        }
    }

    /// The same client for another worker, whose requests are attributed to it alone: the workers
    /// of several pools share connections, and each has an id of its own.
    #[must_use]
    pub fn for_another_worker(&self) -> Self {
        let attribution = Arc::new(RwLock::new(self.attribution()));
        Self {
            attribution,
            ..self.clone()
        }
    }

    /// How long this client waits for an answer.
    #[must_use]
    pub const fn budget(&self) -> Budget {
        self.budget
    }

    /// The API's URL, without credentials and without a slash at its end.
    #[must_use]
    pub fn api_url(&self) -> &str {
        &self.shared.base
    }

    /// Who runs the API.
    #[must_use]
    pub fn server_kind(&self) -> ServerKind {
        self.shared.server_kind
    }

    /// Counters over all requests.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// Whether the server answers at all.
    #[must_use]
    pub fn reachability(&self) -> &Reachability {
        &self.shared.reachability
    }

    /// How much of a list the server gives at once.
    pub(super) fn at_once(&self) -> &AtOnce {
        &self.shared.at_once
    }

    /// What time it is on the server, whose clock its states are dated by.
    #[must_use]
    pub fn server_now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Whether an answer has told the server's time.
    #[must_use]
    pub fn knows_server_time(&self) -> bool {
        self.shared.clock.is_known()
    }

    /// Names the worker in every further request (`X-Prefect-Worker-Name` and `-Id`), as
    /// prefect/client/attribution.py does: Prefect Cloud accounts requests to it.
    pub fn attribute_to(&self, name: &str, id: Option<WorkerId>) {
        let mut headers = HeaderMap::new();
        if let Ok(name) = HeaderValue::from_bytes(name.trim_matches([' ', '\t']).as_bytes()) {
            headers.insert("x-prefect-worker-name", name);
        }
        if let Some(Ok(id)) = id.map(|id| HeaderValue::from_str(&id.to_string())) {
            headers.insert("x-prefect-worker-id", id);
        }
        *self
            .attribution
            .write()
            .unwrap_or_else(PoisonError::into_inner) = headers;
    }

    /// The headers that name the worker.
    fn attribution(&self) -> HeaderMap {
        self.attribution
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sends a request until it is answered or the budget ends, and checks the status.
    pub(super) async fn call(&self, call: Call) -> Result<Answer, ApiError> {
        if let Some(flaw) = call.flaw {
            let route = format!("{} {}", call.method, call.route);
            return Err(self.shared.site.error(ApiErrorKind::Invalid, route, flaw));
        }
        let shared = &*self.shared;
        let started = Instant::now();
        let mut progress = Progress::default();
        let mut tokens_fetched = 0;
        loop {
            progress.attempts += 1;
            let outcome = shared.attempt(&call, self.attribution()).await;
            if let Ok(answer) = &outcome
                && shared.csrf.is_demanded(answer.status, &answer.body)
                && tokens_fetched < 2
            {
                tokens_fetched += 1;
                progress.attempts -= 1;
                Box::pin(self.fetch_csrf_token()).await?;
                continue;
            }
            let (failure, error) = match outcome {
                Ok(answer) if answer.status < 300 => {
                    shared.reachability.good(&shared.base);
                    return Ok(answer);
                }
                Ok(answer) => (answer.failure(), answer.into_error(&shared.site)),
                Err(no_answer) => (
                    no_answer.failure(),
                    no_answer.into_error(&shared.site, call.name()),
                ),
            };
            progress.elapsed = started.elapsed();
            progress.connected_before = shared.reachability.connected_before();
            progress.internal_errors += u32::from(failure.status == Some(500));
            if failure.maintenance {
                progress.attempts -= 1;
            }
            let decision = retry::decide(
                &shared.retry,
                self.budget,
                call.repeat,
                failure,
                progress,
                fastrand::f64(),
            );
            let wait = match decision {
                Decision::Wait(wait) => wait,
                Decision::GiveUp => {
                    if failure.status.is_some_and(|status| status < 500) {
                        shared.reachability.good(&shared.base);
                    }
                    return Err(exhausted(error, progress));
                }
            };
            shared.reachability.bad(
                &shared.base,
                &error.one_line(),
                failure.status.is_some(),
                failure.maintenance,
                wait,
            );
            shared.metrics.retry();
            tracing::debug!(route = call.name(), ?wait, "{}", error.one_line());
            let _gauge = shared.metrics.backing_off();
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends a request and reads the answer's JSON.
    pub(super) async fn read<T: DeserializeOwned>(&self, call: Call) -> Result<T, ApiError> {
        let answer = self.call(call).await?;
        self.parse(&answer)
    }

    /// Reads an answer's JSON.
    pub(super) fn parse<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, ApiError> {
        serde_json::from_slice(&answer.body).map_err(|error| {
            self.shared.site.unreadable(
                answer.route.clone(),
                answer.status,
                &answer.body,
                &error.to_string(),
            )
        })
    }

    /// Asks once for an upgrade of the connection. The caller judges the status.
    pub(super) async fn upgrade(
        &self,
        call: &Call,
        headers: HeaderMap,
    ) -> Result<reqwest::Response, ApiError> {
        let shared = &self.shared;
        let sent = shared
            .upgrades
            .get(format!("{}{}", shared.base, call.path))
            .headers(self.attribution())
            .headers(headers)
            .send()
            .await;
        let status = sent.as_ref().map_or(0, |answer| answer.status().as_u16());
        shared.metrics.attempt("GET", call.route, status);
        sent.map_err(|error| NoAnswer::of(&error).into_error(&shared.site, call.name()))
    }

    /// What the first frame of a websocket carries to prove who we are.
    pub(super) fn websocket_token(&self) -> Option<Secret> {
        self.shared.websocket_token.clone()
    }

    /// Gets a token from a server that asks for one, unless another request just did.
    async fn fetch_csrf_token(&self) -> Result<(), ApiError> {
        let csrf = &self.shared.csrf;
        let before = csrf.token();
        let _only_one = csrf.fetching.lock().await;
        let changed = match (&before, csrf.token()) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(old), Some(new)) => old.token.expose_secret() != new.token.expose_secret(),
        };
        if changed {
            return Ok(());
        }
        csrf.store(None);
        let call = Call::get("/csrf-token").query("client", csrf.client_id);
        let token: CsrfToken = self.read(call).await?;
        csrf.store(Some(token));
        Ok(())
    }
}

impl Shared {
    /// Sends a request once.
    async fn attempt(&self, call: &Call, attribution: HeaderMap) -> Result<Answer, NoAnswer> {
        let permit = {
            let _gauge = self.metrics.waiting();
            self.connections.acquire().await
        };
        // The semaphore is never closed; without a permit the request goes out all the same.
        let _permit = permit.ok();
        let _gauge = self.metrics.in_flight();
        let started = Instant::now();
        let outcome = self.send(call, attribution).await;
        let status = outcome.as_ref().map_or(0, |answer| answer.status);
        self.metrics.attempt(call.method_name(), call.route, status);
        tracing::debug!(
            target: "kubectl_prefect::prefect::request",
            method = call.method_name(),
            route = call.route,
            status,
            // As a u128 it would be a text in JSON.
            millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        );
        outcome
    }

    async fn send(&self, call: &Call, attribution: HeaderMap) -> Result<Answer, NoAnswer> {
        let mut request = self
            .http
            .request(call.method.clone(), format!("{}{}", self.base, call.path))
            .headers(attribution);
        if call.is_change()
            && let Some(token) = self.csrf.token()
            && !Csrf::is_stale(&token, Timestamp::now())
        {
            request = request
                .header(TOKEN_HEADER, token.token.expose_secret())
                .header(CLIENT_HEADER, self.csrf.client_id.to_string());
        }
        if let Some(body) = &call.body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.clone());
        }
        let sent = SystemTime::now();
        let response = request.send().await.map_err(|error| NoAnswer::of(&error))?;
        let received = SystemTime::now();
        let answer = Answer::read(response, call.name()).await?;
        if let Some(date) = &answer.date {
            self.clock.learn(date, sent, received);
        }
        Ok(answer)
    }
}

/// Says how hard it was tried.
fn exhausted(mut error: ApiError, progress: Progress) -> ApiError {
    if progress.attempts > 1 && error.is_temporary() {
        let seconds = progress.elapsed.as_secs();
        error
            .causes
            .push(format!("tried {} times in {seconds} s", progress.attempts));
    }
    error
}
