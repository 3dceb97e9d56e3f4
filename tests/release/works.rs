//! A worker that is installed works; one that does not is told of.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Instant,
};

use serde_json::{Value, json};

use crate::{
    stage::{IDLE, Stage},
    support::{
        TestCommand, TestOutput,
        prefect::Prefect,
        prefect_server,
        worker::{DEADLINE, WorkerProcess, until},
    },
};

/// A base job template whose Jobs go to the namespace, and whose flows need no image.
fn template(stage: &Stage, image: &str) -> Value {
    let mut template = kubectl_prefect::template::default_base_job_template();
    let variables = &mut template["variables"]["properties"];
    variables["namespace"]["default"] = stage.name().into();
    variables["image"]["default"] = image.into();
    template
}

fn template_values(stage: &Stage, image: &str) -> String {
    let template = template(stage, image).to_string();
    format!(
        "--set-json=worker.config.baseJobTemplate.configuration={}",
        json!(template)
    )
}

#[tokio::test]
async fn a_flow_run_is_completed_by_an_installed_worker() {
    let stage = Stage::new("works").await;
    let prefect = Prefect::new(stage.cluster.prefect_api_url());
    let installed = stage
        .with_values("install -o json")
        .arg(template_values(&stage, "first"))
        .run();
    assert_eq!(installed.code, Some(0), "{installed:?}");
    let document: Value = serde_json::from_str(&installed.stdout).unwrap();
    assert_eq!(document["ready"], true);
    let worker = document["workers"][0].as_str().unwrap();
    assert!(
        installed.stderr.contains("the worker will make it"),
        "{}",
        installed.stderr
    );
    let pool = prefect.get(&format!("/work_pools/{}", stage.name())).await;
    let image = |pool: &Value| {
        pool["base_job_template"]["variables"]["properties"]["image"]["default"].clone()
    };
    assert_eq!(image(&pool), "first");
    // The worker runs as the service account of the release, with its Role alone.
    let flow = prefect
        .make("/flows/", &json!({"name": stage.name()}))
        .await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/worker");
    let deployment = json!({
        "name": "good", "flow_id": flow, "work_pool_name": stage.name(), "entrypoint": "flows.py:good",
        "pull_steps": [{"prefect.deployments.steps.set_working_directory": {"directory": folder}}],
    });
    let deployment = prefect.make("/deployments/", &deployment).await;
    let run = json!({"state": {"type": "SCHEDULED"}});
    let path = format!("/deployments/{deployment}/create_flow_run");
    let run = prefect.make(&path, &run).await;
    // A changed template makes new pods, whose first container gives it to the pool.
    until("the run is taken", async || {
        let run = prefect.run(&run).await;
        (run["state_type"] != "SCHEDULED").then_some(())
    })
    .await;
    let upgraded = stage
        .command("upgrade -o json")
        .arg(template_values(&stage, "second"))
        .run();
    assert_eq!(upgraded.code, Some(0), "{upgraded:?}");
    let document: Value = serde_json::from_str(&upgraded.stdout).unwrap();
    assert_ne!(
        document["workers"][0].as_str().unwrap(),
        worker,
        "a new pod has a new worker"
    );
    let pool = prefect.get(&format!("/work_pools/{}", stage.name())).await;
    assert_eq!(image(&pool), "second");
    let state = until("the run ends", async || {
        let run = prefect.run(&run).await;
        let is_over = ["COMPLETED", "FAILED", "CRASHED"]
            .iter()
            .any(|end| run["state_type"] == *end);
        is_over.then(|| run["state"].clone())
    })
    .await;
    assert_eq!(state["type"], "COMPLETED", "{state}");
    // Of two pods both workers are waited for.
    let two = stage.command("upgrade --set worker.replicaCount=2").run();
    assert_eq!(two.code, Some(0), "{two:?}");
    assert!(
        two.stderr.contains("is ready: workers 'KubernetesWorker "),
        "{}",
        two.stderr
    );
    // The same once more: nothing changes, and the worker that lives is found.
    let again = stage.command("upgrade").run();
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(
        again.stderr.contains("Nothing to change"),
        "{}",
        again.stderr
    );
    assert!(again.stderr.contains("serve work pool"), "{}", again.stderr);
}

/// Installs again, with little patience, until all of this is told: how far a pod has come by then is
/// the machine's affair.
async fn is_told(stage: &Stage, install: impl Fn() -> TestCommand, parts: &[&str]) -> TestOutput {
    let begun = Instant::now();
    loop {
        let said = install().failure(4);
        if parts.iter().all(|part| said.stderr.contains(part)) {
            return said;
        }
        assert!(begun.elapsed() < DEADLINE, "{}: {said:?}", stage.name());
    }
}

#[tokio::test]
async fn a_worker_that_does_not_start_is_told_of() {
    let stage = Stage::new("image").await;
    let image = "--set worker.image.prefectTag=does-not-exist";
    let command = stage.command(&format!("install -f values.yaml {image}"));
    std::fs::write(command.home().join("values.yaml"), stage.values()).unwrap();
    let mut install = WorkerProcess::start(command);
    install
        .says("Waiting: 0 of 1 pods are available; the image of container 'prefect-worker' cannot be pulled\n")
        .await;
    install.signal("INT");
    assert_eq!(install.ends().await.0, Some(130));
    let parts = [
        "error: Deployment prefect-worker is not ready after ",
        "why: still awaited: 0 of 1 pods are available; the image",
        "why: event Failed",
        "hint: check worker.image.repository and worker.image.prefectTag",
    ];
    let again = || stage.with_values(&format!("install --timeout 1s {image}"));
    is_told(&stage, again, &parts).await;
    let revision = &stage.bookkeeping().await[1]["metadata"]["annotations"];
    assert_eq!(
        revision["kubectl-prefect.io/description"],
        "was applied, and its worker did not get ready in time"
    );
}

#[tokio::test]
async fn a_worker_that_crashes_is_told_of_with_its_last_words() {
    let stage = Stage::new("crash").await;
    let crash = "--set-json=worker.command=[\"sh\",\"-c\",\"echo no such pool >&2; exit 3\"]";
    let install = || stage.with_values("install --timeout 1s -o json").arg(crash);
    let parts = [
        "prefect-worker",
        "the last lines of container 'prefect-worker':\n  no such pool",
    ];
    let said = is_told(&stage, install, &parts).await;
    let error: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(error["error"]["kind"], "TimedOut");
}

#[tokio::test]
async fn a_pod_that_runs_is_not_enough() {
    let stage = Stage::new("silent").await;
    let words = format!(
        "still awaited: a sign of life in work pool {:?}",
        stage.name()
    );
    let install = || stage.with_values("install --timeout 1s").arg(IDLE);
    is_told(&stage, install, &[&words]).await;
}

#[tokio::test]
async fn an_api_that_only_pods_reach_is_not_waited_for() {
    let stage = Stage::new("unseen").await;
    let url = "--set worker.selfHostedServerApiConfig.apiUrl=http://127.0.0.1:1/api";
    let said = stage.with_values(&format!("install {url}")).arg(IDLE).run();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.stderr
            .contains("warning: the Prefect API does not answer here"),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.contains("is rolled out: its pod runs."),
        "{}",
        said.stderr
    );
    // Another address of the same API is as good.
    let api = format!("--api-url={}", stage.cluster.prefect_api_url());
    let said = stage.command("upgrade --timeout 1s").arg(api).failure(4);
    assert!(
        said.stderr.contains("a sign of life in work pool"),
        "{}",
        said.stderr
    );
}

#[tokio::test]
async fn a_credential_is_tried_before_anything_is_installed() {
    let stage = Stage::new("auth").await;
    let server = prefect_server::start("admin:right");
    let values = format!(
        "--set worker.selfHostedServerApiConfig.apiUrl={} \
         --set worker.selfHostedServerApiConfig.basicAuth.enabled=true \
         --set worker.selfHostedServerApiConfig.basicAuth.existingSecret=auth",
        server.url
    );
    stage
        .kube
        .make_secret(stage.name(), "auth", "auth-string", "admin:wrong")
        .await;
    let said = stage.with_values(&format!("install {values}")).failure(3);
    assert!(
        said.stderr.contains("does not accept the credential"),
        "{}",
        said.stderr
    );
    assert!(!said.stderr.contains("admin:wrong"), "{}", said.stderr);
    assert!(stage.bookkeeping().await.is_empty());
    stage
        .cluster
        .kubectl(&["-n", stage.name(), "delete", "secret", "auth"]);
    stage
        .kube
        .make_secret(stage.name(), "auth", "auth-string", "admin:right")
        .await;
    let said = stage.with_values(&format!("install {values}")).run();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.stderr.contains("is ready: worker 'KubernetesWorker "),
        "{}",
        said.stderr
    );
}

#[tokio::test]
async fn pods_that_cannot_be_made_are_told_of_and_waiting_can_be_ended() {
    let stage = Stage::new("nopods").await;
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"},
        "spec": {"hard": {"pods": "0"}}});
    stage.cluster.kubectl_with_input(
        &["-n", stage.name(), "apply", "-f", "-"],
        &quota.to_string(),
    );
    until("the quota holds", async || {
        let quota = stage.get("v1/resourcequotas", "q").await?;
        quota["status"]["hard"].is_object().then_some(())
    })
    .await;
    let command = stage.command("install -f values.yaml").arg(IDLE);
    std::fs::write(command.home().join("values.yaml"), stage.values()).unwrap();
    let mut install = WorkerProcess::start(command);
    install.says("exceeded quota: q").await;
    install.signal("INT");
    let (code, said) = install.ends().await;
    assert_eq!(code, Some(130), "{said}");
    assert!(
        said.contains("is installed as revision 1; its worker was not waited for"),
        "{said}"
    );
    let again = || stage.with_values("install --timeout 1s").arg(IDLE);
    let words = "why: pods cannot be made: pods \"prefect-worker-";
    is_told(&stage, again, &[words]).await;
}

/// The first words of the requests that come in.
fn listen() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let said = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut line = String::new();
            let mut reader = BufReader::new(stream);
            // One that comes to nothing is none.
            if reader.read_line(&mut line).is_ok() {
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                let _ = reader.get_mut().write_all(answer);
                said.lock().unwrap().push(line.trim_end().to_owned());
            }
        }
    });
    (port, heard)
}

#[tokio::test]
async fn hooks_run_when_the_worker_starts_and_before_it_ends() {
    let stage = Stage::new("hooks").await;
    let (port, heard) = listen();
    let get = |when: &str| {
        let path = format!("/{{{{ .Release.Name }}}}/{when}");
        json!({"httpGet": {"host": "127.0.0.1", "port": port, "path": path}})
    };
    let hooks = json!({"postStart": get("start"), "preStop": get("stop")});
    stage
        .install("")
        .arg(format!("--set-json=worker.lifecycle={hooks}"))
        .success();
    let came = async |when: &str| {
        let line = format!("GET /prefect-worker/{when} HTTP/1.1");
        until(&line, async || {
            heard.lock().unwrap().contains(&line).then_some(())
        })
        .await;
    };
    came("start").await;
    assert!(!heard.lock().unwrap().concat().contains("stop"));
    stage.command("uninstall --yes --timeout 5m").success();
    came("stop").await;
}
