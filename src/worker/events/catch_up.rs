//! Sends the events of pods that a list shows, but for those that the server has already.
//!
//! Prefect's observer asks for each of them alone; a cluster with thousands of pods that have ended
//! then floods the server at every start. Here fifty are asked for at once, by their ids.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::{sync::Semaphore, task::JoinSet, time::Instant};

use super::replica::{Doubtful, TOO_OLD};
use crate::{
    prefect::{ApiError, Budget, Client, EventFilter, EventId, ws::Events},
    worker::journal::Journal,
};

/// After a question that came to nothing, none is asked for this long: the server drops what it has.
const SILENCE: Duration = Duration::from_secs(60);
/// How long an event may wait for room before it is dropped.
const PATIENCE: Duration = Duration::from_secs(30);

/// Owns the questions under way. Those that are dropped are asked again at the next start.
#[derive(Debug)]
pub struct CatchUp {
    prefect: Client,
    events: Events,
    journal: Journal,
    turns: Arc<Semaphore>,
    silent_until: Arc<Mutex<Option<Instant>>>,
    tasks: JoinSet<()>,
}

impl CatchUp {
    /// Asks `concurrency` questions at a time
    /// (PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_STARTUP_EVENT_CONCURRENCY).
    #[must_use]
    pub fn new(prefect: &Client, events: Events, journal: Journal, concurrency: u32) -> Self {
        let turns = usize::try_from(concurrency).unwrap_or(usize::MAX);
        Self {
            prefect: prefect.with_budget(Budget::Attempts(3)),
            events,
            journal,
            turns: Arc::new(Semaphore::new(turns.clamp(1, Semaphore::MAX_PERMITS))),
            silent_until: Arc::default(),
            tasks: JoinSet::new(),
        }
    }

    /// Sends those that the server does not have. Waits for its turn, so that whoever lists pods
    /// does not run ahead.
    pub async fn send(&mut self, events: Vec<Doubtful>) {
        while self.tasks.try_join_next().is_some() {}
        // The semaphore is never closed.
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else {
            return;
        };
        let (prefect, sink) = (self.prefect.clone(), self.events.clone());
        let journal = self.journal.clone();
        let silent_until = Arc::clone(&self.silent_until);
        self.tasks.spawn(async move {
            let known = known(&prefect, &silent_until, &events).await;
            let is_known =
                |event: &Doubtful| known.as_ref().is_some_and(|it| it.contains(&event.id));
            for event in events {
                if is_known(&event) {
                    continue;
                }
                // Said twice is worse than not said, when nobody knows.
                if let (Some(trouble), Some(_)) = (&event.trouble, &known) {
                    journal.observed(&trouble.about, trouble.is_error, &trouble.text);
                }
                let sent = sink.json_in_turn(event.json);
                if tokio::time::timeout(PATIENCE, sent).await.is_err() {
                    sink.drop_one();
                }
            }
            drop(turn);
        });
    }
}

/// Those that the server has; `None` when it does not say.
async fn known(
    prefect: &Client,
    silent_until: &Mutex<Option<Instant>>,
    events: &[Doubtful],
) -> Option<HashSet<EventId>> {
    let silent = || silent_until.lock().unwrap_or_else(PoisonError::into_inner);
    if silent().is_some_and(|until| Instant::now() < until) {
        return None;
    }
    match ask(prefect, events).await {
        Ok(known) => Some(known),
        Err(error) => {
            tracing::debug!(
                "the server does not say which events it has: {}",
                error.one_line()
            );
            *silent() = Some(Instant::now() + SILENCE);
            None
        }
    }
}

async fn ask(prefect: &Client, events: &[Doubtful]) -> Result<HashSet<EventId>, ApiError> {
    let now = Timestamp::now();
    // Clocks differ; the server does not like long spans of time.
    let slack = SignedDuration::from_mins(10);
    let filter = EventFilter::default()
        .with_ids(events.iter().map(|event| event.id))
        .between(now - TOO_OLD - slack, now + slack);
    let limit = u32::try_from(events.len()).unwrap_or(u32::MAX);
    prefect.known_events(&filter, limit).await
}
