//! What a run costs in requests of the Prefect API: the table in docs/how-it-works.md.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;

use crate::{
    stage::{Stage, endless},
    support::{
        proxy::Proxy,
        worker::{WorkerProcess, until},
    },
};

/// The routes that are called for a run, as the proxy names them.
const ROUTES: [(&str, &str); 6] = [
    ("GET", "/api/flow_run_states/"),
    ("GET", "/api/deployments/{id}"),
    ("GET", "/api/flows/{id}"),
    ("POST", "/api/flow_runs/{id}/set_state"),
    ("PATCH", "/api/flow_runs/{id}/labels"),
    ("PATCH", "/api/flow_runs/{id}"),
];

/// How often each was answered well. A busy server's 503 is no request more by our hand.
async fn answered(proxy: &Proxy) -> BTreeMap<&'static str, u64> {
    let rows = proxy.counts().await;
    ROUTES
        .into_iter()
        .map(|(method, route)| {
            let like = rows.iter().filter(|row| {
                let well = row["code"].as_u64().is_some_and(|code| code < 300);
                well && row["method"] == method && row["route"] == route
            });
            (route, like.filter_map(|row| row["count"].as_u64()).sum())
        })
        .collect()
}

#[tokio::test]
async fn a_run_costs_four_requests_once_its_deployment_is_known() {
    const MORE: u64 = 9;
    let stage = Stage::new("cost").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let _worker = WorkerProcess::start(stage.command_behind(Some(&proxy), None));
    let settled = async |runs: u64| {
        until("all requests of the runs", async || {
            let answered = answered(&proxy).await;
            let done = answered["/api/flow_runs/{id}/set_state"] >= 2 * runs
                && answered["/api/flow_runs/{id}/labels"] >= runs
                && answered["/api/flow_runs/{id}"] >= runs;
            done.then_some(answered)
        })
        .await
    };
    let first = stage.run(&endless()).await;
    stage.is(&first, "InfrastructurePending").await;
    let costs = settled(1).await;
    let expected = |runs, deployments| {
        BTreeMap::from([
            ("/api/deployments/{id}", deployments),
            ("/api/flow_run_states/", 0),
            ("/api/flows/{id}", 1),
            ("/api/flow_runs/{id}/set_state", 2 * runs),
            ("/api/flow_runs/{id}/labels", runs),
            ("/api/flow_runs/{id}", runs),
        ])
    };
    assert_eq!(costs, expected(1, 1));

    // A pause lets the next poll give them all at once. What is read after they were made is good
    // for all; the server tells its time in whole seconds.
    let pool = format!("/work_pools/{}", stage.name);
    stage
        .prefect
        .patch(&pool, &json!({"is_paused": true}))
        .await;
    for _ in 0..MORE {
        stage.run(&endless()).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    stage
        .prefect
        .patch(&pool, &json!({"is_paused": false}))
        .await;
    let mut costs = settled(1 + MORE).await;
    // Each poll reads the deployment once, not each run.
    let deployments = costs.insert("/api/deployments/{id}", 0);
    assert!(
        deployments.is_some_and(|count| count <= 3),
        "{deployments:?}"
    );
    assert_eq!(costs, expected(1 + MORE, 0));

    // Pods take their time: by then the worker has looked for runs that were left behind.
    tokio::time::sleep(Duration::from_secs(20)).await;
    let mut costs = answered(&proxy).await;
    costs.insert("/api/deployments/{id}", 0);
    assert_eq!(costs, expected(1 + MORE, 0));
}

/// The requests that a proxy of the API server saw about Secrets, by method.
async fn of_secrets(proxy: &Proxy) -> BTreeMap<String, u64> {
    let rows = proxy.counts().await;
    let of_secrets = rows
        .iter()
        .filter(|row| row["route"].as_str().unwrap().contains("/secrets"));
    let mut counts = BTreeMap::new();
    for row in of_secrets {
        let method = row["method"].as_str().unwrap().to_owned();
        *counts.entry(method).or_default() += row["count"].as_u64().unwrap();
    }
    counts
}

fn counts<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    counts
        .map(|(method, count)| (method.to_owned(), count))
        .into()
}

#[tokio::test]
async fn a_secret_for_the_environment_costs_three_requests() {
    let stage = Stage::new("cost-env").await;
    let proxy = Proxy::of_kubernetes(&stage.cluster.kubeconfig);
    let store = "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_STORE_ENV_AS_SECRET";
    let command = stage
        .command_behind(None, Some(&proxy))
        .env(store, "true")
        .env("PREFECT_API_AUTH_STRING", "admin:pass");
    let worker = WorkerProcess::start(command);
    let run = stage.run(&endless()).await;
    stage.noted(&run).await;
    let costs = of_secrets(&proxy).await;
    assert_eq!(costs, counts([("GET", 1), ("POST", 1), ("PUT", 1)]));
    // All of it stands in the Secret.
    assert!(!worker.heard().contains("plain text"), "{}", worker.heard());
}

#[tokio::test]
async fn the_secret_for_the_key_costs_one_request_once_it_is_there() {
    let stage = Stage::new("cost-key").await;
    let proxy = Proxy::of_kubernetes(&stage.cluster.kubeconfig);
    let make = "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_CREATE_SECRET_FOR_API_KEY";
    let command = stage
        .command_behind(None, Some(&proxy))
        .env(make, "true")
        .env("PREFECT_API_KEY", "pnu_key");
    let _worker = WorkerProcess::start(command);
    for expected in [
        counts([("GET", 1), ("POST", 1)]),
        counts([("GET", 2), ("POST", 1)]),
        counts([("GET", 3), ("POST", 1)]),
    ] {
        let run = stage.run(&endless()).await;
        stage.noted(&run).await;
        assert_eq!(of_secrets(&proxy).await, expected);
    }
}

#[tokio::test]
async fn no_server_is_asked_without_a_pause() {
    let stage = Stage::new("pause").await;
    for zero in ["--poll-interval 0", ""] {
        let proxy = Proxy::of_prefect(stage.prefect.url());
        let command = stage
            .cluster
            .command()
            .words(&format!("worker run --name pause {zero}"))
            .words(&format!("-p {0} -n {0}", stage.name))
            .env("PREFECT_API_URL", &proxy.url)
            .env("PREFECT_WORKER_QUERY_SECONDS", "0")
            .env("PREFECT_WORKER_HEARTBEAT_SECONDS", "0")
            .env("PREFECT_WORKER_CANCELLATION_POLL_SECONDS", "0");
        // Without events, runs to be cancelled are asked for; without the channel, heartbeats are sent.
        let refused = |path| json!({"action": "status", "status": 403, "path": path});
        proxy
            .rules(&[refused("/events/out"), refused("/workers/connect")])
            .await;
        let mut worker = WorkerProcess::start(command);
        worker.says("serving work pool").await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        let polls = proxy.polls().await;
        assert!((2..12).contains(&polls), "{polls} for {zero:?}");
        for (route, most) in [
            ("/api/work_pools/{name}/workers/heartbeat", 12),
            ("/api/flow_runs/filter", 20),
        ] {
            let requests =
                proxy.count("POST", route, 200).await + proxy.count("POST", route, 204).await;
            assert!((2..most).contains(&requests), "{requests} of {route}");
        }
    }
}
