//! In a pod without a kubeconfig: the service account counts, as for kubectl.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{TestCommand, cluster};

#[test]
fn a_pod_speaks_as_its_service_account() {
    let cluster = cluster();
    let namespace = cluster.namespace("in-pod");
    let program = TestCommand::program().display();
    let script = format!("unset KUBECONFIG; {program} cluster-uid 2>&1; echo ended with $?");
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "it", "namespace": namespace.name},
        "spec": {"restartPolicy": "Never", "containers": [
            {"name": "it", "image": "shell", "command": ["sh", "-c", script]}]}
    });
    cluster.kubectl_with_input(&["create", "-f", "-"], &pod.to_string());
    let begun = Instant::now();
    let log = loop {
        let phase = [
            "get",
            "pod",
            "it",
            "-n",
            &namespace.name,
            "-o",
            "jsonpath={.status.phase}",
        ];
        if cluster.kubectl(&phase) == "Succeeded" {
            break cluster.kubectl(&["logs", "it", "-n", &namespace.name]);
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the pod ends within a minute"
        );
        std::thread::sleep(Duration::from_millis(200));
    };
    let who = format!(
        "service account default of namespace {} may not read namespace kube-system",
        namespace.name
    );
    assert!(log.contains(&who) && log.contains("ended with 3"), "{log}");
}
