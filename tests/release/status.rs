//! How a release is getting on, as `status` tells it.

use std::{
    fs::File,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    stage::{IDLE, Stage},
    support::{prefect::Prefect, worker::until},
};

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The status of the release, whose exit code this is.
fn status(stage: &Stage, code: i32) -> Value {
    let said = stage.command("status prefect-worker -o json").run();
    assert_eq!(said.code, Some(code), "{said:?}");
    document(&said.stdout)
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

    let well = status(&stage, 0);
    assert_eq!(well["health"], "healthy", "{well}");
    assert_eq!(well["remarks"], json!([]), "{well}");
    assert_eq!(well["signsOfLife"], "alive");
    assert_eq!(well["workers"][0]["status"], "ONLINE", "{well}");
    assert_eq!(well["workPool"], stage.name());
    assert_eq!(well["template"]["state"], "same", "{well}");
    assert_eq!(well["pods"][0]["ready"], 1, "{well}");
    let text = stage.command("status").success();
    for part in [
        "Release prefect-worker in namespace ",
        ": healthy\nRevision 1, ",
        "\ndeployment.apps/prefect-worker ",
        "\nPOD ",
        "Online",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }

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
    let drifted = until("no pods are wanted", async || {
        let said = stage.command("status prefect-worker -o json").run();
        let status = document(&said.stdout);
        (status["health"] == "healthy").then_some(status)
    })
    .await;
    let said = remarks(&drifted);
    for part in [
        "it has no pods, since replicas is 0",
        "deployment.apps/prefect-worker is not as it was applied",
        "the template of the work pool is not the one of the release: variables.properties.image.default",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    stage
        .cluster
        .kubectl(&["-n", stage.name(), "delete", "role", "prefect-worker"]);
    let broken = status(&stage, 1);
    assert_eq!(broken["health"], "unhealthy");
    assert!(
        remarks(&broken).contains("role.rbac.authorization.k8s.io/prefect-worker is missing"),
        "{broken}"
    );
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
    let status = until("the pod has crashed", async || {
        let status = status(&stage, 1);
        (status["health"] == "unhealthy").then_some(status)
    })
    .await;
    let pod = &status["pods"][0];
    assert!(
        pod["why"].as_str().unwrap().contains("prefect-worker"),
        "{status}"
    );
    let text = stage.command("status prefect-worker").failure(1).stdout;
    assert!(text.contains(": unhealthy\n"), "{text}");
    assert!(text.contains("\n- pod prefect-worker-"), "{text}");
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
    says("does not exist").await;
    stage
        .cluster
        .kubectl(&["-n", stage.name(), "delete", "role", "prefect-worker"]);
    says("prefect-worker is missing").await;
    let pid = watch.id().to_string();
    let sent = Command::new("kill").args(["-s", "INT", &pid]).status();
    assert!(sent.unwrap().success());
    assert_eq!(watch.wait().unwrap().code(), Some(130));
}
