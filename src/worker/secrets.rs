//! The Secrets that keep credentials out of Jobs: made before the Job, handed to it afterwards.

use super::shared::Shared;
use crate::{
    k8s::{Cluster, JobOwner, SecretSpec, view::JobView},
    template::{self, PreparedJob, credentials::SecretLifetime},
};

/// Takes credentials out of a Job as the settings say, and makes the Secrets that hold them.
/// Gives the names of those that go with the Job.
///
/// # Errors
/// What to tell the run, when a Secret cannot be made.
pub async fn keep(
    shared: &Shared,
    cluster: &Cluster,
    prepared: &mut PreparedJob,
) -> Result<Vec<String>, String> {
    let options = &shared.options;
    let credentials = prepared
        .keep_credentials(&options.credentials, options.name.as_str())
        .map_err(|error| error.to_string())?;
    for warning in credentials.warnings {
        shared.warn_once(&warning.to_string());
    }
    let mut owned = Vec::new();
    for secret in credentials.secrets {
        let spec = spec(&secret);
        if let Err(failure) = cluster.put_secret(&secret.namespace, &spec).await {
            take_back(cluster, &secret.namespace, &owned).await;
            return Err(failure.to_string());
        }
        if secret.lifetime == SecretLifetime::OwnedByJob {
            owned.push(secret.name);
        }
    }
    Ok(owned)
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

/// Makes the Job the owner of its Secrets, so that they go with it. A Secret that could not be
/// handed over stays behind, and is named in the log.
pub async fn hand_over(cluster: &Cluster, job: &JobView, secrets: &[String]) {
    let owner = JobOwner {
        name: job.metadata.name.clone(),
        uid: job.metadata.uid.clone(),
    };
    for secret in secrets {
        let namespace = &job.metadata.namespace;
        if let Err(failure) = cluster.hand_secret_to(namespace, secret, &owner).await {
            tracing::warn!("Secret {namespace}/{secret} will outlive its Job: {failure}");
        }
    }
}

/// Deletes the Secrets of a Job that did not come about.
pub async fn take_back(cluster: &Cluster, namespace: &str, secrets: &[String]) {
    for secret in secrets {
        if let Err(failure) = cluster.delete_secret(namespace, secret).await {
            tracing::warn!("Secret {namespace}/{secret} is left behind: {failure}");
        }
    }
}
