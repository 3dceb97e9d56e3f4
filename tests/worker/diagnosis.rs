//! What ails a pod, told by a real kubelet's stand-in and a real scheduler, and the settings that say
//! what of it is looked at.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    stage::{Stage, command_of_all, template},
    support::{
        proxy::Proxy,
        worker::{WorkerProcess, until},
    },
};

/// The spec of the pods of a template.
fn pod_spec(template: &mut Value) -> &mut Value {
    &mut template["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]
}

#[tokio::test]
async fn what_ails_a_pod_is_told_once_with_its_kind() {
    // A container beside the flow's is the only one that may be started again.
    let mut again = template();
    pod_spec(&mut again)["initContainers"] = json!([{
        "name": "beside", "image": "flow", "restartPolicy": "Always", "command": ["sh", "-c", "exit 3"],
    }]);
    let mut nowhere = template();
    pod_spec(&mut nowhere)["nodeSelector"] = json!({"disk": "none-has-this"});
    let mut tainted = template();
    let loops = Stage::with_template("loops", again).await;
    let selects = Stage::with_template("selects", nowhere).await;
    let node = format!("tainted-{}", loops.name);
    pod_spec(&mut tainted)["nodeSelector"] = json!({"only": node});
    let bears = Stage::with_template("bears", tainted).await;
    let taint = json!({"key": "example.com/reserved", "effect": "NoSchedule"});
    let node = Node::new(&bears, &node, &taint).await;
    let worker = WorkerProcess::start(command_of_all(&[&loops, &selects, &bears]));
    futures::join!(
        is_told(&loops, "sleep 1000", "ends again and again", &worker),
        is_told(&selects, "sleep 1", "affinity", &worker),
        is_told(&bears, "sleep 1", "taint", &worker),
    );
    node.delete(&bears).await;
}

/// A node that nothing runs.
struct Node(String);

impl Node {
    async fn new(stage: &Stage, name: &str, taint: &Value) -> Self {
        let node = json!({
            "apiVersion": "v1", "kind": "Node", "spec": {"taints": [taint]},
            "metadata": {"name": name, "labels": {"only": name}},
        });
        stage.kube.create("/api/v1/nodes", &node).await;
        Self(name.to_owned())
    }

    async fn delete(self, stage: &Stage) {
        stage
            .kube
            .delete(&format!("/api/v1/nodes/{}", self.0))
            .await;
    }
}

/// Runs a script whose pod comes to this, which is said in the run's log, once.
async fn is_told(stage: &Stage, script: &str, said: &str, worker: &WorkerProcess) {
    let command = format!("sh -c '{script}'");
    let run = stage.run(&json!({"command": command})).await;
    let lines = stage.logged(&run, said).await;
    let about = |lines: &[String]| lines.iter().filter(|line| line.contains(said)).count();
    assert_eq!(about(&lines), 1, "{lines:?}");
    stage.is(&run, "InfrastructurePending").await;
    assert!(!worker.heard().contains("panicked"), "{}", worker.heard());
}

#[tokio::test]
async fn a_setting_says_how_many_last_words_are_forwarded() {
    let script = "for word in one two three four; do echo the word $word; done; exit 3";
    let variables = json!({"command": format!("sh -c '{script}'")});
    let prefix = "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_";
    let (two, none) = (Stage::new("two-words").await, Stage::new("no-words").await);
    let tail = format!("{prefix}FORWARD_CRASHED_RUN_LOGS_TAIL_LINES");
    let _two = WorkerProcess::start(two.command().env(&tail, "2"));
    let forward = format!("{prefix}FORWARD_CRASHED_RUN_LOGS");
    let _none = WorkerProcess::start(none.command().env(&forward, "false"));
    let words = async |stage: &Stage| {
        let run = stage.run(&variables).await;
        let why = stage.crashes(&run).await;
        // The reason is the last that is written.
        let lines = stage.logged(&run, &why).await;
        let words = lines
            .into_iter()
            .filter(|line| line.starts_with("the word"));
        (run, words.collect::<Vec<_>>())
    };
    let (run, _) = words(&two).await;
    two.logged(&run, "the word four").await;
    let lines = two.logged(&run, "the word three").await;
    assert!(
        !lines.iter().any(|line| line == "the word two"),
        "{lines:?}"
    );
    let (_, words) = words(&none).await;
    assert_eq!(words, [""; 0]);
}

#[tokio::test]
async fn a_setting_says_which_jobs_are_watched() {
    let stage = Stage::new("sees").await;
    let filters = "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_ADDITIONAL_LABEL_FILTERS";
    let mut worker = WorkerProcess::start(stage.command().env(filters, "team=red"));
    let labelled = |team: &str| json!({"command": "sleep 1", "labels": {"team": team}});
    let name = |job: &Value| job["metadata"]["name"].as_str().unwrap().to_owned();
    let blue = stage.run(&labelled("blue")).await;
    stage.has_pod(&blue, "Succeeded").await;
    let blue = name(&stage.job_of(&blue).await);
    let red = stage.run(&labelled("red")).await;
    let red = name(&stage.job_of(&red).await);
    worker.says(&format!("{red} is complete")).await;
    assert_eq!(worker.times(&format!("{blue} is complete")), 0);
}

#[tokio::test]
async fn a_setting_names_namespaces_to_watch_from_the_start() {
    let (stage, other) = (Stage::new("where").await, Stage::new("elsewhere").await);
    let first = stage.worker();
    let variables = json!({"command": "sleep 1000", "namespace": other.name});
    let run = stage.run(&variables).await;
    stage.noted(&run).await;
    first.signal("KILL");
    // Neither the worker's namespace nor any run of its own leads it there, and it looks for runs
    // whose Jobs no watch sees only after five minutes.
    let namespaces = "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES";
    let mut second = WorkerProcess::start(stage.command().env(namespaces, &other.name));
    let job = until("the Job", async || other.jobs_of(&run).await.pop()).await;
    second.says("is adopted").await;
    let job = job["metadata"]["name"].as_str().unwrap();
    let path = format!("/apis/batch/v1/namespaces/{}/jobs/{job}", other.name);
    stage.kube.delete(&path).await;
    stage.crashes(&run).await;
}

#[tokio::test]
async fn a_crash_is_told_with_its_last_words_when_its_report_was_not_answered() {
    let stage = Stage::new("unsaid").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let _worker = WorkerProcess::start(stage.command_behind(Some(&proxy), None));
    let run = stage
        .run(&json!({"command": "sh -c 'echo the word; exit 3'"}))
        .await;
    stage.has_pod(&run, "Failed").await;
    let unanswered = json!({
        "method": "POST", "path": format!("/flow_runs/{run}/set_state"), "times": 1,
        "action": "drop-after",
    });
    proxy.rules(&[unanswered]).await;
    let why = stage.crashes(&run).await;
    stage.logged(&run, &why).await;
    stage.logged(&run, "the word").await;
}

#[tokio::test]
async fn what_ails_a_pod_at_the_start_is_told_when_the_server_answers_again() {
    let stage = Stage::new("late-word").await;
    let observer = "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_ENABLED";
    let mut blind = WorkerProcess::start(stage.command().env(observer, "false"));
    let run = stage.run(&json!({"image": "does-not-exist:1"})).await;
    stage.noted(&run).await;
    blind.signal("TERM");
    blind.ends().await;
    until("a pull that fails", async || {
        let pods = stage.kube.pods(&stage.name).await;
        let waiting = &pods.first()?["status"]["containerStatuses"][0]["state"]["waiting"];
        waiting["reason"].as_str()?.contains("Pull").then_some(())
    })
    .await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let busy = json!({"path": "/events/filter", "action": "status", "status": 503, "times": 3});
    proxy.rules(&[busy]).await;
    let _worker = WorkerProcess::start(stage.command_behind(Some(&proxy), None));
    proxy.is_met().await;
    let said = "cannot be pulled";
    stage.logged(&run, said).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let lines = stage.prefect.logs(&run).await;
    let told = lines.iter().filter(|line| line.contains(said));
    assert_eq!(told.count(), 1, "{lines:?}");
}

#[tokio::test]
async fn a_run_that_waits_is_said_to_wait_after_an_outage() {
    let stage = Stage::new("late-state").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let run = stage.run_later().await;
    let unready = json!({"job_variables": {"cpu_request": "1000"}});
    let path = format!("/flow_runs/{run}");
    stage.prefect.patch(&path, &unready).await;
    let down = json!({
        "method": "POST", "path": format!("{path}/set_state"), "skip": 1,
        "action": "status", "status": 503,
    });
    proxy.rules(&[down]).await;
    let _worker = WorkerProcess::start(stage.command_behind(Some(&proxy), None));
    stage.is_due(&run).await;
    stage.noted(&run).await;
    // Six tries, as Prefect's client makes them, take half of it.
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(stage.prefect.run(&run).await["state"]["name"], "Pending");
    proxy.rules(&[]).await;
    stage.is(&run, "InfrastructurePending").await;
}
