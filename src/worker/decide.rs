//! What the end of a Job means for its flow run: decisions over plain data, no I/O.
//!
//! The Prefect server is the truth about a run and the cluster is the evidence. A run is only
//! called crashed when the Job itself has ended without success, nothing of it is still alive,
//! nothing took its place, and the server still believes that the run is under way.

use std::time::Duration;

/// How long a run that is still PENDING waits for a Job to take the failed one's place: a flow
/// process that is evicted puts its run back by itself (prefect-kubernetes waits as long).
pub const REPLACEMENT_GRACE: Duration = Duration::from_secs(30);

/// How long the pods of a vanished Job may go on before they no longer count as life: the default
/// grace period of a pod and as much again.
pub const LIVE_POD_GRACE: Duration = Duration::from_secs(60);

/// What is known of a Job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobEvidence {
    /// Pods that ended well (`status.succeeded`).
    pub succeeded: u32,
    /// Pods that failed (`status.failed`).
    pub failed: u32,
    /// Pods that are pending or running (`status.active`).
    pub active: u32,
    /// Pods that are being deleted (`status.terminating`); older API servers do not count them.
    pub terminating: Option<u32>,
    /// Failures that are allowed (`spec.backoffLimit`; Kubernetes' own default is 6).
    pub backoff_limit: u32,
    /// The condition `Complete` is true.
    pub complete: bool,
    /// Reason and message of the condition `Failed`, when it is true.
    pub failed_condition: Option<(String, String)>,
    /// The Job is gone from the cluster.
    pub deleted: bool,
}

/// How a Job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    /// It has not ended.
    Going,
    /// A pod of it ended well.
    Succeeded,
    /// It failed for good, with Kubernetes' reason.
    Failed(String),
    /// It was deleted before it ended well.
    Deleted,
}

impl JobEvidence {
    /// How the Job stands.
    ///
    /// Kubernetes counts a terminating pod as failed about a second after its eviction, while the
    /// flow in it is still running; the condition `Failed` comes when the pod is gone. So the
    /// count alone decides only when nothing is active or terminating any more.
    #[must_use]
    pub fn end(&self) -> JobEnd {
        if self.complete || self.succeeded > 0 {
            return JobEnd::Succeeded;
        }
        if let Some((reason, message)) = &self.failed_condition {
            return JobEnd::Failed(join(reason, message));
        }
        if self.deleted {
            return JobEnd::Deleted;
        }
        if self.failed > self.backoff_limit && self.active == 0 && self.terminating == Some(0) {
            return JobEnd::Failed(format!("{} of its pods failed", self.failed));
        }
        JobEnd::Going
    }
}

/// What the server says of a run, as far as the end of its Job is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It waits for its infrastructure.
    Pending,
    /// It is believed to run.
    Running,
    /// It is final, scheduled, paused or being cancelled: somebody else moves it on.
    Settled,
    /// The server no longer has it.
    Gone,
}

/// What to do about a run whose Job has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Leave,
    /// Look again shortly.
    Wait,
    /// Propose Crashed with this message.
    Crash(String),
}

/// What is known when the end of a Job is judged.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// `namespace/name` of the Job.
    pub job: &'a str,
    /// How it ended.
    pub end: &'a JobEnd,
    /// What the server says of the run.
    pub standing: Standing,
    /// Another Job of the same run is active or has succeeded.
    pub replaced: bool,
    /// The run is being submitted at this moment, for this Job or for another.
    pub submitting: bool,
    /// Pods of the Job that have not ended yet.
    pub live_pods: usize,
    /// What the pod's containers ended with, if known.
    pub exit: Option<&'a str>,
    /// How long the end of the Job has been known.
    pub waited: Duration,
}

impl Scene<'_> {
    /// Judges the end of a Job.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if *self.end == JobEnd::Going {
            return Verdict::Leave;
        }
        if *self.end == JobEnd::Succeeded && self.standing != Standing::Pending {
            return Verdict::Leave;
        }
        // Until it is done, the server may still name the Job of an earlier attempt.
        if self.submitting {
            return Verdict::Wait;
        }
        if self.replaced {
            return Verdict::Leave;
        }
        match self.standing {
            Standing::Settled | Standing::Gone => return Verdict::Leave,
            Standing::Pending if self.waited < REPLACEMENT_GRACE => return Verdict::Wait,
            Standing::Pending | Standing::Running => {}
        }
        if self.live_pods > 0 && self.waited < LIVE_POD_GRACE {
            return Verdict::Wait;
        }
        Verdict::Crash(self.message())
    }

    fn message(&self) -> String {
        let mut message = match self.end {
            JobEnd::Failed(why) => format!("Kubernetes Job {} failed: {why}", self.job),
            JobEnd::Succeeded => format!(
                "Kubernetes Job {} succeeded, but its flow run never began: the command of its \
                 container does not run the flow, or the flow did not reach the Prefect API",
                self.job
            ),
            _ => format!("Kubernetes Job {} was deleted", self.job),
        };
        if let Some(exit) = self.exit {
            message.push_str("; ");
            message.push_str(exit);
        }
        message.push_str(". No other active or succeeded Job of this run was found.");
        message
    }
}

fn join(reason: &str, message: &str) -> String {
    match (reason.is_empty(), message.is_empty()) {
        (true, true) => "Kubernetes gave no reason".to_owned(),
        (false, true) => reason.to_owned(),
        (true, false) => message.to_owned(),
        (false, false) => format!("{reason}: {message}"),
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
