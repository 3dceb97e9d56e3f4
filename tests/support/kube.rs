//! The API server as tests speak to it: paths and JSON, so that they see what it stores.

use http::{Request, StatusCode};
use kube::{Client, Config, config::KubeConfigOptions, config::Kubeconfig};
use serde_json::{Value, json};

use super::TestCluster;

/// A connection as the administrator.
#[derive(Clone)]
pub struct Kube(Client);

impl Kube {
    /// Connects.
    pub async fn connect(cluster: &TestCluster) -> Self {
        let file = Kubeconfig::read_from(&cluster.kubeconfig).unwrap();
        let options = KubeConfigOptions::default();
        let config = Config::from_custom_kubeconfig(file, &options)
            .await
            .unwrap();
        Self(Client::try_from(config).unwrap())
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> Option<Value> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .body(if body.is_null() {
                Vec::new()
            } else {
                body.to_string().into_bytes()
            })
            .unwrap();
        match self.0.request::<Value>(request).await {
            Ok(answer) => Some(answer),
            Err(kube::Error::Api(status)) if status.code == StatusCode::NOT_FOUND.as_u16() => None,
            Err(error) => panic!("{method} {path}: {error}"),
        }
    }

    /// An object or a list; `None` when there is none.
    pub async fn get(&self, path: &str) -> Option<Value> {
        self.ask("GET", path, &Value::Null).await
    }

    /// Makes an object at the path of its kind. Gives it.
    pub async fn create(&self, path: &str, object: &Value) -> Value {
        self.ask("POST", path, object).await.unwrap()
    }

    /// Makes a namespace.
    pub async fn make_namespace(&self, name: &str) {
        let body = json!({"metadata": {"name": name}});
        self.ask("POST", "/api/v1/namespaces", &body).await.unwrap();
    }

    /// Makes a Secret of text.
    pub async fn make_secret(&self, namespace: &str, name: &str, key: &str, value: &str) {
        let body = json!({"metadata": {"name": name}, "stringData": {key: value}});
        let path = format!("/api/v1/namespaces/{namespace}/secrets");
        self.ask("POST", &path, &body).await.unwrap();
    }

    /// Deletes an object, its dependants afterwards.
    pub async fn delete(&self, path: &str) {
        let options = json!({"propagationPolicy": "Background"});
        self.ask("DELETE", path, &options).await;
    }

    /// The Jobs of a namespace.
    pub async fn jobs(&self, namespace: &str) -> Vec<Value> {
        self.list(&format!("/apis/batch/v1/namespaces/{namespace}/jobs"))
            .await
    }

    /// The pods of a namespace.
    pub async fn pods(&self, namespace: &str) -> Vec<Value> {
        self.list(&format!("/api/v1/namespaces/{namespace}/pods"))
            .await
    }

    /// The Secrets of a namespace.
    pub async fn secrets(&self, namespace: &str) -> Vec<Value> {
        self.list(&format!("/api/v1/namespaces/{namespace}/secrets"))
            .await
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        let list = self.get(path).await.unwrap_or_default();
        list["items"].as_array().cloned().unwrap_or_default()
    }
}
