//! How long to wait before the next try to connect: 1 to 30 s, doubling.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// Counts failures in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backoff(u32);

impl Backoff {
    /// It works again.
    pub const fn reset(&mut self) {
        self.0 = 0;
    }

    /// Failures in a row.
    #[must_use]
    pub const fn failures(self) -> u32 {
        self.0
    }

    /// Another failure: how long to wait. `random` is uniform in 0..1 and takes up to half off, so
    /// that the workers of a restarted server do not come back all at once.
    pub fn next(&mut self, random: f64) -> Duration {
        let wait = FIRST.saturating_mul(1 << self.0.min(10)).min(LONGEST);
        self.0 = self.0.saturating_add(1);
        wait.mul_f64(0.5f64.mul_add(random, 0.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..7).map(|_| backoff.next(1.0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(backoff.next(0.0).as_secs(), 15);
        backoff.reset();
        assert_eq!(backoff.next(1.0).as_secs(), 1);
    }
}
