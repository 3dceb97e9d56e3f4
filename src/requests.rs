//! What the clients of both APIs count: requests by route and answer, retries, waiting requests.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
};

/// Counters of one client, cheap enough to keep always. A `/metrics` page reads a [`Snapshot`].
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<RequestKey, u64>>,
    retries: AtomicU64,
    refusals: AtomicU64,
    watch_restarts: Mutex<BTreeMap<&'static str, u64>>,
    waiting: AtomicI64,
    in_flight: AtomicI64,
    backing_off: AtomicI64,
}

/// What requests are counted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestKey {
    /// The HTTP method.
    pub method: &'static str,
    /// The route's template, never a filled-in path: `/flow_runs/{id}/set_state`.
    pub route: Cow<'static, str>,
    /// The status code, or 0 when no answer came.
    pub status: u16,
}

/// The counters at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Attempts by method, route and status code.
    pub requests: Vec<(RequestKey, u64)>,
    /// Attempts that repeated a failed one.
    pub retries: u64,
    /// Watches that had to begin anew with a list, by the plural of what they watch.
    pub watch_restarts: Vec<(&'static str, u64)>,
    /// Requests that wait for one of the client's connections.
    pub waiting: i64,
    /// Requests that are on the wire.
    pub in_flight: i64,
    /// Requests that wait before they are tried again.
    pub backing_off: i64,
}

impl Metrics {
    /// Counts one attempt.
    pub(crate) fn attempt(
        &self,
        method: &'static str,
        route: impl Into<Cow<'static, str>>,
        status: u16,
    ) {
        let key = RequestKey {
            method,
            route: route.into(),
            status,
        };
        if matches!(status, 429 | 500 | 503) {
            self.refusals.fetch_add(1, Relaxed);
        }
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry(key).or_default() += 1;
    }

    /// How many attempts the server was too busy for: 429, 500 or 503.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.refusals.load(Relaxed)
    }

    /// Counts one repetition.
    pub(crate) fn retry(&self) {
        self.retries.fetch_add(1, Relaxed);
    }

    /// Counts a watch that begins anew.
    pub(crate) fn watch_restart(&self, plural: &'static str) {
        let mut restarts = self
            .watch_restarts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *restarts.entry(plural).or_default() += 1;
    }

    /// Counts a request as waiting for a connection until the guard is dropped.
    pub(crate) fn waiting(&self) -> Gauge<'_> {
        Gauge::new(&self.waiting)
    }

    /// Counts a request as being on the wire until the guard is dropped.
    pub(crate) fn in_flight(&self) -> Gauge<'_> {
        Gauge::new(&self.in_flight)
    }

    /// Counts a request as waiting before its repetition until the guard is dropped.
    pub(crate) fn backing_off(&self) -> Gauge<'_> {
        Gauge::new(&self.backing_off)
    }

    /// The counters as they are now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let restarts = self
            .watch_restarts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Snapshot {
            watch_restarts: restarts
                .iter()
                .map(|(kind, count)| (*kind, *count))
                .collect(),
            requests: requests
                .iter()
                .map(|(key, count)| (key.clone(), *count))
                .collect(),
            retries: self.retries.load(Relaxed),
            waiting: self.waiting.load(Relaxed),
            in_flight: self.in_flight.load(Relaxed),
            backing_off: self.backing_off.load(Relaxed),
        }
    }
}

/// Raises a gauge while it lives; a cancelled request lowers it too.
pub(crate) struct Gauge<'a>(&'a AtomicI64);

impl<'a> Gauge<'a> {
    fn new(gauge: &'a AtomicI64) -> Self {
        gauge.fetch_add(1, Relaxed);
        Self(gauge)
    }
}

impl Drop for Gauge<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_route_and_status() {
        let metrics = Metrics::default();
        metrics.attempt("GET", "/health", 200);
        metrics.attempt("GET", "/health", 200);
        metrics.attempt("GET", "/health", 0);
        let waiting = metrics.waiting();
        let snapshot = metrics.snapshot();
        let counts: Vec<_> = snapshot
            .requests
            .iter()
            .map(|(key, count)| (key.status, *count))
            .collect();
        assert_eq!(counts, [(0, 1), (200, 2)]);
        assert_eq!(snapshot.waiting, 1);
        drop(waiting);
        assert_eq!(metrics.snapshot().waiting, 0);
    }
}
