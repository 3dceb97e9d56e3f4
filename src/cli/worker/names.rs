//! Names and ages as these commands take them.

use jiff::SignedDuration;

use crate::{
    cli::Session,
    prefect::WorkPoolName,
    records::PoolChoice,
    ui::{Ui, tame_line},
    worker::pool,
};

/// A pool's name. The server refuses these characters in it, and `-p ""` is a variable of a script
/// that is not set.
///
/// # Errors
/// What is wrong with the name.
pub fn pool_name(name: &str) -> Result<String, String> {
    const REFUSED: [char; 5] = ['/', '%', '&', '<', '>'];
    if name.trim().is_empty() {
        return Err("a work pool's name cannot be empty".to_owned());
    }
    match name.chars().find(|c| REFUSED.contains(c) || c.is_control()) {
        Some(c) => Err(format!("a work pool's name cannot contain {c:?}")),
        None => Ok(name.to_owned()),
    }
}

/// An age: Go's durations and whole days, as `10m`, `1h30m`, `7d`.
///
/// # Errors
/// Text that is no age.
pub fn age(text: &str) -> Result<SignedDuration, String> {
    let wrong = || "expected an age such as 90s, 10m, 12h or 7d".to_owned();
    if let Some(days) = text.strip_suffix('d') {
        let days: i64 = days.parse::<u32>().map_err(|_| wrong())?.into();
        return Ok(SignedDuration::from_hours(24 * days));
    }
    let duration: crate::k8s::RequestTimeout = text.parse().map_err(|_| wrong())?;
    SignedDuration::try_from(duration.0.unwrap_or_default()).map_err(|_| wrong())
}

/// Whose records a command is about.
#[derive(Debug, Clone, clap::Args)]
pub struct PoolArgs {
    /// Work pool to look at, of any type; repeat it for several [default: all of type kubernetes]
    #[arg(short, long = "pool", value_name = "NAME", value_parser = pool_name)]
    pools: Vec<String>,

    /// Look at work pools of every type
    #[arg(long, conflicts_with = "pools")]
    all_types: bool,
}

impl PoolArgs {
    /// The pools that are meant.
    pub fn choice(&self) -> PoolChoice {
        if !self.pools.is_empty() {
            let names = self.pools.iter().map(|name| WorkPoolName(name.clone()));
            PoolChoice::Named(names.collect())
        } else if self.all_types {
            PoolChoice::All
        } else {
            PoolChoice::OfType(pool::TYPE.to_owned())
        }
    }

    /// Says that there are none, in the words of kubectl.
    pub fn say_none(&self, session: &Session, what: &str) {
        say_none(&session.ui, what, &self.choice());
    }
}

fn say_none(ui: &Ui, what: &str, choice: &PoolChoice) {
    let place = match choice {
        PoolChoice::Named(names) => {
            let names: Vec<String> = names.iter().map(|name| tame_line(name.as_str())).collect();
            let word = if names.len() == 1 { "pool" } else { "pools" };
            format!("work {word} {}", names.join(", "))
        }
        PoolChoice::OfType(kind) => format!("work pools of type {kind}"),
        PoolChoice::All => "any work pool".to_owned(),
    };
    ui.say(&format!("No {what} found in {place}."));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_the_server_refuses_are_wrong_usage() {
        assert_eq!(pool_name("my pool 名"), Ok("my pool 名".to_owned()));
        for name in [
            "",
            " ",
            "a/b",
            "a%b",
            "a&b",
            "<a",
            "a>",
            "a\nb",
            "a\x1b[31m",
        ] {
            assert!(pool_name(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn ages_may_be_days() {
        let minutes = SignedDuration::from_mins;
        for (text, expected) in [
            ("10m", Some(minutes(10))),
            ("1h30m", Some(minutes(90))),
            ("7d", Some(minutes(7 * 24 * 60))),
            ("90", Some(SignedDuration::from_secs(90))),
            ("0", Some(SignedDuration::ZERO)),
            ("d", None),
            ("-1d", None),
            ("1.5d", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(age(text).ok(), expected, "{text}");
        }
    }
}
