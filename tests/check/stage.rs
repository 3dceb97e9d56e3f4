//! What a test of the doctor stands on, and how its findings are read.

use kubectl_prefect::template::default_base_job_template;
use serde_json::{Value, json};

use crate::support::{
    TestCluster, TestCommand, TestNamespace, TestOutput, cluster, kube::Kube, prefect::Prefect,
};

/// A namespace and a work pool of the same name.
pub struct Stage {
    pub cluster: TestCluster,
    pub kube: Kube,
    pub prefect: Prefect,
    pub namespace: TestNamespace,
}

impl Stage {
    /// Sets it up. Jobs of the pool go to the namespace.
    pub async fn new(purpose: &str) -> Self {
        let cluster = cluster();
        let namespace = cluster.namespace(&format!("check-{purpose}"));
        let stage = Self {
            kube: Kube::connect(&cluster).await,
            prefect: Prefect::new(cluster.prefect_api_url()),
            cluster,
            namespace,
        };
        let pool = json!({
            "name": stage.name(), "type": "kubernetes", "base_job_template": stage.template(),
        });
        stage.prefect.post("/work_pools/", &pool).await;
        stage
    }

    /// Name of the namespace and of the pool.
    pub fn name(&self) -> &str {
        &self.namespace.name
    }

    /// The pool's template.
    pub fn template(&self) -> Value {
        let mut template = default_base_job_template();
        template["variables"]["properties"]["namespace"]["default"] = self.name().into();
        template
    }

    /// Changes the pool.
    pub async fn change_pool(&self, change: &Value) {
        let path = format!("/work_pools/{}", self.name());
        self.prefect.patch(&path, change).await;
    }

    /// `kubectl prefect check` in the namespace.
    pub fn command(&self, words: &str) -> TestCommand {
        let bin = self.cluster.bin.as_ref().unwrap().to_str().unwrap();
        self.cluster
            .command()
            .words(&format!("check -n {} {words}", self.name()))
            .env("PREFECT_API_URL", self.prefect.url())
            .env("PATH", &format!("{bin}:/usr/bin:/bin"))
    }

    /// What the named checks find.
    pub fn check(&self, words: &str) -> Report {
        Report::of(&self.command(words).words("-o json").run())
    }

    /// The Deployment of a worker of ours, which needs no image to run here.
    pub fn worker(&self, name: &str) -> Value {
        let labels = json!({"app": name});
        let pool = self.name();
        let args = json!(["kubectl-prefect", "worker", "run", "-p", pool, "-n", pool]);
        json!({
            "metadata": {"name": name},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "terminationGracePeriodSeconds": 1,
                        "containers": [{
                            "name": "prefect-worker",
                            "image": "worker",
                            "args": args,
                            "env": [{"name": "PREFECT_API_URL", "value": self.prefect.url()}],
                        }],
                    },
                },
            },
        })
    }

    /// Installs a Deployment.
    pub async fn install(&self, deployment: &Value) {
        let path = format!("/apis/apps/v1/namespaces/{}/deployments", self.name());
        self.kube.create(&path, deployment).await;
    }

    /// Installs a Deployment that has no pods: for what is read off it alone.
    pub async fn declare(&self, deployment: &Value) {
        let mut deployment = deployment.clone();
        deployment["spec"]["replicas"] = 0.into();
        self.install(&deployment).await;
    }
}

/// The document of a run.
#[derive(Debug)]
pub struct Report {
    pub code: Option<i32>,
    document: Value,
}

impl Report {
    /// Reads what a run printed.
    pub fn of(output: &TestOutput) -> Self {
        Self {
            code: output.code,
            document: serde_json::from_str(&output.stdout)
                .unwrap_or_else(|error| panic!("{error}: {output:?}")),
        }
    }

    fn findings(&self, check: &str) -> Vec<&Value> {
        let items = self.document["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["check"] == check);
        let item = item.unwrap_or_else(|| panic!("{check} did not run: {}", self.document));
        item["findings"].as_array().unwrap().iter().collect()
    }

    /// The names of the checks that found something of this level.
    pub fn at(&self, level: &str) -> Vec<&str> {
        let items = self.document["items"].as_array().unwrap();
        items
            .iter()
            .filter(|item| {
                let findings = item["findings"].as_array().unwrap();
                findings.iter().any(|finding| finding["level"] == level)
            })
            .map(|item| item["check"].as_str().unwrap())
            .collect()
    }

    /// A check found this: the level, and a part of what was seen. What is bad says what to do, and
    /// what has failed gives the exit code.
    pub fn has(&self, check: &str, level: &str, seen: &str) {
        let findings = self.findings(check);
        let found = findings.iter().find(|finding| {
            finding["level"] == level && finding["seen"].as_str().unwrap().contains(seen)
        });
        let found = found.unwrap_or_else(|| panic!("{check} {level} {seen:?}: {findings:?}"));
        if matches!(level, "warn" | "fail") {
            assert!(!found["do"].as_str().unwrap().is_empty(), "{found}");
        }
        assert!(level != "fail" || self.code == Some(1), "{:?}", self.code);
    }

    /// What a check says is to be done.
    pub fn to_do(&self, check: &str) -> String {
        let findings = self.findings(check);
        let texts = findings.iter().filter_map(|finding| finding["do"].as_str());
        texts.collect::<Vec<_>>().join("\n")
    }
}
