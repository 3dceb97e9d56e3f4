//! The Secrets that keep credentials out of Jobs: made before the Job, handed to it afterwards.

use super::{options::Options, shared::Shared};
use crate::{
    k8s::{Class, Cluster, JobOwner, SecretSpec, view::JobView},
    template::{self, PreparedJob, credentials::SecretLifetime},
};

/// Takes credentials out of a Job as the settings say, and makes the Secrets that hold them.
/// Gives those that go with the Job.
///
/// # Errors
/// What to tell the run, when a Secret cannot be made.
pub async fn keep(
    shared: &Shared,
    cluster: &Cluster,
    prepared: &mut PreparedJob,
) -> Result<Vec<SecretSpec>, String> {
    let options = &shared.options;
    let credentials = prepared
        .keep_credentials(&options.credentials, whose_secret(options))
        .map_err(|error| error.to_string())?;
    for warning in credentials.warnings {
        shared.warn_once(&warning.to_string());
    }
    let mut owned = Vec::new();
    for secret in credentials.secrets {
        let spec = spec(&secret);
        let goes_with_job = secret.lifetime == SecretLifetime::OwnedByJob;
        let kept = if goes_with_job {
            cluster.prepare_secret(&secret.namespace, &spec).await
        } else {
            cluster.put_secret(&secret.namespace, &spec).await
        };
        if let Err(failure) = kept {
            take_back(cluster, &secret.namespace, &owned).await;
            return Err(failure.to_string());
        }
        if goes_with_job {
            owned.push(spec);
        }
    }
    Ok(owned)
}

/// Whose name the Secret for the API key bears: the worker's, as with the Python worker, unless that
/// was made up. Then each start would leave another Secret behind, so it bears the pool's.
fn whose_secret(options: &Options) -> &str {
    if options.name_is_made_up {
        options.pool.as_str()
    } else {
        options.name.as_str()
    }
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
