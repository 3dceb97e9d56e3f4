//! Asks Helm, through Python.

use std::{path::PathBuf, process::Command, sync::LazyLock};

use serde_json::{Value, json};

use crate::{
    generate,
    ours::{self, Case},
    piped::piped,
    say, unit_tests,
};

const CHART: &str = "KUBECTL_PREFECT_TEST_CHART";
const PYTHON: &str = "KUBECTL_PREFECT_TEST_HELM_PYTHON";

/// What Helm was asked, and what it says.
pub struct Helm {
    pub chart: PathBuf,
    pub cases: Vec<Case>,
    pub texts: Vec<String>,
    pub expressions: Vec<(&'static str, String)>,
    pub templates: Vec<Case>,
    pub answers: Value,
}

/// Helm's answers, for which it is asked once; none where it is not at hand.
pub static HELM: LazyLock<Option<Helm>> = LazyLock::new(|| {
    let (Some(chart), Some(python)) = (variable(CHART), variable(PYTHON)) else {
        say(&format!(
            "not compared with Helm: {CHART} and {PYTHON} are not both set"
        ));
        return None;
    };
    let chart = PathBuf::from(chart);
    let mut cases: Vec<Case> = ours::cases()
        .into_iter()
        .filter(|case| !case.beyond)
        .collect();
    cases.extend(unit_tests::read(&chart).into_iter().map(|test| test.case));
    let texts = generate::texts();
    let expressions = generate::expressions();
    let templates: Vec<Case> = generate::templates()
        .iter()
        .map(|values| Case {
            name: values["worker"]["podAnnotations"]["a"].to_string(),
            release: "test".to_owned(),
            namespace: "prefect".to_owned(),
            beyond: false,
            values: ours::with_needed(values),
        })
        .collect();
    let in_json = |cases: &[Case]| -> Value {
        let one = |case: &Case| json!({"values": case.values, "release": case.release, "namespace": case.namespace});
        cases.iter().map(one).collect()
    };
    let asked = json!({
        "chart": chart,
        "cases": in_json(&cases),
        "templates": in_json(&templates),
        "texts": texts,
        "expressions": expressions,
    });
    let answers = ask(&python, &asked);
    Some(Helm {
        chart,
        cases,
        texts,
        expressions,
        templates,
        answers,
    })
});

#[expect(
    clippy::disallowed_methods,
    reason = "tests are configured by the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn ask(python: &str, asked: &Value) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/install_parity/helm.py");
    let output = piped(
        Command::new(python).arg(script),
        asked.to_string().as_bytes(),
    );
    assert!(output.status.success(), "{script} failed: see its stderr");
    serde_json::from_slice(&output.stdout).unwrap()
}
