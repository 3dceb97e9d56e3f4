//! Where credentials go: into Jobs as the settings say, and never into what the worker says.

use serde_json::{Value, json};

use crate::{
    stage::{Stage, endless, template},
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

/// The text under `value` of the Secret of this name.
async fn secret(stage: &Stage, name: &str) -> Option<String> {
    let path = format!("/api/v1/namespaces/{}/secrets/{name}", stage.name);
    let secret = stage.kube.get(&path).await?;
    Some(text(&secret["data"]["value"]))
}

#[tokio::test]
async fn a_made_secret_is_made_again_and_follows_the_key() {
    let stage = Stage::new("rotate").await;
    // A worker of no name: its Secret bears the pool's, and there is one however often it starts.
    let once = |key: &str| {
        let output = stage
            .cluster
            .command()
            .words("worker run --run-once")
            .words(&format!("-p {0} -n {0}", stage.name))
            .env("PREFECT_API_URL", stage.cluster.prefect_api_url())
            .env("PREFECT_API_KEY", key)
            .env(&format!("{PREFIX}_CREATE_SECRET_FOR_API_KEY"), "true")
            .run();
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        assert!(!output.stderr.contains(key), "the key is in the log");
    };
    let pool = stage
        .prefect
        .get(&format!("/work_pools/{}", stage.name))
        .await;
    let id = &pool["id"].as_str().unwrap()[..8];
    let name = format!("prefect-{}-{id}-api-key", stage.name);
    stage.run(&endless()).await;
    once("pnu_old-key");
    assert_eq!(secret(&stage, &name).await.as_deref(), Some("pnu_old-key"));
    // The key is another one from the next run on.
    stage.run(&endless()).await;
    once("pnu_new-key");
    assert_eq!(secret(&stage, &name).await.as_deref(), Some("pnu_new-key"));
    // Somebody tidied up.
    let path = format!("/api/v1/namespaces/{}/secrets/{name}", stage.name);
    stage.kube.delete(&path).await;
    let run = stage.run(&endless()).await;
    once("pnu_new-key");
    assert_eq!(secret(&stage, &name).await.as_deref(), Some("pnu_new-key"));
    let reference = json!({"secretKeyRef": {"name": name, "key": "value"}});
    assert_eq!(key_entry(&stage.job_of(&run).await)["valueFrom"], reference);
    let secrets = stage.kube.secrets(&stage.name).await;
    assert_eq!(secrets.len(), 1, "{secrets:?}");
}

#[tokio::test]
async fn the_auth_string_is_kept_in_a_secret_that_is_named() {
    const AUTH: &str = "user:an-auth-string-that-nobody-may-read";
    let stage = Stage::new("auth").await;
    let run_with = async |settings: &[(&str, &str)]| {
        let run = stage.run(&endless()).await;
        let mut command = stage
            .command()
            .words("--run-once")
            .env("PREFECT_API_AUTH_STRING", AUTH);
        for (name, value) in settings {
            command = command.env(&format!("{PREFIX}_{name}"), value);
        }
        let output = command.run();
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        assert!(
            !output.stderr.contains(AUTH),
            "the auth string is in the log"
        );
        (stage.job_of(&run).await, output.stderr)
    };
    let warning = "PREFECT_API_AUTH_STRING stands in the Job in plain text";
    let (job, said) = run_with(&[]).await;
    assert!(
        job.to_string().contains(AUTH) && said.contains(warning),
        "{said}"
    );
    stage
        .kube
        .make_secret(&stage.name, "given", "auth", AUTH)
        .await;
    let settings = [
        ("API_AUTH_STRING_SECRET_NAME", "given"),
        ("API_AUTH_STRING_SECRET_KEY", "auth"),
    ];
    let (job, said) = run_with(&settings).await;
    assert!(
        !job.to_string().contains(AUTH) && !said.contains(warning),
        "{said}"
    );
    let entry = json!({"name": "PREFECT_API_AUTH_STRING", "valueFrom": {
        "secretKeyRef": {"name": "given", "key": "auth"},
    }});
    let env = &job["spec"]["template"]["spec"]["containers"][0]["env"];
    assert!(env.as_array().unwrap().contains(&entry), "{env}");
    // Half a name is none.
    let (job, said) = run_with(&settings[..1]).await;
    assert!(
        job.to_string().contains(AUTH) && said.contains(warning),
        "{said}"
    );
}

#[tokio::test]
async fn runs_of_one_job_name_keep_their_environments_apart() {
    let mut template = template();
    template["job_configuration"]["job_manifest"]["metadata"]["name"] = "fixed".into();
    let stage = Stage::with_template("fixed-name", template).await;
    stage
        .kube
        .make_secret(&stage.name, "fixed-env", "key", "own")
        .await;
    let store = || {
        stage
            .command()
            .words("--run-once")
            .env(&format!("{PREFIX}_STORE_ENV_AS_SECRET"), "true")
    };
    // Its pod waits for its image, and needs its Secret when that is there.
    let waiting = json!({"image": "not-there-yet", "env": {"WHOSE": "the first"}});
    let first = stage.run(&waiting).await;
    assert_eq!(store().run().code, Some(0));
    let job = stage.job_of(&first).await;
    let env_from = &job["spec"]["template"]["spec"]["containers"][0]["envFrom"][0];
    let name = env_from["secretRef"]["name"].as_str().unwrap().to_owned();
    let second = stage.run(&json!({"env": {"WHOSE": "the second"}})).await;
    store().failure(1);
    let why = stage.crashes(&second).await;
    assert!(why.contains("belongs to another run"), "{why}");
    let secrets = stage.kube.secrets(&stage.name).await;
    let whose = |name: &str, key: &str| {
        let mut secrets = secrets.iter();
        let secret = secrets.find(|secret| secret["metadata"]["name"] == name)?;
        Some(text(&secret["data"][key]))
    };
    assert_eq!(whose(&name, "WHOSE").as_deref(), Some("the first"));
    assert_eq!(whose("fixed-env", "key").as_deref(), Some("own"));
    assert_eq!(secrets.len(), 2, "the second run's is gone: {secrets:?}");
}

#[tokio::test]
async fn who_may_not_make_secrets_is_told_at_the_start_and_elsewhere_the_run_is() {
    let stage = Stage::new("forbidden").await;
    let nobody = stage.cluster.nobody_kubeconfig.to_str().unwrap().to_owned();
    let command = || {
        stage
            .command()
            .words("--run-once")
            .env("KUBECONFIG", &nobody)
            .env("PREFECT_API_KEY", KEY)
            .env(&format!("{PREFIX}_STORE_ENV_AS_SECRET"), "true")
    };
    let grant = |namespace: &str, role: &str, resources: &str| {
        let resources = format!("--resource={resources}");
        let create = [
            "create", "role", role, "--verb=*", &resources, "-n", namespace,
        ];
        stage.cluster.kubectl(&create);
        let role_flag = format!("--role={role}");
        let bind = [
            "create",
            "rolebinding",
            role,
            &role_flag,
            "--user=nobody",
            "-n",
            namespace,
        ];
        stage.cluster.kubectl(&bind);
    };
    grant(&stage.name, "jobs", "jobs.batch,pods,pods/log");
    let output = command().failure(3);
    for text in ["create secrets in namespace", "kind: Role", "- secrets"] {
        assert!(output.stderr.contains(text), "{text}:\n{}", output.stderr);
    }
    grant(&stage.name, "secrets", "secrets");
    let other = stage.cluster.namespace("forbidden-other");
    grant(&other.name, "jobs", "jobs.batch,pods,pods/log");
    let here = stage.run(&endless()).await;
    let there = stage.run(&json!({"namespace": other.name})).await;
    let output = command().failure(1);
    assert!(
        !output.stderr.contains("left behind"),
        "nothing was made: {}",
        output.stderr
    );
    stage.job_of(&here).await;
    let why = stage.crashes(&there).await;
    assert!(why.contains("secrets") && why.contains("orbidden"), "{why}");
    assert!(
        !why.contains(KEY) && !output.stderr.contains(KEY),
        "{why}\n{}",
        output.stderr
    );
    assert!(stage.kube.jobs(&other.name).await.is_empty());
}
