//! Connections that do not come about, and those that do by unusual ways.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};
use kubectl_prefect::k8s::{Overrides, Subject};
use serde_json::{Value, json};

use crate::{
    connect,
    support::{TestCluster, TestCommand, cluster},
};

/// The kubeconfig as a document.
fn document(path: &Path) -> Value {
    serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Our command with this kubeconfig.
fn with(kubeconfig: &Value) -> TestCommand {
    let command = TestCommand::new();
    fs::create_dir(command.home().join(".kube")).unwrap();
    fs::write(command.home().join(".kube/config"), kubeconfig.to_string()).unwrap();
    command.words("cluster-uid")
}

fn admin() -> Value {
    document(&cluster().kubeconfig)
}

#[test]
fn a_kubeconfig_that_leads_nowhere_says_so() {
    let context = admin()["contexts"][0]["name"].as_str().unwrap().to_owned();
    let mut no_current = admin();
    no_current["current-context"] = json!("");
    let output = with(&no_current).failure(2);
    for part in [
        "no current context",
        &context,
        "--context",
        "kubectl config use-context",
    ] {
        assert!(output.stderr.contains(part), "{}", output.stderr);
    }
    with(&no_current).arg("--context").arg(&context).success();
    let output = with(&admin()).words("--context missing").failure(2);
    assert!(
        output.stderr.contains("\"missing\" does not exist") && output.stderr.contains(&context)
    );
    let output = with(&json!({})).failure(2);
    assert!(
        output
            .stderr
            .contains("no Kubernetes cluster is configured"),
        "{}",
        output.stderr
    );
    let output = with(&json!({"users": "s3cr3t"})).failure(2);
    assert!(
        output.stderr.contains("malformed kubeconfig file"),
        "{}",
        output.stderr
    );
    assert!(!output.stderr.contains("s3cr3t"), "{}", output.stderr);
    let output = cluster()
        .command()
        .words("cluster-uid --kubeconfig /nowhere/config")
        .failure(2);
    assert!(
        output.stderr.contains("/nowhere/config does not exist"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_server_that_is_not_there_or_not_trusted_says_so() {
    let cluster = cluster();
    let server = &cluster.api_server;
    let plain = server.replace("https://", "http://");
    for (flags, code, said) in [
        (
            "--server https://127.0.0.1:1".to_owned(),
            3,
            "connection refused",
        ),
        (
            "--server https://no-such-host.invalid".to_owned(),
            3,
            "cannot be resolved",
        ),
        (
            "--tls-server-name elsewhere.example".to_owned(),
            3,
            "certificate is for another name",
        ),
        (format!("--server {plain}"), 2, "https://"),
        (
            "--token nonsense".to_owned(),
            3,
            "does not accept our credentials (401)",
        ),
        (
            "--proxy-url http://127.0.0.1:1".to_owned(),
            3,
            "not reachable",
        ),
    ] {
        let output = cluster
            .command()
            .words("cluster-uid")
            .words(&flags)
            .failure(code);
        assert!(output.stderr.contains(said), "{flags}: {}", output.stderr);
        assert!(!output.stderr.contains("nonsense"), "{}", output.stderr);
    }
    let mut untrusted = admin();
    let authority = untrusted["clusters"][0]["cluster"].as_object_mut().unwrap();
    authority.remove("certificate-authority");
    authority.remove("certificate-authority-data");
    let output = with(&untrusted).failure(3);
    assert!(
        output.stderr.contains("authority that is not trusted"),
        "{}",
        output.stderr
    );
    with(&untrusted)
        .words("--insecure-skip-tls-verify")
        .success();
}

/// The administrator's kubeconfig with a credential plugin in place of the credentials.
fn with_plugin(cluster: &TestCluster, script: &str) -> TestCommand {
    let mut config = document(&cluster.kubeconfig);
    config["users"][0]["user"] = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "./plugin",
        "interactiveMode": "IfAvailable",
        "installHint": "get it from the platform team",
    }});
    let command = with(&config);
    let plugin = command.home().join(".kube/plugin");
    fs::write(&plugin, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&plugin, fs::Permissions::from_mode(0o755)).unwrap();
    command
}

#[test]
fn a_credential_plugin_gives_a_token_or_a_certificate() {
    let cluster = cluster();
    let answer = |status: Value| {
        let credential = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status});
        format!("echo >> runs\ncat <<'END'\n{credential}\nEND")
    };
    let user = admin()["users"][0]["user"].clone();
    let pem = |key: &str| {
        let data = user[format!("{key}-data")].as_str().unwrap();
        String::from_utf8(BASE64_STANDARD.decode(data).unwrap()).unwrap()
    };
    let by_certificate = json!({"clientCertificateData": pem("client-certificate"), "clientKeyData": pem("client-key")});
    let command = with_plugin(&cluster, &answer(by_certificate));
    command.success();
    assert_eq!(
        fs::read(command.home().join("runs")).unwrap().len(),
        1,
        "one run of the plugin"
    );
    if let Some(path) = &cluster.token_kubeconfig {
        let token = document(path)["users"][0]["user"]["token"].clone();
        with_plugin(&cluster, &answer(json!({"token": token}))).success();
    }
    // A refused token brings the plugin back once.
    let command = with_plugin(&cluster, &answer(json!({"token": "nonsense"})));
    let output = command.failure(3);
    assert!(output.stderr.contains("(401)"), "{}", output.stderr);
    assert_eq!(fs::read(command.home().join("runs")).unwrap().len(), 2);
    let broken = json!({"clientCertificateData": "s3cr3t", "clientKeyData": "-----BEGIN EC PRIVATE KEY-----\ns3cr3t"});
    let output = with_plugin(&cluster, &answer(broken)).failure(2);
    assert!(
        output
            .stderr
            .contains("the client certificate or its key cannot be used"),
        "{}",
        output.stderr
    );
    let output = with_plugin(&cluster, "exit 3").failure(3);
    assert!(
        output.stderr.contains("exit status: 3") && output.stderr.contains("platform team"),
        "{}",
        output.stderr
    );
}

#[tokio::test]
async fn we_act_as_whom_we_name() {
    let cluster = cluster();
    let flags = Overrides {
        impersonate: Some("system:serviceaccount:a:b".to_owned()),
        impersonate_uid: Some("7".to_owned()),
        impersonate_groups: vec!["x".to_owned(), "y".to_owned()],
        impersonate_extra: vec![("example.org/k".to_owned(), "1".to_owned())],
        ..Overrides::default()
    };
    let us = connect(&cluster, flags).await;
    let expected = Subject::ServiceAccount {
        namespace: "a".to_owned(),
        name: "b".to_owned(),
    };
    assert_eq!(us.whoami().await.unwrap(), expected);
    let review: k8s_openapi::api::authentication::v1::SelfSubjectReview =
        kube::Api::all(us.client().clone())
            .create(&kube::api::PostParams::default(), &Default::default())
            .await
            .unwrap();
    let user = review.status.unwrap().user_info.unwrap();
    assert_eq!(user.uid.as_deref(), Some("7"));
    assert!(user.groups.unwrap().contains(&"y".to_owned()));
    assert_eq!(user.extra.unwrap()["example.org/k"], ["1"]);
}
