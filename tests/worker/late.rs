//! Runs that the server marks late between the poll that gives them and their claim, as soon as it
//! likes: Late is a state of its own, and the run is in the same attempt all the same.

use serde_json::{Value, json};

use crate::{
    stage::{Stage, later},
    standin::{Executions, Outcome},
    support::{proxy::Proxy, worker::WorkerProcess},
};

struct Scene {
    stage: Stage,
    prefect: Proxy,
    kube: Proxy,
}

impl Scene {
    async fn new(purpose: &str) -> Self {
        let stage = Stage::new(purpose).await;
        let prefect = Proxy::of_prefect(stage.cluster.prefect_api_url());
        let kube = Proxy::of_kubernetes(&stage.cluster.kubeconfig);
        Self {
            stage,
            prefect,
            kube,
        }
    }

    async fn start(&self) -> WorkerProcess {
        let command = self
            .stage
            .command_behind(Some(&self.prefect), Some(&self.kube));
        let mut worker = WorkerProcess::start(command);
        worker.says("serving work pool").await;
        worker
    }

    /// A run that is marked late while its claim is on its way. Its Job meets this rule.
    async fn late(&self, variables: &Value, job: Option<Value>) -> String {
        let body = json!({"state": later(), "job_variables": variables});
        let path = format!("/deployments/{}/create_flow_run", self.stage.deployment);
        let run = self.stage.prefect.make(&path, &body).await;
        let mut rules = Vec::new();
        if let Some(mut rule) = job {
            rule["method"] = "POST".into();
            rule["path"] = format!("/namespaces/{}/jobs[?]", self.stage.name).into();
            rules.push(rule);
        }
        self.kube.rules(&rules).await;
        let claim = format!("/flow_runs/{run}/set_state");
        let hold = json!({"method": "POST", "path": claim, "action": "hold"});
        self.prefect.rules(&[hold]).await;
        self.stage.is_due(&run).await;
        self.prefect.is_met().await;
        let late = json!({"type": "SCHEDULED", "name": "Late"});
        self.stage.prefect.force(&run, &late).await;
        self.prefect.rules(&[]).await;
        run
    }
}

#[tokio::test]
async fn the_job_of_a_run_that_is_marked_late_is_its_own() {
    let scene = Scene::new("late").await;
    let _worker = scene.start().await;
    let command = json!({"command": "sh -c 'exit 3'"});
    let run = scene.late(&command, None).await;
    // Were the Job taken for that of an earlier attempt, the run would be PENDING for ever.
    let why = scene.stage.crashes(&run).await;
    assert!(why.contains("exited with 3"), "{why}");
}

#[tokio::test]
async fn a_run_that_is_marked_late_is_found_again_and_not_done_twice() {
    let scene = Scene::new("late-kill").await;
    let executions = Executions::new();
    let folder = tempfile::tempdir().unwrap();
    for kill in ["kill", "kill-after"] {
        // The flow does not begin before the run is found, which is PENDING until then.
        let gate = folder.path().join(kill);
        let command = executions.variables_behind(&gate, 0.5);
        let mut worker = scene.start().await;
        let rule = json!({"action": kill, "pid": worker.pid()});
        let run = scene.late(&command, Some(rule)).await;
        let (code, heard) = worker.ends().await;
        assert_eq!(code, None, "{kill}: {heard}");
        scene.kube.rules(&[]).await;
        let _next = worker.again();
        scene.stage.noted(&run).await;
        std::fs::write(gate, "").unwrap();
        scene.stage.is(&run, "Completed").await;
        let outcome = executions.outcome(&scene.stage, &run).await;
        assert_eq!(outcome, Outcome::ONCE, "{kill}");
    }
}
