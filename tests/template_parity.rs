//! The same cases through the Python worker's own code and through ours: the Jobs must be equal to
//! the letter, order of keys included, and what fails there must fail here.
//!
//! Needs a Python with prefect 3.8.8 and prefect-kubernetes 0.8.0, named by
//! `KUBECTL_PREFECT_TEST_PYTHON`; `skip` as its value leaves these tests out.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "template/cases.rs"]
mod cases;
#[path = "template/generate.rs"]
mod generate;
#[path = "template/ours.rs"]
mod ours;
#[path = "support/piped.rs"]
mod piped;

use std::{process::Command, sync::LazyLock};

use kubectl_prefect::template::{default_base_job_template, python, shell, slug};
use piped::piped;
use serde_json::{Value, json};

const PYTHON: &str = "KUBECTL_PREFECT_TEST_PYTHON";
/// Takes the place of [`USUAL_SEED`], to look elsewhere.
const SEED: &str = "KUBECTL_PREFECT_TEST_SEED";
const USUAL_SEED: u64 = 20_251_122;
const GENERATED_CASES: usize = 600;
const GENERATED_TEXTS: usize = 3000;

/// Everything both sides are asked, and Python's answers. Python is started once.
struct Parity {
    asked: Value,
    answered: Value,
}

static PARITY: LazyLock<Option<Parity>> = LazyLock::new(|| {
    let python = python_to_ask()?;
    let seed = variable(SEED).map_or(USUAL_SEED, |seed| seed.parse().unwrap());
    let mut cases = cases::picked();
    cases.extend(generate::cases(seed, GENERATED_CASES));
    let asked = json!({
        "cases": cases,
        "texts": generate::values(seed, GENERATED_TEXTS),
        "lines": generate::lines(seed, GENERATED_TEXTS),
        "slugs": generate::texts(seed, GENERATED_TEXTS),
        "manifests": generate::manifests(seed, GENERATED_CASES),
    });
    let answered = ask(&python, &asked);
    Some(Parity { asked, answered })
});

#[expect(
    clippy::disallowed_methods,
    reason = "tests are configured by the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn python_to_ask() -> Option<String> {
    let python = variable(PYTHON).unwrap_or_else(|| {
        panic!(
            "{PYTHON} is not set: name a Python that has prefect 3.8.8 and prefect-kubernetes \
             0.8.0 (tests/cluster/requirements.txt), or set it to `skip`; `make test` does"
        )
    });
    (python != "skip").then_some(python)
}

fn ask(python: &str, asked: &Value) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/template/reference.py");
    let output = piped(
        Command::new(python).arg(script),
        asked.to_string().as_bytes(),
    );
    assert!(output.status.success(), "{script} failed: see its stderr");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Compares answers one by one and reports all differences.
fn compare(what: &str, answer: impl Fn(&Value) -> Value) {
    let Some(parity) = &*PARITY else { return };
    let asked = parity.asked[what].as_array().unwrap();
    let answered = parity.answered[what].as_array().unwrap();
    assert_eq!(asked.len(), answered.len());
    let differences: Vec<_> = asked
        .iter()
        .zip(answered)
        .filter_map(|(question, theirs)| difference(question, theirs, &answer(question)))
        .collect();
    assert!(
        differences.is_empty(),
        "{} of {} {what} differ:\n{}",
        differences.len(),
        asked.len(),
        differences
            .iter()
            .take(20)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n\n")
    );
}

/// Text, so that the order of keys counts.
fn difference(question: &Value, theirs: &Value, ours: &Value) -> Option<String> {
    let (theirs, ours) = (theirs.to_string(), ours.to_string());
    let name = question.get("name").unwrap_or(question);
    (theirs != ours).then(|| {
        let equal = theirs
            .bytes()
            .zip(ours.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        let around = |text: &str| {
            let bytes = &text.as_bytes()[equal.saturating_sub(80)..text.len().min(equal + 120)];
            String::from_utf8_lossy(bytes).into_owned()
        };
        format!(
            "{name}\n  python: {}\n    ours: {}",
            around(&theirs),
            around(&ours)
        )
    })
}

/// What both sides say about a case, in a form that can be compared: of a failure only that it is
/// one.
/// The one difference that is meant: names that are all signs, which the Python worker leaves in
/// labels as they are. Kubernetes refuses such a Job, so ours has an empty label.
fn without_impossible_names(job: &Value) -> Value {
    match job {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| {
                let is_name = key.starts_with("prefect.io/") && key.ends_with("-name")
                    || key == "app.kubernetes.io/name";
                let is_impossible =
                    |text: &str| !text.is_ascii() && !text.contains(char::is_alphanumeric);
                let value = match value.as_str() {
                    Some(text) if is_name && is_impossible(text) => Value::from(""),
                    _ => without_impossible_names(value),
                };
                (key.clone(), value)
            })
            .collect(),
        Value::Array(items) => items.iter().map(without_impossible_names).collect(),
        other => other.clone(),
    }
}

#[test]
fn jobs_are_those_of_the_python_worker() {
    let Some(parity) = &*PARITY else { return };
    let asked = parity.asked["cases"].as_array().unwrap();
    let answered = parity.answered["cases"].as_array().unwrap();
    let mut differences = Vec::new();
    for (case, theirs) in asked.iter().zip(answered) {
        let ours = ours::submit(case);
        let explained = |result: &Value| result["error"].to_string();
        match (theirs.get("ok"), &ours) {
            (Some(theirs), Ok(ours)) => {
                let theirs = without_impossible_names(theirs);
                differences.extend(difference(case, &theirs, ours));
            }
            (None, Err(_)) => {}
            (Some(_), Err(error)) => {
                differences.push(format!("{}: only ours fails: {error}", case["name"]))
            }
            (None, Ok(_)) => differences.push(format!(
                "{}: only Python fails: {}",
                case["name"],
                explained(theirs)
            )),
        }
    }
    let failures = answered
        .iter()
        .filter(|theirs| theirs.get("ok").is_none())
        .count();
    assert!(
        differences.is_empty(),
        "{} of {} Jobs differ:\n{}",
        differences.len(),
        asked.len(),
        differences
            .iter()
            .take(20)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n\n")
    );
    // A harness in which everything fails would find no difference either.
    assert!(
        failures * 2 < asked.len(),
        "{failures} of {} cases fail in Python: the cases say little",
        asked.len()
    );
}

#[test]
fn texts_are_those_of_python() {
    compare("texts", |value| python::to_text(value).into());
}

fn answers(name: &'static str) -> Option<(&'static [Value], &'static [Value])> {
    let parity = PARITY.as_ref()?;
    let asked = match name {
        "words" => "lines",
        same => same,
    };
    Some((
        parity.asked[asked].as_array()?,
        parity.answered[name].as_array()?,
    ))
}

#[test]
fn words_are_those_of_shlex() {
    let Some((lines, words)) = answers("words") else {
        return;
    };
    for (line, theirs) in lines.iter().zip(words) {
        let ours: Value = shell::split(line.as_str().unwrap()).ok().into();
        assert_eq!(&ours, theirs, "{line}");
    }
}

#[test]
fn slugs_are_those_of_the_python_worker() {
    compare("slugs", |text| {
        let text = text.as_str().unwrap();
        json!([
            slug::name(text),
            slug::label_value(text),
            slug::label_key(text)
        ])
    });
}

/// Letters that Unicode took up after the reference's Python: it has no decomposition for them.
const NEW_LETTERS: [char; 7] = [
    '\u{558}', '\u{58b}', '\u{58c}', '\u{209d}', '\u{209e}', '\u{209f}', '\u{a7f1}',
];

#[test]
fn every_character_has_the_same_slug() {
    let Some(parity) = &*PARITY else { return };
    let theirs = parity.answered["characters"].as_array().unwrap();
    let characters = (0..0x1_0000).filter_map(char::from_u32);
    let differences: Vec<_> = characters
        .zip(theirs)
        .filter(|(character, _)| !NEW_LETTERS.contains(character))
        .filter(|(character, theirs)| slug::label_value(&format!("a{character}b")) != **theirs)
        .map(|(character, theirs)| {
            let ours = slug::label_value(&format!("a{character}b"));
            format!(
                "U+{:04X}: python {theirs}, ours {ours:?}",
                u32::from(character)
            )
        })
        .collect();
    assert!(
        differences.is_empty(),
        "{}:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn manifests_are_judged_as_by_the_python_worker() {
    compare("manifests", ours::judge);
}

#[test]
fn the_default_template_is_that_of_the_python_worker() {
    let Some(parity) = &*PARITY else { return };
    let mut theirs = parity.answered["default_template"].clone();
    let mut ours = default_base_job_template();
    for template in [&mut theirs, &mut ours] {
        remove_descriptions(template);
    }
    assert_eq!(theirs.to_string(), ours.to_string());
}

fn remove_descriptions(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.get("description").is_some_and(Value::is_string) {
                members.shift_remove("description");
            }
            members.values_mut().for_each(remove_descriptions);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_descriptions),
        _ => {}
    }
}
