//! A Job's life as we see it, from its creation to its deletion.

use std::{collections::BTreeMap, time::Duration};

use futures::{Stream, StreamExt};
use kubectl_prefect::k8s::{
    Change, Class, Cluster, Deletion, Failure, JobOwner, JobView, Overrides, PodView, Scope,
    SecretSpec, view::Phase,
};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{connect, support::cluster};

pub const LABEL: &str = "prefect.io/flow-run-id";

/// A Job with one container that runs a script.
pub fn job(name: &str, script: &str) -> Value {
    let labels = json!({LABEL: name, "other": "x"});
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": name, "labels": labels, "annotations": {"kubectl-prefect.io/attempt": "1"}},
        "spec": {"backoffLimit": 0, "unknownField": true, "template": {
            "metadata": {"labels": labels},
            "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": [
                {"name": "prefect-job", "image": "shell", "command": ["sh", "-c", script]}]}
        }}
    })
}

/// Waits for an object that fits.
async fn until<T: std::fmt::Debug>(
    watch: &mut (impl Stream<Item = Result<Change<T>, Failure>> + Unpin),
    fits: impl Fn(&Change<T>) -> bool,
) -> Change<T> {
    timeout(Duration::from_secs(60), async {
        loop {
            let change = watch.next().await.unwrap().unwrap();
            if fits(&change) {
                return change;
            }
        }
    })
    .await
    .expect("the change within a minute")
}

async fn admin() -> Cluster {
    connect(&cluster(), Overrides::default()).await
}

#[tokio::test]
async fn a_job_runs_and_is_followed() {
    let namespace = cluster().namespace("jobs");
    let us = admin().await;
    let scope = Scope::Namespace(namespace.name.clone());
    let mut jobs = us.watch::<JobView>(scope.clone(), LABEL);
    let mut pods = us.watch::<PodView>(scope.clone(), LABEL);
    until(&mut jobs, |change| matches!(change, Change::Synced)).await;
    let made = us
        .create_job(&namespace.name, &job("good", "echo one; echo two"))
        .await
        .unwrap();
    assert_eq!(made.metadata.labels.len(), 1);
    assert_eq!(made.spec.backoff_limit, Some(0));
    let again = us
        .create_job(&namespace.name, &job("good", "true"))
        .await
        .unwrap_err();
    assert_eq!(again.class, Class::AlreadyExists);
    let done = until(&mut jobs, |change| matches!(change, Change::Applied(job) if job.status.condition("Complete").is_some())).await;
    let Change::Applied(done) = done else {
        unreachable!()
    };
    assert_eq!(
        (done.status.succeeded, done.metadata.uid.as_str()),
        (1, made.metadata.uid.as_str())
    );
    let ended = until(
        &mut pods,
        |change| matches!(change, Change::Applied(pod) if pod.status.phase == Phase::Succeeded),
    )
    .await;
    let Change::Applied(pod) = ended else {
        unreachable!()
    };
    assert_eq!(pod.metadata.owner_references[0].uid, made.metadata.uid);
    assert_eq!(
        pod.status.container_statuses[0]
            .state
            .terminated
            .as_ref()
            .unwrap()
            .exit_code,
        0
    );
    let tail = us
        .log_tail(&namespace.name, &pod.metadata.name, "prefect-job", 1)
        .await
        .unwrap();
    assert_eq!((tail.text.as_str(), tail.previous), ("two\n", false));
    let events = us
        .events_of(&namespace.name, &made.metadata.uid)
        .await
        .unwrap();
    assert!(
        events
            .iter()
            .any(|event| event.reason == "SuccessfulCreate"),
        "{events:?}"
    );
    let listed: Vec<PodView> = us.list(&scope, LABEL).await.unwrap();
    assert_eq!(listed.len(), 1);
}

#[tokio::test]
async fn a_job_is_deleted_by_its_uid_with_its_pods_and_secrets() {
    let namespace = cluster().namespace("jobs");
    let us = admin().await;
    let made = us
        .create_job(&namespace.name, &job("long", "sleep 1000"))
        .await
        .unwrap();
    let secret = SecretSpec {
        name: "its-key".to_owned(),
        labels: BTreeMap::new(),
        data: [("value".to_owned(), "one".to_owned())].into(),
        owner: None,
    };
    us.create_secret(&namespace.name, &secret).await.unwrap();
    let owner = JobOwner {
        name: "long".to_owned(),
        uid: made.metadata.uid.clone(),
    };
    us.hand_secret_to(&namespace.name, "its-key", &owner)
        .await
        .unwrap();
    let data = [("value".to_owned(), "two".to_owned())].into();
    us.put_secret(
        &namespace.name,
        &SecretSpec {
            data,
            owner: Some(owner),
            ..secret
        },
    )
    .await
    .unwrap();
    let stored = cluster().kubectl(&[
        "get",
        "secret",
        "its-key",
        "-n",
        &namespace.name,
        "-o",
        "jsonpath={.data.value} {.metadata.ownerReferences[*].name}",
    ]);
    assert_eq!(stored, "dHdv long");

    let other = Deletion {
        uid: Some("another".to_owned()),
        ..Deletion::default()
    };
    let refused = us
        .delete_job(&namespace.name, "long", &other)
        .await
        .unwrap_err();
    assert_eq!(refused.class, Class::Conflict);
    let scope = Scope::Namespace(namespace.name.clone());
    let mut jobs = us.watch::<JobView>(scope, LABEL);
    let deletion = Deletion {
        uid: Some(made.metadata.uid),
        grace_seconds: Some(0),
    };
    us.delete_job(&namespace.name, "long", &deletion)
        .await
        .unwrap();
    until(&mut jobs, |change| {
        matches!(change, Change::Deleted(_) | Change::Synced)
    })
    .await;
    for _ in 0..100 {
        let gone = us
            .get_job(&namespace.name, "long")
            .await
            .is_err_and(|failure| failure.class == Class::NotFound);
        let secrets = cluster().kubectl(&["get", "secrets", "-n", &namespace.name, "-o", "name"]);
        if gone && !secrets.contains("its-key") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the Job or its Secret is still there after 20 s");
}

#[tokio::test]
async fn what_the_api_server_does_not_accept_is_said_in_its_words() {
    let namespace = cluster().namespace("jobs");
    let us = admin().await;
    let failure = us
        .create_job("no-such-namespace", &job("a", "true"))
        .await
        .unwrap_err();
    assert_eq!(failure.class, Class::NotFound);
    assert_eq!(
        failure.error.hints,
        ["create it with: kubectl create namespace no-such-namespace"]
    );
    let failure = us
        .create_job(&namespace.name, &job("Not A Name", "true"))
        .await
        .unwrap_err();
    assert_eq!(failure.class, Class::Invalid);
    assert!(failure.to_string().contains("metadata.name"), "{failure}");
    let failure = us.get_job(&namespace.name, "none").await.unwrap_err();
    assert_eq!(failure.class, Class::NotFound);
    let failure = us
        .log_tail(&namespace.name, "none", "c", 5)
        .await
        .unwrap_err();
    assert_eq!(failure.class, Class::NotFound);
}
