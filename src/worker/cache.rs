//! Answers of the Prefect API that are kept for a stated time, so that a burst of runs of one
//! deployment reads it once.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Entries kept at most; the oldest half goes when it is full.
const CAPACITY: usize = 512;

/// Values by key, each for the same lifetime.
#[derive(Debug)]
pub struct Cache<K, V> {
    lifetime: Duration,
    entries: Mutex<HashMap<K, (Instant, V)>>,
}

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    /// A cache whose values live this long.
    #[must_use]
    pub fn new(lifetime: Duration) -> Self {
        Self {
            lifetime,
            entries: Mutex::default(),
        }
    }

    /// The value of a key that was read less than a lifetime ago.
    #[must_use]
    pub fn get(&self, key: &K, now: Instant) -> Option<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .get(key)
            .filter(|(read, _)| now.saturating_duration_since(*read) < self.lifetime)
            .map(|(_, value)| value.clone())
    }

    /// Keeps a value that was asked for at `read`.
    pub fn put(&self, key: K, value: V, read: Instant) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= CAPACITY {
            let mut ages: Vec<Instant> = entries.values().map(|(read, _)| *read).collect();
            ages.sort_unstable();
            let middle = ages[ages.len() / 2];
            entries.retain(|_, (read, _)| *read > middle);
        }
        entries.insert(key, (read, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_lives_for_its_lifetime() {
        let cache = Cache::new(Duration::from_secs(5));
        let start = Instant::now();
        cache.put("a", 1, start);
        assert_eq!(cache.get(&"a", start + Duration::from_secs(4)), Some(1));
        assert_eq!(cache.get(&"a", start + Duration::from_secs(5)), None);
        assert_eq!(cache.get(&"b", start), None);
    }

    #[test]
    fn a_full_cache_forgets_its_oldest() {
        let cache = Cache::new(Duration::from_secs(3600));
        let start = Instant::now();
        for number in 0..=CAPACITY {
            let age = Duration::from_millis(number as u64);
            cache.put(number, number, start + age);
        }
        assert_eq!(cache.get(&0, start), None);
        assert_eq!(cache.get(&CAPACITY, start), Some(CAPACITY));
    }
}
