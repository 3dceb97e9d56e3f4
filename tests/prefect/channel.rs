//! The worker channel: conversations with a mock server, and with a real one.

use std::time::Duration;

use futures::{FutureExt, StreamExt};
use kubectl_prefect::prefect::{
    Client, JsonObject, Page, WorkPool, WorkPoolName, WorkPoolUpdate, Worker,
    ws::{
        AnswerStatus, Delivery, Desk, Hello, Incoming, Outcome, Ready, SocketError, Step,
        WorkerChannel,
    },
};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::Instant};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::protocol::{CloseFrame, frame::coding::CloseCode},
};
use uuid::Uuid;

use crate::{
    api::Server,
    stage::{Peer, Stage, read, write},
    support::client,
};

fn hello() -> Hello {
    Hello {
        consumer: Uuid::now_v7(),
        worker: "w".into(),
        kind: "kubernetes",
        heartbeat: Duration::from_secs(1),
        queues: Vec::new(),
        cleans_up: true,
        create_pool: false,
        template: JsonObject::new(),
        metadata: None,
    }
}

fn pool(paused: bool) -> Value {
    json!({
        "id": Uuid::nil(), "name": "k8s", "type": "kubernetes", "is_paused": paused,
        "base_job_template": {},
    })
}

fn frame(kind: &str, payload: &Value) -> Value {
    json!({"type": kind, "id": Uuid::now_v7(), "sent_at": jiff::Timestamp::now(), "payload": payload})
}

fn ready_for(hello: &Value) -> Value {
    frame(
        "worker.ready.v1",
        &json!({
            "consumer_id": hello["payload"]["consumer_id"], "worker_id": Uuid::nil(),
            "selected_channel_version": "work_pool_worker_channel.v1",
            "effective_heartbeat_interval_seconds": 1,
            "accepted_capabilities": hello["payload"]["requested_capabilities"],
            "rejected_capabilities": [], "effective_max_cleanup_concurrency": 1,
            "resolved_work_queues": [],
            "initial_snapshot": snapshot(1, false),
        }),
    )
}

fn snapshot(sequence: u64, paused: bool) -> Value {
    json!({"snapshot_sequence": sequence, "reason": "initial", "work_pool": pool(paused)})
}

/// Lets a worker in. Gives its hello.
async fn let_in(peer: Peer) -> (WebSocketStream<TcpStream>, Value) {
    assert!(
        peer.wants("GET /api/work_pools/my%20pool%2F1/workers/connect "),
        "{}",
        peer.head
    );
    let mut socket = peer.welcome().await;
    let hello = read(&mut socket).await.unwrap();
    write(&mut socket, ready_for(&hello)).await;
    (socket, hello)
}

async fn open(client: &Client) -> Result<(WorkerChannel, Ready), SocketError> {
    WorkerChannel::open(client, &"my pool/1".into(), &hello()).await
}

async fn within<T>(doing: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), doing)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_worker_is_let_in_beats_and_hears_of_its_pool() {
    let stage = Stage::start(|peer| {
        async move {
            let (mut socket, hello) = let_in(peer).await;
            assert_eq!(hello["type"], "worker.hello.v1");
            let said = &hello["payload"];
            assert_eq!(
                said["requested_capabilities"],
                json!([
                    "worker_heartbeat.v1",
                    "work_pool_snapshot.v1",
                    "cleanup_delivery.v1"
                ])
            );
            assert_eq!(
                said["handled_cleanup_kinds"],
                json!(["cancelling_timeout_teardown.v1"])
            );
            assert_eq!(said["max_cleanup_concurrency"], 1);
            let beat = read(&mut socket).await.unwrap();
            assert_eq!(beat["type"], "worker.heartbeat.v1");
            assert_eq!(
                beat["payload"],
                json!({
                    "consumer_id": said["consumer_id"], "worker_name": "w",
                    "heartbeat_interval_seconds": 1,
                })
            );
            write(&mut socket, frame("something.new.v1", &json!({}))).await;
            // The second is out of order and tells of the past.
            for (sequence, paused) in [(3, true), (2, false), (4, true)] {
                let payload = snapshot(sequence, paused);
                write(&mut socket, frame("work_pool.snapshot.v1", &payload)).await;
            }
            while read(&mut socket).await.is_some() {}
        }
        .boxed()
    })
    .await;
    let (mut channel, ready) = open(&client(&stage.url())).await.unwrap();
    assert_eq!(ready.worker.unwrap().0, Uuid::nil());
    assert!(ready.cleans_up && !ready.pool.is_paused);
    tokio::time::sleep_until(channel.due()).await;
    channel.keep_alive().await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        match within(channel.next()).await.unwrap() {
            Incoming::Pool { sequence, pool } => seen.push((sequence, pool.is_paused)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, [(3, true), (4, true)]);
    channel.close().await;
}

#[tokio::test]
async fn who_is_refused_and_who_may_try_again() {
    for status in [401, 403, 404, 405, 503] {
        let stage = Stage::start(move |peer| peer.answer(status).boxed()).await;
        let error = open(&client(&stage.url())).await.unwrap_err();
        let refused = matches!(error, SocketError::Refused(_));
        assert_eq!(refused, status != 503, "{error}");
        assert!(
            error
                .to_string()
                .contains("/work_pools/{name}/workers/connect answered"),
            "{error}"
        );
    }
    for (code, reason, refused) in [
        (CloseCode::Policy, "authorization_failed", true),
        (CloseCode::Policy, "unsupported_version", true),
        (CloseCode::Protocol, "protocol_error", true),
        (CloseCode::Error, "heartbeat_persistence_failed", false),
        (CloseCode::Error, "transient_server_error", false),
        (CloseCode::Restart, "", false),
    ] {
        let stage = Stage::start(move |peer| {
            async move {
                let mut socket = peer.welcome().await;
                read(&mut socket).await.unwrap();
                let reason = reason.into();
                let close = CloseFrame { code, reason };
                socket.close(Some(close)).await.unwrap();
                while socket.next().await.is_some() {}
            }
            .boxed()
        })
        .await;
        let error = open(&client(&stage.url())).await.unwrap_err();
        assert_eq!(
            matches!(error, SocketError::Refused(_)),
            refused,
            "{reason}: {error}"
        );
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_speaks_another_protocol_is_left_alone() {
    let answers: [fn(&Value) -> Value; 4] = [
        |_| frame("work_pool.snapshot.v1", &snapshot(1, false)),
        |_| json!({"type": "worker.ready.v1", "payload": {}}),
        |hello| {
            let mut ready = ready_for(hello);
            ready["payload"]["consumer_id"] = json!(Uuid::nil());
            ready
        },
        |hello| {
            let mut ready = ready_for(hello);
            ready["payload"]["accepted_capabilities"] = json!(["worker_heartbeat.v1"]);
            ready
        },
    ];
    for answer in answers {
        let stage = Stage::start(move |peer| {
            async move {
                let mut socket = peer.welcome().await;
                let hello = read(&mut socket).await.unwrap();
                write(&mut socket, answer(&hello)).await;
                while read(&mut socket).await.is_some() {}
            }
            .boxed()
        })
        .await;
        let error = open(&client(&stage.url())).await.unwrap_err();
        assert!(matches!(error, SocketError::Refused(_)), "{error}");
    }
}

#[tokio::test]
async fn something_is_cleaned_up_and_acknowledged() {
    let stage = Stage::start(|peer| {
        async move {
            let (mut socket, _) = let_in(peer).await;
            // The reservation holds by the server's clock, whatever ours says.
            let sent = jiff::Timestamp::now() - Duration::from_secs(3600);
            let message = Uuid::now_v7();
            let mut work = frame(
                "cleanup.message.v1",
                &json!({
                    "message_id": message, "kind": "cancelling_timeout_teardown.v1",
                    "reservation_token": "secret", "delivery_count": 1,
                    "lease_expires_at": sent + Duration::from_secs(30),
                    "target": {"flow_run_id": Uuid::nil(), "infrastructure_pid": "flows:a-1"},
                }),
            );
            work["sent_at"] = json!(sent);
            write(&mut socket, work).await;
            let ack = loop {
                let frame = read(&mut socket).await.unwrap();
                if frame["type"] != "worker.heartbeat.v1" {
                    break frame;
                }
            };
            assert_eq!(ack["type"], "cleanup.ack.v1");
            assert_eq!(
                ack["payload"],
                json!({"message_id": message, "reservation_token": "secret"})
            );
            let payload = json!({
                "request_frame_id": ack["id"], "message_id": message, "operation": "ack",
                "status": "accepted",
            });
            write(&mut socket, frame("cleanup.operation_result.v1", &payload)).await;
            while read(&mut socket).await.is_some() {}
        }
        .boxed()
    })
    .await;
    let (mut channel, _) = open(&client(&stage.url())).await.unwrap();
    let message = match within(channel.next()).await.unwrap() {
        Incoming::Cleanup(message) => message,
        other => panic!("{other:?}"),
    };
    assert_eq!(message.infrastructure_pid.as_deref(), Some("flows:a-1"));
    assert_eq!(message.lease, Duration::from_secs(30));
    assert!(!format!("{message:?}").contains("secret"));
    let (mut desk, now) = (Desk::default(), Instant::now());
    assert!(matches!(desk.deliver(&message, now), Delivery::Work));
    desk.done(Outcome::Done, now);
    let Some(Step::Send(order)) = desk.step(now) else {
        panic!("no ack");
    };
    let id = channel.order(&order).await.unwrap();
    desk.sent(id, now);
    match within(channel.next()).await.unwrap() {
        Incoming::Answer(answer) => {
            assert_eq!(
                (answer.to, answer.status),
                (id, AnswerStatus::Accepted(None))
            );
            assert!(!desk.answered(&answer, now));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(desk.due(), None);
}

/// The record of a worker on the server.
async fn record(server: &Server) -> Worker {
    let workers = server.client.list_workers(&server.pool, Page::default());
    workers.await.unwrap().pop().unwrap()
}

async fn pool_of(channel: &mut WorkerChannel) -> Box<WorkPool> {
    match within(channel.next()).await.unwrap() {
        Incoming::Pool { pool, .. } => pool,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_real_server_takes_heartbeats_and_tells_of_the_pool() {
    let server = Server::new().await;
    let (client, name) = (&server.client, &server.pool);
    let error = open_at_last(client, name, &hello()).await.unwrap_err();
    assert!(
        error.to_string().contains("authorization_failed"),
        "there is no such pool: {error}"
    );
    server.create_pool().await;
    let mut hello = hello();
    let part = |name: &str| (name.to_owned(), json!({"properties": {}}));
    hello.template = JsonObject::from_iter([part("job_configuration"), part("variables")]);
    let (mut channel, ready) = open_at_last(client, name, &hello).await.unwrap();
    let first = record(&server).await;
    assert_eq!(
        ready.worker, None,
        "a server of one's own keeps it to itself"
    );
    assert_eq!(ready.pool.base_job_template, hello.template);
    assert!(ready.cleans_up);

    let later = within(async {
        loop {
            tokio::time::sleep_until(channel.due()).await;
            channel.keep_alive().await.unwrap();
            tokio::time::sleep(Duration::from_millis(200)).await;
            let found = record(&server).await;
            if found.last_heartbeat_time > first.last_heartbeat_time {
                return found;
            }
        }
    })
    .await;
    assert_eq!(later.heartbeat_interval_seconds, Some(1));

    // The gift of the template is itself told of.
    let update = WorkPoolUpdate {
        is_paused: Some(true),
        ..WorkPoolUpdate::default()
    };
    client.update_work_pool(name, &update).await.unwrap();
    while !pool_of(&mut channel).await.is_paused {}
    client.delete_work_pool(name).await.unwrap();
    let error = within(async {
        loop {
            match channel.next().await {
                Ok(_) => {}
                Err(error) => return error,
            }
        }
    })
    .await;
    assert!(matches!(error, SocketError::Refused(_)), "{error}");
}

#[tokio::test]
async fn a_real_server_makes_the_pool_and_refuses_a_queue_that_is_not_there() {
    let server = Server::new().await;
    let mut hello = hello();
    hello.create_pool = true;
    let (client, name) = (&server.client, &server.pool);
    let (channel, ready) = open_at_last(client, name, &hello).await.unwrap();
    assert_eq!(&ready.pool.name, name);
    channel.close().await;
    hello.queues = vec!["default".into(), "missing".into()];
    let error = open_at_last(client, name, &hello).await;
    assert!(matches!(error, Err(SocketError::Refused(_))), "{error:?}");
    client.delete_work_pool(name).await.unwrap();
}

/// Opens a channel to a real server, which asks to come again while its SQLite is busy.
async fn open_at_last(
    client: &Client,
    pool: &WorkPoolName,
    hello: &Hello,
) -> Result<(WorkerChannel, Ready), SocketError> {
    for _ in 0..20 {
        match WorkerChannel::open(client, pool, hello).await {
            Err(SocketError::Broken(_)) => tokio::time::sleep(Duration::from_millis(500)).await,
            answer => return answer,
        }
    }
    WorkerChannel::open(client, pool, hello).await
}
