//! Signs of life of the worker's loops: what has been silent for longer than it may has stopped.

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
        pulse.ended("polling");
        assert!(pulse.stopped(late).is_empty());
    }
}
