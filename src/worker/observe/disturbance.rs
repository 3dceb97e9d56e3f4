//! Watches that are disturbed: said when it begins, once a minute while it lasts, and when it ends.
//! One that is refused will be until somebody changes something: that is said once for each reason.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// How often a disturbance that lasts is mentioned.
const REMIND_EVERY: Duration = Duration::from_secs(60);

/// The watches that are disturbed, by name.
#[derive(Debug, Default)]
pub struct Disturbances(HashMap<String, Disturbance>);

#[derive(Debug)]
struct Disturbance {
    since: Instant,
    said: Instant,
    failures: u32,
    why: String,
}

impl Disturbances {
    /// A watch has failed. Gives what is to be said, if it is news.
    pub fn begins(
        &mut self,
        watch: &str,
        why: &str,
        refused: bool,
        now: Instant,
    ) -> Option<String> {
        let Some(known) = self.0.get_mut(watch) else {
            let disturbance = Disturbance {
                since: now,
                said: now,
                failures: 1,
                why: why.to_owned(),
            };
            self.0.insert(watch.to_owned(), disturbance);
            let text = format!("the {watch} is disturbed and goes on as soon as it can: {why}");
            return Some(text);
        };
        known.failures += 1;
        let is_news = if refused {
            known.why != why
        } else {
            now.duration_since(known.said) >= REMIND_EVERY
        };
        if !is_news {
            return None;
        }
        why.clone_into(&mut known.why);
        known.said = now;
        let seconds = now.duration_since(known.since).as_secs();
        Some(format!(
            "the {watch} has been disturbed for {seconds} s: {why}"
        ))
    }

    /// A watch is given up.
    pub fn forget(&mut self, watch: &str) {
        self.0.remove(watch);
    }

    /// A watch shows something. Gives what is to be said, if it was disturbed.
    pub fn ends(&mut self, watch: &str, now: Instant) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let Disturbance {
            since, failures, ..
        } = self.0.remove(watch)?;
        let seconds = now.duration_since(since).as_secs();
        Some(format!(
            "the {watch} goes on, after {seconds} s and {failures} failures"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disturbance_is_said_when_it_begins_and_ends_and_now_and_then() {
        let mut watches = Disturbances::default();
        let begun = Instant::now();
        let at = |second| begun + Duration::from_secs(second);
        assert_eq!(watches.ends("watch", at(0)), None);
        assert!(
            watches
                .begins("watch", "why", false, at(0))
                .unwrap()
                .contains("why")
        );
        assert_eq!(watches.begins("watch", "why", false, at(59)), None);
        let reminder = watches.begins("watch", "why", false, at(61)).unwrap();
        assert!(reminder.contains("for 61 s"), "{reminder}");
        assert_eq!(watches.begins("watch", "why", false, at(90)), None);
        assert!(watches.begins("other", "why", false, at(90)).is_some());
        let end = watches.ends("watch", at(100)).unwrap();
        assert!(end.contains("100 s and 4 failures"), "{end}");
        assert_eq!(watches.ends("watch", at(101)), None);
    }

    #[test]
    fn a_refusal_is_said_once_for_each_reason() {
        let mut watches = Disturbances::default();
        let begun = Instant::now();
        let table = [
            ("may not list", 0, true),
            ("may not list", 3600, false),
            ("may not watch", 3601, true),
            ("may not watch", 7200, false),
        ];
        for (why, second, said) in table {
            let now = begun + Duration::from_secs(second);
            let news = watches.begins("watch", why, true, now);
            assert_eq!(news.is_some(), said, "{why} at {second}");
        }
    }
}
