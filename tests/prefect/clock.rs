//! The server's clock, as its answers tell it.

use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use kubectl_prefect::prefect::Client;
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use crate::{api::Server, support::client};

async fn server_at(ahead: Duration, cached: bool) -> MockServer {
    let server = MockServer::start().await;
    let date = httpdate::fmt_http_date(SystemTime::now() + ahead);
    let mut answer = ResponseTemplate::new(200)
        .set_body_json(json!("3.8.8"))
        .insert_header("date", date.as_str());
    if cached {
        answer = answer.insert_header("age", "600");
    }
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

async fn ahead(client: &Client) -> SignedDuration {
    client.server_version().await.unwrap();
    client.server_now().duration_since(Timestamp::now())
}

fn is_about(found: SignedDuration, seconds: i64) -> bool {
    (found - SignedDuration::from_secs(seconds)).abs() < SignedDuration::from_secs(3)
}

#[tokio::test]
async fn the_servers_clock_is_learnt_from_its_answers() {
    let server = server_at(Duration::from_secs(300), false).await;
    let client = client(&server.uri());
    let before = client.server_now().duration_since(Timestamp::now());
    assert!(is_about(before, 0), "{before:?}");
    let found = ahead(&client).await;
    assert!(is_about(found, 300), "{found:?}");
}

#[tokio::test]
async fn an_answer_out_of_a_cache_tells_no_time() {
    let server = server_at(Duration::from_secs(300), true).await;
    let found = ahead(&client(&server.uri())).await;
    assert!(is_about(found, 0), "{found:?}");
}

#[tokio::test]
async fn a_real_server_tells_the_time() {
    let server = Server::new().await;
    assert!(!server.client.knows_server_time());
    let found = ahead(&server.client).await;
    assert!(server.client.knows_server_time());
    assert!(is_about(found, 0), "{found:?}");
}
