//! Signs of life of the worker's loops: what has been silent for longer than it may has stopped.
//!
//! A loop that tries in vain lives: starting the process anew would not help it. But it does not do
//! its work, which readiness tells.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Signs of life of the worker's loops. Clones are the same record.
#[derive(Debug, Clone, Default)]
pub struct Pulse(Arc<Mutex<BTreeMap<String, Beat>>>);

#[derive(Debug, Clone, Copy)]
struct Beat {
    /// The last sign of life.
    last: Instant,
    /// The last that was a success.
    well: Instant,
    window: Duration,
}

impl Pulse {
    /// Notes that a loop is alive, and how long it may now be silent before it counts as stopped.
    pub fn beat(&self, name: &str, window: Duration) {
        self.beat_at(name, window, true, Instant::now());
    }

    /// Notes that a loop is alive, but has failed at what it does.
    pub fn tries(&self, name: &str, window: Duration) {
        self.beat_at(name, window, false, Instant::now());
    }

    fn beat_at(&self, name: &str, window: Duration, is_well: bool, now: Instant) {
        let mut beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match beats.get_mut(name) {
            Some(beat) => {
                let well = if is_well { now } else { beat.well };
                *beat = Beat {
                    last: now,
                    well,
                    window,
                };
            }
            None => {
                let beat = Beat {
                    last: now,
                    well: now,
                    window,
                };
                beats.insert(name.to_owned(), beat);
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

    /// The loops that have been silent for longer than they may, each with its silence. What was
    /// waited for on purpose, up to `patient_until`, is no silence.
    #[must_use]
    pub fn stopped(&self, now: Instant, patient_until: Option<Instant>) -> Vec<(String, Duration)> {
        self.longer_than_they_may(now, |beat| {
            patient_until.map_or(beat.last, |until| beat.last.max(until))
        })
    }

    /// The loops that have failed at what they do for longer than they may, stopped ones among them,
    /// each with how long.
    #[must_use]
    pub fn failing(&self, now: Instant) -> Vec<(String, Duration)> {
        self.longer_than_they_may(now, |beat| beat.well)
    }

    fn longer_than_they_may(
        &self,
        now: Instant,
        since: impl Fn(&Beat) -> Instant,
    ) -> Vec<(String, Duration)> {
        let beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = beats.iter().filter_map(|(name, beat)| {
            let time = now.saturating_duration_since(since(beat));
            (time > beat.window).then(|| (name.clone(), time))
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_is_stopped_once_its_window_has_passed() {
        let pulse = Pulse::default();
        let start = Instant::now();
        pulse.beat_at("polling", Duration::from_secs(10), true, start);
        pulse.beat_at("heartbeat", Duration::from_secs(60), true, start);
        let at = |second| start + Duration::from_secs(second);
        assert!(pulse.stopped(at(10), None).is_empty());
        let stopped = [("polling".to_owned(), Duration::from_secs(11))];
        assert_eq!(pulse.stopped(at(11), None), stopped);
        // The server's maintenance is waited out, and its end is followed by a request.
        assert!(pulse.stopped(at(50), Some(at(60))).is_empty());
        assert!(pulse.stopped(at(70), Some(at(60))).is_empty());
        assert_eq!(pulse.stopped(at(71), Some(at(60)))[0], stopped[0]);
        pulse.ended("polling");
        assert!(pulse.stopped(at(11), None).is_empty());
    }

    #[test]
    fn a_loop_that_tries_in_vain_lives_and_fails() {
        let pulse = Pulse::default();
        let (start, window) = (Instant::now(), Duration::from_secs(10));
        let at = |second| start + Duration::from_secs(second);
        pulse.beat_at("watch", window, false, at(0));
        for second in [8, 16] {
            pulse.beat_at("watch", window, false, at(second));
            assert!(pulse.stopped(at(second + 9), None).is_empty());
        }
        assert!(pulse.failing(at(10)).is_empty());
        let failing = [("watch".to_owned(), Duration::from_secs(11))];
        assert_eq!(pulse.failing(at(11)), failing);
        pulse.beat_at("watch", window, true, at(17));
        assert!(pulse.failing(at(27)).is_empty());
    }
}
