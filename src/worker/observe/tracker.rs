//! What is known of the Jobs and pods under way, and what each change of them sets going.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use uuid::Uuid;

use super::Ground;
use crate::{
    k8s::{
        Change,
        view::{JobView, Phase, PodView},
    },
    prefect::{FlowRunId, StateId},
    template::ATTEMPT_ANNOTATION,
    worker::{
        board,
        create_job::FLOW_RUN_LABEL,
        decide::{JobEnd, JobEvidence},
        diagnose::{self, Diagnosis},
        hollow,
        journal::RunRef,
        judge::{self, Case, Facts},
        pending,
        shared::Shared,
    },
};

/// The label that names a Job's flow run for people (prefect-kubernetes; a slug of the name).
const NAME_LABEL: &str = "prefect.io/flow-run-name";
/// The label that names the worker that made a Job (prefect-kubernetes; a slug of the name).
const WORKER_LABEL: &str = "prefect.io/worker-name";

/// A Job under way.
struct Tracked {
    about: RunRef,
    facts: Arc<Mutex<Facts>>,
}

/// A pod that has not ended.
#[derive(Default)]
struct Pod {
    proposed_pending: bool,
    trouble: Option<Trouble>,
}

/// What was said last about a pod.
struct Trouble {
    key: String,
}

/// Jobs and pods under way, by UID.
pub struct Tracker {
    shared: Arc<Shared>,
    jobs: HashMap<String, Tracked>,
    judged: HashSet<String>,
    pods: HashMap<String, Pod>,
    /// Pods that ended badly and were spoken of; a watch that begins anew tells of them again.
    told: HashSet<String>,
    started: jiff::Timestamp,
}

impl Tracker {
    /// Knows nothing yet.
    pub fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            jobs: HashMap::new(),
            judged: HashSet::new(),
            pods: HashMap::new(),
            told: HashSet::new(),
            started: jiff::Timestamp::now(),
        }
    }

    /// Takes in a change of a Job.
    pub fn job(&mut self, ground: &Arc<Ground>, change: Change<JobView>) {
        match change {
            Change::Applied(job) => self.job_is(ground, &job, false),
            Change::Deleted(job) => self.job_is(ground, &job, true),
            Change::Restarted | Change::Synced | Change::Alive => {}
        }
    }

    fn job_is(&mut self, ground: &Arc<Ground>, job: &JobView, deleted: bool) {
        let Some(about) = run_of(&job.metadata.labels) else {
            return;
        };
        let uid = &job.metadata.uid;
        let path = format!("{}/{}", job.metadata.namespace, job.metadata.name);
        match evidence(job, deleted).end() {
            JobEnd::Going => self.going(about, job, &path),
            JobEnd::Succeeded => {
                if self.jobs.remove(uid).is_some() {
                    tracing::info!(
                        flow_run = %about.name, flow_run_id = %about.id,
                        "Kubernetes Job {path} has succeeded"
                    );
                }
                self.shared
                    .board
                    .ended_job(about.id.0, &path, "Succeeded", Instant::now());
                self.succeeded(ground, about, job);
            }
            end => self.ended(ground, about, job, end),
        }
        if deleted {
            self.jobs.remove(uid);
            self.judged.remove(uid);
        }
    }

    /// A Job is under way. One that a worker of our name made earlier is taken in hand again.
    fn going(&mut self, about: RunRef, job: &JobView, path: &str) {
        let board = &self.shared.board;
        let worker = crate::template::slug::label_value(self.shared.options.name.as_str());
        let ours = job.metadata.labels.get(WORKER_LABEL) == Some(&worker);
        if ours && board.take(about.id.0, &about.name, None, Instant::now()) {
            tracing::info!(
                flow_run = %about.name, flow_run_id = %about.id,
                "Kubernetes Job {path} is adopted"
            );
        }
        if ours {
            board.has_job(about.id.0, path);
        }
        self.jobs
            .entry(job.metadata.uid.clone())
            .or_insert_with(|| Tracked {
                about,
                facts: Arc::default(),
            });
    }

    /// A Job has ended without success: judged once.
    fn ended(&mut self, ground: &Arc<Ground>, about: RunRef, job: &JobView, end: JobEnd) {
        let uid = job.metadata.uid.clone();
        if !self.judged.insert(uid.clone()) {
            return;
        }
        let facts = self
            .jobs
            .get(&uid)
            .map(|tracked| Arc::clone(&tracked.facts))
            .unwrap_or_default();
        let case = Case {
            facts,
            ..case(ground, about, job, end)
        };
        let shared = Arc::clone(&self.shared);
        self.shared.judging.spawn(judge::judge(shared, case));
    }

    /// A Job has succeeded, which says nothing of its run. Only those that tell their attempt are
    /// looked into: of others it is not known whether the run is at a later one.
    fn succeeded(&mut self, ground: &Arc<Ground>, about: RunRef, job: &JobView) {
        let case = case(ground, about, job, JobEnd::Succeeded);
        if case.attempt.is_some() && self.judged.insert(job.metadata.uid.clone()) {
            hollow::look_into(&self.shared, case);
        }
    }

    /// Takes in a change of a pod.
    pub fn pod(&mut self, _ground: &Arc<Ground>, change: Change<PodView>) {
        match change {
            Change::Applied(pod) => self.pod_is(&pod),
            Change::Deleted(pod) => self.pod_is_gone(&pod),
            Change::Restarted | Change::Synced | Change::Alive => {}
        }
    }

    fn pod_is(&mut self, pod: &PodView) {
        let Some(about) = run_of(&pod.metadata.labels) else {
            return;
        };
        let over = matches!(pod.status.phase, Phase::Succeeded | Phase::Failed);
        self.note_facts(pod, over);
        let diagnosis = diagnose::diagnose(&pod.status);
        if over {
            let known = self.pods.remove(&pod.metadata.uid);
            let said = known.and_then(|known| known.trouble);
            let said = said.map(|trouble| trouble.key);
            if said.is_some() && said == diagnosis.as_ref().map(Diagnosis::key) {
                // A pod that is deleted ends in the trouble that it was in.
                self.told.insert(pod.metadata.uid.clone());
            }
            self.ended_pod(&about, pod, diagnosis.as_ref());
            return;
        }
        let reason = diagnosis.as_ref().map(|it| it.category.to_string());
        let phase = match pod.status.phase {
            Phase::Running if reason.is_none() => board::Phase::Running,
            _ => board::Phase::Pending(reason),
        };
        self.shared.board.moved(about.id.0, phase);
        let known = self.pods.entry(pod.metadata.uid.clone()).or_default();
        if pod.status.phase == Phase::Pending && !known.proposed_pending {
            known.proposed_pending = true;
            let shared = Arc::clone(&self.shared);
            let task = pending::propose(shared, about.clone());
            self.shared.judging.spawn(task);
        }
        let key = diagnosis.as_ref().map(Diagnosis::key);
        let said = known.trouble.as_ref().map(|trouble| &trouble.key);
        if key.as_ref() == said {
            return;
        }
        match (diagnosis, key) {
            (Some(diagnosis), Some(key)) => {
                known.trouble = Some(Trouble { key });
                self.say(&about, pod, &diagnosis);
            }
            _ => known.trouble = None,
        }
    }

    /// A pod is over. What befell it before this worker started was told by another.
    fn ended_pod(&mut self, about: &RunRef, pod: &PodView, diagnosis: Option<&Diagnosis>) {
        let Some(diagnosis) = diagnosis else { return };
        let ended = pod
            .status
            .container_statuses
            .iter()
            .filter_map(|container| container.state.terminated.as_ref()?.finished_at)
            .max();
        let before = ended.is_some_and(|ended| ended < self.started);
        if self.told.insert(pod.metadata.uid.clone()) && !before {
            self.say(about, pod, diagnosis);
        }
    }

    fn say(&self, about: &RunRef, pod: &PodView, diagnosis: &Diagnosis) {
        let text = format!("Pod {}: {diagnosis}", pod.metadata.name);
        if diagnosis.is_error {
            self.shared.journal.error(about, text);
        } else {
            self.shared.journal.warn(about, text);
        }
    }

    fn pod_is_gone(&mut self, pod: &PodView) {
        self.pods.remove(&pod.metadata.uid);
        self.told.remove(&pod.metadata.uid);
        self.note_facts(pod, true);
    }

    /// Keeps what the end of the pod's Job will be judged by.
    fn note_facts(&mut self, pod: &PodView, over: bool) {
        let Some(owner) = pod
            .metadata
            .owner_references
            .iter()
            .find(|owner| owner.kind == "Job")
        else {
            return;
        };
        let Some(about) = run_of(&pod.metadata.labels) else {
            return;
        };
        if over && !self.jobs.contains_key(&owner.uid) {
            return;
        }
        // A pod may be seen before its Job is.
        let tracked = self
            .jobs
            .entry(owner.uid.clone())
            .or_insert_with(|| Tracked {
                about,
                facts: Arc::default(),
            });
        let mut facts = tracked.facts.lock().unwrap_or_else(PoisonError::into_inner);
        if over {
            facts.live_pods.remove(&pod.metadata.uid);
        } else {
            facts.live_pods.insert(pod.metadata.uid.clone());
        }
        if let Some(exit) = diagnose::bad_end(&pod.status) {
            facts.exit = Some(exit);
        }
        tracing::trace!(run = %tracked.about.id, "pod {} noted", pod.metadata.name);
    }
}

/// A Job that has ended, to be judged.
fn case(ground: &Ground, about: RunRef, job: &JobView, end: JobEnd) -> Case {
    let metadata = &job.metadata;
    let attempt = metadata.annotations.get(ATTEMPT_ANNOTATION);
    Case {
        about,
        cluster: ground.cluster.clone(),
        namespace: metadata.namespace.clone(),
        job: metadata.name.clone(),
        uid: Some(metadata.uid.clone()),
        attempt: attempt.and_then(|id| id.parse().ok()).map(StateId),
        end,
        since: Instant::now(),
        facts: Arc::default(),
    }
}

/// What a Job says of its end.
fn evidence(job: &JobView, deleted: bool) -> JobEvidence {
    let failed = job.status.condition("Failed");
    JobEvidence {
        succeeded: job.status.succeeded,
        failed: job.status.failed,
        active: job.status.active,
        terminating: job.status.terminating,
        backoff_limit: job.spec.backoff_limit.unwrap_or(6),
        complete: job.status.condition("Complete").is_some(),
        failed_condition: failed.map(|condition| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            (text(&condition.reason), text(&condition.message))
        }),
        deleted,
    }
}

/// The flow run that an object's labels name, if they do.
fn run_of(labels: &std::collections::BTreeMap<String, String>) -> Option<RunRef> {
    let id: Uuid = labels.get(FLOW_RUN_LABEL)?.parse().ok()?;
    let name = labels.get(NAME_LABEL).cloned().unwrap_or_default();
    Some(RunRef {
        id: FlowRunId(id),
        name,
    })
}
