//! A few bytes for each thing that is known and needs no more: thousands of Jobs and pods that have
//! ended may stay in a place.
//!
//! What is under way is on a [`super::roll::Roll`].

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use super::Ground;

/// Marks by UID, of which only a hash is kept, and by place.
#[derive(Debug)]
pub struct Marks<T, P = Ground> {
    hasher: RandomState,
    places: Vec<Place<T, P>>,
}

#[derive(Debug)]
struct Place<T, P> {
    ground: Arc<P>,
    /// Its list is being told.
    listing: bool,
    /// Each with whether the list that is being told has yet to show it.
    marks: HashMap<u64, (T, bool)>,
}

impl<T, P> Default for Marks<T, P> {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            places: Vec::new(),
        }
    }
}

impl<T: Copy, P> Marks<T, P> {
    /// Marks a thing. Gives the mark that it had.
    pub fn insert(&mut self, ground: &Arc<P>, uid: &str, mark: T) -> Option<T> {
        let key = self.hasher.hash_one(uid);
        let before = self.place(ground).marks.insert(key, (mark, false));
        before.map(|(mark, _)| mark)
    }

    /// The mark of a thing.
    pub fn get(&mut self, ground: &Arc<P>, uid: &str) -> Option<T> {
        let key = self.hasher.hash_one(uid);
        self.place(ground).marks.get(&key).map(|(mark, _)| *mark)
    }

    /// The thing was seen.
    pub fn confirm(&mut self, ground: &Arc<P>, uid: &str) {
        let key = self.hasher.hash_one(uid);
        if let Some((_, doubted)) = self.place(ground).marks.get_mut(&key) {
            *doubted = false;
        }
    }

    /// The thing is gone.
    pub fn remove(&mut self, ground: &Arc<P>, uid: &str) {
        let key = self.hasher.hash_one(uid);
        self.place(ground).marks.remove(&key);
    }

    /// A new list of a place begins.
    pub fn doubt(&mut self, ground: &Arc<P>) {
        let place = self.place(ground);
        place.listing = true;
        for (_, doubted) in place.marks.values_mut() {
            *doubted = true;
        }
    }

    /// Whether the list of a place is being told.
    pub fn is_listing(&mut self, ground: &Arc<P>) -> bool {
        self.place(ground).listing
    }

    /// The list of a place is complete: what it did not show is gone.
    pub fn forget_doubted(&mut self, ground: &Arc<P>) {
        let place = self.place(ground);
        place.listing = false;
        place.marks.retain(|_, (_, doubted)| !*doubted);
        let count = place.marks.len();
        place.marks.shrink_to(count);
    }

    /// A place is left: nothing of it is kept, nor the place itself, which holds a connection.
    pub fn leave(&mut self, ground: &Arc<P>) {
        self.places
            .retain(|place| !Arc::ptr_eq(&place.ground, ground));
    }

    fn place(&mut self, ground: &Arc<P>) -> &mut Place<T, P> {
        let known = |place: &Place<T, P>| Arc::ptr_eq(&place.ground, ground);
        let index = self.places.iter().position(known).unwrap_or_else(|| {
            self.places.push(Place {
                ground: Arc::clone(ground),
                listing: false,
                marks: HashMap::new(),
            });
            self.places.len() - 1
        });
        &mut self.places[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_new_list_of_a_place_does_not_show_is_forgotten() {
        let (mut marks, here, there) = (Marks::default(), Arc::new(1), Arc::new(1));
        for (ground, uid) in [(&here, "stays"), (&here, "went"), (&there, "elsewhere")] {
            assert_eq!(marks.insert(ground, uid, 'a'), None);
            assert_eq!(marks.insert(ground, uid, 'b'), Some('a'));
        }
        assert!(!marks.is_listing(&here));
        marks.doubt(&here);
        assert!(marks.is_listing(&here) && !marks.is_listing(&there));
        marks.confirm(&here, "stays");
        marks.insert(&here, "came", 'c');
        marks.forget_doubted(&here);
        assert!(!marks.is_listing(&here));
        assert_eq!(marks.get(&here, "stays"), Some('b'));
        assert_eq!(marks.get(&here, "came"), Some('c'));
        assert_eq!(marks.get(&here, "went"), None);
        assert_eq!(marks.get(&there, "elsewhere"), Some('b'));
        marks.remove(&here, "came");
        assert_eq!(marks.get(&here, "came"), None);
    }

    #[test]
    fn a_place_that_is_left_is_let_go_of() {
        let (mut marks, here, there) = (Marks::default(), Arc::new(1), Arc::new(1));
        marks.insert(&here, "a", 'a');
        marks.insert(&there, "b", 'b');
        marks.leave(&here);
        assert_eq!(
            (Arc::strong_count(&here), Arc::strong_count(&there)),
            (1, 2)
        );
        assert_eq!(marks.get(&there, "b"), Some('b'));
    }
}
