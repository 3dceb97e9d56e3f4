//! The places that are watched: each as long as it is needed.
//!
//! A place that is neither configured nor has Jobs under way is left an hour after it was last
//! asked for; a Job that is sent there later has it watched again. A kubeconfig that was rotated is
//! another connection, so that its place is watched anew.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{
    StreamExt as _,
    stream::{BoxStream, SelectAll},
};
use tokio_util::sync::CancellationToken;

use super::Seen;
use crate::k8s::{
    Cluster, Scope,
    view::{JobView, PodView},
};

/// How long a place is watched that nobody asks for and that has no Jobs under way.
const IDLE: Duration = Duration::from_secs(3600);
/// Time between two looks for such places.
pub const ROUND: Duration = Duration::from_secs(300);

/// A place where Jobs are: a cluster and a namespace of it.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The cluster.
    pub cluster: Cluster,
    /// The namespace.
    pub namespace: String,
    /// Whether it is watched for good, because settings name it.
    pub stays: bool,
}

impl Ground {
    /// A place that a Job goes to.
    #[must_use]
    pub const fn new(cluster: Cluster, namespace: String) -> Self {
        Self {
            cluster,
            namespace,
            stays: false,
        }
    }

    /// A place that settings name.
    #[must_use]
    pub const fn configured(cluster: Cluster, namespace: String) -> Self {
        Self {
            cluster,
            namespace,
            stays: true,
        }
    }

    fn is(&self, other: &Self) -> bool {
        self.namespace == other.namespace && self.cluster.is(&other.cluster)
    }
}

type Watch = BoxStream<'static, (Arc<Ground>, Seen)>;

/// The places that are watched, and what their watches say.
#[derive(Default)]
pub struct Grounds {
    known: Vec<Known>,
    watches: SelectAll<Watch>,
}

struct Known {
    ground: Arc<Ground>,
    /// What is selected there. A pool that was made again has another id, which its Jobs carry.
    selector: String,
    asked: Instant,
    end: CancellationToken,
}

impl Grounds {
    /// Watches a place, unless it is watched already. Gives it when it is new.
    pub fn ask_for(&mut self, ground: Ground, selector: &str, now: Instant) -> Option<Arc<Ground>> {
        let known = self
            .known
            .iter_mut()
            .find(|known| known.selector == selector && known.ground.is(&ground));
        if let Some(known) = known {
            known.asked = now;
            return None;
        }
        let known = Known {
            ground: Arc::new(ground),
            selector: selector.to_owned(),
            asked: now,
            end: CancellationToken::new(),
        };
        let ground = Arc::clone(&known.ground);
        self.begin(&known);
        self.known.push(known);
        Some(ground)
    }

    /// Begins to watch the Jobs and the pods of a place.
    fn begin(&mut self, known: &Known) {
        let ground = &known.ground;
        let scope = || Scope::Namespace(ground.namespace.clone());
        let jobs = ground.cluster.watch::<JobView>(scope(), &known.selector);
        let pods = ground.cluster.watch::<PodView>(scope(), &known.selector);
        let (of_jobs, of_pods) = (Arc::clone(ground), Arc::clone(ground));
        let jobs = jobs.map(move |seen| (Arc::clone(&of_jobs), Seen::Job(seen)));
        let pods = pods.map(move |seen| (Arc::clone(&of_pods), Seen::Pod(seen)));
        let end = || known.end.clone().cancelled_owned();
        self.watches.push(jobs.take_until(end()).boxed());
        self.watches.push(pods.take_until(end()).boxed());
    }

    /// What a watch says next. Waits for ever while nothing is watched.
    pub async fn next(&mut self) -> (Arc<Ground>, Seen) {
        loop {
            match self.watches.next().await {
                Some(seen) => return seen,
                None => std::future::pending().await,
            }
        }
    }

    /// Leaves the places that are no longer needed, and gives them.
    pub fn leave_idle(
        &mut self,
        now: Instant,
        has_jobs: impl Fn(&Arc<Ground>) -> bool,
    ) -> Vec<Arc<Ground>> {
        let is_idle = |known: &mut Known| {
            let idle = now.saturating_duration_since(known.asked) > IDLE;
            idle && !known.ground.stays && !has_jobs(&known.ground)
        };
        let left = self.known.extract_if(.., is_idle);
        left.map(|known| {
            known.end.cancel();
            known.ground
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s::{Patience, RequestTimeout, resolve_value};

    async fn cluster() -> Cluster {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = serde_json::json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "a",
            "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:1"}}],
            "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
            "users": [{"name": "a", "user": {}}],
        });
        let environment = crate::env_vars::Environment::default();
        let timeout = RequestTimeout::default();
        let target = resolve_value(&config, Some("a"), timeout, &environment).unwrap();
        Cluster::connect(target, Patience::Command).await.unwrap()
    }

    #[tokio::test]
    async fn a_place_is_watched_once_and_as_long_as_it_is_needed() {
        let (cluster, rotated) = (cluster().await, cluster().await);
        let now = Instant::now();
        let mut grounds = Grounds::default();
        let configured = || Ground::configured(cluster.clone(), "flows".to_owned());
        let learnt = |cluster: &Cluster| Ground::new(cluster.clone(), "other".to_owned());
        let mut is_new = |ground, selector, now| grounds.ask_for(ground, selector, now).is_some();
        assert!(is_new(configured(), "pool=1", now));
        assert!(is_new(learnt(&cluster), "pool=1", now));
        assert!(!is_new(learnt(&cluster.clone()), "pool=1", now), "known");
        assert!(
            is_new(learnt(&rotated), "pool=1", now),
            "another connection"
        );
        assert!(
            is_new(learnt(&cluster), "pool=2", now),
            "the pool was made again"
        );

        let later = now + IDLE / 2;
        assert!(
            !is_new(learnt(&cluster), "pool=1", later),
            "asked for again"
        );
        let late = now + IDLE + Duration::from_secs(1);
        let busy = |ground: &Arc<Ground>| ground.cluster.is(&rotated);
        let left = grounds.leave_idle(late, busy);
        assert_eq!(
            left.len(),
            1,
            "what was asked for, stays, or has Jobs is kept"
        );
        let left = grounds.leave_idle(later + IDLE + Duration::from_secs(1), |_| false);
        assert_eq!(left.len(), 2);
        assert!(left.iter().all(|ground| ground.namespace == "other"));
    }
}
