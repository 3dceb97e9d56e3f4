//! Every typed route of the client once against a real Prefect server.
//!
//! Needs `KUBECTL_PREFECT_TEST_API_URL`, the URL of a server that may be written to:
//! `make test` sets it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

use std::time::Duration;

use kubectl_prefect::{
    env_vars::Environment,
    prefect::{
        Client, ClientConfig, DeploymentId, FlowRunFilter, FlowRunId, FlowRunSort, FlowRunUpdate,
        NewFlowRun, NewWorkPool, Page, ProposedState, StateOutcome, StateType, WorkPoolName,
        WorkPoolUpdate, WorkerName,
        routes::{BlockSecrets, Poll},
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

const API_URL: &str = "KUBECTL_PREFECT_TEST_API_URL";
/// The server's auth string, where it asks for one.
const AUTH_STRING: &str = "KUBECTL_PREFECT_TEST_API_AUTH_STRING";

/// A server, and what a test makes on it under names of its own.
pub struct Server {
    pub client: Client,
    url: String,
    pub pool: WorkPoolName,
}

impl Server {
    pub async fn new() -> Self {
        let env = Environment::of_process();
        let url = env
            .get(API_URL)
            .expect("a Prefect server: run `make test` (KUBECTL_PREFECT_TEST_API_URL is not set)")
            .to_owned();
        let mut config = ClientConfig::new(url.parse().unwrap());
        config.auth_string = env.get(AUTH_STRING).map(Into::into);
        let client = Client::new(&config).unwrap();
        let pool = WorkPoolName(format!("api test ä {}", Uuid::new_v4().simple()));
        Self { client, url, pool }
    }

    /// What only tests need is asked for without the client.
    async fn post(&self, path: &str, body: Value) -> Value {
        // Fails when another test of this process was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::new();
        for _ in 0..20 {
            let answer = client
                .post(format!("{}{path}", self.url))
                .header("content-type", "application/json")
                .body(body.to_string())
                .send()
                .await
                .unwrap();
            // SQLite under load: the server asks to come again.
            if answer.status() != reqwest::StatusCode::SERVICE_UNAVAILABLE {
                assert!(answer.status().is_success(), "{path}: {}", answer.status());
                return serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        panic!("{path}: the server's database stays locked");
    }

    pub async fn create_pool(&self) {
        let new = NewWorkPool {
            name: self.pool.clone(),
            kind: "kubernetes".to_owned(),
            base_job_template: None,
            description: Some("made by a test".to_owned()),
            concurrency_limit: Some(7),
        };
        let pool = self.client.create_work_pool(&new).await.unwrap();
        assert_eq!(
            (pool.name, pool.concurrency_limit),
            (self.pool.clone(), Some(7))
        );
        assert!(
            self.client
                .create_work_pool(&new)
                .await
                .unwrap_err()
                .is_conflict()
        );
    }

    pub async fn create_deployment(&self) -> DeploymentId {
        let name = format!("flow {}", Uuid::new_v4().simple());
        let flow = self.post("/flows/", json!({ "name": name })).await;
        let deployment = self
            .post(
                "/deployments/",
                json!({
                    "name": "main", "flow_id": flow["id"], "work_pool_name": self.pool,
                    "job_variables": {"image": "x"}, "entrypoint": "flow.py:main",
                }),
            )
            .await;
        let found = self
            .client
            .read_deployment_by_name(&name, "main")
            .await
            .unwrap();
        assert_eq!(found.id.to_string(), deployment["id"]);
        found.id
    }
}

#[tokio::test]
async fn pools_queues_and_workers() {
    let server = Server::new().await;
    let (client, name) = (&server.client, &server.pool);
    assert!(client.server_version().await.unwrap().starts_with('3'));
    assert!(client.healthy().await.unwrap());
    let template = client.default_base_job_template().await.unwrap().unwrap();
    assert!(template.contains_key("job_configuration"));

    assert!(
        client
            .read_work_pool(name)
            .await
            .unwrap_err()
            .is_not_found()
    );
    server.create_pool().await;
    let update = WorkPoolUpdate {
        base_job_template: Some(template.clone()),
        is_paused: Some(true),
        ..WorkPoolUpdate::default()
    };
    client.update_work_pool(name, &update).await.unwrap();
    let pool = client.read_work_pool(name).await.unwrap();
    assert_eq!((pool.base_job_template, pool.is_paused), (template, true));
    let pools = client.list_work_pools(Page::default()).await.unwrap();
    assert!(pools.iter().any(|pool| pool.name == *name));
    let queues = client
        .list_work_queues(name, Page::default())
        .await
        .unwrap();
    assert_eq!(queues[0].name.as_str(), "default");

    let worker = WorkerName::from("wörker 1");
    let interval = Duration::from_millis(30_500);
    let id = client
        .heartbeat(name, &worker, interval, true, None)
        .await
        .unwrap();
    assert_eq!(id, None, "a server of one's own keeps the id");
    let workers = client.list_workers(name, Page::default()).await.unwrap();
    assert_eq!(workers[0].name, worker);
    assert_eq!(workers[0].heartbeat_interval_seconds, Some(30));
    client.delete_worker(name, &worker).await.unwrap();
    client.delete_worker(name, &worker).await.unwrap();
    assert!(
        client
            .list_workers(name, Page::default())
            .await
            .unwrap()
            .is_empty()
    );
    client.delete_work_pool(name).await.unwrap();
}

#[tokio::test]
async fn a_run_from_poll_to_end() {
    let server = Server::new().await;
    let client = &server.client;
    server.create_pool().await;
    let deployment = server.create_deployment().await;
    let new = NewFlowRun {
        parameters: json!({"x": [1, {"y": null}]}).as_object().unwrap().clone(),
        idempotency_key: Some(Uuid::new_v4().to_string()),
        ..NewFlowRun::default()
    };
    let run = client.create_flow_run(deployment, &new).await.unwrap();
    let again = client.create_flow_run(deployment, &new).await.unwrap();
    assert_eq!(run.id, again.id, "the idempotency key makes it one run");
    assert_eq!(run.json["parameters"], json!({"x": [1, {"y": null}]}));

    let poll = Poll {
        work_queues: vec!["default".into()],
        limit: Some(10),
        ..Poll::default()
    };
    let found = client
        .scheduled_flow_runs(&server.pool, &poll)
        .await
        .unwrap();
    assert_eq!(found[0].flow_run.id, run.id);
    assert_eq!(found[0].flow_run.state_id, run.state_id);
    assert!(found[0].flow_run.state.is_none(), "a poll gives no states");
    assert_eq!(found[0].flow_run.state_type, Some(StateType::Scheduled));

    let proposal = ProposedState::pending();
    let first = client.set_state(run.id, &proposal).await.unwrap();
    assert!(matches!(
        first,
        StateOutcome::Accepted {
            repeated: false,
            ..
        }
    ));
    let repeated = client.set_state(run.id, &proposal).await.unwrap();
    assert!(
        matches!(&repeated, StateOutcome::Accepted { repeated: true, state }
            if Some(state) == first.accepted()),
        "{repeated:?}"
    );
    let other = client
        .set_state(run.id, &ProposedState::pending())
        .await
        .unwrap();
    assert!(
        matches!(other, StateOutcome::Aborted { reason: Some(_) }),
        "{other:?}"
    );

    let update = FlowRunUpdate {
        infrastructure_pid: Some("ns:job".to_owned()),
    };
    client.update_flow_run(run.id, &update).await.unwrap();
    let labels = json!({"prefect.worker.name": "w"});
    let labels = labels.as_object().unwrap();
    client.update_flow_run_labels(run.id, labels).await.unwrap();
    let read = client.read_flow_run(run.id).await.unwrap();
    assert_eq!(read.infrastructure_pid.as_deref(), Some("ns:job"));
    assert_eq!(read.labels["prefect.worker.name"], "w");
    assert_eq!(read.work_pool_name.as_ref(), Some(&server.pool));

    let pending = ProposedState::infrastructure_pending("Kubernetes pod is pending.");
    let pending = client.set_state(run.id, &pending).await.unwrap();
    assert_eq!(pending.accepted().unwrap().label(), "InfrastructurePending");
    let crashed = client
        .set_state(run.id, &ProposedState::crashed("no pod"))
        .await
        .unwrap();
    assert!(crashed.accepted().unwrap().kind.is_final());
    let states = client.flow_run_states(run.id).await.unwrap();
    let names: Vec<_> = states
        .iter()
        .map(|state| state.label().to_owned())
        .collect();
    assert_eq!(
        names,
        ["Scheduled", "Pending", "InfrastructurePending", "Crashed"]
    );
    let forced = client
        .force_state(run.id, &ProposedState::cancelled("over"))
        .await
        .unwrap();
    assert_eq!(forced.accepted().unwrap().kind, StateType::Cancelled);

    let deployment = client.read_deployment(deployment).await.unwrap();
    assert_eq!(deployment.job_variables["image"], "x");
    let flow = client.read_flow(deployment.flow_id).await.unwrap();
    assert!(flow.name.starts_with("flow "));

    let missing = FlowRunId(Uuid::new_v4());
    let filter = FlowRunFilter {
        ids: Some(vec![run.id, missing]),
        state_types: vec![StateType::Cancelled],
        state_names: vec!["Cancelled".to_owned()],
        work_pools: vec![server.pool.clone()],
        work_queues: vec!["default".into()],
        deployments: vec![deployment.id],
        names: vec![run.name.clone()],
        expected_start_before: Some(jiff::Timestamp::now()),
        expected_start_after: Some(jiff::Timestamp::UNIX_EPOCH),
    };
    let found = client.all_flow_runs(&filter).await.unwrap();
    assert_eq!(found.iter().map(|run| run.id).collect::<Vec<_>>(), [run.id]);
    for sort in [
        FlowRunSort::ExpectedStartTimeDesc,
        FlowRunSort::NextScheduledStartTimeAsc,
    ] {
        let page = Page {
            limit: 1,
            offset: 0,
        };
        let found = client.list_flow_runs(&filter, sort, page).await.unwrap();
        assert_eq!(found.len(), 1);
    }
    let too_many = Page {
        limit: 100_000,
        offset: 0,
    };
    // The server gives 200 at once.
    let found = client
        .list_flow_runs(&filter, FlowRunSort::IdDesc, too_many)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert!(client.find_flow_run(missing).await.unwrap().is_none());
    client.delete_flow_run(run.id).await.unwrap();
    client.delete_flow_run(run.id).await.unwrap();
    client.delete_work_pool(&server.pool).await.unwrap();
}

#[tokio::test]
async fn blocks_and_variables() {
    let server = Server::new().await;
    let client = &server.client;
    let name = format!("var_{}", Uuid::new_v4().simple());
    assert!(client.find_variable(&name).await.unwrap().is_none());
    let value = json!({"a": [1, true, null]});
    server
        .post("/variables/", json!({"name": name, "value": value}))
        .await;
    let variable = client.find_variable(&name).await.unwrap().unwrap();
    assert_eq!(variable.value, value);

    let slug = format!("type-{}", Uuid::new_v4().simple());
    let kind = server
        .post("/block_types/", json!({"name": slug, "slug": slug}))
        .await;
    let schema = server
        .post(
            "/block_schemas/",
            json!({
                "block_type_id": kind["id"],
                "fields": {
                    "title": slug, "type": "object", "block_type_slug": slug,
                    "properties": {"value": {"type": "string", "format": "password"}},
                    "secret_fields": ["value"], "block_schema_references": {},
                },
            }),
        )
        .await;
    let document = server
        .post(
            "/block_documents/",
            json!({
                "name": "my-secret", "data": {"value": "hunter2"},
                "block_schema_id": schema["id"], "block_type_id": kind["id"],
            }),
        )
        .await;
    let by_name = client
        .read_block_document_by_name(&slug, "my-secret", BlockSecrets::Shown)
        .await
        .unwrap();
    assert_eq!(by_name.data["value"], "hunter2");
    assert!(!format!("{by_name:?}").contains("hunter2"));
    assert_eq!(by_name.id.to_string(), document["id"]);
    let by_id = client
        .read_block_document(by_name.id, BlockSecrets::Shown)
        .await
        .unwrap();
    assert_eq!(by_id, by_name);
    let missing = client
        .read_block_document_by_name(&slug, "none", BlockSecrets::Shown)
        .await;
    let hidden = client
        .read_block_document(by_name.id, BlockSecrets::Hidden)
        .await
        .unwrap();
    assert_eq!(hidden.data["value"], "********");
    assert!(missing.unwrap_err().is_not_found());
}
