//! What stands in the way of Jobs.

use serde_json::{Value, json};

use crate::{stage::Stage, support::worker::until};

fn job(name: &str, run: &str, image: &str) -> Value {
    let labels = json!({"prefect.io/flow-run-id": run});
    let container = json!({"name": "prefect-job", "image": image, "args": ["sleep", "600"]});
    json!({
        "metadata": {"name": name, "labels": labels},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": {
            "restartPolicy": "Never", "containers": [container],
        }}},
    })
}

#[tokio::test]
async fn jobs_and_pods_that_are_of_no_use_are_found() {
    let stage = Stage::new("jobs").await;
    let name = stage.name().to_owned();
    let check = |words: &str| stage.check(&format!("-p {name} --only {words}"));
    check("jobs").has("stale-jobs", "ok", "0 Jobs are active");
    let jobs = format!("/apis/batch/v1/namespaces/{name}/jobs");
    let gone = "11111111-1111-4111-8111-111111111111";
    let left = job("left", gone, "registry.test/does-not-exist:1");
    stage.kube.create(&jobs, &left).await;
    let said = format!("{name}/left");
    check("stale-jobs").has("stale-jobs", "warn", &said);
    until("the pod that is stuck", async || {
        let report = check("job-pods");
        (report.code == Some(1)).then(|| report.has("job-pods", "fail", "cannot be pulled"))
    })
    .await;
}

#[tokio::test]
async fn policies_that_keep_pods_from_the_apis_are_found() {
    let stage = Stage::new("policy").await;
    let name = stage.name().to_owned();
    let check = || stage.check(&format!("-p {name} --only network-policy"));
    check().has("network-policy", "ok", "no NetworkPolicy");
    let policies = format!("/apis/networking.k8s.io/v1/namespaces/{name}/networkpolicies");
    let policy = |name: &str, egress: Value| {
        let spec = json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": egress});
        json!({"metadata": {"name": name}, "spec": spec})
    };
    let dns = json!([{"ports": [{"port": 53, "protocol": "UDP"}]}]);
    let dns = policy("dns-only", dns);
    stage.kube.create(&policies, &dns).await;
    check().has("network-policy", "warn", "dns-only");
    let nothing = policy("nothing", json!([]));
    stage.kube.create(&policies, &nothing).await;
    check().has("network-policy", "fail", "lets Jobs reach nobody");
}
