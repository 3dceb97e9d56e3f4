//! What a Job or a pod says of itself, in the terms of decisions.

use uuid::Uuid;

use crate::{
    k8s::{
        label,
        view::{JobView, Labels, Owner, PodView},
    },
    prefect::{FlowRunId, StateId},
    template::job_suffix,
    worker::{decide::JobEvidence, journal::RunRef},
};

/// The Job that a pod is of.
pub fn job_of(pod: &PodView) -> Option<&Owner> {
    let owners = &pod.metadata.owner_references;
    owners.iter().find(|owner| owner.kind == "Job")
}

/// The attempt that a Job was made for, where it tells.
pub fn attempt(job: &JobView) -> Option<StateId> {
    let attempt = job.metadata.annotations.get(label::ATTEMPT)?;
    attempt.parse().ok().map(StateId)
}

/// Whether a Job has the name that this program gives to the attempt that it tells. Whoever copies
/// a Job copies its labels and annotations, and gives it another name.
pub fn made_by_us(job: &JobView, run: FlowRunId) -> bool {
    let suffix = attempt(job).map(|attempt| job_suffix(run.0, attempt.0));
    suffix.is_some_and(|suffix| job.metadata.name.ends_with(&suffix))
}

/// What a Job says of its end.
pub fn evidence(job: &JobView, deleted: bool) -> JobEvidence {
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
pub fn run_of(labels: &Labels) -> Option<RunRef> {
    let id: Uuid = labels.get(label::FLOW_RUN_ID)?.parse().ok()?;
    let name = labels
        .get(label::FLOW_RUN_NAME)
        .cloned()
        .unwrap_or_default();
    Some(RunRef {
        id: FlowRunId(id),
        name,
    })
}
