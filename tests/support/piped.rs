//! Runs a program with something on its standard input.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

/// Runs it to its end. Its standard output is kept; its standard error goes where `command` says.
///
/// # Panics
/// When it cannot be started.
pub fn piped(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("failed to run {command:?}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // Who does not read its input closes it, and that is its right.
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().unwrap()
    })
}
