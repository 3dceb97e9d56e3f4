use serde_json::{Value, json};

use super::*;
use crate::k8s::{
    scripted::{Server, Step, status},
    transport::Patience,
    view::JobView,
};

fn job(name: &str, version: u32) -> Value {
    json!({"metadata": {"name": name, "resourceVersion": version.to_string()}})
}

fn page(version: u32, more: Option<&str>, items: &[Value]) -> Step {
    Step::json(
        &json!({"metadata": {"resourceVersion": version.to_string(), "continue": more}, "items": items}),
    )
}

fn event(kind: &str, object: Value) -> String {
    json!({"type": kind, "object": object}).to_string()
}

fn bookmark(version: u32) -> String {
    event(
        "BOOKMARK",
        json!({"kind": "Job", "apiVersion": "batch/v1", "metadata": {"resourceVersion": version.to_string()}}),
    )
}

/// What the first so many changes are, in short.
async fn changes(server: &Server, count: usize) -> Vec<String> {
    let cluster = server.cluster(Patience::Command).await;
    let scope = Scope::Namespace("flows".to_owned());
    let watch = cluster.watch::<JobView>(scope, "prefect.io/flow-run-id");
    let collected = watch
        .take(count)
        .map(|change| match change {
            Ok(Change::Restarted) => "restarted".to_owned(),
            Ok(Change::Synced) => "synced".to_owned(),
            Ok(Change::Alive) => "alive".to_owned(),
            Ok(Change::Applied(job)) => format!("+{}", job.metadata.name),
            Ok(Change::Deleted(job)) => format!("-{}", job.metadata.name),
            Err(failure) => format!("{:?}", failure.class),
        })
        .collect();
    timeout(Duration::from_secs(20), collected)
        .await
        .expect("so many changes in time")
}

/// The versions from which the server was asked to watch.
fn versions(server: &Server) -> Vec<String> {
    server
        .lines()
        .iter()
        .filter(|line| line.contains("watch=true"))
        .filter_map(|line| Some(line.split_once("resourceVersion=")?.1.to_owned()))
        .collect()
}

#[tokio::test]
async fn pages_are_read_and_then_changes() {
    let server = Server::start([
        page(5, Some("next"), &[job("a", 1), job("b", 2)]),
        page(5, None, &[job("c", 3)]),
        Step::Silence(vec![
            event("ADDED", job("d", 6)),
            event("MODIFIED", job("a", 7)),
            event("DELETED", job("b", 8)),
            bookmark(20),
        ]),
    ])
    .await;
    assert_eq!(
        changes(&server, 10).await,
        [
            "restarted",
            "+a",
            "+b",
            "+c",
            "synced",
            "alive",
            "+d",
            "+a",
            "-b",
            "alive"
        ]
    );
    let lines = server.lines();
    assert!(
        lines[0].starts_with("GET /apis/batch/v1/namespaces/flows/jobs?"),
        "{lines:?}"
    );
    assert!(
        lines[0].contains("limit=250")
            && lines[0].contains("labelSelector=prefect.io%2Fflow-run-id")
    );
    assert!(lines[1].contains("continue=next"), "{lines:?}");
    assert!(lines[2].contains("allowWatchBookmarks=true"), "{lines:?}");
    assert_eq!(versions(&server), ["5"]);
}

#[tokio::test]
async fn a_watch_that_ends_or_breaks_goes_on_where_it_was() {
    let server = Server::start([
        page(5, None, &[]),
        Step::Lines(vec![event("ADDED", job("a", 6))]),
        Step::Cut(vec![bookmark(9)]),
        Step::HangUp,
        Step::Silence(vec![event("ADDED", job("b", 10))]),
    ])
    .await;
    assert_eq!(
        changes(&server, 9).await,
        [
            "restarted",
            "synced",
            "alive",
            "+a",
            "alive",
            "alive",
            "Unreachable",
            "alive",
            "+b"
        ]
    );
    assert_eq!(versions(&server), ["5", "6", "9", "9"]);
}

#[tokio::test]
async fn a_version_that_is_too_old_lists_again() {
    let gone = || status(410, "Expired", "too old resource version");
    for trouble in [
        Step::Lines(vec![event("ERROR", gone())]),
        Step::Answer(410, "", gone().to_string()),
    ] {
        let in_the_answer = matches!(trouble, Step::Answer(..));
        let server = Server::start([
            page(5, None, &[job("a", 1)]),
            trouble,
            page(50, None, &[job("b", 49)]),
            Step::Silence(vec![]),
        ])
        .await;
        let mut expected = vec![
            "restarted",
            "+a",
            "synced",
            "alive",
            "restarted",
            "+b",
            "synced",
            "alive",
        ];
        if in_the_answer {
            expected.remove(3);
        }
        assert_eq!(changes(&server, expected.len()).await, expected);
        assert_eq!(versions(&server), ["5", "50"]);
    }
}

#[tokio::test]
async fn a_version_that_is_always_too_old_is_not_asked_for_without_a_pause() {
    let gone = || Step::status(410, "Expired", "too old resource version");
    let list = || page(5, None, &[]);
    let server = Server::start([
        list(),
        gone(),
        list(),
        gone(),
        list(),
        gone(),
        list(),
        Step::Silence(vec![]),
    ])
    .await;
    let begun = Instant::now();
    let mut expected = ["restarted", "synced"].repeat(4);
    expected.push("alive");
    assert_eq!(changes(&server, expected.len()).await, expected);
    // None after the first, one second after the second, two after the third, less a quarter.
    assert!(
        begun.elapsed() > Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn a_server_that_is_behind_is_listed_again() {
    let server = Server::start([
        page(500, None, &[]),
        Step::Lines(vec![event(
            "ERROR",
            status(
                504,
                "Timeout",
                "Too large resource version: 500, current: 7",
            ),
        )]),
        page(7, None, &[]),
        Step::Silence(vec![]),
    ])
    .await;
    assert_eq!(
        changes(&server, 7).await,
        [
            "restarted",
            "synced",
            "alive",
            "Busy",
            "restarted",
            "synced",
            "alive"
        ]
    );
}

#[tokio::test]
async fn refusals_are_told_and_survived() {
    let server = Server::start([
        Step::status(403, "Forbidden", "no"),
        page(5, None, &[]),
        Step::status(401, "Unauthorized", "who?"),
        Step::Silence(vec![]),
    ])
    .await;
    assert_eq!(
        changes(&server, 6).await,
        [
            "restarted",
            "Forbidden",
            "restarted",
            "synced",
            "Unauthorized",
            "alive"
        ]
    );
    assert_eq!(versions(&server), ["5", "5"]);
}

#[tokio::test]
async fn an_object_that_cannot_be_read_does_not_hide_the_others() {
    let server = Server::start([
        page(5, None, &[]),
        Step::Silence(vec![
            event("ADDED", json!({"metadata": {"name": 7}})),
            event("ADDED", job("b", 7)),
        ]),
    ])
    .await;
    assert_eq!(
        changes(&server, 5).await,
        ["restarted", "synced", "alive", "Other", "+b"]
    );
}

#[tokio::test]
async fn a_server_that_ends_every_watch_at_once_is_not_stormed() {
    let ends = || Step::Lines(vec![]);
    let server = Server::start([
        page(5, None, &[]),
        ends(),
        ends(),
        ends(),
        Step::Silence(vec![]),
    ])
    .await;
    let begun = Instant::now();
    assert_eq!(
        changes(&server, 6).await,
        ["restarted", "synced", "alive", "alive", "alive", "alive"]
    );
    assert!(
        begun.elapsed() > Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let server = Server::start([
        page(5, Some("x"), &[job("a", 1)]),
        page(5, None, &[job("b", 2)]),
    ])
    .await;
    let cluster = server.cluster(Patience::Command).await;
    let jobs: Vec<JobView> = cluster.list(&Scope::Cluster, "").await.unwrap();
    let names: Vec<_> = jobs.iter().map(|job| job.metadata.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(server.lines()[0].starts_with("GET /apis/batch/v1/jobs?"));
}
