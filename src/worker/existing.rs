//! A Job that has the name of one that is to be made.

use super::journal::RunRef;
use crate::{
    k8s::{Class, Cluster, Failure, label, view::JobView},
    prefect::StateId,
};

/// What a Job that is in the way is.
pub enum Existing {
    /// That of this attempt.
    Ours(Box<JobView>),
    /// Another's; with what to tell the run.
    NotOurs(String),
    /// It went meanwhile.
    Gone,
    /// The API server does not say.
    Unknown(Failure),
}

/// Looks at the Job that has the name of one that is to be made.
pub async fn existing(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
    about: &RunRef,
    attempt: StateId,
) -> Existing {
    match cluster.get_job(namespace, name).await {
        Ok(job) if is_of(&job, about, attempt) => {
            tracing::info!(
                "Kubernetes Job {namespace}/{name} exists already and is adopted (flow run '{}')",
                about.name
            );
            Existing::Ours(Box::new(job))
        }
        Ok(_) => Existing::NotOurs(format!(
            "Kubernetes Job {namespace}/{name} exists already and belongs to another run or \
             attempt. Leave metadata.name out of the job manifest, so that each attempt gets a \
             name of its own, or let finished Jobs go with finished_job_ttl."
        )),
        Err(failure) if failure.class == Class::NotFound => Existing::Gone,
        Err(failure) => Existing::Unknown(failure),
    }
}

/// Whether a Job was made for this attempt at this run.
fn is_of(job: &JobView, about: &RunRef, attempt: StateId) -> bool {
    let label = job.metadata.labels.get(label::FLOW_RUN_ID);
    let annotation = job.metadata.annotations.get(label::ATTEMPT);
    label.is_some_and(|id| *id == about.id.to_string())
        && annotation.is_some_and(|id| *id == attempt.to_string())
}
