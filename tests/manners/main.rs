//! Manners that all commands have: how they fail for people and for machines.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod empty_root;
mod formats;
mod panics;
#[path = "../support/mod.rs"]
mod support;

use support::TestCommand;

#[test]
fn unknown_words_suggest_what_was_meant() {
    for (words, meant) in [
        ("instal", "'install'"),
        ("workers", "'worker'"),
        ("worker lst", "'list'"),
        ("template psh", "'push'"),
        ("status --namespce x", "'--namespace'"),
        ("version -o jsn", "'json'"),
        ("--color alway version", "'always'"),
    ] {
        let output = TestCommand::new().words(words).failure(2);
        assert!(
            output.stderr.contains("tip: "),
            "{words}: {}",
            output.stderr
        );
        assert!(output.stderr.contains(meant), "{words}: {}", output.stderr);
        assert_eq!(output.stdout, "", "{words}");
    }
}

#[test]
fn help_needs_nothing() {
    for words in [
        "--help",
        "-h",
        "install --help",
        "worker run --help",
        "--version",
    ] {
        let home = tempfile::tempdir().unwrap();
        let mut process = std::process::Command::new(TestCommand::program());
        let output = process
            .env_clear()
            .current_dir(home.path())
            .args(words.split(' '))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{words}");
        assert!(output.stderr.is_empty(), "{words}: {output:?}");
        assert!(!output.stdout.is_empty(), "{words}");
    }
}
