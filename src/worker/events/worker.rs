//! The worker's own events: `prefect.worker.started`, `.stopped`, `.submitted-flow-run`,
//! `.executed-flow-run`.

use std::sync::OnceLock;

use jiff::Timestamp;
use uuid::Uuid;

use super::related;
use crate::{
    prefect::{
        Deployment, Event, EventId, Flow, FlowRun, Resource, StateId, WorkerName, ws::Events,
    },
    worker::pool::PoolSnapshot,
};

/// Emits the events of one worker.
#[derive(Debug)]
pub struct WorkerEvents {
    events: Events,
    resource: Resource,
    started: OnceLock<Emitted>,
}

/// An event that others follow.
#[derive(Debug, Clone, Copy)]
struct Emitted {
    id: EventId,
    occurred: Timestamp,
}

/// A submission that was told.
#[derive(Debug, Clone)]
pub struct Submitted {
    event: Emitted,
    related: Vec<Resource>,
    run: FlowRunAttempt,
}

type FlowRunAttempt = (Uuid, Uuid);

impl WorkerEvents {
    /// The events of the worker of this name.
    #[must_use]
    pub fn new(events: Events, worker: &WorkerName) -> Self {
        Self {
            events,
            resource: related::this_worker(worker.as_str()),
            started: OnceLock::new(),
        }
    }

    /// Where the events go: for those of pods.
    #[must_use]
    pub const fn sink(&self) -> &Events {
        &self.events
    }

    /// The worker is about to poll.
    pub fn started(&self, pool: &PoolSnapshot) {
        let event = self.event("started", vec![of_pool(pool)]);
        let emitted = Emitted::of(&event);
        if self.started.set(emitted).is_ok() {
            self.events.emit(&event);
        }
    }

    /// The pool that the worker serves is another one of the same name: who asks for the workers of
    /// the new one, and their versions, finds them by this.
    pub fn started_again(&self, pool: &PoolSnapshot) {
        self.events
            .emit(&self.event("started", vec![of_pool(pool)]));
    }

    /// The worker is done. Told only by one that told of its start.
    pub fn stopped(&self, pool: &PoolSnapshot) {
        if let Some(started) = self.started.get() {
            let event = self.event("stopped", vec![of_pool(pool)]);
            self.events.emit(&started.before(event));
        }
    }

    /// A run is configured and its Job is about to be made. The ids of this event and of
    /// [`Self::executed`] come from the attempt: a submission that another worker takes up after a
    /// crash is told once.
    pub fn submitted(
        &self,
        run: &FlowRun,
        attempt: StateId,
        flow: &Flow,
        deployment: Option<&Deployment>,
        pool: &PoolSnapshot,
    ) -> Submitted {
        let related = of_run(run, flow, deployment, pool);
        let attempt = (run.id.0, attempt.0);
        let mut event = self.event("submitted-flow-run", related.clone());
        event.id = id_of(attempt, "submitted");
        let emitted = Emitted::of(&event);
        self.events.emit(&event);
        Submitted {
            event: emitted,
            related,
            run: attempt,
        }
    }

    /// The Job of a submitted run exists. (Prefect's event is of the time when it has been run, but
    /// its Kubernetes worker does not wait for the Job either.)
    pub fn executed(&self, submitted: Submitted, namespace: &str, job: &str) {
        let Submitted {
            event: before,
            mut related,
            run,
        } = submitted;
        for resource in &mut related {
            if resource.get("prefect.resource.role").map(String::as_str) == Some("flow-run") {
                let mut set = |name: &str, value: String| {
                    resource.insert(format!("prefect.infrastructure.{name}").into(), value);
                };
                set("identifier", format!("{namespace}:{job}"));
                set("status-code", "0".to_owned());
            }
        }
        let mut event = self.event("executed-flow-run", related);
        event.id = id_of(run, "executed");
        self.events.emit(&before.before(event));
    }

    fn event(&self, what: &str, related: Vec<Resource>) -> Event {
        let mut event = Event::new(format!("prefect.worker.{what}"), Timestamp::now(), "");
        event.resource.clone_from(&self.resource);
        event.related = related;
        event
    }
}

impl Emitted {
    const fn of(event: &Event) -> Self {
        Self {
            id: event.id,
            occurred: event.occurred,
        }
    }

    fn before(self, event: Event) -> Event {
        event.following(self.id, self.occurred)
    }
}

fn id_of((run, attempt): FlowRunAttempt, what: &str) -> EventId {
    let name = format!("prefect.worker.{what}-flow-run {attempt}");
    EventId(Uuid::new_v5(&run, name.as_bytes()))
}

fn of_pool(pool: &PoolSnapshot) -> Resource {
    related::object("work-pool", pool.id, pool.name.as_str())
}

/// What has to do with a submission, in Prefect's order.
fn of_run(
    run: &FlowRun,
    flow: &Flow,
    deployment: Option<&Deployment>,
    pool: &PoolSnapshot,
) -> Vec<Resource> {
    let mut related = Vec::new();
    if let Some(deployment) = deployment {
        related.push(related::object(
            "deployment",
            deployment.id,
            &deployment.name,
        ));
    }
    related.push(related::object("flow", flow.id, &flow.name));
    related.push(related::object("flow-run", run.id, &run.name));
    let tags = deployment.iter().flat_map(|deployment| &deployment.tags);
    let tags = tags.chain(&flow.tags).chain(&run.tags);
    related.extend(related::tags(tags, related.len() + 1));
    related.push(of_pool(pool));
    related
}
