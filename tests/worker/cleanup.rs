//! What the server has a worker clean up: the Jobs of runs that were cancelling for too long. It is
//! acknowledged when it is done, renewed while it takes long, and given back otherwise. What became
//! of each message is asked of the server, which counts.

use serde_json::{Value, json};

use crate::{
    stage::{Stage, endless, template},
    support::{
        TestCommand,
        prefect::Prefect,
        prefect_server,
        proxy::Proxy,
        worker::{WorkerProcess, until},
    },
};

/// How long a run may be cancelling before the server has its Job cleaned up.
const TIMEOUT: (&str, &str) = (
    "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_CANCELLING_TIMEOUT_SECONDS",
    "3",
);
/// How long a message is reserved. It is renewed five seconds before.
const LEASE: (&str, &str) = ("PREFECT_SERVER_WORKER_CHANNEL_CLEANUP_LEASE_SECONDS", "10");
/// The server tells what it has counted.
const COUNTS: (&str, &str) = ("PREFECT_SERVER_METRICS_ENABLED", "true");

const OPEN: &str = "the worker channel is open";
const DONE: &str = "was cancelling for too long: its Kubernetes Job";

/// How often the server has accepted an operation on a message.
async fn accepted(stage: &Stage, operation: &str) -> u32 {
    let url = format!("{}/metrics", stage.prefect.url());
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    let row = format!(
        "prefect_worker_cleanup_queue_operations_total{{operation=\"{operation}\",status=\"accepted\"}} "
    );
    let count = text.lines().find_map(|line| line.strip_prefix(&row));
    count.map_or(0, |count| count.parse::<f64>().unwrap() as u32)
}

/// Waits until the server has accepted an operation so often.
async fn is_accepted(stage: &Stage, operation: &str, count: u32) {
    let what = format!("{operation} no. {count}");
    until(&what, async || {
        (accepted(stage, operation).await >= count).then_some(())
    })
    .await;
}

/// A worker whose channel nothing disturbs: a heartbeat that a busy server cannot write would end
/// it.
fn start(command: TestCommand) -> WorkerProcess {
    let command = command
        .words("--log-level debug")
        .env("PREFECT_WORKER_HEARTBEAT_SECONDS", "600");
    WorkerProcess::start(command)
}

/// A run that has begun, and is cancelled and does not stop. Gives its id, when its Job was noted.
async fn cancelling(stage: &Stage) -> String {
    let run = stage.run(&endless()).await;
    stage.noted(&run).await;
    stage.prefect.force(&run, &json!({"type": "RUNNING"})).await;
    stage.prefect.cancel(&run).await;
    run
}

async fn is_cleaned_up(stage: &Stage, run: &str) {
    stage.has_no_pod(run).await;
    let found = stage.is(run, "Cancelled").await;
    let message = &found["state"]["message"];
    assert!(message.as_str().unwrap().contains("timed out"), "{message}");
}

fn at(method: &str, action: &Value) -> Value {
    let mut rule = action.clone();
    rule["method"] = method.into();
    rule["path"] = "/jobs/[^?]+".into();
    rule
}

/// Holds what is asked of the run's Job, which the clean-up begins with. The message comes seconds
/// after the cancellation; Jobs of earlier runs may be asked for at any time.
async fn hold(kube: &Proxy, stage: &Stage, run: &str) {
    let noted = stage.noted(run).await;
    let (_, job) = noted.split_once(':').unwrap();
    let rule = json!({"action": "hold", "method": "GET", "path": format!("/jobs/{job}")});
    kube.rules(&[rule]).await;
}

#[tokio::test]
async fn messages_are_acknowledged_renewed_and_given_back() {
    let server = prefect_server::start_with(&[TIMEOUT, LEASE, COUNTS]);
    let stage = Stage::on(Prefect::new(&server.url), "cleanup", template()).await;
    let kube = Proxy::of_kubernetes(&stage.cluster.kubeconfig);
    let mut first = start(stage.command_behind(None, Some(&kube)));
    first.says(OPEN).await;

    // Acknowledged.
    let run = cancelling(&stage).await;
    first.says(DONE).await;
    is_cleaned_up(&stage, &run).await;
    is_accepted(&stage, "ack", 1).await;
    assert_eq!(accepted(&stage, "release").await, 0);

    // Renewed for longer than it was reserved for, and then acknowledged.
    let run = cancelling(&stage).await;
    hold(&kube, &stage, &run).await;
    kube.is_met().await;
    let renewed = accepted(&stage, "renew").await;
    is_accepted(&stage, "renew", renewed + 2).await;
    kube.rules(&[]).await;
    is_cleaned_up(&stage, &run).await;
    is_accepted(&stage, "ack", 2).await;
    assert_eq!(accepted(&stage, "release").await, 0);

    // Given back by a worker that cannot do it, and sent again.
    let forbidden = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden",
        "message": "not today", "code": 403,
    });
    let refusal = json!({
        "action": "status", "status": 403, "times": 1, "body": forbidden.to_string(),
        "headers": {"Content-Type": "application/json"},
    });
    kube.rules(&[at("DELETE", &refusal)]).await;
    let run = cancelling(&stage).await;
    first.says("not today").await;
    is_accepted(&stage, "release", 1).await;
    is_cleaned_up(&stage, &run).await;
    is_accepted(&stage, "ack", 3).await;

    // Given back by a worker that stops, and done by another.
    let run = cancelling(&stage).await;
    hold(&kube, &stage, &run).await;
    kube.is_met().await;
    let mut second = start(stage.command_of("second"));
    second.says(OPEN).await;
    first.signal("TERM");
    let (code, heard) = first.ends().await;
    assert_eq!(code, Some(0), "{heard}");
    assert!(heard.contains("is given back"), "{heard}");
    is_accepted(&stage, "release", 2).await;
    second.says(DONE).await;
    is_cleaned_up(&stage, &run).await;
    is_accepted(&stage, "ack", 4).await;
}

#[tokio::test]
async fn a_server_that_does_not_clean_up_leaves_it_to_the_worker() {
    let off = (
        "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_ENABLED",
        "false",
    );
    let server = prefect_server::start_with(&[TIMEOUT, off]);
    let stage = Stage::on(Prefect::new(&server.url), "unclean", template()).await;
    let mut worker = start(stage.command());
    worker.says(OPEN).await;
    let run = cancelling(&stage).await;
    stage.is(&run, "Cancelled").await;
    stage.has_no_pod(&run).await;
    assert_eq!(worker.times(DONE), 0, "{}", worker.heard());
}
