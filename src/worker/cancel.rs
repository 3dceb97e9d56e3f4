//! What to do for a run that is being cancelled: decisions over plain data, no I/O.

use std::time::Duration;

/// How long the flow's own process may take to stop itself before its Job is deleted: it looks for
/// a cancellation every 10 s and gives the flow 30 s to end; as much again for a slow cluster.
pub const OWN_GRACE: Duration = Duration::from_secs(90);

/// The grace period with which the Job of a cancelled run is deleted (the Python worker's).
pub const DELETE_GRACE: Duration = Duration::from_secs(30);

/// What is known of a run that is being cancelled.
#[derive(Debug, Clone, Copy)]
pub struct Cancelling {
    /// This worker is submitting it at this moment.
    pub in_submission: bool,
    /// Its flow has begun to run (`start_time`).
    pub started: bool,
    /// It has infrastructure (`infrastructure_pid`), or a Job of it is known.
    pub has_job: bool,
    /// How long it has been cancelling.
    pub since: Duration,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The submission sees it and undoes itself.
    StopSubmission,
    /// Delete the Job, then set CANCELLED.
    DeleteJob,
    /// There is nothing to delete: set CANCELLED.
    Finish,
    /// The flow's process ends itself.
    LeaveToFlow,
}

impl Cancelling {
    /// Chooses the step.
    #[must_use]
    pub fn step(self) -> Step {
        if self.in_submission {
            return Step::StopSubmission;
        }
        if self.started && self.since < OWN_GRACE {
            return Step::LeaveToFlow;
        }
        if self.has_job {
            Step::DeleteJob
        } else {
            Step::Finish
        }
    }
}

/// Whether a cancelled run is the business of a worker on the cluster of this UID.
///
/// `label` is the cluster that the run names; we write it whenever we know our own. A run that
/// names none was submitted by another program or not at all: while it has not started, somebody
/// must end it, but a running flow may live on another cluster, and stops itself.
#[must_use]
pub fn is_ours(label: Option<&str>, uid: Option<&str>, started: bool) -> bool {
    match label {
        Some(label) => Some(label) == uid,
        None => !started,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_business_a_cancelled_run_is() {
        assert!(is_ours(Some("here"), Some("here"), true));
        assert!(!is_ours(Some("there"), Some("here"), false));
        assert!(
            !is_ours(Some("there"), None, false),
            "we know not where we are"
        );
        assert!(is_ours(None, Some("here"), false));
        assert!(!is_ours(None, Some("here"), true), "it may run anywhere");
    }

    #[test]
    fn steps() {
        let run = Cancelling {
            in_submission: false,
            started: false,
            has_job: false,
            since: Duration::ZERO,
        };
        let table = [
            ("before anything", run, Step::Finish),
            (
                "while it is submitted",
                Cancelling {
                    in_submission: true,
                    has_job: true,
                    ..run
                },
                Step::StopSubmission,
            ),
            (
                "its pod is pending",
                Cancelling {
                    has_job: true,
                    ..run
                },
                Step::DeleteJob,
            ),
            (
                "it runs",
                Cancelling {
                    started: true,
                    has_job: true,
                    ..run
                },
                Step::LeaveToFlow,
            ),
            (
                "it runs and does not stop",
                Cancelling {
                    started: true,
                    has_job: true,
                    since: OWN_GRACE,
                    ..run
                },
                Step::DeleteJob,
            ),
            (
                "it ran and its Job is gone",
                Cancelling {
                    started: true,
                    since: OWN_GRACE,
                    ..run
                },
                Step::Finish,
            ),
        ];
        for (name, run, step) in table {
            assert_eq!(run.step(), step, "{name}");
        }
    }
}
