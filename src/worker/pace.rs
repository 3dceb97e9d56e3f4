//! The pace of the worker's loops: jitter, back-off after failures, signs of life.

use std::time::Duration;

use super::shared::Shared;

/// How far a pause may be from its interval, in either direction (prefect's own loops: 0.3).
const JITTER: f64 = 0.3;
/// Failures double the pause up to this many times.
const DOUBLINGS: u32 = 4;
/// The longest pause after failures.
const LONGEST: Duration = Duration::from_secs(60);
/// How long after the end of an outage the last of all workers comes.
const AFTER_OUTAGE: Duration = Duration::from_secs(2);
/// A loop that has been silent for this many intervals has stopped (prefect's health check).
const SILENT_INTERVALS: u32 = 30;
/// But never less than this: a request alone may take a minute.
const LEAST_WINDOW: Duration = Duration::from_secs(120);

/// One loop's clock.
pub struct Pace<'a> {
    shared: &'a Shared,
    name: &'static str,
    part: String,
    interval: Duration,
    failures: u32,
    first: bool,
}

impl<'a> Pace<'a> {
    /// A loop that starts at once and then goes round every `interval`.
    #[must_use]
    pub fn new(shared: &'a Shared, name: &'static str, interval: Duration) -> Self {
        let pace = Self {
            shared,
            name,
            part: shared.part(name),
            interval,
            failures: 0,
            first: true,
        };
        pace.beat();
        pace
    }

    /// The same, with a pause before the first round.
    #[must_use]
    pub fn later(shared: &'a Shared, name: &'static str, interval: Duration) -> Self {
        Self {
            first: false,
            ..Self::new(shared, name, interval)
        }
    }

    /// Waits for the next round. False: the worker stops.
    pub async fn next(&mut self) -> bool {
        let pause = if std::mem::take(&mut self.first) {
            Duration::ZERO
        } else {
            pause(self.interval, self.failures, fastrand::f64())
        };
        let goes_on = tokio::select! {
            biased;
            () = self.shared.process.stop.cancelled() => false,
            () = tokio::time::sleep(pause) => true,
            () = self.comes_back() => true,
        };
        if !goes_on {
            self.shared.process.pulse.ended(&self.part);
        }
        goes_on
    }

    /// Comes a moment after the server is known to answer again, for a loop that has failed: no run
    /// waits for what is left of a long pause. Not all workers come in the same moment.
    async fn comes_back(&self) {
        if self.failures == 0 {
            return std::future::pending().await;
        }
        self.shared.prefect.reachability().comes_back().await;
        tokio::time::sleep(AFTER_OUTAGE.mul_f64(fastrand::f64())).await;
    }

    /// The round went well.
    pub fn well(&mut self) {
        if self.failures > 0 {
            tracing::info!("{}: back to normal", self.name);
        }
        self.failures = 0;
        self.beat();
    }

    /// The round failed for now: says so, and when it is tried again. The API is there to be
    /// waited for, so the loop lives on; only a loop that does not come round has stopped.
    pub fn failed(&mut self, doing: &str, why: &str) {
        self.failures = self.failures.saturating_add(1);
        let next = pause(self.interval, self.failures, 0.5);
        tracing::warn!(
            "failed to {doing}: {why}; trying again in about {} s",
            next.as_secs()
        );
        self.beat();
    }

    /// The loop lives, though it had no round.
    pub fn lives(&self) {
        self.beat();
    }

    /// Whether the last round went well.
    #[must_use]
    pub const fn is_well(&self) -> bool {
        self.failures == 0
    }

    /// The pause before the next round, for a loop that waits by itself.
    #[must_use]
    pub fn pause(&self) -> Duration {
        pause(self.interval, self.failures, fastrand::f64())
    }

    fn beat(&self) {
        let window = (self.interval * SILENT_INTERVALS).max(LEAST_WINDOW);
        self.shared.process.pulse.beat(&self.part, window);
    }
}

/// The pause before the next round. `random` is uniform in 0..1.
fn pause(interval: Duration, failures: u32, random: f64) -> Duration {
    let doubled = interval * 2_u32.pow(failures.min(DOUBLINGS));
    let longest = LONGEST.max(interval);
    doubled
        .min(longest)
        .mul_f64(1.0 + JITTER * (2.0 * random - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_with_failures_and_never_beyond_a_minute() {
        let five = Duration::from_secs(5);
        assert_eq!(pause(five, 0, 0.5), five);
        assert_eq!(pause(five, 0, 0.0), five.mul_f64(0.7));
        assert_eq!(pause(five, 2, 0.5), Duration::from_secs(20));
        assert_eq!(pause(five, 99, 0.5), LONGEST);
        let slow = Duration::from_secs(300);
        assert_eq!(pause(slow, 3, 0.5), slow);
    }
}
