//! A release of Helm is taken over: one that real Helm has installed, where it is at hand, and one
//! that is written as Helm writes it.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::{
    obstacles::says,
    stage::{IDLE, Stage},
    support::{piped::piped, worker::until},
};

const CHART: &str = "KUBECTL_PREFECT_TEST_CHART";
const PYTHON: &str = "KUBECTL_PREFECT_TEST_HELM_PYTHON";
const RECORD: &str = "sh.helm.release.v1.prefect-worker.v1";
/// A default of an older chart, which taking over has to keep.
const OLD_IMAGE: &str = "--set-string=worker.image.prefectTag=3.1.0-python3.11-kubernetes";

/// The UID that the chart has looked up.
const UID: &str = "--set-string=worker.clusterUid=a-cluster";

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

impl Stage {
    /// Writes objects as Helm installs them, with another checksum than ours.
    pub fn install_like_helm(&self) -> Vec<Value> {
        let printed = self
            .install("--dry-run=client -o json")
            .arg(OLD_IMAGE)
            .arg(UID)
            .success();
        let mut objects = document(&printed)["items"].as_array().unwrap().clone();
        for object in &mut objects {
            let metadata = &mut object["metadata"];
            metadata["annotations"] = json!({
                "meta.helm.sh/release-name": "prefect-worker",
                "meta.helm.sh/release-namespace": self.name(),
            });
            like_helm(&mut metadata["labels"]);
            if object["kind"] == "Deployment" {
                let metadata = &mut object["spec"]["template"]["metadata"];
                like_helm(&mut metadata["labels"]);
                metadata["annotations"]["checksum/config"] = "of another program".into();
            }
        }
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        self.cluster.kubectl_with_input(
            &[
                "-n",
                self.name(),
                "apply",
                "--server-side",
                "--field-manager=helm",
                "-f",
                "-",
            ],
            &list.to_string(),
        );
        objects
    }

    /// Writes the record that Helm has of these objects.
    pub async fn remember_like_helm(&self, objects: &[Value], chart: &str, status: &str) {
        let manifest: String = objects
            .iter()
            .map(|object| format!("---\n# Source: {chart}\n{object}\n"))
            .collect();
        let idle: Value = document(IDLE.split_once('=').unwrap().1.split_once('=').unwrap().1);
        let mut config = document(&self.values());
        config["worker"]["command"] = idle;
        config["worker"]["clusterUid"] = "a-cluster".into();
        let (_, tag) = OLD_IMAGE.rsplit_once('=').unwrap();
        let record = json!({
            "name": "prefect-worker", "namespace": self.name(), "version": 1,
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
        self.kube.create(&self.path("v1/secrets"), &secret).await;
    }

    /// The UID of the worker's only pod.
    async fn pod(&self) -> Value {
        until("there is a pod", async || {
            let pods = self.kube.pods(self.name()).await;
            assert!(pods.len() < 2, "{pods:?}");
            Some(pods.first()?["metadata"]["uid"].clone())
        })
        .await
    }

    /// Nothing of Helm is left on any object, but for the marks on pods.
    async fn is_ours(&self) {
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
            let managers: Vec<&str> = metadata["managedFields"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|entry| entry["operation"] == "Apply")
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

#[tokio::test]
async fn a_release_is_taken_over_and_its_pod_goes_on() {
    let stage = Stage::new("adopt").await;
    let objects = stage.install_like_helm();
    stage
        .remember_like_helm(&objects, "prefect-worker", "deployed")
        .await;
    let pod = stage.pod().await;
    let before = stage.deployment().await["spec"].clone();
    let refused = stage.install("").failure(1);
    says(&refused, "take it over with install --adopt");
    let dry = stage.command("install --adopt --dry-run=server").run();
    assert_eq!(dry.code, Some(0), "{dry:?}");
    says(&dry, "Nothing but bookkeeping changes");
    assert!(stage.bookkeeping().await.is_empty());

    let done = stage.command("install --adopt --wait=false -o json").run();
    assert_eq!(done.code, Some(0), "{done:?}");
    says(&done, "warning: Helm still has its records of the release");
    let adopted = document(&done.stdout)["adopted"].clone();
    assert_eq!(
        adopted,
        json!({"revision": 1, "chart": "prefect-worker", "version": "2025.1.1", "recordsRemoved": false})
    );
    stage.is_ours().await;
    assert_eq!(stage.deployment().await["spec"], before);
    assert_eq!(stage.pod().await, pod);

    // It is a release as any other: nothing to change, nothing amiss, and never again Helm's values.
    let same = stage.command("upgrade --wait=false").run();
    says(&same, "Nothing to change");
    let status = stage.command("status -o json").run().stdout;
    assert!(!status.contains("not as it was applied"), "{status}");
    // What was broken off before Helm's hold on an object had ended is brought to its end.
    let marks = [
        "meta.helm.sh/release-name=prefect-worker".to_owned(),
        format!("meta.helm.sh/release-namespace={}", stage.name()),
    ];
    let annotate = [
        "annotate",
        "serviceaccount",
        "prefect-worker",
        "--field-manager=helm",
    ];
    stage.cluster.kubectl(
        &[
            &["-n", stage.name()],
            &annotate[..],
            &[marks[0].as_str(), marks[1].as_str()],
        ]
        .concat(),
    );
    let rest = stage
        .command("install --adopt --remove-helm-records --wait=false")
        .run();
    assert_eq!(rest.code, Some(0), "{rest:?}");
    says(&rest, "Helm's records were removed");
    stage.is_ours().await;
    assert_eq!(stage.get("v1/secrets", RECORD).await, None);
    let nothing = stage.command("install --adopt --wait=false").run();
    assert_eq!(nothing.code, Some(0), "{nothing:?}");
    assert_eq!(stage.pod().await, pod);

    // The marks go when the pods are started again anyway.
    stage
        .command("upgrade --wait=false --set worker.image.prefectTag=other")
        .success();
    let deployment = stage.deployment().await.to_string();
    for mark in ["helm.sh/chart", "kept-marks", "of another program"] {
        let now = document(&deployment);
        let template = now["spec"]["template"]["metadata"].to_string();
        let annotations = now["metadata"]["annotations"].to_string();
        assert!(
            !template.contains(mark) && !annotations.contains(mark),
            "{now}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_taken_over_is_left_alone() {
    let stage = Stage::new("keep").await;
    let none = stage.command("install --adopt").failure(1);
    says(&none, "Helm has no record of a release prefect-worker");
    let client = stage.command("install --adopt --dry-run=client").failure(2);
    says(&client, "--dry-run=server");
    let objects = stage.install_like_helm();
    let forget = ["-n", stage.name(), "delete", "secret", RECORD];
    for (chart, status, words) in [
        (
            "umbrella",
            "deployed",
            "it is a release of chart \"umbrella\"",
        ),
        (
            "prefect-worker",
            "pending-upgrade",
            "its revision 1 is pending-upgrade",
        ),
    ] {
        stage.remember_like_helm(&objects, chart, status).await;
        says(&stage.command("install --adopt").failure(1), words);
        stage.cluster.kubectl(&forget);
    }
    stage
        .remember_like_helm(&objects, "prefect-worker", "deployed")
        .await;
    let other = stage.command("install second --adopt").failure(1);
    says(&other, "its releases there: prefect-worker");
    let more = stage
        .command("install --adopt --set worker.replicaCount=2")
        .failure(1);
    says(&more, "would change more than bookkeeping");
    says(&more, "deployment.apps/prefect-worker: spec.replicas");
    for (mark, words) in [
        (
            "argocd.argoproj.io/instance=shop",
            "belongs to application shop of Argo CD, which would undo changes",
        ),
        (
            "helm.toolkit.fluxcd.io/name=shop",
            "belongs to HelmRelease shop of Flux, which would undo changes",
        ),
    ] {
        let (name, _) = mark.split_once('=').unwrap();
        let label = ["-n", stage.name(), "label", "deployment", "prefect-worker"];
        stage.cluster.kubectl(&[&label[..], &[mark]].concat());
        says(&stage.command("install --adopt").failure(1), words);
        let gone = format!("{name}-");
        stage.cluster.kubectl(&[&label[..], &[&gone]].concat());
    }
    let scale = [
        "-n",
        stage.name(),
        "patch",
        "deployment",
        "prefect-worker",
        "--field-manager=ops",
        "--type=merge",
        "-p",
        r#"{"spec":{"replicas":3}}"#,
    ];
    stage.cluster.kubectl(&scale);
    let conflict = stage.command("install --adopt").failure(1);
    says(&conflict, "spec.replicas is managed by ops");
    assert!(stage.bookkeeping().await.is_empty());
    let account = stage.get("v1/serviceaccounts", "prefect-worker").await;
    let annotations = account.unwrap()["metadata"]["annotations"].to_string();
    assert!(annotations.contains("meta.helm.sh"), "{annotations}");
}

#[tokio::test]
async fn a_release_of_real_helm_is_taken_over() {
    let (Some(chart), Some(python)) = (variable(CHART), variable(PYTHON)) else {
        say(&format!(
            "not tried with real Helm: {CHART} and {PYTHON} are not both set"
        ));
        return;
    };
    let stage = Stage::new("helm").await;
    let first = document(&stage.values());
    let mut second = first.clone();
    second["worker"]["config"]["limit"] = 3.into();
    second["worker"]["config"]["baseJobTemplate"] = json!({
        "configuration": kubectl_prefect::template::default_base_job_template().to_string(),
    });
    let helm = |steps: &[&Value]| {
        let asked = json!({
            "kubeconfig": stage.cluster.kubeconfig, "namespace": stage.name(), "chart": chart,
            "release": "prefect-worker", "steps": steps,
        });
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/release/helm.py");
        let mut command = Command::new(&python);
        let output = piped(
            command.arg(script).stderr(Stdio::inherit()),
            asked.to_string().as_bytes(),
        );
        assert!(output.status.success());
        document(std::str::from_utf8(&output.stdout).unwrap())
    };
    assert_eq!(helm(&[&first, &second]), json!(["superseded", "deployed"]));
    let pod = until("only the new pod is there, and ready", async || {
        let deployment = stage.deployment().await;
        let status = &deployment["status"];
        let is_done = status["observedGeneration"] == deployment["metadata"]["generation"]
            && status["updatedReplicas"] == 1
            && status["availableReplicas"] == 1;
        let pods = stage.kube.pods(stage.name()).await;
        (is_done && pods.len() == 1).then(|| pods[0]["metadata"]["uid"].clone())
    })
    .await;
    let before = stage.deployment().await["spec"].clone();
    let done = stage.command("install --adopt --remove-helm-records").run();
    assert_eq!(done.code, Some(0), "{done:?}");
    says(&done, "It is revision 2 of Helm with chart prefect-worker-");
    says(&done, "Helm's records were removed: 2 Secrets from ");
    stage.is_ours().await;
    assert_eq!(stage.deployment().await["spec"], before);
    assert_eq!(stage.pod().await, pod);
    assert!(helm(&[]).as_str().unwrap().contains("not found"));
    says(
        &stage.command("upgrade --wait=false").run(),
        "Nothing to change",
    );
    stage.command("status prefect-worker").success();
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are configured by the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Past the test harness, which keeps what tests print to itself.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
