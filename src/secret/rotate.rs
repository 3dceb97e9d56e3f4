//! A new credential in the place of the old one, taken into use by all who use it, or not at all.

use std::{future::Future, time::Duration};

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{
    put::{self, SecretKey},
    stored::StoredSecret,
    uptake::{self, Before},
};
use crate::{
    deployed::{Deployment, PodTemplate, uses_secret},
    error::{Error, Kind, Result},
    k8s::{
        Cluster, Failure,
        documents::{DEPLOYMENT, JOB, Trial},
        label,
        view::JobStatus,
    },
    prefect::Client,
};

/// The annotation by which `kubectl rollout restart` makes new pods.
const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

/// What is rotated, and who has to take it into use.
#[derive(Debug)]
pub struct Rotation<'a> {
    /// The cluster.
    pub cluster: &'a Cluster,
    /// Where the credential is.
    pub place: &'a SecretKey,
    /// The Deployments that use it.
    pub deployments: &'a [Deployment],
    /// The API in which their workers are to be heard of; `None` when it is not to be asked.
    pub prefect: Option<&'a Client>,
    /// How long to wait until it is in use; `None`: not at all.
    pub wait: Option<Duration>,
}

/// What was done, to be told at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The new credential is in the Secret.
    Written,
    /// This Deployment makes new pods.
    Restarted(String),
    /// The workers' first signs of life are awaited.
    Waiting,
}

/// The Deployments of a namespace that use a key of a Secret.
///
/// # Errors
/// When the API server refuses or does not answer.
pub async fn users(cluster: &Cluster, place: &SecretKey) -> Result<Vec<Deployment>, Failure> {
    let mut found: Vec<Deployment> = cluster
        .list_documents(DEPLOYMENT, Some(&place.namespace), "")
        .await?;
    found.retain(|it| uses_secret(&it.spec.template.spec, &place.name, &place.key));
    Ok(found)
}

/// How many Jobs of flow runs in the namespace still run with a value from before: pods take it in
/// when they start.
///
/// # Errors
/// When the API server refuses or does not answer.
pub async fn jobs_with_old_value(cluster: &Cluster, place: &SecretKey) -> Result<usize, Failure> {
    let jobs: Vec<JobPods> = cluster
        .list_documents(JOB, Some(&place.namespace), label::FLOW_RUN_ID)
        .await?;
    let uses = |job: &&JobPods| {
        job.status.active > 0 && uses_secret(&job.spec.template.spec, &place.name, &place.key)
    };
    Ok(jobs.iter().filter(uses).count())
}

/// A Job, as far as its pods go.
#[derive(Debug, serde::Deserialize)]
struct JobPods {
    spec: JobSpec,
    #[serde(default)]
    status: JobStatus,
}

#[derive(Debug, serde::Deserialize)]
struct JobSpec {
    template: PodTemplate,
}

/// Writes the credential, restarts who uses it, and waits. Gives the workers that were heard.
///
/// # Errors
/// When it cannot be written, or is not taken into use: then the old one is put back, and the
/// error says so. The same when `interrupted` ends first.
pub async fn rotate(
    rotation: &Rotation<'_>,
    stored: &StoredSecret,
    value: &SecretString,
    interrupted: impl Future<Output = ()>,
    tell: &dyn Fn(Step),
) -> Result<Vec<String>> {
    let Rotation { cluster, place, .. } = rotation;
    let old = stored.value(&place.key).ok_or_else(|| {
        Error::failed(format!("there is no {place}")).cause(stored.keys_in_words())
    })?;
    let before = Before::look(cluster, rotation.prefect, rotation.deployments).await?;
    let mut interrupted = std::pin::pin!(interrupted);
    // Whoever listens for a signal does so from the first poll on.
    if futures::poll!(interrupted.as_mut()).is_ready() {
        return Err(Error::new(Kind::Interrupted, "interrupted"));
    }
    let new = value.expose_secret().as_bytes();
    let version = put::set(cluster, place, new, &stored.resource_version, Trial::No).await?;
    tell(Step::Written);
    match take_into_use(rotation, &before, interrupted, tell).await {
        Ok(heard) => Ok(heard),
        Err((error, restarted)) => {
            let back = put::set(cluster, place, old, &version, Trial::No).await;
            Err(undone(rotation, error, back, &restarted).await)
        }
    }
}

/// Restarts who uses a credential that is in the Secret already, and waits.
///
/// # Errors
/// When it is not taken into use, or `interrupted` ends first.
pub async fn restart_only(
    rotation: &Rotation<'_>,
    interrupted: impl Future<Output = ()>,
    tell: &dyn Fn(Step),
) -> Result<Vec<String>> {
    let before = Before::look(rotation.cluster, rotation.prefect, rotation.deployments).await?;
    take_into_use(rotation, &before, interrupted, tell)
        .await
        .map_err(|(error, _)| error)
}

type Restarted<'a> = Vec<&'a Deployment>;

/// Restarts and waits; on failure, with the Deployments that were restarted.
async fn take_into_use<'a>(
    rotation: &'a Rotation<'_>,
    before: &Before,
    interrupted: impl Future<Output = ()>,
    tell: &dyn Fn(Step),
) -> Result<Vec<String>, (Error, Restarted<'a>)> {
    let mut interrupted = std::pin::pin!(interrupted);
    let stopped = || Error::new(Kind::Interrupted, "interrupted");
    let mut restarted = Vec::new();
    let now = Timestamp::now().to_string();
    for deployment in rotation.deployments {
        // Between requests, and not in one: whether it was done would not be known.
        if futures::poll!(interrupted.as_mut()).is_ready() {
            return Err((stopped(), restarted));
        }
        let restart = annotate(rotation.cluster, deployment, json!(now));
        if let Err(failure) = restart.await {
            return Err((failure.into(), restarted));
        }
        restarted.push(deployment);
        tell(Step::Restarted(deployment.metadata.name.clone()));
    }
    let (Some(limit), false) = (rotation.wait, rotation.deployments.is_empty()) else {
        return Ok(Vec::new());
    };
    tell(Step::Waiting);
    let Rotation {
        cluster,
        prefect,
        deployments,
        ..
    } = rotation;
    tokio::select! {
        heard = uptake::wait(cluster, *prefect, deployments, before, limit) => {
            heard.map_err(|error| (error, restarted))
        }
        () = &mut interrupted => Err((stopped(), restarted)),
    }
}

/// Sets the annotation that makes a Deployment make new pods, or go back to the former ones.
async fn annotate(cluster: &Cluster, deployment: &Deployment, value: Value) -> Result<(), Failure> {
    let meta = &deployment.metadata;
    let change = json!({"spec": {"template": {"metadata": {"annotations": { RESTARTED: value }}}}});
    let namespace = Some(meta.namespace.as_str());
    cluster
        .merge_document::<serde::de::IgnoredAny>(
            DEPLOYMENT,
            namespace,
            &meta.name,
            &change,
            Trial::No,
        )
        .await
        .map(drop)
}

/// The error of a rotation that was taken back, or could not be.
async fn undone(
    rotation: &Rotation<'_>,
    error: Error,
    back: Result<String>,
    restarted: &[&Deployment],
) -> Error {
    let place = rotation.place;
    let error = match back {
        Ok(_) => error.cause(format!("the old value is back under {place}")),
        Err(failed) => {
            return error
                .cause(format!("the old value could not be put back: {}", failed.one_line()))
                .hint(format!("The new one is under {place}, and nobody may be able to use it: put the old one back with kubectl prefect secret rotate."));
        }
    };
    let mut names = Vec::new();
    for deployment in restarted {
        let name = &deployment.metadata.name;
        let former = deployment.spec.template.metadata.annotations.get(RESTARTED);
        match annotate(rotation.cluster, deployment, json!(former)).await {
            Ok(()) => names.push(name.as_str()),
            Err(failure) => {
                let why = format!("Deployment {name} could not be set back: {failure}");
                return error.cause(why).hint(format!(
                    "Restart it: kubectl rollout restart deployment {name} -n {}",
                    place.namespace
                ));
            }
        }
    }
    if names.is_empty() {
        return error;
    }
    error.cause(format!(
        "set back to their former pods: {}",
        names.join(", ")
    ))
}
