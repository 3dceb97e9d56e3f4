//! A panic: what it says, and what it keeps to itself.

use std::process::Command;

use kubectl_prefect::ui::{self, log::LogFormat};
use serde_json::Value;

/// Chooses a panic of `panics`, which runs in a process of its own.
const WHICH: &str = "KUBECTL_PREFECT_TEST_PANIC";
/// Chooses JSON.
const AS_JSON: &str = "KUBECTL_PREFECT_TEST_PANIC_JSON";
const SECRET: &str = "pnu_hunter2";

#[test]
#[ignore = "panics: the test below runs it in a process of its own"]
#[allow(
    clippy::disallowed_methods,
    reason = "tests have no Environment of their own"
)]
fn panics() {
    ui::tell_of_panics(LogFormat::Text);
    if std::env::var_os(AS_JSON).is_some() {
        ui::tell_of_panics(LogFormat::Json);
    }
    match std::env::var(WHICH).as_deref() {
        Ok("in words of the source") => panic!("the impossible has come"),
        Ok("with data") => panic!("no {SECRET} here"),
        Ok("in another's code") => assert_eq!(&SECRET[..SECRET.len() + 1], ""),
        other => panic!("{other:?}"),
    }
}

/// What a panic says on both streams, in a process of its own.
fn said(which: &str, as_json: bool) -> (String, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "panics::panics", "--nocapture"])
        .env_clear()
        .env(WHICH, which)
        .env("RUST_BACKTRACE", "full");
    if as_json {
        command.env(AS_JSON, "1");
    }
    let output = command.output().unwrap();
    assert!(!output.status.success());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stderr), text(&output.stdout))
}

#[test]
fn a_panic_tells_how_to_report_it_and_no_secret() {
    for (which, words) in [
        ("in words of the source", Some("the impossible has come")),
        ("with data", None),
        ("in another's code", None),
    ] {
        let (said, beside) = said(which, false);
        assert!(
            said.starts_with("error: this is a bug in kubectl-prefect\n"),
            "{said}"
        );
        assert!(said.contains(ui::BUGS), "{said}");
        assert!(said.contains("panics.rs:"), "{said}");
        assert!(said.contains(env!("CARGO_PKG_VERSION")), "{said}");
        assert!(said.contains("kubectl prefect report"), "{said}");
        assert_eq!(said.contains("impossible"), words.is_some(), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        assert!(!beside.contains("hunter2"), "{beside}");
    }
}

#[test]
fn a_panic_of_a_worker_that_logs_json_is_one_line_of_json() {
    for which in ["in words of the source", "with data"] {
        let (said, beside) = said(which, true);
        let lines: Vec<&str> = said.lines().collect();
        let [line] = lines.as_slice() else {
            panic!("not one line: {said}");
        };
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["level"], "ERROR", "{line}");
        assert_eq!(line["message"], "this is a bug in kubectl-prefect");
        assert!(line["timestamp"].is_string(), "{line}");
        let cause = line["causes"][0].as_str().unwrap();
        assert!(cause.contains("panics.rs:"), "{line}");
        let hint = line["hints"][0].as_str().unwrap();
        assert!(
            hint.contains(ui::BUGS) && hint.contains(env!("CARGO_PKG_VERSION")),
            "{line}"
        );
        assert!(!said.contains("hunter2") && !beside.contains("hunter2"));
    }
}
