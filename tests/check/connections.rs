//! Clusters and APIs that are not there, do not answer, or say no.

use std::net::TcpListener;

use serde_json::json;

use crate::{
    cloud::{Cloud, OTHER, USER, WORKSPACE},
    stage::{Report, Stage},
    support::{TestCommand, prefect_server},
};

#[test]
fn without_a_cluster_and_an_api_everything_is_told_or_skipped() {
    let output = TestCommand::new().words("check -o json").run();
    let report = Report::of(&output);
    report.has("context", "fail", "no Kubernetes cluster is configured");
    report.has("api-url", "fail", "no Prefect API URL is set");
    report.has("work-pool", "skip", "");
    report.has("pods", "skip", "");
    assert_eq!(report.at("fail"), ["context", "api-url"]);
    // What is not wanted is left out, by its name or its category.
    let skip = |words: &str| {
        let output = TestCommand::new().words("check -o json --skip").arg(words);
        Report::of(&output.run())
    };
    assert_eq!(skip("context").at("fail"), ["api-url"]);
    let report = skip("context,prefect");
    assert_eq!((report.code, report.at("fail").len()), (Some(0), 0));
}

#[tokio::test]
async fn an_api_server_that_is_away_is_told_once() {
    let stage = Stage::new("away").await;
    let report = stage.check("--server https://127.0.0.1:9");
    report.has("api-server", "fail", "connection refused");
    assert_eq!(report.at("fail"), ["api-server"]);
    report.has("api", "ok", "the Prefect server 3.");
    report.has("quota", "skip", "does not answer");
}

#[tokio::test]
async fn an_api_that_is_away_wrong_or_silent_is_told() {
    let stage = Stage::new("api").await;
    let url = |url: &str| {
        let words = format!("--only prefect,pool -o json --api-url {url}");
        Report::of(&stage.command(&words).run())
    };
    let report = url("http://127.0.0.1:9/api");
    report.has("api", "fail", "connection refused");
    report.has("work-pool", "skip", "");
    let report = url(&stage.prefect.url().replace("/api", "/nowhere"));
    report.has("api", "fail", "answered 404");
    report.has("api-url", "warn", "does not end in /api");
    let report = url(&stage.prefect.url().replace("http://", "https://"));
    report.has("api", "fail", "TLS");
    let report = url("https://app.prefect.cloud/account/a/workspace/b");
    report.has("api-url", "fail", "not valid");

    // One that takes connections and says nothing is given up after the time-out.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_url = format!("http://{}/api", silent.local_addr().unwrap());
    let report = url(&format!("{silent_url} --timeout 1s"));
    report.has("api", "fail", "no answer within 1 s");
    assert!(report.to_do("api").contains("--skip api"));

    // A proxy that stands in the way is named.
    let command = stage
        .command("--only prefect -o json --api-url http://prefect.test/api")
        .env("HTTP_PROXY", "http://user:hunter2@127.0.0.1:9");
    let report = Report::of(&command.run());
    report.has("api", "fail", "through the proxy http://127.0.0.1:9");
    report.has("api-url", "ok", "through the proxy http://127.0.0.1:9");
    assert!(!format!("{report:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_credential_is_judged_by_the_server() {
    let stage = Stage::new("auth").await;
    let server = prefect_server::start("admin:right");
    let check = |auth: &str| {
        let command = stage.command("--only prefect -o json --api-url");
        let command = command.arg(&server.url);
        Report::of(&command.env("PREFECT_API_AUTH_STRING", auth).run())
    };
    check("admin:right").has("api-key", "ok", "the auth string works");
    let report = check("admin:wrong");
    report.has("api-key", "fail", "does not accept this auth string");
    let todo = report.to_do("api-key");
    assert!(
        todo.contains("environment variable PREFECT_API_AUTH_STRING"),
        "{todo}"
    );
    assert!(!format!("{report:?}").contains("admin:wrong"));
    check("").has("api-key", "fail", "asks for a credential");

    // The worker's own, from its Secret.
    let mut worker = stage.worker("w");
    let reference = json!({"secretKeyRef": {"name": "auth", "key": "auth-string"}});
    worker["spec"]["template"]["spec"]["containers"][0]["env"] = json!([
        {"name": "PREFECT_API_URL", "value": server.url},
        {"name": "PREFECT_API_AUTH_STRING", "valueFrom": reference},
    ]);
    stage.declare(&worker).await;
    stage
        .kube
        .make_secret(stage.name(), "auth", "auth-string", "admin:wrong")
        .await;
    let report = stage.check("--only secret,same-api");
    report.has("secret-works", "fail", "does not accept this auth string");
    report.has("same-api", "warn", "is looked at");
}

#[tokio::test]
async fn a_key_of_another_workspace_is_found() {
    let stage = Stage::new("cloud").await;
    let cloud = Cloud::start().await;
    let check = |workspace: &str, key: &str| {
        let command = stage.command("--only prefect -o json --api-url");
        let command = command.arg(cloud.workspace(workspace));
        let command = command.env("PREFECT_CLOUD_API_URL", &cloud.root());
        Report::of(&command.env("PREFECT_API_KEY", key).run())
    };
    let report = check(WORKSPACE, USER);
    report.has("api", "ok", "Prefect Cloud answers");
    let said = "of Ada Lovelace (ada@acme.test) works in workspace acme/prod";
    report.has("api-key", "ok", said);
    check(OTHER, USER).has("api-key", "fail", "is not let into workspace");
    // A worker of the one, and a look at the other.
    let mut worker = stage.worker("w");
    let env = json!([{"name": "PREFECT_API_URL", "value": cloud.workspace(WORKSPACE)}]);
    worker["spec"]["template"]["spec"]["containers"][0]["env"] = env;
    stage.declare(&worker).await;
    check(OTHER, USER).has("same-api", "fail", "is looked at");
    check(WORKSPACE, USER).has("same-api", "ok", "the API that is looked at");
    let unknown = "pnu_nobody7890abcdefghijklmnopqrstuvwxyz";
    check(WORKSPACE, unknown).has("api-key", "fail", "does not accept this API key");
}

#[tokio::test]
async fn who_may_not_look_is_told_what_was_not_looked_at() {
    let stage = Stage::new("nobody").await;
    let nobody = stage.cluster.nobody_kubeconfig.to_str().unwrap().to_owned();
    let check = |words: &str| {
        let command = stage.command(words).words("-o json");
        Report::of(&command.env("KUBECONFIG", &nobody).run())
    };
    let report = check("");
    assert_eq!(report.code, Some(0), "{report:?}");
    report.has("quota", "skip", "we may not look");
    report.has("installed", "skip", "we may not look");
    let report = check("--pre");
    report.has("install-rights", "fail", "create, patch");
    for text in ["kind: Role", "deployments", "name: nobody"] {
        assert!(report.to_do("install-rights").contains(text), "{text}");
    }
}

#[test]
fn mistakes_on_the_command_line_are_usage_errors() {
    for (words, said) in [
        ("--only pol", "pool"),
        ("--skip zebra", "heartbeat"),
        ("--only heartbeat --pre", "no check is left"),
        ("-f values.yaml", "Say --pre"),
        ("--pre -f /does/not/exist", "failed to read"),
    ] {
        let output = TestCommand::new().words("check").words(words).failure(2);
        assert!(output.stderr.contains(said), "{words}: {}", output.stderr);
    }
    let list = TestCommand::new().words("check --list").success();
    assert!(list.contains("heartbeat"), "{list}");
    assert!(!list.contains("install-rights"), "{list}");
}
