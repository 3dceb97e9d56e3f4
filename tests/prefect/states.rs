//! Proposals whose answers get lost.

use std::sync::{Arc, Mutex};

use kubectl_prefect::prefect::{Budget, FlowRunId, ProposedState, StateOutcome};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Act, Scripted, client};

/// A server that keeps a run's state by Prefect's rules, and loses the first answer to a change.
async fn forgetful(loses: usize) -> Scripted {
    let present: Arc<Mutex<Option<Value>>> = Arc::default();
    let lost = Mutex::new(0);
    Scripted::start(move |_, head, body| {
        let mut present = present.lock().unwrap();
        if head.starts_with("GET") {
            return Act::Answer(
                200,
                json!({"id": Uuid::nil(), "flow_id": Uuid::nil(), "state": *present}),
            );
        }
        let request: Value = serde_json::from_str(body).unwrap();
        let proposed = &request["state"];
        let same = present.as_ref().is_some_and(|state| {
            state["state_details"]["transition_id"] == proposed["state_details"]["transition_id"]
        });
        if same && request["force"] == false {
            let answer = json!({"status": "REJECT", "state": *present,
                "details": {"reason": "This run has already made this state transition."}});
            return Act::Answer(200, answer);
        }
        if present.is_some() && request["force"] == false {
            let answer = json!({"status": "ABORT", "state": null,
                "details": {"reason": "This run is in a PENDING state and cannot transition."}});
            return Act::Answer(200, answer);
        }
        let mut state = proposed.clone();
        state["id"] = json!(Uuid::new_v4());
        *present = Some(state.clone());
        let mut lost = lost.lock().unwrap();
        *lost += 1;
        if *lost <= loses {
            return Act::Drop;
        }
        Act::Answer(
            201,
            json!({"status": "ACCEPT", "state": state, "details": {}}),
        )
    })
    .await
}

const RUN: FlowRunId = FlowRunId(Uuid::nil());

#[tokio::test]
async fn a_worker_does_not_lose_a_run_to_itself() {
    let server = forgetful(1).await;
    let client = client(&server.url());
    let outcome = client
        .set_state(RUN, &ProposedState::pending())
        .await
        .unwrap();
    assert!(
        matches!(outcome, StateOutcome::Accepted { repeated: true, .. }),
        "{outcome:?}"
    );
    assert_eq!(server.requests().len(), 2);
    let second = client
        .set_state(RUN, &ProposedState::pending())
        .await
        .unwrap();
    assert!(matches!(second, StateOutcome::Aborted { .. }), "{second:?}");
}

#[tokio::test]
async fn a_forced_state_is_written_once() {
    let server = forgetful(1).await;
    let outcome = client(&server.url())
        .force_state(RUN, &ProposedState::cancelled("over"))
        .await
        .unwrap();
    assert!(
        matches!(outcome, StateOutcome::Accepted { repeated: true, .. }),
        "{outcome:?}"
    );
    let methods: Vec<_> = server
        .requests()
        .iter()
        .map(|head| head.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(methods, ["POST", "GET"]);
}

#[tokio::test]
async fn a_forced_state_that_got_lost_is_set_again_but_not_for_ever() {
    let server = Scripted::start(|number, head, _| {
        if head.starts_with("GET") {
            Act::Answer(
                200,
                json!({"id": RUN, "flow_id": Uuid::nil(), "state": null}),
            )
        } else if number < 9 {
            Act::Drop
        } else {
            Act::Answer(
                201,
                json!({"status": "ACCEPT", "details": {},
                "state": {"id": Uuid::nil(), "type": "CANCELLED"}}),
            )
        }
    })
    .await;
    let proposal = ProposedState::cancelled("over");
    let client = client(&server.url());
    let error = client.force_state(RUN, &proposal).await.unwrap_err();
    assert!(error.may_be_done);
    assert_eq!(server.requests().len(), 6);
    let patient = client.with_budget(Budget::Forever);
    let outcome = patient.force_state(RUN, &proposal).await.unwrap();
    assert!(outcome.accepted().is_some());
}
