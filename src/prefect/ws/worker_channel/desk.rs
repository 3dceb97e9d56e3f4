//! What a worker owes the server for something it cleans up: the reservation is renewed while the
//! work goes on, and given back with an ack or a release. Plain data and times, no I/O; one thing
//! at a time (prefect/workers/_cleanup.py, whose times these are).

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::frames::{Answer, AnswerStatus, CANCELLING_TIMEOUT, CleanupMessage};

/// A reservation is renewed this long before it ends.
const RENEW_BEFORE: Duration = Duration::from_secs(5);
/// How long the server may take to answer an order.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Pause before an order is repeated.
const PAUSE: Duration = Duration::from_secs(1);
/// How often an ack or a release is sent.
const TRIES: u32 = 3;

/// The reservation in hand, if there is one. It outlives connections.
#[derive(Debug, Default)]
pub struct Desk(Option<Reservation>);

#[derive(Debug)]
struct Reservation {
    message: Uuid,
    token: String,
    renew_at: Instant,
    expires: Instant,
    /// What came of the work, once it is done.
    outcome: Option<Outcome>,
    /// The order under way, and until when its answer is waited for.
    asked: Option<(Uuid, Instant)>,
    tries: u32,
    not_before: Instant,
}

/// What came of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, or there was nothing to do.
    Done,
    /// It cannot be done here or now, for this reason; the server tries elsewhere or again.
    Release(&'static str),
}

/// What to do with a message.
#[derive(Debug)]
pub enum Delivery {
    /// Begin the work.
    Work,
    /// Nothing: it is known, or its time is over.
    Ignore,
    /// Tell the server that somebody else is to do it.
    Decline(Order),
}

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Send this, and tell [`Desk::sent`].
    Send(Order),
    /// The work is not ours any more: leave it.
    Leave,
}

/// What the server is to be told.
#[derive(Debug, Clone)]
pub struct Order {
    message: Uuid,
    token: String,
    operation: Operation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Ack,
    Release(&'static str),
    Renew,
}

impl Order {
    pub(super) const fn frame_type(&self) -> &'static str {
        match self.operation {
            Operation::Ack => "cleanup.ack.v1",
            Operation::Release(_) => "cleanup.release.v1",
            Operation::Renew => "cleanup.renew.v1",
        }
    }

    pub(super) fn payload(&self) -> Value {
        let mut payload = json!({"message_id": self.message, "reservation_token": self.token});
        if let Operation::Release(reason) = self.operation {
            payload["reason"] = reason.into();
        }
        payload
    }
}

impl Desk {
    /// A message has come.
    pub fn deliver(&mut self, message: &CleanupMessage, now: Instant) -> Delivery {
        let decline = |reason| {
            Delivery::Decline(Order {
                message: message.message,
                token: message.token.clone(),
                operation: Operation::Release(reason),
            })
        };
        if message.kind != CANCELLING_TIMEOUT {
            return decline("unsupported_cleanup_kind");
        }
        if message.lease.is_zero() {
            return Delivery::Ignore;
        }
        match &self.0 {
            Some(held) if held.token == message.token => Delivery::Ignore,
            Some(_) => decline("concurrency_limit_reached"),
            None => {
                let mut reservation = Reservation {
                    message: message.message,
                    token: message.token.clone(),
                    renew_at: now,
                    expires: now,
                    outcome: None,
                    asked: None,
                    tries: 0,
                    not_before: now,
                };
                reservation.holds_for(message.lease, now);
                self.0 = Some(reservation);
                Delivery::Work
            }
        }
    }

    /// The work is done.
    pub fn done(&mut self, outcome: Outcome, now: Instant) {
        if let Some(held) = &mut self.0 {
            held.outcome = Some(outcome);
            held.asked = None;
            held.tries = 0;
            held.not_before = now;
        }
    }

    /// When [`Desk::step`] is to be asked.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        let held = self.0.as_ref()?;
        Some(match (held.asked, held.outcome) {
            (Some((_, until)), Some(_)) => until,
            (Some((_, until)), None) => until.min(held.expires),
            (None, Some(_)) => held.not_before,
            (None, None) => held.renew_at.max(held.not_before).min(held.expires),
        })
    }

    /// What is to be done now, if anything.
    pub fn step(&mut self, now: Instant) -> Option<Step> {
        let held = self.0.as_mut()?;
        if held.outcome.is_none() && now >= held.expires {
            self.0 = None;
            return Some(Step::Leave);
        }
        match held.asked {
            Some((_, until)) if now < until => return None,
            Some(_) => {
                held.asked = None;
                held.not_before = now + PAUSE;
            }
            None => {}
        }
        let operation = match held.outcome {
            None if now < held.renew_at => return None,
            None => Operation::Renew,
            Some(_) if held.tries >= TRIES => {
                self.0 = None;
                return Some(Step::Leave);
            }
            Some(Outcome::Done) => Operation::Ack,
            Some(Outcome::Release(reason)) => Operation::Release(reason),
        };
        (now >= held.not_before).then(|| {
            Step::Send(Order {
                message: held.message,
                token: held.token.clone(),
                operation,
            })
        })
    }

    /// The order of [`Step::Send`] was sent in this frame.
    pub fn sent(&mut self, frame: Uuid, now: Instant) {
        if let Some(held) = &mut self.0 {
            held.asked = Some((frame, now + ANSWER_WITHIN));
            held.tries += 1;
        }
    }

    /// The server has answered an order. Gives true when the work is to be left.
    pub fn answered(&mut self, answer: &Answer, now: Instant) -> bool {
        let Some(held) = &mut self.0 else {
            return false;
        };
        if held.asked.is_none_or(|(frame, _)| frame != answer.to) {
            return false;
        }
        held.asked = None;
        match (answer.status, held.outcome) {
            (AnswerStatus::Error, _) => held.not_before = now + PAUSE,
            (AnswerStatus::Accepted(Some(lease)), None) => held.holds_for(lease, now),
            _ => {
                let left_alone = held.outcome.is_none();
                self.0 = None;
                return left_alone;
            }
        }
        false
    }

    /// The connection is gone, and with it the answers that were waited for.
    pub fn disconnected(&mut self, now: Instant) {
        if let Some(held) = &mut self.0
            && held.asked.take().is_some()
        {
            held.not_before = now;
        }
    }

    /// The worker stops: what the server is to be told, whether it was told before or not. Work that
    /// is not done is given back for this reason.
    pub fn give_back(&mut self, reason: &'static str) -> Option<Order> {
        let held = self.0.take()?;
        let operation = match held.outcome {
            Some(Outcome::Done) => Operation::Ack,
            Some(Outcome::Release(reason)) => Operation::Release(reason),
            None => Operation::Release(reason),
        };
        Some(Order {
            message: held.message,
            token: held.token,
            operation,
        })
    }

    /// Lets go of everything: the server no longer has anything cleaned up by us.
    pub fn clear(&mut self) {
        self.0 = None;
    }
}

impl Reservation {
    fn holds_for(&mut self, lease: Duration, now: Instant) {
        self.expires = now + lease;
        self.renew_at = now + lease.saturating_sub(RENEW_BEFORE).max(lease / 2);
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(token: &str) -> CleanupMessage {
        CleanupMessage {
            message: Uuid::from_u128(7),
            token: token.to_owned(),
            lease: Duration::from_secs(30),
            kind: CANCELLING_TIMEOUT.to_owned(),
            flow_run: None,
            infrastructure_pid: None,
        }
    }

    fn answer(to: u128, status: AnswerStatus) -> Answer {
        Answer {
            to: Uuid::from_u128(to),
            status,
        }
    }

    fn frame(step: Option<Step>) -> &'static str {
        match step {
            Some(Step::Send(order)) => order.frame_type(),
            Some(Step::Leave) => "leave",
            None => "nothing",
        }
    }

    fn at_work(now: Instant) -> Desk {
        let mut desk = Desk::default();
        assert!(matches!(desk.deliver(&message("a"), now), Delivery::Work));
        desk
    }

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_reservation_is_renewed_until_the_work_is_done_and_then_given_back() {
        let start = Instant::now();
        let mut desk = at_work(start);
        assert_eq!(desk.due(), Some(start + seconds(25)));
        assert_eq!(frame(desk.step(start + seconds(24))), "nothing");
        let now = start + seconds(25);
        assert_eq!(frame(desk.step(now)), "cleanup.renew.v1");
        desk.sent(Uuid::from_u128(1), now);
        assert_eq!(frame(desk.step(now)), "nothing", "the answer is waited for");
        let renewed = AnswerStatus::Accepted(Some(seconds(30)));
        assert!(!desk.answered(&answer(9, renewed), now), "not ours");
        assert!(!desk.answered(&answer(1, renewed), now));
        assert_eq!(desk.due(), Some(now + seconds(25)));
        desk.done(Outcome::Done, now);
        assert_eq!(desk.due(), Some(now));
        assert_eq!(frame(desk.step(now)), "cleanup.ack.v1");
        desk.sent(Uuid::from_u128(2), now);
        assert!(!desk.answered(&answer(2, AnswerStatus::Accepted(None)), now));
        assert_eq!(desk.due(), None);
    }

    #[test]
    fn what_cannot_be_taken_is_declined_or_left() {
        let now = Instant::now();
        let mut desk = at_work(now);
        assert!(matches!(desk.deliver(&message("a"), now), Delivery::Ignore));
        let Delivery::Decline(order) = desk.deliver(&message("b"), now) else {
            panic!("a second one at once");
        };
        assert_eq!(order.payload()["reason"], "concurrency_limit_reached");
        assert_eq!(order.payload()["reservation_token"], "b");
        let mut other = message("c");
        other.kind = "pending_claim_teardown.v1".to_owned();
        let Delivery::Decline(order) = desk.deliver(&other, now) else {
            panic!("work that nobody asked for");
        };
        assert_eq!(order.frame_type(), "cleanup.release.v1");
        assert_eq!(order.payload()["reason"], "unsupported_cleanup_kind");
        let mut late = message("d");
        late.lease = Duration::ZERO;
        assert!(matches!(
            Desk::default().deliver(&late, now),
            Delivery::Ignore
        ));
    }

    #[test]
    fn a_reservation_that_is_lost_ends_the_work() {
        let start = Instant::now();
        let mut desk = at_work(start);
        assert_eq!(frame(desk.step(start + seconds(30))), "leave");
        assert_eq!(desk.due(), None);
        let mut desk = at_work(start);
        let now = start + seconds(25);
        assert!(desk.step(now).is_some());
        desk.sent(Uuid::from_u128(1), now);
        assert!(desk.answered(&answer(1, AnswerStatus::Lost), now));
        assert_eq!(desk.due(), None);
    }

    #[test]
    fn a_worker_that_stops_gives_back_what_it_has_not_done() {
        let now = Instant::now();
        let mut desk = at_work(now);
        let order = desk.give_back("stopping").unwrap();
        assert_eq!(order.frame_type(), "cleanup.release.v1");
        assert_eq!(order.payload()["reason"], "stopping");
        assert!(desk.give_back("stopping").is_none(), "once");
        let mut desk = at_work(now);
        desk.done(Outcome::Done, now);
        let order = desk.give_back("stopping").unwrap();
        assert_eq!(order.frame_type(), "cleanup.ack.v1");
    }

    #[test]
    fn an_ack_is_sent_three_times_and_again_on_a_new_connection() {
        let mut now = Instant::now();
        let mut desk = at_work(now);
        desk.done(Outcome::Release("handler_failed"), now);
        assert_eq!(frame(desk.step(now)), "cleanup.release.v1");
        desk.sent(Uuid::from_u128(1), now);
        desk.disconnected(now);
        assert_eq!(frame(desk.step(now)), "cleanup.release.v1");
        desk.sent(Uuid::from_u128(2), now);
        assert!(!desk.answered(&answer(2, AnswerStatus::Error), now));
        assert_eq!(frame(desk.step(now)), "nothing");
        now += PAUSE;
        assert_eq!(frame(desk.step(now)), "cleanup.release.v1");
        desk.sent(Uuid::from_u128(3), now);
        assert_eq!(desk.due(), Some(now + ANSWER_WITHIN));
        assert_eq!(frame(desk.step(now + ANSWER_WITHIN)), "leave");
    }
}
