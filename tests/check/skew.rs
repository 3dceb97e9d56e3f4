//! Versions and clocks that are too far apart. Servers of another version or time are played: none is
//! to be had here. What stands in the cluster is real.

use std::{fs, os::unix::fs::PermissionsExt};

use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use crate::stage::{Report, Stage};

/// A Prefect server of this version, whose clock is ahead by this much.
async fn server(version: &str, ahead: SignedDuration) -> MockServer {
    let server = MockServer::start().await;
    let now = Timestamp::now() + ahead;
    let date = rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&now)
        .unwrap();
    let answer = ResponseTemplate::new(200)
        .set_body_json(json!(version))
        .insert_header("date", date.as_str());
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

#[tokio::test]
async fn versions_that_do_not_fit_are_found() {
    let stage = Stage::new("versions").await;
    let check = |url: &str| {
        let command = stage.command("--only versions -o json --api-url");
        Report::of(&command.arg(format!("{url}/api")).run())
    };
    // Of the server and of this program.
    let old = server("3.1.0", SignedDuration::ZERO).await;
    let said = "the server is Prefect 3.1.0; this program follows";
    check(&old.uri()).has("versions", "warn", said);
    let older = server("2.20.0", SignedDuration::ZERO).await;
    check(&older.uri()).has("versions", "fail", "the server is Prefect 2.20.0");

    // Of the server and the worker, and of the worker and this program.
    for (name, image) in [
        ("newer", "prefecthq/prefect:3.99.0-python3.11-kubernetes"),
        ("ours", "registry.test/kubectl-prefect:99.0.0"),
    ] {
        let mut worker = stage.worker(name);
        worker["spec"]["template"]["spec"]["containers"][0]["image"] = image.into();
        stage.declare(&worker).await;
    }
    let report = stage.check("--only versions");
    let said = "the image of Deployment newer has Prefect 3.99.0";
    report.has("versions", "warn", said);
    let said = "the image of Deployment ours has kubectl-prefect 99.0.0";
    report.has("versions", "warn", said);
    assert!(report.to_do("versions").contains("Upgrade the server"));
}

#[tokio::test]
async fn a_kubectl_of_another_age_is_found() {
    let stage = Stage::new("kubectl").await;
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("kubectl");
    let version = r#"{"clientVersion": {"gitVersion": "v1.20.3"}}"#;
    fs::write(&program, format!("#!/bin/sh\necho '{version}'\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let command = stage.command("--only kubectl -o json").env("PATH", &path);
    let report = Report::of(&command.run());
    report.has("kubectl", "warn", "kubectl v1.20.3 is ");
    let command = stage.command("--only kubectl -o json").env("PATH", "");
    Report::of(&command.run()).has("kubectl", "warn", "not on PATH");
}

#[tokio::test]
async fn clocks_that_are_apart_are_found() {
    let stage = Stage::new("clocks").await;
    for (ahead, level, said) in [
        (SignedDuration::from_mins(60), "fail", "ahead of"),
        (SignedDuration::from_mins(-60), "fail", "behind"),
        (SignedDuration::from_mins(2), "warn", "ahead of"),
    ] {
        let server = server("3.8.8", ahead).await;
        let command = stage.command("--only clocks -o json --api-url");
        let report = Report::of(&command.arg(format!("{}/api", server.uri())).run());
        report.has("clocks", level, said);
        report.has("clocks", "ok", "the Kubernetes API server agrees");
    }
}
