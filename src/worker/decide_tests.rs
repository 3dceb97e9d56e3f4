//! What the ends of Jobs mean, case by case.

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
            JobEvidence {
                failed: 1,
                terminating: Some(0),
                ..job()
            },
            JobEnd::Failed("1 of its pods failed".into()),
        ),
        (
            "where terminating pods are not counted, the condition alone decides",
            JobEvidence { failed: 1, ..job() },
            JobEnd::Going,
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
            "succeeded, and the run is pending still",
            Scene {
                standing: Standing::Pending,
                ..scene(&JobEnd::Succeeded)
            },
            Verdict::Wait,
        ),
        (
            "succeeded, and the run never began",
            Scene {
                standing: Standing::Pending,
                waited: REPLACEMENT_GRACE,
                ..scene(&JobEnd::Succeeded)
            },
            Verdict::Crash(
                "Kubernetes Job flows/a succeeded, but its flow run never began: the command \
                 of its container does not run the flow, or the flow did not reach the \
                 Prefect API. No other active or succeeded Job of this run was found."
                    .into(),
            ),
        ),
        (
            "succeeded, and a later attempt is pending",
            Scene {
                standing: Standing::Pending,
                waited: REPLACEMENT_GRACE,
                replaced: true,
                ..scene(&JobEnd::Succeeded)
            },
            Verdict::Leave,
        ),
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
