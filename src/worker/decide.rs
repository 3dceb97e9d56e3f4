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
        if matches!(self.end, JobEnd::Going | JobEnd::Succeeded) || self.replaced {
            return Verdict::Leave;
        }
        if self.submitting {
            return Verdict::Wait;
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
mod tests {
    use super::*;

    fn job() -> JobEvidence {
        JobEvidence::default()
    }

    #[test]
    fn how_a_job_stands() {
        let failed = ("BackoffLimitExceeded".to_owned(), "too many".to_owned());
        let table = [
            ("new", job(), JobEnd::Going),
            ("active", JobEvidence { active: 1, ..job() }, JobEnd::Going),
            (
                "a terminating pod counts as failed before it is gone",
                JobEvidence {
                    failed: 1,
                    terminating: Some(1),
                    ..job()
                },
                JobEnd::Going,
            ),
            (
                "a retry is under way",
                JobEvidence {
                    failed: 1,
                    active: 1,
                    backoff_limit: 0,
                    ..job()
                },
                JobEnd::Going,
            ),
            (
                "failures below the limit",
                JobEvidence {
                    failed: 2,
                    backoff_limit: 2,
                    ..job()
                },
                JobEnd::Going,
            ),
            (
                "failures beyond the limit, all gone",
                JobEvidence { failed: 1, ..job() },
                JobEnd::Failed("1 of its pods failed".into()),
            ),
            (
                "the condition decides",
                JobEvidence {
                    failed_condition: Some(failed.clone()),
                    ..job()
                },
                JobEnd::Failed("BackoffLimitExceeded: too many".into()),
            ),
            (
                "a deadline fails a Job without failures",
                JobEvidence {
                    failed_condition: Some(("DeadlineExceeded".into(), String::new())),
                    backoff_limit: 6,
                    ..job()
                },
                JobEnd::Failed("DeadlineExceeded".into()),
            ),
            (
                "complete",
                JobEvidence {
                    complete: true,
                    ..job()
                },
                JobEnd::Succeeded,
            ),
            (
                "swept by its time to live",
                JobEvidence {
                    succeeded: 1,
                    deleted: true,
                    ..job()
                },
                JobEnd::Succeeded,
            ),
            (
                "deleted",
                JobEvidence {
                    active: 1,
                    deleted: true,
                    ..job()
                },
                JobEnd::Deleted,
            ),
            (
                "failed, then deleted",
                JobEvidence {
                    failed_condition: Some(failed),
                    deleted: true,
                    ..job()
                },
                JobEnd::Failed("BackoffLimitExceeded: too many".into()),
            ),
        ];
        for (name, evidence, end) in table {
            assert_eq!(evidence.end(), end, "{name}");
        }
    }

    fn scene(end: &JobEnd) -> Scene<'_> {
        Scene {
            job: "flows/a",
            end,
            standing: Standing::Running,
            replaced: false,
            submitting: false,
            live_pods: 0,
            exit: None,
            waited: Duration::ZERO,
        }
    }

    #[test]
    fn what_the_end_of_a_job_means() {
        let failed = JobEnd::Failed("why".into());
        let crash = Verdict::Crash(
            "Kubernetes Job flows/a failed: why. No other active or succeeded Job of this run was \
             found."
                .into(),
        );
        let table = [
            ("running", scene(&failed), crash.clone()),
            ("going", scene(&JobEnd::Going), Verdict::Leave),
            ("succeeded", scene(&JobEnd::Succeeded), Verdict::Leave),
            (
                "final",
                Scene {
                    standing: Standing::Settled,
                    ..scene(&failed)
                },
                Verdict::Leave,
            ),
            (
                "deleted on the server",
                Scene {
                    standing: Standing::Gone,
                    ..scene(&failed)
                },
                Verdict::Leave,
            ),
            (
                "rescheduled",
                Scene {
                    replaced: true,
                    ..scene(&failed)
                },
                Verdict::Leave,
            ),
            (
                "it is being submitted again",
                Scene {
                    submitting: true,
                    ..scene(&failed)
                },
                Verdict::Wait,
            ),
            (
                "pending, just now",
                Scene {
                    standing: Standing::Pending,
                    ..scene(&failed)
                },
                Verdict::Wait,
            ),
            (
                "pending, nothing came",
                Scene {
                    standing: Standing::Pending,
                    waited: REPLACEMENT_GRACE,
                    ..scene(&failed)
                },
                crash.clone(),
            ),
            (
                "its pod is still terminating",
                Scene {
                    live_pods: 1,
                    ..scene(&failed)
                },
                Verdict::Wait,
            ),
            (
                "its pod never ends",
                Scene {
                    live_pods: 1,
                    waited: LIVE_POD_GRACE,
                    ..scene(&failed)
                },
                crash,
            ),
        ];
        for (name, scene, verdict) in table {
            assert_eq!(scene.verdict(), verdict, "{name}");
        }
    }

    #[test]
    fn the_message_tells_what_the_container_ended_with() {
        let scene = Scene {
            exit: Some("container prefect-job exited with 137 (OOMKilled)"),
            ..scene(&JobEnd::Deleted)
        };
        assert_eq!(
            scene.verdict(),
            Verdict::Crash(
                "Kubernetes Job flows/a was deleted; container prefect-job exited with 137 \
                 (OOMKilled). No other active or succeeded Job of this run was found."
                    .into()
            )
        );
    }
}
