//! The Kubernetes side on a real cluster: connections, refusals and their remedies, Jobs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod access;
mod cluster_uid;
mod connection;
mod encodings;
mod in_pod;
mod jobs;
#[path = "../support/mod.rs"]
mod support;

use kubectl_prefect::{
    env_vars::Environment,
    k8s::{Cluster, Overrides, Patience, resolve},
};
use support::TestCluster;

/// A connection as the administrator, with these flags.
async fn connect(cluster: &TestCluster, flags: Overrides) -> Cluster {
    let overrides = Overrides {
        kubeconfig: Some(cluster.kubeconfig.clone()),
        ..flags
    };
    let target = resolve(&overrides, &Environment::default()).unwrap();
    Cluster::connect(target, Patience::Command).await.unwrap()
}
