//! `report` and `version` on the real cluster: what they gather, and that nothing secret is in it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

use std::os::unix::fs::PermissionsExt;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use support::{TestCommand, TestNamespace, cluster, prefect::Prefect, worker::until};

#[path = "../support/mod.rs"]
mod support;

/// What no report may have in it: of the Secret, of a variable in plain text, of a line in a log, and
/// of our own settings.
const SECRETS: [&str; 4] = [
    "swordfish-1",
    "opensesame-2",
    "pnu_abracadabra3",
    "hocuspocus-4",
];

/// Installs something that logs what it should not, under the name and in the place of a worker.
async fn talkative(namespace: &TestNamespace) {
    let name = namespace.name.as_str();
    let cluster = cluster();
    let [stored, plain, ..] = SECRETS;
    let literal = format!("--from-literal=key={stored}");
    cluster.kubectl(&["-n", name, "create", "secret", "generic", "login", &literal]);
    let script = "echo the key is $PREFECT_API_KEY and the word $DB_PASSWORD; \
        echo using pnu_abracadabra3; echo ready; exec sleep infinity; prefect worker start";
    let values = json!({"worker": {
        "apiConfig": "selfHostedServer",
        "selfHostedServerApiConfig": {"apiUrl": cluster.prefect_api_url()},
        "config": {"workPool": name},
        "command": ["sh", "-c", script],
        "extraEnvVars": [
            {"name": "DB_PASSWORD", "value": plain},
            {"name": "PREFECT_API_KEY", "valueFrom": {"secretKeyRef": {"name": "login", "key": "key"}}},
        ],
    }});
    let install = cluster
        .command()
        .words("install talker --wait=false --no-verify -f - -n");
    install.arg(name).input(&values.to_string()).success();
    until("the log of the worker", async || {
        let pods = cluster.try_kubectl(&[], &["-n", name, "logs", "deploy/prefect-worker"], "");
        pods.ok().filter(|text| text.contains("ready"))
    })
    .await;
}

fn holds_no_secret(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret}:\n{text}");
        let encoded = BASE64_STANDARD.encode(secret);
        assert!(!text.contains(&encoded), "{secret} in base64:\n{text}");
    }
}

#[tokio::test]
async fn a_report_has_all_parts_and_no_secret() {
    let cluster = cluster();
    let namespace = cluster.namespace("report");
    talkative(&namespace).await;
    let file = tempfile::tempdir().unwrap();
    let file = file.path().join("report.md");
    let report = cluster
        .command()
        .env("PREFECT_API_URL", cluster.prefect_api_url())
        .env(
            "PREFECT_CLIENT_CUSTOM_HEADERS",
            &json!({"X-Pass": SECRETS[3]}).to_string(),
        )
        .words("report --timeout 60s -n")
        .arg(&namespace.name)
        .arg("talker")
        .arg("--output-file")
        .arg(file.to_str().unwrap());
    let output = report.run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(output.stdout, "");
    assert!(
        !output.stderr.contains("could not be had"),
        "{}",
        output.stderr
    );
    holds_no_secret(&output.stderr);
    let text = std::fs::read_to_string(&file).unwrap();
    holds_no_secret(&text);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    for expected in [
        "## Versions\n",
        concat!("kubectl-prefect ", env!("CARGO_PKG_VERSION")),
        "Kubernetes v1.",
        "Prefect server 3.",
        "## Settings\n",
        "# environment variable PREFECT_API_URL",
        "## Checks\n",
        "api-server",
        "## Releases\n",
        "## Differences\n",
        "## Objects\n",
        "\n# Deployment\nmetadata:\n",
        "\n# pod\nmetadata:\n",
        "name: DB_PASSWORD",
        "## Events\n",
        "## Logs\n",
        "the key is (hidden) and the word (hidden)\n",
        "using (hidden)\n",
        "ready\n",
    ] {
        assert!(
            text.contains(expected),
            "{expected:?} is not in it:\n{text}"
        );
    }
    assert!(!text.contains("\n# Secret"), "{text}");
    // What is there is not written over.
    let again = report.failure(1);
    assert!(again.stderr.contains("not there yet"), "{}", again.stderr);
}

#[test]
fn what_cannot_be_had_is_told_in_its_place() {
    let report = TestCommand::new()
        .env("PREFECT_API_URL", "http://127.0.0.1:1/api")
        .env("PREFECT_CLIENT_MAX_RETRIES", "0")
        .words("report --timeout 10s");
    let output = report.run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    for title in ["Releases", "Objects", "Events", "Logs"] {
        let told = format!("## {title}\n\nCould not be had: no Kubernetes cluster");
        assert!(output.stdout.contains(&told), "{title}:\n{}", output.stdout);
    }
    assert!(
        output.stdout.contains("## Checks\n\n```text\n"),
        "{}",
        output.stdout
    );
    assert!(
        output
            .stderr
            .contains("could not be had: Releases, Objects, Events, Logs"),
        "{}",
        output.stderr
    );
}

#[test]
fn who_has_no_rights_gets_what_may_be_seen() {
    let cluster = cluster();
    let output = TestCommand::new()
        .env("KUBECONFIG", cluster.nobody_kubeconfig.to_str().unwrap())
        .env("PREFECT_API_URL", cluster.prefect_api_url())
        .words("report --timeout 60s")
        .run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(
        output.stdout.contains("Kubernetes v1."),
        "{}",
        output.stdout
    );
    assert!(
        output.stdout.contains("## Events\n\nCould not be had: "),
        "{}",
        output.stdout
    );
}

#[tokio::test]
async fn versions_are_those_of_servers_and_workers() {
    let cluster = cluster();
    let namespace = cluster.namespace("version");
    let name = namespace.name.as_str();
    let url = cluster.prefect_api_url();
    let prefect = Prefect::new(url);
    prefect
        .post("/work_pools/", &json!({"name": name, "type": "kubernetes"}))
        .await;
    let values = json!({"worker": {
        "apiConfig": "selfHostedServer",
        "selfHostedServerApiConfig": {"apiUrl": url},
        "config": {"workPool": name},
        "image": {"repository": "registry.test/prefecthq/prefect", "prefectTag": "2.20.1-python3.11"},
        "command": ["sh", "-c", "exec sleep infinity; prefect worker start"],
        "args": ["--pool", name],
    }});
    let install = cluster
        .command()
        .words("install --wait=false --no-verify -f - -n");
    install.arg(name).input(&values.to_string()).success();
    let heartbeat = format!("/work_pools/{name}/workers/heartbeat");
    prefect.post(&heartbeat, &json!({"name": "visitor"})).await;

    let version = || {
        let command = cluster.command().env("PREFECT_API_URL", url);
        command.words("version --timeout 60s -n").arg(name)
    };
    let output = version().words("-o json").run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let found: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(found["client"]["version"], env!("CARGO_PKG_VERSION"));
    let kubernetes = found["kubernetes"]["version"].as_str().unwrap();
    assert!(kubernetes.starts_with("v1."), "{found}");
    let server = found["prefectServer"]["version"].as_str().unwrap();
    assert!(server.starts_with("3."), "{found}");
    assert_eq!(found["prefectServer"]["address"], url);
    assert_eq!(found["deployments"][0]["namespace"], name);
    assert_eq!(found["workers"][0]["name"], "visitor", "{found}");
    let seen = found["skew"][0]["seen"].as_str().unwrap();
    assert!(seen.contains("2.20.1"), "{found}");
    assert!(
        output.stderr.contains("same major version"),
        "{}",
        output.stderr
    );

    let text = version().success();
    for expected in [
        format!("\nKubernetes {kubernetes} at https://"),
        format!("\nPrefect server {server} at {url}\n"),
        format!("\nDeployment {name}/prefect-worker: image registry.test/prefecthq/prefect:2.20.1"),
        format!("\nWorker {name}/visitor: version not known\n"),
    ] {
        assert!(text.contains(&expected), "{expected}: {text}");
    }
    let yaml = version().words("-o yaml").success();
    let yaml: Value = serde_saphyr::from_str(&yaml).unwrap();
    assert_eq!(yaml["prefectServer"]["version"], server);
}
