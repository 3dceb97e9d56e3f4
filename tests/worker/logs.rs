//! What the worker writes into logs on the server: of runs, and on Prefect Cloud of its own.

use serde_json::{Value, json};
use uuid::Uuid;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path_regex},
};

use crate::{stage::Stage, support::cluster};

/// The records of a run's log, as the server gives them.
async fn records(stage: &Stage, run: &str) -> Vec<Value> {
    let filter = json!({"logs": {"flow_run_id": {"any_": [run]}}, "sort": "TIMESTAMP_ASC"});
    let records = stage.prefect.post("/logs/filter", &filter).await;
    records.as_array().unwrap().clone()
}

#[tokio::test]
async fn settings_say_what_goes_into_the_log_of_a_run() {
    let stage = Stage::new("logs").await;
    let once = |settings: &[(&str, &str)], code: i32| {
        let mut command = stage.command().words("--run-once");
        for (name, value) in settings {
            command = command.env(name, value);
        }
        command.failure(code).stderr
    };
    let run = stage.run(&json!({})).await;
    let said = once(&[], 0);
    assert!(said.contains("Submitted as"), "{said}");
    let lines = records(&stage, &run).await;
    assert!(lines.len() >= 2, "{lines:?}");
    // As the Python worker's: prefect/workers/base.py, `get_flow_run_logger`.
    for line in &lines {
        assert_eq!(line["name"], "prefect.flow_runs.worker", "{line}");
        assert_eq!(
            (&line["level"], &line["task_run_id"]),
            (&json!(20), &Value::Null)
        );
    }

    // The level is that of the log on stderr too, and errors are told all the same.
    let quiet = [("PREFECT_LOGGING_LEVEL", "ERROR")];
    let (good, bad) = (
        stage.run(&json!({})).await,
        stage.run(&json!({"name": "No Name"})).await,
    );
    let said = once(&quiet, 1);
    assert!(!said.contains("INFO") && said.contains("ERROR"), "{said}");
    assert_eq!(records(&stage, &good).await, [] as [Value; 0]);
    let lines = records(&stage, &bad).await;
    assert!(
        !lines.is_empty() && lines.iter().all(|line| line["level"] == 40),
        "{lines:?}"
    );

    // A quiet terminal says nothing about what the server keeps.
    let run = stage.run(&json!({})).await;
    let output = stage.command().words("--run-once --log-level error").run();
    assert!(!output.stderr.contains("INFO"), "{output:?}");
    assert!(!records(&stage, &run).await.is_empty());

    let run = stage.run(&json!({})).await;
    once(&[("PREFECT_LOGGING_TO_API_ENABLED", "false")], 0);
    assert_eq!(records(&stage, &run).await, [] as [Value; 0]);
}

#[tokio::test]
async fn prefect_cloud_keeps_the_log_of_the_worker() {
    let server = MockServer::start().await;
    let id = Uuid::new_v4();
    let pool = json!({
        "id": Uuid::new_v4(), "name": "cloud", "type": "kubernetes",
        "base_job_template": crate::stage::template(),
    });
    for (verb, path, answer) in [
        (
            "GET",
            "/work_pools/cloud$",
            ResponseTemplate::new(200).set_body_json(pool),
        ),
        (
            "POST",
            "/heartbeat$",
            ResponseTemplate::new(200).set_body_json(id),
        ),
        (
            "POST",
            "/get_scheduled_flow_runs$",
            ResponseTemplate::new(200).set_body_json(json!([])),
        ),
        ("POST", "/logs/$", ResponseTemplate::new(201)),
        ("DELETE", "/workers/", ResponseTemplate::new(204)),
    ] {
        Mock::given(method(verb))
            .and(path_regex(path))
            .respond_with(answer)
            .mount(&server)
            .await;
    }
    let api = format!("{}/api", server.uri());
    let output = cluster()
        .command()
        .words("worker run --run-once -p cloud --name W")
        .env("PREFECT_CLOUD_API_URL", &api)
        .env("PREFECT_API_URL", &format!("{api}/accounts/a/workspaces/w"))
        .env("PREFECT_API_KEY", "pnu_key")
        .run();
    assert_eq!(output.code, Some(0), "{output:?}");
    let requests = server.received_requests().await.unwrap();
    let sent = requests
        .iter()
        .filter(|request| request.url.path().ends_with("/logs/"));
    let lines: Vec<Value> = sent
        .flat_map(|request| request.body_json::<Vec<Value>>().unwrap())
        .collect();
    let serving = lines
        .iter()
        .find(|line| {
            line["message"]
                .as_str()
                .unwrap()
                .starts_with("serving work pool 'cloud'")
        })
        .unwrap_or_else(|| panic!("{lines:?}\n{}", output.stderr));
    assert_eq!(serving["worker_id"], id.to_string());
    assert_eq!(serving["name"], "prefect.workers.kubernetes.w");
    assert_eq!(serving["level"], 20);
    assert!(serving.get("flow_run_id").is_none(), "{serving}");
}
