//! `worker list` and `worker prune` on a real Prefect server: records of the living and the dead.

mod removed;

use std::{io::Read, process::Stdio};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    stage::Stage,
    support::{TestCommand, TestOutput, cluster, prefect::Prefect, worker::until},
};

/// A pool with workers on record.
struct Pool {
    prefect: Prefect,
    name: String,
    id: String,
}

impl Pool {
    async fn new(kind: &str) -> Self {
        let prefect = Prefect::new(cluster().prefect_api_url());
        let name = format!("records-{}", Uuid::new_v4().simple());
        let body = json!({"name": name, "type": kind});
        let id = prefect.make("/work_pools/", &body).await;
        Self { prefect, name, id }
    }

    /// A sign of life; without another one in three times as many seconds the worker is dead.
    async fn beat(&self, worker: &str, seconds: u64) {
        let path = format!("/work_pools/{}/workers/heartbeat", self.name);
        let body = json!({"name": worker, "heartbeat_interval_seconds": seconds});
        self.prefect.post(&path, &body).await;
    }

    /// The server's own word on each worker.
    async fn workers(&self) -> Vec<(String, String)> {
        let path = format!("/work_pools/{}/workers/filter", self.name);
        let workers = self.prefect.post(&path, &json!({})).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut workers: Vec<_> = workers
            .as_array()
            .unwrap()
            .iter()
            .map(|worker| (text(&worker["name"]), text(&worker["status"])))
            .collect();
        workers.sort();
        workers
    }

    /// Makes workers that are dead already.
    async fn with_dead(&self, names: &[&str]) {
        for name in names {
            self.beat(name, 1).await;
        }
        until("the death of workers", async || {
            let workers = self.workers().await;
            let is_dead = |name: &str| workers.contains(&(name.to_owned(), "OFFLINE".to_owned()));
            names.iter().all(|name| is_dead(name)).then_some(())
        })
        .await;
    }

    /// `kubectl prefect worker WORDS -p POOL`.
    fn command(&self, words: &str) -> TestCommand {
        command(words).words(&format!("-p {}", self.name))
    }
}

fn command(words: &str) -> TestCommand {
    // No kubeconfig: these commands ask Prefect alone.
    TestCommand::new()
        .words(&format!("worker {words}"))
        .env("PREFECT_API_URL", cluster().prefect_api_url())
}

fn has(output: &TestOutput, texts: &[&str]) {
    for text in texts {
        assert!(output.stderr.contains(text), "{text:?}: {output:?}");
    }
}

/// Lines whose columns are one blank apart.
fn squeezed(table: &str) -> Vec<String> {
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    table.lines().map(line).collect()
}

#[tokio::test]
async fn the_living_and_the_dead_are_listed() {
    let pool = Pool::new("kubernetes").await;
    pool.with_dead(&["a dead one"]).await;
    pool.beat("living", 300).await;
    let started = json!([{
        "occurred": jiff::Timestamp::now(), "event": "prefect.worker.started", "id": Uuid::new_v4(),
        "resource": {
            "prefect.resource.id": "prefect.worker.kubernetes.living",
            "prefect.resource.name": "living", "prefect.version": "3.8.8",
        },
        "related": [{
            "prefect.resource.id": format!("prefect.work-pool.{}", pool.id),
            "prefect.resource.role": "work-pool",
        }],
        "payload": {},
    }]);
    pool.prefect.post("/events", &started).await;
    let listed = until("the version of the worker", async || {
        let listed = pool.command("list").success();
        listed.contains("3.8.8").then_some(listed)
    })
    .await;
    let lines = squeezed(&listed);
    assert_eq!(lines[0], "POOL NAME STATUS LAST HEARTBEAT VERSION");
    assert!(
        lines[1].starts_with(&format!("{} a dead one Offline ", pool.name)),
        "{lines:?}"
    );
    assert!(lines[1].ends_with("s <unknown>"), "{lines:?}");
    assert!(
        lines[2].starts_with(&format!("{} living Online ", pool.name)),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 3, "{lines:?}");

    let wide = squeezed(&pool.command("list -o wide").success());
    assert!(
        wide[0].ends_with("VERSION POOL TYPE INTERVAL ID"),
        "{wide:?}"
    );
    assert!(wide[2].contains(" 3.8.8 kubernetes 5m "), "{wide:?}");
    let names = pool.command("ls -o name").success();
    assert_eq!(names, format!("{0}/a dead one\n{0}/living\n", pool.name));
    let json: Value = serde_json::from_str(&pool.command("list -o json").success()).unwrap();
    assert_eq!(json["items"][0]["status"], "OFFLINE");
    let living = &json["items"][1];
    for (key, value) in [
        ("pool", pool.name.as_str()),
        ("poolType", "kubernetes"),
        ("name", "living"),
        ("status", "ONLINE"),
        ("version", "3.8.8"),
    ] {
        assert_eq!(living[key], value, "{key}");
    }
    assert_eq!(living["heartbeatIntervalSeconds"], 300);
    assert!(
        pool.command("list -o yaml")
            .success()
            .contains("status: ONLINE\n")
    );

    // A narrow terminal, NO_COLOR and forced colours change nothing about data.
    let narrow = pool
        .command("list")
        .env("COLUMNS", "40")
        .env("NO_COLOR", "1")
        .success();
    assert!(
        narrow.contains("VERSION\n") && !narrow.contains('\x1b'),
        "{narrow}"
    );
    let coloured = pool.command("list --color always").success();
    assert!(!coloured.contains('\x1b'), "{coloured}");
}

#[tokio::test]
async fn pools_of_another_type_are_listed_when_asked_for() {
    let process = Pool::new("process").await;
    process.beat("other", 300).await;
    let kubernetes = Pool::new("kubernetes").await;
    kubernetes.beat("ours", 300).await;
    let (other, ours) = (
        format!("{}/other\n", process.name),
        format!("{}/ours\n", kubernetes.name),
    );
    let listed = command("list -o name").success();
    assert!(
        listed.contains(&ours) && !listed.contains(&other),
        "{listed}"
    );
    let listed = command("list -o name --all-types").success();
    assert!(
        listed.contains(&ours) && listed.contains(&other),
        "{listed}"
    );
    assert_eq!(process.command("list -o name").success(), other);
    let twice = format!("-p {} -p {}", process.name, process.name);
    assert_eq!(command("list -o name").words(&twice).success(), other);
}

#[tokio::test]
async fn several_pages_are_read() {
    let pool = Pool::new("kubernetes").await;
    for number in 0..205 {
        pool.beat(&format!("w{number:03}"), 300).await;
    }
    let names = pool.command("list -o name").success();
    assert_eq!(names.lines().count(), 205);
    assert!(names.lines().is_sorted(), "{names}");
}

#[tokio::test]
async fn what_is_not_there() {
    let pool = Pool::new("kubernetes").await;
    let output = pool.command("list").run();
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), ""));
    let none = format!("No workers found in work pool {}.\n", pool.name);
    assert_eq!(output.stderr, none);
    let output = pool.command("list -o json").run();
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""));
    assert_eq!(output.stdout, "{\n  \"items\": []\n}\n");
    let output = pool.command("prune --yes").run();
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), ""));
    has(
        &output,
        &[&format!(
            "No dead workers found in work pool {}.",
            pool.name
        )],
    );

    pool.with_dead(&["old"]).await;
    let output = pool.command("prune").failure(2);
    has(
        &output,
        &["no terminal", "the record of a dead worker", "--yes"],
    );
    let output = pool.command("prune --older-than 7d").run();
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), ""));
    has(
        &output,
        &["None of 1 dead workers has been silent for so long."],
    );

    let typo = format!("-p {}x", pool.name);
    let missing = format!("there is no work pool \"{}x\"", pool.name);
    let meant = format!("Did you mean \"{}\"?", pool.name);
    for words in ["list", "prune --yes"] {
        let output = command(words).words(&typo).failure(1);
        has(&output, &[&missing, &meant]);
    }
    let output = command("list -o json").words(&typo).failure(1);
    let error: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(error["error"]["message"], missing.as_str());
}

#[test]
fn wrong_usage_and_servers_that_do_not_answer() {
    for words in ["list -p", "prune --yes -p"] {
        for name in ["", "a/b", "a%b"] {
            has(
                &command(words).arg(name).failure(2),
                &["a work pool's name"],
            );
        }
    }
    has(&command("list -o jsonpath").failure(2), &["-o"]);
    has(
        &command("list -p a --all-types").failure(2),
        &["--all-types"],
    );
    has(&command("prune --older-than soon").failure(2), &["10m"]);
    let output = command("list")
        .env("PREFECT_API_URL", "http://127.0.0.1:9/api")
        .failure(3);
    has(&output, &["http://127.0.0.1:9/api"]);
    let server = crate::support::prefect_server::start("user:right");
    for words in ["list", "prune --dry-run"] {
        let output = command(words)
            .env("PREFECT_API_URL", &server.url)
            .env("PREFECT_API_AUTH_STRING", "user:wrong-and-secret")
            .failure(3);
        has(&output, &["401", "PREFECT_API_AUTH_STRING"]);
        assert!(!output.stderr.contains("wrong-and-secret"), "{output:?}");
    }
}

#[tokio::test]
async fn a_reader_that_has_seen_enough() {
    let pool = Pool::new("kubernetes").await;
    pool.beat("w", 300).await;
    let command = pool.command("list");
    let mut process = command
        .to_process()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(process.stdout.take());
    let mut said = String::new();
    process
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(
        (process.wait().unwrap().code(), said.as_str()),
        (Some(0), "")
    );
}

#[tokio::test]
async fn a_start_that_fails_leaves_no_record_under_a_made_up_name() {
    let stage = Stage::new("record").await;
    let output = stage
        .cluster
        .command()
        .words("worker run --run-once --pod-start-timeout 3s")
        .words(&format!("-p {0} -n {0}", stage.name))
        .env("PREFECT_API_URL", stage.prefect.url())
        .env(
            "KUBECONFIG",
            stage.cluster.nobody_kubeconfig.to_str().unwrap(),
        )
        .failure(3);
    let note = "note: --pod-start-timeout has no effect";
    assert!(output.stderr.contains(note), "{}", output.stderr);
    let path = format!("/work_pools/{}/workers/filter", stage.name);
    let workers = stage.prefect.post(&path, &json!({})).await;
    assert_eq!(workers, json!([]));
}
