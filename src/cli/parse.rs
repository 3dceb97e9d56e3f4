//! A command line that cannot be understood: told to people, and as JSON to whoever asked for that.

use std::{ffi::OsString, process::ExitCode};

use crate::{
    env_vars::Environment,
    error::{Error, Kind},
    ui::{ColorChoice, Ui},
};

/// Prints help, the version, or what is wrong with the words; the exit code.
pub fn refuse(error: &clap::Error, words: &[OsString], env: &Environment) -> ExitCode {
    // A closed pipe is the reader's choice; any other failure of these streams has nowhere to go.
    let _ = error.print();
    let code = u8::try_from(error.exit_code()).unwrap_or(Kind::Usage.exit_code());
    // Help and version are printed on stdout and are no failure; so says clap's exit code.
    if error.use_stderr() && asks_for_json(words) {
        Ui::new(ColorChoice::Never, env).failure_document(&explained(error), code);
    }
    ExitCode::from(code)
}

/// Whether the words ask for JSON, wherever they stop to make sense.
fn asks_for_json(words: &[OsString]) -> bool {
    let words: Vec<&str> = words
        .iter()
        .skip(1)
        .map(|word| word.to_str().unwrap_or_default())
        .take_while(|word| *word != "--")
        .collect();
    let joined = ["-ojson", "-o=json", "--output=json"];
    words.iter().any(|word| joined.contains(word))
        || words
            .windows(2)
            .any(|pair| matches!(pair[0], "-o" | "--output") && pair[1] == "json")
}

/// What clap says, in our parts: its first paragraph is the message, tips are hints.
fn explained(error: &clap::Error) -> Error {
    let text = error.to_string();
    let mut paragraphs = text.split("\n\n").map(str::trim);
    let message = paragraphs.next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let mut lines = message.lines().map(str::trim);
    let mut error = Error::usage(lines.next().unwrap_or_default());
    for line in lines {
        error = error.cause(line);
    }
    for line in paragraphs.flat_map(str::lines).map(str::trim) {
        if let Some(tip) = line.strip_prefix("tip: ") {
            error = error.hint(tip);
        } else if line.starts_with("Usage: ") {
            error = error.hint(line);
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_asked_for_in_all_forms() {
        for (words, expected) in [
            ("p status -o json", true),
            ("p status -ojson", true),
            ("p -o=json", true),
            ("p --output json", true),
            ("p --output=json -x", true),
            ("p -o yaml", false),
            ("p json", false),
            ("p x -- -o json", false),
            ("p -o", false),
        ] {
            let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
            assert_eq!(asks_for_json(&words), expected, "{words:?}");
        }
    }

    #[test]
    fn what_clap_says_is_taken_apart() {
        let refused = |words: &[&str]| {
            let words = std::iter::once("kubectl-prefect").chain(words.iter().copied());
            explained(
                &super::super::command()
                    .try_get_matches_from(words)
                    .unwrap_err(),
            )
        };
        let error = refused(&["instal"]);
        assert_eq!(error.message, "unrecognized subcommand 'instal'");
        assert!(error.hints[0].contains("'install'"), "{error:?}");
        assert!(
            error.hints.last().unwrap().starts_with("Usage: "),
            "{error:?}"
        );
        let error = refused(&["template", "get"]);
        assert!(!error.message.is_empty(), "{error:?}");
    }
}
