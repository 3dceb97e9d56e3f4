//! Credentials for the API server that lapse under a worker: it fetches new ones.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use kube::config::Kubeconfig;
use serde_json::{Value, json};

use crate::{
    stage::{Stage, endless},
    support::worker::{WorkerProcess, until},
};

/// A service account that may do a worker's work, and its tokens, each bound to a Secret: without
/// the Secret the token is worth nothing.
struct Account<'a>(&'a Stage);

impl Account<'_> {
    fn make(&self) {
        let name = &self.0.name;
        let rules = json!([
            {"apiGroups": ["batch"], "resources": ["jobs"],
                "verbs": ["create", "get", "list", "watch", "delete"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
            {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
        ]);
        let role = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": "worker", "namespace": name}, "rules": rules,
        });
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": "worker", "namespace": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "worker"},
            "subjects": [{"kind": "ServiceAccount", "name": "worker", "namespace": name}],
        });
        let account = json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": "worker", "namespace": name},
        });
        for object in [account, role, binding] {
            let cluster = &self.0.cluster;
            cluster.kubectl_with_input(&["create", "-f", "-"], &object.to_string());
        }
    }

    async fn token(&self, secret: &str) -> String {
        let Stage {
            cluster,
            kube,
            name,
            ..
        } = self.0;
        kube.make_secret(name, secret, "key", "value").await;
        let bound = [
            "--bound-object-kind",
            "Secret",
            "--bound-object-name",
            secret,
        ];
        let create = ["-n", name, "create", "token", "worker"];
        let token = cluster.kubectl(&[&create[..], &bound[..]].concat());
        token.trim().to_owned()
    }

    /// Takes a token's worth from it, and waits until the API server no longer knows it.
    async fn revoke(&self, secret: &str, token: &str) {
        let Stage {
            cluster,
            kube,
            name,
            ..
        } = self.0;
        let path = format!("/api/v1/namespaces/{name}/secrets/{secret}");
        kube.delete(&path).await;
        let body = json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
            "spec": {"token": token},
        });
        until("the end of the token", async || {
            let arguments = ["create", "-o", "json", "-f", "-"];
            let answer = cluster.kubectl_with_input(&arguments, &body.to_string());
            let answer: Value = serde_json::from_str(&answer).unwrap();
            (answer["status"]["authenticated"] != true).then_some(())
        })
        .await;
    }

    /// A kubeconfig of this user.
    fn kubeconfig(&self, path: &Path, user: &Value) {
        let admin = std::fs::read_to_string(&self.0.cluster.kubeconfig).unwrap();
        let admin = Kubeconfig::from_yaml(&admin).unwrap();
        let server = serde_json::to_value(&admin.clusters[0].cluster).unwrap();
        let text = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": server}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "users": [{"name": "u", "user": user}],
        });
        std::fs::write(path, text.to_string()).unwrap();
    }
}

/// A worker whose credentials are those of a file that changes; `user` makes a user of the file.
async fn outlives_its_token(purpose: &str, user: impl Fn(&Path) -> Value) {
    let stage = Stage::new(purpose).await;
    let account = Account(&stage);
    account.make();
    let command = stage.command();
    let (file, config) = (
        command.home().join("token"),
        command.home().join("kubeconfig"),
    );
    let first = account.token("first").await;
    std::fs::write(&file, &first).unwrap();
    account.kubeconfig(&config, &user(&file));
    let mut worker = WorkerProcess::start(command.env("KUBECONFIG", config.to_str().unwrap()));
    worker.says("serving work pool").await;
    let run = stage.run(&endless()).await;
    stage.noted(&run).await;
    let second = account.token("second").await;
    std::fs::write(&file, &second).unwrap();
    account.revoke("first", &first).await;
    let run = stage.run(&json!({})).await;
    stage.noted(&run).await;
    let jobs = stage.jobs_of(&run).await;
    assert_eq!(jobs.len(), 1);
    // Its Job is not only made but followed.
    let name = jobs[0]["metadata"]["name"].as_str().unwrap();
    worker.says(&format!("{name} is complete")).await;
    worker.signal("TERM");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
    assert!(!heard.contains(&first) && !heard.contains(&second));
}

#[tokio::test]
async fn a_token_file_that_is_rotated() {
    outlives_its_token("token-file", |file| json!({"tokenFile": file})).await;
}

#[tokio::test]
async fn a_plugin_whose_token_is_refused_before_its_time() {
    let plugin = |file: &Path| {
        let credential = r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"expirationTimestamp":"2099-01-01T00:00:00Z","token":"%s"}}"#;
        let script = format!("printf '{credential}' \"$(cat {})\"", file.display());
        json!({"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": "sh",
            "args": ["-c", script], "interactiveMode": "Never",
        }})
    };
    outlives_its_token("token-exec", plugin).await;
}

#[tokio::test]
async fn a_plugin_that_hangs_is_killed_and_keeps_nobody_from_ending() {
    let stage = Stage::new("token-hangs").await;
    let account = Account(&stage);
    account.make();
    let token = account.token("only").await;
    let command = stage.command();
    let (hangs, config) = (
        command.home().join("hangs"),
        command.home().join("kubeconfig"),
    );
    // Its credentials have expired already, so that it is run for each request.
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": {"expirationTimestamp": "2020-01-01T00:00:00Z", "token": token},
    });
    let script = format!(
        "test -e {} && sleep 600; echo '{credential}'",
        hangs.display()
    );
    let user = json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "sh",
        "args": ["-c", script], "interactiveMode": "Never",
    }});
    account.kubeconfig(&config, &user);
    let mut worker = WorkerProcess::start(command.env("KUBECONFIG", config.to_str().unwrap()));
    worker.says("serving work pool").await;
    let run = stage.run_later().await;
    std::fs::write(&hangs, "").unwrap();
    stage.is_due(&run).await;
    worker
        .says("it did not end within 60 s and was killed; trying again")
        .await;
    std::fs::remove_file(&hangs).unwrap();
    stage.noted(&run).await;

    std::fs::write(&hangs, "").unwrap();
    let run = stage.run(&endless()).await;
    stage.is(&run, "Pending").await;
    worker.signal("TERM");
    worker.says("finishing ").await;
    worker.signal("TERM");
    let asked = Instant::now();
    let (code, heard) = worker.ends().await;
    assert!(asked.elapsed() < Duration::from_secs(20), "{heard}");
    assert_eq!(code, Some(130), "{heard}");
}
