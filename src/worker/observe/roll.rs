//! What is known to exist in the places that are watched, and what a new list no longer has.
//!
//! A watch that begins anew tells only what there is: what went meanwhile is known by its absence.

use std::{collections::HashMap, sync::Arc};

use super::Ground;

/// Things by UID, each with the place where it was seen.
#[derive(Debug)]
pub struct Roll<T, P = Ground>(HashMap<String, Entry<T, P>>);

#[derive(Debug)]
struct Entry<T, P> {
    ground: Arc<P>,
    /// A list has begun that has not shown it yet.
    doubted: bool,
    thing: T,
}

impl<T, P> Default for Roll<T, P> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T, P> Roll<T, P> {
    /// Whether there is one of this UID.
    pub fn contains(&self, uid: &str) -> bool {
        self.0.contains_key(uid)
    }

    /// Whether there is one in this place.
    pub fn has_any_of(&self, ground: &Arc<P>) -> bool {
        let mut entries = self.0.values();
        entries.any(|entry| Arc::ptr_eq(&entry.ground, ground))
    }

    /// The thing of this UID.
    pub fn get(&self, uid: &str) -> Option<&T> {
        self.0.get(uid).map(|entry| &entry.thing)
    }

    /// The things of a place.
    pub fn of_mut(&mut self, ground: &Arc<P>) -> impl Iterator<Item = &mut T> {
        let here = |entry: &&mut Entry<T, P>| Arc::ptr_eq(&entry.ground, ground);
        self.0
            .values_mut()
            .filter(here)
            .map(|entry| &mut entry.thing)
    }

    /// The thing of this UID, which is made if need be. It belongs to the place that showed it last:
    /// one namespace is two places when two connections lead there.
    pub fn get_or_insert(
        &mut self,
        ground: &Arc<P>,
        uid: &str,
        make: impl FnOnce() -> T,
    ) -> &mut T {
        let entry = self.0.entry(uid.to_owned()).or_insert_with(|| Entry {
            ground: Arc::clone(ground),
            doubted: false,
            thing: make(),
        });
        if !Arc::ptr_eq(&entry.ground, ground) {
            entry.ground = Arc::clone(ground);
            entry.doubted = false;
        }
        &mut entry.thing
    }

    /// Takes a thing off.
    pub fn remove(&mut self, uid: &str) -> Option<T> {
        self.0.remove(uid).map(|entry| entry.thing)
    }

    /// The thing was seen.
    pub fn confirm(&mut self, uid: &str) {
        if let Some(entry) = self.0.get_mut(uid) {
            entry.doubted = false;
        }
    }

    /// A new list of a place begins.
    pub fn doubt(&mut self, ground: &Arc<P>) {
        for entry in self.0.values_mut() {
            entry.doubted |= Arc::ptr_eq(&entry.ground, ground);
        }
    }

    /// The list of a place is complete: takes off what it did not show.
    pub fn take_doubted(&mut self, ground: &Arc<P>) -> Vec<(String, T)> {
        let gone = |_: &String, entry: &mut Entry<T, P>| {
            entry.doubted && Arc::ptr_eq(&entry.ground, ground)
        };
        self.0
            .extract_if(gone)
            .map(|(uid, entry)| (uid, entry.thing))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_belongs_to_the_place_that_showed_it_last() {
        let (before, after) = (Arc::new("here"), Arc::new("here"));
        let mut roll = Roll::default();
        for uid in ["stays", "moves"] {
            roll.get_or_insert(&before, uid, || uid);
        }
        roll.doubt(&before);
        roll.get_or_insert(&after, "moves", || "another");
        assert_eq!(roll.of_mut(&after).collect::<Vec<_>>(), [&"moves"]);
        assert_eq!(roll.of_mut(&before).collect::<Vec<_>>(), [&"stays"]);
        assert_eq!(roll.take_doubted(&before), [("stays".to_owned(), "stays")]);
        assert!(roll.has_any_of(&after));
    }

    #[test]
    fn what_a_new_list_of_a_place_does_not_show_is_gone() {
        let (here, there) = (Arc::new("here"), Arc::new("there"));
        let mut roll = Roll::default();
        for (ground, uid) in [(&here, "stays"), (&here, "went"), (&there, "elsewhere")] {
            roll.get_or_insert(ground, uid, || ());
        }
        assert!(roll.take_doubted(&here).is_empty());
        assert!(roll.has_any_of(&here) && !roll.has_any_of(&Arc::new("nowhere")));
        roll.doubt(&here);
        roll.confirm("stays");
        roll.get_or_insert(&here, "came", || ());
        assert_eq!(roll.take_doubted(&here), [("went".to_owned(), ())]);
        assert!(
            ["stays", "came", "elsewhere"]
                .iter()
                .all(|uid| roll.contains(uid))
        );
    }
}
