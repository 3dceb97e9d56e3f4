//! Whether the API answers, over all requests: said once when it stops and once when it is back.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often an outage that goes on is mentioned.
const REMIND_EVERY: Duration = Duration::from_secs(60);

/// What all requests of a client together know about the server.
#[derive(Debug, Default)]
pub struct Reachability(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    connected: bool,
    outage: Option<Outage>,
    maintenance_until: Option<Instant>,
    last_answer: Option<Instant>,
}

#[derive(Debug)]
struct Outage {
    since: Instant,
    said: Instant,
    failures: u64,
}

impl Reachability {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the server ever answered.
    #[must_use]
    pub fn connected_before(&self) -> bool {
        self.state().connected
    }

    /// How long the server has not answered properly, while it does not.
    #[must_use]
    pub fn outage(&self) -> Option<Duration> {
        self.state()
            .outage
            .as_ref()
            .map(|outage| outage.since.elapsed())
    }

    /// Whether requests wait out a maintenance that the server announced: not stuck, but patient.
    #[must_use]
    pub fn in_maintenance(&self) -> bool {
        self.state()
            .maintenance_until
            .is_some_and(|until| Instant::now() < until)
    }

    /// The time since the server last answered anything.
    #[must_use]
    pub fn since_last_answer(&self) -> Option<Duration> {
        self.state().last_answer.map(|answer| answer.elapsed())
    }

    /// The server answered, and not with a failure of its own.
    pub(super) fn good(&self, api_url: &str) {
        let mut state = self.state();
        state.connected = true;
        state.last_answer = Some(Instant::now());
        if let Some(outage) = state.outage.take() {
            tracing::info!(
                seconds = outage.since.elapsed().as_secs(),
                failures = outage.failures,
                "the Prefect API at {api_url} answers again"
            );
        }
    }

    /// A request failed and will be tried again after `wait`.
    pub(super) fn bad(
        &self,
        api_url: &str,
        why: &str,
        answered: bool,
        maintenance: bool,
        wait: Duration,
    ) {
        let now = Instant::now();
        let mut state = self.state();
        if answered {
            state.connected = true;
            state.last_answer = Some(now);
        }
        if maintenance {
            let until = now + wait;
            state.maintenance_until =
                Some(state.maintenance_until.map_or(until, |old| old.max(until)));
        }
        let first = state.outage.is_none();
        let outage = state.outage.get_or_insert(Outage {
            since: now,
            said: now,
            failures: 0,
        });
        outage.failures += 1;
        if first {
            tracing::warn!(
                "the Prefect API at {api_url} does not answer as it should, trying again: {why}"
            );
        } else if now.duration_since(outage.said) >= REMIND_EVERY {
            outage.said = now;
            tracing::warn!(
                seconds = outage.since.elapsed().as_secs(),
                failures = outage.failures,
                "the Prefect API at {api_url} still does not answer as it should: {why}"
            );
        }
    }
}
