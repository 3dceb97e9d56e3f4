//! What a watch reads as protobuf is what a list reads as JSON.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::StreamExt;
use kubectl_prefect::k8s::{
    Change, JobView, Overrides, PodView, Scope,
    view::{ContainerState, View},
};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::{
    connect,
    jobs::{self, LABEL},
    support::cluster,
};

/// A Job whose pod has an init container, with this in its spec besides.
fn job(name: &str, spec: &Value, script: &str) -> Value {
    let mut job = jobs::job(name, script);
    job["spec"]["template"]["spec"]["initContainers"] =
        json!([{"name": "first", "image": "shell", "command": ["true"]}]);
    for (key, value) in spec.as_object().unwrap() {
        job["spec"][key] = value.clone();
    }
    job
}

/// A status with what this cluster's node does not say of a pod by itself.
fn eventful() -> Value {
    let at = "2026-01-02T03:04:05Z";
    let container = |name: &str, state: Value, last: Value| {
        json!({"name": name, "image": "i", "imageID": "", "ready": true, "restartCount": 3,
            "state": state, "lastState": last})
    };
    let ended = json!({"terminated": {"exitCode": 137, "signal": 9, "reason": "OOMKilled",
        "message": "größer 😀", "startedAt": at, "finishedAt": at}});
    let waits = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m"}});
    let runs = json!({"running": {"startedAt": at}});
    json!({"status": {
        "phase": "Failed", "reason": "Evicted", "message": "the node was low on memory",
        "startTime": at,
        "conditions": [
            {"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet",
             "message": "said", "lastTransitionTime": at},
            {"type": "Ready", "status": "False"},
        ],
        "initContainerStatuses": [container("first", runs, json!({}))],
        "containerStatuses": [container("prefect-job", waits, ended)],
    }})
}

/// Follows a watch until it has shown all objects as a list shows them.
async fn agree<T: View + PartialEq + Debug>(namespace: &str, count: usize) -> Vec<T> {
    let us = connect(&cluster(), Overrides::default()).await;
    let scope = Scope::Namespace(namespace.to_owned());
    let mut watch = us.watch::<T>(scope.clone(), LABEL);
    let (mut seen, mut synced) = (BTreeMap::new(), false);
    let started = Instant::now();
    loop {
        let next = timeout(Duration::from_secs(2), watch.next()).await;
        match next.map(|change| change.unwrap().unwrap()) {
            Ok(Change::Synced) => {
                synced = true;
                cluster().kubectl(&[
                    "annotate",
                    T::PLURAL,
                    "--all",
                    "-n",
                    namespace,
                    "kubectl-prefect.io/seen=yes",
                ]);
            }
            // What the list shows has come as JSON.
            Ok(Change::Applied(object)) if synced => {
                seen.insert(object.meta().name.clone(), object);
            }
            Ok(_) => {}
            Err(_) => {
                let listed: Vec<T> = us.list(&scope, LABEL).await.unwrap();
                let listed: BTreeMap<_, _> = listed
                    .into_iter()
                    .map(|object| (object.meta().name.clone(), object))
                    .collect();
                if listed.len() == count && listed == seen {
                    return seen.into_values().collect();
                }
                assert!(
                    started.elapsed() < Duration::from_secs(60),
                    "listed {listed:#?}\nwatched {seen:#?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_watch_and_a_list_say_the_same() {
    let said = Said::default();
    let writer = said.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let _listening = tracing::subscriber::set_default(subscriber);
    let namespace = cluster().namespace("encodings");
    let us = connect(&cluster(), Overrides::default()).await;
    let one = json!({"ttlSecondsAfterFinished": 1000});
    let never = json!({"suspend": true});
    for (name, spec, script) in [
        ("good", &one, "true"),
        ("bad", &one, "kill -9 $$"),
        ("long", &one, "sleep 1000"),
        ("never", &never, "true"),
    ] {
        let job = job(name, spec, script);
        us.create_job(&namespace.name, &job).await.unwrap();
    }
    let mut pod = job("odd", &json!({}), "true")["spec"]["template"].clone();
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    pod["metadata"]["name"] = "odd".into();
    pod["spec"]["schedulerName"] = "nobody".into();
    cluster().kubectl_with_input(
        &["create", "-n", &namespace.name, "-f", "-"],
        &pod.to_string(),
    );
    let status = eventful().to_string();
    cluster().kubectl(&[
        "patch",
        "pod",
        "odd",
        "-n",
        &namespace.name,
        "--subresource=status",
        "--type=merge",
        "-p",
        &status,
    ]);

    let jobs = agree::<JobView>(&namespace.name, 4).await;
    let holds = |kind: &str| jobs.iter().any(|job| job.status.condition(kind).is_some());
    assert!(holds("Complete") && holds("Failed") && holds("Suspended"));
    assert!(jobs.iter().any(|job| job.spec.suspend));
    assert!(jobs.iter().any(|job| job.status.completion_time.is_some()));
    assert!(jobs.iter().any(|job| job.status.terminating.is_some()));
    assert!(jobs.iter().any(|job| job.status.active == 1));
    assert!(jobs.iter().all(|job| !job.metadata.annotations.is_empty()));

    let pods = agree::<PodView>(&namespace.name, 4).await;
    let states: Vec<&ContainerState> = pods
        .iter()
        .flat_map(|pod| &pod.status.container_statuses)
        .map(|container| &container.state)
        .collect();
    assert!(states.iter().any(|state| state.running.is_some()));
    assert!(states.iter().any(|state| state.waiting.is_some()));
    assert!(states.iter().any(|state| state.terminated.is_some()));
    assert!(pods.iter().any(|pod| pod.spec.node_name.is_some()));
    assert!(pods.iter().any(|pod| pod.status.reason.is_some()));

    let said = String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
    for watch in ["watching jobs in Protobuf", "watching pods in Protobuf"] {
        assert!(said.contains(watch), "{said}");
    }
}

/// What the library says in its log.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
