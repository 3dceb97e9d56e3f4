//! `kubectl prefect worker`: the worker and its records.

mod args;
mod options;
mod pools;
mod run;
mod screen;
mod signals;
mod template_file;
mod words;

use crate::{cli::Session, error::Result};

/// Run a worker that launches a Job for each flow run of a work pool.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    // `prefect worker start` is what people's fingers know.
    #[command(alias = "start")]
    Run(Box<args::Args>),
}

/// Runs the subcommand.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    match &args.command {
        Command::Run(args) => run::run(args, session),
    }
}
