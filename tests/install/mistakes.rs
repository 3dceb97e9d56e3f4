//! Mistakes in values: what is said of them, where, and with which exit code.

use serde_json::Value;

use crate::{ENOUGH, install, support::TestCommand};

#[test]
fn every_mistake_has_its_line_and_a_suggestion() {
    let values = format!("{ENOUGH}  replicacount: 2\n  image: {{debug: 'yes'}}\n");
    let said = install(&values).failure(2);
    assert_eq!(
        said.stderr,
        "error: the values have 2 mistakes
  why: standard input:5: worker.replicacount: there is no such value; did you mean replicaCount?
  why: standard input:6: worker.image.debug: a boolean is expected, not a string
hint: kubectl prefect values docs explains every value, values schema is for editors
"
    );
    assert_eq!(said.stdout, "");
}

#[test]
fn errors_are_json_too() {
    let said = install("worker: [").words("-o json").failure(2);
    let error: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(error["error"]["kind"], "Usage");
}

#[test]
fn what_is_odd_is_a_warning() {
    let values = format!("{ENOUGH}replicas: 2\n");
    let said = install(&values).run();
    assert_eq!(said.code, Some(0));
    assert_eq!(
        said.stderr,
        "warning: standard input:5: replicas: nothing reads this value\n"
    );
}

#[test]
fn a_check_finds_what_only_rendering_shows() {
    let check = |values: &str| TestCommand::new().words("values check -f -").input(values);
    let said = check(ENOUGH).run();
    assert_eq!(
        (said.code, said.stderr.as_str()),
        (Some(0), "The values are valid.\n")
    );
    let said = check(&format!(
        "{ENOUGH}  podDisruptionBudget: {{minAvailable: 1}}\n"
    ))
    .failure(2);
    assert!(
        said.stderr.contains("standard input:5: worker.podDisruptionBudget.minAvailable: no node that runs a worker could ever be drained"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_check_can_be_read_by_a_machine() {
    let values = "worker:\n  apiConfig: serve\n  serverApiConfig: {apiUrl: u}\nx: 1\n";
    let said = TestCommand::new()
        .words("values check -o json -f -")
        .input(values)
        .failure(2);
    let found: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(found["valid"], false);
    assert_eq!(found["problems"][0]["path"], "worker.apiConfig");
    assert_eq!(found["problems"][0]["line"], 2);
    assert_eq!(found["problems"][0]["source"], "standard input");
    assert_eq!(found["oldNames"][0]["path"], "worker.serverApiConfig");
    assert_eq!(found["warnings"][0]["path"], "x");
    let said = TestCommand::new()
        .words("values check -o json -f missing")
        .failure(2);
    let error: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(error["error"]["exitCode"], 2);
}
