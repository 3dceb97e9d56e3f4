//! The installed worker: well, and with its pods, rights, Secrets and namespaces broken.

use serde_json::{Value, json};

use crate::{stage::Stage, support::worker::until};

/// The worker's container.
fn container(deployment: &mut Value) -> &mut Value {
    &mut deployment["spec"]["template"]["spec"]["containers"][0]
}

#[tokio::test]
async fn a_worker_that_is_well_is_green() {
    let stage = Stage::new("well").await;
    let name = stage.name().to_owned();
    let kubectl = |words: &[&str]| stage.cluster.kubectl(&[words, &["-n", &name]].concat());
    let resources = "--resource=jobs.batch,pods,pods/log,events";
    kubectl(&["create", "role", "worker", "--verb=*", resources]);
    let account = format!("--serviceaccount={name}:default");
    kubectl(&["create", "rolebinding", "worker", "--role=worker", &account]);
    stage
        .kube
        .make_secret(&name, "prefect-api-key", "key", "pnu_any")
        .await;
    let mut worker = stage.worker("well");
    let env = container(&mut worker)["env"].as_array_mut().unwrap();
    let reference = json!({"secretKeyRef": {"name": "prefect-api-key", "key": "key"}});
    env.push(json!({"name": "PREFECT_API_KEY", "valueFrom": reference}));
    stage.install(&worker).await;
    // Here pods share the network of the machine, and loopback leads them to the server.
    let (output, report) = until("the worker to be well", async || {
        let output = stage.command("").run();
        let report = stage.check("");
        let is_well = output.code == Some(0) && report.at("warn") == ["job-api-url"];
        let is_heard = format!("{report:?}").contains("heard of worker kubectl-prefect-");
        (is_well && is_heard).then_some((output, report))
    })
    .await;
    report.has("heartbeat", "ok", "heard of worker kubectl-prefect-");
    report.has("worker-rights", "ok", "may launch and follow Jobs");
    report.has("secret-in-use", "ok", "have what is stored now");
    report.has("same-api", "ok", "the API that is looked at");
    for heading in ["kubectl and the cluster", "Installed worker"] {
        assert!(output.stdout.contains(heading), "{}", output.stdout);
    }
    // By name, and by that of another.
    assert_eq!(stage.check("well").code, Some(0));
    stage.check("other").has("installed", "fail", "named other");
    // Secrets are taken in when pods start. The API server notes whole seconds.
    until("a Secret that is younger than the pods", async || {
        for value in ["cG51X25ldw==", "cG51X29sZA=="] {
            let patch = json!({"data": {"key": value}}).to_string();
            kubectl(&["patch", "secret", "prefect-api-key", "-p", &patch]);
        }
        let report = stage.check("--only secret-in-use");
        (report.at("warn") == ["secret-in-use"]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_worker_without_rights_secrets_or_the_right_namespace_is_found() {
    let stage = Stage::new("lacks").await;
    let name = stage.name().to_owned();
    let mut worker = stage.worker("lacks");
    let args = ["prefect", "worker", "start", "--pool", &name];
    let more = ["--work-queue", "quick", "--name", "w"];
    container(&mut worker)["args"] = json!([args.as_slice(), &more].concat());
    let reference = json!({"secretKeyRef": {"name": "none", "key": "key"}});
    let watched = "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES";
    container(&mut worker)["env"] = json!([
        {"name": "PREFECT_API_URL", "value": "http://localhost:4200/api"},
        {"name": "PREFECT_API_KEY", "valueFrom": reference},
        {"name": watched, "value": "elsewhere"},
    ]);
    stage.declare(&worker).await;
    let report = stage.check("");
    let said = "may not create, get, list, watch, delete jobs.batch";
    report.has("worker-rights", "fail", said);
    for text in ["kind: Role", "jobs", &format!("namespace: {name}")] {
        assert!(report.to_do("worker-rights").contains(text), "{text}");
    }
    report.has("job-api-url", "fail", "in a pod is the pod itself");
    report.has("queues", "fail", "polls queue quick");
    report.has("secret-key", "fail", "there is no Secret none");
    report.has("pods", "fail", "wants no pods");
    report.has("heartbeat", "fail", "has not heard of worker w");
    report.has("job-namespaces", "fail", "watches elsewhere");
    stage.kube.make_secret(&name, "none", "value", "x").await;
    let report = stage.check("--only secret-key");
    let said = "has no key key; its only key is value";
    report.has("secret-key", "fail", said);
}

#[tokio::test]
async fn pods_that_do_not_come_up_are_told_with_the_reason() {
    let stage = Stage::new("pods").await;
    let mut worker = stage.worker("pods");
    container(&mut worker)["image"] = "registry.test/does-not-exist:1".into();
    stage.install(&worker).await;
    until("the image that cannot be pulled", async || {
        let report = stage.check("--only pods");
        (report.code == Some(1)).then(|| report.has("pods", "fail", "cannot be pulled"))
    })
    .await;
}

#[tokio::test]
async fn a_template_that_is_not_the_declared_one_is_found() {
    let stage = Stage::new("drift").await;
    let mut worker = stage.worker("drift");
    let args = ["prefect", "worker", "start", "--pool", stage.name()];
    let file = ["--base-job-template", "baseJobTemplate.json"];
    container(&mut worker)["args"] = json!([args.as_slice(), &file].concat());
    let volumes = json!([{"name": "template", "configMap": {"name": "template"}}]);
    worker["spec"]["template"]["spec"]["volumes"] = volumes;
    stage.declare(&worker).await;
    let check = || stage.check("--only template-drift");
    check().has("template-drift", "fail", "does not exist");
    let path = format!("/api/v1/namespaces/{}/configmaps", stage.name());
    let data = json!({"baseJobTemplate.json": stage.template().to_string()});
    let config_map = json!({"metadata": {"name": "template"}, "data": data});
    stage.kube.create(&path, &config_map).await;
    let said = "has the template of ConfigMap template";
    check().has("template-drift", "ok", said);
    let mut template = stage.template();
    template["variables"]["properties"]["image"]["default"] = "mine".into();
    let change = json!({ "base_job_template": template });
    stage.change_pool(&change).await;
    let said = "is not the one in ConfigMap template";
    check().has("template-drift", "warn", said);
}

#[tokio::test]
async fn jobs_are_tried_where_the_workers_send_them() {
    let stage = Stage::new("sent").await;
    let name = stage.name().to_owned();
    let mut template = stage.template();
    template["variables"]["properties"]["namespace"]["default"] = "no-such".into();
    stage
        .change_pool(&json!({ "base_job_template": template }))
        .await;
    let nowhere = "go to namespace no-such, which does not exist";
    let report = stage.check(&format!("-p {name} --only admission"));
    report.has("admission", "fail", nowhere);
    assert!(report.to_do("admission").contains("template's variable"));

    stage.declare(&stage.worker("told")).await;
    let report = stage.check("--only admission");
    let here = format!("namespace {name} takes Jobs of work pool {name}");
    report.has("admission", "ok", &here);
    assert_eq!(report.code, Some(0), "{report:?}");

    // A Python worker goes by the template.
    let mut python = stage.worker("python");
    container(&mut python)["args"] = json!(["prefect", "worker", "start", "--pool", name]);
    stage.declare(&python).await;
    let report = stage.check("--only admission");
    report.has("admission", "ok", &here);
    report.has("admission", "fail", nowhere);

    let mut lost = stage.worker("lost");
    container(&mut lost)["args"] =
        json!(["kubectl-prefect", "worker", "run", "-p", name, "-n", "lost"]);
    stage.declare(&lost).await;
    let report = stage.check("lost --only admission");
    report.has("admission", "fail", "go to namespace lost");
    assert!(
        report
            .to_do("admission")
            .contains("worker.config.defaultJobNamespace")
    );
}
