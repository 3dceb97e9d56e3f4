//! What a worker tells probes and Prometheus.

use std::{collections::BTreeMap, net::TcpListener, process::Command, time::Duration};

use serde_json::{Value, json};

use crate::{
    stage::{Stage, endless},
    support::{
        TEST_PYTHON, TestCommand, named_by,
        piped::piped,
        proxy::Proxy,
        worker::{WorkerProcess, until},
    },
};

/// Python's own parser of the format, which refuses what is not of it.
const PARSER: &str = "
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict
from prometheus_client.parser import text_string_to_metric_families as old
text = sys.stdin.read()
samples = [s for family in strict(text) for s in family.samples]
assert len(samples) == sum(len(family.samples) for family in old(text)), 'another reading'
print(json.dumps([[s.name, s.labels, s.value] for s in samples]))
";

/// A worker's web server.
struct Web {
    url: String,
    port: String,
}

impl Web {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        Self {
            url: format!("http://127.0.0.1:{port}"),
            port,
        }
    }

    fn of(&self, command: TestCommand) -> TestCommand {
        command
            .words("--with-healthcheck")
            .env("PREFECT_WORKER_WEBSERVER_HOST", "127.0.0.1")
            .env("PREFECT_WORKER_WEBSERVER_PORT", &self.port)
    }

    /// The code and the text of an answer, if there is one.
    async fn get(&self, path: &str) -> Option<(u16, String)> {
        let answer = reqwest::get(format!("{}{path}", self.url)).await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }

    async fn json(&self, path: &str) -> Option<(u16, Value)> {
        let (code, text) = self.get(path).await?;
        Some((code, serde_json::from_str(&text).ok()?))
    }

    /// What `/metrics` says, as a strict parser reads it.
    async fn metrics(&self) -> Samples {
        let (code, text) = self.get("/metrics").await.unwrap();
        assert_eq!(code, 200, "{text}");
        let output = piped(
            Command::new(named_by(TEST_PYTHON)).args(["-c", PARSER]),
            text.as_bytes(),
        );
        assert!(output.status.success(), "{text}");
        Samples(serde_json::from_slice(&output.stdout).unwrap())
    }
}

struct Samples(Vec<(String, BTreeMap<String, String>, f64)>);

impl Samples {
    /// The value of the only sample of this name that has these labels.
    fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let mut found = self.0.iter().filter(|(of, has, _)| {
            let like =
                |(label, value): &(&str, &str)| has.get(*label).is_some_and(|it| it == value);
            of == name && labels.iter().all(like)
        });
        let value = found.next().map(|(_, _, value)| *value);
        assert!(
            found.next().is_none(),
            "{name} {labels:?} is not the only one"
        );
        value
    }

    /// Requests of an API, by method, route and code. The proxy does not count upgrades.
    fn requests(&self, api: &str) -> BTreeMap<String, u64> {
        let of_api = self.0.iter().filter(|(name, labels, _)| {
            name == "kubectl_prefect_api_requests_total"
                && labels["api"] == api
                && labels["code"] != "101"
        });
        of_api
            .map(|(_, labels, count)| {
                let key = key(&labels["method"], &labels["route"], &labels["code"]);
                (key, *count as u64)
            })
            .collect()
    }
}

/// One spelling for the routes of both sides, which name the variable parts differently.
fn key(method: &str, route: &str, code: &str) -> String {
    let mut parts = route.split('{');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str("{}");
        plain.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    format!("{method} {plain} {code}")
}

async fn passed(proxy: &Proxy, prefix: &str) -> BTreeMap<String, u64> {
    let mut passed = BTreeMap::new();
    for row in proxy.counts().await {
        let route = row["route"].as_str().unwrap();
        let route = route.strip_prefix(prefix).unwrap_or(route);
        let key = key(
            row["method"].as_str().unwrap(),
            route,
            &row["code"].to_string(),
        );
        *passed.entry(key).or_default() += row["count"].as_u64().unwrap();
    }
    passed
}

#[tokio::test]
async fn probes_are_answered_before_the_api_is_there_and_until_the_end() {
    let stage = Stage::new("probes").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    proxy
        .rules(&[json!({"action": "status", "status": 503})])
        .await;
    let web = Web::new();
    let command = stage.command_behind(Some(&proxy), None);
    let mut worker = WorkerProcess::start(web.of(command));
    let (code, starting) = until("readiness", async || web.json("/ready").await).await;
    assert_eq!(code, 503);
    assert_eq!(starting["message"], "Worker is not ready");
    assert!(
        starting["reasons"][0]
            .as_str()
            .unwrap()
            .starts_with("starting")
    );
    let well = json!({"message": "OK"});
    assert_eq!(web.json("/health").await, Some((200, well.clone())));
    // It waits for the API instead of giving up, and shows that it does.
    let waiting = [("api", "prefect"), ("reason", "retry")];
    until("a request that waits", async || {
        let samples = web.metrics().await;
        let waiting = samples.value("kubectl_prefect_api_requests_waiting", &waiting)?;
        (waiting >= 1.0).then_some(())
    })
    .await;
    let run = stage.run(&endless()).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    proxy.rules(&[]).await;
    stage.noted(&run).await;
    for path in ["/health", "/ready"] {
        assert_eq!(web.json(path).await, Some((200, well.clone())), "{path}");
    }
    let posted = reqwest::Client::new().post(format!("{}/health", web.url));
    assert_eq!(posted.send().await.unwrap().status(), 405);
    assert_eq!(web.get("/other").await.unwrap().0, 404);

    let in_progress = async || {
        let samples = web.metrics().await;
        samples.value("kubectl_prefect_submissions_in_progress", &[])
    };
    // The labels of the first run may still be on their way.
    until("the end of the first submission", async || {
        (in_progress().await == Some(0.0)).then_some(())
    })
    .await;
    let slow = stage.run_later().await;
    let claim = format!("/flow_runs/{slow}/set_state");
    let rule = json!({"path": claim, "times": 1, "action": "hold"});
    proxy.rules(&[rule]).await;
    stage.is_due(&slow).await;
    until("a submission under way", async || {
        (in_progress().await >= Some(1.0)).then_some(())
    })
    .await;
    worker.signal("TERM");
    worker.says("finishing 1 submission").await;
    let (code, stopping) = web.json("/ready").await.unwrap();
    assert_eq!(code, 503);
    assert!(
        stopping["reasons"][0]
            .as_str()
            .unwrap()
            .starts_with("stopping")
    );
    assert_eq!(web.json("/health").await, Some((200, well)));
    proxy.rules(&[]).await;
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
    assert_eq!(web.get("/health").await, None);
}

#[tokio::test]
async fn loops_that_have_stopped_make_a_process_unhealthy_until_they_go_on() {
    let stage = Stage::new("stalled").await;
    let proxy = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let rule = |method: &str, path: &str, action: &str| json!({"method": method, "path": path, "action": action, "status": 403});
    let no_channel = rule("GET", "/workers/connect", "status");
    proxy.rules(std::slice::from_ref(&no_channel)).await;
    let web = Web::new();
    // So patient that a server that says nothing stops them for good.
    let command = stage
        .command_behind(Some(&proxy), None)
        .env("PREFECT_API_REQUEST_TIMEOUT", "3600")
        .env("PREFECT_WORKER_HEARTBEAT_SECONDS", "1");
    let mut worker = WorkerProcess::start(web.of(command));
    worker.says("serving work pool").await;
    let well = Some((200, json!({"message": "OK"})));
    assert_eq!(web.json("/health").await, well);
    let stopped = [
        no_channel.clone(),
        rule("POST", "/get_scheduled_flow_runs", "hold"),
        rule("POST", "/workers/heartbeat", "hold"),
    ];
    proxy.rules(&stopped).await;
    // Two minutes: a request alone may take one.
    let answer = until("an unhealthy process", async || {
        let (code, answer) = web.json("/health").await?;
        let reasons = answer["reasons"].to_string();
        let both = reasons.contains("polling: ") && reasons.contains("heartbeat: ");
        (code == 503 && both).then_some(answer)
    })
    .await;
    assert_eq!(answer["message"], "Worker may be unresponsive at this time");
    proxy.rules(&[no_channel]).await;
    until("health", async || {
        (web.json("/health").await == well).then_some(())
    })
    .await;
    let run = stage.run(&endless()).await;
    stage.noted(&run).await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_the_setting_that_changes_it() {
    let stage = Stage::new("port").await;
    let web = Web::new();
    let _taken = TcpListener::bind(("127.0.0.1", web.port.parse().unwrap())).unwrap();
    let output = web.of(stage.command()).words("--run-once").failure(1);
    assert!(
        output.stderr.contains("PREFECT_WORKER_WEBSERVER_PORT")
            && output.stderr.contains(&web.port),
        "{}",
        output.stderr
    );
}

#[tokio::test]
async fn metrics_agree_with_what_passed() {
    let stage = Stage::new("metrics").await;
    let odd = format!("{} \"odd\\one\" 名", stage.name);
    let prefect = Proxy::of_prefect(stage.cluster.prefect_api_url());
    let kube = Proxy::of_kubernetes(&stage.cluster.kubeconfig);
    let web = Web::new();
    let command = stage.command_behind(Some(&prefect), Some(&kube));
    let limit = format!("--limit {}=7", stage.name);
    let command = web.of(command).arg("-p").arg(&odd).words(&limit);
    let mut worker = WorkerProcess::start(command);
    let pool = ("work_pool", stage.name.as_str());
    let good = stage.run(&json!({})).await;
    let bad = stage.run(&json!({"name": "No Name"})).await;
    let going = stage.run(&endless()).await;
    stage.crashes(&bad).await;
    stage.has_pod(&going, "Running").await;
    worker.says("is complete").await;
    stage.noted(&good).await;

    let created = [pool, ("result", "created")];
    let samples = until("both Jobs", async || {
        let samples = web.metrics().await;
        let created = samples.value("kubectl_prefect_submissions_total", &created);
        // A server that is busy may have refused the first heartbeat.
        let beaten = |pool: &str| {
            let name = "kubectl_prefect_last_heartbeat_timestamp_seconds";
            samples.value(name, &[("work_pool", pool)]).is_some()
        };
        let all = created == Some(2.0) && beaten(pool.1) && beaten(&odd);
        all.then_some(samples)
    })
    .await;
    let value = |name: &str, labels: &[(&str, &str)]| {
        samples.value(&format!("kubectl_prefect_{name}"), labels)
    };
    for (name, label, expected) in [
        ("flow_runs_ended_total", ("outcome", "job_complete"), 1.0),
        ("flow_runs_ended_total", ("outcome", "crashed"), 1.0),
        ("submissions_total", ("result", "created"), 2.0),
        ("submissions_total", ("result", "crashed"), 1.0),
        ("submission_duration_seconds_count", pool, 2.0),
        ("schedule_delay_seconds_count", pool, 2.0),
        ("flow_runs_in_hand", pool, 1.0),
        ("jobs_active", pool, 1.0),
        ("flow_runs_limit", pool, 7.0),
        ("work_pool_paused", pool, 0.0),
    ] {
        assert_eq!(
            value(name, &[pool, label]),
            Some(expected),
            "{name} {label:?}"
        );
    }
    assert_eq!(
        value("flow_runs_in_hand", &[("work_pool", &odd)]),
        Some(0.0)
    );
    let now = jiff::Timestamp::now().as_second() as f64;
    for name in [
        "last_poll_timestamp_seconds",
        "last_heartbeat_timestamp_seconds",
    ] {
        for pool in [pool.1, odd.as_str()] {
            let age = now - value(name, &[("work_pool", pool)]).unwrap();
            assert!((-2.0..30.0).contains(&age), "{name}: {age} s");
        }
    }
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(value("build_info", &version), Some(1.0));
    assert_eq!(value("events_dropped_total", &[]), Some(0.0));
    assert_eq!(value("log_lines_dropped_total", &[]), Some(0.0));

    // Between two polls nothing moves.
    let both = async || {
        let samples = web.metrics().await;
        let ours = [samples.requests("prefect"), samples.requests("kubernetes")];
        (
            ours,
            [passed(&prefect, "/api").await, passed(&kube, "").await],
        )
    };
    let mut counts = both().await;
    for _ in 0..50 {
        if counts.0 == counts.1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
        counts = both().await;
    }
    assert_eq!(counts.0, counts.1);
    let path = format!(
        "/work_pools/{}",
        odd.replace(' ', "%20")
            .replace('"', "%22")
            .replace('\\', "%5C")
    );
    stage.prefect.delete(&path).await;
}
