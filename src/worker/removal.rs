//! The removal of the Job of a run, once it is proven to be the run's: names of Jobs come from the
//! Prefect API, where anybody who may change runs can write them.

use std::time::Duration;

use super::create_job::FLOW_RUN_LABEL;
use crate::{
    k8s::{Class, Cluster, Deletion, Failure, view::JobView},
    prefect::FlowRunId,
};

/// The grace period with which the Job of a cancelled run is deleted (the Python worker's).
pub const GRACE: Duration = Duration::from_secs(30);

/// Where a Job is.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its cluster.
    pub cluster: Cluster,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// What became of a Job.
#[derive(Debug)]
pub enum Removal {
    /// There is none.
    Gone,
    /// It is being deleted: it goes when its pods have gone.
    Going,
    /// A Job of that name belongs to another run, or to nobody; it stays.
    NotIts,
    /// It is not known, or could not be deleted.
    Failed(Failure),
}

impl Place {
    /// Deletes the Job, which takes its pods with it, unless it is on its way out already.
    pub async fn remove(&self, run: FlowRunId) -> Removal {
        let job = match self.job(run).await {
            Ok(job) => job,
            Err(removal) => return removal,
        };
        if job.metadata.deletion_timestamp.is_some() {
            return Removal::Going;
        }
        let deletion = Deletion {
            uid: Some(job.metadata.uid),
            grace_seconds: u32::try_from(GRACE.as_secs()).ok(),
        };
        let deleted = self
            .cluster
            .delete_job(&self.namespace, &self.name, &deletion);
        match deleted.await {
            Ok(()) => Removal::Going,
            Err(failure) if matches!(failure.class, Class::NotFound) => Removal::Gone,
            Err(failure) => Removal::Failed(failure),
        }
    }

    /// The Job as it is, if it is there and the run's.
    async fn job(&self, run: FlowRunId) -> Result<JobView, Removal> {
        match self.cluster.get_job(&self.namespace, &self.name).await {
            Ok(job) if is_of(&job, run) => Ok(job),
            Ok(_) => Err(Removal::NotIts),
            Err(failure) if failure.class == Class::NotFound => Err(Removal::Gone),
            Err(failure) => Err(Removal::Failed(failure)),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Whether a Job says that it is this run's.
fn is_of(job: &JobView, run: FlowRunId) -> bool {
    let label = job.metadata.labels.get(FLOW_RUN_LABEL);
    label.is_some_and(|label| *label == run.to_string())
}
