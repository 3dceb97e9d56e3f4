//! Watches Jobs and pods of the pool's runs, in the namespaces that Jobs were sent to.
//!
//! The selection is the API server's: the label of the pool, which every Job of a worker has. What
//! is kept is what is under way; of what has ended, the fact. The end of a watch means nothing
//! here: only what an object says, or the confirmed absence of a Job.

mod disturbance;
mod grounds;
mod marks;
mod pods;
mod reading;
mod roll;
mod sieve;
mod sight;
mod tracker;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio::sync::mpsc;

pub use grounds::Ground;
pub use marks::Marks;
pub use reading::{attempt, job_of, made_by_us, run_of};

use super::{
    decide::JobEnd,
    events::{CatchUp, Replica, Replicated},
    judge::Case,
    rights,
    shared::Shared,
};
use crate::k8s::{
    Change, Class, Failure, label,
    view::{JobView, PodView},
};
use disturbance::Disturbances;
use grounds::Grounds;
use sieve::Sieve;
use tracker::Tracker;

/// A watch that has not even failed for this long has stopped; the server sends signs of life more
/// often.
const WINDOW: Duration = Duration::from_secs(330);
/// What is watched in every place.
const WATCHED: [&str; 2] = ["Jobs", "pods"];

/// How a Job stands that was read and not watched.
#[must_use]
pub fn end_of(job: &JobView) -> JobEnd {
    reading::evidence(job, false).end()
}

/// What a watch says.
enum Seen {
    Job(Result<Change<JobView>, Failure>),
    Pod(Result<Change<PodView>, Failure>),
}

/// Observes until the worker stops. `grounds` brings further places to watch.
pub async fn run(shared: &Arc<Shared>, mut grounds: mpsc::UnboundedReceiver<Ground>) {
    let mut watched = Grounds::default();
    let mut rounds = tokio::time::interval(grounds::ROUND);
    let mut tracker = Tracker::new(Arc::clone(shared));
    let mut replicator = Replicator::new(shared);
    let mut sieve = Sieve::default();
    let mut disturbances = Disturbances::default();
    loop {
        // Pods wait while the server is asked for their events; Jobs never do.
        let busy = replicator.is_busy();
        tokio::select! {
            () = shared.process.stop.cancelled() => return,
            ground = grounds.recv() => {
                // The other end is in `shared`, so there always is one.
                let Some(ground) = ground else { return };
                let ground = watched.ask_for(ground, &selector(shared), Instant::now());
                if let Some(ground) = ground {
                    begin(shared, &ground);
                }
            }
            _ = rounds.tick() => {
                let hold = |ground: &Arc<Ground>| tracker.hold(ground);
                for ground in watched.leave_idle(Instant::now(), hold) {
                    leave(shared, &mut tracker, &mut replicator, &mut disturbances, &ground);
                }
            }
            () = replicator.turn_ends(), if busy => {}
            (ground, seen) = watched.next(!busy) => {
                replicator.note(shared, &ground, &seen);
                if let Some(failed) = note(shared, &mut tracker, &mut disturbances, &ground, seen) {
                    sieve.sift(shared, failed);
                }
            }
        }
    }
}

/// Tells the changes of pods as events, unless it is switched off.
struct Replicator(Option<(Replica, CatchUp)>);

impl Replicator {
    fn new(shared: &Shared) -> Self {
        let options = &shared.options.observer;
        let sink = shared.events.sink().clone();
        let journal = shared.journal.clone();
        let concurrency = options.startup_event_concurrency;
        let catch_up = || CatchUp::new(&shared.prefect, sink, journal, concurrency);
        let replica = || (Replica::default(), catch_up());
        Self(options.replicate_pod_events.then(replica))
    }

    /// Whether a long list of pods is to be read no further: the server has enough to answer.
    fn is_busy(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|(_, catch_up)| catch_up.is_busy())
    }

    /// Comes when the server has answered.
    async fn turn_ends(&mut self) {
        match &mut self.0 {
            Some((_, catch_up)) => catch_up.turn_ends().await,
            None => std::future::pending().await,
        }
    }

    /// A place is left.
    fn leave(&mut self, ground: &Arc<Ground>) {
        if let Some((replica, _)) = &mut self.0 {
            replica.leave(ground);
        }
    }

    /// Takes in what a watch says.
    fn note(&mut self, shared: &Shared, ground: &Arc<Ground>, seen: &Seen) {
        let (Some((replica, catch_up)), Seen::Pod(Ok(change))) = (&mut self.0, seen) else {
            return;
        };
        match replica.note(ground, change, Timestamp::now()) {
            Replicated::Nothing => {}
            Replicated::Event(event) => {
                shared.events.sink().emit(&event);
            }
            Replicated::Doubtful(events) => catch_up.send(events),
        }
    }
}

/// A place is watched from now on. What it lacks of our rights is told.
fn begin(shared: &Arc<Shared>, ground: &Arc<Ground>) {
    shared.watches(ground, true);
    for what in WATCHED {
        let name = watch_name(shared, what, ground);
        shared.process.pulse.beat(&name, WINDOW);
    }
    if !ground.stays {
        shared.begin_judging(rights::review(Arc::clone(shared), Arc::clone(ground)));
    }
}

/// A place is no longer watched: what was known there is gone.
fn leave(
    shared: &Shared,
    tracker: &mut Tracker,
    replicator: &mut Replicator,
    disturbances: &mut Disturbances,
    ground: &Arc<Ground>,
) {
    tracing::debug!("namespace {} is no longer watched", ground.namespace);
    tracker.is_left(ground);
    shared.watches(ground, false);
    for what in WATCHED {
        disturbances.forget(&watch_name(shared, what, ground));
    }
    for seen in [
        Seen::Job(Ok(Change::Restarted)),
        Seen::Job(Ok(Change::Synced)),
        Seen::Pod(Ok(Change::Restarted)),
        Seen::Pod(Ok(Change::Synced)),
    ] {
        replicator.note(shared, ground, &seen);
        // No Job is under way there, so none can have failed.
        note(shared, tracker, disturbances, ground, seen);
    }
    tracker.leave(ground);
    replicator.leave(ground);
    for what in WATCHED {
        shared
            .process
            .pulse
            .ended(&watch_name(shared, what, ground));
    }
}

/// Selects the Jobs and pods of our pool.
fn selector(shared: &Shared) -> String {
    let mut selector = format!("{}={}", label::WORK_POOL_ID, shared.pool().id);
    for (key, value) in &shared.options.observer.label_filters {
        selector.push_str(&format!(",{key}={value}"));
    }
    selector
}

fn watch_name(shared: &Shared, what: &str, ground: &Ground) -> String {
    let is_own_cluster = ground.cluster.is(&shared.process.cluster);
    let server = (!is_own_cluster).then(|| ground.cluster.server());
    shared.part(&name_of(what, &ground.namespace, server))
}

/// How a watch is called; with the server, where it is not of the worker's own cluster.
fn name_of(what: &str, namespace: &str, server: Option<&str>) -> String {
    let server = server.map_or(String::new(), |server| format!(" of {server}"));
    format!("watch of {what} in namespace {namespace}{server}")
}

/// Takes in what a watch says. A failure is a sign of life too: the Kubernetes API is waited for, and
/// readiness tells when that lasts. Gives Jobs to be sifted, when there are enough of them.
fn note(
    shared: &Shared,
    tracker: &mut Tracker,
    disturbances: &mut Disturbances,
    ground: &Arc<Ground>,
    seen: Seen,
) -> Option<Vec<Case>> {
    let mut failed = None;
    let (what, failure) = match seen {
        Seen::Job(Ok(change)) => {
            tracker.is_served(ground);
            failed = tracker.job(ground, change);
            ("Jobs", None)
        }
        Seen::Pod(Ok(change)) => {
            tracker.pod(ground, change);
            ("pods", None)
        }
        Seen::Job(Err(failure)) => {
            if sight::is_refusal(failure.class) {
                tracker.is_refused(ground, failure.class);
            }
            ("Jobs", Some(failure))
        }
        Seen::Pod(Err(failure)) => ("pods", Some(failure)),
    };
    let (name, now) = (watch_name(shared, what, ground), Instant::now());
    match failure {
        None => {
            shared.process.pulse.beat(&name, WINDOW);
            if let Some(text) = disturbances.ends(&name, now) {
                tracing::info!("{text}");
            }
        }
        Some(failure) => {
            if failure.class == Class::Forbidden {
                // It is said, and its runs are swept: health has nothing to say of it.
                shared.process.pulse.ended(&name);
            } else {
                shared.process.pulse.tries(&name, WINDOW);
            }
            let refused = sight::is_refusal(failure.class);
            match disturbances.begins(&name, &failure.to_string(), refused, now) {
                Some(text) => tracing::warn!("{text}"),
                None => tracing::debug!("the {name} is disturbed: {failure}"),
            }
        }
    }
    failed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watches_of_one_namespace_in_two_clusters_are_told_apart() {
        assert_eq!(
            name_of("Jobs", "flows", None),
            "watch of Jobs in namespace flows"
        );
        assert_eq!(
            name_of("pods", "flows", Some("https://other:6443")),
            "watch of pods in namespace flows of https://other:6443"
        );
    }
}
