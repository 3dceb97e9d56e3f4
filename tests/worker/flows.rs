//! Real flows, run by Prefect in their pods: from SCHEDULED to the end that they choose.

use serde_json::{Value, json};

use crate::{
    stage::{RUN_LABEL, Stage, command_of_all, endless},
    support::worker::{WorkerProcess, until},
};

#[tokio::test]
async fn flows_end_as_they_choose() {
    let stage = Stage::new("flows").await;
    let _worker = stage.worker();
    futures::join!(a_flow_completes(&stage), a_flow_fails(&stage));
}

async fn a_flow_completes(stage: &Stage) {
    let deployment = stage.deploy_flow("good").await;
    let run = stage.run_of(&deployment, &json!({})).await;
    let completed = stage.is(&run, "Completed").await;
    assert_eq!(
        stage.prefect.history(&run).await,
        [
            "Scheduled",
            "Pending",
            "InfrastructurePending",
            "Running",
            "Completed"
        ]
    );
    let job = stage.job_of(&run).await;
    let (metadata, name) = (&job["metadata"], &stage.name);
    assert_eq!(
        completed["infrastructure_pid"],
        format!("{name}:{}", metadata["name"].as_str().unwrap())
    );
    // Nothing waits for the labels: on a busy server the flow may be quicker.
    let labels = until("the labels", async || {
        let labels = stage.prefect.run(&run).await["labels"].clone();
        (!labels["prefect.worker.name"].is_null()).then_some(labels)
    })
    .await;
    assert_eq!(labels["prefect.worker.name"], *name);
    assert_eq!(labels["prefect.worker.type"], "kubernetes");
    assert_eq!(labels["prefect.work-pool.name"], *name);
    assert!(labels["prefect.work-pool.id"].is_string());
    let uid = stage
        .kube
        .get("/api/v1/namespaces/kube-system")
        .await
        .unwrap();
    assert_eq!(labels["kubernetes.cluster-uid"], uid["metadata"]["uid"]);
    assert_eq!(metadata["labels"][RUN_LABEL], run);
    assert_eq!(metadata["labels"]["prefect.io/worker-name"], *name);
    stage.logged(&run, "Submitted as Kubernetes Job").await;
}

async fn a_flow_fails(stage: &Stage) {
    let deployment = stage.deploy_flow("bad").await;
    let run = stage.run_of(&deployment, &json!({})).await;
    stage.is(&run, "Failed").await;
    until("the end of the Job", async || {
        let job = stage.job_of(&run).await;
        let status = &job["status"];
        let over = status["succeeded"] == 1 || status["failed"] == 1;
        over.then_some(())
    })
    .await;
    // A second run, seen from its beginning to its end, is time enough to say otherwise.
    let other = stage.run(&json!({})).await;
    stage.job_of(&other).await;
    assert_eq!(stage.prefect.run(&run).await["state"]["name"], "Failed");
    let history = stage.prefect.history(&run).await;
    assert_eq!(history.last().unwrap(), "Failed", "{history:?}");
}

#[tokio::test]
async fn a_suspended_flow_is_resumed_in_a_job_of_its_own() {
    let stage = Stage::new("suspended").await;
    let _worker = stage.worker();
    let deployment = stage.deploy_flow("suspended").await;
    let run = stage.run_of(&deployment, &json!({})).await;
    stage.is(&run, "Suspended").await;
    let first = stage.job_of(&run).await;
    until("the end of the first Job", async || {
        let job = stage.jobs_of(&run).await.pop().unwrap();
        job["status"]["conditions"].is_array().then_some(())
    })
    .await;
    assert_eq!(stage.prefect.run(&run).await["state"]["name"], "Suspended");
    stage
        .prefect
        .post(&format!("/flow_runs/{run}/resume"), &json!({}))
        .await;
    stage.is(&run, "Completed").await;
    let jobs = stage.jobs_of(&run).await;
    let names: Vec<&Value> = jobs.iter().map(|job| &job["metadata"]["name"]).collect();
    assert_eq!(jobs.len(), 2, "{names:?}");
    assert!(names.contains(&&first["metadata"]["name"]), "{names:?}");
}

#[tokio::test]
async fn runs_are_cancelled_wherever_they_are() {
    let (one, other) = (Stage::new("cancelled").await, Stage::new("stopped").await);
    let quick = ("PREFECT_WORKER_CANCELLATION_POLL_SECONDS", "1");
    let _worker = WorkerProcess::start(command_of_all(&[&one, &other]).env(quick.0, quick.1));
    futures::join!(
        cancelled_before_its_time(&one),
        cancelled_while_pending(&other),
        cancelled_while_its_image_is_pulled(&one),
        cancelled_while_running(&other),
    );
}

async fn cancelled_before_its_time(stage: &Stage) {
    let run = stage.run_later().await;
    stage.prefect.cancel(&run).await;
    stage.is(&run, "Cancelled").await;
    assert_eq!(stage.jobs_of(&run).await.len(), 0);
}

async fn cancelled_while_pending(stage: &Stage) {
    let run = stage.run(&json!({"cpu_request": "1000"})).await;
    stage.noted(&run).await;
    stage.cancels(&run).await;
}

async fn cancelled_while_its_image_is_pulled(stage: &Stage) {
    let run = stage.run(&json!({"image": "does-not-exist:1"})).await;
    stage.is(&run, "InfrastructurePending").await;
    stage.cancels(&run).await;
}

async fn cancelled_while_running(stage: &Stage) {
    let deployment = stage.deploy_flow("long").await;
    let run = stage.run_of(&deployment, &json!({})).await;
    stage.is(&run, "Running").await;
    stage.prefect.cancel(&run).await;
    stage.is(&run, "Cancelled").await;
    until("the end of the pod", async || {
        let pods = stage.kube.pods(&stage.name).await;
        let runs = |pod: &&Value| {
            pod["metadata"]["labels"][RUN_LABEL] == run && pod["status"]["phase"] == "Running"
        };
        (pods.iter().find(runs).is_none()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_run_that_is_scheduled_again_while_its_job_goes_on_gets_another() {
    let stage = Stage::new("again").await;
    let mut worker = stage.worker();
    // What a container beside the flow does that never ends.
    let run = stage.run(&endless()).await;
    stage.noted(&run).await;
    stage.is(&run, "InfrastructurePending").await;
    stage.prefect.force(&run, &json!({"type": "FAILED"})).await;
    stage.is_due(&run).await;
    worker
        .says("while its Kubernetes Job goes on, and gets another")
        .await;
    until("the second Job", async || {
        (stage.jobs_of(&run).await.len() == 2).then_some(())
    })
    .await;
    stage.is(&run, "InfrastructurePending").await;
}
