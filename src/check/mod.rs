//! The doctor: looks at the cluster, the API, the pool, the Secret, the installed worker and its Jobs,
//! and says of each what it saw and what to do.
//!
//! Checks run side by side over a [`World`] that fetches each thing once; what they judge by are
//! synchronous functions over what was fetched.

mod admission;
mod cluster;
mod finding;
mod inventory;
mod jobs;
mod labels;
mod owner;
mod places;
mod pool;
mod prefect;
mod quantity;
mod rights;
mod run;
mod secret;
mod versions;
mod worker;
mod world;

pub use finding::{Finding, Level};
pub use inventory::{Image, Inventory, Part, inventory};
pub use run::{Category, Check, Outcome, When, run};
pub use world::{Plan, Planned, World};

use Category::{Cluster, Jobs, Pool, Prefect, Rights, Secret, Worker};
use When::{After, Always, Before};

/// The time that a question may take when none is set.
pub const FOR_EVER: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// A row of [`ALL`]: the function is boxed, so that one table holds them all.
macro_rules! checks {
    ($($name:literal, $category:expr, $when:expr, $look:path, $about:literal;)+) => {
        [$(Check {
            name: $name,
            category: $category,
            when: $when,
            about: $about,
            look: |world| Box::pin($look(world)),
        }),+]
    };
}

/// All checks, in the order in which they are shown.
pub static ALL: [Check; 32] = checks! {
    "context", Cluster, Always, cluster::context, "the kubeconfig leads to a cluster";
    "api-server", Cluster, Always, cluster::api_server, "the Kubernetes API server answers, and is not too old";
    "kubectl", Cluster, Always, cluster::kubectl, "kubectl is at most one minor version from the API server";
    "namespace", Cluster, Always, cluster::namespace, "the namespace exists, and is not being deleted";
    "clocks", Cluster, Always, cluster::clocks, "the clocks of both servers agree with this machine's";
    "install-rights", Rights, Before, rights::install_rights, "we may install a worker";
    "worker-rights", Rights, After, rights::worker_rights, "the worker's service account may do its work where Jobs go";
    "api-url", Prefect, Always, prefect::api_url, "the address of the Prefect API is set and well formed";
    "api", Prefect, Always, prefect::api, "the Prefect API answers; TLS and proxies included";
    "api-key", Prefect, Always, prefect::api_key, "the credential works, for this workspace";
    "job-api-url", Prefect, Always, prefect::job_api_url, "pods can reach the address that they are given";
    "same-api", Prefect, After, prefect::same_api, "workers report to the API that is looked at";
    "versions", Prefect, Always, versions::versions, "server, workers and this program fit together";
    "work-pool", Pool, Always, pool::pool, "the work pool exists, is of type kubernetes, and is not paused";
    "queues", Pool, Always, pool::queues, "the queues that are polled exist, and are not paused";
    "pool-workers", Pool, Always, pool::workers, "a worker is online";
    "dead-workers", Pool, Always, pool::dead_workers, "no records of dead workers are left";
    "template", Pool, Always, pool::template, "the base job template has no mistakes";
    "template-drift", Pool, After, pool::drift, "the pool has the template that the worker is to give it";
    "secret-key", Secret, Always, secret::there, "the Secrets that are referred to exist, with their keys";
    "secret-works", Secret, Always, secret::works, "the stored credential works on the worker's API";
    "secret-in-use", Secret, After, secret::in_use, "the pods have the value that is stored";
    "installed", Worker, After, worker::installed, "a worker is installed";
    "pods", Worker, After, worker::pods, "the worker's pods run; images, crashes and nodes included";
    "heartbeat", Worker, After, worker::heartbeat, "the pool hears of the installed worker";
    "job-namespaces", Worker, Always, worker::namespaces, "Jobs go where the worker watches and its Role allows";
    "owner", Worker, Always, owner::owner, "nobody else manages the worker: Helm, Argo CD, Flux";
    "quota", Jobs, Always, jobs::quota, "quotas leave room for Jobs";
    "network-policy", Jobs, Always, jobs::network_policy, "no NetworkPolicy keeps workers or Jobs from the APIs";
    "admission", Jobs, Always, admission::admission, "the API server takes the Job and the pods: quota, PodSecurity, policies";
    "job-pods", Jobs, After, jobs::pods, "no pod of a Job is stuck";
    "stale-jobs", Jobs, After, jobs::stale, "no Job outlives its flow run";
};

/// The checks that have something to look at, of these names or categories and not of those.
#[must_use]
pub fn choose(before: bool, only: &[String], skip: &[String]) -> Vec<&'static Check> {
    let is_named = |names: &[String], check: &Check| {
        names
            .iter()
            .any(|name| name == check.name || name == check.category.name())
    };
    ALL.iter()
        .filter(|check| match check.when {
            When::Always => true,
            When::Before => before,
            When::After => !before,
        })
        .filter(|check| only.is_empty() || is_named(only, check))
        .filter(|check| !is_named(skip, check))
        .collect()
}

/// The names by which checks are chosen: their own, and those of the categories.
#[must_use]
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = ALL.iter().map(|check| check.name).collect();
    names.extend(ALL.iter().map(|check| check.category.name()));
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_chosen_by_name_and_category() {
        let chosen = |before, only: &[&str], skip: &[&str]| -> Vec<&str> {
            let owned =
                |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
            let checks = choose(before, &owned(only), &owned(skip));
            checks.into_iter().map(|check| check.name).collect()
        };
        assert!(chosen(false, &[], &[]).contains(&"heartbeat"));
        assert!(!chosen(true, &[], &[]).contains(&"heartbeat"));
        assert!(chosen(true, &[], &[]).contains(&"install-rights"));
        assert_eq!(
            chosen(false, &["secret"], &["secret-works"]),
            ["secret-key", "secret-in-use"]
        );
        assert_eq!(chosen(false, &["pool", "api"], &["pool"]), ["api"]);
    }

    #[test]
    fn checks_stand_by_category_and_have_one_name_each() {
        let categories: Vec<Category> = ALL.iter().map(|check| check.category).collect();
        assert!(categories.is_sorted());
        let mut own: Vec<&str> = ALL.iter().map(|check| check.name).collect();
        own.sort_unstable();
        let count = own.len();
        own.dedup();
        assert_eq!(own.len(), count);
    }
}
