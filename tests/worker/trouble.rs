//! Runs whose infrastructure fails: what becomes of the run, and who says why.
//!
//! The scenes of a theme share a worker of two pools and run side by side: most of their time is
//! waiting.

use std::time::Duration;

use serde_json::json;

use crate::{
    stage::{Stage, command_of_all},
    support::worker::{WorkerProcess, until},
};

/// How long something that must not happen is waited for.
const A_WHILE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn jobs_that_end_badly() {
    let (one, other) = (Stage::new("bad-end").await, Stage::new("bad-too").await);
    let worker = WorkerProcess::start(command_of_all(&[&one, &other]));
    futures::join!(
        a_secret_that_is_not_there(&one),
        a_container_that_exits_with_an_error(&one),
        a_container_that_runs_out_of_memory(&other),
        a_command_that_is_no_flow(&one),
        a_job_deleted_while_pending(&other),
        a_job_deleted_while_running(&one),
        a_pod_that_never_starts(&other),
        a_job_that_the_api_server_refuses(&one),
        a_block_that_is_not_there(&other),
    );
    let heard = worker.heard();
    assert!(heard.contains("the run has 30 s to tell"), "{heard}");
}

async fn a_secret_that_is_not_there(stage: &Stage) {
    let run = stage
        .run(&json!({"image": "trouble.test/config-error"}))
        .await;
    let lines = stage.logged(&run, "cannot be started").await;
    let is_whole = |line: &String| line.contains("CreateContainerConfigError");
    assert!(lines.iter().any(is_whole), "{lines:?}");
}

async fn a_container_that_exits_with_an_error(stage: &Stage) {
    let command = "sh -c 'echo the last words; exit 3'";
    let run = stage.run(&json!({"command": command})).await;
    let why = stage.crashes(&run).await;
    assert!(why.contains("exited with 3"), "{why}");
    let lines = stage.logged(&run, "the last words").await;
    assert!(
        lines
            .iter()
            .any(|line| line.contains("container 'prefect-job'")),
        "{lines:?}"
    );
    assert!(lines.contains(&why), "{lines:?}");
}

async fn a_container_that_runs_out_of_memory(stage: &Stage) {
    let variables = json!({"image": "trouble.test/oom-after:1s", "command": "sleep 1000"});
    let run = stage.run(&variables).await;
    let why = stage.crashes(&run).await;
    assert!(why.contains("137") && why.contains("OOMKilled"), "{why}");
    stage.logged(&run, "ran out of memory").await;
}

async fn a_command_that_is_no_flow(stage: &Stage) {
    let run = stage.run(&json!({"command": "true"})).await;
    let why = stage.crashes(&run).await;
    assert!(why.contains("succeeded"), "{why}");
}

async fn a_job_deleted_while_pending(stage: &Stage) {
    let run = stage.run(&json!({"image": "does-not-exist:1"})).await;
    stage.is(&run, "InfrastructurePending").await;
    let deleted = jiff::Timestamp::now();
    stage.delete_job_of(&run).await;
    let why = stage.crashes(&run).await;
    assert!(why.contains("was deleted"), "{why}");
    // Its pod ends soon after the Job: nobody waits the minute that a pod is given that lives on.
    let crashed = stage.prefect.run(&run).await["state"]["timestamp"].clone();
    let crashed: jiff::Timestamp = crashed.as_str().unwrap().parse().unwrap();
    let waited = crashed.duration_since(deleted).as_secs();
    assert!(waited < 60, "{waited} s");
    let lines = stage.prefect.logs(&run).await;
    let pull = |line: &&String| line.contains("cannot be pulled");
    assert_eq!(lines.iter().filter(pull).count(), 1, "{lines:?}");
}

async fn a_job_deleted_while_running(stage: &Stage) {
    let run = stage.run(&json!({"command": "sleep 1000"})).await;
    stage.has_pod(&run, "Running").await;
    stage.is(&run, "InfrastructurePending").await;
    // As the flow's own process would.
    stage
        .prefect
        .force(&run, &json!({"type": "RUNNING", "name": "Running"}))
        .await;
    stage.delete_job_of(&run).await;
    let why = stage.crashes(&run).await;
    assert!(why.contains("was deleted"), "{why}");
}

async fn a_pod_that_never_starts(stage: &Stage) {
    let run = stage
        .run(&json!({"image": "trouble.test/start-error"}))
        .await;
    let why = stage.crashes(&run).await;
    assert!(why.contains("128"), "{why}");
}

async fn a_job_that_the_api_server_refuses(stage: &Stage) {
    let run = stage.run(&json!({"name": "No Name"})).await;
    let why = stage.crashes(&run).await;
    assert!(
        why.contains("metadata.name") && why.contains("No Name"),
        "{why}"
    );
    assert_eq!(stage.jobs_of(&run).await.len(), 0);
}

async fn a_block_that_is_not_there(stage: &Stage) {
    let env = json!({"KEY": "{{ prefect.blocks.secret.not-there }}"});
    let run = stage.run(&json!({"env": env})).await;
    let why = stage.crashes(&run).await;
    assert!(why.contains("secret") && why.contains("not-there"), "{why}");
    stage.logged(&run, "not-there").await;
}

#[tokio::test]
async fn pods_that_do_not_start_leave_their_runs_pending() {
    let (one, other) = (Stage::new("waiting").await, Stage::new("stuck").await);
    let worker = WorkerProcess::start(command_of_all(&[&one, &other]));
    futures::join!(
        an_image_that_cannot_be_pulled(&one, &worker),
        a_pod_that_no_node_takes(&other, &worker),
    );
}

async fn an_image_that_cannot_be_pulled(stage: &Stage, worker: &WorkerProcess) {
    let run = stage
        .run(&json!({"image": "registry.test/does-not-exist:1"}))
        .await;
    stage.is(&run, "InfrastructurePending").await;
    let said = "cannot be pulled";
    stage.logged(&run, said).await;
    // The pull is tried again and again.
    tokio::time::sleep(A_WHILE).await;
    let lines = stage.prefect.logs(&run).await;
    let about: Vec<&String> = lines.iter().filter(|line| line.contains(said)).collect();
    assert_eq!(about.len(), 1, "{lines:?}");
    assert!(about[0].contains("pull secret"), "{about:?}");
    assert_eq!(worker.times(said), 1, "{}", worker.heard());
    assert_eq!(
        stage.prefect.history(&run).await,
        ["Scheduled", "Pending", "InfrastructurePending"]
    );
}

async fn a_pod_that_no_node_takes(stage: &Stage, worker: &WorkerProcess) {
    let run = stage.run(&json!({"cpu_request": "1000"})).await;
    stage.is(&run, "InfrastructurePending").await;
    let lines = stage.logged(&run, "no node takes the pod").await;
    let about: Vec<&String> = lines
        .iter()
        .filter(|line| line.contains("no node takes"))
        .collect();
    assert!(about[0].contains("Insufficient cpu"), "{about:?}");
    until("the worker's word", async || {
        worker
            .heard()
            .contains("no node takes the pod")
            .then_some(())
    })
    .await;
}
