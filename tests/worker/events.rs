//! Events: what this worker tells Prefect, beside what Prefect's own worker and observer tell of the
//! same deployments and the same pods.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Instant,
};

use serde_json::{Value, json};

use crate::{
    parity::python_worker,
    stage::Stage,
    support::{
        TEST_PYTHON, named_by,
        proxy::Proxy,
        worker::{DEADLINE, PAUSE, WorkerProcess, until},
    },
};

impl Stage {
    /// The events of these names that have to do with the pool, oldest first.
    async fn events(&self, names: &str) -> Vec<Value> {
        let pool = self
            .prefect
            .get(&format!("/work_pools/{}", self.name))
            .await;
        let pool = format!("prefect.work-pool.{}", pool["id"].as_str().unwrap());
        let since = jiff::Timestamp::now() - std::time::Duration::from_secs(3600);
        let filter = json!({"limit": 50, "filter": {
            "occurred": {"since": since.to_string()},
            "event": {"prefix": [names]},
            "related": {"id": [pool]},
            "order": "ASC",
        }});
        let page = self.prefect.post("/events/filter", &filter).await;
        assert_eq!(
            page["next_page"],
            Value::Null,
            "more events than one page holds"
        );
        page["events"].as_array().unwrap().clone()
    }

    /// Waits until the events of these names are so many. Gives them.
    async fn told(&self, names: &str, count: usize) -> Vec<Value> {
        until(&format!("{count} events {names}*"), async || {
            let events = self.events(names).await;
            (events.len() >= count).then_some(events)
        })
        .await
    }

    /// Waits until an event of this name was told of a pod. Gives it.
    async fn told_of_pod(&self, phase: &str) -> Value {
        self.told(&format!("prefect.kubernetes.pod.{phase}"), 1)
            .await
            .remove(0)
    }
}

fn name(event: &Value) -> &str {
    event["event"].as_str().unwrap()
}

/// Events without what is another's each time: ids become names, times go.
fn comparable(stage: &Stage, events: &[Value], runs: &BTreeMap<String, Value>) -> Vec<Value> {
    let mut text = Value::Array(events.to_vec()).to_string();
    for event in events {
        let id = event["id"].as_str().unwrap();
        let of = event["related"].as_array().unwrap().iter();
        let of = of.filter(|it| it["prefect.resource.role"] == "flow-run");
        let of: Vec<&str> = of
            .filter_map(|it| it["prefect.resource.name"].as_str())
            .collect();
        text = text.replace(id, &format!("{} {}", name(event), of.join(" ")));
    }
    for (case, run) in runs {
        text = text.replace(run["id"].as_str().unwrap(), case);
        if let Some(pid) = run["infrastructure_pid"].as_str() {
            text = text.replace(pid, &format!("PID of {case}"));
        }
    }
    assert!(text.contains(&stage.name));
    let mut events: Vec<Value> = serde_json::from_str(&text).unwrap();
    for event in &mut events {
        let event = event.as_object_mut().unwrap();
        event.remove("occurred");
        event.remove("received");
        // The label that is ours alone.
        let resource = event["resource"].as_object_mut().unwrap();
        resource.remove("kubectl-prefect.version");
    }
    events.sort_by_key(|event| event["id"].as_str().unwrap().to_owned());
    events
}

/// A stage with a second deployment, whose runs cannot be submitted.
async fn stage_of_two() -> (Stage, String) {
    let stage = Stage::new("events").await;
    let (flow, deployment) = (&stage.flow, &stage.deployment);
    for (path, tags) in [
        (format!("/flows/{flow}"), ["of-flow", "b"]),
        (format!("/deployments/{deployment}"), ["of-deployment", "a"]),
    ] {
        stage.prefect.patch(&path, &json!({ "tags": tags })).await;
    }
    let broken = json!({"env": {"KEY": "{{ prefect.blocks.secret.not-there }}"}});
    let broken = stage.deploy("broken", &broken).await;
    (stage, broken)
}

async fn schedule(stage: &Stage, broken: &str) -> BTreeMap<String, String> {
    let mut runs = BTreeMap::new();
    for (name, deployment) in [("fine", stage.deployment.as_str()), ("broken", broken)] {
        let body = json!({"name": name, "tags": ["of-run", "ä tag"],
            "state": {"type": "SCHEDULED"}, "job_variables": {"command": "true"}});
        let path = format!("/deployments/{deployment}/create_flow_run");
        runs.insert(name.to_owned(), stage.prefect.make(&path, &body).await);
    }
    runs
}

/// What the Python worker has served well. It crashes a run whose labels the server's SQLite refuses,
/// and tells less of it: then another stage is set up.
async fn served_by_python() -> (Stage, String, BTreeMap<String, String>) {
    loop {
        let (stage, broken) = stage_of_two().await;
        let runs = schedule(&stage, &broken).await;
        python_worker(&stage);
        if stage.prefect.run(&runs["fine"]).await["state_type"] != "CRASHED" {
            return (stage, broken, runs);
        }
    }
}

#[tokio::test]
async fn the_workers_events_are_those_of_the_python_worker() {
    let (stage, broken, runs) = served_by_python().await;
    let with_pids = async |runs: &BTreeMap<String, String>| {
        let mut found = BTreeMap::new();
        for (name, id) in runs {
            found.insert(name.clone(), stage.prefect.run(id).await);
        }
        found
    };
    let theirs = stage.told("prefect.worker.", 4).await;
    let theirs = comparable(&stage, &theirs, &with_pids(&runs).await);
    let runs = schedule(&stage, &broken).await;
    // One of the runs cannot be submitted.
    stage.command().words("--run-once").failure(1);
    let both = stage.told("prefect.worker.", 8).await;
    let ours = comparable(&stage, &both[4..], &with_pids(&runs).await);
    assert_eq!(theirs.len(), 4, "{theirs:#?}");
    assert_eq!(json!(ours), json!(theirs));
    let names: Vec<&str> = both[4..].iter().map(name).collect();
    assert_eq!(
        names,
        [
            "started",
            "submitted-flow-run",
            "executed-flow-run",
            "stopped"
        ]
        .map(|name| format!("prefect.worker.{name}"))
    );
}

/// Prefect's observer as a process; it ends with this value.
struct Observer {
    child: Child,
    // Its home folder must outlive it.
    _home: tempfile::TempDir,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Observer {
    async fn start(stage: &Stage) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/worker/observer.py");
        let home = tempfile::tempdir().unwrap();
        let mut child = Command::new(named_by(TEST_PYTHON))
            .args([script, &stage.name])
            .env_clear()
            .env("HOME", home.path())
            .env("PREFECT_HOME", home.path())
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("KUBECONFIG", &stage.cluster.kubeconfig)
            .env("PREFECT_API_URL", stage.cluster.prefect_api_url())
            .env(
                "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES",
                &stage.name,
            )
            .env("PREFECT_LOGGING_TO_API_ENABLED", "false")
            .env("DO_NOT_TRACK", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&lines);
        thread::spawn(move || {
            for line in output.map_while(Result::ok) {
                heard.lock().unwrap().push(line);
            }
        });
        let this = Self {
            child,
            _home: home,
            lines,
        };
        until("Prefect's observer", async || {
            let lines = this.lines.lock().unwrap();
            lines.iter().any(|line| line == "ready").then_some(())
        })
        .await;
        this
    }

    /// What the server would keep of its events: the first of each id, by id.
    fn events(&self) -> BTreeMap<String, Value> {
        let mut events = BTreeMap::new();
        for line in self.lines.lock().unwrap().iter() {
            let Ok(event) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            let id = event["id"].as_str().unwrap().to_owned();
            events.entry(id).or_insert(event);
        }
        events
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn events_of_pods_are_those_of_prefects_observer() {
    let stage = Stage::new("pod-events").await;
    let observer = Observer::start(&stage).await;
    let _worker = stage.worker();
    // Its watches may begin after it is ready, and what it finds is told otherwise.
    stage.run(&json!({"command": "true"})).await;
    until("the first pod", async || {
        let events = observer.events();
        let is_over = |event: &Value| name(event).ends_with("succeeded");
        events.values().any(is_over).then_some(())
    })
    .await;
    // Whether a pod is ever seen running depends on how quick it is: both see the same.
    let cases = [
        (json!({"command": "sleep 1"}), 2),
        (json!({"command": "sh -c 'exit 3'"}), 2),
        (
            json!({"image": "trouble.test/oom-after:1s", "command": "sleep 1000"}),
            2,
        ),
        (
            json!({"image": "trouble.test/evict-after:1s", "command": "sleep 1000"}),
            2,
        ),
        (json!({"image": "registry.test/does-not-exist:1"}), 2),
        (json!({"image": "Not A Name"}), 1),
        (json!({"cpu_request": "1000"}), 2),
    ];
    let mut count = 2;
    for (variables, events) in &cases {
        stage.run(variables).await;
        count += events;
    }
    let begun = Instant::now();
    loop {
        let theirs = observer.events();
        let ours: BTreeMap<String, Value> = stage
            .events("prefect.kubernetes.pod.")
            .await
            .into_iter()
            .map(|mut event| {
                event.as_object_mut().unwrap().remove("received");
                (event["id"].as_str().unwrap().to_owned(), event)
            })
            .collect();
        let is_running = |event: &&Value| name(event).ends_with("running");
        let running = theirs.values().filter(is_running).count();
        if theirs.len() - running == count && ours == theirs {
            return;
        }
        assert!(
            begun.elapsed() < DEADLINE,
            "not {count} equal events beside those of running\nPrefect's: {theirs:#?}\nours: {ours:#?}"
        );
        tokio::time::sleep(PAUSE).await;
    }
}

#[tokio::test]
async fn events_go_by_http_where_the_websocket_is_refused() {
    let stage = Stage::new("no-socket").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let refusal = json!({"path": "/events/in$", "action": "status", "status": 403});
    proxy.rules(&[refusal]).await;
    let mut worker = WorkerProcess::start(stage.command_behind(Some(&proxy), None));
    stage.run(&json!({})).await;
    stage.told_of_pod("succeeded").await;
    worker.says("events go by POST /events").await;
    worker.signal("TERM");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
    // What is told last is told before the end.
    stage.told("prefect.worker.stopped", 1).await;
    assert!(proxy.count("POST", "/api/events", 204).await > 0);
}

#[tokio::test]
async fn a_restart_repeats_no_event_and_tells_what_went_meanwhile() {
    let stage = Stage::new("restart").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let mut worker = WorkerProcess::start(stage.command_behind(Some(&proxy), None));
    let pull = stage.run(&json!({"image": "does-not-exist:1"})).await;
    let said = "cannot be pulled";
    stage.logged(&pull, said).await;
    // Until it is told, it would be told again.
    until("the event of the pull", async || {
        let events = stage.events("prefect.kubernetes.pod.pending").await;
        let is_told = |event: &Value| event["resource"]["kubernetes.diagnosis"] == "ImagePullError";
        events.iter().any(is_told).then_some(())
    })
    .await;
    let run = stage.run(&json!({"command": "sleep 5"})).await;
    stage.has_pod(&run, "Running").await;
    stage.told_of_pod("running").await;
    worker.signal("TERM");
    worker.ends().await;
    stage.has_pod(&run, "Succeeded").await;
    assert!(
        stage
            .events("prefect.kubernetes.pod.succeeded")
            .await
            .is_empty()
    );
    let worker = worker.again();
    let succeeded = stage.told_of_pod("succeeded").await;
    let time =
        |name: &str| -> jiff::Timestamp { succeeded[name].as_str().unwrap().parse().unwrap() };
    assert!(time("occurred") < time("received"));
    // Both pods were asked for with one question, and nothing was said twice.
    assert_eq!(proxy.count("POST", "/api/events/filter", 200).await, 1);
    assert_eq!(worker.times(said), 0, "{}", worker.heard());
    let lines = stage.prefect.logs(&pull).await;
    assert_eq!(
        lines.iter().filter(|line| line.contains(said)).count(),
        1,
        "{lines:?}"
    );
    assert_eq!(stage.events("prefect.kubernetes.pod.").await.len(), 5);
}

#[tokio::test]
async fn events_of_pods_can_be_switched_off() {
    let stage = Stage::new("no-pods").await;
    let setting = "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_REPLICATE_POD_EVENTS";
    let mut worker = WorkerProcess::start(stage.command().env(setting, "false"));
    let run = stage.run(&json!({})).await;
    worker.says("is complete").await;
    worker.signal("TERM");
    worker.ends().await;
    stage.told("prefect.worker.stopped", 1).await;
    assert!(stage.events("prefect.kubernetes.").await.is_empty());
    let history = stage.prefect.history(&run).await;
    assert_eq!(history, ["Scheduled", "Pending", "InfrastructurePending"]);
}
