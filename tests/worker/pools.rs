//! Several pools in one worker: each with its own limit, and none in the way of another.

use serde_json::{Value, json};

use crate::{
    stage::{Stage, endless},
    support::{
        TestCommand, cluster,
        worker::{WorkerProcess, until},
    },
};

/// A worker of both pools; Jobs go where each pool's template says.
fn command(stages: [&Stage; 2]) -> TestCommand {
    let [one, other] = stages;
    one.cluster
        .command()
        .words("worker run --poll-interval 1s --name both")
        .words(&format!("-p {} -p {}", one.name, other.name))
        .env("PREFECT_API_URL", one.cluster.prefect_api_url())
        .env("PREFECT_LOGGING_TO_API_BATCH_INTERVAL", "0.5")
}

#[tokio::test]
async fn each_pool_has_its_own_limit() {
    let (light, heavy) = (Stage::new("light").await, Stage::new("heavy").await);
    let mut runs = Vec::new();
    for stage in [&light, &heavy] {
        for _ in 0..3 {
            runs.push((stage, stage.run(&json!({"command": "sleep 2"})).await));
        }
    }
    let limit = format!("--limit 3 --limit {}=1", heavy.name);
    let mut worker = WorkerProcess::start(command([&light, &heavy]).words(&limit));
    let under_way = async |stage: &Stage| {
        let jobs = stage.kube.jobs(&stage.name).await;
        let done = |job: &&Value| job["status"]["succeeded"] == 1;
        let done = jobs.iter().filter(done).count();
        (jobs.len() - done, done)
    };
    until("the end of all Jobs", async || {
        let (going, done) = under_way(&heavy).await;
        assert!(going <= 1, "{going} at once");
        let (_, done_lightly) = under_way(&light).await;
        (done == 3 && done_lightly == 3).then_some(())
    })
    .await;
    for (stage, run) in &runs {
        assert_eq!(stage.jobs_of(run).await.len(), 1, "{run}");
    }
    until("the worker's word of all ends", async || {
        (worker.times("is complete") == runs.len()).then_some(())
    })
    .await;
    worker.signal("TERM");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
    for stage in [&light, &heavy] {
        let name = &stage.name;
        assert!(heard.contains(&format!("[{name}] ")), "{heard}");
        assert!(
            heard.contains(&format!("{name}: Job complete: 3.")),
            "{heard}"
        );
    }
    assert_eq!(
        heard
            .matches(&format!(
                "[{}] the limit of runs at once is reached",
                heavy.name
            ))
            .count(),
        1,
        "{heard}"
    );
}

#[tokio::test]
async fn a_pool_that_is_deleted_leaves_the_other_alone() {
    let (stays, goes) = (Stage::new("stays").await, Stage::new("goes").await);
    let mut worker = WorkerProcess::start(
        command([&stays, &goes])
            .words("--no-create-pool-if-not-found")
            .env("PREFECT_WORKER_HEARTBEAT_SECONDS", "1"),
    );
    let before = goes.run(&endless()).await;
    goes.noted(&before).await;
    goes.prefect
        .delete(&format!("/work_pools/{}", goes.name))
        .await;
    worker
        .says(&format!("[{}] failed to poll for flow runs", goes.name))
        .await;
    let run = stays.run(&endless()).await;
    stays.noted(&run).await;
    worker.signal("INT");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(130), "{heard}");
}

#[tokio::test]
async fn a_pool_of_another_type_ends_the_worker_before_anything_is_made() {
    let stage = Stage::new("typed").await;
    let other = format!("{}-process", stage.name);
    let missing = format!("{}-missing", stage.name);
    let pool = json!({"name": other, "type": "process"});
    stage.prefect.post("/work_pools/", &pool).await;
    let output = stage
        .command()
        .words(&format!("-p {missing} -p {other}"))
        .failure(1);
    assert!(
        output.stderr.contains("is of type \"process\""),
        "{}",
        output.stderr
    );
    let path = format!("/work_pools/{missing}");
    let (status, _) = stage.prefect.ask("GET", &path, &Value::Null).await;
    assert_eq!(status, 404, "no pool is made");
    let path = format!("/work_pools/{}/workers/filter", stage.name);
    let workers = stage.prefect.post(&path, &json!({})).await;
    assert_eq!(workers, json!([]), "no worker has said hello");
}

#[tokio::test]
async fn a_pool_made_again_with_another_type_ends_all_after_their_drain() {
    let (stays, changes) = (Stage::new("stays").await, Stage::new("changes").await);
    let mut worker = WorkerProcess::start(
        command([&stays, &changes]).env("PREFECT_WORKER_HEARTBEAT_SECONDS", "1"),
    );
    let run = stays.run(&endless()).await;
    stays.noted(&run).await;
    // Its type cannot be changed, and its name cannot be taken while there is one of it; the worker
    // may be the first to make it again.
    let path = format!("/work_pools/{}", changes.name);
    let process = json!({"name": changes.name, "type": "process"});
    until("a pool of another type", async || {
        changes.prefect.delete(&path).await;
        let (status, _) = changes.prefect.ask("POST", "/work_pools/", &process).await;
        (status == 201).then_some(())
    })
    .await;
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(1), "{heard}");
    assert!(heard.contains("is of type \"process\""), "{heard}");
    assert_eq!(stays.jobs_of(&run).await.len(), 1);
}

#[tokio::test]
async fn queues_are_named_with_their_pool() {
    let (one, other) = (Stage::new("one").await, Stage::new("other").await);
    let output = command([&one, &other]).words("-q high").failure(2);
    assert!(
        output
            .stderr
            .contains("does not say of which work pool it is")
            && output.stderr.contains(&format!("-q {}/high", one.name)),
        "{}",
        output.stderr
    );
    let path = format!("/work_pools/{}/queues", one.name);
    one.prefect.post(&path, &json!({"name": "high"})).await;
    let body = json!({
        "name": "urgent", "flow_id": one.flow, "work_pool_name": one.name, "work_queue_name": "high",
    });
    let urgent = one.prefect.make("/deployments/", &body).await;
    let mut worker =
        WorkerProcess::start(command([&one, &other]).words(&format!("-q {}/high", one.name)));
    let left = one.run(&endless()).await;
    let taken = [
        (&one, one.run_of(&urgent, &endless()).await),
        (&other, other.run(&endless()).await),
    ];
    for (stage, run) in &taken {
        stage.noted(run).await;
    }
    assert_eq!(one.jobs_of(&left).await.len(), 0);
    worker.signal("TERM");
    assert_eq!(worker.ends().await.0, Some(0));
}

#[tokio::test]
async fn each_pool_is_polled_once_and_failed_submissions_show_in_the_exit_code() {
    let (good, bad) = (Stage::new("good").await, Stage::new("bad").await);
    let once = || command([&good, &bad]).words("--run-once");
    let runs = [good.run(&endless()).await, bad.run(&endless()).await];
    let output = once().run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    good.noted(&runs[0]).await;
    bad.noted(&runs[1]).await;

    let run = good.run(&endless()).await;
    let refused = bad.run(&json!({"name": "No Name"})).await;
    let output = once().failure(1);
    assert!(
        output
            .stderr
            .contains("error: 1 flow run was not submitted"),
        "{}",
        output.stderr
    );
    good.noted(&run).await;
    bad.crashes(&refused).await;
}

#[test]
fn wrong_flags() {
    for (words, said) in [
        ("-p a -p a", "work pool \"a\" is named twice"),
        (
            "-p a -p b --limit c=1",
            "--limit c=1 is for a work pool that is not served",
        ),
        ("-p a -p b --limit 1 --limit 2", "--limit is given twice"),
        (
            "-p a -p b -q c/high",
            "-q c/high is for a work pool that is not served",
        ),
        ("-p a --limit a=", "'--limit"),
    ] {
        let output = cluster()
            .command()
            .words("worker run")
            .words(words)
            .env("PREFECT_API_URL", "http://127.0.0.1:1/api")
            .failure(2);
        assert!(output.stderr.contains(said), "{words}: {}", output.stderr);
    }
}
