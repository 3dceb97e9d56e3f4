//! What a worker makes of the Prefect server's version when it starts.

use serde_json::{Value, json};

use crate::{
    stage::Stage,
    support::{proxy::Proxy, worker::WorkerProcess},
};

const SETTING: &str = "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED";

/// How often the version was asked for, whatever the answer.
async fn asked(proxy: &Proxy) -> u64 {
    let rows = proxy.counts().await;
    let asked = rows
        .iter()
        .filter(|row| row["route"] == "/api/admin/version");
    asked.filter_map(|row| row["count"].as_u64()).sum()
}

/// Lets the server answer so when it is asked for its version.
fn answers(status: u16, body: &str) -> Value {
    json!({"path": "/admin/version$", "action": "status", "status": status, "body": body})
}

#[tokio::test]
async fn an_older_server_is_warned_of_and_served() {
    let stage = Stage::new("older").await;
    let proxy = Proxy::of_prefect(stage.prefect.url());
    proxy.rules(&[answers(200, "\"3.1.4\"")]).await;
    let command = stage.command_behind(Some(&proxy), None);
    let second = format!("-p {}-2", stage.name);
    let mut worker = WorkerProcess::start(command.words(&second));
    worker
        .says("the Prefect server is of version 3.1.4, and this worker does the work of Prefect 3.")
        .await;
    let run = stage.run(&json!({})).await;
    stage.job_of(&run).await;
    assert_eq!(asked(&proxy).await, 1, "once for two pools");
    assert_eq!(worker.times("3.1.4"), 1, "{}", worker.heard());
}

#[tokio::test]
async fn a_server_of_another_major_version_is_not_served_unless_versions_are_not_compared() {
    let stage = Stage::new("major").await;
    let proxy = Proxy::of_prefect(stage.prefect.url());
    proxy.rules(&[answers(200, "\"2.20.1\"")]).await;
    let run = stage.run(&json!({})).await;
    let command = || stage.command_behind(Some(&proxy), None).words("--run-once");
    let output = command().failure(1);
    for said in ["version 2.20.1", "major versions differ", "hint: ", SETTING] {
        assert!(output.stderr.contains(said), "{said}: {}", output.stderr);
    }
    assert_eq!(proxy.polls().await, 0, "no run was asked for");
    assert_eq!(asked(&proxy).await, 1);
    let workers = format!("/work_pools/{}/workers/filter", stage.name);
    let workers = stage.prefect.post(&workers, &json!({})).await;
    assert_eq!(workers, json!([]), "no sign of life");

    let output = command().env(SETTING, "false").run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(asked(&proxy).await, 1, "it was not asked again");
    stage.job_of(&run).await;
}

#[tokio::test]
async fn a_server_that_does_not_tell_its_version_is_served() {
    let stage = Stage::new("untold").await;
    for (status, body, questions) in [(503, "", 3), (404, "", 1), (200, "<html>", 1)] {
        let proxy = Proxy::of_prefect(stage.prefect.url());
        proxy.rules(&[answers(status, body)]).await;
        let run = stage.run(&json!({})).await;
        let command = stage.command_behind(Some(&proxy), None);
        let mut worker = WorkerProcess::start(command);
        worker
            .says("the Prefect server's version is not known")
            .await;
        stage.job_of(&run).await;
        assert_eq!(asked(&proxy).await, questions, "{status}");
    }
}

#[tokio::test]
async fn a_question_that_is_never_answered_holds_the_worker_up_for_a_moment() {
    let stage = Stage::new("silent").await;
    let proxy = Proxy::of_prefect(stage.prefect.url());
    let held = json!({"path": "/admin/version$", "action": "hold"});
    proxy.rules(&[held]).await;
    let run = stage.run(&json!({})).await;
    let command = stage.command_behind(Some(&proxy), None);
    let mut worker = WorkerProcess::start(command);
    worker.says("no answer within 3 s").await;
    stage.job_of(&run).await;
    assert_eq!(
        worker.times("no answer within 3 s"),
        1,
        "{}",
        worker.heard()
    );
}
