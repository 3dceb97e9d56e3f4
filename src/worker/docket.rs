//! Runs that are being cancelled, and when each is to be looked at again: no I/O.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use crate::prefect::FlowRunId;

/// When a run is to be looked at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Not any more.
    Over,
    /// After this time.
    In(Duration),
    /// Soon, and later each time: its Job is on its way out.
    Soon,
    /// Later each time: it cannot be seen to now, for this reason.
    Failed(String),
}

/// When a run is looked at again that could not be seen to; twice as long each time.
pub const AGAIN: Duration = Duration::from_secs(10);
/// But no longer than this.
const AGAIN_AT_MOST: Duration = Duration::from_secs(300);

/// The first look after the deletion of a Job; each later one takes twice as long.
const SOON: Duration = Duration::from_secs(1);
/// But no longer than this.
const SOON_AT_MOST: Duration = Duration::from_secs(15);

/// Runs that are to be looked at again.
#[derive(Debug, Default)]
pub struct Docket(HashMap<FlowRunId, Entry>);

#[derive(Debug, Default)]
struct Entry {
    /// `None` while it is looked at.
    due: Option<Instant>,
    /// Since when its Job is on its way out, and how often that was looked at.
    going: Option<(Instant, u32)>,
    /// How often it was heard of and not found.
    doubts: usize,
    /// How often in a row it could not be seen to.
    failures: u32,
    /// Why it could not, last.
    why: Option<String>,
}

/// When a run is looked for again that was heard of and is not cancelling: an event may be here
/// before the state that it tells of can be read.
const DOUBTS: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(20),
];

impl Docket {
    /// When the next run is due.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.0.values().filter_map(|entry| entry.due).min()
    }

    /// The runs that are due.
    pub fn take(&mut self, now: Instant) -> Vec<FlowRunId> {
        let mut runs = Vec::new();
        for (run, entry) in &mut self.0 {
            if entry.due.is_some_and(|due| due <= now) {
                entry.due = None;
                runs.push(*run);
            }
        }
        runs
    }

    /// Notes what came of a look at a run. Gives why it could not be seen to, where that is news.
    pub fn note(&mut self, run: FlowRunId, next: Next, now: Instant) -> Option<String> {
        let known = self.0.remove(&run).unwrap_or_default();
        let mut entry = Entry { doubts: 0, ..known };
        let failures = std::mem::take(&mut entry.failures);
        let mut news = None;
        let wait = match next {
            Next::Over => return None,
            Next::In(wait) => wait,
            Next::Soon => {
                let (since, looks) = entry.going.unwrap_or((now, 0));
                entry.going = Some((since, looks + 1));
                (SOON * 2_u32.pow(looks.min(8))).min(SOON_AT_MOST)
            }
            Next::Failed(why) => {
                entry.failures = failures + 1;
                if entry.why.as_ref() != Some(&why) {
                    entry.why = Some(why.clone());
                    news = Some(why);
                }
                (AGAIN * 2_u32.pow(failures.min(8))).min(AGAIN_AT_MOST)
            }
        };
        entry.due = Some(now + wait);
        self.0.insert(run, entry);
        news
    }

    /// A run that is to be looked at was not found among those that are cancelling.
    pub fn doubt(&mut self, run: FlowRunId, now: Instant) {
        let known = self.0.get(&run);
        let doubts = match known {
            // It was seen before, so it is no longer cancelling.
            Some(entry) if entry.doubts == 0 => DOUBTS.len(),
            Some(entry) => entry.doubts,
            None => 0,
        };
        let Some(wait) = DOUBTS.get(doubts) else {
            return self.strike(run);
        };
        let entry = Entry {
            due: Some(now + *wait),
            doubts: doubts + 1,
            ..Entry::default()
        };
        self.0.insert(run, entry);
    }

    /// Forgets a run.
    pub fn strike(&mut self, run: FlowRunId) {
        self.0.remove(&run);
    }

    /// How long a run's Job has been on its way out.
    #[must_use]
    pub fn waited(&self, run: FlowRunId, now: Instant) -> Duration {
        let going = self.0.get(&run).and_then(|entry| entry.going);
        going.map_or(Duration::ZERO, |(since, _)| {
            now.saturating_duration_since(since)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: Duration = Duration::from_secs(300);

    #[test]
    fn what_fails_is_said_once_and_tried_ever_more_seldom() {
        let (mut docket, now) = (Docket::default(), Instant::now());
        let run = FlowRunId(uuid::Uuid::nil());
        let failed = |why: &str| Next::Failed(why.to_owned());
        for (why, wait, news) in [
            ("no right", 10, true),
            ("no right", 20, false),
            ("no right", 40, false),
            ("no answer", 80, true),
            ("no answer", 160, false),
            ("no answer", 300, false),
        ] {
            let said = docket.note(run, failed(why), now);
            assert_eq!(said.is_some(), news, "{why} {wait}");
            assert_eq!(docket.due(), Some(now + Duration::from_secs(wait)));
        }
        assert_eq!(docket.note(run, Next::Soon, now), None);
        assert_eq!(docket.note(run, failed("no answer"), now), None);
        assert_eq!(docket.due(), Some(now + AGAIN), "it went better meanwhile");
    }

    #[test]
    fn a_run_is_looked_at_again_until_it_is_over() {
        let (mut docket, start) = (Docket::default(), Instant::now());
        let run = FlowRunId(uuid::Uuid::nil());
        let mut now = start;
        for wait in [1, 2, 4, 8, 15, 15] {
            docket.note(run, Next::Soon, now);
            assert_eq!(docket.due(), Some(now + Duration::from_secs(wait)));
            assert!(docket.take(now).is_empty(), "not yet");
            now += Duration::from_secs(wait);
            assert_eq!(docket.take(now), [run]);
            assert_eq!(docket.due(), None, "it is being looked at");
        }
        assert_eq!(docket.waited(run, now), Duration::from_secs(45));
        docket.note(run, Next::In(LATER), now);
        assert_eq!(docket.due(), Some(now + LATER));
        docket.note(run, Next::Over, now);
        assert_eq!(
            (docket.due(), docket.waited(run, now)),
            (None, Duration::ZERO)
        );
    }

    #[test]
    fn a_run_that_is_heard_of_too_early_is_looked_for_again() {
        let (mut docket, mut now) = (Docket::default(), Instant::now());
        let run = FlowRunId(uuid::Uuid::nil());
        for wait in DOUBTS {
            docket.doubt(run, now);
            assert_eq!(docket.due(), Some(now + wait));
            now += wait;
            assert_eq!(docket.take(now), [run]);
        }
        docket.doubt(run, now);
        assert!(docket.0.is_empty(), "a rumour");
        docket.note(run, Next::Soon, now);
        docket.doubt(run, now);
        assert!(docket.0.is_empty(), "it was seen, and is over");
    }
}
