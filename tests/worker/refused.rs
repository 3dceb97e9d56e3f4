//! Jobs that the API server refuses for now, or for good.

use serde_json::json;

use crate::{
    stage::{Stage, endless},
    support::worker::{WorkerProcess, until},
};

const RETRY: &str = "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_CREATE_JOB_RETRY";

#[tokio::test]
async fn a_full_quota_is_waited_for_as_the_settings_say() {
    let stage = Stage::new("quota").await;
    let quotas = format!("/api/v1/namespaces/{}/resourcequotas", stage.name);
    let quota =
        json!({"metadata": {"name": "no-jobs"}, "spec": {"hard": {"count/jobs.batch": "0"}}});
    stage.kube.create(&quotas, &quota).await;
    let command = |retries: &str| {
        stage
            .command()
            .env(&format!("{RETRY}_MAX_RETRIES"), retries)
            .env(&format!("{RETRY}_DELAY_SECONDS"), "1")
            .env(&format!("{RETRY}_JITTER_MAX_SECONDS"), "0")
    };
    let run = stage.run(&json!({})).await;
    let output = command("2").words("--run-once").failure(1);
    assert_eq!(
        output.stderr.matches("trying again in 1.0 s").count(),
        1,
        "{}",
        output.stderr
    );
    let why = stage.crashes(&run).await;
    assert!(why.contains("no-jobs"), "{why}");

    let run = stage.run(&json!({})).await;
    let mut worker = WorkerProcess::start(command("100"));
    worker.says("trying again in 1.0 s").await;
    stage.kube.delete(&format!("{quotas}/no-jobs")).await;
    stage.noted(&run).await;
    assert_eq!(stage.jobs_of(&run).await.len(), 1);
}

#[tokio::test]
async fn a_full_quota_of_secrets_takes_what_is_there() {
    let stage = Stage::new("no-secrets").await;
    let make = "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_CREATE_SECRET_FOR_API_KEY";
    let command = stage.command().env(make, "true");
    let _worker = WorkerProcess::start(command.env("PREFECT_API_KEY", "pnu_key"));
    let run = stage.run(&endless()).await;
    stage.noted(&run).await;
    let quotas = format!("/api/v1/namespaces/{}/resourcequotas", stage.name);
    let quota =
        json!({"metadata": {"name": "no-secrets"}, "spec": {"hard": {"count/secrets": "1"}}});
    stage.kube.create(&quotas, &quota).await;
    let path = format!("{quotas}/no-secrets");
    until("the count of Secrets", async || {
        let quota = stage.kube.get(&path).await?;
        (quota["status"]["used"]["count/secrets"] == "1").then_some(())
    })
    .await;
    let run = stage.run(&endless()).await;
    stage.noted(&run).await;
}

#[tokio::test]
async fn an_invalid_job_is_refused_at_once() {
    let stage = Stage::new("invalid").await;
    let run = stage.run(&json!({"finished_job_ttl": -1})).await;
    let output = stage.command().words("--run-once").failure(1);
    assert!(!output.stderr.contains("trying again"), "{}", output.stderr);
    let why = stage.crashes(&run).await;
    assert!(why.contains("ttlSecondsAfterFinished"), "{why}");
}

#[tokio::test]
async fn a_uid_in_a_file_names_the_cluster() {
    let stage = Stage::new("uid-file").await;
    let run = stage.run(&endless()).await;
    let command = stage.command().words("--run-once");
    let text = "[integrations.kubernetes]\ncluster_uid = 'from-a-file'\n";
    std::fs::write(command.home().join("prefect.toml"), text).unwrap();
    let output = command.run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let labels = &stage.prefect.run(&run).await["labels"];
    assert_eq!(labels["kubernetes.cluster-uid"], "from-a-file");
}
