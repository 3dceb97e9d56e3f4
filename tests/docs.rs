//! What is generated from the command line and committed: scripts for shells, man pages, the
//! reference. `make docs` writes them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

use std::{collections::BTreeMap, fs, path::Path};

use kubectl_prefect::cli;

/// Set by `make docs`: the files are written in place of being compared.
const WRITE: &str = "KUBECTL_PREFECT_WRITE_DOCS";

#[allow(
    clippy::disallowed_methods,
    reason = "tests have no Environment of their own"
)]
fn writes() -> bool {
    std::env::var_os(WRITE).is_some()
}

/// Compares a folder's files with what they are to be, or writes them.
fn settle(folder: &str, expected: &BTreeMap<String, String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if writes() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in expected {
            fs::write(folder.join(name), text).unwrap();
        }
        return;
    }
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        found.insert(name, fs::read_to_string(entry.path()).unwrap());
    }
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(expected), "run `make docs`");
    for (name, text) in expected {
        assert!(
            &found[name] == text,
            "{name} is not up to date: run `make docs`"
        );
    }
}

/// The commands with the words that name them, each before its subcommands.
fn commands() -> Vec<(String, clap::Command)> {
    fn walk(words: &str, command: &clap::Command, into: &mut Vec<(String, clap::Command)>) {
        into.push((words.to_owned(), command.clone()));
        for subcommand in command.get_subcommands() {
            if !subcommand.is_hide_set() {
                let words = format!("{words} {}", subcommand.get_name());
                walk(&words, subcommand, into);
            }
        }
    }
    let mut root = cli::command().term_width(80);
    root.build();
    let mut all = Vec::new();
    walk("kubectl prefect", &root, &mut all);
    all
}

#[test]
fn scripts_for_shells() {
    settle(
        "completions",
        &cli::completion_scripts().into_iter().collect(),
    );
}

#[test]
fn man_pages() {
    let mut pages = BTreeMap::new();
    for (words, command) in commands() {
        let name = words.replace(' ', "-");
        let version = env!("CARGO_PKG_VERSION");
        let man = clap_mangen::Man::new(command.bin_name(words.clone()))
            .title(name.to_uppercase())
            .source(format!("kubectl-prefect {version}"))
            .manual("Kubernetes");
        let mut page = Vec::new();
        man.render(&mut page).unwrap();
        pages.insert(format!("{name}.1"), String::from_utf8(page).unwrap());
    }
    settle("docs/man", &pages);
}

#[test]
fn the_reference() {
    let mut text = "# Commands\n\nWhat `--help` says of each command.\n".to_owned();
    for (words, mut command) in commands() {
        let help = command.render_long_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        text.push_str(&format!(
            "\n## {words}\n\n```text\n{}\n```\n",
            lines.join("\n").trim_end()
        ));
    }
    // It shares its folder with what is written by hand.
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/commands.md");
    if writes() {
        fs::write(file, text).unwrap();
        return;
    }
    assert!(
        fs::read_to_string(file).unwrap() == text,
        "commands.md is not up to date: run `make docs`"
    );
}
