//! The places that are watched: each as long as it is needed.
//!
//! A place that is neither configured nor has Jobs under way is left an hour after it was last
//! asked for; a Job that is sent there later has it watched again. A kubeconfig that was rotated is
//! another connection, so that its place is watched anew; the one whose credentials are refused is
//! left soon.

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

/// What keeps a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Jobs are under way there.
    Jobs,
    /// Nothing, but somebody may ask for it again.
    Nothing,
    /// Nothing, and its credentials are refused.
    Refused,
}

type Watch = BoxStream<'static, (Arc<Ground>, Seen)>;

/// The places that are watched, and what their watches say.
#[derive(Default)]
pub struct Grounds {
    known: Vec<Known>,
    jobs: SelectAll<Watch>,
    pods: SelectAll<Watch>,
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
        self.jobs.push(jobs.take_until(end()).boxed());
        self.pods.push(pods.take_until(end()).boxed());
    }

    /// What a watch says next, of Jobs alone or of pods too. Waits for ever while nothing is watched.
    pub async fn next(&mut self, pods_too: bool) -> (Arc<Ground>, Seen) {
        tokio::select! {
            Some(seen) = self.jobs.next() => seen,
            Some(seen) = self.pods.next(), if pods_too => seen,
            else => std::future::pending().await,
        }
    }

    /// Leaves the places that are no longer needed, and gives them.
    pub fn leave_idle(
        &mut self,
        now: Instant,
        hold: impl Fn(&Arc<Ground>) -> Hold,
    ) -> Vec<Arc<Ground>> {
        let is_needed = |known: &Known| match hold(&known.ground) {
            _ if known.ground.stays => true,
            Hold::Jobs => true,
            Hold::Nothing => now.saturating_duration_since(known.asked) <= IDLE,
            Hold::Refused => false,
        };
        let left = self.known.extract_if(.., |known| !is_needed(known));
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
        let busy = |ground: &Arc<Ground>| {
            if ground.cluster.is(&rotated) {
                Hold::Jobs
            } else {
                Hold::Nothing
            }
        };
        let left = grounds.leave_idle(late, busy);
        assert_eq!(
            left.len(),
            1,
            "what was asked for, stays, or has Jobs is kept"
        );
        let left = grounds.leave_idle(later + IDLE + Duration::from_secs(1), |_| Hold::Nothing);
        assert_eq!(left.len(), 2);
        assert!(left.iter().all(|ground| ground.namespace == "other"));
    }

    #[tokio::test]
    async fn a_place_whose_credentials_are_refused_is_left_soon() {
        let cluster = cluster().await;
        let now = Instant::now();
        let mut grounds = Grounds::default();
        let stays = Ground::configured(cluster.clone(), "flows".to_owned());
        assert!(grounds.ask_for(stays, "pool=1", now).is_some());
        let learnt = || Ground::new(cluster.clone(), "other".to_owned());
        assert!(grounds.ask_for(learnt(), "pool=1", now).is_some());
        assert!(grounds.leave_idle(now, |_| Hold::Nothing).is_empty());
        let left = grounds.leave_idle(now, |_| Hold::Refused);
        let left: Vec<&str> = left.iter().map(|it| it.namespace.as_str()).collect();
        assert_eq!(left, ["other"]);
        assert!(grounds.ask_for(learnt(), "pool=1", now).is_some(), "again");
    }
}
