//! Faults of what stays open: the websockets of events and of the worker channel, the watches of
//! Jobs and pods. All of them break at once, and each meets every fault when it begins anew; no
//! event, no cancellation and no end of a Job is missed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    stage::{RUN_LABEL, Stage, endless},
    support::{
        proxy::Proxy,
        wire::Wire,
        worker::{WorkerProcess, until},
    },
};

/// Routes with their names in the proxy's counts.
const SOCKETS: [(&str, &str); 3] = [
    ("/events/in$", "/api/events/in"),
    ("/events/out$", "/api/events/out"),
    (
        "/workers/connect$",
        "/api/work_pools/{name}/workers/connect",
    ),
];
const WATCHES: [(&str, &str); 2] = [
    (
        "/jobs[?].*watch=",
        "/apis/batch/v1/namespaces/{namespace}/jobs?watch",
    ),
    (
        "/pods[?].*watch=",
        "/api/v1/namespaces/{namespace}/pods?watch",
    ),
];

const OPEN: &str = "the worker channel is open";

/// The faults, one after the other.
fn faults() -> [Value; 4] {
    [
        json!({"action": "status", "status": 503}),
        json!({"action": "status", "status": 429, "headers": {"Retry-After": "1"}}),
        json!({"action": "drop"}),
        // Longer than anybody waits.
        json!({"action": "drop", "delayMillis": 15_000}),
    ]
}

/// How a watch is told that the versions it knows are forgotten.
fn compacted() -> Value {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired",
        "message": "too old resource version", "code": 410,
    });
    let event = json!({"type": "ERROR", "object": status});
    json!({
        "action": "status", "status": 200, "body": format!("{event}\n"),
        "headers": {"Content-Type": "application/json"},
    })
}

/// Each fault once at each of these routes.
fn rules(routes: &[(&str, &str)], faults: &[Value]) -> Vec<Value> {
    let mut rules = Vec::new();
    for (path, _) in routes {
        for fault in faults {
            let mut rule = fault.clone();
            rule["method"] = "GET".into();
            rule["path"] = (*path).into();
            rule["times"] = 1.into();
            rules.push(rule);
        }
    }
    rules
}

/// Waits until every fault was met at each of these routes. Meanwhile there is something to tell:
/// without events nobody connects for them.
async fn are_met(stage: &Stage, proxy: &Proxy, routes: &[(&str, &str)]) {
    for (_, route) in routes {
        until(&format!("the faults of {route}"), async || {
            let met = [
                proxy.count("GET", route, 503).await >= 1,
                proxy.count("GET", route, 429).await >= 1,
                proxy.count("GET", route, 0).await >= 2,
            ];
            if met == [true; 3] {
                return Some(());
            }
            stage.run(&json!({})).await;
            tokio::time::sleep(Duration::from_secs(8)).await;
            None
        })
        .await;
    }
}

/// A run is submitted, and its Job followed to its end.
async fn completes(stage: &Stage, worker: &mut WorkerProcess) {
    let run = stage.run(&json!({})).await;
    let job = stage.job_of(&run).await;
    let name = job["metadata"]["name"].as_str().unwrap();
    worker.says(&format!("{name} is complete")).await;
}

/// A run is submitted, and the end of its Job is seen as well as that of its pod.
async fn crashes(stage: &Stage) {
    let run = stage.run(&json!({"command": "sh -c 'exit 3'"})).await;
    let job = stage.job_of(&run).await;
    let why = stage.crashes(&run).await;
    let name = job["metadata"]["name"].as_str().unwrap();
    assert!(why.contains(name), "{why}");
    let pods = stage.kube.pods(&stage.name).await;
    let of_run = |pod: &&Value| pod["metadata"]["labels"][RUN_LABEL] == run;
    let pod = pods.iter().find(of_run).unwrap();
    let pod = pod["metadata"]["uid"].as_str().unwrap();
    let ends = ["failed", "evicted"].map(|phase| format!("prefect.kubernetes.pod.{phase}"));
    let filter = json!({"limit": 50, "filter": {
        "event": {"name": ends},
        "resource": {"id": [format!("prefect.kubernetes.pod.{pod}")]},
    }});
    until("the event of the end of the pod", async || {
        let page = stage.prefect.post("/events/filter", &filter).await;
        (page["events"].as_array()?.len() == 1).then_some(())
    })
    .await;
}

/// A run whose flow waits is cancelled. Nobody polls for that.
async fn is_cancelled(stage: &Stage) {
    let run = stage.run(&endless()).await;
    stage.noted(&run).await;
    stage.cancels(&run).await;
}

#[tokio::test]
async fn streams_that_break_and_meet_every_fault_when_they_begin_anew() {
    let stage = Stage::new("streams").await;
    let prefect = Proxy::of_prefect(stage.prefect.url());
    let kube = Proxy::of_kubernetes(&stage.cluster.kubeconfig);
    let wires = [Wire::to(&prefect.url).await, Wire::to(&kube.url).await];
    let command = stage
        .command()
        .words("--log-level debug --request-timeout 5s")
        .env("PREFECT_API_URL", &wires[0].url)
        .env("PREFECT_WORKER_CANCELLATION_POLL_SECONDS", "3600");
    let kubeconfig = command.home().join("kubeconfig");
    let text = kube.kubeconfig().replace(&kube.url, &wires[1].url);
    std::fs::write(&kubeconfig, text).unwrap();
    let mut worker = WorkerProcess::start(command.env("KUBECONFIG", kubeconfig.to_str().unwrap()));
    worker.says(OPEN).await;
    worker.says("listening for cancelled runs").await;
    completes(&stage, &mut worker).await;

    let opened = worker.times(OPEN);
    let mut faults = faults().to_vec();
    let mut sockets = rules(&SOCKETS, &faults);
    // Events look for another way after three failures, and find that barred as well.
    sockets.push(json!({
        "method": "POST", "path": "/api/events$", "times": 1, "action": "status", "status": 503,
    }));
    prefect.rules(&sockets).await;
    faults.push(compacted());
    kube.rules(&rules(&WATCHES, &faults)).await;
    for wire in &wires {
        wire.cut();
    }
    crashes(&stage).await;
    is_cancelled(&stage).await;
    are_met(&stage, &kube, &WATCHES).await;
    are_met(&stage, &prefect, &SOCKETS).await;
    until("two new lists", async || {
        (worker.times("listing again") >= 2).then_some(())
    })
    .await;

    // And all is as before.
    until("the worker channel", async || {
        (worker.times(OPEN) > opened).then_some(())
    })
    .await;
    completes(&stage, &mut worker).await;
    is_cancelled(&stage).await;
    worker.signal("TERM");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
}
