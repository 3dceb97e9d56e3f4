//! Installations that are broken off, and two at once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    stage::{IDLE, Stage},
    support::{TestCommand, proxy::Proxy, worker::WorkerProcess},
};

/// Applying the last two objects in earnest, and trying the last one.
const ROLE_BINDING: &str = r"rolebindings/prefect-worker\?&?fieldManager";
const DEPLOYMENT: &str = r"deployments/prefect-worker\?&?fieldManager";
const DEPLOYMENT_TRIED: &str = r"deployments/prefect-worker\?&?dryRun";

impl Stage {
    /// `install`, by way of a proxy.
    fn behind(&self, proxy: &Proxy) -> TestCommand {
        let command = self
            .command("install --wait=false -f values.yaml")
            .arg(IDLE);
        std::fs::write(command.home().join("values.yaml"), self.values()).unwrap();
        let kubeconfig = command.home().join("kubeconfig");
        std::fs::write(&kubeconfig, proxy.kubeconfig()).unwrap();
        command.env("KUBECONFIG", kubeconfig.to_str().unwrap())
    }

    async fn statuses(&self) -> Vec<Value> {
        let status =
            |secret: &Value| secret["metadata"]["labels"]["kubectl-prefect.io/status"].clone();
        let bookkeeping = self.bookkeeping().await;
        bookkeeping
            .iter()
            .map(status)
            .filter(|status| !status.is_null())
            .collect()
    }
}

#[tokio::test]
async fn an_interruption_says_what_was_done_and_the_next_run_does_the_rest() {
    let stage = Stage::new("interrupt").await;
    let proxy = Proxy::of_kubernetes(&stage.cluster.kubeconfig);
    let held = json!({"method": "PATCH", "path": ROLE_BINDING, "action": "hold"});
    proxy.rules(&[held]).await;
    let mut install = WorkerProcess::start(stage.behind(&proxy));
    proxy.is_met().await;
    install.signal("INT");
    install.says("Stopping after the step under way").await;
    proxy.rules(&[]).await;
    let (code, said) = install.ends().await;
    assert_eq!(code, Some(130), "{said}");
    // The step under way was let end.
    assert!(
        said.contains("rolebinding.rbac.authorization.k8s.io/prefect-worker created"),
        "{said}"
    );
    assert!(
        said.contains("why: still to do: create deployment.apps/prefect-worker"),
        "{said}"
    );
    assert!(
        said.contains("running the same command again does the rest"),
        "{said}"
    );
    assert_eq!(stage.statuses().await, ["failed"]);
    assert!(
        stage
            .get(
                "rbac.authorization.k8s.io/v1/rolebindings",
                "prefect-worker"
            )
            .await
            .is_some()
    );
    assert_eq!(
        stage.get("apps/v1/deployments", "prefect-worker").await,
        None
    );
    stage.install("").success();
    assert_eq!(stage.statuses().await, ["failed", "deployed"]);
    assert!(
        stage
            .get("apps/v1/deployments", "prefect-worker")
            .await
            .is_some()
    );
}

#[tokio::test]
async fn an_interruption_before_the_first_write_changes_nothing() {
    let stage = Stage::new("early").await;
    let proxy = Proxy::of_kubernetes(&stage.cluster.kubeconfig);
    let held = json!({"method": "PATCH", "path": DEPLOYMENT_TRIED, "action": "hold"});
    proxy.rules(&[held]).await;
    let mut install = WorkerProcess::start(stage.behind(&proxy));
    proxy.is_met().await;
    install.signal("INT");
    let (code, said) = install.ends().await;
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("interrupted: nothing was changed"), "{said}");
    assert!(stage.bookkeeping().await.is_empty());
}

#[tokio::test]
async fn a_run_that_was_killed_is_repaired_by_the_next() {
    let stage = Stage::new("killed").await;
    let proxy = Proxy::of_kubernetes(&stage.cluster.kubeconfig);
    let held = json!({"method": "PATCH", "path": DEPLOYMENT, "action": "hold"});
    proxy.rules(&[held]).await;
    let mut install = WorkerProcess::start(stage.behind(&proxy));
    proxy.is_met().await;
    // While it lives, nobody else gets in.
    let said = stage.install("--set worker.replicaCount=2").failure(1);
    assert!(
        said.stderr.contains("is being changed by somebody else"),
        "{}",
        said.stderr
    );
    install.signal("KILL");
    install.ends().await;
    assert_eq!(stage.statuses().await, ["pending"]);
    let begun = Instant::now();
    let said = stage.install("--set worker.replicaCount=2").run();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        begun.elapsed() >= Duration::from_secs(9),
        "it was not watched before it was taken for dead"
    );
    assert_eq!(stage.statuses().await, ["failed", "deployed"]);
    assert_eq!(stage.deployment().await["spec"]["replicas"], 2);
}

#[tokio::test]
async fn a_server_that_fails_in_the_middle_leaves_what_the_next_run_completes() {
    let stage = Stage::new("fails").await;
    let proxy = Proxy::of_kubernetes(&stage.cluster.kubeconfig);
    let refuses = json!({
        "method": "PATCH", "path": DEPLOYMENT, "action": "status", "status": 422,
        "body": r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Invalid","code":422,"message":"the disk is full"}"#,
        "headers": {"content-type": "application/json"},
    });
    proxy.rules(&[refuses]).await;
    let said = stage.behind(&proxy).failure(1);
    for text in [
        "why: the disk is full",
        "why: done so far: serviceaccount/prefect-worker created, ",
        "why: still to do: create deployment.apps/prefect-worker",
        "hint: running the same command again does the rest",
    ] {
        assert!(said.stderr.contains(text), "{text}\n{}", said.stderr);
    }
    assert_eq!(stage.statuses().await, ["failed"]);
    proxy.rules(&[]).await;
    let said = stage.behind(&proxy).run();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(stage.statuses().await, ["failed", "deployed"]);
    assert_eq!(stage.command("diff").run().code, Some(0));
}

#[tokio::test]
async fn of_two_at_once_one_wins() {
    let stage = Stage::new("race").await;
    let results: Vec<_> = std::thread::scope(|scope| {
        let replicas = [1, 2, 3, 4];
        let start = |count: i32| {
            let command = stage.install(&format!("--set worker.replicaCount={count}"));
            scope.spawn(move || command.run())
        };
        let running = replicas.map(start);
        running.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let won = results
        .iter()
        .filter(|result| result.code == Some(0))
        .count();
    assert!(won >= 1, "{results:?}");
    for lost in results.iter().filter(|result| result.code != Some(0)) {
        assert_eq!(lost.code, Some(1), "{lost:?}");
        assert!(
            lost.stderr.contains("is being changed by somebody else"),
            "{}",
            lost.stderr
        );
    }
    // What is remembered is what is there.
    assert_eq!(stage.command("diff").run().code, Some(0));
    assert!(
        stage
            .statuses()
            .await
            .iter()
            .all(|status| status == "deployed")
    );
}

#[tokio::test]
async fn an_object_costs_three_requests_at_most() {
    let stage = Stage::new("requests").await;
    let proxy = Proxy::of_kubernetes(&stage.cluster.kubeconfig);
    let count = async || -> u64 {
        let counts = proxy.counts().await;
        counts.iter().filter_map(|row| row["count"].as_u64()).sum()
    };
    let many: Vec<Value> = (0..30)
        .map(|number| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("c{number}")}}))
        .collect();
    let extra =
        |many: &[Value]| format!("--set-json=extraManifests={}", Value::from(many.to_vec()));
    let objects = 34;
    let mut before = count().await;
    for (what, extra, most) in [
        ("new", extra(&many), 3 * objects),
        ("unchanged", extra(&many), 2 * objects),
        ("fewer", extra(&many[..10]), 3 * objects),
    ] {
        let said = stage.behind(&proxy).arg("--no-verify").arg(extra).run();
        assert_eq!(said.code, Some(0), "{said:?}");
        let now = count().await;
        let fixed = 16;
        assert!(
            now - before <= most + fixed,
            "{what}: {} requests",
            now - before
        );
        before = now;
    }
}
