//! What we render, beside what Helm renders of the prefect-worker chart from the same values.
//!
//! The comparison needs the chart's folder, with bitnami's `common` under its `charts` folder, named
//! by `KUBECTL_PREFECT_TEST_CHART`, and a Python with `helm-python-sdk`, named by
//! `KUBECTL_PREFECT_TEST_HELM_PYTHON`. Without them the tests say so and compare with nothing but the
//! committed snapshots.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod generate;
mod helm;
mod normal;
mod ours;
#[path = "../support/piped.rs"]
mod piped;
mod unit_tests;

use helm::HELM;
use std::io::Write;

use kubectl_prefect::{
    error::Error,
    install::values::schema::{Schema, alternatives, defaults, properties},
};
use ours::Case;
use serde_json::Value;

/// Says something that is seen also when the tests pass.
fn say(text: &str) {
    // There is nobody to tell that it cannot be said.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn report(what: &str, asked: usize, differences: &[String]) {
    assert!(
        differences.is_empty(),
        "{} of {asked} {what} differ from Helm:\n{}",
        differences.len(),
        differences
            .iter()
            .take(30)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
}

/// Sets of the chart's own tests that are refused here, with what the refusal says.
const REFUSED: [(&str, &str); 2] = [
    (
        "Should create PDB with minAvailable",
        "could ever be drained",
    ),
    (
        "Should scope PDB to the worker fullname without changing the Deployment selector",
        "could ever be drained",
    ),
];

#[test]
fn objects_are_those_of_helm() {
    let Some(helm) = &*HELM else { return };
    let mut differences = Vec::new();
    for (case, theirs) in helm
        .cases
        .iter()
        .zip(helm.answers["cases"].as_array().unwrap())
    {
        let ours = ours::objects(case);
        if let Some((_, why)) = REFUSED.iter().find(|(name, _)| *name == case.name) {
            let error = ours.unwrap_err().one_line();
            assert!(error.contains(why), "{}: {error}", case.name);
            continue;
        }
        match (theirs.get("ok"), ours) {
            (Some(theirs), Ok(ours)) => {
                let theirs = normal::objects(theirs.as_array().unwrap());
                let found = normal::differences(&theirs.into(), &normal::objects(&ours).into());
                differences.extend(
                    found
                        .into_iter()
                        .map(|line| format!("{}: {line}", case.name)),
                );
            }
            (None, Err(_)) => {}
            (Some(_), Err(error)) => {
                differences.push(format!(
                    "{}: only we refuse: {}",
                    case.name,
                    error.one_line()
                ));
            }
            (None, Ok(_)) => {
                differences.push(format!(
                    "{}: only Helm refuses: {}",
                    case.name, theirs["error"]
                ));
            }
        }
    }
    report("sets of values", helm.cases.len(), &differences);
    say(&format!(
        "{} sets of values render as with Helm",
        helm.cases.len() - REFUSED.len()
    ));
}

#[test]
fn yaml_is_read_as_by_helm() {
    let Some(helm) = &*HELM else { return };
    let mut differences = Vec::new();
    let mut read = 0;
    for (text, theirs) in helm
        .texts
        .iter()
        .zip(helm.answers["texts"].as_array().unwrap())
    {
        match (theirs.get("ok"), ours::read(text)) {
            (Some(theirs), Ok(ours)) => {
                read += 1;
                let found = normal::differences(theirs, &ours);
                differences.extend(found.into_iter().map(|line| format!("{text:?}: {line}")));
            }
            (None, Err(_)) => {}
            (Some(theirs), Err(error)) => {
                differences.push(format!(
                    "{text:?}: only we refuse {theirs}: {}",
                    error.one_line()
                ));
            }
            (None, Ok(ours)) => {
                differences.push(format!(
                    "{text:?}: only Helm refuses {ours}: {}",
                    theirs["error"]
                ));
            }
        }
    }
    report("texts", helm.texts.len(), &differences);
    assert!(
        read * 2 > helm.texts.len(),
        "only {read} of {} texts say something",
        helm.texts.len()
    );
}

/// What Helm drops without a word: a path that ends before its value, or a name that is empty.
fn is_incomplete(error: &Error) -> bool {
    let reasons = [
        "] has no value",
        "nothing is named after",
        "a name is missing",
    ];
    reasons
        .iter()
        .any(|reason| error.causes[0].contains(reason))
}

#[test]
fn expressions_of_set_are_read_as_by_helm() {
    let Some(helm) = &*HELM else { return };
    let mut differences = Vec::new();
    let mut read = 0;
    let answers = helm.answers["expressions"].as_array().unwrap();
    for ((how, text), theirs) in helm.expressions.iter().zip(answers) {
        match (theirs.get("ok"), ours::set(how, text)) {
            // Helm forgets an item of a list whose last value is empty at the very end.
            (Some(_), Ok(_)) if text.contains('[') && text.ends_with('=') => {}
            (Some(theirs), Ok(ours)) => {
                read += 1;
                let found = normal::differences(theirs, &ours);
                differences.extend(
                    found
                        .into_iter()
                        .map(|line| format!("{how} {text:?}: {line}")),
                );
            }
            (None, Err(_)) => {}
            (Some(_), Err(error)) if is_incomplete(&error) => {}
            // What is null takes members here; in Helm it is the end.
            (None, Ok(_))
                if theirs["error"]
                    .as_str()
                    .unwrap()
                    .contains("interface {} is nil") => {}
            (Some(theirs), Err(error)) => {
                differences.push(format!(
                    "{how} {text:?}: only we refuse {theirs}: {}",
                    error.one_line()
                ));
            }
            (None, Ok(ours)) => {
                differences.push(format!(
                    "{how} {text:?}: only Helm refuses {ours}: {}",
                    theirs["error"]
                ));
            }
        }
    }
    report("expressions", helm.expressions.len(), &differences);
    assert!(
        read * 4 > helm.expressions.len(),
        "only {read} of {} say something",
        helm.expressions.len()
    );
}

/// Reasons of ours to refuse what Go has an answer to that helps nobody: `map[k:v]`, `<nil>`, 0.
const GO_ALONE: [&str; 4] = [
    "a map has no text: use toJson",
    "a list has no text: use toJson or join",
    "a value that is not set has no text: use default",
    "a whole number is expected",
];

#[test]
fn templates_are_evaluated_as_by_helm() {
    let Some(helm) = &*HELM else { return };
    let mut differences = Vec::new();
    let mut evaluated = 0;
    let answers = helm.answers["templates"].as_array().unwrap();
    for (case, theirs) in helm.templates.iter().zip(answers) {
        let ours = ours::objects(case).map(|objects| {
            let deployment = objects
                .iter()
                .find(|object| object["kind"] == "Deployment")
                .unwrap();
            deployment["spec"]["template"]["metadata"]["annotations"]["a"].clone()
        });
        match (theirs.get("ok"), ours) {
            (Some(theirs), Ok(ours)) if *theirs == ours => evaluated += 1,
            // A complaint of Go's printf, in the middle of the text.
            (Some(theirs), Ok(_)) if theirs.as_str().unwrap().contains("%!") => {}
            (Some(theirs), Ok(ours)) => {
                differences.push(format!("{}: {theirs} -> {ours}", case.name));
            }
            (Some(_), Err(error)) if GO_ALONE.contains(&error.causes[0].as_str()) => {}
            (Some(theirs), Err(error)) => {
                let why = error.causes.join(": ");
                differences.push(format!("{}: only we refuse {theirs}: {why}", case.name));
            }
            // Go's functions do not take a number for a text.
            (None, _) => {}
        }
    }
    report("templates", helm.templates.len(), &differences);
    assert!(
        evaluated * 2 > helm.templates.len(),
        "only {evaluated} are evaluated"
    );
}

#[test]
fn the_charts_own_tests_pass() {
    let Some(helm) = &*HELM else { return };
    let tests = unit_tests::read(&helm.chart);
    assert!(tests.len() > 50, "only {} tests in the chart", tests.len());
    let mut failures = Vec::new();
    for test in &tests {
        if REFUSED.iter().any(|(name, _)| *name == test.case.name) {
            continue;
        }
        match ours::objects(&test.case) {
            Ok(objects) => failures.extend(test.failures(&objects)),
            Err(error) => failures.push(format!("{}: {}", test.case.name, error.one_line())),
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
    say(&format!(
        "{} tests of the chart pass",
        tests.len() - REFUSED.len()
    ));
}

#[test]
fn the_defaults_are_the_charts() {
    let Some(helm) = &*HELM else { return };
    let text = std::fs::read_to_string(helm.chart.join("values.yaml")).unwrap();
    let mut ours = defaults().to_json();
    // What goes beyond the chart, and one name that stands there as a comment.
    for (pointer, key) in [
        ("", "extraManifests"),
        ("/worker", "engine"),
        ("/worker/config", "defaultJobNamespace"),
        ("/worker", "topologySpreadConstraints"),
        ("/worker", "podAntiAffinityPreset"),
        ("/worker", "lifecycle"),
        ("/worker/config/baseJobTemplate", "name"),
    ] {
        let members = ours.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        assert!(members.shift_remove(key).is_some(), "{key}");
    }
    let theirs = ours::read(&text).unwrap();
    assert_eq!(normal::differences(&theirs, &ours), Vec::<String>::new());
}

/// What each set changes of the defaults' objects, for those who read a change of the renderer.
#[test]
fn renderings_are_those_of_the_snapshot() {
    let cases = ours::cases();
    let base = ours::objects(&cases[0]).unwrap();
    insta::assert_json_snapshot!("defaults", base);
    let base = by_kind(&base);
    let mut text = String::new();
    for case in &cases[1..] {
        let objects =
            ours::objects(case).unwrap_or_else(|error| panic!("{}: {error:?}", case.name));
        text.push_str(&format!("== {}\n", case.name));
        for line in normal::differences(&base, &by_kind(&objects)) {
            text.push_str(&format!("{line}\n"));
        }
    }
    insta::assert_snapshot!("changes", text);
}

/// Objects by their kind, of which no set has two.
fn by_kind(objects: &[Value]) -> Value {
    let kind = |object: &Value| object["kind"].as_str().unwrap().to_owned();
    objects
        .iter()
        .map(|object| (kind(object), object.clone()))
        .collect()
}

/// Without the value, the set renders something else, or nothing at all.
#[test]
fn every_value_has_a_set_in_which_it_has_an_effect() {
    let cases = ours::cases();
    let has_effect = |case: &Case, path: &str| {
        let mut without = case.clone();
        let keys: Vec<&str> = path.split('.').collect();
        take(&mut without.values, &keys)
            && ours::objects(&without).ok() != Some(ours::objects(case).unwrap())
    };
    let without_effect: Vec<String> = leaves()
        .into_iter()
        .filter(|path| !cases.iter().any(|case| has_effect(case, path)))
        .collect();
    assert_eq!(without_effect, Vec::<String>::new());
}

/// Takes a value out; whether it was there.
fn take(values: &mut Value, path: &[&str]) -> bool {
    let (last, parents) = path.split_last().unwrap();
    parents
        .iter()
        .try_fold(values, |value, key| value.get_mut(*key))
        .and_then(Value::as_object_mut)
        .is_some_and(|members| members.shift_remove(*last).is_some())
}

/// The paths of all values that are no groups.
fn leaves() -> Vec<String> {
    fn visit(schema: &Value, path: &str, out: &mut Vec<String>) {
        for (key, property) in properties(schema).into_iter().flatten() {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            if properties(property).is_none() {
                assert!(!alternatives(property).is_empty());
                out.push(path.clone());
            }
            visit(property, &path, out);
        }
    }
    let mut out = Vec::new();
    visit(Schema::get().root(), "", &mut out);
    assert!(out.len() > 100, "only {} values", out.len());
    out
}
