//! `kubectl prefect cluster-uid`.

use serde_json::Value;

use crate::support::{TestCommand, cluster};

fn uid_by_kubectl() -> String {
    cluster().kubectl(&[
        "get",
        "namespace",
        "kube-system",
        "-o",
        "jsonpath={.metadata.uid}",
    ])
}

#[test]
fn it_is_the_uid_of_kube_system() {
    let cluster = cluster();
    let uid = uid_by_kubectl();
    assert_eq!(
        cluster.command().words("cluster-uid").success(),
        format!("{uid}\n")
    );
    let json: Value =
        serde_json::from_str(&cluster.command().words("cluster-uid -o json").success()).unwrap();
    assert_eq!(json["clusterUID"], uid.as_str());
    assert_eq!(json["source"], "namespace/kube-system");
    let yaml = cluster.command().words("cluster-uid -o yaml").success();
    assert_eq!(
        yaml,
        format!("clusterUID: {uid}\nsource: namespace/kube-system\n")
    );
}

#[test]
fn an_override_needs_no_cluster() {
    let source = |command: TestCommand| -> Value {
        let json: Value =
            serde_json::from_str(&command.words("cluster-uid -o json").success()).unwrap();
        assert_eq!(json["clusterUID"], "mine");
        json["source"].clone()
    };
    assert_eq!(
        source(
            TestCommand::new()
                .words("--context none")
                .env("PREFECT_KUBERNETES_CLUSTER_UID", "mine")
        ),
        "environment"
    );
    let flag = TestCommand::new()
        .env("PREFECT_KUBERNETES_CLUSTER_UID", "other")
        .words("cluster-uid --cluster-uid mine")
        .success();
    assert_eq!(flag, "mine\n");
    let empty = cluster()
        .command()
        .env("PREFECT_KUBERNETES_CLUSTER_UID", "")
        .words("cluster-uid")
        .success();
    assert_eq!(empty.trim(), uid_by_kubectl());
}

#[test]
fn who_is_refused_is_told_what_to_apply_and_then_is_not() {
    let cluster = cluster();
    let nobody = || {
        cluster
            .command()
            .env("KUBECONFIG", cluster.nobody_kubeconfig.to_str().unwrap())
            .words("cluster-uid")
    };
    let output = nobody().words("-o json").failure(3);
    let error: Value = serde_json::from_str(&output.stdout).unwrap();
    let hints: Vec<&str> = error["error"]["hints"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(output.stderr.contains("nobody"), "{}", output.stderr);
    assert!(
        hints
            .iter()
            .any(|hint| hint.contains("PREFECT_KUBERNETES_CLUSTER_UID"))
    );
    let manifests: Vec<&str> = hints
        .iter()
        .filter_map(|hint| Some(&hint[hint.find("apiVersion")?..]))
        .collect();
    assert_eq!(manifests.len(), 2, "a ClusterRole and a Role");
    for manifest in manifests {
        nobody().failure(3);
        // Indented as it is shown, it is still one document.
        let shown = manifest.replace('\n', "\n  ");
        cluster.kubectl_with_input(&["apply", "-f", "-"], &format!("  {shown}\n"));
        let allowed = (0..50).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            let output = nobody().run();
            (output.code == Some(0)).then_some(output.stdout)
        });
        cluster.kubectl_with_input(&["delete", "-f", "-"], manifest);
        assert_eq!(
            allowed.expect("allowed within 5 s").trim(),
            uid_by_kubectl()
        );
        let refused = (0..50).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            nobody().run().code == Some(3)
        });
        assert!(refused, "refused again within 5 s");
    }
}
