//! How many writes submissions have under way at once: as many as the Prefect server bears.
//!
//! A server on SQLite refuses a write (503) when another one comes between its own read and write:
//! with two requests for labels at once, every second one was refused, with one none. A server on
//! PostgreSQL takes many. So their number follows what the server answers.

use std::{
    pin::pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::requests::Metrics;

/// Writes at once when nothing is known of the server.
const FIRST: usize = 2;
/// Writes at once at most.
const MOST: usize = 16;
/// Writes without a refusal after which one more at once is tried.
const PATIENCE: u32 = 8;
/// How many times as long it is after each try that fails: that cost a request or two.
const HARDER: u32 = 4;
/// Its longest.
const MOST_PATIENCE: u32 = 1024;
/// A write that takes longer goes on without its turn: one that the server refuses again and again
/// must not stop all others.
const LONGEST: Duration = Duration::from_secs(1);

/// Gives turns to write to the Prefect API.
pub struct Turns {
    free: Semaphore,
    /// Held by a courtesy, so that no more than one of them stands in the way of what is urgent.
    courtesy: Semaphore,
    width: Mutex<Width>,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            free: Semaphore::new(FIRST),
            courtesy: Semaphore::new(1),
            width: Mutex::default(),
        }
    }
}

impl Turns {
    /// Does a write that tells the server what it would like to know, after those that are urgent.
    pub async fn take_late<T>(&self, metrics: &Metrics, write: impl Future<Output = T>) -> T {
        // The semaphore is never closed.
        let courtesy = self.courtesy.acquire().await.ok();
        self.take_with(courtesy, metrics, write).await
    }

    /// Does a write when it is its turn. `metrics` count what the server refuses.
    pub async fn take<T>(&self, metrics: &Metrics, write: impl Future<Output = T>) -> T {
        self.take_with(None, metrics, write).await
    }

    async fn take_with<T>(
        &self,
        courtesy: Option<SemaphorePermit<'_>>,
        metrics: &Metrics,
        write: impl Future<Output = T>,
    ) -> T {
        // The semaphore is never closed.
        let permit = self.free.acquire().await.ok();
        drop(courtesy);
        let before = metrics.refusals();
        let mut write = pin!(write);
        let outcome = tokio::time::timeout(LONGEST, &mut write).await;
        if let Some(permit) = permit {
            self.end(permit, before, metrics.refusals());
        }
        match outcome {
            Ok(outcome) => outcome,
            Err(_) => write.await,
        }
    }

    fn end(&self, permit: SemaphorePermit<'_>, before: u64, now: u64) {
        let mut width = self.width.lock().unwrap_or_else(PoisonError::into_inner);
        match width.ended(before, now) {
            Change::None => {}
            Change::More => self.free.add_permits(1),
            Change::Less => permit.forget(),
        }
    }
}

/// What the end of a turn does to the number of turns.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    None,
    More,
    Less,
}

/// The number of turns, and what it is known from.
#[derive(Debug)]
struct Width {
    /// Turns that there are to be.
    wanted: usize,
    /// Turns that there are; those too many go as they end.
    there: usize,
    /// Writes in a row without a refusal.
    smooth: u32,
    patience: u32,
    /// Refusals that have been reacted to.
    seen: u64,
}

impl Default for Width {
    fn default() -> Self {
        Self {
            wanted: FIRST,
            there: FIRST,
            smooth: 0,
            patience: PATIENCE,
            seen: 0,
        }
    }
}

impl Width {
    /// A write has ended; these many requests had been refused before it and by now. Several writes
    /// that are refused together count as one refusal.
    fn ended(&mut self, before: u64, now: u64) -> Change {
        if now > before.max(self.seen) {
            self.seen = now;
            self.smooth = 0;
            if self.wanted > 1 {
                self.patience = (self.patience * HARDER).min(MOST_PATIENCE);
            }
            self.wanted = (self.wanted / 2).max(1);
        } else {
            self.smooth += 1;
        }
        if self.there > self.wanted {
            self.there -= 1;
            return Change::Less;
        }
        if self.smooth < self.patience || self.wanted == MOST {
            return Change::None;
        }
        self.smooth = 0;
        self.wanted += 1;
        self.there += 1;
        Change::More
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn courtesies_come_last() {
        let turns = Turns::default();
        let metrics = Metrics::default();
        let order = RefCell::new(String::new());
        let note = async |name: char| {
            order.borrow_mut().push(name);
            tokio::task::yield_now().await;
        };
        let late = |name| turns.take_late(&metrics, note(name));
        let urgent = |name| turns.take(&metrics, note(name));
        tokio::join!(
            late('a'),
            late('b'),
            late('c'),
            late('d'),
            urgent('1'),
            urgent('2'),
            urgent('3')
        );
        assert_eq!(order.into_inner(), "abc123d");
    }

    #[test]
    fn the_number_follows_the_server() {
        let mut width = Width::default();
        for _ in 1..PATIENCE {
            assert_eq!(width.ended(0, 0), Change::None);
        }
        assert_eq!(width.ended(0, 0), Change::More);
        assert_eq!(width.wanted, FIRST + 1);
        // Three writes that were under way together, of which two are refused: one step.
        assert_eq!(width.ended(0, 2), Change::Less);
        assert_eq!(width.ended(0, 2), Change::Less);
        assert_eq!(width.ended(0, 2), Change::None);
        assert_eq!((width.wanted, width.there), (1, 1));
        // More patience than before, and never less than one.
        assert_eq!(width.ended(2, 3), Change::None);
        assert_eq!((width.wanted, width.patience), (1, HARDER * PATIENCE));
        for _ in 1..HARDER * PATIENCE {
            assert_eq!(width.ended(3, 3), Change::None);
        }
        assert_eq!(width.ended(3, 3), Change::More);
    }

    #[test]
    fn it_has_bounds() {
        let mut width = Width::default();
        for _ in 0..10_000 {
            width.ended(0, 0);
        }
        assert_eq!((width.wanted, width.there), (MOST, MOST));
        for refusals in 0..100 {
            width.ended(refusals, refusals + 1);
            for _ in 0..MOST_PATIENCE {
                width.ended(refusals + 1, refusals + 1);
            }
        }
        assert_eq!(width.patience, MOST_PATIENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_takes_long_stops_no_other() {
        let turns = Turns::default();
        let metrics = Metrics::default();
        let stuck = || turns.take(&metrics, std::future::pending::<()>());
        let begun = tokio::time::Instant::now();
        let other = async { turns.take(&metrics, async { 7 }).await };
        tokio::select! {
            ((), ()) = async { tokio::join!(stuck(), stuck()) } => unreachable!("they never end"),
            seven = async { tokio::task::yield_now().await; other.await } => assert_eq!(seven, 7),
        }
        assert_eq!(begun.elapsed(), LONGEST);
    }
}
