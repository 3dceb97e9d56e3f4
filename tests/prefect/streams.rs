//! Logs and events against a real Prefect server; see [`crate::api`].

use std::time::Duration;

use kubectl_prefect::prefect::{
    Event, EventFilter, FlowRunId, NewFlowRun, Page, ProposedState,
    logs::{LogLevel, LogSettings, LogShipper},
    ws::{EventSender, EventSubscription},
};
use uuid::Uuid;

use crate::api::Server;

#[tokio::test]
async fn events_are_recorded_once() {
    let server = Server::new().await;
    let client = &server.client;
    let resource = format!("kubectl-prefect.test.{}", Uuid::new_v4());
    let event = Event::new(
        "kubectl-prefect.test.happened",
        jiff::Timestamp::now(),
        &resource,
    );
    let events = [event.clone(), event.clone()];
    client.create_events(&events).await.unwrap();
    let filter = EventFilter::named(["kubectl-prefect.test.happened"])
        .with_ids([event.id])
        .of_resources([resource]);
    for _ in 0..100 {
        let page = client.list_events(&filter, 50).await.unwrap();
        if let [found] = &page.events[..] {
            assert_eq!(found.id, event.id);
            return;
        }
        assert!(page.events.is_empty(), "{page:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the event did not arrive within 10 s");
}

#[tokio::test]
async fn log_lines_of_all_kinds_arrive() {
    let server = Server::new().await;
    let client = &server.client;
    let run = FlowRunId(Uuid::new_v4());
    let shipper = LogShipper::start(client, LogSettings::default());
    let logs = shipper.logs();
    for number in 0..500 {
        logs.flow_run(run, LogLevel::Info, &format!("line {number}"));
    }
    logs.container_line(run, LogLevel::Error, "x", &vec![b'a'; 10 << 20]);
    logs.container_line(run, LogLevel::Error, "x", b"\xff\xfe\0 no UTF-8");
    let stats = shipper.finish(Duration::from_secs(30)).await;
    assert_eq!((stats.sent, stats.dropped), (502, 0));
    let errors = client
        .list_logs(run, Some(LogLevel::Error), None, Page::default())
        .await
        .unwrap();
    assert!(errors[0].message.ends_with("... [truncated]"));
    assert!((990_000..1_000_000).contains(&errors[0].message.len()));
    assert_eq!(errors[1].message, "\u{fffd}\u{fffd} no UTF-8");
    let last = Page {
        limit: 200,
        offset: 400,
    };
    let last = client.list_logs(run, None, None, last).await.unwrap();
    assert_eq!(last.len(), 102);
    let after = Some(last[50].timestamp);
    let rest = client
        .list_logs(run, None, after, Page::default())
        .await
        .unwrap();
    assert!(rest.len() < 102 && !rest.is_empty());
}

#[tokio::test]
async fn events_go_and_come_over_websockets() {
    let server = Server::new().await;
    let client = &server.client;
    let resource = format!("kubectl-prefect.test.{}", Uuid::new_v4());
    let filter =
        EventFilter::named(["kubectl-prefect.test.streamed"]).of_resources([resource.as_str()]);
    let mut subscription = EventSubscription::start(client, filter);
    let sender = EventSender::start(client, EventSender::BUFFER, None);
    let mut emitted = Vec::new();
    for _ in 0..150 {
        let event = Event::new(
            "kubectl-prefect.test.streamed",
            jiff::Timestamp::now(),
            &resource,
        );
        emitted.push(event.id);
        assert!(sender.events().emit_in_turn(&event).await);
    }
    let stats = sender.finish(Duration::from_secs(10)).await;
    assert_eq!((stats.sent, stats.dropped), (150, 0));
    let posts = client.metrics().snapshot().requests;
    assert!(
        posts.iter().all(|(key, _)| key.route != "/events"),
        "{posts:?}"
    );
    for _ in 0..150 {
        let next = tokio::time::timeout(Duration::from_secs(20), subscription.recv());
        let event = next.await.unwrap().unwrap();
        let position = emitted.iter().position(|id| *id == event.id).unwrap();
        emitted.swap_remove(position);
    }
    subscription.finish().await;
}

#[tokio::test]
async fn a_cancellation_is_heard_of() {
    let server = Server::new().await;
    let client = &server.client;
    server.create_pool().await;
    let pool = client.read_work_pool(&server.pool).await.unwrap();
    let deployment = server.create_deployment().await;
    let filter = EventFilter::named(["prefect.flow-run.Cancelling"])
        .related_to([format!("prefect.work-pool.{}", pool.id)]);
    let mut subscription = EventSubscription::start(client, filter);
    let run = client
        .create_flow_run(deployment, &NewFlowRun::default())
        .await
        .unwrap();
    client
        .set_state(run.id, &ProposedState::pending())
        .await
        .unwrap();
    let outcome = client
        .set_state(run.id, &ProposedState::cancelling())
        .await
        .unwrap();
    assert!(outcome.accepted().is_some(), "{outcome:?}");
    let next = tokio::time::timeout(Duration::from_secs(20), subscription.recv());
    let event = next.await.unwrap().unwrap();
    assert_eq!(event.flow_run_id(), Some(run.id));
    client.delete_work_pool(&server.pool).await.unwrap();
}
