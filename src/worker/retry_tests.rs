//! The decisions about retries of infrastructure.

use serde_json::json;
use uuid::Uuid;

use super::*;

fn states(names: &[(&str, &str)]) -> Vec<State> {
    let state = |(number, (kind, name)): (usize, &(&str, &str))| {
        let state = json!({
            "id": Uuid::from_u128(number as u128), "type": kind, "name": name,
            "timestamp": format!("2026-01-02T03:04:{number:02}Z"),
        });
        serde_json::from_value(state).unwrap()
    };
    names.iter().enumerate().map(state).collect()
}

#[test]
fn what_a_history_says_of_retries() {
    let scheduled = ("SCHEDULED", "Scheduled");
    let again = ("SCHEDULED", RETRY);
    let pending = ("PENDING", "Pending");
    let running = ("RUNNING", "Running");
    let late = ("SCHEDULED", "Late");
    type Row = (&'static str, Vec<(&'static str, &'static str)>, u32, bool);
    let table: [Row; 6] = [
        ("a first attempt", vec![scheduled, pending], 0, false),
        (
            "a third, and late",
            vec![
                scheduled, late, pending, again, pending, again, late, pending,
            ],
            2,
            false,
        ),
        ("it began", vec![scheduled, pending, running], 0, true),
        (
            "it began after a retry",
            vec![scheduled, pending, again, pending, running],
            1,
            true,
        ),
        (
            "a person tried it again",
            vec![
                scheduled,
                pending,
                again,
                pending,
                running,
                ("FAILED", "Failed"),
                ("SCHEDULED", "AwaitingRetry"),
                pending,
            ],
            0,
            false,
        ),
        ("nothing is known", vec![], 0, false),
    ];
    for (name, names, used, began) in table {
        let mut states = states(&names);
        states.reverse();
        assert_eq!(Record::of(&states), Record { used, began }, "{name}");
    }
}

fn run(state: Option<&State>) -> FlowRunNow {
    let run = json!({"id": Uuid::nil(), "name": "a", "flow_id": Uuid::nil()});
    let mut run: FlowRunNow = serde_json::from_value(run).unwrap();
    run.state = state.cloned();
    run
}

#[test]
fn a_retry_is_for_a_run_that_is_where_it_was() {
    let scheduled = ("SCHEDULED", "Scheduled");
    let pending = ("PENDING", "Pending");
    let cancelled = ("CANCELLED", "Cancelled");
    // The history, how much of it was read, the attempt, and whether it is tried again.
    let table = [
        ("it is", vec![scheduled, pending], 2, Some(0), true),
        (
            "of no known attempt",
            vec![scheduled, pending],
            2,
            None,
            true,
        ),
        (
            "a later attempt",
            vec![scheduled, pending, scheduled, pending],
            4,
            Some(0),
            false,
        ),
        (
            "it moved on since the history was read",
            vec![scheduled, pending, scheduled, pending],
            2,
            Some(0),
            false,
        ),
        (
            "cancelled",
            vec![scheduled, pending, cancelled],
            2,
            Some(0),
            false,
        ),
        (
            "taken from its end by a late proposal",
            vec![scheduled, pending, cancelled, pending],
            4,
            Some(0),
            false,
        ),
    ];
    for (name, names, read, attempt, expected) in table {
        let states = states(&names);
        let attempt = attempt.map(|number| StateId(Uuid::from_u128(number)));
        let run = run(states.last());
        let is_at = is_at(Some(&run), &states[..read], attempt);
        assert_eq!(is_at, expected, "{name}");
    }
    assert!(!is_at(None, &[], None), "it is gone");
    assert!(!is_at(Some(&run(None)), &[], None), "it has no state");
}

#[test]
fn an_attempt_that_was_put_back_twice_counts_once() {
    let (scheduled, again) = (("SCHEDULED", "Scheduled"), ("SCHEDULED", RETRY));
    let pending = ("PENDING", "Pending");
    let late = ("SCHEDULED", "Late");
    let mut states = states(&[
        scheduled, pending, again, again, pending, again, late, again, pending, again, pending,
    ]);
    // The second and the third attempt were put back by two replicas each.
    for (number, proposal) in [(2, 1), (3, 1), (5, 2), (7, 2), (9, 3)] {
        let proposal = Uuid::from_u128(proposal);
        states[number].details.transition_id = Some(crate::prefect::TransitionId(proposal));
    }
    assert_eq!(Record::of(&states).used, 3);
}

#[test]
fn tries_end_and_pauses_grow() {
    let record = |used, began| Record { used, began };
    assert!(!record(0, false).allows(0), "off by default");
    assert!(record(0, false).allows(1));
    assert!(!record(1, false).allows(1));
    assert!(!record(0, true).allows(9), "its flow began");
    let seconds = |used, random| record(used, false).pause(random).as_secs();
    assert_eq!(
        [0, 1, 2, 4, 99].map(|used| seconds(used, 0.0)),
        [20, 40, 80, 300, 300]
    );
    assert_eq!(seconds(0, 1.0), 24);
}
