//! Who takes the credential in, by whatever way: Deployments are restarted, others are named.

use serde_json::{Value, json};

use crate::support::{cluster, kube::Kube};

/// An object without pods, whose pods would be made of this.
fn object(name: &str, pod: &Value) -> Value {
    let labels = json!({"app": name});
    let mut pod = pod.clone();
    if pod.get("containers").is_none() {
        pod["containers"] = json!([{"name": "c", "image": "worker"}]);
    }
    json!({
        "metadata": {"name": name},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    })
}

#[tokio::test]
async fn all_who_use_a_secret_are_found_by_their_references() {
    let cluster = cluster();
    let namespace = cluster.namespace("secret-users");
    let name = namespace.name.as_str();
    let secret = |words: &str, key: &str| {
        cluster
            .command()
            .words(&format!(
                "secret {words} --from-stdin --no-verify -n {name}"
            ))
            .input(key)
            .success()
    };
    secret("create", "pnu_old");
    let kube = Kube::connect(&cluster).await;
    let container = |part: &str, value: Value| {
        let mut container = json!({"name": "c", "image": "worker"});
        container[part] = value;
        container
    };
    let reference = json!({"name": "prefect-api-key", "key": "key"});
    let variable = json!([{"name": "K", "valueFrom": {"secretKeyRef": reference}}]);
    let another = json!({"name": "prefect-api-key", "key": "another"});
    let another = json!([{"name": "K", "valueFrom": {"secretKeyRef": another}}]);
    let all = json!([{"secretRef": {"name": "prefect-api-key"}}]);
    let projected = json!({"sources": [{"secret": {"name": "prefect-api-key"}}]});
    let volume = |kind: &str, value: Value| json!({"volumes": [{"name": "v", kind: value}]});
    let (in_volume, projected) = (
        volume("secret", json!({"secretName": "prefect-api-key"})),
        volume("projected", projected),
    );
    let apps = format!("/apis/apps/v1/namespaces/{name}");
    for (deployment, pod) in [
        (
            "by-variable",
            json!({"containers": [container("env", variable.clone())]}),
        ),
        (
            "by-env-from",
            json!({"containers": [container("envFrom", all.clone())]}),
        ),
        (
            "by-init-container",
            json!({"initContainers": [{"name": "i", "image": "worker", "env": variable}]}),
        ),
        ("by-volume", in_volume.clone()),
        ("by-projected-volume", projected),
        (
            "of-another-key",
            json!({"containers": [container("env", another)]}),
        ),
        ("of-nothing", json!({})),
    ] {
        let manifest = object(deployment, &pod);
        kube.create(&format!("{apps}/deployments"), &manifest).await;
    }
    let mut set = object("set", &in_volume);
    kube.create(&format!("{apps}/statefulsets"), &set).await;
    set["metadata"]["name"] = json!("other-set");
    set["spec"]["template"]["spec"]["volumes"] = json!([]);
    kube.create(&format!("{apps}/statefulsets"), &set).await;
    let nightly = json!({
        "metadata": {"name": "nightly"},
        "spec": {"schedule": "0 0 1 1 *", "suspend": true, "jobTemplate": {"spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [container("envFrom", all)],
        }}}}},
    });
    let cron_jobs = format!("/apis/batch/v1/namespaces/{name}/cronjobs");
    kube.create(&cron_jobs, &nightly).await;

    let said = secret("rotate --yes --wait=false -o json", "pnu_new");
    let document: Value = serde_json::from_str(&said).unwrap();
    let mut restarted: Vec<String> = serde_json::from_value(document["restarted"].clone()).unwrap();
    restarted.sort();
    let expected = [
        "by-env-from",
        "by-init-container",
        "by-projected-volume",
        "by-variable",
        "by-volume",
    ];
    assert_eq!(restarted, expected);
    let others = json!(["StatefulSet set", "CronJob nightly"]);
    assert_eq!(document["notRestarted"], others);

    let told = cluster
        .command()
        .words("secret rotate --from-stdin --no-verify --yes --wait=false -n")
        .arg(name)
        .input("pnu_newer")
        .run();
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    for text in [
        &format!("kubectl rollout restart statefulset set -n {name}"),
        "CronJob nightly uses it too, and takes the new value into its next Job",
    ] {
        assert!(told.stderr.contains(text), "{text}: {}", told.stderr);
    }
}
