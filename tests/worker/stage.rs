//! What a test of the worker stands on: a namespace, a work pool, a flow, its deployments and runs.

use std::time::Duration;

use kubectl_prefect::template::default_base_job_template;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    TestCluster, TestCommand, cluster,
    kube::Kube,
    prefect::Prefect,
    proxy::Proxy,
    worker::{DEADLINE, PAUSE, WorkerProcess, until},
};

/// A namespace and a work pool of the same name, with one deployment.
pub struct Stage {
    /// The cluster.
    pub cluster: TestCluster,
    /// The API server.
    pub kube: Kube,
    /// The Prefect server.
    pub prefect: Prefect,
    /// Name of the namespace and of the pool.
    pub name: String,
    /// Id of the flow.
    pub flow: String,
    /// Id of the deployment, whose runs sleep for a second.
    pub deployment: String,
}

/// The labels by which a Job names its run.
pub const RUN_LABEL: &str = "prefect.io/flow-run-id";

impl Stage {
    /// Sets it up.
    pub async fn new(purpose: &str) -> Self {
        Self::with_template(purpose, template()).await
    }

    /// Sets it up with a base job template.
    pub async fn with_template(purpose: &str, template: Value) -> Self {
        let prefect = Prefect::new(cluster().prefect_api_url());
        Self::on(prefect, purpose, template).await
    }

    /// Sets it up on another Prefect server than the cluster's.
    pub async fn on(prefect: Prefect, purpose: &str, template: Value) -> Self {
        Self::at(cluster(), prefect, purpose, template).await
    }

    /// Sets it up on another cluster than that of all tests.
    pub async fn at(
        cluster: TestCluster,
        prefect: Prefect,
        purpose: &str,
        template: Value,
    ) -> Self {
        let kube = Kube::connect(&cluster).await;
        let suffix = Uuid::new_v4().simple().to_string();
        let name = format!("{purpose}-{}", &suffix[..8]);
        kube.make_namespace(&name).await;
        let mut template = template;
        template["variables"]["properties"]["namespace"]["default"] = name.as_str().into();
        let pool = json!({"name": name, "type": "kubernetes", "base_job_template": template});
        prefect.post("/work_pools/", &pool).await;
        let flow = prefect.make("/flows/", &json!({"name": name})).await;
        let mut stage = Self {
            cluster,
            kube,
            prefect,
            name,
            flow,
            deployment: String::new(),
        };
        stage.deployment = stage.deploy("sleeper", &json!({})).await;
        stage
    }

    /// Makes a deployment with these job variables.
    pub async fn deploy(&self, name: &str, variables: &Value) -> String {
        let body = json!({
            "name": name, "flow_id": self.flow, "work_pool_name": self.name,
            "job_variables": variables,
        });
        self.prefect.make("/deployments/", &body).await
    }

    /// Makes a deployment of a flow of `flows.py`.
    pub async fn deploy_flow(&self, flow: &str) -> String {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/worker");
        let body = json!({
            "name": flow, "flow_id": self.flow, "work_pool_name": self.name,
            "entrypoint": format!("flows.py:{flow}"),
            "pull_steps": [
                {"prefect.deployments.steps.set_working_directory": {"directory": folder}},
            ],
            "job_variables": {"command": null},
        });
        self.prefect.make("/deployments/", &body).await
    }

    /// Makes a run of a deployment, due now. Gives its id.
    pub async fn run_of(&self, deployment: &str, variables: &Value) -> String {
        let body = json!({"state": {"type": "SCHEDULED"}, "job_variables": variables});
        let path = format!("/deployments/{deployment}/create_flow_run");
        self.prefect.make(&path, &body).await
    }

    /// Makes a run of the deployment, due now, with these job variables. Gives its id.
    pub async fn run(&self, variables: &Value) -> String {
        self.run_of(&self.deployment, variables).await
    }

    /// Makes an endless run that is due in an hour. Gives its id.
    pub async fn run_later(&self) -> String {
        let body = json!({"state": later(), "job_variables": endless()});
        let path = format!("/deployments/{}/create_flow_run", self.deployment);
        self.prefect.make(&path, &body).await
    }

    /// Lets a run be due now.
    pub async fn is_due(&self, run: &str) {
        self.prefect.force(run, &json!({"type": "SCHEDULED"})).await;
    }

    /// `kubectl prefect worker run` for the pool, impatient, with Jobs in the namespace.
    pub fn command(&self) -> TestCommand {
        self.command_of(&self.name)
    }

    /// The same for a worker of this name.
    pub fn command_of(&self, worker: &str) -> TestCommand {
        self.cluster
            .command()
            .words("worker run --poll-interval 1s")
            .words(&format!("-p {0} -n {0} --name {worker}", self.name))
            .env("PREFECT_API_URL", self.prefect.url())
            .env("PREFECT_LOGGING_TO_API_BATCH_INTERVAL", "0.5")
    }

    /// The same, with both APIs behind proxies.
    pub fn command_behind(&self, prefect: Option<&Proxy>, kube: Option<&Proxy>) -> TestCommand {
        let mut command = self.command();
        if let Some(proxy) = prefect {
            command = command.env("PREFECT_API_URL", &proxy.url);
        }
        if let Some(proxy) = kube {
            let path = command.home().join("kubeconfig");
            std::fs::write(&path, proxy.kubeconfig()).unwrap();
            command = command.env("KUBECONFIG", path.to_str().unwrap());
        }
        command
    }

    /// Starts a worker.
    pub fn worker(&self) -> WorkerProcess {
        WorkerProcess::start(self.command())
    }

    /// Waits until a run is in a state, by its name. Gives the run.
    ///
    /// # Panics
    /// When it does not get there, or ends in another.
    pub async fn is(&self, run: &str, state: &str) -> Value {
        let begun = std::time::Instant::now();
        loop {
            let found = self.prefect.run(run).await;
            if found["state"]["name"] == state {
                return found;
            }
            let over = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]
                .iter()
                .any(|end| found["state_type"] == *end);
            assert!(
                !over && begun.elapsed() < DEADLINE,
                "the run is not {state} but {}",
                found["state"]
            );
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until a run has crashed. Gives why.
    pub async fn crashes(&self, run: &str) -> String {
        let run = self.is(run, "Crashed").await;
        run["state"]["message"].as_str().unwrap().to_owned()
    }

    /// Waits until a run's log on the server has this in it. Gives the log.
    pub async fn logged(&self, run: &str, text: &str) -> Vec<String> {
        until(&format!("{text:?} in the log of the run"), async || {
            let lines = self.prefect.logs(run).await;
            lines
                .iter()
                .any(|line| line.contains(text))
                .then_some(lines)
        })
        .await
    }

    /// The Jobs of a run.
    pub async fn jobs_of(&self, run: &str) -> Vec<Value> {
        let mut jobs = self.kube.jobs(&self.name).await;
        jobs.retain(|job| job["metadata"]["labels"][RUN_LABEL] == run);
        jobs
    }

    /// Waits until a run has a Job.
    pub async fn job_of(&self, run: &str) -> Value {
        until("a Job of the run", async || self.jobs_of(run).await.pop()).await
    }

    /// Waits until the server has noted the Job of a run.
    pub async fn noted(&self, run: &str) -> String {
        until("the note of the Job", async || {
            let run = self.prefect.run(run).await;
            run["infrastructure_pid"].as_str().map(str::to_owned)
        })
        .await
    }

    /// Waits until no pod of a run is left.
    pub async fn has_no_pod(&self, run: &str) {
        until("the end of the pods", async || {
            let pods = self.kube.pods(&self.name).await;
            let of_run = |pod: &Value| pod["metadata"]["labels"][RUN_LABEL] == run;
            (!pods.iter().any(of_run)).then_some(())
        })
        .await;
    }

    /// Cancels a run, and waits until it is cancelled and has no pod left.
    pub async fn cancels(&self, run: &str) {
        self.prefect.cancel(run).await;
        self.is(run, "Cancelled").await;
        self.has_no_pod(run).await;
    }

    /// Waits until a pod of a run is in a phase.
    pub async fn has_pod(&self, run: &str, phase: &str) {
        until(&format!("a {phase} pod"), async || {
            let pods = self.kube.pods(&self.name).await;
            pods.iter()
                .any(|pod| {
                    pod["metadata"]["labels"][RUN_LABEL] == run && pod["status"]["phase"] == phase
                })
                .then_some(())
        })
        .await;
    }

    /// Deletes the only Job of a run behind the worker's back.
    pub async fn delete_job_of(&self, run: &str) {
        let job = self.job_of(run).await;
        let name = job["metadata"]["name"].as_str().unwrap();
        let path = format!("/apis/batch/v1/namespaces/{}/jobs/{name}", self.name);
        self.kube.delete(&path).await;
    }
}

/// One worker of the pools of several stages; Jobs go where each pool's template says.
pub fn command_of_all(stages: &[&Stage]) -> TestCommand {
    let pools: Vec<String> = stages.iter().map(|it| format!("-p {}", it.name)).collect();
    let cluster = &stages[0].cluster;
    cluster
        .command()
        .words("worker run --poll-interval 1s --name all")
        .words(&pools.join(" "))
        .env("PREFECT_API_URL", cluster.prefect_api_url())
        .env("PREFECT_LOGGING_TO_API_BATCH_INTERVAL", "0.5")
}

impl Drop for Stage {
    fn drop(&mut self) {
        let delete = ["delete", "namespace", &self.name, "--wait=false"];
        // Left to the end of the cluster when it fails; a second panic would hide the first.
        let _ = std::panic::catch_unwind(|| self.cluster.kubectl(&delete));
    }
}

/// The usual template: the default one, with a second's sleep for a flow, pods that end quickly
/// and Jobs that stay.
pub fn template() -> Value {
    let mut template = default_base_job_template();
    template["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] =
        2.into();
    let variables = &mut template["variables"]["properties"];
    variables["command"]["default"] = "sleep 1".into();
    variables["image"]["default"] = "flow".into();
    template
}

/// The job variables of a run that goes on for longer than any test.
pub fn endless() -> Value {
    json!({"command": "sleep 1000"})
}

/// The state of a run that is due in an hour.
pub fn later() -> Value {
    let at = jiff::Timestamp::now() + Duration::from_secs(3600);
    json!({"type": "SCHEDULED", "state_details": {"scheduled_time": at.to_string()}})
}
