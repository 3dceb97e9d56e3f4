//! A Prefect server that lists few objects at once (PREFECT_SERVER_API_DEFAULT_LIMIT).

use serde_json::json;

use crate::{
    stage::{Stage, template},
    support::{prefect::Prefect, prefect_server, worker::WorkerProcess},
};

#[tokio::test]
async fn ends_are_judged_and_workers_listed_two_at_a_time() {
    let server = prefect_server::start_with(&[("PREFECT_SERVER_API_DEFAULT_LIMIT", "2")]);
    let stage = Stage::on(Prefect::new(&server.url), "few", template()).await;
    let mut runs = Vec::new();
    for _ in 0..5 {
        runs.push(stage.run(&json!({"command": "sh -c 'exit 3'"})).await);
    }
    let path = format!("/work_pools/{}/workers/heartbeat", stage.name);
    for worker in ["one", "two", "three"] {
        stage.prefect.post(&path, &json!({"name": worker})).await;
    }
    let worker = WorkerProcess::start(stage.command());
    for run in &runs {
        let why = stage.crashes(run).await;
        assert!(why.contains("exited with 3"), "{why}");
    }
    let listed = stage
        .cluster
        .command()
        .words(&format!("worker list -o name -p {}", stage.name))
        .env("PREFECT_API_URL", &server.url)
        .success();
    assert_eq!(listed.lines().count(), 4, "{listed}");
    assert!(
        !worker.heard().contains("Invalid limit"),
        "{}",
        worker.heard()
    );
}
