//! What changes of pods come to, beside what Prefect's observer made of the same pods.

use serde_json::{Value, json};

use super::*;
use crate::k8s::label;

const RUN: &str = "6f1b3f0e-6a0c-4a44-9c5f-1f6a1f5e7a10";

fn now() -> Timestamp {
    "2026-11-22T19:02:50Z".parse().unwrap()
}

fn pod(uid: &str, status: Value) -> PodView {
    serde_json::from_value(json!({
        "metadata": {
            "name": "fail-vh5cg-zsfpt", "namespace": "flows", "uid": uid,
            "creationTimestamp": "2026-11-22T19:02:40Z",
            "labels": {"prefect.io/flow-run-id": RUN, "prefect.io/flow-run-name": "fail"},
        },
        "status": status,
    }))
    .unwrap()
}

fn pending() -> Value {
    json!({"phase": "Pending"})
}

fn running() -> Value {
    json!({"phase": "Running", "startTime": "2026-11-22T19:02:40Z", "containerStatuses": [
        {"name": "prefect-job", "restartCount": 0,
         "state": {"running": {"startedAt": "2026-11-22T19:02:41Z"}}}]})
}

fn failed(reason: &str) -> Value {
    json!({"phase": "Failed", "containerStatuses": [
        {"name": "prefect-job", "restartCount": 0, "state": {"terminated": {
            "exitCode": 3, "reason": reason, "finishedAt": "2026-11-22T19:02:42Z"}}}]})
}

/// What a replica makes of statuses that a watch tells, one after the other.
fn followed(statuses: Vec<Value>) -> Vec<Event> {
    let (mut replica, here) = (Replica::default(), Arc::new(()));
    statuses
        .into_iter()
        .filter_map(|status| {
            let change = Change::Applied(pod("u", status));
            match replica.note(&here, &change, now()) {
                Replicated::Event(event) => Some(*event),
                Replicated::Nothing => None,
                Replicated::Doubtful(events) => panic!("{events:?}"),
            }
        })
        .collect()
}

/// The ids were made by Python's `uuid.uuid5(NAMESPACE_URL, json.dumps(..., sort_keys=True))`.
#[test]
fn ids_are_those_of_prefects_observer() {
    let with = |uid: &str, status: Value| PodNews::of(&pod(uid, status)).unwrap().id().to_string();
    assert_eq!(
        with("3801605e-50f7-4362-9617-f86973e3de35", pending()),
        "955afe97-5667-5d8a-9770-56ce9bfdba19"
    );
    assert_eq!(
        with("3801605e-50f7-4362-9617-f86973e3de35", running()),
        "0387e309-f8b9-5f03-a15d-35ef8fba8434"
    );
    let crash_loop = json!({"phase": "Running", "containerStatuses": [
        {"name": "c", "restartCount": 2, "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
        {"name": "d", "restartCount": 1}]});
    assert_eq!(
        with("u", crash_loop),
        "98658b8c-d657-5867-9471-f52ba7e60442"
    );
}

#[test]
fn a_pod_that_is_followed_tells_each_phase_once_and_in_order() {
    let events = followed(vec![
        pending(),
        pending(),
        running(),
        running(),
        failed("Error"),
        failed("Error"),
    ]);
    let told: Vec<(&str, String)> = events
        .iter()
        .map(|event| (event.event.as_str(), event.occurred.to_string()))
        .collect();
    assert_eq!(
        told,
        [
            ("prefect.kubernetes.pod.pending", "2026-11-22T19:02:40Z"),
            ("prefect.kubernetes.pod.running", "2026-11-22T19:02:41Z"),
            ("prefect.kubernetes.pod.evicted", "2026-11-22T19:02:42Z"),
        ]
        .map(|(name, at)| (name, at.to_owned()))
    );
    assert_eq!(events[0].follows, None);
    assert_eq!(events[1].follows, Some(events[0].id));
    assert_eq!(events[2].follows, Some(events[1].id));
    assert_eq!(events[2].resource["kubernetes.reason"], "Error");
    assert_eq!(events[2].related.len(), 1);
}

#[test]
fn a_change_of_diagnosis_is_told_and_one_of_our_own_is_not() {
    let waiting = |reason: &str| {
        json!({"phase": "Pending", "containerStatuses": [
            {"name": "c", "restartCount": 0, "state": {"waiting": {"reason": reason}}}]})
    };
    let events = followed(vec![
        waiting("ContainerCreating"),
        waiting("ErrImagePull"),
        waiting("ImagePullBackOff"),
        waiting("ErrImagePull"),
    ]);
    let diagnoses: Vec<Option<&String>> = events
        .iter()
        .map(|event| event.resource.get("kubernetes.diagnosis"))
        .collect();
    assert_eq!(diagnoses, [None, Some(&"ImagePullError".to_owned())]);
    let events = followed(vec![
        waiting("ContainerCreating"),
        waiting("InvalidImageName"),
    ]);
    assert_eq!(events.len(), 1, "{events:?}");
}

#[test]
fn what_a_list_shows_is_doubtful() {
    let (mut replica, here) = (Replica::default(), Arc::new(()));
    let mut note = |change: Change<PodView>| replica.note(&here, &change, now());
    assert_eq!(note(Change::Restarted), Replicated::Nothing);
    let mut batches = Vec::new();
    for number in 0..AT_ONCE {
        let pod = pod(&format!("u{number}"), failed("OOMKilled"));
        match note(Change::Applied(pod)) {
            Replicated::Nothing => {}
            Replicated::Doubtful(events) => batches.push(events),
            Replicated::Event(event) => panic!("{event:?}"),
        }
    }
    assert_eq!(batches.len(), 1);
    assert_eq!(batches[0].len(), AT_ONCE);
    assert!(batches[0][0].json.contains("prefect.kubernetes.pod.failed"));
    note(Change::Applied(pod("last", running())));
    let Replicated::Doubtful(rest) = note(Change::Synced) else {
        panic!("the rest of a list")
    };
    assert_eq!(rest.len(), 1);
    // A list that is told again has nothing new.
    note(Change::Restarted);
    note(Change::Applied(pod("last", running())));
    assert_eq!(note(Change::Synced), Replicated::Nothing);
    // What was in a list is followed from then on.
    let Replicated::Event(event) = note(Change::Applied(pod("last", failed("Error")))) else {
        panic!("news")
    };
    assert_eq!(event.event, "prefect.kubernetes.pod.evicted");
    assert!(event.follows.is_some());
}

#[test]
fn what_is_long_past_is_not_told() {
    let (mut replica, here) = (Replica::default(), Arc::new(()));
    let later = now() + SignedDuration::from_hours(25);
    replica.note(&here, &Change::Restarted, later);
    let change = Change::Applied(pod("u", failed("Error")));
    replica.note(&here, &change, later);
    assert_eq!(
        replica.note(&here, &Change::Synced, later),
        Replicated::Nothing
    );
}

#[test]
fn pods_that_name_no_run_tell_nothing() {
    let (mut replica, here) = (Replica::default(), Arc::new(()));
    for value in ["not-a-uuid", "", "6f1b3f0e"] {
        let mut pod = pod("u", running());
        let labels = &mut pod.metadata.labels;
        labels.insert(label::FLOW_RUN_ID, value.to_owned());
        let told = replica.note(&here, &Change::Applied(pod), now());
        assert_eq!(told, Replicated::Nothing, "{value:?}");
    }
    let nothing = Change::Applied(pod("u", json!({})));
    let told = replica.note(&here, &nothing, now());
    assert_eq!(told, Replicated::Nothing, "no phase yet");
}

#[test]
fn a_pod_that_is_deleted_tells_its_last_state_once() {
    let (mut replica, here) = (Replica::default(), Arc::new(()));
    replica.note(&here, &Change::Applied(pod("u", running())), now());
    let gone = Change::Deleted(pod("u", running()));
    assert_eq!(replica.note(&here, &gone, now()), Replicated::Nothing);
    let (mut replica, here) = (Replica::default(), Arc::new(()));
    replica.note(&here, &Change::Applied(pod("u", running())), now());
    let gone = Change::Deleted(pod("u", failed("Error")));
    let Replicated::Event(event) = replica.note(&here, &gone, now()) else {
        panic!("the end of the pod")
    };
    assert_eq!(event.event, "prefect.kubernetes.pod.failed");
}

#[test]
fn a_place_that_is_left_is_let_go_of() {
    let (mut replica, here) = (Replica::default(), Arc::new(()));
    replica.note(&here, &Change::Applied(pod("u", running())), now());
    assert_eq!(Arc::strong_count(&here), 2);
    for change in [Change::Restarted, Change::Synced] {
        replica.note(&here, &change, now());
    }
    replica.leave(&here);
    assert_eq!(Arc::strong_count(&here), 1);
}
