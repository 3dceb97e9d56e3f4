//! The Kubernetes objects that values stand for, one file a kind.
//!
//! What is rendered is what the prefect-worker chart renders, less Helm's bookkeeping labels. The
//! same values always give the same objects in the same order; nothing here asks a cluster.

mod affinity;
mod api;
mod config_map;
mod container;
mod deployment;
mod environment;
mod extra;
mod horizontal_pod_autoscaler;
mod init_container;
mod metadata;
mod names;
mod native;
mod needed;
mod pod;
mod pod_disruption_budget;
mod release;
mod role;
mod role_binding;
mod service_account;

use serde_json::Value;

use super::values::Resolved;
use crate::error::Result;
pub use config_map::TEMPLATE_FILE;
pub use container::TEMPLATE_VOLUME;
pub use init_container::SYNC_CONTAINER;
pub use names::{check_namespace, check_release_name, is_subdomain};
pub use release::Release;

/// The version that objects are labelled with: that of the chart's own checkout.
pub const PREFECT_VERSION: &str = "3-latest";
/// What stands in the label `app.kubernetes.io/managed-by`.
pub const MANAGED_BY: &str = "kubectl-prefect";

/// What values render to.
#[derive(Debug)]
pub struct Rendered {
    /// The objects, in the order in which they are to be applied.
    pub objects: Vec<Value>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Renders the objects of a release.
///
/// # Errors
/// A usage error that names the value: one that is needed and empty, that contradicts another, or
/// whose expression cannot be evaluated.
pub fn render(name: &str, namespace: &str, resolved: &Resolved) -> Result<Rendered> {
    let release = Release::new(name, namespace, resolved)?;
    native::check(&release)?;
    let config_map = config_map::render(&release)?;
    let mut objects = Vec::new();
    objects.extend(service_account::render(&release)?);
    objects.extend(role::render(&release)?);
    objects.extend(role_binding::render(&release)?);
    let deployment = deployment::render(&release, config_map.as_ref())?;
    objects.extend(config_map);
    objects.push(deployment);
    objects.extend(horizontal_pod_autoscaler::render(&release)?);
    objects.extend(pod_disruption_budget::render(&release)?);
    objects.extend(extra::render(&release, &objects)?);
    Ok(Rendered {
        objects,
        notes: release.into_notes(),
    })
}

#[cfg(test)]
mod tests;
