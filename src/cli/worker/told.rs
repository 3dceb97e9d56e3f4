//! Whether `worker run` understands a command line that a pod is to start it with: what is wrong with
//! it is told before there is a pod.

use clap::{
    Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{Command, pools};
use crate::{cli, worker::pool};

/// What is wrong with a command line.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The flag or word, as far as one is to blame.
    pub word: Option<String>,
    /// Why.
    pub why: String,
}

impl Wrong {
    fn new(why: impl Into<String>) -> Self {
        Self {
            word: None,
            why: why.into(),
        }
    }
}

/// Checks the words behind the name of the program. A value that only the kubelet knows (`$(NAME)`)
/// is not judged.
pub fn check(words: &[String]) -> Result<(), Wrong> {
    let program = std::iter::once("kubectl-prefect");
    let all = program.chain(words.iter().map(String::as_str));
    let found = match cli::Cli::try_parse_from(all) {
        Ok(found) => found,
        Err(error) if is_unknown_yet(&error, words) => return Ok(()),
        Err(error) => return Err(of_clap(&error)),
    };
    let cli::Command::Worker(super::Args {
        command: Command::Run(args),
    }) = found.command
    else {
        return Err(Wrong::new("they are not those of worker run"));
    };
    if let Some(kind) = args.kind.as_deref().filter(|kind| *kind != pool::TYPE) {
        return Err(Wrong {
            word: Some("--type".to_owned()),
            why: format!("this worker serves pools of type kubernetes, not {kind}"),
        });
    }
    if args.pools.is_empty() {
        return Err(Wrong::new("no work pool is named, with --pool NAME"));
    }
    pools::served(&args.pools, &args.work_queues, &args.limits)
        .map(drop)
        .map_err(|error| Wrong::new(error.one_line()))
}

/// Whether it is a value that is wrong, and one of them has yet to be put in.
fn is_unknown_yet(error: &clap::Error, words: &[String]) -> bool {
    let of_a_value = matches!(
        error.kind(),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation
    );
    of_a_value && words.iter().any(|word| word.contains("$("))
}

fn of_clap(error: &clap::Error) -> Wrong {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        return Wrong::new("they print a text and start no worker");
    }
    let word = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(word)) => word.split([' ', '=']).next().map(str::to_owned),
        _ => None,
    };
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    Wrong {
        word,
        why: line.trim_start_matches("error: ").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(words: &str) -> Result<(), Wrong> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        check(&words)
    }

    #[test]
    fn what_worker_run_takes_is_right() {
        for words in [
            "worker run --pool p --with-healthcheck",
            "worker run --pool p -p q --limit q=3 -q p/a --namespace flows --log-format json",
            "worker start -p p --type kubernetes --install-policy never",
            "worker run --pool $(POOL) --limit $(LIMIT)",
        ] {
            assert_eq!(judge(words), Ok(()), "{words}");
        }
    }

    #[test]
    fn what_it_does_not_take_is_named() {
        for (words, word, why) in [
            (
                "worker run -p p --pythonpath x",
                Some("--pythonpath"),
                "unexpected argument '--pythonpath' found",
            ),
            (
                "worker run -p p -l 5",
                Some("-l"),
                "unexpected argument '-l' found",
            ),
            (
                "worker run -p p --limit many",
                Some("--limit"),
                "invalid value 'many' for '--limit <N>': \"many\" is not a number from 1 on",
            ),
            (
                "worker run -p p --name a --name b",
                Some("--name"),
                "the argument '--name <NAME>' cannot be used multiple times",
            ),
            (
                "worker run -p p --type process",
                Some("--type"),
                "this worker serves pools of type kubernetes, not process",
            ),
            (
                "worker run -p p -p p",
                None,
                "work pool \"p\" is named twice",
            ),
            (
                "worker run",
                None,
                "no work pool is named, with --pool NAME",
            ),
            (
                "worker run --help",
                None,
                "they print a text and start no worker",
            ),
            ("worker list", None, "they are not those of worker run"),
        ] {
            let wrong = judge(words).unwrap_err();
            assert_eq!((wrong.word.as_deref(), wrong.why.as_str()), (word, why));
        }
        assert!(judge("prefect worker start -p p").is_err());
    }
}
