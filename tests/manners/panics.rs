//! A panic: what it says, and what it keeps to itself.

use std::process::Command;

use kubectl_prefect::ui;

/// Chooses a panic of `panics`, which runs in a process of its own.
const WHICH: &str = "KUBECTL_PREFECT_TEST_PANIC";
const SECRET: &str = "pnu_hunter2";

#[test]
#[ignore = "panics: the test below runs it in a process of its own"]
#[allow(
    clippy::disallowed_methods,
    reason = "tests have no Environment of their own"
)]
fn panics() {
    ui::tell_of_panics();
    match std::env::var(WHICH).as_deref() {
        Ok("in words of the source") => panic!("the impossible has come"),
        Ok("with data") => panic!("no {SECRET} here"),
        Ok("in another's code") => assert_eq!(&SECRET[..SECRET.len() + 1], ""),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_panic_tells_how_to_report_it_and_no_secret() {
    for (which, words) in [
        ("in words of the source", Some("the impossible has come")),
        ("with data", None),
        ("in another's code", None),
    ] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "panics::panics", "--nocapture"])
            .env_clear()
            .env(WHICH, which)
            .env("RUST_BACKTRACE", "full")
            .output()
            .unwrap();
        assert!(!output.status.success());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (said, beside) = (text(&output.stderr), text(&output.stdout));
        assert!(said.contains(ui::BUGS), "{said}");
        assert!(said.contains("panics.rs:"), "{said}");
        assert!(said.contains(env!("CARGO_PKG_VERSION")), "{said}");
        assert!(said.contains("kubectl prefect report"), "{said}");
        assert_eq!(said.contains("impossible"), words.is_some(), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
        assert!(!beside.contains("hunter2"), "{beside}");
    }
}
