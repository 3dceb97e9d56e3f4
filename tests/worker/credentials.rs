//! Where credentials go: into Jobs as the settings say, and never into what the worker says.

use serde_json::{Value, json};

use crate::{
    stage::{Stage, endless},
    support::worker::until,
};

const KEY: &str = "pnu_a-key-that-nobody-may-read";
const PREFIX: &str = "PREFECT_INTEGRATIONS_KUBERNETES_WORKER";

/// Runs the worker once for one run with these settings of prefect-kubernetes; the Job, and what
/// the worker said.
async fn job_with(stage: &Stage, settings: &[(&str, &str)]) -> Value {
    let run = stage.run(&endless()).await;
    let mut command = stage
        .command()
        .words("--run-once --log-level trace")
        .env("PREFECT_API_KEY", KEY);
    for (name, value) in settings {
        command = command.env(&format!("{PREFIX}_{name}"), value);
    }
    let output = command.run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(!output.stderr.contains(KEY), "the key is in the log");
    assert!(
        !stage
            .prefect
            .logs(&run)
            .await
            .iter()
            .any(|line| line.contains(KEY))
    );
    let described = stage.prefect.run(&run).await;
    assert!(!described.to_string().contains(KEY), "{described}");
    stage.job_of(&run).await
}

/// The entry of the API key in a Job's environment.
fn key_entry(job: &Value) -> &Value {
    let env = &job["spec"]["template"]["spec"]["containers"][0]["env"];
    let mut env = env.as_array().unwrap().iter();
    env.find(|entry| entry["name"] == "PREFECT_API_KEY")
        .unwrap()
}

#[tokio::test]
async fn keys_reach_jobs_as_the_settings_say() {
    let stage = Stage::new("keys").await;
    let job = job_with(&stage, &[]).await;
    assert_eq!(key_entry(&job)["value"], KEY);

    stage
        .kube
        .make_secret(&stage.name, "given", "key", KEY)
        .await;
    let settings = [
        ("API_KEY_SECRET_NAME", "given"),
        ("API_KEY_SECRET_KEY", "key"),
    ];
    let job = job_with(&stage, &settings).await;
    let given = json!({"secretKeyRef": {"name": "given", "key": "key"}});
    assert_eq!(key_entry(&job)["valueFrom"], given);
    assert!(!job.to_string().contains(KEY));

    let job = job_with(&stage, &[("CREATE_SECRET_FOR_API_KEY", "true")]).await;
    let reference = &key_entry(&job)["valueFrom"]["secretKeyRef"];
    assert!(!job.to_string().contains(KEY));
    let (name, key) = (&reference["name"], reference["key"].as_str().unwrap());
    let secrets = stage.kube.secrets(&stage.name).await;
    let made = secrets
        .iter()
        .find(|secret| secret["metadata"]["name"] == *name);
    assert_eq!(text(&made.unwrap()["data"][key]), KEY);

    let job = job_with(&stage, &[("STORE_ENV_AS_SECRET", "true")]).await;
    assert!(!job.to_string().contains(KEY));
    let owned = until("the Secret of the Job", async || {
        let secrets = stage.kube.secrets(&stage.name).await;
        secrets.into_iter().find(|secret| {
            secret["metadata"]["ownerReferences"][0]["uid"] == job["metadata"]["uid"]
        })
    })
    .await;
    let values: Vec<String> = owned["data"]
        .as_object()
        .unwrap()
        .values()
        .map(text)
        .collect();
    assert!(values.iter().any(|value| value == KEY));
    assert!(
        values
            .iter()
            .any(|value| value == stage.cluster.prefect_api_url())
    );
    // It goes with the Job.
    let name = job["metadata"]["name"].as_str().unwrap();
    let jobs = format!("/apis/batch/v1/namespaces/{}/jobs/{name}", stage.name);
    stage.kube.delete(&jobs).await;
    until("the end of the Secret", async || {
        let secrets = stage.kube.secrets(&stage.name).await;
        let uid = &owned["metadata"]["uid"];
        (!secrets
            .iter()
            .any(|secret| secret["metadata"]["uid"] == *uid))
        .then_some(())
    })
    .await;
}

/// The text of a Secret's value.
fn text(value: &Value) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(value.as_str().unwrap())
        .unwrap();
    String::from_utf8(bytes).unwrap()
}
