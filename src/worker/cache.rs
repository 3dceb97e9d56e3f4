//! Answers of the Prefect API that are kept for a stated time, so that a burst of runs of one
//! deployment reads it once.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Entries kept at most; when it is full, those that have outlived their time go.
const CAPACITY: usize = 512;

/// Values by key. One that is being read is waited for, not read again.
#[derive(Debug)]
pub struct Cache<K, V> {
    lifetime: Duration,
    slots: Mutex<HashMap<K, Arc<Slot<V>>>>,
}

#[derive(Debug)]
struct Slot<V> {
    /// When the value was asked for, and the value.
    value: tokio::sync::Mutex<Option<(Instant, V)>>,
    made: Instant,
}

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    /// A cache whose values live this long.
    #[must_use]
    pub fn new(lifetime: Duration) -> Self {
        Self {
            lifetime,
            slots: Mutex::default(),
        }
    }

    /// The value of a key, read again when it is older than its lifetime or was asked for before
    /// `since`.
    ///
    /// # Errors
    /// Those of `read`; nothing is kept of them.
    pub async fn get_or_read<E>(
        &self,
        key: &K,
        since: Option<Instant>,
        read: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        let slot = self.slot(key);
        let mut value = slot.value.lock().await;
        if let Some((asked, value)) = &*value
            && asked.elapsed() < self.lifetime
            && since.is_none_or(|since| *asked >= since)
        {
            return Ok(value.clone());
        }
        let asked = Instant::now();
        let fresh = read.await?;
        *value = Some((asked, fresh.clone()));
        Ok(fresh)
    }

    fn slot(&self, key: &K) -> Arc<Slot<V>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= CAPACITY {
            slots.retain(|_, slot| slot.made.elapsed() < self.lifetime);
        }
        let slot = slots.entry(key.clone()).or_insert_with(|| {
            Arc::new(Slot {
                value: tokio::sync::Mutex::new(None),
                made: Instant::now(),
            })
        });
        Arc::clone(slot)
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, convert::Infallible};

    use super::*;

    const LIFETIME: Duration = Duration::from_secs(5);

    async fn get(cache: &Cache<&str, u32>, reads: &Cell<u32>, since: Option<Instant>) -> u32 {
        let read = async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            reads.set(reads.get() + 1);
            Ok::<_, Infallible>(reads.get())
        };
        match cache.get_or_read(&"key", since, read).await {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_value_lives_for_its_lifetime() {
        let (cache, reads) = (Cache::new(LIFETIME), Cell::new(0));
        assert_eq!(get(&cache, &reads, None).await, 1);
        assert_eq!(get(&cache, &reads, None).await, 1);
        tokio::time::advance(LIFETIME).await;
        assert_eq!(get(&cache, &reads, None).await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_may_want_it_younger() {
        let (cache, reads) = (Cache::new(LIFETIME), Cell::new(0));
        assert_eq!(get(&cache, &reads, None).await, 1);
        tokio::time::advance(Duration::from_secs(2)).await;
        let earlier = Instant::now() - Duration::from_secs(3);
        assert_eq!(get(&cache, &reads, Some(earlier)).await, 1);
        assert_eq!(get(&cache, &reads, Some(Instant::now())).await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_being_read_is_waited_for() {
        let (cache, reads) = (Cache::new(LIFETIME), Cell::new(0));
        let both = futures::future::join(
            get(&cache, &reads, None),
            // However long the reading takes.
            get(&cache, &reads, Some(Instant::now())),
        );
        assert_eq!(both.await, (1, 1));
    }
}
