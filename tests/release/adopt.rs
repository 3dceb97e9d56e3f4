//! A release of Helm is taken over: one that real Helm has installed, where it is at hand, and one
//! that is written as Helm writes it.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    like_helm::{LikeHelm, RECORD},
    obstacles::says,
    stage::Stage,
    support::{piped::piped, terminal::on_terminal, worker::until},
};

const CHART: &str = "KUBECTL_PREFECT_TEST_CHART";
const PYTHON: &str = "KUBECTL_PREFECT_TEST_HELM_PYTHON";

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Objects, and the record of them.
async fn is_installed(helm: &LikeHelm, stage: &Stage) {
    let objects = helm.install(stage);
    helm.remember(stage, &objects, "prefect-worker", "deployed")
        .await;
}

#[tokio::test]
async fn a_release_of_helm_4_is_taken_over_and_its_pod_goes_on() {
    its_pod_goes_on(Stage::new("adopt4").await, 4).await;
}

#[tokio::test]
async fn a_release_of_helm_3_is_taken_over_and_its_pod_goes_on() {
    its_pod_goes_on(Stage::new("adopt3").await, 3).await;
}

async fn its_pod_goes_on(stage: Stage, version: u32) {
    let helm = LikeHelm {
        version,
        ..LikeHelm::default()
    };
    is_installed(&helm, &stage).await;
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
    let helm = LikeHelm::default();
    let objects = helm.install(&stage);
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
        helm.remember(&stage, &objects, chart, status).await;
        says(&stage.command("install --adopt").failure(1), words);
        stage.cluster.kubectl(&forget);
    }
    helm.remember(&stage, &objects, "prefect-worker", "deployed")
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
async fn more_than_bookkeeping_changes_when_it_is_allowed() {
    let stage = Stage::new("allow").await;
    let helm = LikeHelm {
        version: 3,
        uid: "",
    };
    is_installed(&helm, &stage).await;
    let more = "install --adopt --wait=false --set worker.replicaCount=2";
    let refused = stage.command(more).failure(1);
    says(&refused, "hint: --allow-changes takes it over all the same");
    assert!(stage.bookkeeping().await.is_empty());
    let done = stage.command(more).words("--allow-changes").run();
    assert_eq!(done.code, Some(0), "{done:?}");
    says(
        &done,
        "more than bookkeeping changes:\n- change deployment.apps/prefect-worker: spec.replicas",
    );
    assert_eq!(stage.deployment().await["spec"]["replicas"], 2);
    stage.is_ours().await;
    // A UID that Helm could not look up stays open, until something is changed.
    says(
        &done,
        "warning: Helm has installed it without the cluster's UID",
    );
    let next = stage.command("upgrade --wait=false").run();
    assert_eq!(next.code, Some(0), "{next:?}");
    says(&next, "warning: the cluster's UID was not known");
    let same = stage.command("upgrade --wait=false").run();
    says(&same, "Nothing to change");
}

#[tokio::test]
async fn helms_records_are_asked_about_on_a_terminal() {
    let stage = Stage::new("asked").await;
    is_installed(&LikeHelm::default(), &stage).await;
    let adopt = || stage.command("install --adopt --wait=false --color=never");
    let question = "Remove Helm's records of it";
    let kept = "helm uninstall deletes its objects";
    for (answer, code) in [("n", 0), ("\u{3}", 130)] {
        let (ended, heard) = on_terminal(&adopt(), 200, &json!([[question, answer]]));
        assert_eq!(ended, Some(code), "{heard}");
        assert!(heard.contains(kept), "{heard}");
        assert_ne!(stage.get("v1/secrets", RECORD).await, None);
    }
    stage.is_ours().await;
    let (ended, heard) = on_terminal(&adopt(), 200, &json!([[question, "y"]]));
    assert_eq!(ended, Some(0), "{heard}");
    assert!(
        heard.contains("Helm's records were removed: Secret"),
        "{heard}"
    );
    assert_eq!(stage.get("v1/secrets", RECORD).await, None);
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
