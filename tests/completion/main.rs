//! The Tab key: what kubectl is told, with values of the real cluster and the real Prefect server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

use std::{path::Path, process::Command};

use serde_json::json;

use support::{TestCluster, TestCommand, cluster, prefect::Prefect};

#[path = "../support/mod.rs"]
mod support;

/// Links the program under the name that kubectl looks for, as users do.
fn linked(folder: &Path) {
    let output = TestCommand::new()
        .words("completion install --dir")
        .arg(folder.to_str().unwrap())
        .run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(output.stderr.contains("linked "), "{}", output.stderr);
}

/// What kubectl would be told.
fn told(folder: &Path, cluster: &TestCluster, url: &str, words: &[&str]) -> String {
    let output = Command::new(folder.join("kubectl_complete-prefect"))
        .env_clear()
        .env("HOME", folder)
        .env("KUBECONFIG", &cluster.kubeconfig)
        .env("PREFECT_API_URL", url)
        .args(words)
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn live_values_are_offered() {
    let folder = tempfile::tempdir().unwrap();
    linked(folder.path());
    let cluster = cluster();
    let url = cluster.prefect_api_url();
    let prefect = Prefect::new(url);
    let namespace = cluster.namespace("tab");
    let pool = json!({"name": namespace.name, "type": "kubernetes"});
    prefect.post("/work_pools/", &pool).await;
    let path = format!("/work_pools/{}/queues/", namespace.name);
    prefect.post(&path, &json!({"name": "urgent"})).await;
    let flow = prefect
        .make("/flows/", &json!({"name": namespace.name}))
        .await;
    let body = json!({"name": "nightly", "flow_id": flow, "work_pool_name": namespace.name});
    prefect.make("/deployments/", &body).await;
    let values = json!({"worker": {
        "apiConfig": "selfHostedServer",
        "selfHostedServerApiConfig": {"apiUrl": url},
        "config": {"workPool": namespace.name},
        "command": ["sh", "-c", "exec sleep infinity"],
    }});
    let install = cluster
        .command()
        .words("install tab-release --wait=false -f - -n");
    let install = install.arg(&namespace.name).input(&values.to_string());
    install.success();

    let told = |words: &[&str]| told(folder.path(), &cluster, url, words);
    let name = namespace.name.as_str();
    for (words, expected) in [
        (vec!["worker", "run", "-p", ""], format!("{name}\n")),
        (
            vec!["worker", "run", &format!("--pool={}", &name[..3])],
            format!("--pool={name}\n"),
        ),
        (
            vec!["worker", "run", "-p", name, "-q", "ur"],
            "urgent\n".to_owned(),
        ),
        (
            vec!["template", "render", "-p", name, "--deployment", ""],
            format!("{name}/nightly\n"),
        ),
        (vec!["worker", "run", "-n", "tab-"], format!("{name}\n")),
        (vec!["--context", ""], "kubectl-prefect-test\n".to_owned()),
        (vec!["-n", name, "upgrade", ""], "tab-release\n".to_owned()),
    ] {
        let answer = told(&words);
        assert!(answer.contains(&expected), "{words:?}: {answer}");
        assert!(answer.ends_with(":4\n"), "{words:?}: {answer}");
    }
    // Nobody waits for a server that does not answer.
    let begun = std::time::Instant::now();
    let away = self::told(
        folder.path(),
        &cluster,
        "http://127.0.0.1:1/api",
        &["worker", "run", "-p", ""],
    );
    assert_eq!(away, ":4\n");
    assert!(begun.elapsed().as_secs() < 10);
}

#[test]
fn the_link_is_put_in_place_and_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("kubectl_complete-prefect");
    linked(folder.path());
    assert!(link.is_symlink());
    let again = TestCommand::new()
        .words("completion install --dir")
        .arg(folder.path().to_str().unwrap())
        .run();
    assert!(
        again.stderr.contains("in place already"),
        "{}",
        again.stderr
    );
    let undo = TestCommand::new()
        .words("completion uninstall --dir")
        .arg(folder.path().to_str().unwrap());
    undo.success();
    assert!(!link.is_symlink());
    // What is somebody else's stays.
    std::fs::write(&link, "#!/bin/sh\n").unwrap();
    let refused = undo.failure(1);
    assert!(
        refused.stderr.contains("is not a link"),
        "{}",
        refused.stderr
    );
    let missing = TestCommand::new().words("completion install --dir /nowhere/at/all");
    let missing = missing.failure(1);
    assert!(
        missing.stderr.contains("failed to create"),
        "{}",
        missing.stderr
    );
}
