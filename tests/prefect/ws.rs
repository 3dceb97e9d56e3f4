//! Events over websockets, and what becomes of them when websockets fail.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{FutureExt, StreamExt};
use jiff::Timestamp;
use kubectl_prefect::prefect::{
    Client, Event, EventFilter,
    config::ServerKind,
    ws::{EventSender, EventSubscription, Events, Link},
};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::protocol::{CloseFrame, frame::coding::CloseCode},
};

use crate::{
    stage::{Stage, accept, read, write},
    support::{client, config, read_request},
};

const GRACE: Duration = Duration::from_secs(10);

type Names = Arc<Mutex<Vec<String>>>;

fn event(name: &str) -> Event {
    Event::new(name, Timestamp::now(), "prefect.test")
}

fn emit(events: &Events, names: &[&str]) {
    for name in names {
        assert!(events.emit(&event(name)));
    }
}

/// Reads events until the client goes.
async fn collect<S: AsyncRead + AsyncWrite + Unpin>(mut socket: WebSocketStream<S>, names: Names) {
    while let Some(event) = read(&mut socket).await {
        names
            .lock()
            .unwrap()
            .push(event["event"].as_str().unwrap().to_owned());
    }
}

#[tokio::test]
async fn events_go_over_one_connection_that_knows_who_we_are() {
    let names = Names::default();
    let (kept, heads) = (Arc::clone(&names), Names::default());
    let seen = Arc::clone(&heads);
    let stage = Stage::start(move |peer| {
        seen.lock().unwrap().push(peer.head.clone());
        let names = Arc::clone(&kept);
        async move {
            let mut socket = peer.accept().await;
            let auth = read(&mut socket).await.unwrap();
            assert_eq!(auth, json!({"type": "auth", "token": "admin:pass"}));
            write(&mut socket, json!({"type": "auth_success"})).await;
            collect(socket, names).await;
        }
        .boxed()
    })
    .await;
    let mut config = config(&stage.url());
    config.auth_string = Some("admin:pass".into());
    config.custom_headers = vec![("X-Team".to_owned(), "data".into())];
    config.http2 = true;
    let sender = EventSender::start(&Client::new(&config).unwrap(), EventSender::BUFFER, None);
    emit(&sender.events(), &["a", "b"]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    emit(&sender.events(), &["c"]);
    let stats = sender.finish(GRACE).await;
    assert_eq!((stats.sent, stats.dropped, stats.waiting), (3, 0, 0));
    assert_eq!(*names.lock().unwrap(), ["a", "b", "c"]);
    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 1);
    assert!(
        heads[0].starts_with("GET /api/events/in HTTP/1.1"),
        "{}",
        heads[0]
    );
    for header in [
        "x-team: data",
        "authorization: Basic YWRtaW46cGFzcw==",
        "user-agent: prefect/3.",
    ] {
        assert!(heads[0].contains(header), "{header} in {}", heads[0]);
    }
}

#[tokio::test]
async fn cloud_is_told_by_the_header_alone() {
    let names = Names::default();
    let kept = Arc::clone(&names);
    let stage = Stage::start(move |peer| {
        let names = Arc::clone(&kept);
        async move {
            assert!(peer.head.contains("authorization: Bearer pnu_k"));
            assert!(!peer.head.contains("sec-websocket-protocol"));
            collect(peer.accept().await, names).await;
        }
        .boxed()
    })
    .await;
    let mut config = config(&stage.url());
    config.server_kind = ServerKind::Cloud;
    config.api_key = Some("pnu_k".into());
    let sender = EventSender::start(&Client::new(&config).unwrap(), EventSender::BUFFER, None);
    emit(&sender.events(), &["a"]);
    assert_eq!(sender.finish(GRACE).await.sent, 1);
    assert_eq!(*names.lock().unwrap(), ["a"]);
}

#[tokio::test]
async fn what_is_not_confirmed_is_sent_again() {
    let names = Names::default();
    let kept = Arc::clone(&names);
    let stage = Stage::start(move |peer| {
        let names = Arc::clone(&kept);
        async move {
            let number = peer.number;
            let mut socket = peer.welcome().await;
            if number == 1 {
                // Takes the first event and is gone before it answers the ping.
                read(&mut socket).await.unwrap();
                return;
            }
            collect(socket, names).await;
        }
        .boxed()
    })
    .await;
    let sender = EventSender::start(&client(&stage.url()), EventSender::BUFFER, None);
    emit(&sender.events(), &["a", "b"]);
    let stats = sender.finish(GRACE).await;
    assert_eq!((stats.sent, stats.dropped), (2, 0));
    assert_eq!(*names.lock().unwrap(), ["a", "b"]);
}

#[tokio::test]
async fn where_websockets_are_refused_events_go_by_http() {
    for refusal in [403, 404, 405, 1008] {
        let names = Names::default();
        let kept = Arc::clone(&names);
        let stage = Stage::start(move |peer| {
            let names = Arc::clone(&kept);
            async move {
                if peer.wants("POST /api/events ") {
                    let events: Vec<Value> = serde_json::from_str(&peer.body).unwrap();
                    names.lock().unwrap().extend(
                        events
                            .iter()
                            .map(|event| event["event"].as_str().unwrap().to_owned()),
                    );
                    return peer.answer(204).await;
                }
                if refusal != 1008 {
                    return peer.answer(refusal).await;
                }
                let mut socket = peer.accept().await;
                read(&mut socket).await.unwrap();
                let frame = CloseFrame {
                    code: CloseCode::Policy,
                    reason: "Invalid token".into(),
                };
                socket.close(Some(frame)).await.unwrap();
                while socket.next().await.is_some() {}
            }
            .boxed()
        })
        .await;
        let sender = EventSender::start(&client(&stage.url()), EventSender::BUFFER, None);
        emit(&sender.events(), &["a", "b"]);
        let stats = sender.finish(GRACE).await;
        assert_eq!((stats.sent, stats.dropped), (2, 0), "{refusal}");
        assert_eq!(*names.lock().unwrap(), ["a", "b"]);
    }
}

#[tokio::test]
async fn an_event_that_the_server_cannot_read_costs_no_other() {
    let names = Names::default();
    let kept = Arc::clone(&names);
    let stage = Stage::start(move |peer| {
        let names = Arc::clone(&kept);
        async move {
            if peer.wants("POST /api/events ") {
                if peer.body.contains("poison") {
                    return peer.answer(422).await;
                }
                let events: Vec<Value> = serde_json::from_str(&peer.body).unwrap();
                names.lock().unwrap().extend(
                    events
                        .iter()
                        .map(|event| event["event"].as_str().unwrap().to_owned()),
                );
                return peer.answer(204).await;
            }
            // Prefect's server ends the connection at an event that it cannot read.
            let mut socket = peer.welcome().await;
            while let Some(event) = read(&mut socket).await {
                if event["event"] == "poison" {
                    return;
                }
            }
        }
        .boxed()
    })
    .await;
    let sender = EventSender::start(&client(&stage.url()), EventSender::BUFFER, None);
    emit(&sender.events(), &["a", "poison", "b"]);
    let stats = sender.finish(Duration::from_secs(20)).await;
    assert_eq!((stats.sent, stats.dropped), (2, 1));
    assert_eq!(*names.lock().unwrap(), ["a", "b"]);
}

#[tokio::test]
async fn a_full_outbox_drops_or_makes_wait() {
    let names = Names::default();
    let kept = Arc::clone(&names);
    let stage = Stage::start(move |peer| {
        let names = Arc::clone(&kept);
        async move {
            tokio::time::sleep(Duration::from_millis(200)).await;
            collect(peer.welcome().await, names).await;
        }
        .boxed()
    })
    .await;
    let size = serde_json::to_string(&event("a")).unwrap().len();
    let sender = EventSender::start(&client(&stage.url()), size * 3 / 2, None);
    let events = sender.events();
    emit(&events, &["a"]);
    assert!(!events.emit(&event("b")));
    assert!(events.emit_in_turn(&event("c")).await);
    let stats = sender.finish(GRACE).await;
    assert_eq!((stats.sent, stats.dropped), (2, 1));
    assert_eq!(*names.lock().unwrap(), ["a", "c"]);
}

#[tokio::test]
async fn the_end_comes_in_time_when_the_server_does_not() {
    let stage = Stage::start(|peer| {
        async move {
            tokio::time::sleep(Duration::from_secs(60)).await;
            drop(peer);
        }
        .boxed()
    })
    .await;
    let sender = EventSender::start(&client(&stage.url()), EventSender::BUFFER, None);
    emit(&sender.events(), &["a"]);
    let stats = sender.finish(Duration::from_millis(100)).await;
    assert_eq!((stats.sent, stats.dropped, stats.waiting), (0, 1, 0));
}

#[tokio::test]
async fn a_subscription_comes_back_and_repeats_nothing() {
    let filters: Arc<Mutex<Vec<Value>>> = Arc::default();
    let kept = Arc::clone(&filters);
    let (first, second) = (event("first"), event("second"));
    let (one, two) = (first.clone(), second.clone());
    let stage = Stage::start(move |peer| {
        let (filters, one, two) = (Arc::clone(&kept), one.clone(), two.clone());
        async move {
            assert!(peer.wants("GET /api/events/out "));
            let number = peer.number;
            let mut socket = peer.welcome().await;
            let filter = read(&mut socket).await.unwrap();
            filters.lock().unwrap().push(filter);
            write(&mut socket, json!({"type": "event", "event": one})).await;
            write(&mut socket, json!({"type": "other"})).await;
            write(
                &mut socket,
                json!({"type": "event", "event": {"broken": 1}}),
            )
            .await;
            if number == 1 {
                return;
            }
            write(&mut socket, json!({"type": "event", "event": two})).await;
            read(&mut socket).await;
        }
        .boxed()
    })
    .await;
    let filter = EventFilter::named(["prefect.flow-run.Cancelling"]);
    let mut subscription = EventSubscription::start(&client(&stage.url()), filter);
    let mut link = subscription.watch_link();
    assert_eq!(subscription.recv().await.unwrap().id, first.id);
    assert_eq!(subscription.recv().await.unwrap().id, second.id);
    assert_eq!(subscription.link(), Link::Up);
    assert!(link.has_changed().unwrap());
    link.mark_unchanged();
    let filters = filters.lock().unwrap().clone();
    assert_eq!(filters.len(), 2);
    assert_eq!(filters[0]["type"], "filter");
    assert_eq!(
        filters[0]["filter"]["event"]["name"],
        json!(["prefect.flow-run.Cancelling"])
    );
    assert!(filters[0]["filter"]["occurred"]["since"].is_string());
    subscription.finish().await;
}

#[tokio::test]
async fn a_subscription_that_is_refused_says_so() {
    let stage = Stage::start(|peer| peer.answer(404).boxed()).await;
    let subscription = EventSubscription::start(&client(&stage.url()), EventFilter::default());
    let mut link = subscription.watch_link();
    let down = link
        .wait_for(|link| matches!(link, Link::Down(_)))
        .await
        .unwrap()
        .clone();
    assert_eq!(down, Link::Down("GET /events/out answered 404".to_owned()));
}

#[tokio::test]
async fn tls_is_the_same_as_for_requests() {
    let names = Names::default();
    let kept = Arc::clone(&names);
    let server = crate::tls::Secure::start("127.0.0.1", move |mut stream| {
        let names = Arc::clone(&kept);
        async move {
            let (head, _) = read_request(&mut stream).await.unwrap();
            let mut socket = accept(&head, stream).await;
            read(&mut socket).await.unwrap();
            write(&mut socket, json!({"type": "auth_success"})).await;
            collect(socket, names).await;
        }
        .boxed()
    })
    .await;
    let mut config = config(&format!("https://{}/api", server.address));
    config.ssl_cert_file = Some(server.authority.path().to_owned());
    config.http2 = true;
    let sender = EventSender::start(&Client::new(&config).unwrap(), EventSender::BUFFER, None);
    emit(&sender.events(), &["a"]);
    assert_eq!(sender.finish(GRACE).await.sent, 1);
    assert_eq!(*names.lock().unwrap(), ["a"]);
}
