//! Commands on a terminal of their own, whose questions are answered.

use std::process::Command;

use serde_json::Value;

use super::{TEST_PYTHON, TestCommand, named_by};

/// Runs a command on a terminal; its exit code and all it wrote.
pub fn on_terminal(command: &TestCommand, columns: u32, answers: &Value) -> (Option<i32>, String) {
    let ours = command.to_process();
    let mut python = Command::new(named_by(TEST_PYTHON));
    python
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/support/terminal.py"
        ))
        .arg(columns.to_string())
        .arg(answers.to_string())
        .arg(ours.get_program())
        .args(ours.get_args())
        .env_clear()
        .env("TERM", "xterm")
        .current_dir(command.home());
    for (name, value) in ours.get_envs() {
        if let Some(value) = value {
            python.env(name, value);
        }
    }
    let output = python.output().unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), said.replace('\r', ""))
}
