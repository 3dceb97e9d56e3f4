//! Work pools that are not there, give out no runs, or have a bad template.

use serde_json::json;

use crate::{stage::Stage, support::worker::until};

#[tokio::test]
async fn a_pool_that_gives_out_no_runs_is_found() {
    let stage = Stage::new("pool").await;
    let name = stage.name().to_owned();
    let report = stage.check(&format!("--only pool -p {name}x"));
    report.has("work-pool", "fail", "there is no work pool");
    let todo = report.to_do("work-pool");
    assert!(todo.contains(&format!("Did you mean {name}?")), "{todo}");
    report.has("queues", "skip", "the work pool is not there");
    assert_eq!(report.at("fail"), ["work-pool"]);

    let of_pool = format!("--only pool -p {name}");
    let report = stage.check(&of_pool);
    report.has("work-pool", "ok", "gives out runs");
    report.has("pool-workers", "fail", "no worker online");
    let before = stage.check(&format!("--pre {of_pool}"));
    before.has("pool-workers", "ok", "no worker online yet");
    for (change, said) in [
        (json!({"is_paused": true}), "is paused"),
        (
            json!({"is_paused": false, "concurrency_limit": 0}),
            "a concurrency limit of 0",
        ),
    ] {
        stage.change_pool(&change).await;
        stage.check(&of_pool).has("work-pool", "fail", said);
    }

    let path = format!("/work_pools/{name}");
    let queue = json!({"name": "slow", "is_paused": true});
    stage.prefect.post(&format!("{path}/queues"), &queue).await;
    stage
        .check(&of_pool)
        .has("queues", "warn", "are paused: slow");
    // Dead after three heartbeats of a second each.
    let heartbeat = json!({"name": "old-laptop", "heartbeat_interval_seconds": 1});
    let route = format!("{path}/workers/heartbeat");
    stage.prefect.post(&route, &heartbeat).await;
    until("the death of the worker", async || {
        let report = stage.check(&format!("--only dead-workers -p {name}"));
        (report.at("warn") == ["dead-workers"]).then_some(())
    })
    .await;

    let process = format!("{name}-process");
    let pool = json!({"name": process, "type": "process"});
    stage.prefect.post("/work_pools/", &pool).await;
    let report = stage.check(&format!("--only pool -p {process}"));
    report.has("work-pool", "fail", "is of type process");
}

#[tokio::test]
async fn a_template_with_mistakes_is_found_and_its_job_is_tried() {
    let stage = Stage::new("lint").await;
    let check = || stage.check(&format!("-p {} --only template,admission", stage.name()));
    let report = check();
    report.has("template", "ok", "has no mistakes");
    report.has("admission", "ok", "takes Jobs of work pool");
    let with = async |change: &dyn Fn(&mut serde_json::Value)| {
        let mut template = stage.template();
        change(&mut template);
        let change = json!({ "base_job_template": template });
        stage.change_pool(&change).await;
        check()
    };
    let report = with(&|it| {
        let manifest = &mut it["job_configuration"]["job_manifest"];
        manifest["spec"].as_object_mut().unwrap().remove("template");
    })
    .await;
    report.has("template", "fail", "template");
    let report = with(&|it| {
        let variables = &mut it["variables"]["properties"];
        variables["image_pull_policy"]["default"] = "Sometimes".into();
    })
    .await;
    report.has("admission", "fail", "Sometimes");
    let report = with(&|it| {
        it["variables"]["properties"]["namespace"]["default"] = "no-such-namespace".into();
    })
    .await;
    report.has("admission", "fail", "which does not exist");
}
