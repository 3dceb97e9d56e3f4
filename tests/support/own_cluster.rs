//! A cluster of a test's own, whose parts it stops, starts and lets hang.

use std::process::{Child, Command, Stdio};

use super::{TEST_CLUSTER_PROGRAM, TEST_PYTHON, TestCluster, announced, named_by, worker::until};

/// A running cluster with a Prefect server; it ends with this value.
#[derive(Debug)]
pub struct OwnCluster {
    child: Child,
    /// Where it is.
    pub cluster: TestCluster,
    control: String,
    http: reqwest::Client,
}

impl OwnCluster {
    /// Starts it. Takes fifteen seconds.
    pub fn start() -> Self {
        let python = named_by(TEST_PYTHON);
        let venv = python.parent().unwrap().parent().unwrap();
        let (child, ready) = announced(
            Command::new(named_by(TEST_CLUSTER_PROGRAM))
                .args(["up", "--control", "--exit-with-stdin", "--venv"])
                .arg(venv)
                .stdin(Stdio::piped())
                .stderr(Stdio::null()),
        );
        // Only the first provider of a process is taken; any is good for plain HTTP.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            child,
            control: ready["control"].as_str().unwrap().to_owned(),
            cluster: serde_json::from_value(ready).unwrap(),
            http: reqwest::Client::builder()
                .no_proxy()
                // Only whether it answers is asked of the API server.
                .tls_danger_accept_invalid_certs(true)
                .build()
                .unwrap(),
        }
    }

    /// Waits until both servers answer.
    pub async fn answers(&self) {
        let prefect = format!("{}/health", self.cluster.prefect_api_url());
        let kubernetes = format!("{}/readyz", self.cluster.api_server);
        for url in [prefect, kubernetes] {
            until(&url, async || {
                let answer = self.http.get(&url).send().await.ok()?;
                answer.status().is_success().then_some(())
            })
            .await;
        }
    }

    /// Does something to it: `stop/NAME`, `start/NAME`, `pause/NAME`, `resume/NAME`, `compact`
    /// (tests/cluster/control.go).
    pub async fn order(&self, what: &str) {
        let post = self.http.post(format!("{}/{what}", self.control));
        let answer = post.send().await.unwrap();
        assert!(
            answer.status().is_success(),
            "{what}: {}",
            answer.text().await.unwrap()
        );
    }
}

impl Drop for OwnCluster {
    fn drop(&mut self) {
        // Its parts go with it: the end of its input is what it is told by.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
