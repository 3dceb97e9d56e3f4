//! What each change of a pod sets going: the run's state and log, and what its Job is judged by.
//!
//! The events that pods come to are the business of [`crate::worker::events`].

use std::sync::Arc;

use super::{
    Ground,
    reading::{job_of, run_of},
    tracker::{Tracked, Tracker},
};
use crate::{
    k8s::{
        Change, label,
        view::{Owner, Phase, PodView},
    },
    prefect::FlowRunId,
    worker::{
        board,
        diagnose::{self, Diagnosis},
        disruption,
        journal::RunRef,
        pending,
        said::Said,
        shared::Shared,
    },
};

/// A pod that has not ended.
#[derive(Default)]
pub(super) struct Pod {
    /// UID of its Job.
    job: Option<String>,
    proposed_pending: bool,
    /// What was said about it.
    said: Said,
}

impl Tracker {
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
                    if let Some(job) = pod.job {
                        self.pod_is_over(ground, &uid, &job);
                    }
                }
                self.told.forget_doubted(ground);
            }
            Change::Alive => {}
        }
    }

    fn pod_is(&mut self, ground: &Arc<Ground>, pod: &PodView) {
        // A pod that is no Job's is another tool's, whatever its labels.
        let (Some(about), Some(job)) = (run_of(&pod.metadata.labels), job_of(pod)) else {
            return;
        };
        let uid = &pod.metadata.uid;
        self.pods.confirm(uid);
        self.told.confirm(ground, uid);
        let over = matches!(pod.status.phase, Phase::Succeeded | Phase::Failed);
        let is_first = self.note_facts(ground, pod, job, &about, over);
        let diagnosis = diagnose::diagnose(&pod.status);
        if over {
            self.ended_pod(ground, &about, pod, diagnosis.as_ref());
            return;
        }
        let path = format!("{}/{}", pod.metadata.namespace, job.name);
        self.show(&about, &path, pod.status.phase, diagnosis.as_ref());
        let is_listing = self.told.is_listing(ground);
        let known = self.pods.get_or_insert(ground, uid, || Pod {
            job: Some(job.uid.clone()),
            ..Pod::default()
        });
        let is_news = pod.status.phase == Phase::Pending && !known.proposed_pending;
        if is_news && is_of_ours(&self.shared, about.id, pod) {
            known.proposed_pending = true;
            let shared = Arc::clone(&self.shared);
            let is_new = is_first && !is_listing;
            let task = pending::propose(shared, about.clone(), is_new);
            self.shared.begin_judging(task);
        }
        if known.said.takes(diagnosis.as_ref())
            && let Some(diagnosis) = diagnosis
            && !self.catches_up(ground, &diagnosis)
        {
            self.say(&about, pod, &diagnosis);
        }
    }

    /// Moves a run in hand on that has this Job.
    fn show(&self, about: &RunRef, job: &str, phase: Phase, diagnosis: Option<&Diagnosis>) {
        let board = &self.shared.board;
        if board.job_of(about.id.0).flatten().as_deref() != Some(job) {
            return;
        }
        let phase = match phase {
            // Whatever ails it: it has started.
            Phase::Running => board::Phase::Running,
            _ => board::Phase::Pending(diagnosis.map(|it| it.category.to_string())),
        };
        board.moved(about.id.0, phase);
    }

    /// Whether what ails a pod that a list shows is said by [`crate::worker::events`], which asks
    /// the server whether it was said before.
    fn catches_up(&mut self, ground: &Arc<Ground>, diagnosis: &Diagnosis) -> bool {
        let replicates = self.shared.options.observer.replicate_pod_events;
        replicates && diagnosis.is_prefects && self.told.is_listing(ground)
    }

    /// A pod is over. What befell it before anybody watched was told by another.
    fn ended_pod(
        &mut self,
        ground: &Arc<Ground>,
        about: &RunRef,
        pod: &PodView,
        diagnosis: Option<&Diagnosis>,
    ) {
        let uid = &pod.metadata.uid;
        let known = self.pods.remove(uid);
        let Some(diagnosis) = diagnosis else { return };
        let followed = known.is_some() || !self.told.is_listing(ground);
        // A pod that is deleted ends in the trouble that it was in.
        let said = known.is_some_and(|known| known.said.knows(diagnosis));
        let is_new = self.told.insert(ground, uid, ()).is_none();
        if is_new && followed && !said && !self.catches_up(ground, diagnosis) {
            self.say(about, pod, diagnosis);
        }
    }

    fn say(&self, about: &RunRef, pod: &PodView, diagnosis: &Diagnosis) {
        let text = diagnosis.of_pod(&pod.metadata.name);
        let journal = &self.shared.journal;
        journal.observed(about, diagnosis.is_error, &text);
    }

    fn pod_is_gone(&mut self, ground: &Arc<Ground>, pod: &PodView) {
        self.pods.remove(&pod.metadata.uid);
        self.told.remove(ground, &pod.metadata.uid);
        if let (Some(about), Some(job)) = (run_of(&pod.metadata.labels), job_of(pod)) {
            self.note_facts(ground, pod, job, &about, true);
        }
    }

    /// Keeps what the end of the pod's Job will be judged by. Gives whether no other pod of the Job
    /// was seen before.
    fn note_facts(
        &mut self,
        ground: &Arc<Ground>,
        pod: &PodView,
        job: &Owner,
        about: &RunRef,
        over: bool,
    ) -> bool {
        // A pod may be seen before its Job is.
        let is_judged = self.judged.get(ground, &job.uid).is_some();
        if (over || is_judged) && !self.jobs.contains(&job.uid) {
            return true;
        }
        let tracked = self.jobs.get_or_insert(ground, &job.uid, || Tracked {
            about: about.clone(),
            name: job.name.clone(),
            attempt: None,
            facts: Arc::default(),
            hidden: false,
        });
        let uid = &pod.metadata.uid;
        let mut facts = tracked.facts();
        let is_first = facts.first_pod.get_or_insert_with(|| uid.clone()) == uid;
        if let Some(exit) = diagnose::bad_end(&pod.status) {
            facts.exit = Some(exit);
        }
        if let Some(disruption) = disruption::disruption(&pod.status) {
            facts.disruption = Some(disruption);
        }
        if !over {
            facts.live_pods.insert(uid.clone());
        }
        drop(facts);
        if over {
            self.pod_is_over(ground, uid, &job.uid);
        }
        is_first
    }

    /// A Job that is judged and has no more live pods has nothing more to tell.
    fn pod_is_over(&mut self, ground: &Arc<Ground>, pod: &str, job: &str) {
        let Some(tracked) = self.jobs.get(job) else {
            return;
        };
        let (is_last, is_deleted) = {
            let mut facts = tracked.facts();
            facts.live_pods.remove(pod);
            (facts.live_pods.is_empty(), facts.is_deleted)
        };
        if is_last && (is_deleted || self.judged.get(ground, job).is_some()) {
            self.jobs.remove(job);
        }
        if is_last && is_deleted {
            self.judged.remove(ground, job);
        }
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
            pod.metadata.labels.get(label::WORKER_NAME) == Some(&worker)
        }
        None => false,
    }
}
