//! A release as it comes, changes and stays.

use serde_json::Value;

use crate::{stage::Stage, support::worker::until};

const PART_OF: &str = "applyset.kubernetes.io/part-of";

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn actions(document: &Value) -> Vec<(String, String)> {
    let objects = document["objects"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    objects
        .iter()
        .map(|it| (text(&it["kind"]), text(&it["action"])))
        .collect()
}

#[tokio::test]
async fn an_unchanged_release_is_left_as_it_is() {
    let stage = Stage::new("same").await;
    let said = stage.install("").success();
    assert_eq!(
        said,
        "serviceaccount/prefect-worker created\n\
         role.rbac.authorization.k8s.io/prefect-worker created\n\
         rolebinding.rbac.authorization.k8s.io/prefect-worker created\n\
         deployment.apps/prefect-worker created\n"
    );
    // Once its pod is there, nobody writes to the Deployment any more: its version tells all.
    let settled = until("the Deployment is settled", async || {
        let deployment = stage.deployment().await;
        let conditions = deployment["status"]["conditions"].to_string();
        let is_settled = conditions.contains("NewReplicaSetAvailable")
            && deployment["status"]["availableReplicas"] == 1;
        is_settled.then(|| deployment["metadata"]["resourceVersion"].clone())
    })
    .await;
    let before = stage.versions().await;
    let again = stage.install("-o json").success();
    let again = document(&again);
    assert_eq!(again["changed"], false);
    assert_eq!(again["revision"], 1);
    assert_eq!(stage.versions().await, before);
    // The same values from the revision: nothing differs, and nothing is written either.
    let difference = stage.command("diff").run();
    assert_eq!((difference.code, difference.stdout.as_str()), (Some(0), ""));
    let upgraded = document(&stage.command("upgrade --wait=false -o json").success());
    assert_eq!(
        (&upgraded["changed"], &upgraded["revision"]),
        (&false.into(), &1.into())
    );
    assert_eq!(stage.versions().await, before);
    let version = &stage.deployment().await["metadata"]["resourceVersion"];
    assert_eq!(*version, settled);
}

#[tokio::test]
async fn members_are_an_apply_set_and_what_is_no_longer_wanted_goes() {
    let stage = Stage::new("prune").await;
    let extra = r#"--set-json=extraManifests=[
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one"},"data":{"a":"1"}},
        {"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"two"},"spec":{"podSelector":{}}}]"#;
    stage.install("").arg(extra).success();
    let bookkeeping = stage.bookkeeping().await;
    let parent = &bookkeeping[0]["metadata"];
    let id = parent["labels"]["applyset.kubernetes.io/id"]
        .as_str()
        .unwrap();
    let kinds = "applyset.kubernetes.io/contains-group-kinds";
    assert_eq!(
        parent["annotations"][kinds],
        "ConfigMap,Deployment.apps,NetworkPolicy.networking.k8s.io,Role.rbac.authorization.k8s.io,\
         RoleBinding.rbac.authorization.k8s.io,ServiceAccount"
    );
    let one = stage.get("v1/configmaps", "one").await.unwrap();
    assert_eq!(one["metadata"]["labels"][PART_OF], id);
    // Neither one of somebody else goes, nor one that only bears the release's name.
    stage
        .cluster
        .kubectl(&["-n", stage.name(), "create", "configmap", "foreign"]);
    stage.cluster.kubectl(&[
        "-n",
        stage.name(),
        "label",
        "configmap",
        "foreign",
        "kubectl-prefect.io/release=prefect-worker",
    ]);
    let difference = stage
        .install("")
        .words("--dry-run=server -o json")
        .success();
    let planned = actions(&document(&difference));
    assert!(
        planned.contains(&("NetworkPolicy".to_owned(), "delete".to_owned())),
        "{planned:?}"
    );
    assert!(
        stage.get("v1/configmaps", "one").await.is_some(),
        "a dry run deletes nothing"
    );
    let said = stage.install("").success();
    assert!(said.contains("configmap/one deleted\n"), "{said}");
    assert_eq!(stage.get("v1/configmaps", "one").await, None);
    assert!(stage.get("v1/configmaps", "foreign").await.is_some());
    let bookkeeping = stage.bookkeeping().await;
    let kinds = bookkeeping[0]["metadata"]["annotations"][kinds]
        .as_str()
        .unwrap();
    assert!(
        !kinds.contains("ConfigMap") && !kinds.contains("NetworkPolicy"),
        "{kinds}"
    );
}

#[tokio::test]
async fn an_upgrade_begins_with_the_values_that_are_installed() {
    let stage = Stage::new("upgrade").await;
    let missing = stage.command("upgrade").failure(1);
    assert!(
        missing.stderr.contains("is not installed in namespace"),
        "{}",
        missing.stderr
    );
    stage
        .install("--set worker.revisionHistoryLimit=3")
        .success();
    let upgrade = stage
        .command("upgrade --wait=false --set worker.replicaCount=2")
        .run();
    assert_eq!(upgrade.code, Some(0), "{upgrade:?}");
    assert!(
        upgrade.stderr.contains("  worker.replicaCount: 2 is new\n"),
        "{}",
        upgrade.stderr
    );
    assert!(
        upgrade
            .stderr
            .contains("change      Deployment       prefect-worker   spec.replicas"),
        "{}",
        upgrade.stderr
    );
    let deployment = stage.deployment().await;
    assert_eq!(deployment["spec"]["replicas"], 2);
    assert_eq!(deployment["spec"]["revisionHistoryLimit"], 3);
    assert_eq!(
        deployment["spec"]["template"]["spec"]["containers"][0]["command"][0],
        "sh"
    );
    // Null removes one value, --reset-values all of them.
    let removed = stage
        .command("upgrade --wait=false --set worker.replicaCount=null")
        .run();
    assert!(
        removed.stderr.contains("worker.replicaCount: 2 is removed"),
        "{}",
        removed.stderr
    );
    let reset = stage
        .with_values("upgrade --wait=false --reset-values --history-max 2")
        .run();
    assert!(
        reset
            .stderr
            .contains("worker.revisionHistoryLimit: 3 is removed"),
        "{}",
        reset.stderr
    );
    assert_eq!(stage.deployment().await["spec"]["revisionHistoryLimit"], 10);
    let names: Vec<_> = stage
        .bookkeeping()
        .await
        .iter()
        .map(|it| it["metadata"]["name"].clone())
        .collect();
    let name = |end: &str| Value::from(format!("kubectl-prefect.prefect-worker{end}"));
    assert_eq!(names, [name(""), name(".v3"), name(".v4")]);
}

#[tokio::test]
async fn a_difference_is_shown_and_told_by_the_exit_code() {
    let stage = Stage::new("diff").await;
    let secret = r#"--set-json=extraManifests=[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"stringData":{"a":"s3cr3t","b":"same-s3cr3t"}}]"#;
    let new = stage.with_values("diff").arg(secret).run();
    assert_eq!(new.code, Some(1), "{new:?}");
    assert!(
        new.stdout.contains("+++ secret/s in namespace"),
        "{}",
        new.stdout
    );
    assert!(!new.stdout.contains("s3cr3t"), "{}", new.stdout);
    assert!(stage.bookkeeping().await.is_empty());
    stage.install("").arg(secret).success();
    let other = secret.replace("\"s3cr3t\"", "\"0ther\"");
    let changed = stage.command("diff").arg(other).run();
    assert_eq!(changed.code, Some(1));
    assert!(
        changed
            .stdout
            .contains("-  a: (hidden, before)\n+  a: (hidden, after)\n   b: (hidden)\n"),
        "{}",
        changed.stdout
    );
    let gone = stage.command("diff --set extraManifests=null").run();
    assert_eq!(gone.code, Some(1));
    assert!(
        gone.stdout.contains("--- secret/s in namespace"),
        "{}",
        gone.stdout
    );
    // Drift: somebody changed it by hand, without the values having changed.
    stage.cluster.kubectl(&[
        "-n",
        stage.name(),
        "set",
        "env",
        "deployment/prefect-worker",
        "HOME=/x",
    ]);
    let drift = stage.command("diff --force-conflicts").run();
    assert_eq!(drift.code, Some(1));
    assert!(
        drift
            .stdout
            .contains("-          value: /x\n+          value: /home/prefect\n"),
        "{}",
        drift.stdout
    );
    let wrong = stage.command("diff --set worker.nonsense=1").run();
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    let conflict = stage.command("diff").failure(2);
    assert!(
        conflict.stderr.contains("is managed by kubectl-set"),
        "{}",
        conflict.stderr
    );
}

#[tokio::test]
async fn an_autoscaler_takes_over_the_replicas_that_are_there() {
    let stage = Stage::new("hpa").await;
    stage.install("--set worker.replicaCount=3").success();
    let scaled = "upgrade --wait=false --set worker.autoscaling.enabled=true --set worker.autoscaling.maxReplicas=5";
    stage.command(scaled).success();
    assert!(
        stage
            .get("autoscaling/v2/horizontalpodautoscalers", "prefect-worker")
            .await
            .is_some()
    );
    assert_eq!(stage.deployment().await["spec"]["replicas"], 3);
    // What somebody else sets from now on stays as it is.
    stage.cluster.kubectl(&[
        "-n",
        stage.name(),
        "scale",
        "deployment/prefect-worker",
        "--replicas=4",
    ]);
    let again = stage.command("upgrade --wait=false").run();
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(
        again.stderr.contains("Nothing to change"),
        "{}",
        again.stderr
    );
    assert_eq!(stage.deployment().await["spec"]["replicas"], 4);
}

#[tokio::test]
async fn any_kind_may_come_along_and_kubectl_leaves_the_set_to_us() {
    let stage = Stage::new("kinds").await;
    let name = stage.name();
    let extra = format!(
        "--set-json=extraManifests={}",
        serde_json::json!([
            {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": 1},
            {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "l"}},
            {
                "apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"},
                "spec": {"maxReplicas": 1, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}},
            },
        ])
    );
    let said = stage.install("").arg(&extra).success();
    assert!(
        said.starts_with(&format!("priorityclass.scheduling.k8s.io/{name} created\n")),
        "{said}"
    );
    let again = stage.install("-o json").arg(&extra).success();
    assert_eq!(document(&again)["changed"], false, "{again}");
    let apply = stage.cluster.try_kubectl(
        &[("KUBECTL_APPLYSET", "true")],
        &[
            "-n",
            name,
            "apply",
            "--prune",
            "--applyset=secret/kubectl-prefect.prefect-worker",
            "-f",
            "-",
        ],
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}"#,
    );
    let refusal = apply.unwrap_err();
    assert!(
        refusal.contains("managed by tooling \"kubectl-prefect\""),
        "{refusal}"
    );
    let said = stage.install("").success();
    assert!(
        said.contains(&format!("priorityclass.scheduling.k8s.io/{name} deleted\n")),
        "{said}"
    );
    assert_eq!(
        stage
            .kube
            .get(&format!(
                "/apis/scheduling.k8s.io/v1/priorityclasses/{name}"
            ))
            .await,
        None
    );
}
