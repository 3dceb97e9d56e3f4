//! The events that wait for being sent, as plain data, and which way they go.

use std::{collections::VecDeque, time::Duration};

use super::socket::SocketError;

/// The largest event the server takes (PREFECT_SERVER_EVENTS_MAXIMUM_SIZE_BYTES).
const LARGEST_EVENT: usize = 1_500_000;
/// Events on their way before the server is asked whether it has them.
const BATCH: usize = 100;
/// Those who can wait for their turn fill this part of the room: a server that is slow while
/// thousands of pods are looked at anew would otherwise have the whole of it filled.
const IN_TURN: usize = 4;

/// What became of the events so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventStats {
    /// Events that the server has.
    pub sent: u64,
    /// Events that found no room, were too large, or were refused.
    pub dropped: u64,
    /// Events that wait or are on their way.
    pub waiting: u64,
}

/// An event found no room; whether it is the first of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FirstDrop(pub bool);

/// Events that wait, in their order.
#[derive(Debug)]
pub(super) struct Outbox {
    events: VecDeque<String>,
    bytes: usize,
    /// The most bytes, and the most events.
    limit: (usize, usize),
    /// How many to send at once: fewer while one of them is refused.
    batch: usize,
    sent: u64,
    dropped: u64,
}

impl Outbox {
    /// Holds up to `bytes` and up to so many events.
    pub const fn new(bytes: usize, events: usize) -> Self {
        Self {
            events: VecDeque::new(),
            bytes: 0,
            limit: (bytes, events),
            batch: BATCH,
            sent: 0,
            dropped: 0,
        }
    }

    /// Whether an event of this size finds room now.
    pub fn has_room(&self, size: usize) -> bool {
        size > LARGEST_EVENT
            || self.bytes + size <= self.limit.0 && self.events.len() < self.limit.1
    }

    /// Whether an event of this size, of somebody who can wait, may come now.
    pub fn has_room_in_turn(&self, size: usize) -> bool {
        let (bytes, events) = (self.limit.0 / IN_TURN, self.limit.1 / IN_TURN);
        let in_part = self.bytes.saturating_add(size) <= bytes && self.events.len() < events;
        // One that is larger than the part comes when nothing waits.
        let comes = in_part || self.events.is_empty() || size > LARGEST_EVENT;
        comes && self.has_room(size)
    }

    /// Takes an event, if there is room for it.
    pub fn push(&mut self, event: String) -> Result<(), FirstDrop> {
        if event.len() > LARGEST_EVENT || !self.has_room(event.len()) {
            self.dropped += 1;
            return Err(FirstDrop(self.dropped == 1));
        }
        self.bytes += event.len();
        self.events.push_back(event);
        Ok(())
    }

    /// Counts an event that could not be written.
    pub const fn drop_one(&mut self) {
        self.dropped += 1;
    }

    /// The next events. They stay until they are confirmed or refused.
    pub fn next(&self) -> Vec<String> {
        self.events.iter().take(self.batch).cloned().collect()
    }

    /// The server has the first `count` events.
    pub fn confirm(&mut self, count: usize) {
        for event in self.events.drain(..count.min(self.events.len())) {
            self.bytes -= event.len();
            self.sent += 1;
        }
        self.batch = (self.batch * 2).clamp(1, BATCH);
    }

    /// The server does not take the first `count` events: fewer at once then, until the one it
    /// does not take stands alone and is dropped. Tells whether one was.
    pub fn refuse(&mut self, count: usize) -> bool {
        if count > 1 {
            self.batch = count / 2;
            return false;
        }
        if let Some(event) = self.events.pop_front() {
            self.bytes -= event.len();
            self.dropped += 1;
        }
        true
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Gives up all events; how many there were.
    pub fn give_up(&mut self) -> u64 {
        let lost = self.events.len() as u64;
        self.events.clear();
        self.bytes = 0;
        self.dropped += lost;
        lost
    }

    /// The counters.
    pub fn stats(&self) -> EventStats {
        EventStats {
            sent: self.sent,
            dropped: self.dropped,
            waiting: self.events.len() as u64,
        }
    }
}

/// How long to send over HTTP after the websocket failed, or `None` to try it again.
///
/// A refusal will last; a connection that broke three times in a row may be the work of a proxy,
/// or of an event that the server cannot read, which only HTTP tells.
pub(super) fn detour(error: &SocketError, failures: u32) -> Option<Duration> {
    match error {
        SocketError::Refused(_) => Some(Duration::from_secs(300)),
        SocketError::Broken(_) if failures >= 3 => Some(Duration::from_secs(60)),
        SocketError::Broken(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_stay_until_they_are_confirmed() {
        let mut outbox = Outbox::new(10, 3);
        outbox.push("12345".to_owned()).unwrap();
        outbox.push("6789".to_owned()).unwrap();
        assert!(!outbox.has_room(2) && outbox.has_room(1));
        assert_eq!(outbox.push("xx".to_owned()), Err(FirstDrop(true)));
        assert_eq!(outbox.next(), ["12345", "6789"]);
        outbox.confirm(1);
        assert_eq!(outbox.next(), ["6789"]);
        outbox.push("12345".to_owned()).unwrap();
        assert_eq!(outbox.push("6".to_owned()), Ok(()), "three at most");
        assert_eq!(outbox.push(String::new()), Err(FirstDrop(false)));
        let stats = outbox.stats();
        assert_eq!((stats.sent, stats.dropped, stats.waiting), (1, 2, 3));
        assert_eq!(outbox.give_up(), 3);
        assert_eq!(outbox.stats().dropped, 5);
        assert!(outbox.has_room(10));
    }

    #[test]
    fn a_refused_event_is_found_by_halving() {
        let mut outbox = Outbox::new(1000, usize::MAX);
        for number in 0..50 {
            outbox.push(number.to_string()).unwrap();
        }
        let mut requests = 0;
        while !outbox.is_empty() {
            requests += 1;
            let batch = outbox.next();
            if batch.iter().any(|event| event == "33") {
                outbox.refuse(batch.len());
            } else {
                outbox.confirm(batch.len());
            }
        }
        assert_eq!((outbox.stats().sent, outbox.stats().dropped), (49, 1));
        assert!(requests < 25, "{requests}");
    }

    #[test]
    fn an_event_that_no_server_takes_has_no_room() {
        let mut outbox = Outbox::new(usize::MAX, usize::MAX);
        assert!(outbox.push("x".repeat(LARGEST_EVENT + 1)).is_err());
        assert!(
            Outbox::new(1, 1).has_room(LARGEST_EVENT + 1),
            "waiting would never end"
        );
    }

    #[test]
    fn those_who_can_wait_leave_room() {
        let table = [
            ("nothing waits", 0, 30, true),
            ("a quarter", 10, 15, true),
            ("more than a quarter", 10, 16, false),
            ("larger than all", 0, 101, false),
            ("taken by no server", 10, LARGEST_EVENT + 1, true),
        ];
        for (name, waiting, size, expected) in table {
            let mut outbox = Outbox::new(100, usize::MAX);
            if waiting > 0 {
                outbox.push("x".repeat(waiting)).unwrap();
            }
            assert_eq!(outbox.has_room_in_turn(size), expected, "{name}");
        }
        let mut few = Outbox::new(100, 8);
        for count in 0..2 {
            assert!(few.has_room_in_turn(1), "{count}");
            few.push("x".to_owned()).unwrap();
        }
        assert!(!few.has_room_in_turn(1) && few.has_room(1));
    }

    #[test]
    fn when_to_go_by_http() {
        let refused = SocketError::Refused(String::new());
        let broken = SocketError::Broken(String::new());
        assert!(detour(&refused, 1).is_some());
        assert_eq!(detour(&broken, 2), None);
        assert!(detour(&broken, 3).is_some());
    }
}
