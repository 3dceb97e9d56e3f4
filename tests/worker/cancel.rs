//! Cancellation: how a worker hears of it, and when a run counts as cancelled.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    stage::{RUN_LABEL, Stage, endless, template},
    support::{
        proxy::Proxy,
        worker::{WorkerProcess, until},
    },
};

const POLL: &str = "PREFECT_WORKER_CANCELLATION_POLL_SECONDS";
/// So seldom that a test sees no second look.
const NEVER: &str = "3600";

/// The variables of a run whose pod waits for a place for ever.
fn pending() -> Value {
    json!({"cpu_request": "1000"})
}

#[tokio::test]
async fn a_worker_of_several_pools_hears_of_cancelled_runs_by_events() {
    let (one, other) = (Stage::new("hears").await, Stage::new("hears-too").await);
    let command = one.command().words(&format!("-p {}", other.name));
    let mut worker = WorkerProcess::start(command.env(POLL, NEVER).words("--log-level debug"));
    worker.says("listening for cancelled runs").await;
    for stage in [&one, &other] {
        let run = stage.run(&pending()).await;
        stage.noted(&run).await;
        stage.prefect.cancel(&run).await;
        let found = stage.is(&run, "Cancelled").await;
        assert_eq!(
            found["state"]["message"],
            "Flow run cancelled by worker while pending."
        );
        assert_eq!(pods_of(stage, &run).await, 0);
    }
    assert_eq!(
        worker.times("listening for cancelled runs"),
        1,
        "one for both"
    );
}

#[tokio::test]
async fn what_happened_without_events_is_caught_up_with() {
    let stage = Stage::new("deaf").await;
    let proxy = Proxy::of_prefect(stage.prefect.url());
    let busy = json!({"path": "/events/out", "action": "status", "status": 503});
    proxy.rules(&[busy]).await;
    let command = stage.command_behind(Some(&proxy), None).env(POLL, NEVER);
    let _worker = WorkerProcess::start(command);
    let run = stage.run(&pending()).await;
    stage.noted(&run).await;
    stage.prefect.cancel(&run).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(stage.prefect.run(&run).await["state_type"], "CANCELLING");
    proxy.rules(&[]).await;
    stage.is(&run, "Cancelled").await;
    stage.has_no_pod(&run).await;
}

#[tokio::test]
async fn where_events_are_refused_the_server_is_asked() {
    let stage = Stage::new("refused").await;
    let proxy = Proxy::of_prefect(stage.prefect.url());
    let refusal = json!({"path": "/events/out", "action": "status", "status": 403});
    proxy.rules(&[refusal]).await;
    let command = stage.command_behind(Some(&proxy), None).env(POLL, "1");
    let _worker = WorkerProcess::start(command);
    let run = stage.run(&pending()).await;
    stage.noted(&run).await;
    stage.cancels(&run).await;
}

/// A stage whose pods are given seven seconds to end.
async fn patient(purpose: &str) -> Stage {
    let mut template = template();
    template["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] =
        7.into();
    Stage::with_template(purpose, template).await
}

/// The variables of a run that takes no hint.
fn deaf_to_signals() -> Value {
    json!({"command": "sh -c \"trap '' TERM; while true; do sleep 1; done\""})
}

async fn pods_of(stage: &Stage, run: &str) -> usize {
    let pods = stage.kube.pods(&stage.name).await;
    pods.iter()
        .filter(|pod| pod["metadata"]["labels"][RUN_LABEL] == run)
        .count()
}

#[tokio::test]
async fn a_run_is_cancelled_when_its_pods_are_gone_and_not_before() {
    let stage = patient("stubborn").await;
    let _worker = WorkerProcess::start(stage.command());
    let run = stage.run(&deaf_to_signals()).await;
    stage.has_pod(&run, "Running").await;
    stage.noted(&run).await;
    stage.prefect.cancel(&run).await;
    until("the deletion of the Job", async || {
        let job = stage.jobs_of(&run).await.pop()?;
        job["metadata"]["deletionTimestamp"]
            .is_string()
            .then_some(())
    })
    .await;
    assert_eq!(stage.prefect.run(&run).await["state_type"], "CANCELLING");
    stage.is(&run, "Cancelled").await;
    assert_eq!(pods_of(&stage, &run).await, 0);
    assert_eq!(stage.jobs_of(&run).await.len(), 0);
}

#[tokio::test]
async fn a_run_is_cancelled_between_its_job_and_the_note_of_it() {
    let stage = Stage::new("between").await;
    let proxy = Proxy::of_prefect(stage.prefect.url());
    let run = stage.run_later().await;
    let slow = json!({
        "method": "PATCH", "path": format!("/flow_runs/{run}$"), "times": 1, "action": "pass",
        "delayMillis": 4000,
    });
    proxy.rules(&[slow]).await;
    let command = stage.command_behind(Some(&proxy), None);
    let _worker = WorkerProcess::start(command);
    stage.is_due(&run).await;
    stage.job_of(&run).await;
    stage.cancels(&run).await;
    assert_eq!(stage.jobs_of(&run).await.len(), 0);
}

#[tokio::test]
async fn the_job_of_another_run_is_not_taken_for_its_own() {
    let stage = Stage::new("forged").await;
    let _worker = WorkerProcess::start(stage.command());
    let victim = stage.run(&endless()).await;
    let pid = stage.noted(&victim).await;
    let run = stage.run_later().await;
    let note = json!({"infrastructure_pid": pid});
    stage
        .prefect
        .patch(&format!("/flow_runs/{run}"), &note)
        .await;
    stage.prefect.cancel(&run).await;
    stage.is(&run, "Cancelled").await;
    let job = stage.job_of(&victim).await;
    assert!(job["metadata"]["deletionTimestamp"].is_null(), "{job}");
}

#[tokio::test]
async fn the_job_of_the_last_attempt_goes_though_an_earlier_one_is_noted() {
    let stage = Stage::new("outdated").await;
    let mut worker = stage.worker();
    let run = stage.run(&endless()).await;
    let first = stage.noted(&run).await;
    stage.delete_job_of(&run).await;
    stage.crashes(&run).await;
    stage.has_no_pod(&run).await;
    stage.is_due(&run).await;
    until("the note of the second Job", async || {
        (stage.noted(&run).await != first).then_some(())
    })
    .await;
    // As if the worker had been killed before it could tell of the second Job.
    worker.signal("KILL");
    worker.ends().await;
    let note = json!({"infrastructure_pid": first});
    stage
        .prefect
        .patch(&format!("/flow_runs/{run}"), &note)
        .await;
    assert_eq!(stage.jobs_of(&run).await.len(), 1, "that of the second");
    stage.prefect.cancel(&run).await;
    // One that watches would see the second Job and hold it, whatever is noted.
    let blind = ("PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_ENABLED", "false");
    let _worker = WorkerProcess::start(stage.command().env(blind.0, blind.1));
    stage.is(&run, "Cancelled").await;
    assert_eq!(stage.jobs_of(&run).await.len(), 0);
    stage.has_no_pod(&run).await;
}

#[tokio::test]
async fn a_flow_that_does_not_stop_is_stopped() {
    let stage = Stage::new("unstopped").await;
    let command = stage.command().env(POLL, NEVER);
    let _worker =
        WorkerProcess::start(command.env("PREFECT_KUBERNETES_WORKER_CANCELLING_TIMEOUT", "12s"));
    let run = stage.run(&endless()).await;
    stage.noted(&run).await;
    // As if the flow had begun: then it is the first to be asked.
    stage.prefect.force(&run, &json!({"type": "RUNNING"})).await;
    stage.prefect.cancel(&run).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let job = stage.job_of(&run).await;
    assert!(job["metadata"]["deletionTimestamp"].is_null(), "{job}");
    let found = stage.is(&run, "Cancelled").await;
    assert_eq!(
        found["state"]["message"],
        "Flow run cancelled by worker: it did not stop by itself in time."
    );
    assert_eq!(stage.jobs_of(&run).await.len(), 0);
}

#[tokio::test]
async fn jobs_that_outlived_their_cancelled_runs_are_swept() {
    let stage = Stage::new("swept").await;
    let worker = WorkerProcess::start(stage.command());
    let (cancelled, completed) = (stage.run(&endless()).await, stage.run(&endless()).await);
    for run in [&cancelled, &completed] {
        stage.noted(run).await;
    }
    worker.signal("KILL");
    for (run, state) in [(&cancelled, "CANCELLED"), (&completed, "COMPLETED")] {
        stage.prefect.force(run, &json!({"type": state})).await;
    }
    // At the first look it might be on its way out by itself; the next one comes when it is not.
    let mut worker = worker.again();
    worker
        .says("outlived its cancelled run and is deleted")
        .await;
    stage.has_no_pod(&cancelled).await;
    let job = stage.job_of(&completed).await;
    assert!(job["metadata"]["deletionTimestamp"].is_null(), "{job}");
}
