use std::fs;

use serde_json::{Value, json};

use super::*;
use crate::k8s::{
    authentication::Credential,
    failure::{Class, Failure},
    scripted::{Server, Step},
};

async fn get(server: &Server, patience: Patience) -> Result<Value, Failure> {
    let cluster = server.cluster(patience).await;
    let request = kube::core::Request::new("/api/v1/things").get("a", &Default::default());
    cluster.read("read a thing", request).await
}

async fn post(server: &Server, patience: Patience) -> Result<Value, Failure> {
    let cluster = server.cluster(patience).await;
    cluster
        .post("make a thing", "/api/v1/things", &json!({"a": 1}))
        .await
}

fn good() -> Step {
    Step::json(&json!({"ok": true}))
}

#[tokio::test]
async fn requests_say_who_we_are() {
    let server = Server::start([good()]).await;
    post(&server, Patience::Command).await.unwrap();
    let request = &server.requests()[0];
    assert!(
        request.starts_with("POST /api/v1/things?&fieldManager=kubectl-prefect "),
        "{request}"
    );
    assert!(
        request.contains(&format!("user-agent: {USER_AGENT}\r\n")),
        "{request}"
    );
    assert!(request.ends_with("{\"a\":1}"), "{request}");
}

#[tokio::test]
async fn a_busy_server_is_asked_again_after_the_time_it_says() {
    let busy = Step::Answer(429, "retry-after: 1\r\n", "{}".to_owned());
    let server = Server::start([busy, Step::status(503, "", "later"), good()]).await;
    let begun = Instant::now();
    post(&server, Patience::Command).await.unwrap();
    assert_eq!(server.lines().len(), 3);
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_server_that_stays_busy_is_told_in_time() {
    let busy = || Step::Answer(429, "retry-after: 60\r\n", "{}".to_owned());
    let server = Server::start([busy()]).await;
    let failure = get(&server, Patience::Command).await.unwrap_err();
    assert_eq!((failure.class, server.lines().len()), (Class::Busy, 1));
}

#[tokio::test]
async fn what_may_have_been_done_is_not_done_again() {
    for trouble in [
        || Step::status(500, "InternalError", "oops"),
        || Step::status(504, "Timeout", "oops"),
        || Step::HangUp,
    ] {
        let server = Server::start([trouble(), good()]).await;
        assert!(post(&server, Patience::Worker).await.is_err());
        assert_eq!(server.lines().len(), 1);
        let server = Server::start([trouble(), good()]).await;
        get(&server, Patience::Command).await.unwrap();
        assert_eq!(server.lines().len(), 2);
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_waited_for_by_a_worker_alone() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut server = Server::start([]).await;
    server.address = format!("http://{address}").parse().unwrap();
    let begun = Instant::now();
    let failure = get(&server, Patience::Command).await.unwrap_err();
    assert_eq!(failure.class, Class::Unreachable);
    assert!(
        failure.error.causes[0].ends_with("is not reachable: connection refused"),
        "{failure:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(1));
    let back = async {
        sleep(Duration::from_millis(700)).await;
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        tokio::io::AsyncReadExt::read(&mut stream, &mut request)
            .await
            .unwrap();
        let answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
        tokio::io::AsyncWriteExt::write_all(&mut stream, answer)
            .await
            .unwrap();
    };
    let (answer, ()) = tokio::join!(get(&server, Patience::Worker), back);
    assert_eq!(answer.unwrap(), json!({}));
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_no_wait_for_ever() {
    let silent = || Step::Silence(vec!["{\"half\":".to_owned()]);
    let server = Server::start([silent(), silent(), silent()]).await;
    let failure = post(&server, Patience::Command).await.unwrap_err();
    assert_eq!(failure.class, Class::Unreachable);
    assert!(
        failure.error.causes[0].contains("no answer in time"),
        "{failure:?}"
    );
    assert_eq!(failure.error.kind.exit_code(), 3);
}

#[tokio::test]
async fn an_answer_that_is_no_kubernetes_is_named() {
    let server = Server::start([Step::Answer(200, "", "<html>s3cr3t".to_owned())]).await;
    let failure = get(&server, Patience::Command).await.unwrap_err();
    assert!(failure.error.causes[0].contains("does not answer as a Kubernetes API server"));
    assert!(!format!("{failure:?}").contains("s3cr3t"));
}

async fn with_token_file(server: &Server, file: &std::path::Path) -> Transport {
    let authenticator = Authenticator::new(Credential::TokenFile(file.to_owned()));
    let config = kube::Config::new(server.address.clone());
    Transport::new(
        config,
        authenticator,
        Some(Duration::from_secs(2)),
        Patience::Command,
        Arc::default(),
    )
    .await
    .unwrap()
}

#[tokio::test]
async fn a_rotated_token_is_sent_after_a_401_and_once_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, "one").unwrap();
    let refused = || Step::status(401, "Unauthorized", "Unauthorized");
    let server = Server::start([refused(), good(), refused(), refused(), good()]).await;
    let transport = with_token_file(&server, &file).await;
    fs::write(&file, "two").unwrap();
    let request = || Request::get("/x").body(Body::empty()).unwrap();
    assert_eq!(transport.send(request()).await.unwrap().status(), 200);
    assert_eq!(transport.send(request()).await.unwrap().status(), 401);
    let tokens: Vec<_> = server
        .requests()
        .iter()
        .filter_map(|request| Some(request.split_once("Bearer ")?.1.lines().next()?.to_owned()))
        .collect();
    assert_eq!(tokens, ["one", "two", "two", "two"]);
}

#[test]
fn streams_are_told_from_answers() {
    for (path, expectation) in [
        (
            "/api/v1/pods?watch=true&resourceVersion=1",
            Expectation::Stream,
        ),
        ("/api/v1/pods?&watch=true", Expectation::Stream),
        (
            "/api/v1/namespaces/a/pods/p/log?&tailLines=5",
            Expectation::Stream,
        ),
        (
            "/api/v1/pods?labelSelector=watch%3Dtrue",
            Expectation::Answer,
        ),
        ("/api/v1/namespaces/a/pods/p", Expectation::Answer),
    ] {
        let (parts, ()) = Request::get(path).body(()).unwrap().into_parts();
        assert_eq!(Expectation::of(&parts), expectation, "{path}");
    }
}

#[test]
fn pauses_grow_and_end() {
    for (attempt, least, most) in [
        (0, 150, 250),
        (1, 300, 500),
        (5, 4800, 8000),
        (60, 7500, 12_500),
    ] {
        let pause = backoff(attempt).as_millis();
        assert!((least..=most).contains(&pause), "{attempt}: {pause}");
    }
}
