//! Odd input while the worker is at work: names in any script, odd environments, templates and
//! pools that change under it. All of it with two pools, and Jobs and pods watched.

use serde_json::{Value, json};

use crate::{
    stage::{Stage, command_of_all, endless},
    support::worker::{WorkerProcess, until},
};

/// Names as people give them, and as nobody should.
const NAMES: [&str; 7] = [
    "流程 名前 תהליך",
    "🚀🚀🚀",
    "\"double\" 'single' `back` $(touch /tmp/x) {{ env }}",
    "two\nlines and\ta tab",
    "evil\u{202E}txt.exe\u{1b}[2J\u{9b}1m",
    "---",
    " ",
];

/// Makes a run of this name, due now.
async fn named(stage: &Stage, name: &str) -> String {
    let body = json!({"state": {"type": "SCHEDULED"}, "name": name});
    let path = format!("/deployments/{}/create_flow_run", stage.deployment);
    stage.prefect.make(&path, &body).await
}

#[tokio::test]
async fn names_in_any_script_become_jobs_and_break_no_line() {
    let (one, other) = (Stage::new("names").await, Stage::new("scripts").await);
    let mut worker =
        WorkerProcess::start(command_of_all(&[&one, &other]).words("--log-level debug"));
    let mut runs = Vec::new();
    for (number, name) in NAMES.iter().enumerate() {
        let stage = if number % 2 == 0 { &one } else { &other };
        let long = format!("{name}{}", "x".repeat(300));
        runs.push((stage, named(stage, name).await, *name));
        runs.push((stage, named(stage, &long).await, *name));
    }
    for (stage, run, name) in &runs {
        let job = stage.job_of(run).await;
        assert_eq!(
            job["metadata"]["labels"]["prefect.io/flow-run-id"],
            run.as_str(),
            "{name:?}"
        );
        stage.logged(run, "Submitted as Kubernetes Job").await;
    }
    worker.signal("TERM");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
    let wild = |c: &char| (c.is_control() && *c != '\n') || *c == '\u{202E}';
    assert_eq!(heard.chars().find(wild), None, "{heard}");
    // Each line begins as the worker began it: no name has made one of its own.
    let is_ours = |line: &&str| line.as_bytes().get(2) == Some(&b':');
    let foreign: Vec<&str> = heard
        .lines()
        .filter(|line| {
            !is_ours(line) && !line.starts_with("Worker ") && !line.starts_with("warning: ")
        })
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[tokio::test]
async fn flows_and_deployments_of_any_name_run() {
    let (one, other) = (Stage::new("flow-names").await, Stage::new("others").await);
    let worker = WorkerProcess::start(command_of_all(&[&one, &other]).words("--log-format json"));
    let mut runs = Vec::new();
    for name in ["流程 \"q\" 'x'", "🚀\nzwei", "תהליך\u{202E}"] {
        let flow = one.prefect.make("/flows/", &json!({"name": name})).await;
        for stage in [&one, &other] {
            let deployment = json!({
                "name": name, "flow_id": flow, "work_pool_name": stage.name, "job_variables": {},
            });
            let deployment = stage.prefect.make("/deployments/", &deployment).await;
            runs.push((stage, stage.run_of(&deployment, &json!({})).await));
        }
    }
    for (stage, run) in &runs {
        stage.job_of(run).await;
        stage.noted(run).await;
    }
    for line in worker.heard().lines() {
        let said: Result<Value, _> = serde_json::from_str(line);
        assert!(said.is_ok_and(|said| said.is_object()), "{line}");
    }
}

#[tokio::test]
async fn an_environment_is_taken_as_it_is_or_refused_with_the_reason() {
    let (one, other) = (Stage::new("odd-env").await, Stage::new("odd-too").await);
    let _worker = WorkerProcess::start(command_of_all(&[&one, &other]));
    // The default template lets the server refuse values that are no text.
    let env = json!({
        "UNI": "名前 🚀", "LINES": "a\nb\r\n\tc", "EMPTY": "", "NOTHING": null,
        "DOLLAR": "$(HOME) $$(X) ${Y}", "with-dash.and.dot": "1", "QUOTES": "\"'`\\",
        "LONG": "x".repeat(50_000),
    });
    let good = one.run(&json!({"env": env})).await;
    let huge = "y".repeat(2_000_000);
    let bad = [
        (&other, json!({"env": {"A=B": "1"}}), "A=B"),
        (&one, json!({"env": {"": "1"}}), "name"),
        (&other, json!({"env": {"HUGE": huge}}), ""),
    ];
    let mut refused = Vec::new();
    for (stage, variables, why) in bad {
        refused.push((stage, stage.run(&variables).await, why));
    }
    let job = one.job_of(&good).await;
    let entries = &job["spec"]["template"]["spec"]["containers"][0]["env"];
    let value = |name: &str| {
        let mut entries = entries.as_array().unwrap().iter();
        entries
            .find(|entry| entry["name"] == name)
            .map(|entry| entry["value"].clone())
    };
    for (name, expected) in [
        ("UNI", "名前 🚀"),
        ("LINES", "a\nb\r\n\tc"),
        ("DOLLAR", "$(HOME) $$(X) ${Y}"),
        ("with-dash.and.dot", "1"),
        ("QUOTES", "\"'`\\"),
    ] {
        assert_eq!(value(name), Some(expected.into()), "{name}");
    }
    assert_eq!(value("NOTHING"), None);
    assert_eq!(value("LONG").unwrap().as_str().unwrap().len(), 50_000);
    for (stage, run, expected) in &refused {
        let why = stage.crashes(run).await;
        assert!(
            why.contains(expected) && why.len() < 5_000,
            "{expected}: {}",
            why.len()
        );
        assert!(stage.jobs_of(run).await.is_empty());
    }
}

#[tokio::test]
async fn a_template_that_changes_is_for_the_runs_to_come() {
    let (one, other) = (Stage::new("template").await, Stage::new("same").await);
    let mut worker = WorkerProcess::start(
        command_of_all(&[&one, &other]).env("PREFECT_WORKER_HEARTBEAT_SECONDS", "1"),
    );
    let path = format!("/work_pools/{}", one.name);
    let mut template = one.prefect.get(&path).await["base_job_template"].clone();
    let before = one.run(&endless()).await;
    one.is(&before, "InfrastructurePending").await;
    template["job_configuration"]["job_manifest"]["metadata"]["annotations"] =
        json!({"changed": "yes"});
    one.prefect
        .patch(&path, &json!({"base_job_template": template}))
        .await;
    worker.says("has changed; the next run uses it").await;
    let after = one.run(&endless()).await;
    let unchanged = other.run(&endless()).await;
    let annotation = |job: &Value| job["metadata"]["annotations"]["changed"].clone();
    assert_eq!(annotation(&one.job_of(&after).await), "yes");
    assert_eq!(annotation(&other.job_of(&unchanged).await), Value::Null);
    assert_eq!(annotation(&one.job_of(&before).await), Value::Null);

    // One that makes no Job is said at once, and its runs say why they crash.
    let mut useless = template.clone();
    useless["job_configuration"]["job_manifest"]["spec"] = json!({});
    one.prefect
        .patch(&path, &json!({"base_job_template": useless}))
        .await;
    worker
        .says("runs whose job variables do not mend this will crash")
        .await;
    let crashed = one.run(&endless()).await;
    let why = one.crashes(&crashed).await;
    assert!(why.contains("/spec/template"), "{why}");

    // Runs in flight were not touched, and are followed to their end.
    one.delete_job_of(&before).await;
    one.crashes(&before).await;
    one.prefect
        .patch(&path, &json!({"base_job_template": template}))
        .await;
    let mended = until("the template that was mended", async || {
        let run = one.run(&endless()).await;
        let history = until("what becomes of the run", async || {
            let run = one.prefect.run(&run).await;
            let state = run["state"]["name"].as_str().unwrap().to_owned();
            (state == "InfrastructurePending" || state == "Crashed").then_some(state)
        })
        .await;
        (history == "InfrastructurePending").then_some(run)
    })
    .await;
    assert_eq!(annotation(&one.job_of(&mended).await), "yes");
}

#[tokio::test]
async fn a_pool_that_is_deleted_is_made_again_and_its_jobs_are_followed() {
    let (goes, stays) = (Stage::new("goes").await, Stage::new("stays").await);
    let mut worker = WorkerProcess::start(
        command_of_all(&[&goes, &stays]).env("PREFECT_WORKER_HEARTBEAT_SECONDS", "1"),
    );
    let in_flight = goes.run(&endless()).await;
    goes.is(&in_flight, "InfrastructurePending").await;
    goes.prefect
        .delete(&format!("/work_pools/{}", goes.name))
        .await;
    // A creation that was repeated, because its first answer was a fault, finds the pool there.
    until("the pool that was made again", async || {
        let heard = worker.heard();
        ["did not exist and was made", "was made again"]
            .iter()
            .any(|words| heard.contains(&format!("work pool '{}' {words}", goes.name)))
            .then_some(())
    })
    .await;
    let elsewhere = stays.run(&endless()).await;
    stays.is(&elsewhere, "InfrastructurePending").await;
    // The deployment went out of its pool with it; one of the new pool is served.
    let deployment = goes
        .deploy("again", &json!({"namespace": goes.name, "image": "flow"}))
        .await;
    let run = goes.run_of(&deployment, &endless()).await;
    goes.has_pod(&run, "Running").await;
    goes.delete_job_of(&run).await;
    goes.crashes(&run).await;
    goes.delete_job_of(&in_flight).await;
    goes.crashes(&in_flight).await;
    worker.signal("TERM");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
}
