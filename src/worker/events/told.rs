//! What was told last of each pod: a few bytes a pod, for pods that have ended stay in the cluster
//! by the thousand.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use jiff::Timestamp;
use uuid::Uuid;

use crate::prefect::EventId;

/// What was told of pods, by the place where they are.
#[derive(Debug)]
pub struct Told<P> {
    hasher: RandomState,
    grounds: Vec<(Arc<P>, HashMap<u64, Last>)>,
}

/// The last event of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Last {
    id: Uuid,
    occurred_ms: i64,
    /// A list has begun that has not shown the pod yet.
    doubted: bool,
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
        Self {
            hasher: RandomState::new(),
            grounds: Vec::new(),
        }
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
        let key = self.hasher.hash_one(uid);
        let last = Last {
            id: id.0,
            occurred_ms: occurred.as_millisecond(),
            doubted: false,
        };
        match self.of(ground).insert(key, last) {
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
        let key = self.hasher.hash_one(uid);
        self.of(ground).remove(&key);
    }

    /// A new list of a place begins.
    pub fn doubt(&mut self, ground: &Arc<P>) {
        for last in self.of(ground).values_mut() {
            last.doubted = true;
        }
    }

    /// The list of a place is complete: what it did not show is gone.
    pub fn forget_doubted(&mut self, ground: &Arc<P>) {
        let pods = self.of(ground);
        pods.retain(|_, last| !last.doubted);
        pods.shrink_to(pods.len() * 2);
    }

    fn of(&mut self, ground: &Arc<P>) -> &mut HashMap<u64, Last> {
        let known = |(known, _): &(Arc<P>, _)| Arc::ptr_eq(known, ground);
        let place = self.grounds.iter().position(known).unwrap_or_else(|| {
            self.grounds.push((Arc::clone(ground), HashMap::new()));
            self.grounds.len() - 1
        });
        &mut self.grounds[place].1
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
    fn what_a_new_list_of_a_place_does_not_show_is_forgotten() {
        let (mut told, here, there) = (Told::default(), Arc::new(1), Arc::new(1));
        for (ground, uid) in [(&here, "stays"), (&here, "went"), (&there, "elsewhere")] {
            told.tell(ground, uid, id(1), at(0));
        }
        told.doubt(&here);
        told.tell(&here, "stays", id(1), at(0));
        told.forget_doubted(&here);
        assert_eq!(told.tell(&here, "stays", id(1), at(0)), Novelty::Repeated);
        assert_eq!(told.tell(&here, "went", id(1), at(0)), Novelty::First);
        assert_eq!(
            told.tell(&there, "elsewhere", id(1), at(0)),
            Novelty::Repeated
        );
    }

    #[test]
    fn a_pod_costs_a_few_bytes() {
        assert!(size_of::<(u64, Last)>() <= 48);
    }
}
