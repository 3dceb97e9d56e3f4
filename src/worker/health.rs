//! The health server: `GET /health` for a Deployment's liveness probe.
//!
//! It listens before anything else is done and answers 200 while every loop of the worker has
//! shown a sign of life within its time, else 503 with what has stopped. The path, the codes and
//! the `message` are those of `prefect worker start --with-healthcheck`.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};

/// Connections served at once; a probe needs one.
const MAX_CONNECTIONS: usize = 16;
/// How long a client may take to send its request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);

/// Signs of life of the worker's loops. Clones are the same record.
#[derive(Debug, Clone, Default)]
pub struct Pulse(Arc<Mutex<BTreeMap<String, Beat>>>);

#[derive(Debug, Clone, Copy)]
struct Beat {
    last: Instant,
    window: Duration,
}

impl Pulse {
    /// Notes that a loop is alive, and how long it may now be silent before it counts as stopped.
    pub fn beat(&self, name: &str, window: Duration) {
        self.beat_at(name, window, Instant::now());
    }

    fn beat_at(&self, name: &str, window: Duration, last: Instant) {
        let mut beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match beats.get_mut(name) {
            Some(beat) => *beat = Beat { last, window },
            None => {
                beats.insert(name.to_owned(), Beat { last, window });
            }
        }
    }

    /// Forgets a loop that has ended as it should.
    pub fn ended(&self, name: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(name);
    }

    /// The loops that have been silent for longer than they may, each with its silence.
    #[must_use]
    pub fn stopped(&self, now: Instant) -> Vec<(String, Duration)> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter_map(|(name, beat)| {
                let silence = now.saturating_duration_since(beat.last);
                (silence > beat.window).then(|| (name.clone(), silence))
            })
            .collect()
    }
}

/// The listening health server.
#[derive(Debug)]
pub struct HealthServer {
    listener: TcpListener,
    pulse: Pulse,
}

impl HealthServer {
    /// Starts to listen; nothing is answered before [`HealthServer::serve`] runs.
    ///
    /// # Errors
    /// When the address cannot be had, with the setting that changes it.
    pub async fn bind(host: &str, port: u16, pulse: Pulse) -> Result<Self> {
        let listener = TcpListener::bind((host, port)).await.map_err(|error| {
            Error::failed(format!(
                "failed to listen on {host}:{port} for health checks"
            ))
            .because(&error)
            .hint(
                "Set PREFECT_WORKER_WEBSERVER_PORT to a free port, or leave --with-healthcheck out.",
            )
        })?;
        Ok(Self { listener, pulse })
    }

    /// Answers until the token is cancelled.
    pub async fn serve(self, stop: CancellationToken) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = connections.join_next(), if !connections.is_empty() => {}
                accepted = self.listener.accept(), if connections.len() < MAX_CONNECTIONS => {
                    match accepted {
                        Ok((stream, _)) => {
                            let pulse = self.pulse.clone();
                            connections.spawn(serve_connection(TokioIo::new(stream), pulse));
                        }
                        // Out of file descriptors, say: not ours to mend, and not to spin on.
                        Err(error) => {
                            tracing::warn!(%error, "failed to accept a health check");
                            tokio::time::sleep(Duration::from_secs(1)).await;
                        }
                    }
                }
            }
        }
    }
}

async fn serve_connection(stream: TokioIo<tokio::net::TcpStream>, pulse: Pulse) {
    let service = hyper::service::service_fn(|request| {
        let response = answer(&request, &pulse);
        async move { Ok::<_, Infallible>(response) }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .keep_alive(false)
        .serve_connection(stream, service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a health check was not answered");
    }
}

fn answer(request: &Request<Incoming>, pulse: &Pulse) -> Response<Full<Bytes>> {
    match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/health") => health(pulse, Instant::now()),
        (_, "/health") => json(
            StatusCode::METHOD_NOT_ALLOWED,
            &serde_json::json!({"detail": "Method Not Allowed"}),
        ),
        _ => json(
            StatusCode::NOT_FOUND,
            &serde_json::json!({"detail": "Not Found"}),
        ),
    }
}

fn health(pulse: &Pulse, now: Instant) -> Response<Full<Bytes>> {
    let stopped = pulse.stopped(now);
    if stopped.is_empty() {
        return json(StatusCode::OK, &serde_json::json!({"message": "OK"}));
    }
    let reasons: Vec<String> = stopped
        .iter()
        .map(|(name, silence)| format!("{name}: no sign of life for {} s", silence.as_secs()))
        .collect();
    json(
        StatusCode::SERVICE_UNAVAILABLE,
        &serde_json::json!({
            "message": "Worker may be unresponsive at this time",
            "reasons": reasons,
        }),
    )
}

fn json(status: StatusCode, body: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_is_stopped_once_its_window_has_passed() {
        let pulse = Pulse::default();
        let start = Instant::now();
        pulse.beat_at("polling", Duration::from_secs(10), start);
        pulse.beat_at("heartbeat", Duration::from_secs(60), start);
        assert!(pulse.stopped(start + Duration::from_secs(10)).is_empty());
        let late = start + Duration::from_secs(11);
        assert_eq!(
            pulse.stopped(late),
            [("polling".to_owned(), Duration::from_secs(11))]
        );
        assert_eq!(
            health(&pulse, late).status(),
            StatusCode::SERVICE_UNAVAILABLE
        );
        pulse.ended("polling");
        assert_eq!(health(&pulse, late).status(), StatusCode::OK);
    }
}
