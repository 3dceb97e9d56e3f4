//! `kubectl prefect completion`: scripts for shells, and what kubectl itself asks when somebody
//! presses Tab behind `kubectl prefect`.

mod install;
mod place;
mod values;

pub use values::serve;

use std::path::PathBuf;

use clap::{CommandFactory as _, ValueEnum};

use super::{Cli, Session};
use crate::error::Result;

/// Complete commands, flags and values when Tab is pressed.
///
/// kubectl 1.26 and later ask the program kubectl_complete-prefect on PATH what fits behind
/// `kubectl prefect`; `install` puts it there. The scripts are for those who call kubectl-prefect
/// by its own name.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Let kubectl complete `kubectl prefect`: link kubectl_complete-prefect into a folder on PATH
    Install {
        /// Folder to put it into [default: where PATH has kubectl-prefect]
        #[arg(long, value_name = "FOLDER")]
        dir: Option<PathBuf>,
    },
    /// Take the link away again
    Uninstall {
        /// Folder that it is in [default: wherever PATH has it]
        #[arg(long, value_name = "FOLDER")]
        dir: Option<PathBuf>,
    },
    /// Print the script for bash
    Bash,
    /// Print the script for zsh
    Zsh,
    /// Print the script for fish
    Fish,
    /// Print the script for PowerShell
    Powershell,
}

/// Prints a script, or puts the link in place or takes it away.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    let shell = match &args.command {
        Command::Install { dir } => return install::install(dir.as_deref(), session),
        Command::Uninstall { dir } => return install::uninstall(dir.as_deref(), session),
        Command::Bash => clap_complete::Shell::Bash,
        Command::Zsh => clap_complete::Shell::Zsh,
        Command::Fish => clap_complete::Shell::Fish,
        Command::Powershell => clap_complete::Shell::PowerShell,
    };
    session.ui.data(&script(shell));
    Ok(())
}

/// The script for a shell, for the program by its own name.
fn script(shell: clap_complete::Shell) -> String {
    let mut command = Cli::command().bin_name("kubectl-prefect");
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "kubectl-prefect", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The scripts by the names of their files, as they are committed in `completions/`.
#[must_use]
pub fn scripts() -> Vec<(String, String)> {
    let shells = clap_complete::Shell::value_variants();
    let ours = shells
        .iter()
        .filter(|shell| **shell != clap_complete::Shell::Elvish);
    ours.map(|shell| {
        let name = match shell {
            clap_complete::Shell::Zsh => "_kubectl-prefect".to_owned(),
            clap_complete::Shell::Fish => "kubectl-prefect.fish".to_owned(),
            clap_complete::Shell::PowerShell => "_kubectl-prefect.ps1".to_owned(),
            other => format!("kubectl-prefect.{other}"),
        };
        (name, script(*shell))
    })
    .collect()
}
