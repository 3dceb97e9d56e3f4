//! APIs that do not answer as they should, at each request of a submission: nothing is lost and
//! nothing is done twice.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    stage::{Stage, command_of_all, endless},
    support::{
        proxy::Proxy,
        worker::{WorkerProcess, until},
    },
};

/// The faults, as rules of the proxy without their place.
fn faults() -> [Value; 5] {
    [
        json!({"action": "status", "status": 429, "headers": {"Retry-After": "1"}}),
        json!({"action": "status", "status": 503}),
        json!({"action": "status", "status": 500, "body": "{}"}),
        json!({"action": "drop"}),
        json!({"action": "drop-after"}),
    ]
}

/// A fault at a place, this often.
fn at(method: &str, path: &str, times: u32, fault: &Value) -> Value {
    let mut rule = fault.clone();
    rule["method"] = method.into();
    rule["path"] = path.into();
    rule["times"] = times.into();
    rule
}

/// The run has its one Job, and the server knows it.
async fn is_submitted_once(stage: &Stage, run: &str, what: &Value) {
    let noted = stage.noted(run).await;
    let jobs = stage.jobs_of(run).await;
    assert_eq!(jobs.len(), 1, "{what}");
    let name = jobs[0]["metadata"]["name"].as_str().unwrap();
    assert_eq!(noted, format!("{}:{name}", stage.name), "{what}");
    stage.is(run, "InfrastructurePending").await;
    let history = stage.prefect.history(run).await;
    assert_eq!(
        history,
        ["Scheduled", "Pending", "InfrastructurePending"],
        "{what}"
    );
}

#[tokio::test]
async fn a_fault_at_each_request_of_a_submission() {
    let stage = Stage::new("faults").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let mut rules = Vec::new();
    let mut runs = Vec::new();
    for fault in &faults() {
        for route in ["claim", "labels", "note", "deployment", "flow"] {
            let number = runs.len();
            let flow = json!({"name": format!("{}-{number}", stage.name)});
            let flow = stage.prefect.make("/flows/", &flow).await;
            let body = json!({
                "name": "sleeper", "flow_id": flow, "work_pool_name": stage.name,
                "job_variables": endless(),
            });
            let deployment = stage.prefect.make("/deployments/", &body).await;
            let run = stage.run_of(&deployment, &json!({})).await;
            let rule = match route {
                "claim" => at("POST", &format!("/flow_runs/{run}/set_state"), 2, fault),
                "labels" => at("PATCH", &format!("/flow_runs/{run}/labels"), 2, fault),
                "note" => at("PATCH", &format!("/flow_runs/{run}$"), 2, fault),
                "deployment" => at("GET", &format!("/deployments/{deployment}$"), 2, fault),
                _ => at("GET", &format!("/flows/{flow}$"), 2, fault),
            };
            runs.push((run, rule.clone()));
            rules.push(rule);
        }
    }
    proxy.rules(&rules).await;
    let worker = WorkerProcess::start(stage.command_behind(Some(&proxy), None));
    for (run, rule) in &runs {
        is_submitted_once(&stage, run, rule).await;
    }
    let set_state = "/api/flow_runs/{id}/set_state";
    for code in [429, 503, 500, 0] {
        assert!(proxy.count("POST", set_state, code).await >= 2, "{code}");
    }
    assert!(!worker.heard().contains("Crashed"), "{}", worker.heard());
}

/// The word that a run has crashed meets the server's maintenance, and a person schedules the run
/// again meanwhile.
#[tokio::test]
async fn a_crash_that_maintenance_held_up_does_not_end_the_next_attempt() {
    let stage = Stage::new("maintenance").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let run = stage.run_later().await;
    let _worker = WorkerProcess::start(stage.command_behind(Some(&proxy), None));
    stage.is_due(&run).await;
    stage.is(&run, "InfrastructurePending").await;
    stage.noted(&run).await;
    let maintenance = json!({
        "action": "status", "status": 503,
        "headers": {"Prefect-Maintenance": "true", "Retry-After": "10"},
    });
    let path = format!("/flow_runs/{run}/set_state");
    proxy.rules(&[at("POST", &path, 1, &maintenance)]).await;
    stage.delete_job_of(&run).await;
    proxy.is_met().await;
    stage.is_due(&run).await;
    stage.is(&run, "InfrastructurePending").await;
    tokio::time::sleep(Duration::from_secs(15)).await;
    assert_eq!(stage.prefect.run(&run).await["state_type"], "PENDING");
    let jobs = stage.jobs_of(&run).await;
    assert_eq!(jobs.len(), 1, "{jobs:?}");
}

#[tokio::test]
async fn faults_at_what_all_runs_share() {
    let stage = Stage::new("shared").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let mut rules = Vec::new();
    for fault in &faults() {
        rules.push(at("POST", "/logs/$", 1, fault));
        if fault["action"] == "drop" || fault["status"] == 503 {
            // A loop's pause doubles with each failure, and a start fails after some.
            rules.push(at("POST", "/get_scheduled_flow_runs", 1, fault));
            rules.push(at("POST", "/flow_runs/filter", 1, fault));
            rules.push(at("GET", &format!("/work_pools/{}$", stage.name), 1, fault));
            rules.push(at("POST", "/workers/heartbeat", 1, fault));
        }
    }
    proxy.rules(&rules).await;
    let run = stage.run(&endless()).await;
    let _worker = WorkerProcess::start(stage.command_behind(Some(&proxy), None));
    is_submitted_once(&stage, &run, &json!("shared")).await;
    let lines = stage.logged(&run, "Submitted as Kubernetes Job").await;
    // A batch whose answer was lost is sent again: a line twice is better than none.
    assert!(
        lines.iter().any(|line| line.contains("Taken by worker")),
        "{lines:?}"
    );
    let poll = "/api/work_pools/{name}/get_scheduled_flow_runs";
    assert!(proxy.count("POST", poll, 503).await >= 1);
}

#[tokio::test]
async fn nobody_waits_for_what_is_left_of_a_long_pause() {
    let stage = Stage::new("pause-left").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let command = stage.command_behind(Some(&proxy), None);
    let mut worker = WorkerProcess::start(command.env("PREFECT_WORKER_HEARTBEAT_SECONDS", "2"));
    worker.says("serving work pool").await;
    let all = json!({"action": "drop", "path": "/api/", "times": 100_000});
    proxy.rules(&[all]).await;
    // By then the loops pause for half a minute.
    tokio::time::sleep(Duration::from_secs(25)).await;
    proxy.rules(&[]).await;
    worker.says("answers again").await;
    let back = Instant::now();
    worker.says("polling: back to normal").await;
    assert!(
        back.elapsed() < Duration::from_secs(8),
        "{:?}",
        back.elapsed()
    );
}

#[tokio::test]
async fn a_firewalls_page_does_not_end_the_worker() {
    let stage = Stage::new("firewall").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let command = stage.command_behind(Some(&proxy), None);
    let mut worker = WorkerProcess::start(command.env("PREFECT_WORKER_HEARTBEAT_SECONDS", "1"));
    worker.says("serving work pool").await;
    let page = json!({"action": "status", "status": 403, "body": "<html>blocked</html>"});
    proxy
        .rules(&[
            at("POST", "/get_scheduled_flow_runs", 2, &page),
            at("POST", "/workers/heartbeat", 1, &page),
        ])
        .await;
    worker.says("failed to poll for flow runs").await;
    let heard = worker.heard();
    assert!(heard.contains("is no Prefect API"), "{heard}");
    let run = stage.run(&endless()).await;
    is_submitted_once(&stage, &run, &page).await;
}

#[tokio::test]
async fn faults_of_the_api_server() {
    let stage = Stage::new("apiserver").await;
    let proxy = Proxy::of_kubernetes(&stage.cluster.kubeconfig);
    let jobs = format!("/namespaces/{}/jobs", stage.name);
    let post = format!("{jobs}[?]");
    // Last what a load balancer shows while no API server is behind it.
    let page = json!({"action": "status", "status": 404, "body": "<html>no such page</html>"});
    let mut rules: Vec<Value> = faults()
        .iter()
        .chain([&page])
        .map(|fault| at("POST", &post, 1, fault))
        .collect();
    proxy.rules(&rules).await;
    let worker = WorkerProcess::start(stage.command_behind(None, Some(&proxy)).env(
        "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_CREATE_JOB_RETRY_JITTER_MAX_SECONDS",
        "0",
    ));
    let run = stage.run(&endless()).await;
    is_submitted_once(&stage, &run, &json!("one after the other")).await;
    assert!(worker.heard().contains("is adopted"), "{}", worker.heard());

    // The Job is made, the answer is lost, and what became of it cannot be asked at first.
    rules = vec![
        at("POST", &post, 1, &json!({"action": "drop-after"})),
        at("GET", &format!("{jobs}/"), 1, &json!({"action": "drop"})),
        at("GET", "watch=", 4, &json!({"action": "drop"})),
    ];
    proxy.rules(&rules).await;
    let run = stage
        .run(&json!({"command": "sh -c 'sleep 5; exit 4'"}))
        .await;
    is_submitted_once(&stage, &run, &json!("lost answer")).await;
    let why = stage.crashes(&run).await;
    assert!(why.contains("exited with 4"), "{why}");
}

#[tokio::test]
async fn deployments_that_go_while_their_runs_are_taken() {
    let stage = Stage::new("gone").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let gone = stage.deploy("gone", &json!({})).await;
    let going = stage.deploy("going", &json!({})).await;
    let orphan = stage.run_of(&gone, &json!({})).await;
    let deleted = stage.run_of(&going, &json!({})).await;
    let held = json!({"action": "hold"});
    let not_found = json!({
        "action": "status", "status": 404, "body": r#"{"detail":"Deployment not found"}"#,
    });
    let not_found = at("GET", &format!("/deployments/{gone}$"), 0, &not_found);
    let claim = format!("/flow_runs/{deleted}/set_state");
    proxy
        .rules(&[at("POST", &claim, 1, &held), not_found.clone()])
        .await;
    let mut worker = WorkerProcess::start(stage.command_behind(Some(&proxy), None));
    let run = stage.is(&orphan, "Cancelled").await;
    let message = run["state"]["message"].as_str().unwrap();
    assert!(
        message.contains("no longer exists") && message.contains(&gone),
        "{message}"
    );
    // Its scheduled runs go with it; this one is being claimed.
    proxy.is_met().await;
    stage.prefect.delete(&format!("/deployments/{going}")).await;
    proxy.rules(&[not_found]).await;
    worker.says("not submitted: ").await;
    until("the end of the run", async || {
        let path = format!("/flow_runs/{deleted}");
        let (status, _) = stage.prefect.ask("GET", &path, &json!(null)).await;
        (status == 404).then_some(())
    })
    .await;
    assert_eq!(stage.kube.jobs(&stage.name).await.len(), 0);
}

#[tokio::test]
async fn a_worker_of_several_pools_bears_faults_at_every_route() {
    let stages = [Stage::new("fault-a").await, Stage::new("fault-b").await];
    let prefect = Proxy::of_prefect(stages[0].cluster.prefect_api_url());
    let kube = Proxy::of_kubernetes(&stages[0].cluster.kubeconfig);
    let mut command = command_of_all(&[&stages[0], &stages[1]])
        .words("--log-level debug")
        .env("PREFECT_API_URL", &prefect.url)
        .env("PREFECT_WORKER_HEARTBEAT_SECONDS", "2");
    let kubeconfig = command.home().join("kubeconfig");
    std::fs::write(&kubeconfig, kube.kubeconfig()).unwrap();
    command = command.env("KUBECONFIG", kubeconfig.to_str().unwrap());
    let mut worker = WorkerProcess::start(command);
    for stage in &stages {
        worker
            .says(&format!("serving work pool '{}'", stage.name))
            .await;
    }

    // Routes with their names in the proxy's counts: each fault is to have been met on each.
    let prefect_routes = [
        (
            "POST",
            "/get_scheduled_flow_runs",
            "/api/work_pools/{name}/get_scheduled_flow_runs",
        ),
        ("GET", "/deployments/", "/api/deployments/{id}"),
        ("GET", "/flows/", "/api/flows/{id}"),
        ("POST", "/set_state", "/api/flow_runs/{id}/set_state"),
        ("PATCH", "/labels", "/api/flow_runs/{id}/labels"),
        ("PATCH", "/flow_runs/[^/]*$", "/api/flow_runs/{id}"),
        ("POST", "/logs/$", "/api/logs/"),
    ];
    let jobs = [(
        "POST",
        "/jobs[?]",
        "/apis/batch/v1/namespaces/{namespace}/jobs",
    )];
    let each = |routes: &[(&'static str, &'static str, &'static str)]| -> Vec<Value> {
        let rules = routes
            .iter()
            .flat_map(|(method, path, _)| faults().map(|fault| at(method, path, 1, &fault)));
        rules.collect()
    };
    prefect.rules(&each(&prefect_routes)).await;
    kube.rules(&each(&jobs)).await;
    let mut runs = Vec::new();
    for _ in 0..3 {
        for stage in &stages {
            runs.push((stage, stage.run(&endless()).await));
        }
    }
    for (stage, run) in &runs {
        let noted = stage.noted(run).await;
        let jobs = stage.jobs_of(run).await;
        assert_eq!(jobs.len(), 1, "{}", worker.heard());
        let name = jobs[0]["metadata"]["name"].as_str().unwrap();
        assert_eq!(noted, format!("{}:{name}", stage.name));
    }
    for (proxy, routes) in [(&prefect, &prefect_routes[..]), (&kube, &jobs[..])] {
        for (method, _, route) in routes {
            until(&format!("the faults of {method} {route}"), async || {
                let mut met = 0;
                for code in [429, 503, 500] {
                    met += u64::from(proxy.count(method, route, code).await >= 1);
                }
                (met == 3).then_some(())
            })
            .await;
        }
    }
    let heard = worker.heard();
    assert!(!heard.contains("Crashed"), "{heard}");
    worker.signal("TERM");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
}
