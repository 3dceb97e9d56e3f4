//! What an installation needs beyond the API server's consent: Secrets, the Prefect API, the pool.

use serde_json::json;

use crate::{obstacles::says, stage::Stage, support::prefect::Prefect};

#[tokio::test]
async fn what_the_pods_refer_to_and_the_api_are_looked_at() {
    let stage = Stage::new("verify").await;
    let secret = "--set worker.selfHostedServerApiConfig.basicAuth.enabled=true \
                  --set worker.selfHostedServerApiConfig.basicAuth.existingSecret=auth";
    let said = stage.install(secret).failure(1);
    says(
        &said,
        &format!("Secret auth in namespace {} does not exist", stage.name()),
    );
    stage
        .kube
        .make_secret(stage.name(), "auth", "password", "x")
        .await;
    let said = stage.install(secret).failure(1);
    says(&said, "has no key auth-string; it has password");
    stage.is_untouched().await;
    let said = stage.install("--set worker.config.type=ecs").run();
    assert_eq!(
        said.code,
        Some(0),
        "a pool that is not there has no type: {said:?}"
    );
    let prefect = Prefect::new(stage.cluster.prefect_api_url());
    let pool = json!({"name": stage.name(), "type": "process", "is_paused": true});
    prefect.post("/work_pools/", &pool).await;
    let said = stage.install("").failure(1);
    says(
        &said,
        "is of type process, and the worker would be of type kubernetes",
    );
    assert_eq!(stage.install("--no-verify").run().code, Some(0));
    let said = stage.install("--set worker.config.type=process").run();
    assert_eq!(said.code, Some(0), "{said:?}");
    says(&said, "is paused: it gives out no runs");
    let wrong = format!(
        "--set worker.selfHostedServerApiConfig.apiUrl={}x",
        stage.cluster.prefect_api_url()
    );
    let said = stage.install(&wrong).run();
    assert_ne!(said.code, Some(0), "{said:?}");
    says(&said, "--no-verify installs without asking the Prefect API");
    let kind = r#"--set-json=extraManifests=[{"apiVersion":"example.org/v1","kind":"Nothing","metadata":{"name":"n"}}]"#;
    let said = stage
        .install("--set worker.config.type=process")
        .arg(kind)
        .failure(1);
    says(&said, "the cluster has no kind Nothing of example.org/v1");
    let unknown = r#"--set-json=extraManifests=[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"n"},"dta":{}}]"#;
    let said = stage
        .install("--set worker.config.type=process")
        .arg(unknown)
        .failure(1);
    says(&said, ".dta: field not declared in schema");
}

#[tokio::test]
async fn jobs_that_would_go_where_the_worker_is_not_are_told_of() {
    let stage = Stage::new("place").await;
    let words = "go to namespace default, which the worker does not watch, and where this release \
                 gives it no rights\nhint: to let them go to";
    let said = stage.install("--dry-run=server").run();
    assert_eq!(said.code, Some(0), "{said:?}");
    says(&said, words);
    // Both ways out that it names lead out.
    let template = stage.command("template default --built-in").success();
    let flag = "--set-file=worker.config.baseJobTemplate.configuration=template.json";
    let install = stage
        .command("install --dry-run=server -f values.yaml")
        .arg(flag);
    std::fs::write(install.home().join("values.yaml"), stage.values()).unwrap();
    std::fs::write(install.home().join("template.json"), template).unwrap();
    let served = "--set role.namespace=default --set worker.config.jobNamespace=default";
    for said in [
        install.run(),
        stage.install(&format!("--dry-run=server {served}")).run(),
    ] {
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(!said.stderr.contains("go to namespace"), "{}", said.stderr);
    }
    // A pool that is there has a template of its own.
    let prefect = Prefect::new(stage.cluster.prefect_api_url());
    let template = kubectl_prefect::template::default_base_job_template();
    let pool = json!({"name": stage.name(), "type": "kubernetes", "base_job_template": template});
    prefect.post("/work_pools/", &pool).await;
    let said = stage.install("").run();
    says(&said, words);
    says(
        &said,
        &format!("kubectl prefect template get -p {}", stage.name()),
    );
}
