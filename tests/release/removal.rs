//! A release's past, the way back, and its end.

use serde_json::{Value, json};

use crate::stage::Stage;

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn revisions_are_listed_and_gone_back_to() {
    let stage = Stage::new("history").await;
    let missing = stage.command("history").failure(1);
    assert!(
        missing.stderr.contains("is not installed"),
        "{}",
        missing.stderr
    );
    stage.install("--set worker.replicaCount=1").success();
    let nothing = stage.command("rollback --wait=false").failure(1);
    assert!(
        nothing.stderr.contains("no earlier revision"),
        "{}",
        nothing.stderr
    );
    let upgrade = "upgrade --wait=false --set worker.replicaCount=2";
    stage.command(upgrade).success();
    assert_eq!(stage.deployment().await["spec"]["replicas"], 2);

    let dry = stage
        .command("rollback --wait=false --dry-run=server")
        .success();
    assert!(
        dry.contains("deployment.apps/prefect-worker configured (server dry run)"),
        "{dry}"
    );
    assert_eq!(stage.deployment().await["spec"]["replicas"], 2);
    let done = stage.command("rollback --wait=false").run();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(
        done.stderr.contains("worker.replicaCount: 2 -> 1"),
        "{}",
        done.stderr
    );
    assert_eq!(stage.deployment().await["spec"]["replicas"], 1);

    let history = document(&stage.command("history -o json").success());
    let told: Vec<(Value, Value, Value)> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["revision"].clone(),
                it["status"].clone(),
                it["description"].clone(),
            )
        })
        .collect();
    assert_eq!(
        json!(told),
        json!([
            [1, "superseded", "was installed"],
            [2, "superseded", "was upgraded"],
            [3, "deployed", "was rolled back to revision 1"],
        ])
    );
    let table = stage.command("history").success();
    assert!(table.starts_with("REVISION   UPDATED"), "{table}");
    // An upgrade begins with the values of the revision that was gone back to.
    stage
        .command("upgrade --wait=false --set worker.revisionHistoryLimit=3")
        .success();
    assert_eq!(stage.deployment().await["spec"]["replicas"], 1);
    let number = stage.command("rollback 2 --wait=false").failure(1);
    assert!(
        number.stderr.contains(
            "hint: the name of the release comes first: kubectl prefect rollback prefect-worker 2"
        ),
        "{}",
        number.stderr
    );
    let unknown = stage
        .command("rollback prefect-worker 9 --wait=false")
        .failure(1);
    assert!(
        unknown.stderr.contains("has no revision 9"),
        "{}",
        unknown.stderr
    );
}

#[tokio::test]
async fn a_release_is_removed_with_all_that_it_made() {
    let stage = Stage::new("removal").await;
    let foreign = [
        "-n",
        stage.name(),
        "create",
        "secret",
        "generic",
        "prefect-api-key",
    ];
    stage
        .cluster
        .kubectl(&[&foreign[..], &["--from-literal=key=pnu_x"]].concat());
    stage.install("").success();
    let nobody = stage.cluster.nobody_kubeconfig.to_str().unwrap().to_owned();
    let forbidden = stage
        .command("uninstall --yes")
        .env("KUBECONFIG", &nobody)
        .failure(3);
    let missing = format!(
        "missing: get, list, create, patch, delete secrets in namespace {}",
        stage.name()
    );
    assert!(forbidden.stderr.contains(&missing), "{}", forbidden.stderr);
    // Nobody is asked where there is no terminal.
    let refused = stage.command("uninstall").failure(2);
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    let dry = stage.command("uninstall --dry-run=server").success();
    assert!(
        dry.contains("deployment.apps/prefect-worker deleted (dry run)\n"),
        "{dry}"
    );
    assert!(
        stage
            .get("apps/v1/deployments", "prefect-worker")
            .await
            .is_some()
    );

    let done = stage.command("uninstall --yes").run();
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(
        done.stdout
            .contains("serviceaccount/prefect-worker deleted\n"),
        "{}",
        done.stdout
    );
    assert!(
        done.stderr.contains("Release prefect-worker was removed."),
        "{}",
        done.stderr
    );
    for (kind, name) in [
        ("apps/v1/deployments", "prefect-worker"),
        ("v1/serviceaccounts", "prefect-worker"),
        ("rbac.authorization.k8s.io/v1/roles", "prefect-worker"),
    ] {
        assert_eq!(stage.get(kind, name).await, None, "{kind}");
    }
    assert!(stage.bookkeeping().await.is_empty());
    assert!(stage.get("v1/secrets", "prefect-api-key").await.is_some());
    let again = stage.command("uninstall --yes").failure(1);
    assert!(
        again.stderr.contains("is not installed"),
        "{}",
        again.stderr
    );
    stage
        .command("uninstall --yes --ignore-not-found")
        .success();
    // And it can come back.
    stage.install("").success();
}

#[tokio::test]
async fn jobs_that_run_are_not_left_alone_unawares() {
    let stage = Stage::new("leave").await;
    // A name that is no label's value: workers write it in another form.
    let pool = format!("{} Pool", stage.name());
    let pool_value = format!("worker.config.workPool={pool}");
    let label = kubectl_prefect::template::labels::value(&pool);
    assert_ne!(label, pool);
    stage.install("").arg("--set").arg(&pool_value).success();
    let job = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "flow", "labels": {"prefect.io/work-pool-name": label}},
        "spec": {"suspend": true, "template": {"spec": {
            "restartPolicy": "Never",
            "containers": [{"name": "a", "image": "flow", "command": ["true"]}],
        }}},
    });
    stage.kube.create(&stage.path("batch/v1/jobs"), &job).await;
    let refused = stage.command("uninstall --yes").failure(1);
    let name = format!("{}/flow", stage.name());
    assert!(refused.stderr.contains(&name), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("--leave-jobs"),
        "{}",
        refused.stderr
    );
    assert!(
        stage
            .get("apps/v1/deployments", "prefect-worker")
            .await
            .is_some()
    );
    stage.command("uninstall --yes --leave-jobs").success();
    assert!(stage.get("batch/v1/jobs", "flow").await.is_some());
}

#[tokio::test]
async fn what_is_held_is_named_and_removed_when_it_lets_go() {
    let stage = Stage::new("held").await;
    let extra = r#"--set-json=extraManifests=[
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"held","finalizers":["example.com/hold"]},"data":{"a":"1"}}]"#;
    stage.install("").arg(extra).success();
    let left = stage
        .command("uninstall --yes --timeout 1s -o json")
        .failure(4);
    assert!(left.stderr.contains("example.com/hold"), "{}", left.stderr);
    assert!(!stage.bookkeeping().await.is_empty());
    let patch = r#"{"metadata":{"finalizers":null}}"#;
    stage.cluster.kubectl(&[
        "-n",
        stage.name(),
        "patch",
        "configmap",
        "held",
        "--type=merge",
        "-p",
        patch,
    ]);
    let done = document(&stage.command("uninstall --yes -o json").success());
    assert_eq!(done["removed"], true);
    assert!(stage.bookkeeping().await.is_empty());
}

#[tokio::test]
async fn where_the_objects_of_a_release_are_is_told_before_they_go() {
    let stage = Stage::new("override").await;
    let other = stage.cluster.namespace("override-to");
    let elsewhere = format!("--set namespaceOverride={}", other.name);
    stage.install(&elsewhere).success();
    let removed = stage.command("uninstall --yes").run();
    assert_eq!(removed.code, Some(0), "{}", removed.stderr);
    let mut both = [stage.name(), other.name.as_str()];
    both.sort_unstable();
    let stay = format!("Namespaces {} stay.", both.join(", "));
    assert!(removed.stderr.contains(&stay), "{}", removed.stderr);
    assert!(removed.stderr.contains("NAMESPACE"), "{}", removed.stderr);
    let plain = Stage::new("no-override").await;
    plain.install("").success();
    let removed = plain.command("uninstall --yes").run();
    let stays = format!("Namespace {} stays.", plain.name());
    assert!(removed.stderr.contains(&stays), "{}", removed.stderr);
    assert!(!removed.stderr.contains("NAMESPACE"), "{}", removed.stderr);
}
