//! What a test of a release stands on: a namespace, and values that are enough.

use serde_json::{Value, json};

use crate::support::{TestCluster, TestCommand, TestNamespace, cluster, kube::Kube};

/// A namespace of one test, with the values of a worker in it.
pub struct Stage {
    /// The cluster.
    pub cluster: TestCluster,
    /// The API server.
    pub kube: Kube,
    /// The namespace.
    pub namespace: TestNamespace,
}

/// What keeps a pod from doing anything: most tests need no worker.
pub const IDLE: &str = "--set-json=worker.command=[\"sh\",\"-c\",\"exec sleep infinity\"]";

impl Stage {
    /// Sets it up.
    pub async fn new(purpose: &str) -> Self {
        let cluster = cluster();
        Self {
            kube: Kube::connect(&cluster).await,
            namespace: cluster.namespace(purpose),
            cluster,
        }
    }

    /// The namespace's name, which is that of the work pool too.
    pub fn name(&self) -> &str {
        &self.namespace.name
    }

    /// The values that are enough, as YAML.
    pub fn values(&self) -> String {
        let url = self.cluster.prefect_api_url();
        json!({"worker": {
            "apiConfig": "selfHostedServer",
            "selfHostedServerApiConfig": {"apiUrl": url},
            "config": {"workPool": self.name()},
        }})
        .to_string()
    }

    /// A command about the release in the namespace.
    pub fn command(&self, words: &str) -> TestCommand {
        self.cluster
            .command()
            .words(words)
            .words("-n")
            .arg(self.name())
    }

    /// The same with the values on standard input.
    pub fn with_values(&self, words: &str) -> TestCommand {
        self.command(words).words("-f -").input(&self.values())
    }

    /// `install` with the values, of a worker that does nothing; it is not waited for.
    pub fn install(&self, words: &str) -> TestCommand {
        self.with_values(&format!("install --wait=false {words}"))
            .arg(IDLE)
    }

    /// The path of objects of a kind in the namespace: `apps/v1/deployments`, `v1/secrets`.
    pub fn path(&self, kind: &str) -> String {
        let (version, plural) = kind.rsplit_once('/').unwrap();
        let root = if version.contains('/') { "apis" } else { "api" };
        format!("/{root}/{version}/namespaces/{}/{plural}", self.name())
    }

    /// An object, if it is there.
    pub async fn get(&self, kind: &str, name: &str) -> Option<Value> {
        self.kube.get(&format!("{}/{name}", self.path(kind))).await
    }

    /// The Deployment.
    pub async fn deployment(&self) -> Value {
        self.get("apps/v1/deployments", "prefect-worker")
            .await
            .unwrap()
    }

    /// The Secrets of the release's bookkeeping, by name.
    pub async fn bookkeeping(&self) -> Vec<Value> {
        let mut secrets = self.kube.secrets(self.name()).await;
        secrets
            .retain(|secret| !secret["metadata"]["labels"]["kubectl-prefect.io/release"].is_null());
        secrets
    }

    /// Versions of all that a release consists of, to tell whether anything was written.
    pub async fn versions(&self) -> Vec<(String, String)> {
        let kinds = [
            "v1/serviceaccounts",
            "v1/secrets",
            "v1/configmaps",
            "rbac.authorization.k8s.io/v1/roles",
            "rbac.authorization.k8s.io/v1/rolebindings",
            "apps/v1/deployments",
        ];
        let mut versions = Vec::new();
        for kind in kinds {
            let list = self.kube.get(&self.path(kind)).await.unwrap();
            for item in list["items"].as_array().unwrap() {
                let metadata = &item["metadata"];
                let name = metadata["name"].as_str().unwrap();
                // Controllers give every new namespace these, in their own time.
                if ["default", "kube-root-ca.crt"].contains(&name) {
                    continue;
                }
                // The generation of a Deployment tells of a change of ours; its version follows
                // its status too.
                let version = match kind {
                    "apps/v1/deployments" => metadata["generation"].to_string(),
                    _ => metadata["resourceVersion"].to_string(),
                };
                versions.push((format!("{kind} {name}"), version));
            }
        }
        versions
    }
}
