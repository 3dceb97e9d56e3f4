//! Workers whose clocks are wrong by minutes: nothing is lost, and nothing is done twice.

use std::{path::Path, process::Command, time::Duration};

use jiff::Timestamp;
use serde_json::json;

use crate::{
    stage::Stage,
    standin::{Executions, Outcome},
    support::{TestCommand, proxy::Proxy, worker::WorkerProcess},
};

/// How wrong the clocks are, in seconds: more than any age that the worker goes by.
const SKEWS: [i64; 2] = [-1200, 1200];

/// Compiles what gives a process the wrong time.
fn clock(folder: &Path) -> String {
    let library = folder.join("skew.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/worker/skew.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library);
    assert!(compiler.arg(source).status().unwrap().success(), "cc");
    library.to_str().unwrap().to_owned()
}

fn with_skew(command: TestCommand, clock: &str, skew: i64) -> TestCommand {
    command
        .words("--log-format json")
        .env("LD_PRELOAD", clock)
        .env("CLOCK_SKEW", &skew.to_string())
}

/// How far the clock of a worker is from ours, in seconds, by its first line in the log.
fn skew_of(worker: &WorkerProcess) -> i64 {
    let heard = worker.heard();
    let time = heard
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|line| line["timestamp"].as_str()?.parse::<Timestamp>().ok());
    let time = time.unwrap_or_else(|| panic!("no line with a time: {heard}"));
    time.as_second() - Timestamp::now().as_second()
}

#[tokio::test]
async fn a_worker_whose_clock_is_wrong_takes_what_is_due_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock(folder.path());
    for skew in SKEWS {
        let stage = Stage::new("skew").await;
        let executions = Executions::new();
        let command = stage.command().words("--prefetch-seconds 5");
        let mut worker = WorkerProcess::start(with_skew(command, &clock, skew));
        worker.says("serving work pool").await;
        let found = skew_of(&worker);
        assert!((found - skew).abs() < 100, "{found} for {skew}");
        // Due by the worker's clock when that is ahead, and long past when it is behind.
        let at = Timestamp::now() + Duration::from_secs(600);
        let state =
            json!({"type": "SCHEDULED", "state_details": {"scheduled_time": at.to_string()}});
        let path = format!("/deployments/{}/create_flow_run", stage.deployment);
        let early = stage.prefect.make(&path, &json!({"state": state})).await;
        for _ in 0..3 {
            let run = stage.run(&executions.variables(0.5)).await;
            stage.is(&run, "Completed").await;
            assert_eq!(executions.outcome(&stage, &run).await, Outcome::ONCE);
        }
        assert_eq!(stage.prefect.run(&early).await["state_name"], "Scheduled");
    }
}

#[tokio::test]
async fn what_a_killed_worker_left_is_taken_up_by_one_whose_clock_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock(folder.path());
    for skew in SKEWS {
        let stage = Stage::new("left").await;
        let executions = Executions::new();
        let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
        let mut killed = WorkerProcess::start(stage.command_behind(Some(&proxy), None));
        killed.says("serving work pool").await;
        let kill = json!({
            "method": "POST", "path": "/set_state", "times": 1,
            "action": "kill-after", "pid": killed.pid(),
        });
        proxy.rules(&[kill]).await;
        let run = stage.run(&executions.variables(0.5)).await;
        let (code, heard) = killed.ends().await;
        assert_eq!(code, None, "{heard}");
        let _worker = WorkerProcess::start(with_skew(stage.command(), &clock, skew));
        stage.is(&run, "Completed").await;
        assert_eq!(executions.outcome(&stage, &run).await, Outcome::ONCE);
    }
}
