//! What a person reads when the API does not do what it should.

use kubectl_prefect::{
    error::{Error, Kind},
    prefect::{
        ApiError, ApiErrorKind, Client, NewWorkPool, WorkPoolName, WorkerId, WorkerName,
        config::ServerKind,
    },
};
use serde_json::json;
use uuid::Uuid;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, body_partial_json, header, path},
};

use crate::support::{client, config};

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

async fn error_of(answer: ResponseTemplate, base: &str) -> ApiError {
    let server = answering(answer).await;
    client(&format!("{}{base}", server.uri()))
        .read_work_pool(&"k8s".into())
        .await
        .unwrap_err()
}

#[tokio::test]
async fn wrong_credentials_name_the_setting() {
    let server = answering(
        ResponseTemplate::new(401).set_body_json(json!({"exception_message": "Unauthorized"})),
    )
    .await;
    let mut config = config(&format!("{}/api", server.uri()));
    let mut seen = Vec::new();
    for (key, auth) in [(None, None), (Some("pnu_k"), None), (None, Some("u:pw"))] {
        config.api_key = key.map(Into::into);
        config.auth_string = auth.map(Into::into);
        let error = Client::new(&config)
            .unwrap()
            .server_version()
            .await
            .unwrap_err();
        assert_eq!(error.kind, ApiErrorKind::Unauthorized);
        assert!(error.is_refused());
        let error = Error::from(error);
        assert_eq!(error.kind, Kind::Unreachable);
        let text = format!("{error:?}");
        assert!(!text.contains("pnu_k") && !text.contains("u:pw"));
        seen.push(error.hints[0].clone());
    }
    assert!(seen[0].starts_with("Set PREFECT_API_KEY"));
    assert!(seen[1].starts_with("Check PREFECT_API_KEY"));
    assert!(seen[2].starts_with("Check PREFECT_API_AUTH_STRING"));
}

#[tokio::test]
async fn a_refusal_quotes_the_server_on_one_line_and_no_secret() {
    let answer = ResponseTemplate::new(422).set_body_json(json!({
        "exception_message": "Invalid request received.",
        "exception_detail": [{"loc": ["body", "name"], "msg": "Field\nrequired", "input": "hunter2"}],
        "request_body": {"key": "hunter2"},
    }));
    let error = error_of(answer, "/api").await;
    assert_eq!(error.kind, ApiErrorKind::Invalid);
    assert_eq!(
        error.one_line(),
        "Invalid request received. body.name: Field required"
    );
    assert!(!format!("{error:?}").contains("hunter2"));
    assert_eq!(Error::from(error).kind, Kind::Failed);
}

#[tokio::test]
async fn another_server_is_recognised() {
    let html = "<!doctype html><title>nginx</title>";
    let page = |status| ResponseTemplate::new(status).set_body_raw(html, "text/html");
    let router = ResponseTemplate::new(404).set_body_json(json!({"detail": "Not Found"}));
    for (answer, base, kind, hint) in [
        (
            page(200),
            "",
            ApiErrorKind::Protocol,
            "does not end in /api",
        ),
        (
            page(404),
            "/v1",
            ApiErrorKind::Protocol,
            "does not end in /api",
        ),
        (
            page(405),
            "/api",
            ApiErrorKind::Protocol,
            "Check PREFECT_API_URL",
        ),
        (router, "", ApiErrorKind::NoRoute, "does not end in /api"),
        (
            ResponseTemplate::new(301).insert_header("location", "https://p.example/api/x"),
            "/api",
            ApiErrorKind::Protocol,
            "points: https://p.example/api",
        ),
    ] {
        let error = error_of(answer, base).await;
        assert_eq!(error.kind, kind, "{error:?}");
        assert!(error.hints[0].contains(hint), "{error:?}");
    }
}

#[tokio::test]
async fn json_of_another_shape_says_what_is_missing() {
    let answer = ResponseTemplate::new(200).set_body_json(json!({"name": "k8s"}));
    let error = error_of(answer, "/api").await;
    assert_eq!(error.kind, ApiErrorKind::Protocol);
    assert!(error.one_line().contains("missing field"), "{error:?}");
}

#[tokio::test]
async fn a_redirect_on_the_same_server_is_followed() {
    let server = MockServer::start().await;
    Mock::given(path("/api/admin/version"))
        .respond_with(ResponseTemplate::new(307).insert_header("location", "/api/admin/version/"))
        .mount(&server)
        .await;
    Mock::given(path("/api/admin/version/"))
        .respond_with(ResponseTemplate::new(200).set_body_json("3.8.8"))
        .mount(&server)
        .await;
    let client = client(&format!("{}/api", server.uri()));
    assert_eq!(client.server_version().await.unwrap(), "3.8.8");
}

#[tokio::test]
async fn every_request_says_who_asks() {
    let server = MockServer::start().await;
    let id = WorkerId(Uuid::from_u128(7));
    Mock::given(path("/api/work_pools/a%20b%2Fc/workers/heartbeat"))
        .and(header("x-prefect-api-version", "0.8.4"))
        .and(header("authorization", "Bearer pnu_k"))
        .and(header("x-prefect-worker-id", id.to_string()))
        .respond_with(ResponseTemplate::new(200).set_body_string(id.to_string()))
        .mount(&server)
        .await;
    let mut config = config(&format!("{}/api", server.uri()));
    config.api_key = Some("pnu_k".into());
    config.server_kind = ServerKind::Cloud;
    let client = Client::new(&config).unwrap();
    client.attribute_to(" wörker\t", Some(id));
    let (pool, worker) = (WorkPoolName::from("a b/c"), WorkerName::from("wörker"));
    let interval = std::time::Duration::from_secs(30);
    let metadata = json!({"integrations": []});
    let given = client
        .heartbeat(&pool, &worker, interval, true, Some(&metadata))
        .await
        .unwrap();
    assert_eq!(given, Some(id));
    let request = &server.received_requests().await.unwrap()[0];
    assert_eq!(
        request.headers["x-prefect-worker-name"].as_bytes(),
        "wörker".as_bytes()
    );
    assert!(
        request.headers["user-agent"]
            .to_str()
            .unwrap()
            .starts_with("prefect/3.")
    );
    assert_eq!(
        request.body_json::<serde_json::Value>().unwrap(),
        json!({
            "name": "wörker", "heartbeat_interval_seconds": 30, "return_id": true,
            "metadata": metadata,
        })
    );
}

#[tokio::test]
async fn a_server_that_refuses_to_tell_the_id_is_sent_the_sign_of_life_without_the_wish() {
    let server = MockServer::start().await;
    Mock::given(body_partial_json(json!({"return_id": true})))
        .respond_with(ResponseTemplate::new(422))
        .mount(&server)
        .await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    let client = client(&format!("{}/api", server.uri()));
    let (pool, worker) = (WorkPoolName::from("a"), WorkerName::from("w"));
    let interval = std::time::Duration::from_secs(30);
    let metadata = json!({"integrations": []});
    let given = client.heartbeat(&pool, &worker, interval, true, Some(&metadata));
    assert_eq!(given.await.unwrap(), None);
    let requests = server.received_requests().await.unwrap();
    let bodies: Vec<serde_json::Value> =
        requests.iter().map(|it| it.body_json().unwrap()).collect();
    let sign = json!({"name": "w", "heartbeat_interval_seconds": 30, "metadata": metadata});
    assert_eq!(bodies.len(), 2, "{bodies:?}");
    assert_eq!(bodies[1], sign);
    let plain = client
        .heartbeat(&pool, &worker, interval, false, None)
        .await;
    assert_eq!(plain.unwrap(), None);
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_name_that_would_change_the_route_is_never_sent() {
    let server = answering(ResponseTemplate::new(204)).await;
    let client = client(&format!("{}/api", server.uri()));
    let error = client
        .delete_worker(&"k8s".into(), &"..".into())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Invalid);
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_unusable_url_is_a_usage_error() {
    for url in ["ftp://h/api", "unix:/run/prefect"] {
        let error = Client::new(&config(url)).unwrap_err();
        assert_eq!(error.kind, Kind::Usage);
    }
}

#[tokio::test]
async fn an_operation_adds_its_own_words() {
    let server =
        answering(ResponseTemplate::new(409).set_body_json(json!({"detail": "exists"}))).await;
    let pool = NewWorkPool {
        name: "k8s".into(),
        kind: "kubernetes".to_owned(),
        base_job_template: None,
        description: None,
        concurrency_limit: None,
    };
    let error = client(&format!("{}/api", server.uri()))
        .create_work_pool(&pool)
        .await
        .unwrap_err()
        .context("failed to create work pool \"k8s\"");
    assert_eq!(
        error.one_line(),
        "failed to create work pool \"k8s\": exists"
    );
}
