//! Whether the API answers, over all requests: said once when it stops and once when it is back.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

/// How often an outage that goes on is mentioned.
const REMIND_EVERY: Duration = Duration::from_secs(60);
/// A server that answers, if only with 503, is given this time: SQLite under load does that.
const SHORT: Duration = Duration::from_secs(5);

/// What all requests of a client together know about the server.
#[derive(Debug, Default)]
pub struct Reachability {
    state: Mutex<State>,
    back: Notify,
}

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
    /// When it was last mentioned.
    said: Option<Instant>,
    failures: u64,
}

impl Outage {
    /// Whether to mention it now.
    fn is_news(&self, now: Instant, answered: bool) -> bool {
        match self.said {
            None => !answered || now.duration_since(self.since) >= SHORT,
            Some(said) => now.duration_since(said) >= REMIND_EVERY,
        }
    }
}

impl Reachability {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Until when requests wait out a maintenance that the server has announced, or have waited: they
    /// are not stuck, but patient.
    #[must_use]
    pub fn patient_until(&self) -> Option<Instant> {
        self.state().maintenance_until
    }

    /// The time since the server last answered anything.
    #[must_use]
    pub fn since_last_answer(&self) -> Option<Duration> {
        self.state().last_answer.map(|answer| answer.elapsed())
    }

    /// Comes when the server answers again after an outage that was spoken of.
    pub async fn comes_back(&self) {
        self.back.notified().await;
    }

    /// The server answered, and not with a failure of its own.
    pub(super) fn good(&self, api_url: &str) {
        let mut state = self.state();
        state.connected = true;
        state.last_answer = Some(Instant::now());
        if let Some(outage) = state.outage.take()
            && outage.said.is_some()
        {
            let (seconds, failures) = (outage.since.elapsed().as_secs(), outage.failures);
            tracing::info!(
                seconds,
                failures,
                "the Prefect API at {api_url} answers again, {}",
                after(seconds, failures)
            );
            self.back.notify_waiters();
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
        let outage = state.outage.get_or_insert(Outage {
            since: now,
            said: None,
            failures: 0,
        });
        outage.failures += 1;
        if outage.is_news(now, answered) {
            outage.said = Some(now);
            let seconds = now.duration_since(outage.since).as_secs();
            let failures = outage.failures;
            let so_far = match failures {
                1 => String::new(),
                _ => format!(" ({})", after(seconds, failures)),
            };
            tracing::warn!(
                seconds,
                failures,
                "the Prefect API at {api_url} does not answer as it should{so_far}, trying \
                 again: {why}"
            );
        }
    }
}

fn after(seconds: u64, failures: u64) -> String {
    let requests = if failures == 1 { "request" } else { "requests" };
    format!("after {seconds} s and {failures} failed {requests}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_said_once_and_a_short_one_of_a_busy_server_never() {
        let since = Instant::now();
        let seconds = |seconds| since + Duration::from_secs(seconds);
        for (said, at, answered, expected) in [
            (None, 0, false, true),
            (None, 0, true, false),
            (None, 4, true, false),
            (None, 5, true, true),
            (Some(0), 59, false, false),
            (Some(0), 60, true, true),
        ] {
            let outage = Outage {
                since,
                said: said.map(seconds),
                failures: 1,
            };
            let news = outage.is_news(seconds(at), answered);
            assert_eq!(news, expected, "{said:?} {at} {answered}");
        }
    }

    #[test]
    fn an_outage_ends_with_an_answer() {
        let reachability = Reachability::default();
        assert!(!reachability.connected_before());
        reachability.bad("url", "why", false, false, Duration::ZERO);
        assert!(reachability.outage().is_some());
        assert!(!reachability.connected_before());
        let wait = Duration::from_secs(60);
        reachability.bad("url", "why", true, true, wait);
        let patient = reachability.patient_until();
        assert!(patient.is_some_and(|until| Instant::now() < until));
        assert!(reachability.connected_before());
        reachability.good("url");
        assert!(reachability.outage().is_none());
        assert!(reachability.since_last_answer().is_some());
    }
}
