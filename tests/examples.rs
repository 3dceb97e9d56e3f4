//! Every command that the help, README and the pages show is one that the program takes: its words,
//! flags and values are read as the program reads them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

use std::{collections::BTreeMap, fs, path::Path};

use kubectl_prefect::{cli, template::shell};

const PROGRAM: &str = "kubectl prefect";

/// Lines that end in a backslash, with those that they go on in.
fn joined(text: &str) -> Vec<String> {
    let text = text.replace("\\\n", " ");
    text.lines().map(|line| line.trim().to_owned()).collect()
}

/// The commands of a line: what stands between pipes and before redirections.
fn commands_of(line: &str) -> Vec<Vec<String>> {
    let Ok(words) = shell::split(line) else {
        assert!(!line.contains(PROGRAM), "{line} does not end");
        return Vec::new();
    };
    let ends = ["|", "&&", "||", "&", "#"];
    words
        .split(|word| ends.contains(&word.as_str()))
        .map(|words| {
            let is_word = |word: &&String| !word.contains("2>") && *word != ">" && *word != "<";
            words.iter().take_while(is_word).cloned().collect()
        })
        .filter(|words: &Vec<String>| words.starts_with(&["kubectl".into(), "prefect".into()]))
        .collect()
}

/// What the help of all commands shows.
fn in_help() -> BTreeMap<String, Vec<String>> {
    fn walk(command: &clap::Command, into: &mut BTreeMap<String, Vec<String>>) {
        if let Some(text) = command.get_after_help() {
            let lines = joined(&text.to_string());
            into.insert(format!("help of {}", command.get_name()), lines);
        }
        command.get_subcommands().for_each(|it| walk(it, into));
    }
    let mut all = BTreeMap::new();
    walk(&cli::command(), &mut all);
    all
}

/// What a person is shown to type in README and the pages.
fn in_pages() -> BTreeMap<String, Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("README.md")];
    for entry in fs::read_dir(root.join("docs")).unwrap() {
        files.push(entry.unwrap().path());
    }
    files.retain(|file| file.extension().is_some_and(|it| it == "md"));
    let page = |file: &Path| {
        let lines = joined(&fs::read_to_string(file).unwrap());
        let typed = lines.iter().filter_map(|line| line.strip_prefix("$ "));
        (
            file.display().to_string(),
            typed.map(str::to_owned).collect(),
        )
    };
    files.iter().map(|file| page(file)).collect()
}

#[test]
fn every_example_is_a_command_of_the_program() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (place, lines) in in_help().into_iter().chain(in_pages()) {
        for words in lines.iter().flat_map(|line| commands_of(line)) {
            count += 1;
            let result = cli::command().try_get_matches_from(&words[1..]);
            if let Err(error) = result
                && error.use_stderr()
            {
                wrong.push(format!("{place}: {}\n{error}", words.join(" ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 100, "only {count} examples of {PROGRAM} were found");
}
