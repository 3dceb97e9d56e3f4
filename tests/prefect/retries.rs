//! What is tried again, and how it is counted.

use std::{
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    time::{Duration, Instant},
};

use kubectl_prefect::{
    error::Kind,
    prefect::{ApiErrorKind, Budget, Client, FlowRunFilter, NewWorkPool, config::RetryPolicy},
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_partial_json, method, path},
};

use crate::support::{Act, Scripted, client, config};

fn version() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json("3.8.8")
}

async fn failing_first(times: u64, answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(path("/api/admin/version"))
        .respond_with(answer)
        .up_to_n_times(times)
        .mount(&server)
        .await;
    Mock::given(path("/api/admin/version"))
        .respond_with(version())
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_locked_database_is_waited_out_and_counted() {
    let server = failing_first(2, ResponseTemplate::new(503)).await;
    let client = client(&format!("{}/api/", server.uri()));
    assert_eq!(client.server_version().await.unwrap(), "3.8.8");
    let counters = client.metrics().snapshot();
    let counts: Vec<_> = counters
        .requests
        .iter()
        .map(|(key, count)| (&*key.route, key.status, *count))
        .collect();
    assert_eq!(
        counts,
        [("/admin/version", 200, 1), ("/admin/version", 503, 2)]
    );
    assert_eq!(
        (counters.retries, counters.waiting, counters.in_flight),
        (2, 0, 0)
    );
    assert!(client.reachability().outage().is_none());
}

#[tokio::test]
async fn a_rate_limit_is_obeyed() {
    let limited = ResponseTemplate::new(429).insert_header("Retry-After", "1");
    let server = failing_first(1, limited).await;
    let started = Instant::now();
    let client = client(&format!("{}/api", server.uri()));
    client.server_version().await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn maintenance_does_not_count_as_an_attempt() {
    let maintenance = ResponseTemplate::new(503)
        .insert_header("Prefect-Maintenance", "true")
        .insert_header("Retry-After", "0.01");
    let server = failing_first(10, maintenance).await;
    let client = client(&format!("{}/api", server.uri())).with_budget(Budget::Attempts(1));
    client.server_version().await.unwrap();
}

#[tokio::test]
async fn what_is_said_once_is_not_said_again_after_maintenance() {
    let maintenance = ResponseTemplate::new(503)
        .insert_header("Prefect-Maintenance", "true")
        .insert_header("Retry-After", "0.01");
    let server = failing_first(1, maintenance).await;
    let client = client(&format!("{}/api", server.uri())).with_budget(Budget::Once);
    let error = client.server_version().await.unwrap_err();
    assert!(error.is_temporary(), "{error:?}");
    client.server_version().await.unwrap();
}

#[tokio::test]
async fn a_budget_ends_and_says_how_often_it_was_tried() {
    let server = failing_first(100, ResponseTemplate::new(502)).await;
    let error = client(&format!("{}/api", server.uri()))
        .server_version()
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.status),
        (ApiErrorKind::Server, Some(502))
    );
    assert_eq!(server.received_requests().await.unwrap().len(), 6);
    assert!(error.one_line().contains("tried 6 times"), "{error:?}");
}

#[tokio::test]
async fn a_patient_client_outlives_resets_and_silence() {
    let server = Scripted::start(|number, _, _| match number {
        1 | 2 => Act::Drop,
        3 => Act::Stall(Duration::from_secs(30)),
        _ => Act::Answer(200, json!("3.8.8")),
    })
    .await;
    let mut config = config(&server.url());
    config.request_timeout = Duration::from_millis(200);
    let client = Client::new(&config).unwrap().with_budget(Budget::Forever);
    assert_eq!(client.server_version().await.unwrap(), "3.8.8");
    assert_eq!(server.requests().len(), 4);
    let snapshot = client.metrics().snapshot();
    let unanswered: u64 = snapshot
        .requests
        .iter()
        .filter(|(key, _)| key.status == 0)
        .map(|(_, count)| count)
        .sum();
    assert_eq!(unanswered, 3);
}

#[tokio::test]
async fn a_slow_server_is_a_time_out() {
    let server = Scripted::start(|_, _, _| Act::Stall(Duration::from_secs(30))).await;
    let mut config = config(&server.url());
    config.request_timeout = Duration::from_millis(50);
    config.retry.max_retries = 1;
    let error = Client::new(&config)
        .unwrap()
        .server_version()
        .await
        .unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Unreachable);
    assert!(error.may_be_done);
    assert!(error.one_line().contains("time-out"), "{error:?}");
}

#[tokio::test]
async fn a_refused_connection_fails_at_once_and_names_the_url() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let url = format!("http://{address}/api");
    let mut config = config(&url);
    config.retry = RetryPolicy {
        first_wait: Duration::from_secs(60),
        ..config.retry
    };
    let client = Client::new(&config).unwrap();
    let error = client.server_version().await.unwrap_err();
    assert!(error.message.contains(&url));
    assert_eq!(error.causes, ["connection refused"]);
    let error = kubectl_prefect::error::Error::from(error);
    assert_eq!(error.kind, Kind::Unreachable);
    assert!(error.hints[0].contains("PREFECT_API_URL"));

    let patient = client.with_budget(Budget::For(Duration::from_millis(50)));
    let error = patient.server_version().await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Unreachable);
}

#[tokio::test]
async fn what_the_server_refuses_is_not_tried_again() {
    for status in [400, 401, 403, 404, 409, 422] {
        let server = failing_first(
            1,
            ResponseTemplate::new(status).set_body_json(json!({"detail": "no"})),
        )
        .await;
        let client = client(&format!("{}/api", server.uri())).with_budget(Budget::Forever);
        let error = client.server_version().await.unwrap_err();
        assert_eq!(error.status, Some(status));
        assert!(!error.is_temporary());
    }
}

#[tokio::test]
async fn no_more_than_sixteen_requests_are_on_the_wire() {
    let server = MockServer::start().await;
    Mock::given(path("/api/admin/version"))
        .respond_with(version().set_delay(Duration::from_millis(100)))
        .mount(&server)
        .await;
    let client = client(&format!("{}/api", server.uri()));
    let most = Arc::new(AtomicUsize::new(0));
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let client = client.clone();
        requests.spawn(async move { client.server_version().await.unwrap() });
    }
    for _ in 0..20 {
        let snapshot = client.metrics().snapshot();
        most.fetch_max(usize::try_from(snapshot.in_flight).unwrap(), SeqCst);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    while let Some(version) = requests.join_next().await {
        assert_eq!(version.unwrap(), "3.8.8");
    }
    assert_eq!(most.load(SeqCst), 16);
}

#[tokio::test]
async fn pages_of_runs_are_joined_and_repeats_left_out() {
    let run = |number: u32| -> Value {
        json!({"id": format!("00000000-0000-0000-0000-{number:012}"),
            "flow_id": "00000000-0000-0000-0000-000000000001"})
    };
    let server = MockServer::start().await;
    for (offset, range) in [(0, 0..200), (200, 199..399), (400, 399..450)] {
        let page: Vec<_> = range.map(run).collect();
        Mock::given(method("POST"))
            .and(path("/api/flow_runs/filter"))
            .and(body_partial_json(json!({"offset": offset, "limit": 200})))
            .respond_with(ResponseTemplate::new(200).set_body_json(page))
            .expect(1)
            .mount(&server)
            .await;
    }
    let client = client(&format!("{}/api", server.uri()));
    let runs = client
        .all_flow_runs(&FlowRunFilter::default())
        .await
        .unwrap();
    assert_eq!(runs.len(), 450);
}

#[tokio::test]
async fn a_pool_that_was_made_by_a_lost_request_is_a_conflict() {
    let server = Scripted::start(|number, _, _| match number {
        1 => Act::Drop,
        _ => Act::Answer(
            409,
            json!({"detail": "A work pool with this name already exists."}),
        ),
    })
    .await;
    let pool = NewWorkPool {
        name: "k8s".into(),
        kind: "kubernetes".to_owned(),
        base_job_template: None,
        description: None,
        concurrency_limit: None,
    };
    let error = client(&server.url())
        .create_work_pool(&pool)
        .await
        .unwrap_err();
    assert!(error.is_conflict());
    assert_eq!(error.message, "A work pool with this name already exists.");
}
