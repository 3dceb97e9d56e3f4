//! CSRF tokens: asked for only when the server wants them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use kubectl_prefect::prefect::{ApiErrorKind, Client, WorkPoolUpdate};
use serde_json::{Value, json};

use crate::support::{Act, Scripted, client, config};

/// A server with the protection on, whose token changes whenever `valid` does.
async fn protected(valid: Arc<AtomicUsize>) -> Scripted {
    Scripted::start(move |_, head, _| {
        let token = format!("token-{}", valid.load(SeqCst));
        let header = |name: &str| {
            head.lines()
                .find_map(|line| line.strip_prefix(&format!("{name}: ")))
        };
        if head.starts_with("GET /api/csrf-token?client=") {
            let client = head.split(['=', ' ']).nth(2).unwrap();
            return Act::Answer(
                200,
                json!({"token": token, "client": client, "expiration": "2126-01-01T00:00:00Z"}),
            );
        }
        match (header("prefect-csrf-token"), header("prefect-csrf-client")) {
            (None, _) => Act::Answer(403, json!({"detail": "Missing CSRF token."})),
            (Some(sent), Some(_)) if sent == token => Act::Answer(204, Value::Null),
            _ => Act::Answer(
                403,
                json!({"detail": "Invalid CSRF token or client identifier."}),
            ),
        }
    })
    .await
}

fn routes(server: &Scripted) -> Vec<String> {
    server
        .requests()
        .iter()
        .map(|head| {
            let mut words = head.split([' ', '?']);
            format!("{} {}", words.next().unwrap(), words.next().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn a_token_is_fetched_when_asked_for_kept_and_renewed() {
    let valid = Arc::new(AtomicUsize::new(1));
    let server = protected(Arc::clone(&valid)).await;
    let client = client(&server.url());
    let (pool, update) = ("k8s".into(), WorkPoolUpdate::default());
    let (patch, get) = ("PATCH /api/work_pools/k8s", "GET /api/csrf-token");
    for _ in 0..2 {
        client.update_work_pool(&pool, &update).await.unwrap();
    }
    assert_eq!(routes(&server), [patch, get, patch, patch]);
    valid.store(2, SeqCst);
    client.update_work_pool(&pool, &update).await.unwrap();
    assert_eq!(routes(&server)[4..], [patch, get, patch]);
}

#[tokio::test]
async fn many_requests_share_one_token() {
    let server = protected(Arc::new(AtomicUsize::new(1))).await;
    let client = client(&server.url());
    let mut changes = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let client = client.clone();
        changes.spawn(async move {
            client
                .update_work_pool(&"k8s".into(), &WorkPoolUpdate::default())
                .await
                .unwrap();
        });
    }
    while let Some(change) = changes.join_next().await {
        change.unwrap();
    }
    let fetched = routes(&server)
        .iter()
        .filter(|route| route.starts_with("GET"))
        .count();
    assert_eq!(fetched, 1);
}

#[tokio::test]
async fn without_csrf_support_the_refusal_stays() {
    let server = protected(Arc::new(AtomicUsize::new(1))).await;
    let mut config = config(&server.url());
    config.csrf_support = false;
    let client = Client::new(&config).unwrap();
    let error = client
        .update_work_pool(&"k8s".into(), &WorkPoolUpdate::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Forbidden);
    assert!(error.one_line().contains("Missing CSRF token"));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_token_that_never_suits_is_not_asked_for_without_end() {
    let server = Scripted::start(|_, head, _| {
        if head.starts_with("GET") {
            Act::Answer(
                200,
                json!({"token": "t", "expiration": "2126-01-01T00:00:00Z"}),
            )
        } else {
            Act::Answer(
                403,
                json!({"detail": "Invalid CSRF token or client identifier."}),
            )
        }
    })
    .await;
    let error = client(&server.url())
        .update_work_pool(&"k8s".into(), &WorkPoolUpdate::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Forbidden);
    assert_eq!(server.requests().len(), 5);
}
