//! How a worker is told to stop, and what it tells of itself: signals, JSON log.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    stage::{Stage, endless},
    support::{
        proxy::Proxy,
        worker::{WorkerProcess, until},
    },
};

/// A rule that holds the claim of a run.
fn held_claim(run: &str) -> Value {
    json!({
        "method": "POST", "path": format!("/flow_runs/{run}/set_state"), "times": 1,
        "action": "hold",
    })
}

#[tokio::test]
async fn the_first_interrupt_finishes_what_is_being_submitted() {
    let stage = Stage::new("drain").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let done = stage.run(&endless()).await;
    let slow = stage.run_later().await;
    proxy.rules(&[held_claim(&slow)]).await;
    let mut worker = WorkerProcess::start(stage.command_behind(Some(&proxy), None));
    stage.noted(&done).await;
    let before = proxy.polls().await;
    stage.is_due(&slow).await;
    until("two polls", async || {
        (proxy.polls().await > before + 2).then_some(())
    })
    .await;
    worker.signal("INT");
    worker.says("stopping: no new flow runs are taken").await;
    // The other one's labels may be on their way still.
    worker.says("finishing ").await;
    let late = stage.run(&endless()).await;
    proxy.rules(&[]).await;
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(130), "{heard}");
    assert!(heard.contains("2 Jobs go on without it."), "{heard}");
    assert_eq!(stage.jobs_of(&slow).await.len(), 1);
    stage.noted(&slow).await;
    assert_eq!(stage.jobs_of(&late).await.len(), 0, "nothing new was taken");
    assert_eq!(stage.prefect.run(&late).await["state_type"], "SCHEDULED");
}

#[tokio::test]
async fn the_second_interrupt_aborts() {
    let stage = Stage::new("abort").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let slow = stage.run(&endless()).await;
    proxy.rules(&[held_claim(&slow)]).await;
    let mut worker = WorkerProcess::start(stage.command_behind(Some(&proxy), None));
    until("two polls", async || {
        (proxy.polls().await > 2).then_some(())
    })
    .await;
    worker.signal("INT");
    worker.says("stopping: no new flow runs are taken").await;
    worker.signal("INT");
    let asked = std::time::Instant::now();
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(130), "{heard}");
    assert!(asked.elapsed() < Duration::from_secs(10), "{heard}");
    assert!(heard.contains("Worker aborted."), "{heard}");
    assert_eq!(stage.prefect.run(&slow).await["state_type"], "SCHEDULED");
}

#[tokio::test]
async fn termination_is_a_good_end_and_the_log_is_json() {
    let stage = Stage::new("json").await;
    let run = stage.run(&endless()).await;
    let bad = stage.run(&json!({"name": "No Name"})).await;
    let mut worker = WorkerProcess::start(stage.command().words("--log-format json"));
    stage.noted(&run).await;
    stage.crashes(&bad).await;
    worker.signal("TERM");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
    let lines: Vec<Value> = heard
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line:?}: {error}")))
        .collect();
    for line in &lines {
        assert!(
            line["timestamp"].is_string() && line["level"].is_string(),
            "{line}"
        );
    }
    let submitted = lines.iter().find(|line| {
        line["flow_run_id"] == run
            && line["message"]
                .as_str()
                .is_some_and(|text| text.starts_with("Submitted as Kubernetes Job"))
    });
    assert!(submitted.is_some(), "{heard}");
    assert!(
        lines.iter().any(|line| {
            line["message"]
                .as_str()
                .is_some_and(|text| text.contains("goes on without it"))
        }),
        "{heard}"
    );
}
