//! Where in the command line Tab was pressed.

use clap::{Arg, ArgAction, Command};

/// What may come at the end of these words.
pub struct Place<'c> {
    /// The command that the words name.
    pub command: &'c Command,
    /// The names of the subcommands that lead there.
    pub path: Vec<&'c str>,
    /// The flag whose value comes next.
    pub awaiting: Option<&'c Arg>,
    /// The argument that comes next, if one does.
    pub positional: Option<&'c Arg>,
    /// The flags that were given.
    pub given: Vec<&'c clap::Id>,
    /// After `--` no flags come.
    pub only_arguments: bool,
}

/// Follows the words before the one that is being typed.
pub fn find<'c>(root: &'c Command, words: &[String]) -> Place<'c> {
    let mut place = Place {
        command: root,
        path: Vec::new(),
        awaiting: None,
        positional: None,
        given: Vec::new(),
        only_arguments: false,
    };
    let mut arguments = 0;
    for word in words {
        if place.awaiting.take().is_some() {
            continue;
        }
        if place.only_arguments {
            arguments += 1;
        } else if word == "--" {
            place.only_arguments = true;
        } else if word.starts_with('-') && word != "-" {
            if let Some(flag) = flag(place.command, root, word) {
                place.given.push(flag.get_id());
                if takes_next_word(flag, word) {
                    place.awaiting = Some(flag);
                }
            }
        } else if let Some(next) = place.command.find_subcommand(word) {
            place.command = next;
            place.path.push(next.get_name());
            arguments = 0;
        } else {
            arguments += 1;
        }
    }
    let last = place.command.get_positionals().last();
    place.positional = place
        .command
        .get_positionals()
        .nth(arguments)
        .or_else(|| last.filter(|arg| matches!(arg.get_action(), ArgAction::Append)));
    place
}

/// The flag that a word gives, its own or one that every command takes.
pub fn flag<'c>(command: &'c Command, root: &'c Command, word: &str) -> Option<&'c Arg> {
    let args = command
        .get_arguments()
        .chain(root.get_arguments().filter(|arg| arg.is_global_set()));
    let name = word.split('=').next().unwrap_or(word);
    let mut args = args.filter(|arg| !arg.is_positional());
    if let Some(long) = name.strip_prefix("--") {
        return args.find(|arg| {
            arg.get_long_and_visible_aliases()
                .is_some_and(|all| all.contains(&long))
        });
    }
    let short = name.chars().nth(1)?;
    args.find(|arg| arg.get_short() == Some(short))
}

fn takes_next_word(flag: &Arg, word: &str) -> bool {
    let takes = flag.get_action().takes_values() && !flag.is_require_equals_set();
    let is_short = !word.starts_with("--");
    // `-nflows` has its value with it.
    takes && !word.contains('=') && !(is_short && word.chars().count() > 2)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    fn at(words: &str) -> (String, Option<String>, Option<String>) {
        let mut root = Cli::command();
        root.build();
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        let place = find(&root, &words);
        let name = |arg: &Arg| arg.get_id().to_string();
        (
            place.path.join(" "),
            place.awaiting.map(name),
            place.positional.map(name),
        )
    }

    #[test]
    fn the_words_before_say_what_comes() {
        let text = |text: &str| Some(text.to_owned());
        for (words, path, awaiting) in [
            ("", "", None),
            ("worker", "worker", None),
            ("worker run -p", "worker run", text("pools")),
            ("worker run -pkubernetes", "worker run", None),
            ("worker run --pool=kubernetes", "worker run", None),
            ("worker start --pool", "worker run", text("pools")),
            ("-n flows worker run -q", "worker run", text("work_queues")),
            ("worker run --context", "worker run", text("context")),
            ("worker run --run-once", "worker run", None),
            ("worker --unknown run", "worker run", None),
        ] {
            let found = at(words);
            assert_eq!((found.0.as_str(), found.1), (path, awaiting), "{words}");
        }
    }
}
