//! `kubectl prefect worker`: the worker and its records.

mod args;
mod list;
mod logging;
pub mod names;
mod options;
mod pools;
mod prune;
mod run;
mod screen;
mod signals;
mod template_file;
pub mod told;
mod words;

use crate::{cli::Session, error::Result};

/// Run a worker that launches a Job for each flow run of a work pool; look after workers' records.
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
    List(list::Args),
    Prune(prune::Args),
}

/// Runs the subcommand.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    match &args.command {
        Command::Run(args) => run::run(args, session),
        Command::List(args) => list::run(args, session),
        Command::Prune(args) => prune::run(args, session),
    }
}
