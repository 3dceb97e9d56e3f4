//! `-o`: JSON is JSON on every path, and the exit code is the same for every format.

use std::collections::BTreeSet;

use serde_json::Value;

use super::support::{TestCommand, TestOutput};

/// Each command that has `-o`, in a form that goes as far as the servers.
const COMMANDS: [&str; 25] = [
    "check --timeout 3s",
    "cluster-uid",
    "history prefect-worker",
    "install --yes",
    "rollback prefect-worker --yes",
    "secret create --from-stdin --yes",
    "secret rotate --from-stdin --yes",
    "secret verify",
    "status",
    "template default",
    "template diff -p pool --default",
    "template get -p pool",
    "template lint -p pool",
    "template push -p pool -f template.json --yes",
    "template render -p pool",
    "template sync -p pool -f template.json --yes",
    "template upgrade -p pool --yes",
    "uninstall prefect-worker --yes",
    "upgrade prefect-worker --yes",
    "values default",
    "values check -f template.json",
    "values show",
    "version",
    "worker list",
    "worker prune --yes",
];

/// The formats of a command, `None` for none; `None` when it has no `-o`.
fn formats(command: &str) -> Option<Vec<Option<String>>> {
    let root = kubectl_prefect::cli::command();
    let mut found = &root;
    for word in command.split(' ') {
        match found.find_subcommand(word) {
            Some(subcommand) => found = subcommand,
            None => break,
        }
    }
    let output = found.get_arguments().find(|arg| arg.get_id() == "output")?;
    let names = output.get_possible_values();
    let names = names.iter().map(|it| Some(it.get_name().to_owned()));
    Some(std::iter::once(None).chain(names).collect())
}

/// The words of all commands that can write JSON.
fn commands_with_json() -> BTreeSet<String> {
    fn walk(words: &str, command: &clap::Command, into: &mut BTreeSet<String>) {
        for subcommand in command.get_subcommands() {
            let words = format!("{words} {}", subcommand.get_name());
            let words = words.trim_start();
            let output = subcommand
                .get_arguments()
                .find(|arg| arg.get_id() == "output");
            if output.is_some_and(|arg| {
                let names = arg.get_possible_values();
                names.iter().any(|name| name.get_name() == "json")
            }) {
                into.insert(words.to_owned());
            }
            walk(words, subcommand, into);
        }
    }
    let mut found = BTreeSet::new();
    walk("", &kubectl_prefect::cli::command(), &mut found);
    found
}

#[test]
fn every_command_with_json_is_tried() {
    let missing: Vec<String> = commands_with_json()
        .into_iter()
        .filter(|words| {
            let has = |it: &&str| *it == words || it.starts_with(&format!("{words} "));
            !COMMANDS.iter().any(has)
        })
        .collect();
    assert!(missing.is_empty(), "not tried: {missing:?}");
}

fn run(
    words: &str,
    format: Option<&str>,
    prepare: &dyn Fn(TestCommand) -> TestCommand,
) -> TestOutput {
    let mut command = prepare(TestCommand::new().words(words)).input("pnu_0123456789");
    if let Some(format) = format {
        command = command.words("-o").arg(format);
    }
    std::fs::write(command.home().join("template.json"), "{}").unwrap();
    command.run()
}

/// Runs all commands with each of their formats: the exit code must be the same, and JSON be JSON.
fn try_all(prepare: &(dyn Fn(TestCommand) -> TestCommand + Sync)) {
    std::thread::scope(|scope| {
        for words in COMMANDS {
            scope.spawn(move || {
                let formats = formats(words).unwrap_or_else(|| panic!("{words} has no -o"));
                let mut codes = BTreeSet::new();
                for format in formats {
                    let output = run(words, format.as_deref(), prepare);
                    codes.insert(output.code);
                    if format.as_deref() == Some("json") {
                        let document = serde_json::from_str::<Value>(&output.stdout);
                        assert!(document.is_ok(), "{words}: {output:?}");
                    }
                    assert!(!output.stderr.contains("a bug in"), "{words}: {output:?}");
                }
                assert_eq!(codes.len(), 1, "{words}: {codes:?}");
                assert!(!codes.contains(&None), "{words}");
            });
        }
    });
}

#[test]
fn servers_that_are_not_there_are_told_alike() {
    try_all(&|command| {
        let kubeconfig = command.home().join("kubeconfig");
        std::fs::write(
            &kubeconfig,
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
             clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]\n\
             contexts: [{name: c, context: {cluster: c, user: ''}}]\n",
        )
        .unwrap();
        command
            .env("KUBECONFIG", kubeconfig.to_str().unwrap())
            .env("PREFECT_API_URL", "http://127.0.0.1:1/api")
            .env("PREFECT_CLIENT_MAX_RETRIES", "0")
    });
}

#[test]
fn a_machine_without_any_settings_is_told_alike() {
    try_all(&|command| command);
}

#[test]
fn mistakes_on_the_command_line_are_told_alike() {
    try_all(&|command| command.words("--no-such-flag"));
    let output = TestCommand::new()
        .words("status -o json --no-such-flag")
        .failure(2);
    let document: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(document["error"]["kind"], "Usage");
    assert_eq!(document["error"]["exitCode"], 2);
    let message = document["error"]["message"].as_str().unwrap();
    assert!(message.contains("--no-such-flag"), "{document}");
    // For people, it stays as it is.
    assert!(output.stderr.contains("Usage: "), "{}", output.stderr);
}
