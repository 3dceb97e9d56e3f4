//! A real API server takes what is rendered: every set of values of the comparison with Helm.

use serde_json::{Value, json};

use crate::{
    ours::{self, Case},
    support,
};

/// Sets that the chart's schema allows and no API server takes.
const REFUSED: [&str; 1] = ["security of the pod"];

fn list(cases: &[&Case], namespace: &str) -> String {
    let mut objects: Vec<Value> = cases
        .iter()
        .flat_map(|case| ours::objects(case).unwrap())
        .collect();
    for object in &mut objects {
        object["metadata"]["namespace"] = namespace.into();
    }
    json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string()
}

#[test]
fn the_api_server_takes_every_set() {
    let cluster = support::cluster();
    let namespace = cluster.namespace("install");
    let cases = ours::cases();
    let is_refused = |case: &&Case| REFUSED.contains(&case.name.as_str());
    let taken: Vec<&Case> = cases.iter().filter(|case| !is_refused(case)).collect();
    assert_eq!(taken.len() + REFUSED.len(), cases.len());
    let dry_run = [
        "apply",
        "--dry-run=server",
        "--validate=strict",
        "-o",
        "name",
        "-f",
        "-",
    ];
    let names = cluster.kubectl_with_input(&dry_run, &list(&taken, &namespace.name));
    assert!(names.lines().count() > 4 * taken.len(), "{names}");
}
