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
/// Pause before a question is asked again on which it depends what the log of a run is told; each
/// further one is twice as long.
const PAUSE: Duration = Duration::from_secs(5);
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
    /// Questions that came to nothing, about pods that something ails. They hold nobody up.
    again: Again,
}

/// Questions that are asked until there is an answer.
type Again = Arc<Mutex<JoinSet<()>>>;

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
            again: Again::default(),
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

    /// Sends those that the server does not have. While it does not say which, it gets them all, but
    /// for those that the log of a run hears of: said late is better than said twice.
    pub fn send(&mut self, events: Vec<Doubtful>) {
        let sender = Sender {
            prefect: self.prefect.clone(),
            events: self.events.clone(),
            journal: self.journal.clone(),
            server: Arc::clone(&self.server),
        };
        let again = Arc::clone(&self.again);
        self.tasks.spawn(async move {
            let Some(known) = sender.known(&events).await else {
                let (troubled, events) = events.into_iter().partition(|it| it.trouble.is_some());
                sender.send(events, &HashSet::new()).await;
                sender.send_once_known(troubled, &again);
                return;
            };
            sender.send(events, &known).await;
        });
    }
}

/// What a question needs.
struct Sender {
    prefect: Client,
    events: Events,
    journal: Journal,
    server: Arc<Server>,
}

impl Sender {
    /// Those that the server has; `None` when it does not say.
    async fn known(&self, events: &[Doubtful]) -> Option<HashSet<EventId>> {
        let silent = || {
            let silent_until = self.server.silent_until.lock();
            silent_until.unwrap_or_else(PoisonError::into_inner)
        };
        if silent().is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let known = ask(&self.prefect, events).await;
        let known = known.inspect_err(|_| *silent() = Some(Instant::now() + SILENCE));
        known.ok()
    }

    /// Sends events, and tells the logs of runs, but for what is known.
    async fn send(&self, events: Vec<Doubtful>, known: &HashSet<EventId>) {
        let until = Instant::now() + patience(self.server.takes_none.load(Relaxed));
        for event in events {
            if known.contains(&event.id) {
                continue;
            }
            if let Some(trouble) = &event.trouble {
                self.journal
                    .observed(&trouble.about, trouble.is_error, &trouble.text);
            }
            let sent = self.events.json_in_turn(event.json);
            let in_vain = tokio::time::timeout_at(until, sent).await.is_err();
            self.server.takes_none.store(in_vain, Relaxed);
            if in_vain {
                self.events.drop_one();
            }
        }
    }

    /// Sends events once the server has said which it has. Where it never will, nothing is said
    /// that may have been said before.
    fn send_once_known(self, events: Vec<Doubtful>, again: &Again) {
        if events.is_empty() {
            return;
        }
        let mut again = again.lock().unwrap_or_else(PoisonError::into_inner);
        while again.try_join_next().is_some() {}
        again.spawn(async move {
            let mut pause = PAUSE;
            let known = loop {
                tokio::time::sleep(pause).await;
                match ask(&self.prefect, &events).await {
                    Err(error) if error.is_temporary() => pause = (pause * 2).min(SILENCE),
                    answer => break answer.ok(),
                }
            };
            let Some(known) = known else {
                let untold = events.into_iter().map(|event| Doubtful {
                    trouble: None,
                    ..event
                });
                return self.send(untold.collect(), &HashSet::new()).await;
            };
            self.send(events, &known).await;
        });
    }
}

/// How long the events of a question may wait.
const fn patience(takes_none: bool) -> Duration {
    if takes_none { Duration::ZERO } else { PATIENCE }
}

async fn ask(prefect: &Client, events: &[Doubtful]) -> Result<HashSet<EventId>, ApiError> {
    let now = Timestamp::now();
    // Clocks differ; the server does not like long spans of time.
    let slack = SignedDuration::from_mins(10);
    let filter = EventFilter::default()
        .with_ids(events.iter().map(|event| event.id))
        .between(now - TOO_OLD - slack, now + slack);
    let limit = u32::try_from(events.len()).unwrap_or(u32::MAX);
    let known = prefect.known_events(&filter, limit).await;
    known.inspect_err(|error| {
        let why = error.one_line();
        tracing::debug!("the server does not say which events it has: {why}");
    })
}
