//! Runs whose infrastructure fails before their flow begins, and runs whose pods are told to stop:
//! who is tried again, who is not.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    stage::{Stage, template},
    support::{
        proxy::Proxy,
        worker::{WorkerProcess, until},
    },
};

/// The state of a run that is tried again.
const AGAIN: &str = "AwaitingInfrastructureRetry";

/// A template whose Jobs may be changed as a test likes.
fn template_with(change: impl Fn(&mut Value)) -> Value {
    let mut template = template();
    change(&mut template["job_configuration"]["job_manifest"]);
    template
}

#[tokio::test]
async fn infrastructure_that_fails_is_tried_again() {
    let stage = Stage::new("retries").await;
    let command = stage.command().words("--pod-start-timeout 3s");
    let mut worker =
        WorkerProcess::start(command.env("PREFECT_KUBERNETES_WORKER_INFRASTRUCTURE_RETRIES", "1"));
    let evicted = json!({"image": "trouble.test/evict-after:1s", "command": "sleep 1000"});
    let evicted = stage.run(&evicted).await;
    let pulled = stage.run(&json!({"image": "does-not-exist:1"})).await;
    let failed = stage.run(&json!({"command": "sh -c 'exit 3'"})).await;
    // A flow that fails by itself is no fault of its infrastructure.
    let why = stage.crashes(&failed).await;
    assert!(
        why.contains("exited with 3") && !why.contains("tried"),
        "{why}"
    );
    assert_eq!(stage.jobs_of(&failed).await.len(), 1);
    for run in [&evicted, &pulled] {
        stage.logged(run, "Trying again in").await;
    }
    // How often it was tried stands on the server: the next worker goes on counting.
    worker.signal("KILL");
    worker.ends().await;
    let _worker = worker.again();
    for (run, reason) in [(&evicted, "disrupted"), (&pulled, "had not started")] {
        let why = stage.crashes(run).await;
        // The worker may have been killed right after it had deleted the Job of the second attempt.
        let is_told = why.contains(reason) || why.contains("was deleted");
        assert!(why.contains("was tried 2 times") && is_told, "{why}");
        let history = stage.prefect.history(run).await;
        let times = |state: &str| history.iter().filter(|name| *name == state).count();
        assert_eq!((times(AGAIN), times("Pending")), (1, 2), "{history:?}");
        let jobs = stage.jobs_of(run).await;
        assert!(jobs.len() <= 1, "the Job of the first attempt is deleted");
    }
}

/// The proposal of a retry is on its way for long, and a person cancels the run meanwhile.
#[tokio::test]
async fn a_run_that_is_cancelled_while_its_retry_is_decided_stays_cancelled() {
    let stage = Stage::new("late-retry").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let run = stage.run_later().await;
    let command = stage.command_behind(Some(&proxy), None);
    let _worker = WorkerProcess::start(command.words("--infrastructure-retries 1"));
    stage.is_due(&run).await;
    stage.is(&run, "InfrastructurePending").await;
    stage.noted(&run).await;
    proxy.rules(&[proposal(&run)]).await;
    stage.delete_job_of(&run).await;
    proxy.is_met().await;
    let cancelled = json!({"type": "CANCELLED", "name": "Cancelled"});
    stage.prefect.force(&run, &cancelled).await;
    proxy.rules(&[]).await;
    until("the retry, and the end that is given back", async || {
        let history = stage.prefect.history(&run).await;
        let retried = history.iter().position(|name| name == AGAIN)?;
        history[retried..]
            .contains(&"Cancelled".to_owned())
            .then_some(())
    })
    .await;
    assert_eq!(stage.prefect.run(&run).await["state_type"], "CANCELLED");
    assert_eq!(stage.jobs_of(&run).await.len(), 0);
}

/// A rule that holds what is proposed for a run.
fn proposal(run: &str) -> Value {
    let path = format!("/flow_runs/{run}/set_state");
    json!({"method": "POST", "path": path, "action": "hold"})
}

/// Two replicas on one pool, behind a proxy.
struct Replicas {
    stage: Stage,
    proxy: Proxy,
    run: String,
}

impl Replicas {
    /// A run that is due in an hour.
    async fn new(purpose: &str) -> Self {
        let stage = Stage::new(purpose).await;
        let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
        let run = stage.run_later().await;
        Self { stage, proxy, run }
    }

    fn name(&self, replica: &str) -> String {
        format!("{}-{replica}", self.stage.name)
    }

    async fn start(&self, replica: &str) -> WorkerProcess {
        let command = self.stage.command_of(&self.name(replica));
        let command = command.env("PREFECT_API_URL", &self.proxy.url);
        let mut worker = WorkerProcess::start(command.words("--infrastructure-retries 1"));
        worker.says("serving work pool").await;
        worker
    }

    /// A rule for what a replica proposes for the run.
    fn proposal(&self, replica: &str) -> Value {
        let mut rule = proposal(&self.run);
        rule["worker"] = self.name(replica).into();
        rule
    }

    async fn waits_for_its_pod(&self) {
        self.stage.is(&self.run, "InfrastructurePending").await;
        self.stage.noted(&self.run).await;
    }

    /// How often the run was put back into the schedule.
    async fn retries(&self) -> usize {
        let history = self.stage.prefect.history(&self.run).await;
        history.iter().filter(|name| *name == AGAIN).count()
    }
}

/// Both have looked, and propose the same retry at once.
#[tokio::test]
async fn however_many_replicas_there_are_each_attempt_is_tried_again_once() {
    let replicas = Replicas::new("replicas-retry").await;
    let Replicas { stage, proxy, run } = &replicas;
    let _workers = [replicas.start("one").await, replicas.start("two").await];
    stage.is_due(run).await;
    replicas.waits_for_its_pod().await;
    let both = ["one", "two"].map(|replica| replicas.proposal(replica));
    proxy.rules(&both).await;
    stage.delete_job_of(run).await;
    proxy.is_met().await;
    proxy.rules(&[]).await;
    stage.logged(run, "Trying again in").await;
    replicas.waits_for_its_pod().await;
    stage.delete_job_of(run).await;
    let why = stage.crashes(run).await;
    assert!(why.contains("was tried 2 times"), "{why}");
    assert_eq!(replicas.retries().await, 1);
    let log = stage.prefect.logs(run).await;
    let told = log.iter().filter(|line| line.contains("Trying again in"));
    assert_eq!(told.count(), 1, "{log:?}");
}

/// The proposal of one is on its way until the run is in its next attempt.
#[tokio::test]
async fn a_retry_that_comes_during_the_next_attempt_starts_no_third() {
    let replicas = Replicas::new("stale-retry").await;
    let Replicas { stage, proxy, run } = &replicas;
    // The run is in its hands.
    let _one = replicas.start("one").await;
    stage.is_due(run).await;
    replicas.waits_for_its_pod().await;
    let _two = replicas.start("two").await;
    let mut stale = replicas.proposal("two");
    stale["action"] = "pass".into();
    stale["delayMillis"] = 40_000.into();
    proxy.rules(&[replicas.proposal("one"), stale]).await;
    stage.delete_job_of(run).await;
    proxy.is_met().await;
    proxy.rules(&[]).await;
    stage.logged(run, "Trying again in").await;
    replicas.waits_for_its_pod().await;
    let job = stage.job_of(run).await;
    assert_eq!(replicas.retries().await, 1);
    until("the late proposal", async || {
        (replicas.retries().await == 2).then_some(())
    })
    .await;
    // It is due, and both poll.
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(stage.prefect.run(run).await["state_type"], "PENDING");
    let jobs = stage.jobs_of(run).await;
    let name = |job: &Value| job["metadata"]["name"].clone();
    assert_eq!(jobs.iter().map(name).collect::<Vec<_>>(), [name(&job)]);
}

#[tokio::test]
async fn nothing_is_tried_again_unless_it_is_asked_for() {
    let stage = Stage::new("no-retries").await;
    let _worker = stage.worker();
    let evicted = json!({"image": "trouble.test/evict-after:1s", "command": "sleep 1000"});
    let run = stage.run(&evicted).await;
    stage.crashes(&run).await;
    let history = stage.prefect.history(&run).await;
    assert!(!history.iter().any(|name| name == AGAIN), "{history:?}");
}

#[tokio::test]
async fn a_suspended_job_waits() {
    let template = template_with(|manifest| manifest["spec"]["suspend"] = true.into());
    let stage = Stage::with_template("suspend", template).await;
    let command = stage
        .command()
        .words("--infrastructure-retries 3 --pod-start-timeout 1s");
    let _worker = WorkerProcess::start(command);
    let run = stage.run(&json!({})).await;
    stage.noted(&run).await;
    let job = stage.job_of(&run).await;
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert_eq!(stage.prefect.history(&run).await, ["Scheduled", "Pending"]);
    let name = job["metadata"]["name"].as_str().unwrap();
    let patch = [
        "-n",
        &stage.name,
        "patch",
        "job",
        name,
        "-p",
        r#"{"spec":{"suspend":false}}"#,
    ];
    stage.cluster.kubectl(&patch);
    until("the end of the Job", async || {
        let job = stage.job_of(&run).await;
        (job["status"]["succeeded"] == 1).then_some(())
    })
    .await;
    assert_eq!(stage.jobs_of(&run).await.len(), 1);
}

/// Evicts the pod of a running flow, as the drain of its node does.
async fn evict(stage: &Stage, run: &str) {
    stage.is(run, "Running").await;
    let pods = stage.kube.pods(&stage.name).await;
    let of_run = |pod: &&Value| pod["metadata"]["labels"]["prefect.io/flow-run-id"] == run;
    let pod = pods.iter().find(of_run).unwrap();
    let name = pod["metadata"]["name"].as_str().unwrap();
    let eviction = json!({
        "apiVersion": "policy/v1", "kind": "Eviction",
        "metadata": {"name": name, "namespace": stage.name},
    });
    let path = format!("/api/v1/namespaces/{}/pods/{name}/eviction", stage.name);
    let arguments = ["create", "--raw", &path, "-f", "-"];
    stage
        .cluster
        .kubectl_with_input(&arguments, &eviction.to_string());
}

/// `backoffLimit` 0: the flow's process puts its run back, and it gets a Job of its own.
#[tokio::test]
async fn an_evicted_flow_is_launched_again() {
    let stage = Stage::with_template("reschedule", patient(0)).await;
    let _worker = stage.worker();
    let deployment = stage.deploy_flow("evicted").await;
    let run = stage.run_of(&deployment, &json!({})).await;
    evict(&stage, &run).await;
    stage.is(&run, "Completed").await;
    assert_eq!(stage.jobs_of(&run).await.len(), 2);
    let history = stage.prefect.history(&run).await;
    let times = |state: &str| history.iter().filter(|name| *name == state).count();
    assert_eq!((times("Pending"), times("Crashed")), (2, 0), "{history:?}");
}

/// Any other: the flow is left to Kubernetes, which starts another pod of the same Job.
#[tokio::test]
async fn an_evicted_flow_of_a_job_with_a_backoff_limit_stays_with_its_job() {
    let stage = Stage::with_template("relinquish", patient(3)).await;
    let _worker = stage.worker();
    let deployment = stage.deploy_flow("evicted").await;
    let run = stage.run_of(&deployment, &json!({})).await;
    evict(&stage, &run).await;
    stage.is(&run, "Completed").await;
    let jobs = stage.jobs_of(&run).await;
    assert_eq!(jobs.len(), 1);
    let pods = stage.kube.pods(&stage.name).await;
    assert!(!pods.is_empty());
    let history = stage.prefect.history(&run).await;
    let claims = history.iter().filter(|name| *name == "Pending").count();
    assert_eq!(claims, 1, "{history:?}");
}

/// A template with this `backoffLimit`, whose pods have time to say what they must.
fn patient(backoff_limit: u32) -> Value {
    template_with(|manifest| {
        manifest["spec"]["backoffLimit"] = backoff_limit.into();
        manifest["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 30.into();
    })
}
