//! Judges the end of a Job: gathers the scene, asks [`super::decide`], and acts on the verdict.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{
    attempt::attempt_of,
    cancelling::job_of_pid,
    claiming::{ended_as, give_back},
    decide::{JobEnd, REPLACEMENT_GRACE, Scene, Standing, Verdict},
    diagnose,
    journal::RunRef,
    last_words::{self, LastWords},
    report::{self, Reported},
    retry::{self, Instead},
    shared::Shared,
};
use crate::{
    k8s::{Class, Cluster, Failure, Scope, view::PodView},
    prefect::{FlowRunNow, StateId, StateType},
};

/// The label that Kubernetes gives the pods of a Job, in all versions; `batch.kubernetes.io/job-name`
/// is there since 1.27.
const JOB_LABEL: &str = "job-name";

/// Pause between two looks while the verdict is to wait.
const PAUSE: Duration = Duration::from_secs(3);
/// Longest pause before the absence of a Job is asked for again.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// So often a question that the API server refuses is asked.
const REFUSALS: u32 = 5;

/// What is gathered about a Job's pods while it is under way.
#[derive(Debug, Default)]
pub struct Facts {
    /// Pods that have not ended, by UID.
    pub live_pods: HashSet<String>,
    /// Whether the Job itself is no more.
    pub is_deleted: bool,
    /// The pod that was seen first, by UID.
    pub first_pod: Option<String>,
    /// What a container ended with, if one ended badly.
    pub exit: Option<String>,
    /// What the infrastructure did to a pod, if anything.
    pub disruption: Option<String>,
}

/// A Job that has ended without success, or without its run.
pub struct Case {
    /// Its run.
    pub about: RunRef,
    /// Where it was.
    pub cluster: Cluster,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub job: String,
    /// Its UID; `None` when it was never seen.
    pub uid: Option<String>,
    /// The attempt that it was made for, where that is known.
    pub attempt: Option<StateId>,
    /// How it ended.
    pub end: JobEnd,
    /// When that was seen.
    pub since: Instant,
    /// What is known of its pods.
    pub facts: Arc<Mutex<Facts>>,
}

/// Judges a case, after others of the same Job. Ends without a verdict when the worker stops: the
/// next start sees the Job again.
pub async fn judge(shared: Arc<Shared>, case: Case) {
    let judged = async {
        let job = job_at(&case.cluster, &case.namespace, &case.job);
        let _session = shared.sessions.open(job).await;
        case.judge(&shared).await;
    };
    tokio::select! {
        () = shared.process.stop.cancelled() => {}
        () = judged => {}
    }
}

/// What a Job is told from all others by while it is judged. Its UID is not always known, and one
/// that has taken its name is judged after it.
#[must_use]
pub fn job_at(cluster: &Cluster, namespace: &str, job: &str) -> String {
    format!("{} {namespace}/{job}", cluster.server())
}

impl Case {
    async fn judge(&self, shared: &Shared) {
        let path = self.path();
        if self.end == JobEnd::Deleted && !self.is_gone().await {
            // A Job whose labels were changed is told as deleted to those who select by them.
            return;
        }
        let mut words: Option<LastWords> = None;
        let mut pause = PAUSE;
        // What the server may have heard, for it did not say.
        let mut unsaid: Option<String> = None;
        // How a container ended, as the pods told that were asked for.
        let mut read: Option<Option<String>> = None;
        let word = loop {
            let Some(run) = self.read(shared).await else {
                tokio::time::sleep(LONGEST_PAUSE).await;
                continue;
            };
            let standing = standing(run.as_ref());
            if standing == Standing::Pending && words.is_none() {
                // Now, for its pods may be swept while a replacement is waited for.
                words = Some(last_words::of(shared, self).await);
            }
            let (live_pods, exit) = {
                let facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
                (facts.live_pods.len(), facts.exit.clone())
            };
            let place = run.as_ref().map(|run| self.place(shared, run, &path));
            let mut scene = Scene {
                job: &path,
                end: &self.end,
                standing,
                replaced: place == Some(Place::Taken),
                submitting: shared.submission(self.about.id).is_some(),
                live_pods,
                exit: exit.as_deref(),
                waited: self.since.elapsed(),
            };
            let mut verdict = scene.verdict();
            if let (Verdict::Crash(_), Some(run), Some(place)) = (&verdict, &run, place) {
                // Asked for only now: it costs a request.
                scene.replaced = self.is_replaced(shared, run, place).await;
                if scene.exit.is_none() && !scene.replaced {
                    if read.is_none() {
                        read = Some(self.read_exit().await);
                    }
                    scene.exit = read.as_ref().and_then(|it| it.as_deref());
                }
                verdict = scene.verdict();
            }
            match verdict {
                Verdict::Leave => {
                    if let (Some(run), Some(message)) = (&run, &unsaid)
                        && report::was_taken(run, message)
                    {
                        shared.journal.error(&self.about, message);
                        if let Some(words) = words {
                            words.forward(shared, &self.about);
                        }
                    }
                    break run
                        .as_ref()
                        .and_then(state_type)
                        .filter(|kind| kind.is_final() || *kind == StateType::Cancelling)
                        .map_or("Job failed", word);
                }
                Verdict::Wait => {
                    self.say_that_it_ended(shared, &path);
                    tokio::time::sleep(PAUSE).await;
                }
                Verdict::Crash(message) => {
                    if let Some(word) = self.given_back(shared, standing).await {
                        break word;
                    }
                    let message = match retry::instead(shared, self, standing, message).await {
                        Instead::Again => break "Tried again",
                        Instead::Crash(message) => message,
                        Instead::Wait => {
                            tokio::time::sleep(PAUSE).await;
                            continue;
                        }
                    };
                    match report::once(shared, &self.about, &message).await {
                        Reported::Taken => {
                            if let Some(words) = words {
                                words.forward(shared, &self.about);
                            }
                            break "Crashed";
                        }
                        Reported::Moot => break "Crashed",
                        // The run is looked at again first: by then it may be at a later attempt.
                        Reported::Unsaid(_) => {
                            unsaid = Some(message);
                            tokio::time::sleep(pause).await;
                            pause = (pause * 2).min(LONGEST_PAUSE);
                        }
                    }
                }
            }
        };
        shared.given_up_ends(&path);
        let board = &shared.board;
        board.ended_job(self.about.id.0, &path, word, Instant::now());
    }

    /// Says once of a run in hand that its Job has ended badly, while it may still say so itself.
    fn say_that_it_ended(&self, shared: &Shared, path: &str) {
        let word = match self.end {
            JobEnd::Failed(_) => "Job failed",
            JobEnd::Deleted => "Job deleted",
            JobEnd::Going | JobEnd::Succeeded => return,
        };
        if shared.board.judges(self.about.id.0, path, word) {
            tracing::info!(
                flow_run = %self.about.name, flow_run_id = %self.about.id,
                "Kubernetes {word}: {path}; the run has {} s to tell how it ended",
                REPLACEMENT_GRACE.as_secs()
            );
        }
    }

    /// The Job, as `NAMESPACE/NAME`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.namespace, self.job)
    }

    /// The pods of the Job that are there.
    ///
    /// # Errors
    /// As the API server.
    pub async fn pods(&self) -> Result<Vec<PodView>, Failure> {
        let scope = Scope::Namespace(self.namespace.clone());
        let selector = format!("{JOB_LABEL}={}", self.job);
        self.cluster.list(&scope, &selector).await
    }

    /// What a container of a Job that has failed ended with: who lists both may see the Job before
    /// its pods.
    async fn read_exit(&self) -> Option<String> {
        if !matches!(self.end, JobEnd::Failed(_)) {
            return None;
        }
        let pods = self.pods().await.inspect_err(|failure| {
            tracing::debug!(
                "how pods of Job {} ended is not to be had: {failure}",
                self.job
            );
        });
        let mut pods = pods.ok()?.into_iter();
        pods.find_map(|pod| diagnose::bad_end(&pod.status))
    }

    /// The run as the server has it; `Some(None)` when it is gone, `None` when nothing can be said.
    async fn read(&self, shared: &Shared) -> Option<Option<FlowRunNow>> {
        match shared.glance.at(&shared.prefect, self.about.id).await {
            Ok(run) => Some(run),
            Err(error) => {
                tracing::error!(
                    "failed to judge the end of Job {}/{}: {}",
                    self.namespace,
                    self.job,
                    error.one_line()
                );
                None
            }
        }
    }

    /// Whether a PENDING run had ended well or badly, and only a late proposal said otherwise.
    /// Gives how it had ended.
    async fn given_back(&self, shared: &Shared, standing: Standing) -> Option<&'static str> {
        if standing != Standing::Pending {
            return None;
        }
        let states = shared.prefect.flow_run_states(self.about.id).await;
        let states = states.inspect_err(|error| {
            tracing::debug!("the run's states are not to be had: {}", error.one_line());
        });
        let states = states.ok()?;
        let end = ended_as(&states)?;
        let why = give_back(&shared.process, &shared.prefect, self.about.id, end).await;
        tracing::info!("flow run '{}' was PENDING: {why}", self.about.name);
        Some(word(end.kind))
    }

    /// What is known without a question of which Job the run has.
    fn place(&self, shared: &Shared, run: &FlowRunNow, path: &str) -> Place {
        let noted = run.infrastructure_pid.as_deref().and_then(job_of_pid);
        let is_noted = noted.as_ref().map(|(namespace, job)| {
            (namespace.as_str(), job.as_str()) == (self.namespace.as_str(), self.job.as_str())
        });
        let held = shared.board.job_of(self.about.id.0).flatten();
        let is_held = held.map(|job| job == path);
        match (is_noted, is_held) {
            (Some(false), _) | (_, Some(false)) => Place::Taken,
            (None, None) => Place::Unknown,
            _ => Place::Ours,
        }
    }

    /// Whether the run has nothing to do with this Job: something took its place (a later submission
    /// of the run in hand, another Job that the server knows of, another worker's claim of a later
    /// attempt), or it only has the run's label.
    async fn is_replaced(&self, shared: &Shared, run: &FlowRunNow, place: Place) -> bool {
        if place == Place::Taken {
            return true;
        }
        let is_known = place == Place::Ours;
        let Some(attempt) = self.attempt else {
            // Nothing but its labels, which anybody can write, says that it is of this run.
            return !is_known;
        };
        let is_pending = standing(Some(run)) == Standing::Pending;
        if is_known && !is_pending {
            return false;
        }
        match shared.prefect.flow_run_states(run.id).await {
            Ok(states) if is_pending => {
                attempt_of(&states).map_or(!is_known, |current| current != attempt)
            }
            Ok(states) => !states.iter().any(|state| state.id == attempt),
            Err(error) => {
                tracing::debug!("the run's states are not to be had: {}", error.one_line());
                !is_known
            }
        }
    }

    /// Whether the Job, or one that took its name, is really gone. Asked until there is an answer,
    /// or none to be had: then it is believed to be there, and [`super::vanished`] asks again.
    async fn is_gone(&self) -> bool {
        let mut pause = Duration::from_secs(1);
        let mut refusals = 0;
        loop {
            match self.cluster.get_job(&self.namespace, &self.job).await {
                Ok(job) => {
                    let same = |uid: &String| *uid == job.metadata.uid;
                    return !self.uid.as_ref().is_none_or(same);
                }
                Err(Failure {
                    class: Class::NotFound,
                    ..
                }) => return true,
                Err(failure) if failure.is_transient() => {
                    tracing::debug!("{failure}; asking again");
                }
                Err(failure) => {
                    refusals += 1;
                    if refusals >= REFUSALS {
                        tracing::warn!("cannot tell whether a Job was deleted: {failure}");
                        return false;
                    }
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Which Job a run has, as the server's note and the worker's own books tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// That of the case.
    Ours,
    /// Another one.
    Taken,
    /// Neither says.
    Unknown,
}

/// How the end of a run is called whose Job says nothing of it, or less than the server.
#[must_use]
pub const fn word(kind: StateType) -> &'static str {
    match kind {
        StateType::Completed => "Completed",
        StateType::Failed => "Failed",
        // Its Job has ended for that, and the server does the rest.
        StateType::Cancelled | StateType::Cancelling => "Cancelled",
        StateType::Crashed => "Crashed",
        _ => "Ended",
    }
}

fn state_type(run: &FlowRunNow) -> Option<StateType> {
    run.state.as_ref().map(|state| state.kind)
}

fn standing(run: Option<&FlowRunNow>) -> Standing {
    match run.map(state_type) {
        None => Standing::Gone,
        Some(Some(StateType::Pending)) => Standing::Pending,
        Some(Some(StateType::Running)) => Standing::Running,
        Some(_) => Standing::Settled,
    }
}
