//! Waits until a worker works: its Deployment is rolled out, and it gives signs of life in its pool.

mod heartbeat;
mod rollout;
mod signs;
mod trouble;

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::{
    error::{Error, Kind, Result},
    k8s::{Class, Cluster, Failure, ObjectRef, view::PodView},
    prefect::{Client, WorkPoolName},
};
use heartbeat::Wanted;
pub use rollout::{Rollout, cannot_create, rollout};
pub use signs::{Seen, is_young, signs};
pub use trouble::{Trouble, ended_before, of as trouble_of, pods};

/// Time between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// What takes no longer than this is not told of.
const QUIET: Duration = Duration::from_secs(2);
/// How long pods must have run where no sign of life can be seen: one that fails at once does not.
const STEADY: Duration = Duration::from_secs(5);

/// What is waited for.
#[derive(Debug)]
pub struct Watch<'a> {
    /// The cluster.
    pub cluster: &'a Cluster,
    /// The Deployment.
    pub deployment: &'a ObjectRef,
    /// The Prefect API and the work pool, where signs of life can be seen.
    pub prefect: Option<(&'a Client, &'a WorkPoolName)>,
    /// The worker's name, when the values give it one.
    pub name: Option<&'a str>,
    /// How long; nothing is for ever.
    pub timeout: Option<Duration>,
}

/// A worker that works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// How many pods it has.
    pub pods: u64,
    /// The names by which Prefect knows its workers, where signs of life can be seen.
    pub workers: Vec<String>,
}

/// What was seen at one look.
enum Look {
    Ready(Ready),
    /// What is still awaited.
    Waiting(String),
    /// It does not go on by itself.
    Stuck(String),
}

/// Waits, and tells what is awaited whenever that changes.
///
/// # Errors
/// [`Kind::TimedOut`] with everything that can be told of why.
pub async fn wait(watch: &Watch<'_>, told: &mut dyn FnMut(&str)) -> Result<Ready> {
    let begun = Instant::now();
    let mut waiting = Waiting::default();
    let mut last = String::new();
    loop {
        let looked = match waiting.look(watch).await {
            Ok(look) => look,
            // A server that does not answer now may do so later; what it refuses stays refused.
            Err(failure) if failure.is_transient() => Look::Waiting(failure.to_string()),
            Err(failure) => return Err(failure.into()),
        };
        let is_over = watch
            .timeout
            .is_some_and(|timeout| begun.elapsed() >= timeout);
        match looked {
            Look::Ready(ready) => return Ok(ready),
            Look::Stuck(why) => return Err(waiting.error(watch, why, begun.elapsed()).await),
            Look::Waiting(words) if is_over => {
                return Err(waiting.error(watch, words, begun.elapsed()).await);
            }
            Look::Waiting(words) => {
                if words != last && begun.elapsed() >= QUIET {
                    told(&words);
                    last = words;
                }
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// What is known from one look to the next.
#[derive(Default)]
struct Waiting {
    /// The Deployment as it was last seen.
    deployment: Value,
    /// Since when it has been rolled out.
    since: Option<Instant>,
}

impl Waiting {
    async fn look(&mut self, watch: &Watch<'_>) -> Result<Look, Failure> {
        let found = watch.cluster.get_object(watch.deployment).await?;
        let Some(deployment) = found else {
            return Ok(Look::Stuck("somebody has deleted it".to_owned()));
        };
        self.deployment = deployment;
        match rollout::rollout(&self.deployment) {
            Rollout::Stuck(why) => Ok(Look::Stuck(why)),
            Rollout::Going(words) => {
                self.since = None;
                Ok(Look::Waiting(self.with_trouble(watch, words).await))
            }
            Rollout::Done(pods) => self.rolled_out(watch, pods).await,
        }
    }

    /// Adds what ails a pod to what is awaited. Who may not look at pods waits all the same.
    async fn with_trouble(&self, watch: &Watch<'_>, words: String) -> String {
        if let Some(why) = rollout::cannot_create(&self.deployment) {
            return format!("{words}; {why}");
        }
        let pods = self.pods(watch).await.unwrap_or_default();
        match pods.first().and_then(trouble::of) {
            Some(trouble) => format!("{words}; {}", trouble.summary),
            None => words,
        }
    }

    async fn pods(&self, watch: &Watch<'_>) -> Result<Vec<PodView>, Failure> {
        trouble::pods(watch.cluster, namespace(watch), &self.deployment).await
    }

    async fn rolled_out(&mut self, watch: &Watch<'_>, pods: u64) -> Result<Look, Failure> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let ready = |workers| Look::Ready(Ready { pods, workers });
        if pods == 0 {
            return Ok(ready(Vec::new()));
        }
        let Some((prefect, pool)) = watch.prefect else {
            return Ok(if since.elapsed() >= STEADY {
                ready(Vec::new())
            } else {
                Look::Waiting("whether the pods go on running".to_owned())
            });
        };
        let words = format!("a sign of life in work pool {:?}", pool.0);
        let Some(wanted) = self.wanted(watch).await? else {
            return Ok(Look::Waiting(self.with_trouble(watch, words).await));
        };
        let workers = match prefect.all_workers(pool).await {
            Ok(workers) => workers,
            Err(error) if error.is_not_found() => Vec::new(),
            Err(error) => return Ok(Look::Waiting(format!("{words}; {}", error.one_line()))),
        };
        match wanted.find(&workers) {
            Some(names) => Ok(ready(names)),
            None => Ok(Look::Waiting(self.with_trouble(watch, words).await)),
        }
    }

    /// Who is looked for; nothing while the worker has yet to say its name.
    async fn wanted(&self, watch: &Watch<'_>) -> Result<Option<Wanted>, Failure> {
        let pods = match self.pods(watch).await {
            Ok(pods) => pods,
            Err(failure) if failure.class == Class::Forbidden => {
                return Ok(Some(Wanted {
                    names: watch.name.into_iter().map(str::to_owned).collect(),
                    since: None,
                }));
            }
            Err(failure) => return Err(failure),
        };
        Ok(signs::wanted(watch.cluster, namespace(watch), &pods, watch.name).await)
    }

    /// The error of a worker that does not get ready: everything that can be told of why.
    async fn error(&self, watch: &Watch<'_>, words: String, waited: Duration) -> Error {
        let namespace = namespace(watch);
        let name = &watch.deployment.name;
        let mut error = Error::new(
            Kind::TimedOut,
            format!(
                "Deployment {name} is not ready after {} s",
                waited.as_secs()
            ),
        )
        .cause(format!("still awaited: {words}"));
        let explanation = trouble::explain(watch.cluster, namespace, &self.deployment).await;
        error.causes.extend(explanation.causes);
        error.hints = explanation.hints;
        error.hint(format!(
            "all objects are applied, and it may still get ready: kubectl get pods -n {namespace}; \
             running the same command again waits again"
        ))
    }
}

fn namespace<'a>(watch: &Watch<'a>) -> &'a str {
    watch.deployment.namespace.as_deref().unwrap_or_default()
}
