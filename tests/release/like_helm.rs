//! A release of Helm as its records and objects stand in a cluster, without Helm.

use std::io::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::{
    stage::{IDLE, Stage},
    support::worker::until,
};

/// The Secret with the record of the first revision.
pub const RECORD: &str = "sh.helm.release.v1.prefect-worker.v1";
/// A default of an older chart, which taking over has to keep.
const OLD_IMAGE: &str = "--set-string=worker.image.prefectTag=3.1.0-python3.11-kubernetes";

/// How a release came to be.
pub struct LikeHelm {
    /// Helm 4 applies objects on the server, Helm 3 creates them.
    pub version: u32,
    /// The cluster's UID that the chart has looked up; empty when it could not.
    pub uid: &'static str,
}

impl Default for LikeHelm {
    fn default() -> Self {
        Self {
            version: 4,
            uid: "a-cluster",
        }
    }
}

impl LikeHelm {
    /// Writes objects as Helm installs them, with another checksum than ours.
    pub fn install(&self, stage: &Stage) -> Vec<Value> {
        let printed = stage
            .install("--dry-run=client -o json")
            .arg(OLD_IMAGE)
            .arg(format!("--set-string=worker.clusterUid={}", self.uid))
            .success();
        let mut objects = document(&printed)["items"].as_array().unwrap().clone();
        for object in &mut objects {
            let metadata = &mut object["metadata"];
            metadata["annotations"] = json!({
                "meta.helm.sh/release-name": "prefect-worker",
                "meta.helm.sh/release-namespace": stage.name(),
            });
            like_helm(&mut metadata["labels"]);
            if object["kind"] == "Deployment" {
                let metadata = &mut object["spec"]["template"]["metadata"];
                like_helm(&mut metadata["labels"]);
                metadata["annotations"]["checksum/config"] = "of another program".into();
            }
        }
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let words: &[&str] = match self.version {
            3 => &["create"],
            _ => &["apply", "--server-side"],
        };
        let common = ["-n", stage.name(), "--field-manager=helm", "-f", "-"];
        stage
            .cluster
            .kubectl_with_input(&[words, &common].concat(), &list.to_string());
        objects
    }

    /// Writes the record that Helm has of these objects.
    pub async fn remember(&self, stage: &Stage, objects: &[Value], chart: &str, status: &str) {
        let manifest: String = objects
            .iter()
            .map(|object| format!("---\n# Source: {chart}\n{object}\n"))
            .collect();
        let idle: Value = document(IDLE.split_once('=').unwrap().1.split_once('=').unwrap().1);
        let mut config = document(&stage.values());
        config["worker"]["command"] = idle;
        config["worker"]["clusterUid"] = self.uid.into();
        let (_, tag) = OLD_IMAGE.rsplit_once('=').unwrap();
        let record = json!({
            "name": "prefect-worker", "namespace": stage.name(), "version": 1,
            "info": {"status": status}, "config": config, "manifest": manifest,
            "chart": {
                "metadata": {"name": chart, "version": "2025.1.1"},
                "values": {"worker": {"image": {"prefectTag": tag}}},
            },
        });
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(record.to_string().as_bytes()).unwrap();
        let inner = BASE64_STANDARD.encode(encoder.finish().unwrap());
        let secret = json!({
            "metadata": {"name": RECORD, "labels": {
                "owner": "helm", "name": "prefect-worker", "version": "1", "status": status,
            }},
            "type": "helm.sh/release.v1", "stringData": {"release": inner},
        });
        stage.kube.create(&stage.path("v1/secrets"), &secret).await;
    }
}

impl Stage {
    /// The UID of the worker's only pod.
    pub async fn pod(&self) -> Value {
        until("there is a pod", async || {
            let pods = self.kube.pods(self.name()).await;
            assert!(pods.len() < 2, "{pods:?}");
            Some(pods.first()?["metadata"]["uid"].clone())
        })
        .await
    }

    /// Nothing of Helm is left on any object, but for the marks on pods.
    pub async fn is_ours(&self) {
        for kind in [
            "v1/serviceaccounts",
            "rbac.authorization.k8s.io/v1/roles",
            "rbac.authorization.k8s.io/v1/rolebindings",
            "apps/v1/deployments",
        ] {
            let object = self.get(kind, "prefect-worker").await.unwrap();
            let metadata = &object["metadata"];
            let labels = &metadata["labels"];
            assert_eq!(labels["app.kubernetes.io/managed-by"], "kubectl-prefect");
            assert_eq!(labels.get("helm.sh/chart"), None, "{kind}");
            let annotations = metadata["annotations"].to_string();
            assert!(!annotations.contains("meta.helm.sh"), "{annotations}");
            // Controllers write the status, and kubectl what a test lets it.
            let managers: Vec<&str> = metadata["managedFields"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|entry| entry["operation"] == "Apply" || entry["manager"] == "helm")
                .map(|entry| entry["manager"].as_str().unwrap())
                .collect();
            assert_eq!(managers, ["kubectl-prefect"], "{kind}");
        }
    }
}

fn like_helm(labels: &mut Value) {
    labels["app.kubernetes.io/managed-by"] = "Helm".into();
    labels["helm.sh/chart"] = "prefect-worker-2025.1.1".into();
}

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
