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
    answer(folder, &cluster.kubeconfig, url, words)
}

fn answer(folder: &Path, kubeconfig: &Path, url: &str, words: &[&str]) -> String {
    let output = Command::new(folder.join("kubectl_complete-prefect"))
        .env_clear()
        .env("HOME", folder)
        .env("KUBECONFIG", kubeconfig)
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
}

#[test]
fn names_of_secrets_are_offered() {
    let folder = tempfile::tempdir().unwrap();
    linked(folder.path());
    let cluster = cluster();
    let namespace = cluster.namespace("tab-secret");
    let name = namespace.name.as_str();
    let literal = "--from-literal=key=pnu_a-key";
    cluster.kubectl(&["create", "secret", "generic", "mine", literal, "-n", name]);
    let words = ["-n", name, "secret", "verify", ""];
    let answer = told(folder.path(), &cluster, cluster.prefect_api_url(), &words);
    assert!(answer.contains("mine\n"), "{answer}");
}

#[test]
fn nobody_waits_for_servers_that_are_away_or_silent() {
    let folder = tempfile::tempdir().unwrap();
    linked(folder.path());
    // It takes connections and says nothing, to TLS and to HTTP, longer than any of our time-outs.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap().to_string();
    let kubeconfig = folder.path().join("kubeconfig");
    let away = "127.0.0.1:1".to_owned();
    for server in [&silent, &away] {
        for (scheme, words) in [
            ("http", vec!["worker", "run", "-p", ""]),
            ("http", vec!["template", "render", "--deployment", ""]),
            ("http", vec!["secret", "verify", ""]),
            ("https", vec!["upgrade", ""]),
            ("https", vec!["worker", "run", "-n", ""]),
        ] {
            let cluster = json!({"server": format!("{scheme}://{server}")});
            let config = json!({
                "apiVersion": "v1", "kind": "Config", "current-context": "c",
                "clusters": [{"name": "c", "cluster": cluster}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
                "users": [{"name": "u", "user": {"token": "t"}}],
            });
            std::fs::write(&kubeconfig, config.to_string()).unwrap();
            let url = format!("http://{server}/api");
            let begun = std::time::Instant::now();
            let answer = answer(folder.path(), &kubeconfig, &url, &words);
            assert_eq!(answer, ":4\n", "{server} {words:?}");
            // It takes 300 ms, and longer on a machine that is busy.
            assert!(begun.elapsed().as_secs() < 10, "{server} {words:?}");
        }
    }
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

/// As after `kubectl krew uninstall prefect`, which knows nothing of the link.
#[test]
fn kubectl_passes_over_a_link_whose_program_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let program = place.join("kubectl-prefect");
    let put = || std::os::unix::fs::symlink(TestCommand::program(), &program).unwrap();
    let run = |words: &str| {
        let command = TestCommand::new().env("PATH", place.to_str().unwrap());
        let output = command.words(words).run();
        assert_eq!(output.code, Some(0), "{output:?}");
        output.stderr
    };
    let kubectl = cluster().kubectl.expect("the test cluster has kubectl");
    let offered = || {
        let output = Command::new(&kubectl)
            .env_clear()
            .env("PATH", place)
            .env("HOME", place)
            .args(["__complete", "prefect", "worker", "r"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    put();
    run("completion install");
    assert!(offered().starts_with("run\t"), "{}", offered());
    std::fs::remove_file(&program).unwrap();
    assert_eq!(offered(), ":0\n");
    put();
    assert!(offered().starts_with("run\t"), "{}", offered());
    // The link is found, though it leads nowhere.
    std::fs::remove_file(&program).unwrap();
    let said = run("completion uninstall");
    assert!(said.starts_with("removed "), "{said}");
    assert!(!place.join("kubectl_complete-prefect").is_symlink());
}
