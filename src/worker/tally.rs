//! What the worker of one pool counts: submissions, how long they took, its last signs of life.
//!
//! `/metrics` reads it, and `--run-once` ends by it.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use jiff::Timestamp;
use prometheus_client::metrics::histogram::Histogram;

/// Upper bounds of the histograms, in seconds: a Job is made in a tenth of a second when nothing is
/// in the way, and in minutes when an API is away.
const BUCKETS: [f64; 12] = [
    0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
];

/// What a submission came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Upshot {
    /// The run has its Job.
    Created,
    /// The run is somebody else's, has moved on, or shall wait: the server said so.
    Left,
    /// An API did not answer in time. The run is tried again at a later poll.
    Failed,
    /// The run cannot be submitted, and is Crashed.
    Crashed,
    /// The run was cancelled, or has no deployment any more.
    Cancelled,
    /// The worker was stopped before the run had a Job.
    Aborted,
}

impl Upshot {
    /// The word for it in metrics.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Left => "left",
            Self::Failed => "failed",
            Self::Crashed => "crashed",
            Self::Cancelled => "cancelled",
            Self::Aborted => "aborted",
        }
    }

    /// Whether something went wrong that somebody should look into.
    const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Crashed | Self::Aborted)
    }
}

/// The counters of one pool's worker.
#[derive(Debug)]
pub struct Tally {
    submissions: Mutex<BTreeMap<Upshot, u64>>,
    /// From the poll that gave a run to the answer that its Job is made.
    pub submission: Histogram,
    /// From the scheduled time of a run to the answer that its Job is made; 0 for one that was
    /// ahead of its time.
    pub delay: Histogram,
    polled: Moment,
    beaten: Moment,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            submissions: Mutex::default(),
            submission: Histogram::new(BUCKETS),
            delay: Histogram::new(BUCKETS),
            polled: Moment::default(),
            beaten: Moment::default(),
        }
    }
}

impl Tally {
    /// Counts a submission that has come to its end.
    pub fn note(&self, upshot: Upshot) {
        *self.submissions().entry(upshot).or_default() += 1;
    }

    /// Notes that the Job of a run was made: so long after it was taken up, and at `now` by the
    /// server's clock, when it was to start at `due`.
    pub fn job_made(&self, took: Duration, due: Option<Timestamp>, now: Timestamp) {
        self.submission.observe(took.as_secs_f64());
        if let Some(due) = due {
            self.delay.observe(delay(due, now));
        }
    }

    /// Submissions by what they came to.
    #[must_use]
    pub fn upshots(&self) -> Vec<(Upshot, u64)> {
        self.submissions()
            .iter()
            .map(|(upshot, count)| (*upshot, *count))
            .collect()
    }

    /// Submissions that failed.
    #[must_use]
    pub fn failures(&self) -> u64 {
        let upshots = self.upshots();
        let failures = upshots.iter().filter(|(it, _)| it.is_failure());
        failures.map(|(_, count)| count).sum()
    }

    /// Notes that a poll was answered.
    pub fn polled(&self) {
        self.polled.is_now();
    }

    /// Notes that the server took a heartbeat.
    pub fn beaten(&self) {
        self.beaten.is_now();
    }

    /// When a poll was last answered, or needed none, in seconds since 1970.
    #[must_use]
    pub fn last_poll(&self) -> Option<f64> {
        self.polled.seconds()
    }

    /// When the server last took a heartbeat, in seconds since 1970.
    #[must_use]
    pub fn last_heartbeat(&self) -> Option<f64> {
        self.beaten.seconds()
    }

    fn submissions(&self) -> std::sync::MutexGuard<'_, BTreeMap<Upshot, u64>> {
        self.submissions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// How late it is, in seconds; 0 ahead of time.
fn delay(due: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(due).as_secs_f64().max(0.0)
}

/// A moment, in milliseconds since 1970; 0 until there was one.
#[derive(Debug, Default)]
struct Moment(AtomicU64);

impl Moment {
    fn is_now(&self) {
        let now = u64::try_from(Timestamp::now().as_millisecond());
        self.0.store(now.unwrap_or_default(), Relaxed);
    }

    fn seconds(&self) -> Option<f64> {
        match self.0.load(Relaxed) {
            0 => None,
            millis => Some(Duration::from_millis(millis).as_secs_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_is_told_from_what_the_server_decided() {
        let tally = Tally::default();
        let all = [
            Upshot::Created,
            Upshot::Left,
            Upshot::Failed,
            Upshot::Crashed,
            Upshot::Cancelled,
            Upshot::Aborted,
        ];
        for upshot in all {
            tally.note(upshot);
        }
        tally.note(Upshot::Crashed);
        assert_eq!(tally.failures(), 4);
        let labels: Vec<_> = tally
            .upshots()
            .iter()
            .map(|(upshot, count)| (upshot.label(), *count))
            .collect();
        assert_eq!(labels[3], ("crashed", 2));
        assert_eq!(labels.len(), 6);
    }

    #[test]
    fn nothing_is_early() {
        let due = Timestamp::UNIX_EPOCH;
        for (now, expected) in [(0, 0.0), (90, 90.0), (-5, 0.0)] {
            assert_eq!(
                delay(due, due + jiff::SignedDuration::from_secs(now)),
                expected
            );
        }
    }

    #[test]
    fn there_is_no_last_time_before_the_first() {
        let tally = Tally::default();
        assert_eq!((tally.last_poll(), tally.last_heartbeat()), (None, None));
        tally.polled();
        assert!(tally.last_poll().is_some_and(|at| at > 1.7e9));
        assert_eq!(tally.last_heartbeat(), None);
    }
}
