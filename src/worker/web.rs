//! The web server of a worker: `/health`, `/ready` and `/metrics`, for probes and for Prometheus.
//!
//! It listens before anything else is done. Path, codes and `message` of `/health` are those of
//! `prefect worker start --with-healthcheck`; the others are our own.

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{metrics, status::Status};
use crate::error::{Error, Result};

/// Connections served at once; a probe needs one.
const MAX_CONNECTIONS: usize = 16;
/// How long a client may take to send its request, and to take its answer.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(5);

/// The listening server.
#[derive(Debug)]
pub struct WebServer {
    listener: TcpListener,
    status: Status,
}

impl WebServer {
    /// Starts to listen; nothing is answered before [`WebServer::serve`] runs.
    ///
    /// # Errors
    /// When the address cannot be had, with the setting that changes it.
    pub async fn bind(host: &str, port: u16, status: Status) -> Result<Self> {
        let listener = TcpListener::bind((host, port)).await.map_err(|error| {
            Error::failed(format!(
                "failed to listen on {host}:{port} for health checks"
            ))
            .because(&error)
            .hint(
                "Set PREFECT_WORKER_WEBSERVER_PORT to a free port, or leave --with-healthcheck out.",
            )
        })?;
        Ok(Self { listener, status })
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
                            let status = self.status.clone();
                            connections.spawn(serve_connection(TokioIo::new(stream), status));
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

async fn serve_connection(stream: TokioIo<tokio::net::TcpStream>, status: Status) {
    let service = hyper::service::service_fn(|request| {
        let response = answer(&request, &status);
        async move { Ok::<_, Infallible>(response) }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(CLIENT_TIMEOUT)
        .keep_alive(false)
        .serve_connection(stream, service);
    // Whoever does not take its answer must not hold a place that a probe needs.
    match tokio::time::timeout(2 * CLIENT_TIMEOUT, served).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a health check was not answered"),
        Err(_) => tracing::debug!("a health check did not take its answer in time"),
    }
}

fn answer(request: &Request<Incoming>, status: &Status) -> Response<Full<Bytes>> {
    let now = Instant::now();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    match request.uri().path() {
        "/health" | "/ready" | "/metrics" if !reads => json(
            StatusCode::METHOD_NOT_ALLOWED,
            &serde_json::json!({"detail": "Method Not Allowed"}),
        ),
        "/health" => probe(
            "Worker may be unresponsive at this time",
            &status.ailments(now),
        ),
        "/ready" => probe("Worker is not ready", &status.obstacles(now)),
        "/metrics" => page(status),
        _ => json(
            StatusCode::NOT_FOUND,
            &serde_json::json!({"detail": "Not Found"}),
        ),
    }
}

/// The answer to a probe: what is in the way, if anything is.
fn probe(message: &str, reasons: &[String]) -> Response<Full<Bytes>> {
    if reasons.is_empty() {
        return json(StatusCode::OK, &serde_json::json!({"message": "OK"}));
    }
    json(
        StatusCode::SERVICE_UNAVAILABLE,
        &serde_json::json!({"message": message, "reasons": reasons}),
    )
}

fn page(status: &Status) -> Response<Full<Bytes>> {
    match metrics::page(status) {
        Ok(page) => response(StatusCode::OK, metrics::CONTENT_TYPE, page),
        Err(error) => {
            tracing::error!(%error, "failed to write the metrics");
            json(
                StatusCode::INTERNAL_SERVER_ERROR,
                &serde_json::json!({"detail": "Internal Server Error"}),
            )
        }
    }
}

fn json(status: StatusCode, body: &serde_json::Value) -> Response<Full<Bytes>> {
    response(status, "application/json", body.to_string())
}

fn response(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}
