//! Runs whose configuration names a cluster of its own (`cluster_config`).

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    stage::{RUN_LABEL, Stage, endless},
    support::{
        kube::Kube,
        own_cluster::OwnCluster,
        prefect::Prefect,
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

    // Nobody can tell where a Job is when what named its cluster is gone.
    let run = stage.run_of(&deployment, &endless()).await;
    elsewhere.is_there(&run).await;
    let running = stage.run_of(&deployment, &endless()).await;
    elsewhere.is_there(&running).await;
    stage
        .prefect
        .force(&running, &json!({"type": "RUNNING"}))
        .await;
    stage
        .prefect
        .delete(&format!("/deployments/{deployment}"))
        .await;
    tokio::time::sleep(KEPT).await;
    stage.prefect.cancel(&run).await;
    let cancelled = stage.is(&run, "Cancelled").await;
    let message = cancelled["state"]["message"].as_str().unwrap();
    assert!(
        message.contains("may still be running in another"),
        "{message}"
    );

    // Nor does the next worker call it deleted.
    let mut next = WorkerProcess::start(stage.command_of("next").words("--log-level debug"));
    next.says("cannot tell in which cluster").await;
    assert_eq!(
        stage.prefect.run(&running).await["state"]["type"],
        "RUNNING"
    );

    let user = &elsewhere.config["config"]["users"][0]["user"];
    let secrets = user.as_object().unwrap().values();
    let heard = worker.heard();
    for secret in secrets.filter_map(Value::as_str) {
        assert!(!heard.contains(secret) && !why.contains(secret), "{heard}");
    }
}
