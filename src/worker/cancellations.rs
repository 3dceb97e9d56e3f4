//! Who hears of cancelled runs: one subscription to Prefect's events for the process
//! (`prefect.flow-run.Cancelling`, as prefect/_internal/observers.py subscribes), shared out among
//! the workers of its pools by the pool that an event names.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, mpsc, watch};

use crate::prefect::{
    Client, Event, EventFilter, FlowRunId, WorkPoolId,
    ws::{EventSubscription, Link},
};

/// What a flow run that is to be cancelled tells of itself.
const CANCELLING: &str = "prefect.flow-run.Cancelling";
/// How events name a work pool.
const POOL: &str = "prefect.work-pool.";

/// The subscription's switchboard.
#[derive(Debug)]
pub struct Cancellations {
    ears: Mutex<HashMap<WorkPoolId, mpsc::UnboundedSender<FlowRunId>>>,
    /// Told when the pools are others.
    changed: Notify,
    link: watch::Sender<Link>,
}

/// Where the worker of a pool hears of its runs.
#[derive(Debug)]
pub struct Ear {
    pool: WorkPoolId,
    mouth: mpsc::UnboundedSender<FlowRunId>,
    runs: mpsc::UnboundedReceiver<FlowRunId>,
    /// Whether events come in.
    pub link: watch::Receiver<Link>,
}

impl Default for Cancellations {
    fn default() -> Self {
        Self {
            ears: Mutex::default(),
            changed: Notify::new(),
            link: watch::channel(Link::Connecting).0,
        }
    }
}

impl Cancellations {
    /// Lets the worker of a pool hear of its runs.
    #[must_use]
    pub fn listen(&self, pool: WorkPoolId) -> Ear {
        let (mouth, runs) = mpsc::unbounded_channel();
        self.ears().insert(pool, mouth.clone());
        self.changed.notify_one();
        Ear {
            pool,
            mouth,
            runs,
            link: self.link.subscribe(),
        }
    }

    /// Follows a pool that was made again: its id is another one.
    pub fn follow(&self, ear: &mut Ear, pool: WorkPoolId) {
        if ear.pool == pool {
            return;
        }
        let mut ears = self.ears();
        ears.remove(&ear.pool);
        ears.insert(pool, ear.mouth.clone());
        ear.pool = pool;
        drop(ears);
        self.changed.notify_one();
    }

    /// Says that a run of a pool is to be looked at.
    pub fn tell(&self, pool: WorkPoolId, run: FlowRunId) {
        if let Some(mouth) = self.ears().get(&pool) {
            // A worker that listens no more is ending.
            let _ = mouth.send(run);
        }
    }

    /// Keeps the subscription while there are pools; never returns.
    pub async fn run(&self, prefect: &Client) {
        loop {
            let pools: Vec<String> = self.ears().keys().map(|id| format!("{POOL}{id}")).collect();
            if pools.is_empty() {
                self.changed.notified().await;
                continue;
            }
            let filter = EventFilter::named([CANCELLING]).related_to(pools);
            let mut subscription = EventSubscription::start(prefect, filter);
            let mut link = subscription.watch_link();
            loop {
                tokio::select! {
                    Some(event) = subscription.recv() => self.heard(&event),
                    Ok(()) = link.changed() => {
                        let link = link.borrow_and_update().clone();
                        if link == Link::Up {
                            tracing::debug!("listening for cancelled runs");
                        }
                        self.link.send_replace(link);
                    }
                    () = self.changed.notified() => break,
                }
            }
            subscription.finish().await;
        }
    }

    fn heard(&self, event: &Event) {
        let Some(run) = event.flow_run_id() else {
            tracing::debug!(event = event.event, "an event of no flow run is left out");
            return;
        };
        for related in &event.related {
            let id = related.get("prefect.resource.id");
            let pool = id.and_then(|id| id.strip_prefix(POOL)?.parse().ok());
            if let Some(pool) = pool {
                self.tell(pool, run);
            }
        }
    }

    fn ears(&self) -> MutexGuard<'_, HashMap<WorkPoolId, mpsc::UnboundedSender<FlowRunId>>> {
        self.ears.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ear {
    /// The runs that were heard of since; waits for one. May be cancelled without loss.
    pub async fn runs(&mut self) -> Vec<FlowRunId> {
        let mut heard = Vec::new();
        // We hold a sender ourselves, so there is always one.
        heard.extend(self.runs.recv().await);
        while let Ok(run) = self.runs.try_recv() {
            if !heard.contains(&run) {
                heard.push(run);
            }
        }
        heard
    }

    /// Whether events come in.
    #[must_use]
    pub fn hears(&self) -> bool {
        *self.link.borrow() == Link::Up
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn event(run: u128, pool: u128) -> Event {
        let resource = |kind: &str, id: u128| format!("prefect.{kind}.{}", Uuid::from_u128(id));
        let mut event = Event::new(CANCELLING, Timestamp::now(), resource("flow-run", run));
        for related in [resource("deployment", 9), resource("work-pool", pool)] {
            let id = ("prefect.resource.id".into(), related);
            event.related.push([id].into());
        }
        event
    }

    fn id(run: u128) -> FlowRunId {
        FlowRunId(Uuid::from_u128(run))
    }

    #[tokio::test]
    async fn each_pool_hears_of_its_own_runs() {
        let hub = Cancellations::default();
        let (a, b) = (
            WorkPoolId(Uuid::from_u128(1)),
            WorkPoolId(Uuid::from_u128(2)),
        );
        let (mut first, mut second) = (hub.listen(a), hub.listen(b));
        assert!(!first.hears());
        for (run, pool) in [(10, 1), (20, 2), (11, 1), (10, 1), (30, 3)] {
            hub.heard(&event(run, pool));
        }
        assert_eq!(first.runs().await, [id(10), id(11)]);
        assert_eq!(second.runs().await, [id(20)]);
        let again = WorkPoolId(Uuid::from_u128(3));
        hub.follow(&mut first, again);
        hub.heard(&event(10, 1));
        hub.heard(&event(31, 3));
        assert_eq!(first.runs().await, [id(31)], "the pool was made again");
    }
}
