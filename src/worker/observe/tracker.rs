//! What is known of the Jobs and pods under way, and what each change of a Job sets going.
//!
//! Jobs that a list shows to have ended ended before anybody watched. Those that succeeded are left
//! to [`crate::worker::vanished`], which begins with the runs; those that failed to
//! [`super::sieve`]. A mark is all that is kept of them.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::{
    Ground,
    marks::Marks,
    pods::Pod,
    reading::{attempt, evidence, made_by_us, run_of},
    roll::Roll,
    sieve,
    sight::Blind,
};
use crate::{
    k8s::{Change, label, view::JobView},
    prefect::StateId,
    worker::{
        decide::JobEnd,
        hollow,
        journal::RunRef,
        judge::{self, Case, Facts},
        shared::Shared,
        unnoted,
    },
};

/// A Job under way, or one that is being judged and has pods that are not over.
pub(super) struct Tracked {
    pub about: RunRef,
    pub name: String,
    pub attempt: Option<StateId>,
    pub facts: Arc<Mutex<Facts>>,
    /// It was in sight until its place could no longer be looked at.
    pub hidden: bool,
}

/// Jobs and pods under way, by UID.
pub struct Tracker {
    pub(super) shared: Arc<Shared>,
    pub(super) jobs: Roll<Tracked>,
    /// Jobs whose end is or was looked into.
    pub(super) judged: Marks<()>,
    pub(super) pods: Roll<Pod>,
    /// Pods that ended badly and were spoken of; a watch that begins anew tells of them again.
    pub(super) told: Marks<()>,
    /// Places whose Jobs cannot be looked at.
    pub(super) blind: Blind,
    /// Jobs that a list shows to have failed.
    failed: Vec<Case>,
}

impl Tracker {
    /// Knows nothing yet.
    pub fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            jobs: Roll::default(),
            judged: Marks::default(),
            pods: Roll::default(),
            told: Marks::default(),
            blind: Blind::default(),
            failed: Vec::new(),
        }
    }

    /// Takes in a change of a Job. Gives Jobs to be sifted, when there are enough of them.
    pub fn job(&mut self, ground: &Arc<Ground>, change: Change<JobView>) -> Option<Vec<Case>> {
        let complete = matches!(change, Change::Synced);
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
        let due = if complete { 1 } else { sieve::AT_ONCE };
        (self.failed.len() >= due).then(|| mem::take(&mut self.failed))
    }

    /// A place is left, and was told to be empty: nothing of it is kept.
    pub fn leave(&mut self, ground: &Arc<Ground>) {
        self.judged.leave(ground);
        self.told.leave(ground);
    }

    /// A new list has been told: what it did not show went while nobody watched.
    fn jobs_are_complete(&mut self, ground: &Arc<Ground>) {
        for (uid, tracked) in self.jobs.take_doubted(ground) {
            self.shared.sees(tracked.about.id, false);
            if self.judged.get(ground, &uid).is_some() {
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
            self.judge(case);
        }
        self.judged.forget_doubted(ground);
    }

    fn job_is(&mut self, ground: &Arc<Ground>, job: &JobView, deleted: bool) {
        let Some(about) = run_of(&job.metadata.labels) else {
            return;
        };
        let uid = &job.metadata.uid;
        self.jobs.confirm(uid);
        self.judged.confirm(ground, uid);
        let path = format!("{}/{}", job.metadata.namespace, job.metadata.name);
        let end = evidence(job, deleted).end();
        // What has the label alone is somebody else's; Prefect's own workers do not tell the attempt.
        let is_by_us = made_by_us(job, about.id);
        if is_by_us || attempt(job).is_none() {
            self.shared.sees(about.id, end == JobEnd::Going);
        }
        match end {
            JobEnd::Going => self.going(ground, about, job, &path, is_by_us),
            JobEnd::Succeeded => {
                let followed = self.jobs.remove(uid).is_some();
                if followed {
                    tracing::info!(
                        flow_run = %about.name, flow_run_id = %about.id,
                        "Kubernetes Job {path} is complete"
                    );
                }
                self.shared
                    .board
                    .ended_job(about.id.0, &path, "Job complete", Instant::now());
                if followed || !deleted && !self.judged.is_listing(ground) {
                    self.succeeded(ground, about, job);
                }
            }
            end => self.ended(ground, about, job, end),
        }
        if deleted {
            self.is_deleted(ground, uid);
        }
    }

    /// A Job is no more. Its pods may be: they are followed to their end, which its judge awaits.
    fn is_deleted(&mut self, ground: &Arc<Ground>, uid: &str) {
        let has_pods = self.jobs.get(uid).is_some_and(|tracked| {
            let mut facts = tracked.facts();
            facts.is_deleted = true;
            !facts.live_pods.is_empty()
        });
        if !has_pods {
            self.jobs.remove(uid);
            self.judged.remove(ground, uid);
        }
    }

    /// A Job is under way. One that a worker of our name made earlier is taken in hand again.
    fn going(
        &mut self,
        ground: &Arc<Ground>,
        about: RunRef,
        job: &JobView,
        path: &str,
        is_by_us: bool,
    ) {
        let board = &self.shared.board;
        let worker = crate::template::slug::label_value(self.shared.options.name.as_str());
        // One that is being deleted is on its way out, and whoever deletes it has let go of the run.
        // A copy of a Job has its labels, and another name.
        let lasts = is_by_us && job.metadata.deletion_timestamp.is_none();
        let ours = lasts && job.metadata.labels.get(label::WORKER_NAME) == Some(&worker);
        // Its worker may have been killed before it told the server; whoever has it in hand tells.
        if lasts && self.judged.is_listing(ground) && !board.holds(about.id.0) {
            unnoted::look_into(&self.shared, &about, job);
        }
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
            hidden: false,
        };
        let uid = &job.metadata.uid;
        // A pod that was seen first did not tell the attempt.
        self.jobs.get_or_insert(ground, uid, tracked).attempt = attempt(job);
    }

    /// A Job has ended without success: judged once.
    fn ended(&mut self, ground: &Arc<Ground>, about: RunRef, job: &JobView, end: JobEnd) {
        let uid = &job.metadata.uid;
        if self.judged.insert(ground, uid, ()).is_some() {
            return;
        }
        let case = case(ground, about, job, end);
        let Some(tracked) = self.jobs.get(uid) else {
            if self.judged.is_listing(ground) {
                self.failed.push(case);
            } else {
                self.judge(case);
            }
            return;
        };
        let facts = Arc::clone(&tracked.facts);
        if tracked.facts().live_pods.is_empty() {
            self.jobs.remove(uid);
        }
        self.judge(Case { facts, ..case });
    }

    fn judge(&self, case: Case) {
        let shared = Arc::clone(&self.shared);
        self.shared.begin_judging(judge::judge(shared, case));
    }

    /// A Job has succeeded, which says nothing of its run. Only those that tell their attempt are
    /// looked into: of others it is not known whether the run is at a later one.
    fn succeeded(&mut self, ground: &Arc<Ground>, about: RunRef, job: &JobView) {
        let case = case(ground, about, job, JobEnd::Succeeded);
        let uid = &job.metadata.uid;
        if case.attempt.is_some() && self.judged.insert(ground, uid, ()).is_none() {
            hollow::look_into(&self.shared, case);
        }
    }
}

impl Tracked {
    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
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
