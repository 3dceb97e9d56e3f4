//! `check --pre`: what would go wrong with these values.

use serde_json::json;

use crate::{
    stage::{Report, Stage},
    support::{TestOutput, worker::until},
};

fn values(stage: &Stage, more: &str) -> String {
    format!(
        "worker:\n  apiConfig: selfHostedServer\n  config: {{workPool: {}}}\n  \
         selfHostedServerApiConfig: {{apiUrl: 'http://prefect.test:4200/api'}}\n{more}",
        stage.name()
    )
}

fn run(stage: &Stage, words: &str, values: &str) -> TestOutput {
    let command = stage.command(&format!("--pre -f - -o json {words}"));
    command.input(values).run()
}

#[tokio::test]
async fn what_is_to_be_installed_is_looked_at() {
    let stage = Stage::new("pre").await;
    let output = run(&stage, "", &values(&stage, ""));
    let report = Report::of(&output);
    assert_eq!(report.code, Some(0), "{output:?}");
    report.has("install-rights", "ok", "we may install");
    report.has("job-api-url", "ok", "http://prefect.test:4200/api");
    report.has("admission", "ok", "the pods of Deployment prefect-worker");
    report.has("work-pool", "ok", "gives out runs");
    report.has("job-namespaces", "ok", "watches");
    report.has("owner", "ok", "no Deployment prefect-worker");

    let mut template = stage.template();
    template["variables"]["properties"]["namespace"]["default"] = "default".into();
    let change = json!({ "base_job_template": template });
    stage.change_pool(&change).await;
    let report = Report::of(&run(&stage, "", &values(&stage, "")));
    let said = "go to namespace default, and Deployment prefect-worker watches";
    report.has("job-namespaces", "fail", said);

    let cloud =
        "worker:\n  cloudApiConfig: {accountId: a, workspaceId: w}\n  config: {workPool: p}\n";
    let report = Report::of(&run(&stage, "--only secret", cloud));
    report.has("secret-key", "fail", "there is no Secret prefect-api-key");
    let todo = report.to_do("secret-key");
    assert!(todo.contains("kubectl prefect secret create prefect-api-key --key key"));

    let output = run(&stage, "", "worker: {replicacount: 2}");
    assert_eq!(output.code, Some(2), "{output:?}");
    assert!(output.stderr.contains("replicaCount"), "{}", output.stderr);
}

#[tokio::test]
async fn the_template_of_the_values_is_judged_in_place_of_the_pools() {
    let stage = Stage::new("own").await;
    let mut old = stage.template();
    old["variables"]["properties"]["namespace"]["default"] = "no-such".into();
    let change = json!({ "base_job_template": old });
    stage.change_pool(&change).await;
    let look = |values: &str| Report::of(&run(&stage, "--only admission,job-namespaces", values));
    let report = look(&values(&stage, ""));
    report.has("admission", "fail", "namespace no-such");
    let text = json!(stage.template().to_string());
    let pool = format!("config: {{workPool: {}}}", stage.name());
    let own = format!("{pool}\n");
    let with_own = format!(
        "config: {{workPool: {}, baseJobTemplate: {{configuration: {text}}}}}\n",
        stage.name()
    );
    let report = look(&values(&stage, "").replace(&own, &with_own));
    report.has("admission", "ok", "takes Jobs of work pool");
    report.has("job-namespaces", "ok", "watches");
    assert_eq!(report.code, Some(0), "{report:?}");
}

#[tokio::test]
async fn rules_of_the_namespace_are_tried() {
    let stage = Stage::new("rules").await;
    let enforce = "pod-security.kubernetes.io/enforce=restricted";
    let label = ["label", "namespace", stage.name(), enforce];
    stage.cluster.kubectl(&label);
    let root = "  containerSecurityContext: {allowPrivilegeEscalation: true}\n";
    // The API server takes a moment to heed the label.
    let report = until("the rule holds", async || {
        let report = Report::of(&run(&stage, "--only jobs", &values(&stage, root)));
        let text = format!("{report:?}");
        let parts = ["violates PodSecurity", "does not take Jobs of work pool"];
        parts
            .iter()
            .all(|part| text.contains(part))
            .then_some(report)
    })
    .await;
    report.has("admission", "fail", "violates PodSecurity");
    assert!(report.to_do("admission").contains("security context"));
    // The default template has none either.
    report.has("admission", "fail", "does not take Jobs of work pool");

    let quota = [
        "create",
        "quota",
        "tight",
        "--hard=pods=0",
        "-n",
        stage.name(),
    ];
    stage.cluster.kubectl(&quota);
    until("the quota to be counted", async || {
        let report = Report::of(&run(&stage, "--only quota", &values(&stage, "")));
        (report.at("fail") == ["quota"]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_release_of_helm_is_seen_before_it_is_in_the_way() {
    let stage = Stage::new("helm").await;
    let mut deployment = stage.worker("prefect-worker");
    deployment["metadata"]["annotations"] = json!({"meta.helm.sh/release-name": "old"});
    stage.declare(&deployment).await;
    let report = stage.check("--pre --only owner");
    report.has("owner", "warn", "belongs to Helm release old");
    assert!(report.to_do("owner").contains("--adopt"));
}
