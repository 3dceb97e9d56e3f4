//! `worker prune`, and the record that a worker takes away when it ends.

use serde_json::{Value, json};

use super::{Pool, command, has};
use crate::{
    stage::Stage,
    support::{
        TestCommand, cluster,
        proxy::Proxy,
        worker::{DEADLINE, WorkerProcess, until},
    },
};

#[tokio::test]
async fn the_dead_are_removed_and_nobody_else() {
    let pool = Pool::new("kubernetes").await;
    pool.with_dead(&["dead-1", "dead 2"]).await;
    pool.beat("living", 300).await;
    let full = |name: &str| format!("{}/{name}", pool.name);

    // Nobody is there to be asked.
    let output = pool.command("prune").failure(2);
    has(&output, &["--yes", "--dry-run"]);
    let output = pool.command("prune --dry-run").success();
    let would = |name| format!("{} would be removed (dry run)\n", full(name));
    assert_eq!(output, would("dead 2") + &would("dead-1"));
    let output = pool.command("prune --dry-run -o json").success();
    let json: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(
        (&json["dryRun"], json["items"].as_array().unwrap().len()),
        (&true.into(), 2)
    );
    assert_eq!(json["items"][0]["result"], "wouldBeRemoved");
    let output = pool.command("prune --yes --older-than 1h").run();
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), ""));
    has(&output, &["None of 2 dead workers"]);
    assert_eq!(pool.workers().await.len(), 3, "nothing was removed");

    let output = pool.command("prune --yes").run();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(
        output.stdout,
        format!("{} removed\n{} removed\n", full("dead 2"), full("dead-1"))
    );
    has(&output, &[cluster().prefect_api_url()]);
    let living = [("living".to_owned(), "ONLINE".to_owned())];
    assert_eq!(pool.workers().await, living);
}

#[tokio::test]
async fn who_comes_back_to_life_is_kept() {
    let pool = Pool::new("kubernetes").await;
    pool.with_dead(&["back", "dead", "gone"]).await;
    let proxy = Proxy::of_prefect(cluster().prefect_api_url());
    // The second reading of records is the one before the first removal.
    let wait = json!({
        "method": "POST", "path": "/workers/filter$", "skip": 1, "times": 1,
        "action": "pass", "delayMillis": 4000,
    });
    proxy.rules(&[wait]).await;
    let command = pool
        .command("prune --yes -o json")
        .env("PREFECT_API_URL", &proxy.url);
    let pruning = tokio::task::spawn_blocking(move || command.run());
    let route = "/api/work_pools/{name}/workers/filter";
    until("the list of records", async || {
        (proxy.count("POST", route, 200).await > 0).then_some(())
    })
    .await;
    pool.beat("back", 300).await;
    pool.prefect
        .delete(&format!("/work_pools/{}/workers/gone", pool.name))
        .await;
    let output = tokio::time::timeout(DEADLINE, pruning)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(output.code, Some(0), "{output:?}");
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    let results: Vec<_> = json["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["result"])
        .collect();
    assert_eq!(results, ["alive", "removed", "gone"]);
    assert_eq!(
        pool.workers().await,
        [("back".to_owned(), "ONLINE".to_owned())]
    );
}

#[tokio::test]
async fn a_record_that_cannot_be_removed_costs_no_other() {
    let pool = Pool::new("kubernetes").await;
    pool.with_dead(&["a", "b"]).await;
    let proxy = Proxy::of_prefect(cluster().prefect_api_url());
    let refuse = json!({
        "method": "DELETE", "path": "/workers/a$", "action": "status", "status": 403,
        "body": "{\"detail\": \"not for you\"}",
    });
    proxy.rules(&[refuse]).await;
    let behind = |words: &str| pool.command(words).env("PREFECT_API_URL", &proxy.url);
    let output = behind("prune --yes").failure(3);
    assert_eq!(output.stdout, format!("{}/b removed\n", pool.name));
    has(
        &output,
        &["1 of 2 records could not be removed", "not for you"],
    );
    let output = behind("prune --yes -o json").failure(3);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(json["items"][0]["result"], "failed");
    assert_eq!(pool.workers().await.len(), 1);
}

#[tokio::test]
async fn a_worker_whose_name_was_made_up_takes_its_record_away() {
    let stage = Stage::new("record").await;
    let run = |words: &str| {
        stage
            .cluster
            .command()
            .words("worker run --poll-interval 1s")
            .words(&format!("-p {0} -n {0} {words}", stage.name))
            .env("PREFECT_API_URL", stage.cluster.prefect_api_url())
    };
    let listed = || {
        let listed = command("list -o json").words(&format!("-p {}", stage.name));
        let json: Value = serde_json::from_str(&listed.success()).unwrap();
        json["items"].as_array().unwrap().clone()
    };
    let mut worker = WorkerProcess::start(run(""));
    worker.says("serving work pool").await;
    assert_eq!(listed().len(), 1);
    worker.signal("TERM");
    let (code, heard) = worker.ends().await;
    assert_eq!((code, listed().len()), (Some(0), 0), "{heard}");

    assert_eq!(run("--run-once").run().code, Some(0));
    assert_eq!(listed().len(), 0);

    // Whoever has a name comes back to its record; its version is known.
    assert_eq!(run("--run-once --name named").run().code, Some(0));
    let own = until("the version of the worker", async || {
        let named = listed().pop().unwrap();
        named["version"].is_string().then_some(named)
    })
    .await;
    assert_eq!(own["name"], "named");
    let version = format!("kubectl-prefect {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(own["version"], version);

    // A server that does not let go holds nobody up.
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let stuck = json!({
        "method": "DELETE", "path": "/workers/", "action": "status", "status": 204,
        "delayMillis": 60_000,
    });
    proxy.rules(&[stuck]).await;
    let output = run("--run-once").env("PREFECT_API_URL", &proxy.url).run();
    assert_eq!(output.code, Some(0), "{output:?}");
    has(&output, &["stays in work pool", "no answer within 7 s"]);
    assert_eq!(listed().len(), 2);
}

impl Stage {
    /// The workers on record in the pool.
    async fn on_record(&self) -> Vec<Value> {
        let path = format!("/work_pools/{}/workers/filter", self.name);
        let workers = self.prefect.post(&path, &json!({})).await;
        workers.as_array().unwrap().clone()
    }
}

/// A worker of both pools, whose name is made up.
fn both(stages: [&Stage; 2]) -> TestCommand {
    let [one, other] = stages;
    one.cluster
        .command()
        .words(&format!("worker run -p {} -p {}", one.name, other.name))
        .env("PREFECT_API_URL", one.cluster.prefect_api_url())
}

#[tokio::test]
async fn a_start_that_fails_in_one_pool_leaves_no_record_in_another() {
    let (good, bad) = (Stage::new("good").await, Stage::new("bad").await);
    let proxy = Proxy::of_prefect(good.cluster.prefect_api_url());
    let refused = json!({
        "method": "POST", "path": format!("/work_pools/{}/workers/heartbeat", bad.name),
        "action": "status", "status": 403, "body": "{\"detail\": \"not for you\"}",
    });
    proxy.rules(&[refused]).await;
    let output = both([&good, &bad])
        .env("PREFECT_API_URL", &proxy.url)
        .failure(3);
    has(&output, &["failed to send the first heartbeat"]);
    let route = "/api/work_pools/{name}/workers/heartbeat";
    assert_eq!(proxy.count("POST", route, 204).await, 1);
    assert!(!output.stderr.contains("stays in"), "{output:?}");
    assert!(good.on_record().await.is_empty() && bad.on_record().await.is_empty());
}

#[tokio::test]
async fn a_start_that_is_interrupted_leaves_no_record() {
    let stages = [Stage::new("one").await, Stage::new("other").await];
    let kube = Proxy::of_kubernetes(&stages[0].cluster.kubeconfig);
    let rights = json!({"method": "POST", "path": "/selfsubject", "action": "hold"});
    kube.rules(&[rights]).await;
    let command = both([&stages[0], &stages[1]]);
    let path = command.home().join("kubeconfig");
    std::fs::write(&path, kube.kubeconfig()).unwrap();
    let mut worker = WorkerProcess::start(command.env("KUBECONFIG", path.to_str().unwrap()));
    for stage in &stages {
        until("the record of the worker", async || {
            (!stage.on_record().await.is_empty()).then_some(())
        })
        .await;
    }
    worker.signal("INT");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(130), "{heard}");
    for stage in &stages {
        assert!(stage.on_record().await.is_empty(), "{heard}");
    }
}
