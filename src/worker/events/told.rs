//! What was told last of each pod.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{prefect::EventId, worker::observe::Marks};

/// What was told of pods, by the place where they are.
#[derive(Debug)]
pub struct Told<P>(Marks<Last, P>);

/// The last event of a pod.
#[derive(Debug, Clone, Copy)]
struct Last {
    id: Uuid,
    occurred_ms: i64,
}

/// What is new about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Novelty {
    /// Nothing: it was told.
    Repeated,
    /// It is the first of its pod.
    First,
    /// It comes after this one.
    Follows(EventId, Timestamp),
}

impl<P> Default for Told<P> {
    fn default() -> Self {
        Self(Marks::default())
    }
}

impl<P> Told<P> {
    /// Notes that an event is told of a pod, unless it was told last.
    pub fn tell(
        &mut self,
        ground: &Arc<P>,
        uid: &str,
        id: EventId,
        occurred: Timestamp,
    ) -> Novelty {
        let last = Last {
            id: id.0,
            occurred_ms: occurred.as_millisecond(),
        };
        match self.0.insert(ground, uid, last) {
            None => Novelty::First,
            Some(before) if before.id == id.0 => Novelty::Repeated,
            Some(before) => {
                // It was a timestamp before.
                let at = Timestamp::from_millisecond(before.occurred_ms).unwrap_or(occurred);
                Novelty::Follows(EventId(before.id), at)
            }
        }
    }

    /// A pod is gone.
    pub fn forget(&mut self, ground: &Arc<P>, uid: &str) {
        self.0.remove(ground, uid);
    }

    /// A new list of a place begins.
    pub fn list_begins(&mut self, ground: &Arc<P>) {
        self.0.doubt(ground);
    }

    /// The list of a place is complete: pods that it did not show are gone.
    pub fn list_ends(&mut self, ground: &Arc<P>) {
        self.0.forget_doubted(ground);
    }

    /// A place is left: nothing of it is kept.
    pub fn leave(&mut self, ground: &Arc<P>) {
        self.0.leave(ground);
    }

    /// Whether the list of a place is being told.
    pub fn is_listing(&mut self, ground: &Arc<P>) -> bool {
        self.0.is_listing(ground)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn id(number: u128) -> EventId {
        EventId(Uuid::from_u128(number))
    }

    #[test]
    fn an_event_is_told_once_and_follows_the_one_before() {
        let (mut told, here) = (Told::default(), Arc::new(()));
        assert_eq!(told.tell(&here, "pod", id(1), at(0)), Novelty::First);
        assert_eq!(told.tell(&here, "pod", id(1), at(0)), Novelty::Repeated);
        assert_eq!(
            told.tell(&here, "pod", id(2), at(5)),
            Novelty::Follows(id(1), at(0))
        );
        assert_eq!(told.tell(&here, "other", id(3), at(5)), Novelty::First);
        told.forget(&here, "pod");
        assert_eq!(told.tell(&here, "pod", id(2), at(5)), Novelty::First);
    }

    #[test]
    fn a_pod_costs_a_few_bytes() {
        assert!(size_of::<(u64, (Last, bool))>() <= 48);
    }
}
