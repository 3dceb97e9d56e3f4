//! `install` and `values` as a user runs them: without a cluster, but for what an API server takes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod mistakes;
mod offline;
mod on_cluster;
#[path = "../install_parity/ours.rs"]
#[allow(dead_code, reason = "shared with the comparison with Helm")]
mod ours;
mod sources;
#[path = "../support/mod.rs"]
mod support;
mod values;

use serde_json::Value;
use support::TestCommand;

/// Values that are enough.
const ENOUGH: &str = "\
worker:
  apiConfig: selfHostedServer
  config: {workPool: my pool}
  selfHostedServerApiConfig: {apiUrl: http://prefect-server:4200/api}
";

/// `install --dry-run=client` with values on standard input.
fn install(values: &str) -> TestCommand {
    TestCommand::new()
        .words("install --dry-run=client -f -")
        .input(values)
}

/// The objects that are printed as JSON.
fn objects(command: TestCommand) -> Vec<Value> {
    let list: Value = serde_json::from_str(&command.words("-o json").success()).unwrap();
    assert_eq!(list["kind"], "List");
    list["items"].as_array().unwrap().clone()
}
