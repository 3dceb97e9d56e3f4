//! What the server holds back: queues by their priority, pauses, concurrency limits.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    stage::{Stage, endless},
    standin::Executions,
    support::worker::{WorkerProcess, until},
};

/// Makes a queue of the stage's pool.
async fn queue(stage: &Stage, name: &str, priority: u32) {
    let path = format!("/work_pools/{}/queues/", stage.name);
    let queue = json!({"name": name, "priority": priority});
    stage.prefect.post(&path, &queue).await;
}

/// Makes a deployment with this besides what each has.
async fn deployment(stage: &Stage, name: &str, more: &Value) -> String {
    let mut body = json!({
        "name": name, "flow_id": stage.flow, "work_pool_name": stage.name,
        "job_variables": endless(),
    });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    stage.prefect.make("/deployments/", &body).await
}

#[tokio::test]
async fn runs_of_the_queue_with_the_higher_priority_go_first() {
    let stage = Stage::new("priority").await;
    queue(&stage, "urgent", 1).await;
    queue(&stage, "slow", 9).await;
    let slow = deployment(&stage, "slow", &json!({"work_queue_name": "slow"})).await;
    let urgent = deployment(&stage, "urgent", &json!({"work_queue_name": "urgent"})).await;
    let first = stage.run_of(&slow, &json!({})).await;
    let second = stage.run_of(&urgent, &json!({})).await;
    let mut worker = WorkerProcess::start(stage.command().words("--run-once --limit 1"));
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
    assert_eq!(stage.jobs_of(&second).await.len(), 1, "{heard}");
    assert_eq!(stage.jobs_of(&first).await.len(), 0, "{heard}");
}

#[tokio::test]
async fn a_queue_that_is_missing_is_named_and_holds_up_no_other() {
    let stage = Stage::new("no-queue").await;
    queue(&stage, "there", 2).await;
    let there = deployment(&stage, "there", &json!({"work_queue_name": "there"})).await;
    let run = stage.run_of(&there, &json!({})).await;
    let command = stage.command().words("-q there -q later");
    let mut worker = WorkerProcess::start(command);
    worker
        .says(&format!(
            "prefect work-queue create later --pool {}",
            stage.name
        ))
        .await;
    stage.noted(&run).await;
    queue(&stage, "later", 3).await;
    let later = deployment(&stage, "later", &json!({"work_queue_name": "later"})).await;
    let run = stage.run_of(&later, &json!({})).await;
    stage.noted(&run).await;
    assert_eq!(worker.times("has no work queue"), 1);
}

#[tokio::test]
async fn paused_pools_and_queues_give_no_runs() {
    let stage = Stage::new("pauses").await;
    queue(&stage, "held", 2).await;
    let held = deployment(&stage, "held", &json!({"work_queue_name": "held"})).await;
    let pool = format!("/work_pools/{}", stage.name);
    let of_queue = format!("{pool}/queues/held");
    stage
        .prefect
        .patch(&of_queue, &json!({"is_paused": true}))
        .await;
    let in_queue = stage.run_of(&held, &json!({})).await;
    let free = stage.run(&endless()).await;
    let _worker = stage.worker();
    // The other queue goes on meanwhile, so polls have been answered.
    stage.noted(&free).await;
    assert_eq!(stage.jobs_of(&in_queue).await.len(), 0);
    stage
        .prefect
        .patch(&pool, &json!({"is_paused": true}))
        .await;
    stage
        .prefect
        .patch(&of_queue, &json!({"is_paused": false}))
        .await;
    let in_pool = stage.run(&endless()).await;
    let mut late = stage.worker();
    late.says("is paused: it gives out no runs").await;
    drop(late);
    tokio::time::sleep(Duration::from_secs(3)).await;
    for run in [&in_queue, &in_pool] {
        assert_eq!(stage.jobs_of(run).await.len(), 0);
    }
    stage
        .prefect
        .patch(&pool, &json!({"is_paused": false}))
        .await;
    for run in [&in_queue, &in_pool] {
        stage.noted(run).await;
    }
}

#[tokio::test]
async fn the_limit_of_a_pool_holds() {
    let stage = Stage::new("pool-limit").await;
    let pool = format!("/work_pools/{}", stage.name);
    stage
        .prefect
        .patch(&pool, &json!({"concurrency_limit": 1}))
        .await;
    let executions = Executions::new();
    let runs = [
        stage.run(&executions.variables(2.0)).await,
        stage.run(&executions.variables(2.0)).await,
    ];
    let _worker = stage.worker();
    until("the end of both runs", async || {
        let mut states = Vec::new();
        for run in &runs {
            let run = stage.prefect.run(run).await;
            states.push(run["state_type"].as_str().unwrap().to_owned());
        }
        let under_way = |state: &&String| matches!(state.as_str(), "PENDING" | "RUNNING");
        assert!(states.iter().filter(under_way).count() <= 1, "{states:?}");
        states
            .iter()
            .all(|state| state == "COMPLETED")
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_run_beyond_the_limit_of_its_deployment_waits_without_a_job() {
    let stage = Stage::new("slots").await;
    let limited = deployment(&stage, "limited", &json!({"concurrency_limit": 1})).await;
    let first = stage.run_of(&limited, &json!({})).await;
    let mut worker = stage.worker();
    stage.noted(&first).await;
    let second = stage.run_of(&limited, &json!({})).await;
    stage.is(&second, "AwaitingConcurrencySlot").await;
    worker.says("not submitted").await;
    assert_eq!(stage.jobs_of(&second).await.len(), 0);
    // It outlives its deployment, and the server lets nobody take it then.
    stage
        .prefect
        .delete(&format!("/deployments/{limited}"))
        .await;
    let cancelled = stage.is(&second, "Cancelled").await;
    let message = cancelled["state"]["message"].as_str().unwrap();
    assert!(message.contains("no longer exists"), "{message}");
}
