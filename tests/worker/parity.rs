//! The Job of a run as the API server stores it: the same from the Python worker as from ours, for
//! the same pool, deployment, variables and settings.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
};

use kubectl_prefect::k8s::label;
use serde_json::{Value, json};

use crate::{
    stage::{RUN_LABEL, Stage, template},
    support::{TEST_PYTHON, named_by},
};

/// Settings that both workers have, and pass on to Jobs as they do.
const SETTINGS: [(&str, &str); 4] = [
    ("PREFECT_API_KEY", "a-key"),
    ("PREFECT_API_REQUEST_TIMEOUT", "45"),
    ("PREFECT_LOGGING_LEVEL", "debug"),
    ("PREFECT_CLIENT_METRICS_ENABLED", "off"),
];

/// Job variables, a deployment each.
fn variables() -> Vec<Value> {
    // No node takes these, so that nothing is run.
    let unscheduled = "1000";
    vec![
        json!({}),
        json!({"env": {"PLAIN": "x", "EMPTY": "", "GONE": null, "PREFECT_LOGGING_LEVEL": "ERROR"}}),
        json!({"command": "sh -c 'echo \"a  b\"; sleep 1' -- \\$X", "name": "Named By Variable"
            .to_lowercase().replace(' ', "-")}),
        json!({
            "labels": {"team/Owner Name": "Größe & mehr!", "plain": "yes"},
            "annotations": {"note": "Any text: {at} all", "example.test/n": "1"},
        }),
        json!({
            "cpu_request": "10m", "cpu_limit": "500m", "memory_request": "16Mi",
            "memory_limit": "1Gi",
        }),
        json!({
            "finished_job_ttl": 3600, "backoff_limit": 3, "image_pull_policy": "Never",
            "service_account_name": "runner", "image": "registry.test/team/flow:1.2",
        }),
        json!({"backoff_limit": 0, "env": {
            "PREFECT_FLOW_RUN_EXECUTE_SIGTERM_BEHAVIOR": "",
            "FROM_VARIABLE": "{{ prefect.variables.parity_text }}",
            "IN_TEXT": "<{{ prefect.variables.parity_text }}> and {{ prefect.variables.none }}",
        }}),
        json!({"command": "", "cpu_request": unscheduled}),
        json!({"command": null, "cpu_request": unscheduled}),
        json!({"name": "{{ ctx.flow.name }}-of-{{ ctx.flow_run.name }}"}),
        json!({"env": {"PREFECT__FLOW_RUN_ID": null, "PREFECT_API_KEY": "another"}}),
    ]
}

#[tokio::test]
async fn jobs_of_the_default_template_are_those_of_the_python_worker() {
    let mut template = template();
    template["variables"]["properties"]["image"]
        .as_object_mut()
        .unwrap()
        .shift_remove("default");
    compare("default", template).await;
}

#[tokio::test]
async fn jobs_of_a_template_of_ones_own_are_those_of_the_python_worker() {
    let mut template = template();
    let manifest = &mut template["job_configuration"]["job_manifest"];
    manifest["metadata"]["labels"] = json!({"fixed": "label", "name": "{{ name }}"});
    let spec = &mut manifest["spec"]["template"]["spec"];
    spec["volumes"] = json!([{"name": "scratch", "emptyDir": {"sizeLimit": "{{ scratch }}"}}]);
    spec["tolerations"] = json!("{{ tolerations }}");
    let container = &mut spec["containers"][0];
    container["volumeMounts"] = json!([{"name": "scratch", "mountPath": "/scratch"}]);
    container["env"] = json!([
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "PREFECT_LOGGING_LEVEL", "value": "CRITICAL"},
        {"name": "TEXT", "value": "in {{ namespace }}, not {{ missing }}"},
    ]);
    let variables = &mut template["variables"]["properties"];
    variables["missing"] = json!({"type": "string"});
    variables["scratch"] = json!({"type": "string", "default": "1Mi"});
    variables["tolerations"] = json!({"type": "array", "default": [{"operator": "Exists"}]});
    compare("own", template).await;
}

/// How often the Python worker is given what it made no Jobs of.
const TIMES: u32 = 5;

/// Runs both workers over the same deployments and compares their Jobs.
async fn compare(purpose: &str, template: Value) {
    let stage = Stage::with_template(purpose, template).await;
    let variable = json!({"name": "parity_text", "value": "a value"});
    // The other test may have made it.
    stage.prefect.ask("POST", "/variables/", &variable).await;
    let mut deployments = Vec::new();
    for (number, variables) in variables().iter().enumerate() {
        deployments.push(stage.deploy(&format!("case-{number}"), variables).await);
    }
    // The Python worker crashes a run whose labels the server's SQLite refuses, and makes no Job.
    let mut theirs = BTreeMap::new();
    for _ in 0..TIMES {
        let missing = |number: &usize| !theirs.contains_key(&case(*number));
        let missing: Vec<usize> = (0..deployments.len()).filter(missing).collect();
        if missing.is_empty() {
            break;
        }
        let runs = schedule(&stage, &deployments, &missing).await;
        python_worker(&stage);
        theirs.extend(jobs(&stage, &runs).await);
    }
    let all: Vec<usize> = (0..deployments.len()).collect();
    let runs = schedule(&stage, &deployments, &all).await;
    let mut command = stage.command().words("--run-once");
    for (name, value) in SETTINGS {
        command = command.env(name, value);
    }
    let output = command.run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let ours = jobs(&stage, &runs).await;
    assert_eq!(theirs.len(), deployments.len(), "{:?}", theirs.keys());
    for ((case, theirs), variables) in theirs.iter().zip(variables()) {
        let ours = ours
            .get(case)
            .unwrap_or_else(|| panic!("no Job of ours for {case}"));
        let (theirs, ours) = (lines(theirs), lines(ours));
        assert!(
            theirs == ours,
            "{case} {variables}\nonly Python's: {:#?}\nonly ours: {:#?}",
            without(&theirs, &ours),
            without(&ours, &theirs)
        );
    }
}

fn case(number: usize) -> String {
    format!("case-{number:02}")
}

/// A run of each of these deployments, named after its case.
async fn schedule(
    stage: &Stage,
    deployments: &[String],
    numbers: &[usize],
) -> BTreeMap<String, String> {
    let mut runs = BTreeMap::new();
    for number in numbers {
        let name = case(*number);
        let body = json!({"state": {"type": "SCHEDULED"}, "name": name});
        let path = format!("/deployments/{}/create_flow_run", deployments[*number]);
        runs.insert(name, stage.prefect.make(&path, &body).await);
    }
    runs
}

/// The Python worker, under our name and with our settings.
pub fn python_worker(stage: &Stage) {
    let home = tempfile::tempdir().unwrap();
    let bin = named_by(TEST_PYTHON).parent().unwrap().to_owned();
    let output = Command::new(bin.join("prefect"))
        .args(["worker", "start", "--type", "kubernetes", "--run-once"])
        .args(["--install-policy", "never"])
        .args(["--pool", &stage.name, "--name", &stage.name])
        .env_clear()
        .env("HOME", home.path())
        .env(
            "PATH",
            format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display()),
        )
        .env("KUBECONFIG", &stage.cluster.kubeconfig)
        .env("PREFECT_API_URL", stage.cluster.prefect_api_url())
        .env("PREFECT_LOGGING_TO_API_BATCH_INTERVAL", "0.5")
        .envs(SETTINGS)
        // It would observe the whole cluster, and judge the runs of other tests.
        .env("PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_ENABLED", "false")
        .env("DO_NOT_TRACK", "1")
        .current_dir(home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The Jobs of these runs, without what is another's at each creation.
async fn jobs(stage: &Stage, runs: &BTreeMap<String, String>) -> BTreeMap<String, Value> {
    let mut jobs = BTreeMap::new();
    for job in stage.kube.jobs(&stage.name).await {
        let id = job["metadata"]["labels"][RUN_LABEL].as_str().unwrap();
        if let Some((case, id)) = runs.iter().find(|(_, run)| *run == id) {
            assert!(jobs.insert(case.clone(), comparable(&job, id)).is_none());
        }
    }
    jobs
}

fn comparable(job: &Value, run: &str) -> Value {
    let metadata = &job["metadata"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let same = job
        .to_string()
        .replace(&text(&metadata["uid"]), "UID")
        .replace(&text(&metadata["name"]), "NAME")
        .replace(run, "RUN");
    let mut job: Value = serde_json::from_str(&same).unwrap();
    job.as_object_mut().unwrap().remove("status");
    let metadata = job["metadata"].as_object_mut().unwrap();
    for key in [
        "creationTimestamp",
        "generateName",
        "generation",
        "managedFields",
        "resourceVersion",
    ] {
        metadata.remove(key);
    }
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.remove(label::ATTEMPT);
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
    job
}

/// A document as its leaves, each with its path.
fn lines(document: &Value) -> Vec<String> {
    fn walk(path: &str, value: &Value, lines: &mut Vec<String>) {
        match value {
            Value::Object(members) if !members.is_empty() => members
                .iter()
                .for_each(|(key, value)| walk(&format!("{path}/{key}"), value, lines)),
            Value::Array(items) if !items.is_empty() => items
                .iter()
                .enumerate()
                .for_each(|(index, value)| walk(&format!("{path}/{index}"), value, lines)),
            leaf => lines.push(format!("{path} = {leaf}")),
        }
    }
    let mut lines = Vec::new();
    walk("", document, &mut lines);
    // The API server keeps maps in no order of ours.
    lines.sort();
    lines
}

fn without(all: &[String], others: &[String]) -> Vec<String> {
    let mut left = all.to_vec();
    left.retain(|line| !others.contains(line));
    left
}
