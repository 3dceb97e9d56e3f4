//! `kubectl prefect template`: the base job templates of work pools.

mod common;
mod default;
mod diff;
mod get;
mod job;
mod lint;
mod push;
mod render;
mod source;
mod sync;
mod tell;
mod upgrade;

use crate::{cli::Session, error::Result};

/// Look after base job templates, which decide what Jobs a work pool's runs get.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Default(default::Args),
    Get(get::Args),
    Push(Box<push::Args>),
    Sync(Box<sync::Args>),
    Diff(diff::Args),
    Lint(lint::Args),
    Render(Box<render::Args>),
    Upgrade(Box<upgrade::Args>),
}

/// Runs the subcommand.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    match &args.command {
        Command::Default(args) => default::run(args, session),
        Command::Get(args) => get::run(args, session),
        Command::Push(args) => push::run(args, session),
        Command::Sync(args) => sync::run(args, session),
        Command::Diff(args) => diff::run(args, session),
        Command::Lint(args) => lint::run(args, session),
        Command::Render(args) => render::run(args, session),
        Command::Upgrade(args) => upgrade::run(args, session),
    }
}
