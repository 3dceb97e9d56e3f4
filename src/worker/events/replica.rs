//! Which events the changes of pods come to: each once, each after the one before.
//!
//! A pod that was followed tells its news at once. Of a pod that a list shows, an earlier worker
//! or another observer may have told: its news goes to [`super::catch_up`], which asks the server.

use std::{mem, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use super::{
    pod::PodNews,
    told::{Novelty, Told},
};
use crate::{
    k8s::{Change, view::PodView},
    prefect::{Event, EventId},
    worker::{
        journal::RunRef,
        observe::{Ground, run_of},
    },
};

/// What happened before this time is not told any more: automations that wait for it should not
/// act on it, and there may be very many.
pub const TOO_OLD: SignedDuration = SignedDuration::from_hours(24);
/// Events that are asked for at once: the most that the server gives in one answer.
pub const AT_ONCE: usize = 50;

/// An event that may have been told before this worker started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubtful {
    /// Its id.
    pub id: EventId,
    /// The event as JSON, which takes less room.
    pub json: String,
    /// What ails the pod: as new to its run's log as the event is to the server.
    pub trouble: Option<Trouble>,
}

/// What ails a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The pod's run.
    pub about: RunRef,
    /// Whether it will not go away by itself.
    pub is_error: bool,
    /// In words.
    pub text: String,
}

/// What a change of a pod comes to.
#[derive(Debug, PartialEq)]
pub enum Replicated {
    /// Nothing to tell, or not yet.
    Nothing,
    /// An event to send.
    Event(Box<Event>),
    /// Events to ask the server for, and to send where it does not have them.
    Doubtful(Vec<Doubtful>),
}

/// Makes events of the changes of pods.
#[derive(Debug)]
pub struct Replica<P = Ground> {
    told: Told<P>,
    doubtful: Vec<Doubtful>,
}

impl<P> Default for Replica<P> {
    fn default() -> Self {
        Self {
            told: Told::default(),
            doubtful: Vec::new(),
        }
    }
}

impl<P> Replica<P> {
    /// Takes in a change of a pod.
    pub fn note(
        &mut self,
        ground: &Arc<P>,
        change: &Change<PodView>,
        now: Timestamp,
    ) -> Replicated {
        match change {
            Change::Applied(pod) => self.is(ground, pod, false, now),
            Change::Deleted(pod) => {
                let last = self.is(ground, pod, true, now);
                self.told.forget(ground, &pod.metadata.uid);
                last
            }
            Change::Restarted => {
                self.told.list_begins(ground);
                Replicated::Nothing
            }
            Change::Synced => {
                self.told.list_ends(ground);
                self.take_doubtful()
            }
            Change::Alive => Replicated::Nothing,
        }
    }

    /// A place is left: nothing of it is kept.
    pub fn leave(&mut self, ground: &Arc<P>) {
        self.told.leave(ground);
    }

    fn take_doubtful(&mut self) -> Replicated {
        if self.doubtful.is_empty() {
            return Replicated::Nothing;
        }
        Replicated::Doubtful(mem::take(&mut self.doubtful))
    }

    fn is(&mut self, ground: &Arc<P>, pod: &PodView, deleted: bool, now: Timestamp) -> Replicated {
        // A label that is no UUID is not Prefect's.
        let (Some(about), Some(news)) = (run_of(&pod.metadata.labels), PodNews::of(pod)) else {
            return Replicated::Nothing;
        };
        let occurred = news.occurred().unwrap_or(now);
        let uid = &pod.metadata.uid;
        let id = news.id();
        let novelty = self.told.tell(ground, uid, id, occurred);
        let listed = self.told.is_listing(ground);
        if novelty == Novelty::Repeated || listed && now.duration_since(occurred) > TOO_OLD {
            return Replicated::Nothing;
        }
        let followed = !listed && !deleted && novelty != Novelty::First;
        let mut event = news.event(id, followed, now);
        if let Novelty::Follows(id, at) = novelty {
            event = event.following(id, at);
        }
        if !listed {
            return Replicated::Event(Box::new(event));
        }
        let Ok(json) = serde_json::to_string(&event) else {
            // Text and times: it can always be written.
            return Replicated::Event(Box::new(event));
        };
        self.doubtful.push(Doubtful {
            id: event.id,
            json,
            trouble: news.trouble(about),
        });
        if self.doubtful.len() < AT_ONCE {
            return Replicated::Nothing;
        }
        self.take_doubtful()
    }
}

#[cfg(test)]
#[path = "replica_tests.rs"]
mod tests;
