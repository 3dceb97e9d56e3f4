//! A worker that is killed at a writing request of a submission, before or after the server did
//! what it was asked, and started again: the run has its one Job and is not lost.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    stage::{Stage, endless},
    support::{
        proxy::Proxy,
        worker::{WorkerProcess, until},
    },
};

/// The writing requests of a submission.
#[derive(Debug, Clone, Copy)]
enum Request {
    Claim,
    Labels,
    Note,
    InfrastructurePending,
    Job,
    Secret,
    SecretsOwner,
}

const REQUESTS: [Request; 7] = [
    Request::Claim,
    Request::Labels,
    Request::Note,
    Request::InfrastructurePending,
    Request::Job,
    Request::Secret,
    Request::SecretsOwner,
];

impl Request {
    const fn is_of_prefect(self) -> bool {
        matches!(
            self,
            Self::Claim | Self::Labels | Self::Note | Self::InfrastructurePending
        )
    }

    fn method_and_path(self, run: &str, namespace: &str) -> (&'static str, String) {
        match self {
            Self::Claim | Self::InfrastructurePending => {
                ("POST", format!("/flow_runs/{run}/set_state"))
            }
            Self::Labels => ("PATCH", format!("/flow_runs/{run}/labels")),
            Self::Note => ("PATCH", format!("/flow_runs/{run}$")),
            Self::Job => ("POST", format!("/namespaces/{namespace}/jobs")),
            Self::Secret => ("POST|PUT|PATCH", format!("/namespaces/{namespace}/secrets")),
            Self::SecretsOwner => ("PATCH|PUT", format!("/namespaces/{namespace}/secrets/")),
        }
    }
}

/// A worker that is to be killed, and its run.
struct Scene {
    request: Request,
    action: &'static str,
    stage: Stage,
    worker: WorkerProcess,
    run: String,
}

impl Scene {
    async fn new(request: Request, action: &'static str, prefect: &Proxy, kube: &Proxy) -> Self {
        let stage = Stage::new("killed").await;
        let run = stage.run_later().await;
        let mut command = stage.command_behind(Some(prefect), Some(kube));
        if matches!(request, Request::Secret | Request::SecretsOwner) {
            command = command.env(
                "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_STORE_ENV_AS_SECRET",
                "true",
            );
        }
        let worker = WorkerProcess::start(command);
        Self {
            request,
            action,
            stage,
            worker,
            run,
        }
    }

    fn rule(&self) -> Value {
        let (method, path) = self.request.method_and_path(&self.run, &self.stage.name);
        let first = matches!(self.request, Request::InfrastructurePending);
        json!({
            "method": method, "path": path, "skip": u8::from(first), "times": 1,
            "action": self.action, "pid": self.worker.pid(),
        })
    }

    async fn is_killed(&mut self) {
        self.stage.is_due(&self.run).await;
        let (code, heard) = self.worker.ends().await;
        assert_eq!(code, None, "{:?} {}: {heard}", self.request, self.action);
    }

    async fn recovers(self) {
        let Self {
            request,
            action,
            stage,
            worker,
            run,
        } = self;
        let _worker = worker.again();
        let noted = stage.noted(&run).await;
        let found = stage.prefect.run(&run).await;
        assert_eq!(found["state_type"], "PENDING", "{request:?} {action}");
        let jobs = stage.jobs_of(&run).await;
        assert_eq!(jobs.len(), 1, "{request:?} {action}");
        let metadata = &jobs[0]["metadata"];
        let name = metadata["name"].as_str().unwrap();
        assert_eq!(noted, format!("{}:{name}", stage.name));
        let history = stage.prefect.history(&run).await;
        let claims = history.iter().filter(|name| *name == "Pending").count();
        assert_eq!(claims, 1, "{request:?} {action}: {history:?}");
        if matches!(request, Request::Secret | Request::SecretsOwner) {
            until("the owner of the Secret", async || {
                let secrets = stage.kube.secrets(&stage.name).await;
                let owned = |secret: &Value| {
                    secret["metadata"]["ownerReferences"][0]["uid"] == metadata["uid"]
                };
                (secrets.len() == 1 && secrets.iter().all(owned)).then_some(())
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_worker_killed_at_each_writing_request_loses_nothing() {
    let cluster = crate::support::cluster();
    let prefect = Proxy::of_prefect(cluster.prefect_api_url());
    let kube = Proxy::of_kubernetes(&cluster.kubeconfig);
    let mut scenes = Vec::new();
    for request in REQUESTS {
        for action in ["kill", "kill-after"] {
            scenes.push(Scene::new(request, action, &prefect, &kube).await);
        }
    }
    let rules = |of_prefect: bool| -> Vec<Value> {
        let here = scenes
            .iter()
            .filter(|scene| scene.request.is_of_prefect() == of_prefect);
        here.map(Scene::rule).collect()
    };
    prefect.rules(&rules(true)).await;
    kube.rules(&rules(false)).await;
    futures::future::join_all(scenes.iter_mut().map(Scene::is_killed)).await;
    prefect.rules(&[]).await;
    kube.rules(&[]).await;
    futures::future::join_all(scenes.into_iter().map(Scene::recovers)).await;
}

#[tokio::test]
async fn jobs_that_vanish_while_no_worker_runs() {
    let stage = Stage::new("vanished").await;
    let mut worker = stage.worker();
    let pending = stage.run(&endless()).await;
    let running = stage.run(&endless()).await;
    let kept = stage.run(&endless()).await;
    for run in [&pending, &running, &kept] {
        stage.noted(run).await;
        stage.is(run, "InfrastructurePending").await;
    }
    worker.signal("KILL");
    worker.ends().await;
    let state = json!({"type": "RUNNING", "name": "Running"});
    stage.prefect.force(&running, &state).await;
    stage.delete_job_of(&pending).await;
    stage.delete_job_of(&running).await;
    stage.has_no_pod(&pending).await;
    let _worker = worker.again();
    for run in [&running, &pending] {
        let why = stage.crashes(run).await;
        assert!(why.contains("was deleted"), "{why}");
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let kept = stage.prefect.run(&kept).await;
    assert_eq!(kept["state_type"], "PENDING");
}
