//! The server's clock, learnt from the `Date` of its answers.
//!
//! The times of states are the server's. Compared with a clock that is minutes off, a claim that
//! was made this second looks long abandoned, or an abandoned one fresh for ever.

use std::{
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use jiff::{SignedDuration, Timestamp};

/// `Date` has whole seconds, cut off: on average the time is half a second later.
const CUT_OFF: SignedDuration = SignedDuration::from_millis(500);
/// Each answer moves what is believed by this part of the difference.
const WEIGHT: i32 = 8;
/// A difference to what is believed that is no noise: one of the clocks was set.
const STEP: SignedDuration = SignedDuration::from_secs(5);
/// Clocks further apart than this are worth a word.
const SKEWED: SignedDuration = SignedDuration::from_secs(60);

/// How far the server's clock is ahead of ours.
#[derive(Debug, Default)]
pub struct ServerClock(Mutex<Belief>);

#[derive(Debug, Default, Clone, Copy)]
struct Belief {
    /// `None` until an answer told the time.
    ahead: Option<SignedDuration>,
    said: bool,
}

impl ServerClock {
    /// What time it is on the server, as far as is known: within a second or two, once it has
    /// answered; until then what our own clock says.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(self.ahead()).unwrap_or(now)
    }

    /// How far the server's clock is ahead of ours; negative when it is behind.
    #[must_use]
    pub fn ahead(&self) -> SignedDuration {
        self.belief().ahead.unwrap_or_default()
    }

    /// Whether an answer has told the time.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.belief().ahead.is_some()
    }

    /// Takes in the `Date` of an answer whose request was `sent` at this time of ours.
    pub(super) fn learn(&self, date: &str, sent: SystemTime, received: SystemTime) {
        let Some(sample) = sample(date, sent, received) else {
            return;
        };
        let mut belief = self.belief();
        let ahead = next(belief.ahead, sample);
        belief.ahead = Some(ahead);
        let skewed = ahead.abs() >= SKEWED;
        if skewed && !belief.said {
            tracing::warn!(
                "the clock here and that of the Prefect server are {} s apart; the server's is \
                 taken for its times",
                ahead.abs().as_secs()
            );
        }
        belief.said = skewed;
    }

    fn belief(&self) -> std::sync::MutexGuard<'_, Belief> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one answer says: the server wrote its date between the two times of ours.
fn sample(date: &str, sent: SystemTime, received: SystemTime) -> Option<SignedDuration> {
    let date = Timestamp::try_from(httpdate::parse_http_date(date).ok()?).ok()?;
    let sent = Timestamp::try_from(sent).ok()?;
    let received = Timestamp::try_from(received).ok()?;
    let way = received.duration_since(sent);
    // A clock that was set meanwhile says nothing.
    if way.is_negative() {
        return None;
    }
    let middle = sent.checked_add(way / 2).ok()?;
    Some(date.duration_since(middle) + CUT_OFF)
}

/// What is believed after a sample.
fn next(believed: Option<SignedDuration>, sample: SignedDuration) -> SignedDuration {
    match believed {
        Some(believed) if (sample - believed).abs() < STEP => {
            believed + (sample - believed) / WEIGHT
        }
        _ => sample,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const DATE: &str = "Sun, 22 Nov 2026 18:54:17 GMT";

    fn at(seconds: f64) -> SystemTime {
        let date = httpdate::parse_http_date(DATE).unwrap();
        if seconds < 0.0 {
            date - Duration::from_secs_f64(-seconds)
        } else {
            date + Duration::from_secs_f64(seconds)
        }
    }

    #[test]
    fn a_date_is_half_a_second_older_than_the_middle_of_the_exchange() {
        let table = [
            (0.4, 0.6, 0.0),
            (0.0, 10.0, -4.5),
            (-300.0, -299.0, 300.0),
            (300.5, 300.5, -300.0),
        ];
        for (sent, received, expected) in table {
            let sample = sample(DATE, at(sent), at(received)).unwrap();
            assert!(
                (sample.as_secs_f64() - expected).abs() < 0.001,
                "{sent} {received}: {sample:?}"
            );
        }
        assert_eq!(sample("yesterday", at(0.0), at(1.0)), None);
        assert_eq!(sample(DATE, at(1.0), at(0.0)), None, "our clock was set");
    }

    #[test]
    fn noise_is_smoothed_and_a_step_is_followed() {
        let seconds = SignedDuration::from_secs;
        assert_eq!(next(None, seconds(-3)), seconds(-3));
        assert_eq!(
            next(Some(seconds(0)), seconds(2)),
            SignedDuration::from_millis(250)
        );
        assert_eq!(next(Some(seconds(0)), seconds(300)), seconds(300));
    }

    #[test]
    fn the_servers_time_is_ours_and_the_difference() {
        let clock = ServerClock::default();
        assert_eq!(clock.ahead(), SignedDuration::ZERO);
        clock.learn(DATE, at(-300.0), at(-299.0));
        assert_eq!(clock.ahead(), SignedDuration::from_secs(300));
        let ahead = clock.now().duration_since(Timestamp::now());
        assert!((ahead - clock.ahead()).abs() < seconds_for_a_slow_machine());
    }

    fn seconds_for_a_slow_machine() -> SignedDuration {
        SignedDuration::from_secs(2)
    }
}
