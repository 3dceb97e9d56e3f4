//! Sends the events of pods that a list shows, but for those that the server has already.
//!
//! Prefect's observer asks for each of them alone; a cluster with thousands of pods that have ended
//! then floods the server at every start. Here fifty are asked for at once, by their ids.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::{task::JoinSet, time::Instant};

use super::replica::{Doubtful, TOO_OLD};
use crate::{
    prefect::{ApiError, Budget, Client, EventFilter, EventId, ws::Events},
    worker::journal::Journal,
};

/// After a question that came to nothing, none is asked for this long: the server drops what it has.
const SILENCE: Duration = Duration::from_secs(60);
/// How long the events of one question may wait for room before they are dropped. While there has
/// been none since, those of the next do not wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// Owns the questions under way. Those that are dropped are asked again at the next start.
#[derive(Debug)]
pub struct CatchUp {
    prefect: Client,
    events: Events,
    journal: Journal,
    turns: usize,
    server: Arc<Server>,
    tasks: JoinSet<()>,
}

/// What was learnt of the server.
#[derive(Debug, Default)]
struct Server {
    silent_until: Mutex<Option<Instant>>,
    /// Events waited for room in vain.
    takes_none: AtomicBool,
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
            turns: turns.max(1),
            server: Arc::default(),
            tasks: JoinSet::new(),
        }
    }

    /// Whether all turns are taken: whoever lists pods is to wait then, and not run ahead.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.tasks.len() >= self.turns
    }

    /// Comes when a turn has ended.
    pub async fn turn_ends(&mut self) {
        if self.tasks.join_next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Sends those that the server does not have.
    pub fn send(&mut self, events: Vec<Doubtful>) {
        let (prefect, sink) = (self.prefect.clone(), self.events.clone());
        let journal = self.journal.clone();
        let server = Arc::clone(&self.server);
        self.tasks.spawn(async move {
            let known = known(&prefect, &server.silent_until, &events).await;
            let until = Instant::now() + patience(server.takes_none.load(Relaxed));
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
                let in_vain = tokio::time::timeout_at(until, sent).await.is_err();
                server.takes_none.store(in_vain, Relaxed);
                if in_vain {
                    sink.drop_one();
                }
            }
        });
    }
}

/// How long the events of a question may wait.
const fn patience(takes_none: bool) -> Duration {
    if takes_none { Duration::ZERO } else { PATIENCE }
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
