//! Shipping of log lines: batches, limits, outages, the end.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use kubectl_prefect::prefect::{
    Client, FlowRunId, WorkerId,
    config::ServerKind,
    logs::{LogLevel, LogSettings, LogShipper, LogStats},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Act, Scripted, client, config};

const RUN: FlowRunId = FlowRunId(Uuid::from_u128(1));
const GRACE: Duration = Duration::from_secs(5);

fn quick() -> LogSettings {
    LogSettings {
        batch_interval: Duration::from_millis(20),
        ..LogSettings::default()
    }
}

type Lines = Arc<Mutex<Vec<Vec<Value>>>>;

/// A server that keeps the batches it gets; `act` decides on each.
async fn keeping(
    act: impl Fn(usize, &[Value]) -> Option<Act> + Send + Sync + 'static,
) -> (Scripted, Lines) {
    let lines: Lines = Arc::default();
    let kept = Arc::clone(&lines);
    let server = Scripted::start(move |number, _, body| {
        let batch: Vec<Value> = serde_json::from_str(body).unwrap();
        act(number, &batch).unwrap_or_else(|| {
            kept.lock().unwrap().push(batch);
            Act::Answer(201, Value::Null)
        })
    })
    .await;
    (server, lines)
}

fn messages(lines: &Lines) -> Vec<String> {
    let batches = lines.lock().unwrap();
    let messages = batches
        .iter()
        .flatten()
        .map(|line| line["message"].as_str().unwrap());
    messages.map(str::to_owned).collect()
}

#[tokio::test]
async fn lines_go_together_and_the_end_sends_the_rest() {
    let (server, lines) = keeping(|_, _| None).await;
    let shipper = LogShipper::start(&client(&server.url()), quick());
    let logs = shipper.logs();
    logs.set_worker(&"w".into(), Some(WorkerId(Uuid::nil())));
    logs.flow_run(RUN, LogLevel::Info, "one");
    logs.flow_run(RUN, LogLevel::Error, "two");
    logs.worker(LogLevel::Info, "not for a server of one's own");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(lines.lock().unwrap().len(), 1, "one batch");
    logs.container_line(
        RUN,
        LogLevel::Info,
        "prefect.flow_runs.observer",
        b"th\xffree",
    );
    let stats = shipper.finish(GRACE).await;
    assert_eq!(messages(&lines), ["one", "two", "th\u{fffd}ree"]);
    assert_eq!(
        stats,
        LogStats {
            sent: 3,
            ..LogStats::default()
        }
    );
    let batches = lines.lock().unwrap();
    assert_eq!(batches[0][1]["level"], 40);
    assert_eq!(batches[0][1]["name"], "prefect.flow_runs.worker");
    assert_eq!(batches[0][1]["flow_run_id"], RUN.to_string());
    assert!(batches[0][1].get("worker_id").is_none());
}

#[tokio::test]
async fn cloud_takes_the_worker_and_lines_are_cut() {
    let (server, lines) = keeping(|_, _| None).await;
    let mut config = config(&server.url());
    config.server_kind = ServerKind::Cloud;
    let settings = LogSettings {
        max_log_size: 25_000,
        ..quick()
    };
    let shipper = LogShipper::start(&Client::new(&config).unwrap(), settings);
    let logs = shipper.logs();
    logs.worker(LogLevel::Info, "before the id is known");
    let id = WorkerId(Uuid::from_u128(9));
    logs.set_worker(&"My Worker".into(), Some(id));
    logs.worker(LogLevel::Info, "hello");
    logs.flow_run(RUN, LogLevel::Info, &"x".repeat(30_000));
    shipper.finish(GRACE).await;
    let batches = lines.lock().unwrap();
    let all: Vec<_> = batches.iter().flatten().collect();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0]["name"], "prefect.workers.kubernetes.my worker");
    assert_eq!(all[0]["worker_id"], id.to_string());
    let cut = all[1]["message"].as_str().unwrap();
    assert!(cut.len() < 25_000 && cut.ends_with("... [truncated]"));
}

#[tokio::test]
async fn a_line_that_is_refused_costs_no_other() {
    let (server, lines) = keeping(|_, batch| {
        batch
            .iter()
            .any(|line| line["message"] == "bad")
            .then(|| Act::Answer(422, json!({"detail": "no"})))
    })
    .await;
    let shipper = LogShipper::start(&client(&server.url()), quick());
    for message in ["a", "b", "bad", "c", "d"] {
        shipper.logs().flow_run(RUN, LogLevel::Info, message);
    }
    let stats = shipper.finish(GRACE).await;
    assert_eq!(messages(&lines), ["a", "b", "c", "d"]);
    assert_eq!((stats.sent, stats.dropped), (4, 1));
}

#[tokio::test]
async fn an_outage_is_waited_out_and_what_was_dropped_is_said() {
    let (server, lines) =
        keeping(|number, _| (number < 4).then(|| Act::Answer(503, Value::Null))).await;
    let settings = LogSettings {
        buffer_size: 1000,
        ..quick()
    };
    let shipper = LogShipper::start(&client(&server.url()), settings);
    let logs = shipper.logs();
    for number in 0..20 {
        logs.flow_run(RUN, LogLevel::Info, &format!("line {number}"));
    }
    let dropped = logs.stats().dropped;
    assert!((10..20).contains(&dropped), "{dropped}");
    let stats = shipper.finish(GRACE).await;
    assert_eq!((stats.dropped, stats.sent), (dropped, 20 - dropped + 1));
    let last = messages(&lines).pop().unwrap();
    assert!(last.starts_with(&format!("{dropped} log lines")), "{last}");
}

#[tokio::test]
async fn the_end_comes_in_time_when_the_server_does_not() {
    let (server, _) = keeping(|_, _| Some(Act::Stall(Duration::from_secs(60)))).await;
    let shipper = LogShipper::start(&client(&server.url()), quick());
    for _ in 0..3 {
        shipper.logs().flow_run(RUN, LogLevel::Info, "lost");
    }
    let started = Instant::now();
    let stats = shipper.finish(Duration::from_millis(200)).await;
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!((stats.sent, stats.dropped, stats.waiting), (0, 3, 0));
}

#[tokio::test]
async fn nothing_is_sent_when_it_is_switched_off() {
    let (server, _) = keeping(|_, _| None).await;
    let settings = LogSettings {
        enabled: false,
        ..quick()
    };
    let shipper = LogShipper::start(&client(&server.url()), settings);
    shipper.logs().flow_run(RUN, LogLevel::Info, "x");
    assert_eq!(shipper.finish(GRACE).await, LogStats::default());
    assert!(server.requests().is_empty());
}
