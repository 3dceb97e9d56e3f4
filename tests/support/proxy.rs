//! A proxy in front of an API: it counts what passes and makes trouble by rules
//! (tests/cluster/proxy.go says which).

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use super::{TEST_CLUSTER_PROGRAM, announced, named_by, worker::until};

/// A running proxy; it ends with this value.
#[derive(Debug)]
pub struct Proxy {
    child: Child,
    /// Where clients reach it.
    pub url: String,
    control: String,
    http: reqwest::Client,
}

impl Proxy {
    /// In front of a Prefect API (its URL with `/api`).
    pub fn of_prefect(api_url: &str) -> Self {
        let target = api_url.trim_end_matches("/api");
        let mut proxy = Self::start(&["--target", target]);
        proxy.url.push_str("/api");
        proxy
    }

    /// In front of the API server of a kubeconfig, with the rights of that kubeconfig.
    pub fn of_kubernetes(kubeconfig: &Path) -> Self {
        Self::start(&["--kubeconfig", kubeconfig.to_str().unwrap()])
    }

    fn start(arguments: &[&str]) -> Self {
        let (child, ready) = announced(
            Command::new(named_by(TEST_CLUSTER_PROGRAM))
                .arg("proxy")
                .args(arguments)
                .stdin(Stdio::piped()),
        );
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        // Only the first provider of a process is taken; any is good for plain HTTP.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            child,
            url: text("url"),
            control: text("control"),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// A kubeconfig that reaches the API server through this proxy.
    pub fn kubeconfig(&self) -> String {
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "proxy",
            "clusters": [{"name": "proxy", "cluster": {"server": self.url}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "proxy"}}],
            "users": [{"name": "proxy", "user": {}}],
        })
        .to_string()
    }

    /// Replaces the rules.
    pub async fn rules(&self, rules: &[Value]) {
        let body = Value::Array(rules.to_vec()).to_string();
        let put = self.http.put(format!("{}/rules", self.control)).body(body);
        let answer = put.send().await.unwrap();
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap()
        );
    }

    /// Waits until a request has met each rule.
    pub async fn is_met(&self) {
        until("a request that meets each rule", async || {
            let answer = self.http.get(format!("{}/seen", self.control)).send();
            let text = answer.await.unwrap().text().await.unwrap();
            let seen: Vec<u64> = serde_json::from_str(&text).unwrap();
            seen.iter().all(|seen| *seen > 0).then_some(())
        })
        .await;
    }

    /// What has passed: rows of method, route, agent, code and count.
    pub async fn counts(&self) -> Vec<Value> {
        let answer = self.http.get(format!("{}/counts", self.control)).send();
        let text = answer.await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// How many requests with this method, route and code have passed; 0 stands for those that
    /// got no answer.
    pub async fn count(&self, method: &str, route: &str, code: u16) -> u64 {
        self.counts()
            .await
            .iter()
            .filter(|row| row["method"] == method && row["route"] == route && row["code"] == code)
            .filter_map(|row| row["count"].as_u64())
            .sum()
    }

    /// How many polls for scheduled runs were answered.
    pub async fn polls(&self) -> u64 {
        let route = "/api/work_pools/{name}/get_scheduled_flow_runs";
        self.count("POST", route, 200).await
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It also ends by itself when its input does.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
