//! Jobs, logs, events, Secrets and access reviews against a scripted API server.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Class, Deletion, JobOwner, Patience, Permission, SecretSpec, Subject,
    scripted::{Server, Step},
};

fn body(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn a_job_that_exists_is_told_apart() {
    let exists = Step::status(409, "AlreadyExists", "jobs.batch \"j\" already exists");
    let server = Server::start([exists]).await;
    let cluster = server.cluster(Patience::Worker).await;
    let manifest = json!({"metadata": {"name": "j"}});
    let failure = cluster.create_job("flows", &manifest).await.unwrap_err();
    assert_eq!(failure.class, Class::AlreadyExists);
    assert_eq!(
        failure.to_string(),
        "failed to create Job j in namespace flows: jobs.batch \"j\" already exists"
    );
    assert_eq!(
        server.lines(),
        ["POST /apis/batch/v1/namespaces/flows/jobs?&fieldManager=kubectl-prefect"]
    );
}

#[tokio::test]
async fn a_job_is_deleted_in_the_foreground_and_only_the_one_meant() {
    let server = Server::start([Step::json(&json!({"kind": "Job"}))]).await;
    let cluster = server.cluster(Patience::Worker).await;
    let deletion = Deletion {
        uid: Some("u".to_owned()),
        grace_seconds: Some(30),
    };
    cluster.delete_job("flows", "j", &deletion).await.unwrap();
    let sent = body(&server.requests()[0]);
    assert_eq!(sent["propagationPolicy"], "Foreground");
    assert_eq!(sent["gracePeriodSeconds"], 30);
    assert_eq!(sent["preconditions"]["uid"], "u");
}

#[tokio::test]
async fn the_log_of_the_previous_instance_goes_first() {
    let server = Server::start([Step::Answer(200, "", "a\nb\n".to_owned())]).await;
    let cluster = server.cluster(Patience::Worker).await;
    let tail = cluster.log_tail("flows", "p", "c", 500).await.unwrap();
    assert_eq!((tail.text.as_str(), tail.previous), ("a\nb\n", true));
    let none = Step::status(
        400,
        "BadRequest",
        "previous terminated container \"c\" in pod \"p\" not found",
    );
    let long = format!("{}\nlast\n", "x".repeat(300_000));
    let server = Server::start([none, Step::Answer(200, "", long)]).await;
    let cluster = server.cluster(Patience::Worker).await;
    let tail = cluster.log_tail("flows", "p", "c", 500).await.unwrap();
    assert_eq!((tail.text.as_str(), tail.previous), ("last\n", false));
    let lines = server.lines();
    assert!(
        lines[0].contains("/pods/p/log?") && lines[0].contains("previous=true"),
        "{lines:?}"
    );
    assert!(
        lines[1].contains("tailLines=500") && !lines[1].contains("previous"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn the_log_of_the_instance_that_is_there_is_read_when_the_other_is_empty_or_kept_back() {
    let odd = || Step::status(418, "Teapot", "not now");
    let text = |text: &str| Step::Answer(200, "", text.to_owned());
    let table = [
        ("empty", [text(" \n"), text("now\n")], Ok("now\n")),
        ("kept back", [odd(), text("now\n")], Ok("now\n")),
        ("both empty", [text(""), text("")], Ok("")),
        (
            "nothing but the failure",
            [odd(), text("")],
            Err(Class::Other),
        ),
        ("both kept back", [odd(), odd()], Err(Class::Other)),
    ];
    for (name, steps, expected) in table {
        let server = Server::start(steps).await;
        let cluster = server.cluster(Patience::Worker).await;
        let tail = cluster.log_tail("flows", "p", "c", 5).await;
        let tail = tail.as_ref();
        let found = tail.map(|tail| tail.text.as_str());
        assert_eq!(found.map_err(|failure| failure.class), expected, "{name}");
    }
}

#[tokio::test]
async fn a_missing_log_is_a_failure() {
    let gone = || Step::status(404, "NotFound", "pods \"p\" not found");
    let server = Server::start([gone(), gone()]).await;
    let cluster = server.cluster(Patience::Worker).await;
    let failure = cluster.log_tail("flows", "p", "c", 5).await.unwrap_err();
    assert_eq!(failure.class, Class::NotFound);
    assert_eq!(
        failure.error.message,
        "failed to read the log of container c of pod flows/p"
    );
}

#[tokio::test]
async fn events_are_told_in_their_order() {
    let event = |reason: &str, key: &str, time: Value| json!({"reason": reason, "type": "Warning", key: time});
    let server = Server::start([Step::json(&json!({"items": [
        event("late", "lastTimestamp", json!("2026-01-01T00:00:02Z")),
        event("early", "eventTime", json!("2026-01-01T00:00:01.000001Z")),
        event("never", "lastTimestamp", Value::Null),
    ]}))])
    .await;
    let cluster = server.cluster(Patience::Worker).await;
    let events = cluster.events_of("flows", "u").await.unwrap();
    let reasons: Vec<_> = events.iter().map(|event| event.reason.as_str()).collect();
    assert_eq!(reasons, ["never", "early", "late"]);
    assert!(server.lines()[0].contains("fieldSelector=involvedObject.uid%3Du"));
}

fn secret() -> SecretSpec {
    SecretSpec {
        name: "s".to_owned(),
        labels: BTreeMap::new(),
        data: [("value".to_owned(), "s3cr3t".to_owned())].into(),
        owner: None,
    }
}

#[tokio::test]
async fn a_secret_that_exists_is_brought_up_to_date() {
    let exists = || Step::status(409, "AlreadyExists", "exists");
    let stored = |value: &str| {
        let annotations = json!({"reflector": "on"});
        Step::json(
            &json!({"metadata": {"name": "s", "annotations": annotations},
            "type": "Own", "data": {"value": value}}),
        )
    };
    let post = "POST /api/v1/namespaces/flows/secrets?&fieldManager=kubectl-prefect";
    let get = "GET /api/v1/namespaces/flows/secrets/s";
    let put = "PUT /api/v1/namespaces/flows/secrets/s?&fieldManager=kubectl-prefect";
    let server = Server::start([exists(), stored("b2xk"), stored("czNjcjN0")]).await;
    let cluster = server.cluster(Patience::Worker).await;
    cluster.put_secret("flows", &secret()).await.unwrap();
    assert_eq!(server.lines(), [post, get, put]);
    let sent = body(&server.requests()[2]);
    assert_eq!(sent["data"]["value"], "czNjcjN0");
    // What others put there stays.
    assert_eq!(sent["metadata"]["annotations"]["reflector"], "on");
    assert_eq!(sent["type"], "Own");
    // One that is as it should be is not written.
    let server = Server::start([exists(), stored("czNjcjN0")]).await;
    let cluster = server.cluster(Patience::Worker).await;
    cluster.put_secret("flows", &secret()).await.unwrap();
    assert_eq!(server.lines(), [post, get]);
    // Somebody else deletes it, or writes it, meanwhile.
    let gone = Step::status(404, "NotFound", "gone");
    let conflict = Step::status(409, "Conflict", "modified");
    let steps = [
        exists(),
        gone,
        exists(),
        stored("b2xk"),
        conflict,
        stored("czNjcjN0"),
    ];
    let server = Server::start(steps).await;
    let cluster = server.cluster(Patience::Worker).await;
    cluster.put_secret("flows", &secret()).await.unwrap();
    assert_eq!(server.lines(), [post, get, post, get, put, post]);
}

#[tokio::test]
async fn a_secret_goes_with_the_job_it_is_handed_to() {
    let stored = |owners: Value| {
        Step::json(
            &json!({"metadata": {"name": "s", "resourceVersion": "5", "ownerReferences": owners},
            "data": {"value": "czNjcjN0"}}),
        )
    };
    let owner = JobOwner {
        name: "j".to_owned(),
        uid: "u".to_owned(),
    };
    let server = Server::start([stored(Value::Null), stored(json!([]))]).await;
    let cluster = server.cluster(Patience::Worker).await;
    cluster.hand_secret_to("flows", "s", &owner).await.unwrap();
    let sent = body(&server.requests()[1]);
    assert_eq!(sent["metadata"]["ownerReferences"][0]["uid"], "u");
    assert_eq!(sent["metadata"]["resourceVersion"], "5");
    assert_eq!(sent["data"]["value"], "czNjcjN0");
    // Who has it already is not written again.
    let server = Server::start([stored(json!([{"kind": "Job", "name": "j", "uid": "u"}]))]).await;
    let cluster = server.cluster(Patience::Worker).await;
    cluster.hand_secret_to("flows", "s", &owner).await.unwrap();
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn a_secret_that_is_gone_is_deleted() {
    let server = Server::start([
        Step::status(404, "NotFound", "gone"),
        Step::status(403, "Forbidden", "no"),
    ])
    .await;
    let cluster = server.cluster(Patience::Worker).await;
    cluster.delete_secret("flows", "s").await.unwrap();
    let failure = cluster.delete_secret("flows", "s").await.unwrap_err();
    assert_eq!(failure.class, Class::Forbidden);
}

#[test]
fn a_secret_does_not_show() {
    assert!(!format!("{:?}", secret()).contains("s3cr3t"));
}

#[tokio::test]
async fn what_we_lack_is_told_in_order() {
    let review = |allowed: bool| Step::json(&json!({"spec": {}, "status": {"allowed": allowed}}));
    let wanted =
        ["get", "list", "watch"].map(|verb| Permission::new(verb, "", "pods", Some("flows")));
    // One at a time, so that answers fit questions whatever connection comes first.
    for allowed in [true, false] {
        let server = Server::start([review(allowed)]).await;
        let cluster = server.cluster(Patience::Command).await;
        let lacking = cluster.lacking(&wanted[..1]).await.unwrap();
        assert_eq!(lacking.len(), usize::from(!allowed));
        let asked = &body(&server.requests()[0])["spec"]["resourceAttributes"];
        assert_eq!(
            (&asked["verb"], &asked["namespace"]),
            (&json!("get"), &json!("flows"))
        );
    }
    let server = Server::start([review(false), review(false), review(false)]).await;
    let cluster = server.cluster(Patience::Command).await;
    assert_eq!(cluster.lacking(&wanted).await.unwrap(), wanted);
}

#[tokio::test]
async fn we_learn_who_we_are() {
    let answer = json!({"status": {"userInfo": {"username": "system:serviceaccount:a:b"}}});
    let server = Server::start([Step::json(&answer)]).await;
    let cluster = server.cluster(Patience::Command).await;
    let subject = Subject::ServiceAccount {
        namespace: "a".to_owned(),
        name: "b".to_owned(),
    };
    assert_eq!(cluster.whoami().await.unwrap(), subject);
}
