//! `kubectl prefect version`: which build this is.

use crate::{cli::Session, error::Result};

/// Show the version of this plugin.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Prints the plugin's version.
pub fn run(_args: &Args, session: &mut Session) -> Result<()> {
    session
        .ui
        .data(&format!("kubectl-prefect {}\n", env!("CARGO_PKG_VERSION")));
    Ok(())
}
