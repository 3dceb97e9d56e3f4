//! The removal of the Job of a run, once it is proven to be the run's: names of Jobs come from the
//! Prefect API, where anybody who may change runs can write them.

use std::time::Duration;

use super::{decide::JobEnd, observe, place::Doubt};
use crate::{
    k8s::{Class, Cluster, Deletion, Failure, Scope, label, view::JobView},
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
        match delete(&self.cluster, &job).await {
            Ok(true) => Removal::Going,
            Ok(false) => Removal::Gone,
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

/// Where the Jobs of a run are looked for. The server has noted one at most, perhaps that of an
/// earlier attempt, so the others are found by their label.
#[derive(Debug)]
pub struct Remains {
    /// Their cluster.
    pub cluster: Cluster,
    /// Why they may be in another one.
    pub doubt: Option<Doubt>,
    /// Where Jobs of the run may be.
    pub namespaces: Vec<String>,
    /// Namespace and name of those that are the run's as the server or this worker has noted.
    pub noted: Vec<(String, String)>,
}

/// What was found of a run's Jobs.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Those that are being deleted, as `namespace/name`.
    pub going: Vec<String>,
    /// A noted one that does not say that it is the run's: it stays.
    pub stranger: Option<String>,
}

impl Remains {
    /// Deletes the noted Jobs, whether they have ended or not, and all others that this program made
    /// for the run and that go on.
    ///
    /// # Errors
    /// When it is not known whether there are any, or one could not be deleted.
    pub async fn remove(&self, run: FlowRunId) -> Result<Found, Failure> {
        let mut jobs = Vec::new();
        let selector = format!("{}={run}", label::FLOW_RUN_ID);
        for namespace in &self.namespaces {
            let scope = Scope::Namespace(namespace.clone());
            match self.cluster.list::<JobView>(&scope, &selector).await {
                Ok(found) => jobs.extend(found),
                // Without that right, by name alone.
                Err(failure) if failure.class == Class::Forbidden => {}
                Err(failure) => return Err(failure),
            }
        }
        let mut found = Found::default();
        for (namespace, name) in &self.noted {
            if jobs.iter().any(|job| is_at(job, namespace, name)) {
                continue;
            }
            match self.cluster.get_job(namespace, name).await {
                Ok(job) if is_of(&job, run) => jobs.push(job),
                Ok(_) => found.stranger = Some(format!("{namespace}/{name}")),
                Err(failure) if failure.class == Class::NotFound => {}
                Err(failure) => return Err(failure),
            }
        }
        for job in jobs.iter().filter(|job| self.is_to_go(job, run)) {
            if delete(&self.cluster, job).await? {
                let metadata = &job.metadata;
                let path = format!("{}/{}", metadata.namespace, metadata.name);
                found.going.push(path);
            }
        }
        Ok(found)
    }

    /// Whether a Job that bears the run's label is to go.
    fn is_to_go(&self, job: &JobView, run: FlowRunId) -> bool {
        let is_noted = |(namespace, name): &(String, String)| is_at(job, namespace, name);
        let is_over = observe::end_of(job) != JobEnd::Going;
        let is_going = job.metadata.deletion_timestamp.is_some();
        self.noted.iter().any(is_noted) || (observe::made_by_us(job, run) && (is_going || !is_over))
    }
}

/// Deletes a Job unless it is on its way out already. False: there is none any more.
async fn delete(cluster: &Cluster, job: &JobView) -> Result<bool, Failure> {
    let metadata = &job.metadata;
    if metadata.deletion_timestamp.is_some() {
        return Ok(true);
    }
    let deletion = Deletion {
        uid: Some(metadata.uid.clone()),
        grace_seconds: u32::try_from(GRACE.as_secs()).ok(),
    };
    let deleted = cluster.delete_job(&metadata.namespace, &metadata.name, &deletion);
    match deleted.await {
        Ok(()) => Ok(true),
        Err(failure) if failure.class == Class::NotFound => Ok(false),
        Err(failure) => Err(failure),
    }
}

fn is_at(job: &JobView, namespace: &str, name: &str) -> bool {
    job.metadata.namespace == namespace && job.metadata.name == name
}

/// Whether a Job says that it is this run's.
fn is_of(job: &JobView, run: FlowRunId) -> bool {
    let label = job.metadata.labels.get(label::FLOW_RUN_ID);
    label.is_some_and(|label| *label == run.to_string())
}
