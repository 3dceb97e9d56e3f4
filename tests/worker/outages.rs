//! Servers that go away under a worker and come back: it waits, says so, and goes on.

use std::time::Duration;

use crate::{
    stage::{Stage, template},
    standin::{Executions, Outcome},
    support::{TestCommand, own_cluster::OwnCluster, prefect::Prefect, worker::WorkerProcess},
};

/// The servers that a worker speaks to.
const SERVERS: [&str; 2] = ["prefect-server", "kube-apiserver"];
/// How long they are away.
const AWAY: Duration = Duration::from_secs(8);

#[tokio::test]
async fn both_servers_go_away_hang_and_forget() {
    let own = OwnCluster::start();
    let prefect = Prefect::new(own.cluster.prefect_api_url());
    let stage = Stage::at(own.cluster.clone(), prefect, "outage", template()).await;
    let executions = Executions::new();
    let command = stage.command().words("--request-timeout 3s");
    let mut worker = WorkerProcess::start(command.env("PREFECT_API_REQUEST_TIMEOUT", "3"));
    worker.says("serving work pool").await;

    // A flow runs on while both are away.
    let first = stage.run(&executions.variables(5.0)).await;
    stage.is(&first, "Running").await;
    for server in SERVERS {
        own.order(&format!("stop/{server}")).await;
    }
    tokio::time::sleep(AWAY).await;
    for server in SERVERS {
        own.order(&format!("start/{server}")).await;
    }
    own.answers().await;
    completes(&stage, &executions, &first, &mut worker).await;
    worker.says("answers again").await;

    // Versions that the worker's watches have seen are forgotten.
    for number in 0..5 {
        let name = format!("noise-{number}");
        stage
            .kube
            .make_secret(&stage.name, &name, "key", "value")
            .await;
    }
    own.order("compact").await;
    own.order("stop/kube-apiserver").await;
    own.order("start/kube-apiserver").await;
    own.answers().await;
    let second = stage.run(&executions.variables(0.5)).await;
    completes(&stage, &executions, &second, &mut worker).await;

    // Connections stay open, and nothing answers.
    for server in SERVERS {
        own.order(&format!("pause/{server}")).await;
    }
    tokio::time::sleep(AWAY).await;
    for server in SERVERS {
        own.order(&format!("resume/{server}")).await;
    }
    own.answers().await;
    let third = stage.run(&executions.variables(0.5)).await;
    completes(&stage, &executions, &third, &mut worker).await;
    worker.signal("TERM");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
}

/// The run completes, once, and the worker sees the end of its Job.
async fn completes(stage: &Stage, executions: &Executions, run: &str, worker: &mut WorkerProcess) {
    stage.is(run, "Completed").await;
    assert_eq!(executions.outcome(stage, run).await, Outcome::ONCE);
    let job = stage.job_of(run).await;
    let name = job["metadata"]["name"].as_str().unwrap();
    worker.says(&format!("{name} is complete")).await;
}

#[tokio::test]
async fn a_name_that_is_not_resolved_is_waited_for() {
    let command = TestCommand::new()
        .words("worker run -p kubernetes --with-healthcheck -s http://127.0.0.1:1")
        .env("PREFECT_WORKER_WEBSERVER_PORT", "0")
        .env("PREFECT_API_URL", "http://prefect.invalid/api");
    let mut worker = WorkerProcess::start(command);
    worker.says("prefect.invalid").await;
    worker.signal("TERM");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
}
