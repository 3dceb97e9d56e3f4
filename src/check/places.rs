//! Where Jobs go.

use super::world::{Installed, PoolFacts};
use crate::base_template::default_namespace;

/// Where Jobs of a pool go by default, each namespace once: each worker may have been told another
/// one than the pool's template names. `None` is what a template without a namespace leaves to the
/// worker.
#[must_use]
pub fn jobs_go_to<'f>(facts: &'f PoolFacts, installed: &'f [Installed]) -> Vec<Option<&'f str>> {
    let name = &facts.pool.name.0;
    let of_template = default_namespace(&facts.pool.base_job_template);
    let workers = installed.iter().filter(|it| it.spec.pools.contains(name));
    let mut told: Vec<Option<&str>> = workers
        .map(|worker| worker.spec.namespace.as_deref().or(of_template))
        .collect();
    if told.is_empty() {
        told.push(of_template);
    }
    told.sort_unstable();
    told.dedup();
    told
}
