//! `kubectl prefect secret`: the Secret with the credential for the Prefect API.

mod api;
mod create;
mod given;
mod place;
mod rotate;
mod source;
mod verify;
mod words;

use crate::{cli::Session, error::Result};

/// Keep the Secret with the API key: make it, change the key, look whether it works.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(create::Args),
    Rotate(rotate::Args),
    Verify(verify::Args),
}

/// Runs the subcommand.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    match &args.command {
        Command::Create(args) => create::run(args, session),
        Command::Rotate(args) => rotate::run(args, session),
        Command::Verify(args) => verify::run(args, session),
    }
}
