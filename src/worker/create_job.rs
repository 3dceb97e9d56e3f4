//! The creation of a Job: again after passing faults, and without ever making two.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    attempt::attempt_of,
    existing::{Existing, existing},
    journal::RunRef,
    options::CreateJobOptions,
    secrets,
    shared::Shared,
    trouble::Trouble,
};
use crate::{
    error::Kind,
    k8s::{Class, Cluster, Failure, SecretSpec, view::JobView},
    prefect::{State, StateId, StateType},
    template::{PreparedJob, credentials},
};

/// How long a Job is tried to be created while the API server is away, whatever the number of
/// tries: a restart of it must not crash runs.
const PATIENCE: Duration = Duration::from_secs(300);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// The shortest, once the configured tries are used up.
const LEAST_PAUSE: Duration = Duration::from_secs(1);
/// A claim that is older than this is looked at again before its Job is made.
const RECENT: SignedDuration = SignedDuration::from_secs(2);

/// A Job that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// An attempt at a run, as it was claimed.
#[derive(Debug, Clone, Copy)]
pub struct Claimed {
    /// The scheduled state that was claimed.
    pub attempt: StateId,
    /// When the claim was known to be ours. By the calendar: a machine may sleep in between.
    pub at: Timestamp,
}

/// Creates the Job of an attempt. One of the same name that was made for the same attempt is the
/// same Job.
///
/// # Errors
/// [`Trouble::Crash`] with what to tell the run, when the Job cannot be made; [`Trouble::Leave`]
/// when the run is no longer in this attempt, so that its Job may have come and gone.
pub async fn create(
    shared: &Shared,
    cluster: &Cluster,
    about: &RunRef,
    mut prepared: PreparedJob,
    name: Option<String>,
    claimed: Claimed,
) -> Result<Creation, Trouble> {
    let secrets = secrets::take_out(shared, &mut prepared).map_err(Trouble::Crash)?;
    let mut making = Making {
        shared,
        cluster,
        about,
        attempt: claimed.attempt,
        namespace: prepared.namespace.clone(),
        manifest: Value::Object(prepared.manifest),
        name,
        elsewhere: prepared.cluster_config.is_some(),
        secrets,
        of_job: Vec::new(),
    };
    match making.until_it_is_there(claimed.at).await {
        Ok(job) => {
            secrets::hand_over(cluster, &job, making.of_job).await;
            Ok(Creation {
                namespace: job.metadata.namespace,
                name: job.metadata.name,
            })
        }
        Err(trouble) => {
            secrets::take_back(cluster, &making.namespace, &making.of_job).await;
            Err(trouble)
        }
    }
}

/// A Job that is being made.
struct Making<'a> {
    shared: &'a Shared,
    cluster: &'a Cluster,
    about: &'a RunRef,
    attempt: StateId,
    namespace: String,
    manifest: Value,
    /// Its name, where it tells the attempt.
    name: Option<String>,
    /// Whether the run names a cluster of its own.
    elsewhere: bool,
    secrets: Vec<credentials::SecretSpec>,
    /// Secrets that were made and are to go with the Job.
    of_job: Vec<SecretSpec>,
}

impl Making<'_> {
    /// Makes the Job, or finds that it is there.
    async fn until_it_is_there(&mut self, claimed_at: Timestamp) -> Result<JobView, Trouble> {
        let created = if is_recent(claimed_at, Timestamp::now()) {
            self.with_retries().await
        } else {
            match self.is_still_waited_for().await {
                Ok(()) => self.with_retries().await,
                Err(trouble) => Err(trouble),
            }
        };
        match created {
            // Another worker may have made the Job meanwhile, and its pod needs the Secrets.
            Err(trouble) => match self.existing().await {
                Some(Existing::Ours(job)) => Ok(*job),
                _ => Err(trouble),
            },
            created => created,
        }
    }

    async fn with_retries(&mut self) -> Result<JobView, Trouble> {
        let options = self.shared.options.create_job;
        let mut begun = Instant::now();
        let mut tries = 0;
        let mut spells = 0;
        loop {
            tries += 1;
            let failure = match self.once().await? {
                Ok(job) => return Ok(job),
                Err(failure) => failure,
            };
            // The page of a load balancer, a certificate that has expired: it says nothing of the
            // Job. The worker's own cluster has answered at the start; what a run names may be wrong.
            let is_no_answer =
                failure.class == Class::Other && failure.error.kind == Kind::Unreachable;
            let passing = failure.is_transient()
                || matches!(failure.class, Class::Unauthorized | Class::AlreadyExists)
                || is_no_answer;
            // As the Python worker tries after each failure: a quota gets room again, a namespace may
            // be made anew.
            let may_pass = failure.class == Class::NotFound || failure.is_of_admission();
            if !(passing || may_pass) {
                return Err(Trouble::Crash(told(&failure)));
            }
            let patience = if may_pass || is_no_answer && self.elsewhere {
                Duration::ZERO
            } else {
                PATIENCE
            };
            if tries >= options.attempts && begun.elapsed() > patience {
                // The name stays, for the Job may exist by now: nobody can tell.
                let retries = self.shared.options.infrastructure.retries;
                if spells >= retries {
                    return Err(Trouble::Crash(told(&failure)));
                }
                spells += 1;
                let text = format!(
                    "The Job could not be created for {} s: {failure}. Trying on (spell {} of {}).",
                    begun.elapsed().as_secs(),
                    spells + 1,
                    retries + 1
                );
                self.shared.journal.warn(self.about, text);
                begun = Instant::now();
            }
            let pause = pause(&options, tries, fastrand::f64());
            tracing::warn!(
                "{failure}; trying again in {:.1} s (flow run '{}')",
                pause.as_secs_f64(),
                self.about.name
            );
            tokio::time::sleep(pause).await;
            // The last try may have made the Job all the same, and the Job may be gone by now, with
            // its run done.
            self.is_still_waited_for().await?;
        }
    }

    /// One try. An inner error may pass.
    async fn once(&mut self) -> Result<Result<JobView, Failure>, Trouble> {
        if let Err(failure) = secrets::make(self.cluster, &self.secrets, &mut self.of_job).await {
            return Ok(Err(failure));
        }
        let created = self
            .cluster
            .create_job(&self.namespace, &self.manifest)
            .await;
        match created {
            Err(failure) if failure.class == Class::AlreadyExists => match self.existing().await {
                Some(Existing::Ours(job)) => Ok(Ok(*job)),
                Some(Existing::NotOurs(reason)) => Err(Trouble::Crash(reason)),
                Some(Existing::Unknown(failure)) => Ok(Err(failure)),
                Some(Existing::Gone) | None => Ok(Err(failure)),
            },
            created => Ok(created),
        }
    }

    /// Whether the run is still PENDING in the attempt that was claimed.
    async fn is_still_waited_for(&self) -> Result<(), Trouble> {
        let states = self.shared.prefect.flow_run_states(self.about.id).await;
        match states.map(|states| moved_on(&states, self.attempt)) {
            Ok(None) => Ok(()),
            Ok(Some(why)) => Err(Trouble::Leave(why)),
            Err(error) if error.is_not_found() => Err(Trouble::leave("it is gone")),
            Err(error) => Err(Trouble::failed(error)),
        }
    }

    /// What stands in the place of the Job, if its name tells.
    async fn existing(&self) -> Option<Existing> {
        let name = self.name.as_deref()?;
        Some(
            existing(
                self.cluster,
                &self.namespace,
                name,
                self.about,
                self.attempt,
            )
            .await,
        )
    }
}

/// Whether a claim is so young that no Job of it can have come and gone.
fn is_recent(claimed: Timestamp, now: Timestamp) -> bool {
    (SignedDuration::ZERO..RECENT).contains(&now.duration_since(claimed))
}

/// How a run is no longer PENDING in this attempt, if it is not. `states` is its history.
fn moved_on(states: &[State], attempt: StateId) -> Option<String> {
    let latest = states.iter().max_by_key(|state| state.timestamp);
    match latest {
        None => Some("its history is empty".to_owned()),
        Some(state) if state.kind != StateType::Pending => {
            Some(format!("it is {} by now", state.label()))
        }
        Some(_) if attempt_of(states) != Some(attempt) => {
            Some("it is in another attempt by now".to_owned())
        }
        Some(_) => None,
    }
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
    let further = tries.saturating_sub(options.attempts);
    // The setting may be 0; what goes on for minutes needs a pause all the same.
    let least = if further > 0 {
        LEAST_PAUSE
    } else {
        Duration::ZERO
    };
    let doubled = options
        .delay
        .max(least)
        .saturating_mul(2_u32.saturating_pow(further));
    let jitter = options.jitter_max.saturating_sub(options.jitter_min);
    doubled.min(LONGEST_PAUSE.max(options.delay)) + options.jitter_min + jitter.mul_f64(random)
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
        let none = CreateJobOptions {
            delay: Duration::ZERO,
            jitter_min: Duration::ZERO,
            jitter_max: Duration::ZERO,
            ..options
        };
        assert_eq!(pause(&none, 3, 0.0), Duration::ZERO);
        assert_eq!(pause(&none, 4, 0.0), Duration::from_secs(2));
        assert_eq!(pause(&none, u32::MAX, 0.0), LONGEST_PAUSE);
        let long = CreateJobOptions {
            delay: Duration::from_secs(60),
            ..none
        };
        for tries in [1, 3, 9] {
            assert_eq!(pause(&long, tries, 0.0), long.delay);
        }
    }

    #[test]
    fn a_claim_is_looked_at_again_once_it_is_old() {
        let at = |millisecond: i64| {
            Timestamp::from_millisecond(1_800_000_000_000 + millisecond).unwrap()
        };
        for (now, expected) in [(0_i64, true), (1_999, true), (2_000, false), (-1, false)] {
            assert_eq!(is_recent(at(0), at(now)), expected, "{now}");
        }
    }

    #[test]
    fn only_a_run_that_waits_in_the_same_attempt_gets_a_job() {
        let table: [(&str, &[&str], bool); 7] = [
            ("claimed", &["SCHEDULED", "PENDING"], true),
            (
                "its pod is pending",
                &["SCHEDULED", "PENDING", "PENDING"],
                true,
            ),
            ("running", &["SCHEDULED", "PENDING", "RUNNING"], false),
            (
                "done",
                &["SCHEDULED", "PENDING", "RUNNING", "COMPLETED"],
                false,
            ),
            ("cancelled", &["SCHEDULED", "PENDING", "CANCELLING"], false),
            (
                "claimed again",
                &["SCHEDULED", "PENDING", "CRASHED", "SCHEDULED", "PENDING"],
                false,
            ),
            ("nothing is known", &[], false),
        ];
        for (name, kinds, expected) in table {
            let state = |(number, kind): (u128, &&str)| {
                let state = serde_json::json!({
                    "id": uuid::Uuid::from_u128(number), "type": kind,
                    "timestamp": format!("2026-01-02T03:04:{number:02}Z"),
                });
                serde_json::from_value(state).unwrap()
            };
            let states: Vec<State> = (1..).zip(kinds).map(state).collect();
            let attempt = StateId(uuid::Uuid::from_u128(1));
            assert_eq!(moved_on(&states, attempt).is_none(), expected, "{name}");
        }
    }
}
