//! What is generated from the command line and committed (scripts for shells, man pages, the
//! reference; `make docs` writes them), and that what is written by hand leads somewhere.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

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

/// All pages, with the README.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![
        root.join("README.md"),
        root.join("CHANGELOG.md"),
        root.join("src/install/values/reference.md"),
    ];
    for folder in ["docs", "docs/reference"] {
        let found = fs::read_dir(root.join(folder)).unwrap();
        pages.extend(found.map(|entry| entry.unwrap().path()));
    }
    pages.retain(|page| page.extension().is_some_and(|it| it == "md"));
    pages
}

/// A page without what stands in its blocks of code.
fn prose(page: &Path) -> Vec<String> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in fs::read_to_string(page).unwrap().lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            lines.push(line.to_owned());
        }
    }
    lines
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let heading = heading.trim().to_lowercase().replace(' ', "-");
    let is_kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_');
    heading.chars().filter(is_kept).collect()
}

/// Where the links of a text lead to: what stands between `](` and `)`.
fn links(text: &str) -> Vec<&str> {
    let parts = text.split("](").skip(1);
    parts.filter_map(|part| part.split(')').next()).collect()
}

#[test]
fn every_link_leads_to_a_page_and_to_a_heading_on_it() {
    let mut seen = 0;
    for page in pages() {
        let text = prose(&page).join("\n");
        for link in links(&text) {
            if link.starts_with("https://") {
                continue;
            }
            seen += 1;
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => page.clone(),
                path => page.parent().unwrap().join(path),
            };
            let wrong = format!("{}: {link}", page.display());
            assert!(target.exists(), "{wrong} leads nowhere");
            let lines = if heading.is_empty() {
                continue;
            } else {
                prose(&target)
            };
            let mut headings = lines.iter().filter(|line| line.starts_with('#'));
            let is_meant = |line: &String| anchor(line.trim_start_matches('#')) == heading;
            assert!(headings.any(is_meant), "{wrong} has no such heading");
        }
    }
    assert!(seen > 50, "{seen} links were found");
}

#[test]
fn every_page_is_reached_from_the_readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut left = vec![root.join("README.md")];
    let mut reached = Vec::new();
    while let Some(page) = left.pop() {
        if reached.contains(&page) || page.extension().is_none_or(|it| it != "md") {
            continue;
        }
        let text = prose(&page).join("\n");
        for link in links(&text) {
            let path = link.split('#').next().unwrap();
            if !path.is_empty() && !link.starts_with("https://") {
                let target = page.parent().unwrap().join(path);
                left.push(target.canonicalize().unwrap());
            }
        }
        reached.push(page);
    }
    for page in pages() {
        let is_reached = reached.contains(&page.canonicalize().unwrap());
        assert!(
            is_reached || page.ends_with("CHANGELOG.md"),
            "{} is linked from nowhere",
            page.display()
        );
    }
}

#[test]
fn the_reference_of_settings_has_every_variable() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reference = fs::read_to_string(root.join("docs/reference/settings.md")).unwrap();
    let source = fs::read_to_string(root.join("src/env_vars.rs")).unwrap();
    let mut names: Vec<&str> = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split(':').next())
        .collect();
    assert!(names.len() > 15, "{names:?}");
    names.retain(|name| !reference.contains(&format!("`{name}")));
    assert!(names.is_empty(), "settings.md lacks {names:?}");
}
