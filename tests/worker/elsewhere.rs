//! Runs whose configuration names a cluster of its own (`cluster_config`).

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    stage::{RUN_LABEL, Stage, endless},
    support::{
        kube::Kube,
        own_cluster::OwnCluster,
        prefect::Prefect,
        proxy::Proxy,
        worker::{WorkerProcess, until},
    },
};

/// Deployments are kept for five seconds.
const KEPT: Duration = Duration::from_secs(6);

/// A stage, and another cluster with a namespace of the same name.
struct Elsewhere {
    stage: Stage,
    there: Kube,
    /// The `KubernetesClusterConfig` of prefect-kubernetes that leads there.
    config: Value,
    _cluster: OwnCluster,
}

impl Elsewhere {
    async fn new(purpose: &str) -> Self {
        let own = OwnCluster::start();
        own.answers().await;
        let stage = Stage::new(purpose).await;
        let there = Kube::connect(&own.cluster).await;
        there.make_namespace(&stage.name).await;
        let view = ["config", "view", "--raw", "--flatten", "-o", "json"];
        let kubeconfig: Value = serde_json::from_str(&own.cluster.kubectl(&view)).unwrap();
        let config = json!({
            "context_name": kubeconfig["current-context"], "config": kubeconfig,
        });
        Self {
            stage,
            there,
            config,
            _cluster: own,
        }
    }

    async fn jobs_there(&self, run: &str) -> Vec<Value> {
        let mut jobs = self.there.jobs(&self.stage.name).await;
        jobs.retain(|job| job["metadata"]["labels"][RUN_LABEL] == run);
        jobs
    }

    /// Waits for the Job of a run over there, and that it is noted. There is none here.
    async fn is_there(&self, run: &str) {
        let job = until("a Job over there", async || {
            self.jobs_there(run).await.pop()
        })
        .await;
        let name = job["metadata"]["name"].as_str().unwrap();
        let noted = self.stage.noted(run).await;
        assert_eq!(noted, format!("{}:{name}", self.stage.name));
        assert_eq!(self.stage.jobs_of(run).await, [json!(null); 0]);
    }

    async fn is_gone_there(&self, run: &str) {
        until("the end of the Job over there", async || {
            self.jobs_there(run).await.is_empty().then_some(())
        })
        .await;
    }
}

/// Puts the configuration into a block, as `KubernetesClusterConfig.save` does.
async fn block(prefect: &Prefect, name: &str, config: &Value) -> String {
    let slug = "kubernetes-cluster-config";
    let kinds = json!({"block_types": {"slug": {"any_": [slug]}}});
    let kinds = prefect.post("/block_types/filter", &kinds).await;
    let kind = match kinds[0]["id"].as_str() {
        Some(id) => id.to_owned(),
        None => {
            let kind = json!({"name": "Kubernetes Cluster Config", "slug": slug});
            prefect.make("/block_types/", &kind).await
        }
    };
    let schema = json!({
        "block_type_id": kind,
        "fields": {
            "title": "KubernetesClusterConfig", "type": "object", "block_type_slug": slug,
            "properties": {"config": {"type": "object"}, "context_name": {"type": "string"}},
            "required": ["config", "context_name"],
            "secret_fields": [], "block_schema_references": {},
        },
    });
    let schema = prefect.make("/block_schemas/", &schema).await;
    let document = json!({
        "name": name, "data": config, "block_type_id": kind, "block_schema_id": schema,
    });
    prefect.make("/block_documents/", &document).await
}

#[tokio::test]
async fn who_sends_all_jobs_elsewhere_needs_no_rights_here() {
    let elsewhere = Elsewhere::new("only-there").await;
    let stage = &elsewhere.stage;
    let block = block(&stage.prefect, &stage.name, &elsewhere.config).await;
    let path = format!("/work_pools/{}", stage.name);
    let mut template = stage.prefect.get(&path).await["base_job_template"].clone();
    template["variables"]["properties"]["cluster_config"]["default"] =
        json!({"$ref": {"block_document_id": block}});
    let change = json!({"base_job_template": template});
    stage.prefect.patch(&path, &change).await;
    let nobody = stage.cluster.nobody_kubeconfig.to_str().unwrap();
    let command = stage.command().env("KUBECONFIG", nobody);
    // The file of such a template is one as well.
    let file = command.home().join("template.json");
    std::fs::write(&file, template.to_string()).unwrap();
    let command = command
        .words("--base-job-template")
        .arg(file.to_str().unwrap());
    let mut worker = WorkerProcess::start(command);
    worker
        .says("Jobs go to the cluster that the work pool's template names")
        .await;
    let run = stage.run(&json!({"command": "sh -c 'exit 7'"})).await;
    elsewhere.is_there(&run).await;
    let why = stage.crashes(&run).await;
    assert!(why.contains("exited with 7"), "{why}");
    worker.signal("TERM");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
    for wrong in ["failed to watch", "will crash"] {
        assert!(!heard.contains(wrong), "{heard}");
    }
}

#[tokio::test]
async fn runs_go_to_the_cluster_that_they_name() {
    let elsewhere = Elsewhere::new("elsewhere").await;
    let stage = &elsewhere.stage;
    let block = block(&stage.prefect, &stage.name, &elsewhere.config).await;
    let by_block = json!({"$ref": {"block_document_id": block}});
    let deployment = stage
        .deploy("there", &json!({"cluster_config": by_block}))
        .await;
    let worker = WorkerProcess::start(stage.command().words("--log-level trace"));

    let run = stage.run_of(&deployment, &endless()).await;
    elsewhere.is_there(&run).await;
    stage.prefect.cancel(&run).await;
    stage.is(&run, "Cancelled").await;
    elsewhere.is_gone_there(&run).await;

    let mut fails = json!({"command": "sh -c 'exit 7'"});
    fails["cluster_config"] = elsewhere.config.clone();
    let run = stage.run(&fails).await;
    elsewhere.is_there(&run).await;
    let why = stage.crashes(&run).await;
    assert!(why.contains("exited with 7"), "{why}");

    let mut nowhere = elsewhere.config.clone();
    nowhere["context_name"] = "nowhere".into();
    let run = stage.run(&json!({"cluster_config": nowhere})).await;
    let why = stage.crashes(&run).await;
    assert!(why.contains("nowhere"), "{why}");

    let user = &elsewhere.config["config"]["users"][0]["user"];
    let secrets = user.as_object().unwrap().values();
    let heard = worker.heard();
    for secret in secrets.filter_map(Value::as_str) {
        assert!(!heard.contains(secret) && !why.contains(secret), "{heard}");
    }
}

#[tokio::test]
async fn a_job_is_looked_for_in_the_cluster_where_it_was_made() {
    let elsewhere = Elsewhere::new("moved").await;
    let stage = &elsewhere.stage;
    let other = format!("{}-other", stage.name);
    stage.kube.make_namespace(&other).await;
    let there = json!({"cluster_config": elsewhere.config});
    let begins = async |run: &str| stage.prefect.force(run, &json!({"type": "RUNNING"})).await;
    let is_running = async |run: &str| {
        let run = stage.prefect.run(run).await;
        assert_eq!(run["state"]["type"], "RUNNING", "{run}");
    };
    let gone = stage.deploy("gone", &there).await;
    let changed = stage.deploy("changed", &there).await;
    let here = stage.deploy("here", &json!({"namespace": other})).await;
    let mut runs = Vec::new();
    for deployment in [&gone, &gone, &changed, &changed, &changed] {
        let run = stage.run_of(deployment, &endless()).await;
        runs.push(run);
    }
    let own = stage.run_of(&here, &endless()).await;
    let own_deleted = stage.run_of(&here, &endless()).await;
    let mut worker = WorkerProcess::start(stage.command());
    for run in &runs {
        elsewhere.is_there(run).await;
    }
    for run in [&own, &own_deleted, &runs[1], &runs[3]] {
        stage.noted(run).await;
        begins(run).await;
    }

    // What named the cluster is gone, or names another; and the worker knows its way there.
    let path = |deployment: &str| format!("/deployments/{deployment}");
    stage.prefect.delete(&path(&gone)).await;
    let none = json!({"job_variables": {}});
    stage.prefect.patch(&path(&changed), &none).await;
    let mut moved = there.clone();
    moved["namespace"] = other.as_str().into();
    let moved = json!({"job_variables": moved});
    stage.prefect.patch(&path(&here), &moved).await;
    tokio::time::sleep(KEPT).await;
    for run in [&runs[0], &runs[2]] {
        stage.prefect.cancel(run).await;
        let run = stage.is(run, "Cancelled").await;
        let message = run["state"]["message"].as_str().unwrap();
        assert!(message.ends_with("while pending."), "{message}");
    }
    for run in [&runs[0], &runs[2]] {
        elsewhere.is_gone_there(run).await;
    }
    worker.signal("TERM");
    worker.ends().await;

    // The next one does not, and calls no Job deleted that it cannot look for.
    let job = stage.prefect.run(&own_deleted).await["infrastructure_pid"].clone();
    let (_, job) = job.as_str().unwrap().split_once(':').unwrap();
    let job = format!("/apis/batch/v1/namespaces/{other}/jobs/{job}");
    stage.kube.delete(&job).await;
    let mut next = WorkerProcess::start(stage.command_of("next"));
    let why = stage.crashes(&own_deleted).await;
    assert!(why.contains("was deleted"), "{why}");
    for run in [&runs[1], &runs[3]] {
        let run = stage.prefect.run(run).await;
        let name = run["name"].as_str().unwrap();
        next.says(&format!(
            "flow run '{name}' is not followed: its Job was made in cluster"
        ))
        .await;
    }
    for run in [&runs[1], &runs[3], &own] {
        is_running(run).await;
    }
    stage.prefect.cancel(&runs[4]).await;
    let cancelled = stage.is(&runs[4], "Cancelled").await;
    let message = cancelled["state"]["message"].as_str().unwrap();
    assert!(
        message.contains("may still be running in another"),
        "{message}"
    );
    assert_eq!(elsewhere.jobs_there(&runs[4]).await.len(), 1);
}

#[tokio::test]
async fn a_job_that_may_be_in_another_cluster_is_not_made_again() {
    let elsewhere = Elsewhere::new("left-there").await;
    let stage = &elsewhere.stage;
    let there = json!({"cluster_config": elsewhere.config});
    let deployment = stage.deploy("there", &there).await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let run = stage.run_of(&deployment, &endless()).await;
    let note = json!({"method": "PATCH", "path": format!("/flow_runs/{run}$"), "action": "hold"});
    proxy.rules(&[note]).await;
    let worker = WorkerProcess::start(stage.command_behind(Some(&proxy), None));
    until("a Job over there", async || {
        elsewhere.jobs_there(&run).await.pop()
    })
    .await;
    until("its label", async || {
        stage.prefect.run(&run).await["labels"]["kubernetes.job-cluster"]
            .is_string()
            .then_some(())
    })
    .await;
    drop(worker);
    let none = json!({"job_variables": {}});
    let path = format!("/deployments/{deployment}");
    stage.prefect.patch(&path, &none).await;
    let mut next = WorkerProcess::start(stage.command());
    next.says("was left behind, and waits: its Job was made in cluster")
        .await;
    assert_eq!(stage.jobs_of(&run).await, [json!(null); 0]);
    assert_eq!(stage.prefect.run(&run).await["state"]["type"], "PENDING");
}
