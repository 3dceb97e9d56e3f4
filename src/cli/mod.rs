//! The command line: one file a command, each a thin entry to an operation.

mod check;
mod cluster_uid;
mod completion;
mod connect;
mod diff;
mod global;
mod history;
mod install;
mod kube_args;
mod parse;
mod prefect_args;
mod release;
mod rendering;
mod report;
mod rollback;
mod runtime;
mod secret;
mod status;
mod template;
mod uninstall;
mod upgrade;
mod value_args;
mod values;
mod version;
mod worker;
mod yaml;

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{
    env_vars::Environment,
    error::Result,
    ui::{self, Ui, log::LogFormat},
};
pub use completion::{scripts as completion_scripts, serve as complete};
pub use global::{Codes, GlobalArgs, Session};
pub use kube_args::KubeArgs;
pub use prefect_args::PrefectArgs;

/// Exit codes, as `--help` shows them.
const EXIT_CODES: &str = "\
Exit codes:
  0    done; or asked, and answered with No
  1    failed; with diff: there are differences; with status: not healthy
  2    wrong usage
  3    a server is not reachable, cannot serve us, or refused us
  4    timed out waiting
  130  interrupted";

/// `--help` of the program: what there is by task, then all commands.
const HELP: &str = "\
{about-with-newline}
{usage-heading} {usage}

By task:
  launch flow runs    worker run, worker list, worker prune
  set up              secret, template, check --pre, cluster-uid
  install a worker    install, upgrade, diff, values
  look after it       status, history, rollback, uninstall
  when it fails       check, report, version
  in the shell        completion

{all-args}{after-help}";

/// Run Prefect 3 work pools on Kubernetes.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl prefect",
    bin_name = "kubectl prefect",
    version,
    disable_help_subcommand = true,
    help_template = HELP,
    after_help = EXIT_CODES
)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Box<check::Args>),
    ClusterUid(cluster_uid::Args),
    Completion(completion::Args),
    Diff(Box<diff::Args>),
    History(history::Args),
    Install(Box<install::Args>),
    Report(report::Args),
    Rollback(Box<rollback::Args>),
    Secret(Box<secret::Args>),
    Status(status::Args),
    Template(template::Args),
    Uninstall(uninstall::Args),
    Upgrade(Box<upgrade::Args>),
    Values(values::Args),
    Version(version::Args),
    Worker(worker::Args),
}

/// The whole command line, for whoever describes it: completion, man pages, the reference.
#[must_use]
pub fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

/// Parses the words of the command line, runs the command, shows its failure, gives its exit code.
#[must_use]
pub fn main(words: impl IntoIterator<Item = OsString>, env: Environment) -> ExitCode {
    ui::tell_of_panics(LogFormat::Text);
    let words: Vec<OsString> = words.into_iter().collect();
    let cli = match Cli::try_parse_from(&words) {
        Ok(cli) => cli,
        Err(error) => return parse::refuse(&error, &words, &env),
    };
    let ui = Ui::new(cli.global.color, &env);
    let mut session = Session::new(cli.global, env, ui);
    for note in session.global.kube.without_effect() {
        session.ui.warn(note);
    }
    let result = run(cli.command, &mut session).and_then(|()| session.ui.check_written());
    match result {
        Ok(()) => ExitCode::from(session.codes.success),
        Err(error) => {
            let code = session.codes.of_failure(error.kind);
            session.ui.failure(&error, code);
            ExitCode::from(code)
        }
    }
}

fn run(command: Command, session: &mut Session) -> Result<()> {
    match command {
        Command::Check(args) => check::run(&args, session),
        Command::ClusterUid(args) => cluster_uid::run(&args, session),
        Command::Completion(args) => completion::run(&args, session),
        Command::Diff(args) => diff::run(&args, session),
        Command::History(args) => history::run(&args, session),
        Command::Rollback(args) => rollback::run(&args, session),
        Command::Uninstall(args) => uninstall::run(&args, session),
        Command::Install(args) => install::run(&args, session),
        Command::Report(args) => report::run(&args, session),
        Command::Secret(args) => secret::run(&args, session),
        Command::Status(args) => status::run(&args, session),
        Command::Template(args) => template::run(&args, session),
        Command::Upgrade(args) => upgrade::run(&args, session),
        Command::Values(args) => values::run(&args, session),
        Command::Version(args) => version::run(&args, session),
        Command::Worker(args) => worker::run(&args, session),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_stands_with_its_task() {
        let help = command().render_long_help().to_string();
        let (tasks, _) = help.split_once("Commands:").unwrap();
        let is_between = |c: char| c == ',' || c.is_whitespace();
        for subcommand in command().get_subcommands().filter(|it| !it.is_hide_set()) {
            let name = subcommand.get_name();
            assert!(tasks.split(is_between).any(|word| word == name), "{name}");
        }
    }
}
