//! Servers that go away under a worker and come back: it waits, says so, and goes on.

use std::{path::Path, process::Command, time::Duration};

use crate::{
    stage::{Stage, template},
    standin::{Executions, Outcome},
    support::{own_cluster::OwnCluster, prefect::Prefect, wire::Wire, worker::WorkerProcess},
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

/// Compiles what makes names go away while a file exists.
fn names(folder: &Path) -> String {
    let library = folder.join("names.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/worker/names.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library);
    assert!(
        compiler.arg(source).arg("-ldl").status().unwrap().success(),
        "cc"
    );
    library.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_name_that_is_not_resolved_is_waited_for() {
    let stage = Stage::new("names").await;
    let executions = Executions::new();
    let wire = Wire::to(stage.prefect.url()).await;
    let folder = tempfile::tempdir().unwrap();
    let down = folder.path().join("down");
    std::fs::write(&down, "").unwrap();
    // Where nobody asks for its health, a worker that reaches nothing at its start says so and ends.
    let command = stage
        .command()
        .words("--with-healthcheck")
        .env("PREFECT_WORKER_WEBSERVER_PORT", "0")
        .env("LD_PRELOAD", &names(folder.path()))
        .env("NAMES_DOWN", down.to_str().unwrap())
        .env(
            "PREFECT_API_URL",
            &wire.url.replace("127.0.0.1", "prefect.test"),
        )
        .words(&format!("--job-api-url {}", stage.prefect.url()));
    // From the start.
    let run = stage.run(&executions.variables(0.5)).await;
    let mut worker = WorkerProcess::start(command);
    worker.says("prefect.test").await;
    assert!(stage.jobs_of(&run).await.is_empty());
    std::fs::remove_file(&down).unwrap();
    completes(&stage, &executions, &run, &mut worker).await;

    // And later on, when no connection is left.
    std::fs::write(&down, "").unwrap();
    wire.cut();
    worker.says("failed to poll for flow runs").await;
    let run = stage.run(&executions.variables(0.5)).await;
    std::fs::remove_file(&down).unwrap();
    completes(&stage, &executions, &run, &mut worker).await;
    worker.signal("TERM");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
}
