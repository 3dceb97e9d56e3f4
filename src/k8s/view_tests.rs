use serde_json::json;

use super::*;

#[test]
fn a_job_keeps_what_decisions_need() {
    let job: JobView = serde_json::from_value(json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {
            "name": "j", "namespace": "n", "uid": "u", "resourceVersion": "7",
            "creationTimestamp": "2026-01-02T03:04:05Z",
            "labels": {"prefect.io/flow-run-id": "r", "app": "x"},
            "annotations": {"kubectl-prefect.io/attempt": "a", "other": "x"},
            "managedFields": [{"manager": "x"}]
        },
        "spec": {"backoffLimit": 0, "template": {"spec": {}}},
        "status": {
            "failed": 1, "terminating": 0,
            "conditions": [
                {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded",
                 "lastTransitionTime": "2026-01-02T03:04:06Z"},
                {"type": "Complete", "status": "False"}
            ]
        }
    }))
    .unwrap();
    assert_eq!(job.metadata.labels.len(), 1);
    assert_eq!(job.metadata.annotations["kubectl-prefect.io/attempt"], "a");
    assert_eq!(job.spec.backoff_limit, Some(0));
    assert_eq!(job.status.terminating, Some(0));
    let reason = job
        .status
        .condition("Failed")
        .and_then(|failed| failed.reason.as_deref());
    assert_eq!(reason, Some("BackoffLimitExceeded"));
    assert_eq!(job.status.condition("Complete"), None);
}

#[test]
fn a_pod_keeps_its_containers_states() {
    let pod: PodView = serde_json::from_value(json!({
        "metadata": {"name": "p", "labels": null, "ownerReferences": [
            {"apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "u", "controller": true}]},
        "spec": {"nodeName": "n1", "containers": []},
        "status": {"phase": "Running", "containerStatuses": [{
            "name": "prefect-job", "image": "i", "restartCount": 2, "ready": false,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled",
                "finishedAt": "2026-01-02T03:04:05Z"}}
        }]}
    }))
    .unwrap();
    assert_eq!(pod.metadata.owner_references[0].uid, "u");
    assert_eq!(pod.status.phase, Phase::Running);
    let container = &pod.status.container_statuses[0];
    assert_eq!(
        container.last_state.terminated.as_ref().unwrap().exit_code,
        137
    );
    assert_eq!(
        container.state.waiting.as_ref().unwrap().reason.as_deref(),
        Some("CrashLoopBackOff")
    );
}

#[test]
fn an_object_without_a_status_and_a_new_phase_are_read() {
    let pod: PodView = serde_json::from_value(json!({"metadata": {"name": "p"}})).unwrap();
    assert_eq!(pod.status, PodStatus::default());
    let pod: PodView = serde_json::from_value(json!({"status": {"phase": "Dreaming"}})).unwrap();
    assert_eq!(pod.status.phase, Phase::Unknown);
}
