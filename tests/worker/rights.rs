//! Where Jobs go beyond the first namespace: what a worker may do there, and whether it is there.

use serde_json::json;

use crate::{
    stage::{Stage, endless},
    support::worker::{WorkerProcess, until},
};

/// Grants the user without rights these, in a namespace.
fn grant(stage: &Stage, namespace: &str, name: &str, verbs: &str, resources: &str) {
    let place = ["-n", namespace, name];
    let (verbs, resources) = (format!("--verb={verbs}"), format!("--resource={resources}"));
    let role = [&["create", "role"][..], &place, &[&verbs, &resources]].concat();
    stage.cluster.kubectl(&role);
    let (role, user) = (format!("--role={name}"), "--user=nobody");
    let binding = [&["create", "rolebinding"][..], &place, &[&role, user]].concat();
    stage.cluster.kubectl(&binding);
}

#[tokio::test]
async fn a_namespace_that_may_not_be_watched_is_told_once_with_the_rules_that_allow_it() {
    let (stage, blind) = (Stage::new("seen").await, Stage::new("blind").await);
    grant(
        &stage,
        &stage.name,
        "jobs",
        "create,get,list,watch,delete",
        "jobs.batch",
    );
    grant(
        &stage,
        &stage.name,
        "pods",
        "get,list,watch",
        "pods,pods/log",
    );
    grant(
        &stage,
        &blind.name,
        "jobs",
        "create,get,delete",
        "jobs.batch",
    );
    let nobody = stage.cluster.nobody_kubeconfig.to_str().unwrap();
    let mut worker = WorkerProcess::start(stage.command().env("KUBECONFIG", nobody));
    worker.says("serving work pool").await;
    let elsewhere = json!({"namespace": blind.name, "command": "sleep 1000"});
    let runs = [stage.run(&elsewhere).await, stage.run(&elsewhere).await];
    for run in &runs {
        stage.noted(run).await;
    }
    worker.says("Jobs there are not watched").await;
    let lacking = format!("may not list jobs.batch in namespace {}", blind.name);
    let rules = r#""resources":["jobs"],"verbs":["list","watch"]"#;
    for text in [&lacking, rules, "get pods/log"] {
        assert_eq!(worker.times(text), 1, "{text}\n{}", worker.heard());
    }
    // The first namespace is watched all the same.
    let here = stage.run(&json!({"command": "true"})).await;
    stage.noted(&here).await;
    worker.says("is complete").await;
    worker.signal("TERM");
    assert_eq!(worker.ends().await.0, Some(0));
}

#[tokio::test]
async fn a_namespace_that_is_not_there_is_told_at_start() {
    let stage = Stage::new("absent").await;
    let absent = format!("{}-not", stage.name);
    let command = stage
        .cluster
        .command()
        .words("worker run --poll-interval 1s")
        .words(&format!("-p {} -n {absent}", stage.name))
        .env("PREFECT_API_URL", stage.cluster.prefect_api_url());
    let mut worker = WorkerProcess::start(command);
    worker
        .says(&format!("namespace {absent} does not exist"))
        .await;
    // It may be made later.
    stage.kube.make_namespace(&absent).await;
    let run = stage.run(&endless()).await;
    stage.noted(&run).await;
    until("the Job", async || stage.kube.jobs(&absent).await.pop()).await;
    stage
        .cluster
        .kubectl(&["delete", "namespace", &absent, "--wait=false"]);
}
