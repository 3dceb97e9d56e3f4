//! The creation of a Job: again after passing faults, and without ever making two.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{journal::RunRef, options::CreateJobOptions, secrets, shared::Shared};
use crate::{
    k8s::{Class, Cluster, Failure, view::JobView},
    prefect::StateId,
    template::{ATTEMPT_ANNOTATION, PreparedJob},
};

/// How long a Job is tried to be created while the API server is away, whatever the number of
/// tries: a restart of it must not crash runs.
const PATIENCE: Duration = Duration::from_secs(300);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// The label that names a Job's flow run (prefect-kubernetes).
pub const FLOW_RUN_LABEL: &str = "prefect.io/flow-run-id";

/// A Job that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Creates the Job. One of the same name that was made for the same attempt is the same Job.
///
/// # Errors
/// What to tell the run, when the Job cannot be made.
pub async fn create(
    shared: &Shared,
    cluster: &Cluster,
    about: &RunRef,
    prepared: PreparedJob,
    name: Option<String>,
    attempt: StateId,
) -> Result<Creation, String> {
    let mut prepared = prepared;
    let secrets = secrets::keep(shared, cluster, &mut prepared).await?;
    let namespace = prepared.namespace.clone();
    let manifest = Value::Object(prepared.manifest);
    let made = name.clone();
    let created = with_retries(shared, cluster, about, &namespace, &manifest, name, attempt).await;
    let created = match (created, made) {
        // Another worker may have made the Job meanwhile, and its pod needs the Secrets.
        (Err(reason), Some(name)) => {
            match existing(cluster, &namespace, &name, about, attempt).await {
                Existing::Ours(job) => Ok(*job),
                _ => Err(reason),
            }
        }
        (created, _) => created,
    };
    match created {
        Ok(job) => {
            secrets::hand_over(cluster, &job, secrets).await;
            Ok(Creation {
                namespace: job.metadata.namespace,
                name: job.metadata.name,
            })
        }
        Err(reason) => {
            secrets::take_back(cluster, &namespace, &secrets).await;
            Err(reason)
        }
    }
}

async fn with_retries(
    shared: &Shared,
    cluster: &Cluster,
    about: &RunRef,
    namespace: &str,
    manifest: &Value,
    name: Option<String>,
    attempt: StateId,
) -> Result<JobView, String> {
    let mut begun = Instant::now();
    let mut tries = 0;
    let mut spells = 0;
    loop {
        tries += 1;
        let failure = match cluster.create_job(namespace, manifest).await {
            Ok(job) => return Ok(job),
            Err(failure) => failure,
        };
        let failure = match (&failure.class, &name) {
            (Class::AlreadyExists, Some(name)) => {
                match existing(cluster, namespace, name, about, attempt).await {
                    Existing::Ours(job) => return Ok(*job),
                    Existing::NotOurs(reason) => return Err(reason),
                    Existing::Gone => failure,
                    Existing::Unknown(failure) => failure,
                }
            }
            _ => failure,
        };
        let passing = failure.is_transient()
            || matches!(failure.class, Class::Unauthorized | Class::AlreadyExists);
        let options = &shared.options.create_job;
        if !passing {
            return Err(told(&failure));
        }
        if tries >= options.attempts && begun.elapsed() > PATIENCE {
            // The name stays, for the Job may exist by now: nobody can tell.
            let retries = shared.options.infrastructure.retries;
            if spells >= retries {
                return Err(told(&failure));
            }
            spells += 1;
            begun = Instant::now();
            let text = format!(
                "The Job could not be created for {} s: {failure}. Trying on (spell {} of {}).",
                PATIENCE.as_secs(),
                spells + 1,
                retries + 1
            );
            shared.journal.warn(about, text);
        }
        let pause = pause(options, tries, fastrand::f64());
        tracing::warn!(
            "{failure}; trying again in {:.1} s (flow run '{}')",
            pause.as_secs_f64(),
            about.name
        );
        tokio::time::sleep(pause).await;
    }
}

/// What a Job that is in the way is.
enum Existing {
    Ours(Box<JobView>),
    NotOurs(String),
    Gone,
    Unknown(Failure),
}

async fn existing(
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
    let label = job.metadata.labels.get(FLOW_RUN_LABEL);
    let annotation = job.metadata.annotations.get(ATTEMPT_ANNOTATION);
    label.is_some_and(|id| *id == about.id.to_string())
        && annotation.is_some_and(|id| *id == attempt.to_string())
}

/// The failure with its hints, for the message of a state.
fn told(failure: &Failure) -> String {
    let mut text = failure.error.one_line();
    for hint in &failure.error.hints {
        // A hint with a manifest in it is for a terminal.
        if let Some(line) = hint.lines().next() {
            text.push_str(". Hint: ");
            text.push_str(line.trim_end_matches('.'));
        }
    }
    text
}

/// The pause after a failed try: the configured one, doubled from the third try on. `random` is
/// uniform in 0..1.
fn pause(options: &CreateJobOptions, tries: u32, random: f64) -> Duration {
    let doubled = options.delay * 2_u32.saturating_pow(tries.saturating_sub(options.attempts));
    let jitter = options.jitter_max.saturating_sub(options.jitter_min);
    doubled.min(LONGEST_PAUSE) + options.jitter_min + jitter.mul_f64(random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_follow_the_settings_and_then_grow() {
        let options = CreateJobOptions {
            attempts: 3,
            delay: Duration::from_secs(1),
            jitter_min: Duration::from_secs(1),
            jitter_max: Duration::from_secs(3),
        };
        let seconds = |tries, random| pause(&options, tries, random).as_secs_f64();
        assert_eq!(seconds(1, 0.0), 2.0);
        assert_eq!(seconds(2, 0.5), 3.0);
        assert_eq!(seconds(5, 0.0), 5.0);
        assert_eq!(seconds(90, 1.0), 18.0);
    }
}
