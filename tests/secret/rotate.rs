//! `secret rotate` and `secret verify` with a real worker of a real server that asks for a
//! credential.

use serde_json::{Value, json};

use crate::support::{
    TestCluster, TestCommand, cluster, kube::Kube, prefect_server, worker::until,
};

const RIGHT: &str = "admin:the-right-password";
const WRONG: &str = "admin:a-wrong-password";

/// The Deployment of a worker that takes its credential from the Secret.
fn deployment(name: &str, namespace: &str, api_url: &str) -> Value {
    let labels = json!({"app": name});
    let credential = json!({"secretKeyRef": {"name": "prefect-auth-string", "key": "auth-string"}});
    json!({
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"terminationGracePeriodSeconds": 5, "containers": [{
                    "name": "prefect-worker",
                    "image": "worker",
                    "args": ["kubectl-prefect", "worker", "run", "-p", namespace, "-n", namespace],
                    "env": [
                        {"name": "PREFECT_API_URL", "value": api_url},
                        {"name": "PREFECT_API_AUTH_STRING", "valueFrom": credential},
                    ],
                }]},
            },
        },
    })
}

/// Lets the pods of a namespace launch and follow Jobs.
fn grant(cluster: &TestCluster, namespace: &str) {
    let resources = "--resource=jobs.batch,pods,pods/log,events";
    cluster.kubectl(&[
        "create", "role", "worker", "--verb=*", resources, "-n", namespace,
    ]);
    let account = format!("--serviceaccount={namespace}:default");
    cluster.kubectl(&[
        "create",
        "rolebinding",
        "worker",
        "--role=worker",
        &account,
        "-n",
        namespace,
    ]);
}

fn value(cluster: &TestCluster, namespace: &str) -> String {
    let template = "go-template={{index .data \"auth-string\" | base64decode}}";
    let words = [
        "get",
        "secret",
        "prefect-auth-string",
        "-n",
        namespace,
        "-o",
        template,
    ];
    cluster.kubectl(&words)
}

#[tokio::test]
async fn a_new_credential_is_in_use_or_the_old_one_is_back() {
    let cluster = cluster();
    let server = prefect_server::start(RIGHT);
    let namespace = cluster.namespace("rotate");
    let name = namespace.name.as_str();
    grant(&cluster, name);
    let secret = |words: &str, credential: &str| -> TestCommand {
        cluster
            .command()
            .words(&format!("secret {words} --auth-string -n {name}"))
            .env("PREFECT_API_URL", &server.url)
            .input(credential)
    };

    // The wrong one is not taken, unless one insists.
    let output = secret("create --from-stdin", WRONG).failure(1);
    assert!(
        output.stderr.contains("does not accept this auth string"),
        "{}",
        output.stderr
    );
    secret("create --from-stdin --no-verify", WRONG).success();
    let output = secret("verify -o json", "").failure(1);
    let document: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(document["works"], false);
    assert!(!output.stdout.contains("password") && !output.stderr.contains("password"));

    // A worker with the wrong one does not come up; with the right one it does.
    let kube = Kube::connect(&cluster).await;
    let deployments = format!("/apis/apps/v1/namespaces/{name}/deployments");
    let manifest = deployment("prefect-worker", name, &server.url);
    kube.create(&deployments, &manifest).await;
    // One that does not use it is not touched.
    let mut other = deployment("other", name, &server.url);
    other["spec"]["replicas"] = 0.into();
    other["spec"]["template"]["spec"]["containers"][0]["env"] = json!([]);
    kube.create(&deployments, &other).await;
    let output = secret("rotate --from-stdin --yes", RIGHT).run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(
        output.stdout,
        "secret/prefect-auth-string updated\ndeployment.apps/prefect-worker restarted\n"
    );
    assert!(
        output
            .stderr
            .contains("The new value is in use: heard of kubectl-prefect-"),
        "{}",
        output.stderr
    );
    assert_eq!(value(&cluster, name), RIGHT);
    let verified = secret("verify", "").success();
    assert!(
        verified.contains("The auth string works: the Prefect server 3."),
        "{verified}"
    );
    // The pods have it: nothing is left to do.
    let again = secret("rotate --from-stdin --yes", RIGHT).success();
    assert_eq!(again, "secret/prefect-auth-string unchanged\n");

    // One that does not work is taken back.
    let before = kube
        .get(&format!("{deployments}/prefect-worker"))
        .await
        .unwrap();
    let output = secret("rotate --from-stdin --yes --no-verify", WRONG).failure(1);
    for text in [
        "ends again and again",
        "the old value is back",
        "set back to their former pods: prefect-worker",
    ] {
        assert!(output.stderr.contains(text), "{text}:\n{}", output.stderr);
    }
    assert!(!output.stderr.contains("password"), "{}", output.stderr);
    assert_eq!(value(&cluster, name), RIGHT);
    let after = kube
        .get(&format!("{deployments}/prefect-worker"))
        .await
        .unwrap();
    assert_eq!(after["spec"]["template"], before["spec"]["template"]);
    secret("verify", "").success();
}

#[tokio::test]
async fn who_interrupts_a_rotation_has_the_old_value_back() {
    let cluster = cluster();
    let namespace = cluster.namespace("rotate-stop");
    let name = namespace.name.as_str();
    let url = cluster.prefect_api_url();
    let words = format!("secret create --auth-string --from-stdin --no-verify -n {name}");
    cluster.command().words(&words).input(RIGHT).success();
    let kube = Kube::connect(&cluster).await;
    let deployments = format!("/apis/apps/v1/namespaces/{name}/deployments");
    let mut manifest = deployment("stuck", name, url);
    let container = &mut manifest["spec"]["template"]["spec"]["containers"][0];
    container["image"] = "trouble.test/pending".into();
    kube.create(&deployments, &manifest).await;
    let words = format!("secret rotate --auth-string --from-env NEW --yes -n {name}");
    let command = cluster
        .command()
        .words(&words)
        .env("PREFECT_API_URL", url)
        .env("NEW", WRONG);
    let mut process = crate::support::worker::WorkerProcess::start(command);
    process.says("Waiting until the new pods run").await;
    assert_eq!(value(&cluster, name), WRONG);
    process.signal("INT");
    let (code, said) = process.ends().await;
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("the old value is back"), "{said}");
    assert_eq!(value(&cluster, name), RIGHT);
}

#[tokio::test]
async fn a_rotation_that_takes_too_long_ends_with_its_own_code() {
    let cluster = cluster();
    let namespace = cluster.namespace("rotate-late");
    let name = namespace.name.as_str();
    let words = format!("secret create --auth-string --from-stdin --no-verify -n {name}");
    cluster.command().words(&words).input(RIGHT).success();
    let kube = Kube::connect(&cluster).await;
    let deployments = format!("/apis/apps/v1/namespaces/{name}/deployments");
    let mut manifest = deployment("late", name, cluster.prefect_api_url());
    let pod = &mut manifest["spec"]["template"]["spec"];
    pod["containers"][0]["image"] = "registry.test/does-not-exist:1".into();
    kube.create(&deployments, &manifest).await;
    let rotate = format!("secret rotate --auth-string --from-stdin --yes --timeout 5s -n {name}");
    let parts = [
        "not in use within 5 s",
        "Deployment late",
        "cannot be pulled",
        "the old value is back",
    ];
    // Whether the image has been tried within the time is the machine's affair.
    until("all of it is told", async || {
        let output = cluster
            .command()
            .words(&rotate)
            .env("PREFECT_API_URL", cluster.prefect_api_url())
            .input(WRONG)
            .failure(4);
        let is_told = |part: &&str| output.stderr.contains(*part);
        parts.iter().all(is_told).then_some(())
    })
    .await;
    assert_eq!(value(&cluster, name), RIGHT);
}
