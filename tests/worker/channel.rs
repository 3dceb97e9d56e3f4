//! The worker channel at work: what it saves, what takes its place.

use serde_json::{Value, json};

use crate::{
    stage::{Stage, template},
    support::{
        TestCommand,
        proxy::Proxy,
        wire::Wire,
        worker::{WorkerProcess, until},
    },
};

const CONNECT: &str = "/api/work_pools/{name}/workers/connect";
const HEARTBEAT: &str = "/api/work_pools/{name}/workers/heartbeat";
const POOL: &str = "/api/work_pools/{name}";

/// What the worker says of its channel.
const OPEN: &str = "the worker channel is open";
const FALLEN: &str = "no worker channel, heartbeats go over REST";

/// A worker that beats every second, behind a proxy that counts.
fn start(stage: &Stage, url: &str) -> WorkerProcess {
    let command = stage
        .command()
        .words("--log-level debug")
        .env("PREFECT_WORKER_HEARTBEAT_SECONDS", "1")
        .env("PREFECT_API_URL", url);
    WorkerProcess::start(command)
}

/// When the worker gave its last sign of life.
async fn last_heartbeat(stage: &Stage) -> Option<String> {
    let path = format!("/work_pools/{}/workers/filter", stage.name);
    let workers = stage.prefect.post(&path, &json!({})).await;
    let time = workers[0]["last_heartbeat_time"].as_str();
    time.map(str::to_owned)
}

/// Waits for three signs of life.
async fn beats(stage: &Stage) {
    let mut last = last_heartbeat(stage).await;
    for _ in 0..3 {
        last = Some(
            until("a heartbeat", async || {
                last_heartbeat(stage)
                    .await
                    .filter(|it| Some(it) != last.as_ref())
            })
            .await,
        );
    }
}

#[tokio::test]
async fn heartbeats_and_the_pool_come_over_the_channel() {
    let stage = Stage::new("channel").await;
    let proxy = Proxy::of_prefect(stage.prefect.url());
    let mut worker = start(&stage, &proxy.url);
    worker.says(OPEN).await;
    beats(&stage).await;

    let mut changed = template();
    changed["job_configuration"]["job_manifest"]["metadata"]["annotations"] =
        json!({"example.com/changed": "yes"});
    changed["variables"]["properties"]["namespace"]["default"] = stage.name.as_str().into();
    let path = format!("/work_pools/{}", stage.name);
    let update = json!({"base_job_template": changed});
    stage.prefect.patch(&path, &update).await;
    worker.says("has changed; the next run uses it").await;
    let run = stage.run(&json!({})).await;
    let job = stage.job_of(&run).await;
    assert_eq!(
        job["metadata"]["annotations"]["example.com/changed"], "yes",
        "{job}"
    );
    for (paused, text) in [(true, "is paused"), (false, "is no longer paused")] {
        let update = json!({"is_paused": paused});
        stage.prefect.patch(&path, &update).await;
        worker
            .says(&format!("work pool '{}' {text}", stage.name))
            .await;
    }
    let rest = async || {
        let heartbeats = proxy.count("POST", HEARTBEAT, 204).await;
        [heartbeats, proxy.count("GET", POOL, 200).await]
    };
    // A server that is busy closes the channel at times; while it is open nothing goes over REST
    // but the rest of what was begun before.
    loop {
        let falls = worker.times(FALLEN);
        until("an open channel", async || {
            let heard = worker.heard();
            (heard.rfind(OPEN) > heard.rfind(FALLEN)).then_some(())
        })
        .await;
        beats(&stage).await;
        let before = rest().await;
        beats(&stage).await;
        let after = rest().await;
        if worker.times(FALLEN) == falls {
            assert_eq!(after, before, "{}", worker.heard());
            break;
        }
    }
    if worker.times(FALLEN) == 0 {
        assert_eq!(rest().await, [1, 1], "at the start");
    }
}

#[tokio::test]
async fn where_there_is_no_channel_rest_is_used() {
    let stage = Stage::new("channelless").await;
    let proxy = Proxy::of_prefect(stage.prefect.url());
    // What servers answer that know no such route.
    let refusal = json!({"path": "/workers/connect", "action": "status", "status": 403});
    proxy.rules(&[refusal]).await;
    let mut worker = start(&stage, &proxy.url);
    worker.says(FALLEN).await;
    beats(&stage).await;
    assert!(proxy.count("POST", HEARTBEAT, 204).await >= 4);
    assert_eq!(proxy.count("GET", CONNECT, 403).await, 1, "not every time");
}

#[tokio::test]
async fn a_channel_that_falls_is_made_again_and_rest_goes_on_meanwhile() {
    let stage = Stage::new("cut").await;
    let proxy = Proxy::of_prefect(stage.prefect.url());
    let wire = Wire::to(&proxy.url).await;
    let mut worker = start(&stage, &wire.url);
    worker.says(OPEN).await;
    let busy = json!({"path": "/workers/connect", "action": "status", "status": 503});
    proxy.rules(&[busy]).await;
    wire.cut();
    worker.says(FALLEN).await;
    let before = proxy.count("POST", HEARTBEAT, 204).await;
    until("REST heartbeats", async || {
        let now = proxy.count("POST", HEARTBEAT, 204).await;
        (now > before + 2).then_some(())
    })
    .await;
    proxy.rules(&[]).await;
    until("a second channel", async || {
        (worker.times("the worker channel is open") == 2).then_some(())
    })
    .await;
    // One may have been on its way.
    let after = proxy.count("POST", HEARTBEAT, 204).await + 1;
    beats(&stage).await;
    assert!(proxy.count("POST", HEARTBEAT, 204).await <= after);
}

#[tokio::test]
async fn a_pool_that_is_deleted_is_made_again_with_its_channel() {
    let stage = Stage::new("again").await;
    let mut worker = start(&stage, stage.prefect.url());
    worker.says(OPEN).await;
    let path = format!("/work_pools/{}", stage.name);
    let before = stage.prefect.get(&path).await["id"].clone();
    stage.prefect.delete(&path).await;
    until("a new pool", async || {
        let (status, pool) = stage.prefect.ask("GET", &path, &Value::Null).await;
        (status == 200 && pool["id"] != before).then_some(())
    })
    .await;
    until("a second channel", async || {
        (worker.times("the worker channel is open") == 2).then_some(())
    })
    .await;
    beats(&stage).await;
    // Who asks the new pool finds the worker's version with it.
    until("the version of the worker", async || {
        let list = TestCommand::new()
            .words(&format!("worker list -p {}", stage.name))
            .env("PREFECT_API_URL", stage.prefect.url())
            .run();
        list.stdout.contains("kubectl-prefect 0").then_some(())
    })
    .await;
}
