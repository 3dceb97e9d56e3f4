//! What is known of the Jobs and pods under way, and what each change of them sets going.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::{
    Ground,
    reading::{attempt, evidence, job_of, run_of},
    roll::Roll,
};
use crate::{
    k8s::{
        Change,
        view::{JobView, Phase, PodView},
    },
    prefect::{FlowRunId, StateId},
    worker::{
        board,
        decide::JobEnd,
        diagnose::{self, Diagnosis},
        hollow,
        journal::RunRef,
        judge::{self, Case, Facts},
        pending,
        shared::Shared,
    },
};

/// The label that names the worker that made a Job (prefect-kubernetes; a slug of the name).
const WORKER_LABEL: &str = "prefect.io/worker-name";

/// A Job under way.
struct Tracked {
    about: RunRef,
    name: String,
    attempt: Option<StateId>,
    facts: Arc<Mutex<Facts>>,
}

/// A pod that has not ended.
#[derive(Default)]
struct Pod {
    job: Option<String>,
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
    jobs: Roll<Tracked>,
    judged: Roll<()>,
    pods: Roll<Pod>,
    /// Pods that ended badly and were spoken of; a watch that begins anew tells of them again.
    told: Roll<()>,
    started: jiff::Timestamp,
}

impl Tracker {
    /// Knows nothing yet.
    pub fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            jobs: Roll::default(),
            judged: Roll::default(),
            pods: Roll::default(),
            told: Roll::default(),
            started: jiff::Timestamp::now(),
        }
    }

    /// Takes in a change of a Job.
    pub fn job(&mut self, ground: &Arc<Ground>, change: Change<JobView>) {
        match change {
            Change::Applied(job) => self.job_is(ground, &job, false),
            Change::Deleted(job) => self.job_is(ground, &job, true),
            Change::Restarted => {
                self.jobs.doubt(ground);
                self.judged.doubt(ground);
            }
            Change::Synced => self.jobs_are_complete(ground),
            Change::Alive => {}
        }
    }

    /// A new list has been told: what it did not show went while nobody watched.
    fn jobs_are_complete(&mut self, ground: &Arc<Ground>) {
        for (uid, tracked) in self.jobs.take_doubted(ground) {
            self.shared.sees(tracked.about.id, false);
            if self.judged.contains(&uid) {
                continue;
            }
            let case = Case {
                about: tracked.about,
                cluster: ground.cluster.clone(),
                namespace: ground.namespace.clone(),
                job: tracked.name,
                uid: Some(uid),
                attempt: tracked.attempt,
                end: JobEnd::Deleted,
                since: Instant::now(),
                facts: tracked.facts,
            };
            let shared = Arc::clone(&self.shared);
            self.shared.begin_judging(judge::judge(shared, case));
        }
        self.judged.take_doubted(ground);
    }

    fn job_is(&mut self, ground: &Arc<Ground>, job: &JobView, deleted: bool) {
        let Some(about) = run_of(&job.metadata.labels) else {
            return;
        };
        let uid = &job.metadata.uid;
        self.jobs.confirm(uid);
        self.judged.confirm(uid);
        let path = format!("{}/{}", job.metadata.namespace, job.metadata.name);
        let end = evidence(job, deleted).end();
        self.shared.sees(about.id, end == JobEnd::Going);
        match end {
            JobEnd::Going => self.going(ground, about, job, &path),
            JobEnd::Succeeded => {
                if self.jobs.remove(uid).is_some() {
                    tracing::info!(
                        flow_run = %about.name, flow_run_id = %about.id,
                        "Kubernetes Job {path} is complete"
                    );
                }
                self.shared
                    .board
                    .ended_job(about.id.0, &path, "Job complete", Instant::now());
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
    fn going(&mut self, ground: &Arc<Ground>, about: RunRef, job: &JobView, path: &str) {
        let board = &self.shared.board;
        let worker = crate::template::slug::label_value(self.shared.options.name.as_str());
        // One that is being deleted is on its way out, and whoever deletes it has let go of the run.
        let ours = job.metadata.labels.get(WORKER_LABEL) == Some(&worker)
            && job.metadata.deletion_timestamp.is_none();
        if ours && board.take(about.id.0, &about.name, None, Instant::now()) {
            tracing::info!(
                flow_run = %about.name, flow_run_id = %about.id,
                "Kubernetes Job {path} is adopted"
            );
        }
        if ours {
            board.has_job(about.id.0, path);
        }
        let tracked = || Tracked {
            about,
            name: job.metadata.name.clone(),
            attempt: None,
            facts: Arc::default(),
        };
        let uid = &job.metadata.uid;
        // A pod that was seen first did not tell the attempt.
        self.jobs.get_or_insert(ground, uid, tracked).attempt = attempt(job);
    }

    /// A Job has ended without success: judged once.
    fn ended(&mut self, ground: &Arc<Ground>, about: RunRef, job: &JobView, end: JobEnd) {
        let uid = &job.metadata.uid;
        if !self.judged.insert(ground, uid, ()) {
            return;
        }
        let facts = self
            .jobs
            .get(uid)
            .map(|tracked| Arc::clone(&tracked.facts))
            .unwrap_or_default();
        let case = Case {
            facts,
            ..case(ground, about, job, end)
        };
        let shared = Arc::clone(&self.shared);
        self.shared.begin_judging(judge::judge(shared, case));
    }

    /// A Job has succeeded, which says nothing of its run. Only those that tell their attempt are
    /// looked into: of others it is not known whether the run is at a later one.
    fn succeeded(&mut self, ground: &Arc<Ground>, about: RunRef, job: &JobView) {
        let case = case(ground, about, job, JobEnd::Succeeded);
        if case.attempt.is_some() && self.judged.insert(ground, &job.metadata.uid, ()) {
            hollow::look_into(&self.shared, case);
        }
    }

    /// Takes in a change of a pod.
    pub fn pod(&mut self, ground: &Arc<Ground>, change: Change<PodView>) {
        match change {
            Change::Applied(pod) => self.pod_is(ground, &pod),
            Change::Deleted(pod) => self.pod_is_gone(ground, &pod),
            Change::Restarted => {
                self.pods.doubt(ground);
                self.told.doubt(ground);
            }
            Change::Synced => {
                for (uid, pod) in self.pods.take_doubted(ground) {
                    let job = pod.job.and_then(|job| self.jobs.get(&job));
                    if let Some(tracked) = job {
                        tracked.facts().live_pods.remove(&uid);
                    }
                }
                self.told.take_doubted(ground);
            }
            Change::Alive => {}
        }
    }

    fn pod_is(&mut self, ground: &Arc<Ground>, pod: &PodView) {
        let Some(about) = run_of(&pod.metadata.labels) else {
            return;
        };
        let uid = &pod.metadata.uid;
        self.pods.confirm(uid);
        self.told.confirm(uid);
        let over = matches!(pod.status.phase, Phase::Succeeded | Phase::Failed);
        let is_first = self.note_facts(ground, pod, over);
        let diagnosis = diagnose::diagnose(&pod.status);
        if over {
            let known = self.pods.remove(uid);
            let said = known.and_then(|known| known.trouble);
            let said = said.map(|trouble| trouble.key);
            if said.is_some() && said == diagnosis.as_ref().map(Diagnosis::key) {
                // A pod that is deleted ends in the trouble that it was in.
                self.told.insert(ground, uid, ());
            }
            self.ended_pod(ground, &about, pod, diagnosis.as_ref());
            return;
        }
        let reason = diagnosis.as_ref().map(|it| it.category.to_string());
        let phase = match pod.status.phase {
            Phase::Running if reason.is_none() => board::Phase::Running,
            _ => board::Phase::Pending(reason),
        };
        self.shared.board.moved(about.id.0, phase);
        let known = self.pods.get_or_insert(ground, uid, || Pod {
            job: job_of(pod).map(|owner| owner.uid.clone()),
            ..Pod::default()
        });
        let is_news = pod.status.phase == Phase::Pending && !known.proposed_pending;
        if is_news && is_of_ours(&self.shared, about.id, pod) {
            known.proposed_pending = true;
            let shared = Arc::clone(&self.shared);
            let created = pod.metadata.creation_timestamp;
            let is_new = is_first && created.is_some_and(|created| created >= self.started);
            let task = pending::propose(shared, about.clone(), is_new);
            self.shared.begin_judging(task);
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
    fn ended_pod(
        &mut self,
        ground: &Arc<Ground>,
        about: &RunRef,
        pod: &PodView,
        diagnosis: Option<&Diagnosis>,
    ) {
        let Some(diagnosis) = diagnosis else { return };
        let ended = pod
            .status
            .container_statuses
            .iter()
            .filter_map(|container| container.state.terminated.as_ref()?.finished_at)
            .max();
        let before = ended.is_some_and(|ended| ended < self.started);
        if self.told.insert(ground, &pod.metadata.uid, ()) && !before {
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

    fn pod_is_gone(&mut self, ground: &Arc<Ground>, pod: &PodView) {
        self.pods.remove(&pod.metadata.uid);
        self.told.remove(&pod.metadata.uid);
        self.note_facts(ground, pod, true);
    }

    /// Keeps what the end of the pod's Job will be judged by. Gives whether no other pod of the Job
    /// was seen before.
    fn note_facts(&mut self, ground: &Arc<Ground>, pod: &PodView, over: bool) -> bool {
        let (Some(owner), Some(about)) = (job_of(pod), run_of(&pod.metadata.labels)) else {
            return true;
        };
        if over && !self.jobs.contains(&owner.uid) {
            return true;
        }
        // A pod may be seen before its Job is.
        let tracked = self.jobs.get_or_insert(ground, &owner.uid, || Tracked {
            about,
            name: owner.name.clone(),
            attempt: None,
            facts: Arc::default(),
        });
        let mut facts = tracked.facts();
        let first = facts.first_pod.get_or_insert(pod.metadata.uid.clone());
        let is_first = *first == pod.metadata.uid;
        if over {
            facts.live_pods.remove(&pod.metadata.uid);
        } else {
            facts.live_pods.insert(pod.metadata.uid.clone());
        }
        if let Some(exit) = diagnose::bad_end(&pod.status) {
            facts.exit = Some(exit);
        }
        is_first
    }
}

impl Tracked {
    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the Job of a pod is in this worker's hands, and in no other's: a second worker would say
/// the same of it a second time. The creation of a Job may not be answered yet.
fn is_of_ours(shared: &Shared, run: FlowRunId, pod: &PodView) -> bool {
    let job = job_of(pod).map(|owner| format!("{}/{}", pod.metadata.namespace, owner.name));
    match shared.board.job_of(run.0) {
        Some(Some(held)) => Some(held) == job,
        Some(None) => {
            let worker = crate::template::slug::label_value(shared.options.name.as_str());
            pod.metadata.labels.get(WORKER_LABEL) == Some(&worker)
        }
        None => false,
    }
}

/// A Job that has ended, to be judged.
fn case(ground: &Ground, about: RunRef, job: &JobView, end: JobEnd) -> Case {
    let metadata = &job.metadata;
    Case {
        about,
        cluster: ground.cluster.clone(),
        namespace: metadata.namespace.clone(),
        job: metadata.name.clone(),
        uid: Some(metadata.uid.clone()),
        attempt: attempt(job),
        end,
        since: Instant::now(),
        facts: Arc::default(),
    }
}
