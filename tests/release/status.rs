//! How a release is getting on, as `status` tells it.

use std::{
    fs::File,
    process::{Command, Stdio},
    time::Instant,
};

use serde_json::{Value, json};

use crate::{
    stage::{IDLE, Stage},
    support::{
        prefect::Prefect,
        worker::{DEADLINE, PAUSE, until},
    },
};

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The status of the release, once it is as expected, with this exit code. A server that is busy may
/// not have answered before.
async fn status(stage: &Stage, code: i32, is_expected: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let said = stage.command("status prefect-worker -o json").run();
        let status = document(&said.stdout);
        if said.code == Some(code) && is_expected(&status) {
            return status;
        }
        assert!(begun.elapsed() < DEADLINE, "{said:?}");
        tokio::time::sleep(PAUSE).await;
    }
}

fn remarks(status: &Value) -> String {
    status["remarks"].to_string()
}

#[tokio::test]
async fn a_worker_that_works_is_healthy_and_what_is_amiss_is_told() {
    let stage = Stage::new("status").await;
    let prefect = Prefect::new(stage.cluster.prefect_api_url());
    let missing = stage.command("status prefect-worker").failure(2);
    assert!(
        missing.stderr.contains("is not installed"),
        "{}",
        missing.stderr
    );
    let nothing = stage.command("status").run();
    assert_eq!((nothing.code, nothing.stdout.as_str()), (Some(0), ""));
    assert!(
        nothing.stderr.contains("There is no release in namespace"),
        "{}",
        nothing.stderr
    );
    let template = kubectl_prefect::template::default_base_job_template().to_string();
    let template = format!(
        "--set-json=worker.config.baseJobTemplate.configuration={}",
        json!(template)
    );
    stage.with_values("install").arg(&template).success();

    let well = status(&stage, 0, |status| {
        status["remarks"] == json!([]) && status["signsOfLife"] == "alive"
    })
    .await;
    assert_eq!(well["health"], "healthy", "{well}");
    assert_eq!(well["workers"][0]["status"], "ONLINE", "{well}");
    assert_eq!(well["workPool"], stage.name());
    assert_eq!(well["template"]["state"], "same", "{well}");
    assert_eq!(well["pods"][0]["ready"], 1, "{well}");
    until("people are told too", async || {
        let text = stage.command("status").run().stdout;
        let parts = [
            "Release prefect-worker in namespace ",
            ": healthy\nRevision 1, ",
            "\ndeployment.apps/prefect-worker ",
            "\nPOD ",
            "Online",
        ];
        parts.iter().all(|part| text.contains(part)).then_some(())
    })
    .await;

    // Somebody changes the pool's template, scales the Deployment, and deletes the Role.
    let pool = format!("/work_pools/{}", stage.name());
    let mut changed = prefect.get(&pool).await["base_job_template"].clone();
    changed["variables"]["properties"]["image"]["default"] = "other".into();
    prefect
        .patch(&pool, &json!({"base_job_template": changed}))
        .await;
    let scale = ["scale", "deployment", "prefect-worker", "--replicas=0"];
    stage
        .cluster
        .kubectl(&[&["-n", stage.name()], &scale[..]].concat());
    let drifted = status(&stage, 0, |status| {
        let said = remarks(status);
        [
            "it has no pods, since replicas is 0",
            "deployment.apps/prefect-worker is not as it was applied",
            "the template of the work pool is not the one of the release: variables.properties.image.default",
        ]
        .iter()
        .all(|part| said.contains(part))
    })
    .await;
    assert_eq!(drifted["health"], "healthy", "{drifted}");
    stage
        .cluster
        .kubectl(&["-n", stage.name(), "delete", "role", "prefect-worker"]);
    let broken = status(&stage, 1, |status| {
        remarks(status).contains("role.rbac.authorization.k8s.io/prefect-worker is missing")
    })
    .await;
    assert_eq!(broken["health"], "unhealthy", "{broken}");
    let all = stage.command("status -A").run();
    assert_eq!(all.code, Some(1), "{all:?}");
    let line = all.stdout.lines().find(|line| line.contains(stage.name()));
    assert!(line.unwrap().contains("is missing"), "{}", all.stdout);
}

#[tokio::test]
async fn a_pod_that_crashes_is_told_of_with_its_reason() {
    let stage = Stage::new("ill").await;
    let crash = "--set-json=worker.command=[\"sh\",\"-c\",\"exit 3\"]";
    stage
        .with_values("install --wait=false")
        .arg(crash)
        .success();
    // Between two tries it runs for a moment, which is no reason to call it well.
    status(&stage, 1, |status| {
        let why = status["pods"][0]["why"].as_str().unwrap_or_default();
        why.contains("prefect-worker") && status["health"] == "unhealthy"
    })
    .await;
    until("people are told too", async || {
        let text = stage.command("status prefect-worker").run().stdout;
        let is_told = text.contains(": unhealthy\n") && text.contains("\n- pod prefect-worker-");
        is_told.then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_is_silent_is_followed_until_it_is_interrupted() {
    let stage = Stage::new("follow").await;
    stage.install("").arg(IDLE).success();
    let command = stage.command("status prefect-worker --watch");
    let file = command.home().join("out");
    let mut watch = command
        .to_process()
        .stdout(File::create(&file).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let says = async |text: &str| {
        until(text, async || {
            std::fs::read_to_string(&file)
                .unwrap()
                .contains(text)
                .then_some(())
        })
        .await;
    };
    says("its worker has yet to give a sign of life").await;
    stage
        .cluster
        .kubectl(&["-n", stage.name(), "delete", "role", "prefect-worker"]);
    says("prefect-worker is missing").await;
    let pid = watch.id().to_string();
    let sent = Command::new("kill").args(["-s", "INT", &pid]).status();
    assert!(sent.unwrap().success());
    assert_eq!(watch.wait().unwrap().code(), Some(130));
}
