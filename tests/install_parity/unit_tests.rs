//! The chart's own tests, which are written for helm-unittest: `tests/*_test.yaml`.

use std::path::Path;

use regex::Regex;
use serde_json::Value;

use crate::ours::{self, Case};

/// One of the chart's tests.
pub struct UnitTest {
    pub case: Case,
    asserts: Vec<Value>,
}

/// Reads the chart's tests.
pub fn read(chart: &Path) -> Vec<UnitTest> {
    let suite = std::fs::read_to_string(chart.join("tests/worker_test.yaml")).unwrap();
    let suite = ours::read(&suite).unwrap();
    let required = std::fs::read_to_string(chart.join("tests/required_values.yaml")).unwrap();
    let required = ours::read(&required).unwrap();
    let text = |pointer: &str| {
        suite
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap()
            .to_owned()
    };
    let tests = suite["tests"].as_array().unwrap();
    tests
        .iter()
        .map(|test| UnitTest {
            case: Case {
                name: test["it"].as_str().unwrap().to_owned(),
                release: text("/release/name"),
                namespace: text("/release/namespace"),
                beyond: false,
                values: merged(&required, &test["set"]),
            },
            asserts: test["asserts"].as_array().unwrap().clone(),
        })
        .collect()
}

fn merged(under: &Value, over: &Value) -> Value {
    match (under, over) {
        (under, Value::Null) => under.clone(),
        (Value::Object(under), Value::Object(over)) => {
            let mut out = under.clone();
            for (key, value) in over {
                let value = match under.get(key) {
                    Some(there) if value.is_object() => merged(there, value),
                    _ => value.clone(),
                };
                out.insert(key.clone(), value);
            }
            Value::Object(out)
        }
        (_, over) => over.clone(),
    }
}

impl UnitTest {
    /// The asserts that do not hold for what we render.
    pub fn failures(&self, objects: &[Value]) -> Vec<String> {
        let failed = self.asserts.iter().filter(|assert| !holds(assert, objects));
        failed
            .map(|assert| format!("{}: {assert}", self.case.name))
            .collect()
    }
}

fn holds(assert: &Value, objects: &[Value]) -> bool {
    let kind = match assert["template"].as_str().unwrap() {
        "deployment.yaml" => "Deployment",
        "configmap.yaml" => "ConfigMap",
        "hpa.yaml" => "HorizontalPodAutoscaler",
        "pdb.yaml" => "PodDisruptionBudget",
        "role.yaml" => "Role",
        "rolebinding.yaml" => "RoleBinding",
        "serviceaccount.yaml" => "ServiceAccount",
        other => panic!("an unknown template: {other}"),
    };
    let documents: Vec<&Value> = objects
        .iter()
        .filter(|object| object["kind"] == kind)
        .collect();
    let (check, how) = assert
        .as_object()
        .unwrap()
        .iter()
        .find(|(key, _)| *key != "template")
        .unwrap();
    if check == "hasDocuments" {
        return how["count"] == documents.len();
    }
    let found = documents
        .first()
        .and_then(|document| at(document, how["path"].as_str().unwrap()));
    let items = || found.and_then(Value::as_array).into_iter().flatten();
    let any = how["any"] == true;
    let same = |item: &Value| {
        if any {
            is_subset(&how["content"], item)
        } else {
            *item == how["content"]
        }
    };
    match check.as_str() {
        "equal" => found == Some(&how["value"]),
        "exists" => found.is_some(),
        "notExists" => found.is_none(),
        "isNullOrEmpty" => items().next().is_none(),
        "lengthEqual" => how["count"] == items().count(),
        "contains" => items().any(same),
        "notContains" => !items().any(same),
        "isSubset" => found.is_some_and(|found| is_subset(&how["content"], found)),
        // The one that there is looks into the text of the chart's script, which is not ours: the
        // pool's name is an argument there.
        "matchRegex" => {
            let pattern = how["pattern"].as_str().unwrap();
            let pool = Regex::new("^work_pool_name=\"(.*)\"$").unwrap();
            let pool = &pool.captures(pattern).unwrap()[1];
            let path = how["path"].as_str().unwrap().replace("args[0]", "args[2]");
            at(documents[0], &path) == Some(&Value::from(pool))
        }
        other => panic!("an unknown assert: {other}"),
    }
}

fn is_subset(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => part
            .iter()
            .all(|(key, value)| whole.get(key).is_some_and(|there| is_subset(value, there))),
        (part, whole) => part == whole,
    }
}

/// The value at a path: `.a.b[0]`, `["a/b"]`, `[?(@.name == "x")]`.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let steps = Regex::new(
        r#"^(?:\.(?<key>[A-Za-z0-9_-]+)|\[(?<index>\d+)\]|\["(?<quoted>[^"]+)"\]|\[\?\(@\.name == "(?<name>[^"]+)"\)\])"#,
    )
    .unwrap();
    let (mut value, mut rest) = (value, path);
    while !rest.is_empty() {
        let step = steps
            .captures(rest)
            .unwrap_or_else(|| panic!("a path that is not understood: {rest}"));
        let part = |name: &str| step.name(name).map(|found| found.as_str());
        value = if let Some(key) = part("key").or_else(|| part("quoted")) {
            value.get(key)?
        } else if let Some(index) = part("index") {
            value.get(index.parse::<usize>().unwrap())?
        } else {
            let name = part("name")?;
            value.as_array()?.iter().find(|item| item["name"] == name)?
        };
        rest = &rest[step.get(0).unwrap().end()..];
    }
    Some(value)
}
