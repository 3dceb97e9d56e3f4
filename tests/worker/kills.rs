//! Workers that are killed: no run is lost, and none is done twice.

use std::{io::Write as _, time::Duration};

use serde_json::json;

use crate::{
    stage::{Stage, endless},
    support,
    trials::{every_step, make},
};

/// Trials side by side: most of a trial is waiting for a claim to be old enough.
const LANES: usize = 8;

#[tokio::test]
async fn a_worker_killed_at_each_request_of_a_submission() {
    let results = make(every_step(), LANES).await;
    assert!(results.bad().is_empty(), "{:#?}\n{results}", results.bad());
}

/// `make kill-test`.
#[tokio::test]
#[ignore = "takes ten minutes: make kill-test"]
async fn many_trials() {
    let trials = support::named_by("KILL_TRIALS");
    let trials: usize = trials.to_str().unwrap().parse().unwrap();
    let kinds = every_step();
    let results = make(kinds.into_iter().cycle().take(trials).collect(), LANES).await;
    let head = ["SIGKILL", "trials", "lost", "twice"];
    let [kill, trials, lost, twice] = head;
    let table = format!("{kill:<40} {trials:>6} {lost:>6} {twice:>6}\n{results}");
    std::io::stdout().write_all(table.as_bytes()).unwrap();
    assert!(results.bad().is_empty(), "{:#?}", results.bad());
}

#[tokio::test]
async fn jobs_that_vanish_while_no_worker_runs() {
    let stage = Stage::new("vanished").await;
    let mut worker = stage.worker();
    let pending = stage.run(&endless()).await;
    let running = stage.run(&endless()).await;
    let kept = stage.run(&endless()).await;
    for run in [&pending, &running, &kept] {
        stage.noted(run).await;
        stage.is(run, "InfrastructurePending").await;
    }
    worker.signal("KILL");
    worker.ends().await;
    let state = json!({"type": "RUNNING", "name": "Running"});
    stage.prefect.force(&running, &state).await;
    stage.delete_job_of(&pending).await;
    stage.delete_job_of(&running).await;
    stage.has_no_pod(&pending).await;
    let _worker = worker.again();
    for run in [&running, &pending] {
        let why = stage.crashes(run).await;
        assert!(why.contains("was deleted"), "{why}");
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let kept = stage.prefect.run(&kept).await;
    assert_eq!(kept["state_type"], "PENDING");
}
