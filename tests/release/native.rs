//! The native worker: installed from the chart's values in the place of the Python one, and changed
//! for it and back.

use serde_json::{Value, json};

use crate::{
    like_helm::LikeHelm,
    obstacles::says,
    stage::Stage,
    support::{prefect::Prefect, prefect_server, worker::until},
};

const NATIVE: &str = "--set=worker.engine=native";

/// A template whose Jobs go to the namespace, and whose flows need no image.
fn template(stage: &Stage, image: &str) -> String {
    let mut template = kubectl_prefect::template::default_base_job_template();
    let variables = &mut template["variables"]["properties"];
    variables["namespace"]["default"] = stage.name().into();
    variables["image"]["default"] = image.into();
    configuration(&template)
}

fn configuration(template: &Value) -> String {
    format!(
        "--set-json=worker.config.baseJobTemplate.configuration={}",
        json!(template.to_string())
    )
}

fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The workers that a change has waited for.
fn workers(said: &crate::support::TestOutput) -> String {
    assert_eq!(said.code, Some(0), "{said:?}");
    let document = document(&said.stdout);
    assert_eq!(document["ready"], true, "{document}");
    document["workers"].to_string()
}

/// A run of a flow that does something, through the pool of the namespace.
async fn run_a_flow(stage: &Stage, prefect: &Prefect) -> Value {
    let flow = prefect
        .make("/flows/", &json!({"name": stage.name()}))
        .await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/worker");
    let deployment = json!({
        "name": "good", "flow_id": flow, "work_pool_name": stage.name(), "entrypoint": "flows.py:good",
        "pull_steps": [{"prefect.deployments.steps.set_working_directory": {"directory": folder}}],
    });
    let deployment = prefect.make("/deployments/", &deployment).await;
    let path = format!("/deployments/{deployment}/create_flow_run");
    let run = json!({"state": {"type": "SCHEDULED"}});
    let run = prefect.make(&path, &run).await;
    until("the run ends", async || {
        let run = prefect.run(&run).await;
        let is_over = ["COMPLETED", "FAILED", "CRASHED"]
            .iter()
            .any(|end| run["state_type"] == *end);
        is_over.then(|| run["state"].clone())
    })
    .await
}

/// The page that Prometheus would read of the pod, found as it would find it.
async fn scrape(pod: &Value) -> String {
    let annotation = |name: &str| {
        let annotations = &pod["metadata"]["annotations"];
        annotations[format!("prometheus.io/{name}")]
            .as_str()
            .unwrap()
    };
    assert_eq!(annotation("scrape"), "true");
    let url = format!(
        "http://{}:{}{}",
        pod["status"]["podIP"].as_str().unwrap(),
        annotation("port"),
        annotation("path")
    );
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let page = client.get(url).send().await.unwrap();
    assert_eq!(page.status(), 200);
    page.text().await.unwrap()
}

#[tokio::test]
async fn the_native_worker_takes_the_place_of_the_python_one_and_gives_it_back() {
    let stage = Stage::new("native").await;
    let prefect = Prefect::new(stage.cluster.prefect_api_url());
    let installed = stage
        .with_values("install -o json")
        .arg(NATIVE)
        .arg(template(&stage, "first"))
        .run();
    let worker = workers(&installed);
    assert!(worker.contains("kubectl-prefect-"), "{worker}");

    // Its first container has made the pool with the template, and it is probed.
    let image = async || {
        let pool = prefect.get(&format!("/work_pools/{}", stage.name())).await;
        pool["base_job_template"]["variables"]["properties"]["image"]["default"].clone()
    };
    assert_eq!(image().await, "first");
    let pods = stage.kube.pods(stage.name()).await;
    let pod = &pods[0];
    let container = &pod["spec"]["containers"][0];
    assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/ready");
    assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/health");
    let status = &pod["status"]["containerStatuses"][0];
    assert_eq!(
        (&status["ready"], &status["restartCount"]),
        (&true.into(), &0.into()),
        "{pod}"
    );
    let page = scrape(pod).await;
    for name in ["build_info", "last_heartbeat_timestamp_seconds"] {
        assert!(
            page.contains(&format!("\nkubectl_prefect_{name}{{")),
            "{page}"
        );
    }

    // It runs flows as the service account of the release, with the Role of the chart alone.
    let state = run_a_flow(&stage, &prefect).await;
    assert_eq!(state["type"], "COMPLETED", "{state}");
    let health = stage.command("status prefect-worker -o json").success();
    assert_eq!(document(&health)["health"], "healthy", "{health}");
    let bin = stage.cluster.bin.as_ref().unwrap().to_str().unwrap();
    let checked = stage
        .command("check --only versions,pods,heartbeat,worker-rights,job-namespaces -o json")
        .env("PREFECT_API_URL", prefect.url())
        .env("PATH", &format!("{bin}:/usr/bin:/bin"))
        .run();
    assert_eq!(checked.code, Some(0), "{checked:?}");
    let version = env!("CARGO_PKG_VERSION");
    let same = format!("has kubectl-prefect {version}; this program is {version}");
    assert!(checked.stdout.contains(&same), "{}", checked.stdout);

    // A changed template makes a new pod, whose first container updates the pool.
    let changed = stage
        .command("upgrade -o json")
        .arg(template(&stage, "second"))
        .run();
    assert_ne!(workers(&changed), worker);
    assert_eq!(image().await, "second");

    // The other engine, and back.
    let python = stage
        .command("upgrade -o json --set worker.engine=prefect")
        .run();
    assert!(workers(&python).contains("KubernetesWorker "), "{python:?}");
    let template = stage.deployment().await["spec"]["template"].clone();
    let container = &template["spec"]["containers"][0];
    for field in ["ports", "readinessProbe", "livenessProbe"] {
        assert_eq!(container.get(field), None, "{container}");
    }
    assert!(
        !template["metadata"].to_string().contains("prometheus.io"),
        "{template}"
    );
    let native = stage.command("upgrade -o json").arg(NATIVE).run();
    assert!(workers(&native).contains("kubectl-prefect-"), "{native:?}");
}

#[tokio::test]
async fn jobs_are_sent_to_where_the_native_worker_may_work() {
    let stage = Stage::new("jobsto").await;
    let warned = stage
        .with_values("install --dry-run=server")
        .arg(NATIVE)
        .run();
    assert_eq!(warned.code, Some(0), "{warned:?}");
    says(
        &warned,
        "go to namespace default, where this release gives the worker no rights",
    );
    says(&warned, "--set worker.config.defaultJobNamespace=");
    // Nothing but the namespace is said, and the pool is made as Prefect has it by default.
    let namespace = format!("--set=worker.config.defaultJobNamespace={}", stage.name());
    let installed = stage
        .with_values("install -o json")
        .arg(NATIVE)
        .arg(namespace)
        .run();
    assert!(workers(&installed).contains("kubectl-prefect-"));
    assert!(
        !installed.stderr.contains("go to namespace"),
        "{installed:?}"
    );
    let bin = stage.cluster.bin.as_ref().unwrap().to_str().unwrap();
    let checked = stage
        .command("check --only worker-rights,job-namespaces")
        .env("PREFECT_API_URL", stage.cluster.prefect_api_url())
        .env("PATH", &format!("{bin}:/usr/bin:/bin"))
        .run();
    assert_eq!(checked.code, Some(0), "{checked:?}");
}

#[tokio::test]
async fn a_template_that_cannot_be_used_keeps_the_native_worker_from_starting() {
    let stage = Stage::new("nosync").await;
    let broken = json!({"job_configuration": {"job_manifest": 5}, "variables": {}});
    stage
        .with_values("install --wait=false")
        .arg(NATIVE)
        .arg(configuration(&broken))
        .success();
    let logs = [
        "logs",
        "deployment/prefect-worker",
        "-c",
        "sync-base-job-template",
    ];
    let logs = [&["-n", stage.name()], &logs[..]].concat();
    until("the first container says why", async || {
        let said = stage
            .cluster
            .try_kubectl(&[], &logs, "")
            .unwrap_or_default();
        said.contains("is not usable as a base job template")
            .then_some(())
    })
    .await;
    let deployment = stage.deployment().await;
    assert_eq!(
        deployment["status"].get("readyReplicas"),
        None,
        "{deployment}"
    );
}

#[tokio::test]
async fn a_namespace_with_the_strictest_pod_security_takes_the_native_worker() {
    let stage = Stage::new("strict").await;
    let label = "pod-security.kubernetes.io/enforce=restricted";
    stage
        .cluster
        .kubectl(&["label", "namespace", stage.name(), label]);
    stage
        .with_values("install --wait=false")
        .arg(NATIVE)
        .arg(template(&stage, "any"))
        .success();
    until("the namespace takes the pod", async || {
        let status = &stage.deployment().await["status"];
        (status["updatedReplicas"] == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_new_credential_is_in_use_by_the_native_worker() {
    let stage = Stage::new("natauth").await;
    let server = prefect_server::start("admin:right");
    let secret = ["prefect-auth-string", "auth-string"];
    stage
        .kube
        .make_secret(stage.name(), secret[0], secret[1], "admin:wrong")
        .await;
    let values = format!(
        "--set worker.selfHostedServerApiConfig.apiUrl={} \
         --set worker.selfHostedServerApiConfig.basicAuth.enabled=true \
         --set worker.selfHostedServerApiConfig.basicAuth.existingSecret={}",
        server.url, secret[0]
    );
    // It says why it does not start, and starts with the right one.
    let said = stage
        .with_values(&format!("install --no-verify --timeout 20s {values}"))
        .arg(NATIVE)
        .arg(template(&stage, "any"))
        .run();
    assert_eq!(said.code, Some(4), "{said:?}");
    assert!(!said.stderr.contains("admin:wrong"), "{}", said.stderr);
    let rotated = stage
        .command("secret rotate --auth-string --from-stdin --yes")
        .env("PREFECT_API_URL", &server.url)
        .input("admin:right")
        .run();
    assert_eq!(rotated.code, Some(0), "{rotated:?}");
    says(
        &rotated,
        "The new value is in use: heard of kubectl-prefect-",
    );
}

#[tokio::test]
async fn a_release_that_was_taken_over_from_helm_changes_its_engine_afterwards() {
    let stage = Stage::new("natadopt").await;
    let helm = LikeHelm::default();
    let objects = helm.install(&stage);
    helm.remember(&stage, &objects, "prefect-worker", "deployed")
        .await;
    // Taking over starts no pod, so that it changes no engine either.
    let engine =
        "--set worker.engine=native --set worker.command=null --set worker.image.prefectTag=null";
    let both = stage
        .command(&format!("install --adopt {engine}"))
        .failure(1);
    says(&both, "would change more than bookkeeping");
    stage
        .command("install --adopt --remove-helm-records --wait=false")
        .success();
    // What an older chart had by default was kept, its image among it.
    let pinned = "--set worker.engine=native --set worker.command=null";
    let refused = stage
        .command(&format!("upgrade --wait=false {pinned}"))
        .failure(2);
    says(
        &refused,
        "3.1.0-python3.11-kubernetes is a tag of Prefect's image",
    );
    stage
        .command(&format!("upgrade --wait=false {engine}"))
        .success();
    let deployment = stage.deployment().await;
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["command"], json!(["kubectl-prefect"]));
    assert!(
        !deployment.to_string().contains("kept-marks"),
        "{deployment}"
    );
}
