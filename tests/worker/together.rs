//! How many runs are taken, which, and by whom.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    stage::{Stage, endless},
    standin::{Executions, Outcome},
    support::worker::{WorkerProcess, until},
};

#[tokio::test]
async fn two_workers_on_one_pool_take_each_run_once() {
    const RUNS: usize = 20;
    let stage = Stage::new("two").await;
    let started = |name| WorkerProcess::start(stage.command_of(&format!("{}-{name}", stage.name)));
    let mut workers = [started("one"), started("two")];
    for worker in &mut workers {
        worker.says("serving work pool").await;
    }
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        runs.push(stage.run(&endless()).await);
    }
    for run in &runs {
        stage.noted(run).await;
        assert_eq!(stage.jobs_of(run).await.len(), 1, "{run}");
        let history = stage.prefect.history(run).await;
        let claims = history.iter().filter(|state| *state == "Pending").count();
        assert_eq!(claims, 1, "{history:?}");
    }
    assert_eq!(stage.kube.jobs(&stage.name).await.len(), RUNS);
    let submitted = |worker: &WorkerProcess| worker.times("Submitted as Kubernetes Job");
    until("the word of both workers", async || {
        (submitted(&workers[0]) + submitted(&workers[1]) == RUNS).then_some(())
    })
    .await;
}

#[tokio::test]
async fn no_more_runs_than_the_limit_are_under_way() {
    let stage = Stage::new("limit").await;
    let mut runs = Vec::new();
    for _ in 0..4 {
        runs.push(stage.run(&json!({"command": "sleep 2"})).await);
    }
    let _worker = WorkerProcess::start(stage.command().words("--limit 2"));
    until("the end of all Jobs", async || {
        let jobs = stage.kube.jobs(&stage.name).await;
        let done = |job: &&Value| job["status"]["succeeded"] == 1;
        let done = jobs.iter().filter(done).count();
        assert!(
            jobs.len() - done <= 2,
            "{} of {} are done",
            done,
            jobs.len()
        );
        (done == runs.len()).then_some(())
    })
    .await;
    for run in &runs {
        assert_eq!(stage.jobs_of(run).await.len(), 1);
    }
}

#[tokio::test]
async fn one_poll_submits_what_is_due_and_ends() {
    let stage = Stage::new("once").await;
    let due = [stage.run(&endless()).await, stage.run(&endless()).await];
    let not_due = stage.run_later().await;
    let output = stage.command().words("--run-once").run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(
        output.stderr.contains("2 Jobs go on without it."),
        "{}",
        output.stderr
    );
    assert_eq!(output.stdout, "");
    for run in &due {
        assert_eq!(stage.jobs_of(run).await.len(), 1);
        stage.noted(run).await;
        stage.logged(run, "Submitted as Kubernetes Job").await;
    }
    assert_eq!(stage.jobs_of(&not_due).await.len(), 0);
}

#[tokio::test]
async fn only_the_chosen_queues_are_served() {
    let stage = Stage::new("queues").await;
    let mut runs = Vec::new();
    for queue in ["first", "second", "third"] {
        let path = format!("/work_pools/{}/queues", stage.name);
        stage.prefect.post(&path, &json!({"name": queue})).await;
        let body = json!({
            "name": queue, "flow_id": stage.flow, "work_pool_name": stage.name,
            "work_queue_name": queue, "job_variables": endless(),
        });
        let deployment = stage.prefect.make("/deployments/", &body).await;
        runs.push(stage.run_of(&deployment, &json!({})).await);
    }
    let output = stage
        .command()
        .words("--run-once -q first --work-queue third")
        .run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    for (run, jobs) in runs.iter().zip([1, 0, 1]) {
        assert_eq!(stage.jobs_of(run).await.len(), jobs);
    }
}

#[tokio::test]
async fn runs_are_taken_ahead_of_their_time_as_told() {
    let stage = Stage::new("ahead").await;
    let run = stage.run_later().await;
    let output = stage
        .command()
        .words("--run-once --prefetch-seconds 7200")
        .run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(stage.jobs_of(&run).await.len(), 1);
}

/// Three replicas of one worker, which are killed and started again at random.
#[tokio::test]
async fn replicas_that_are_killed_at_random_complete_each_run_once() {
    const RUNS: usize = 60;
    const KILLS: usize = 12;
    let stage = Stage::new("replicas").await;
    let executions = Executions::new();
    let command = |number| {
        stage
            .command_of(&format!("{}-{number}", stage.name))
            .words("--limit 20")
    };
    let mut workers: Vec<WorkerProcess> = (0..3)
        .map(|number| WorkerProcess::start(command(number)))
        .collect();
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        runs.push(stage.run(&executions.variables(1.5)).await);
        // A kill every five runs, while their submissions are under way.
        if runs.len() % (RUNS / KILLS) == 0 {
            let mut worker = workers.swap_remove(fastrand::usize(..workers.len()));
            tokio::time::sleep(Duration::from_millis(fastrand::u64(..600))).await;
            worker.signal("KILL");
            worker.ends().await;
            workers.push(worker.again());
        }
    }
    for run in &runs {
        stage.is(run, "Completed").await;
        // A claim that the server took late was given back.
        let outcome = executions.outcome(&stage, run).await;
        assert_eq!(
            Outcome {
                claims: 1,
                ..outcome
            },
            Outcome::ONCE
        );
    }
    assert_eq!(stage.kube.jobs(&stage.name).await.len(), RUNS);
}
