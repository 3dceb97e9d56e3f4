//! The Prefect API as tests speak to it: paths and JSON. A busy server's 503 is waited out.

use std::time::Duration;

use serde_json::{Value, json};

/// How often a busy server is asked again.
const TRIES: u32 = 240;

/// A Prefect server.
#[derive(Debug, Clone)]
pub struct Prefect {
    http: reqwest::Client,
    url: String,
}

impl Prefect {
    /// The server whose API has this URL.
    pub fn new(url: &str) -> Self {
        // Only the first provider of a process is taken; any is good for plain HTTP.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            url: url.to_owned(),
        }
    }

    /// The URL of its API.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks, and gives the answer: status and JSON.
    pub async fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}{path}", self.url);
        for _ in 0..TRIES {
            let mut request = self.http.request(method.parse().unwrap(), &url);
            if !body.is_null() {
                request = request
                    .header("content-type", "application/json")
                    .body(body.to_string());
            }
            if let Ok(answer) = request.send().await {
                let status = answer.status().as_u16();
                if let Ok(text) = answer.text().await
                    && !matches!(status, 429 | 500..)
                {
                    return (status, serde_json::from_str(&text).unwrap_or_default());
                }
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        panic!("{method} {url}: no answer after {TRIES} tries");
    }

    async fn well(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(method, path, body).await;
        assert!(
            (200..300).contains(&status),
            "{method} {path}: {status} {answer}"
        );
        answer
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Value {
        self.well("GET", path, &Value::Null).await
    }

    /// Makes, or asks a question with a body.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        self.well("POST", path, body).await
    }

    /// Changes.
    pub async fn patch(&self, path: &str, body: &Value) -> Value {
        self.well("PATCH", path, body).await
    }

    /// Deletes.
    pub async fn delete(&self, path: &str) {
        self.well("DELETE", path, &Value::Null).await;
    }

    /// Makes an object and gives its id.
    pub async fn make(&self, path: &str, body: &Value) -> String {
        let made = self.post(path, body).await;
        made["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{path}: no id in {made}"))
            .to_owned()
    }

    /// A flow run.
    pub async fn run(&self, id: &str) -> Value {
        self.get(&format!("/flow_runs/{id}")).await
    }

    /// The names of the states that a run had, oldest first. Late is left out: it comes when the
    /// machine is slow.
    pub async fn history(&self, id: &str) -> Vec<String> {
        let states = self
            .get(&format!("/flow_run_states/?flow_run_id={id}"))
            .await;
        let mut states = states.as_array().unwrap().clone();
        states.sort_by_key(|state| state["timestamp"].as_str().unwrap().to_owned());
        let name = |state: &Value| state["name"].as_str().unwrap().to_owned();
        let is_late = |name: &String| name == "Late";
        states
            .iter()
            .map(name)
            .filter(|name| !is_late(name))
            .collect()
    }

    /// The lines of a run's log, oldest first.
    pub async fn logs(&self, id: &str) -> Vec<String> {
        let filter = json!({
            "logs": {"flow_run_id": {"any_": [id]}}, "sort": "TIMESTAMP_ASC", "limit": 200,
        });
        let lines = self.post("/logs/filter", &filter).await;
        let text = |line: &Value| line["message"].as_str().unwrap().to_owned();
        lines.as_array().unwrap().iter().map(text).collect()
    }

    /// Sets a state against the server's rules.
    pub async fn force(&self, id: &str, state: &Value) {
        let body = json!({"state": state, "force": true});
        self.post(&format!("/flow_runs/{id}/set_state"), &body)
            .await;
    }

    /// Proposes to cancel a run, as `prefect flow-run cancel` does.
    pub async fn cancel(&self, id: &str) {
        let body = json!({"state": {"type": "CANCELLING", "name": "Cancelling"}});
        self.post(&format!("/flow_runs/{id}/set_state"), &body)
            .await;
    }
}
