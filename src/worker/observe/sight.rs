//! Places whose Jobs cannot be looked at any more, because the API server refuses it.
//!
//! Waiting does not mend that. Runs with Jobs there are no longer taken for watched, so that the
//! sweep of vanished runs looks after them; they are again as soon as the watch goes on.

use std::{mem, sync::Arc};

use super::{Ground, grounds::Hold, tracker::Tracker};
use crate::k8s::Class;

/// Whether a watch that fails so will fail until somebody changes something.
pub(super) const fn is_refusal(class: Class) -> bool {
    matches!(class, Class::Forbidden | Class::Unauthorized)
}

/// The places, each with how it is refused.
#[derive(Debug)]
pub(super) struct Blind<P = Ground>(Vec<(Arc<P>, Class)>);

impl<P> Default for Blind<P> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<P> Blind<P> {
    /// How a place is refused, if it is.
    fn get(&self, ground: &Arc<P>) -> Option<Class> {
        let found = self.0.iter().find(|(it, _)| Arc::ptr_eq(it, ground));
        found.map(|(_, class)| *class)
    }

    /// A place is refused. Tells whether that is new.
    fn insert(&mut self, ground: &Arc<P>, class: Class) -> bool {
        let is_new = !self.remove(ground);
        self.0.push((Arc::clone(ground), class));
        is_new
    }

    /// A place is not refused, or no longer watched. Tells whether it was refused.
    fn remove(&mut self, ground: &Arc<P>) -> bool {
        let before = self.0.len();
        self.0.retain(|(it, _)| !Arc::ptr_eq(it, ground));
        self.0.len() < before
    }
}

/// What keeps a place. In another cluster the credentials come with a run's configuration: there
/// are new ones when they have been rotated.
const fn hold(refused: Option<Class>, is_own_cluster: bool, has_jobs: bool) -> Hold {
    match refused {
        Some(Class::Unauthorized) if !is_own_cluster => Hold::Refused,
        Some(_) => Hold::Nothing,
        None if has_jobs => Hold::Jobs,
        None => Hold::Nothing,
    }
}

impl Tracker {
    /// What keeps a place.
    pub fn hold(&self, ground: &Arc<Ground>) -> Hold {
        let is_own_cluster = ground.cluster.is(&self.shared.process.cluster);
        let has_jobs = self.jobs.has_any_of(ground);
        hold(self.blind.get(ground), is_own_cluster, has_jobs)
    }

    /// The Jobs of a place can no longer be looked at.
    pub fn is_refused(&mut self, ground: &Arc<Ground>, class: Class) {
        if !self.blind.insert(ground, class) {
            return;
        }
        for job in self.jobs.of_mut(ground) {
            job.hidden = self.shared.has_in_sight(job.about.id);
            self.shared.sees(job.about.id, false);
        }
    }

    /// They can.
    pub fn is_served(&mut self, ground: &Arc<Ground>) {
        if !self.blind.remove(ground) {
            return;
        }
        for job in self.jobs.of_mut(ground) {
            if mem::take(&mut job.hidden) {
                self.shared.sees(job.about.id, true);
            }
        }
    }

    /// A place is left. Nobody knows what became of Jobs that could not be looked at: nothing is
    /// made of their absence.
    pub fn is_left(&mut self, ground: &Arc<Ground>) {
        if self.blind.remove(ground) {
            self.jobs.doubt(ground);
            self.jobs.take_doubted(ground);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_kept_by_jobs_that_can_be_looked_at() {
        let table = [
            (None, true, true, Hold::Jobs),
            (None, false, false, Hold::Nothing),
            (Some(Class::Forbidden), false, true, Hold::Nothing),
            (Some(Class::Unauthorized), true, true, Hold::Nothing),
            (Some(Class::Unauthorized), false, true, Hold::Refused),
        ];
        for (refused, own, jobs, expected) in table {
            assert_eq!(
                hold(refused, own, jobs),
                expected,
                "{refused:?} {own} {jobs}"
            );
        }
    }

    #[test]
    fn a_place_is_refused_once() {
        let (here, there) = (Arc::new(1), Arc::new(1));
        let mut blind = Blind::default();
        assert!(blind.insert(&here, Class::Forbidden));
        assert!(!blind.insert(&here, Class::Unauthorized), "known");
        assert_eq!(blind.get(&here), Some(Class::Unauthorized));
        assert_eq!(blind.get(&there), None);
        assert!(blind.remove(&here) && !blind.remove(&here));
    }
}
