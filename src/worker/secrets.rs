//! The Secrets that keep credentials out of Jobs: made before the Job, handed to it afterwards.

use super::shared::Shared;
use crate::{
    k8s::{Class, Cluster, Failure, JobOwner, SecretSpec, view::JobView},
    prefect::{WorkPoolId, WorkPoolName},
    template::{self, PreparedJob, credentials::SecretLifetime},
};

/// Takes credentials out of a Job as the settings say. Gives the Secrets that are to hold them.
///
/// # Errors
/// What to tell the run, when the settings cannot be followed.
pub fn take_out(
    shared: &Shared,
    prepared: &mut PreparedJob,
) -> Result<Vec<template::credentials::SecretSpec>, String> {
    let options = &shared.options;
    let credentials = prepared
        .keep_credentials(&options.credentials, &whose_secret(shared))
        .map_err(|error| error.to_string())?;
    for warning in credentials.warnings {
        shared.warn_once(&warning.to_string());
    }
    Ok(credentials.secrets)
}

/// Makes Secrets. Those that are there as they should be stay as they are. `of_job` takes up those
/// that go with the Job, unless it is sure that they were not made.
///
/// # Errors
/// As the requests. What was made before is left for the next try, or to [`take_back`].
pub async fn make(
    cluster: &Cluster,
    secrets: &[template::credentials::SecretSpec],
    of_job: &mut Vec<SecretSpec>,
) -> Result<(), Failure> {
    for secret in secrets {
        let spec = spec(secret);
        if !goes_with_job(secret) {
            cluster.keep_secret(&secret.namespace, &spec).await?;
            continue;
        }
        let made = cluster.put_secret(&secret.namespace, &spec).await;
        let refused = matches!(&made, Err(failure) if !failure.is_transient());
        if !refused && !of_job.iter().any(|known| known.name == spec.name) {
            of_job.push(spec);
        }
        made?;
    }
    Ok(())
}

fn goes_with_job(secret: &template::credentials::SecretSpec) -> bool {
    secret.lifetime == SecretLifetime::OwnedByJob
}

/// Whose name the Secret for the API key bears: the worker's, as with the Python worker, unless that
/// was made up. Then each start would leave another Secret behind, so it bears the pool's, with a
/// part of its id: pools of other servers may be called the same.
fn whose_secret(shared: &Shared) -> String {
    let options = &shared.options;
    if options.name_is_made_up {
        of_pool(&options.pool, shared.pool().id)
    } else {
        options.name.to_string()
    }
}

/// The name in the Secret of a pool.
#[must_use]
pub fn of_pool(pool: &WorkPoolName, id: WorkPoolId) -> String {
    let id = id.to_string();
    format!("{pool}-{}", &id[..8.min(id.len())])
}

fn spec(secret: &template::credentials::SecretSpec) -> SecretSpec {
    SecretSpec {
        name: secret.name.clone(),
        labels: secret.labels.clone(),
        data: secret
            .values
            .iter()
            .map(|(key, value)| (key.clone(), value.expose().to_owned()))
            .collect(),
        owner: None,
    }
}

/// Makes the Job the owner of its Secrets, so that they go with it. A Secret that another worker
/// took back meanwhile, because it could not make the same Job, is made again. One that could not
/// be handed over stays behind, and is named in the log.
pub async fn hand_over(cluster: &Cluster, job: &JobView, secrets: Vec<SecretSpec>) {
    let owner = JobOwner {
        name: job.metadata.name.clone(),
        uid: job.metadata.uid.clone(),
    };
    let namespace = &job.metadata.namespace;
    for secret in secrets {
        let name = secret.name.clone();
        let handed = match cluster.hand_secret_to(namespace, &name, &owner).await {
            Err(failure) if failure.class == Class::NotFound => {
                let owner = Some(owner.clone());
                let secret = SecretSpec { owner, ..secret };
                cluster.put_secret(namespace, &secret).await
            }
            handed => handed,
        };
        if let Err(failure) = handed {
            tracing::warn!("Secret {namespace}/{name} will outlive its Job: {failure}");
        }
    }
}

/// Deletes the Secrets of a Job that did not come about.
pub async fn take_back(cluster: &Cluster, namespace: &str, secrets: &[SecretSpec]) {
    for secret in secrets {
        if let Err(failure) = cluster.delete_secret(namespace, &secret.name).await {
            let name = &secret.name;
            tracing::warn!("Secret {namespace}/{name} is left behind: {failure}");
        }
    }
}
