//! Flags of commands that change a release.

use clap::{Args, ValueEnum};

use super::{Intent, Request, Source};
use crate::{
    cli::Session,
    error::{Error, Result},
    k8s::RequestTimeout,
    ui::OutputFormat,
};

/// The name of a release whose name is not given.
pub const DEFAULT_NAME: &str = "prefect-worker";

/// Where objects are tried instead of installed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    /// Nowhere: they are installed.
    #[default]
    None,
    /// Here: they are printed, and no cluster is asked.
    Client,
    /// On the API server: it says what would be done.
    Server,
}

/// Flags of commands that compare a release with a cluster.
#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// Take over fields that other programs manage
    #[arg(long)]
    pub force_conflicts: bool,
    /// Delete and make anew objects with a change that Kubernetes does not allow
    #[arg(long)]
    pub recreate: bool,
}

/// Flags of commands that change a release.
#[derive(Debug, Clone, Args)]
pub struct ChangeArgs {
    /// How to write what was done: json, yaml; sentences when missing
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Yaml, OutputFormat::Json]))]
    pub output: Option<OutputFormat>,
    #[command(flatten)]
    pub compare: CompareArgs,
    /// Make the namespace if it does not exist
    #[arg(long)]
    pub create_namespace: bool,
    /// Wait until the worker is rolled out and gives a sign of life
    #[arg(
        long,
        num_args = 0..=1,
        require_equals = true,
        default_value_t = true,
        default_missing_value = "true",
        action = clap::ArgAction::Set,
        value_name = "BOOL"
    )]
    pub wait: bool,
    /// How long to wait: 30s, 5m; 0 waits for ever
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub timeout: RequestTimeout,
    /// Do not ask the Prefect API, and do not look for what the pods refer to
    #[arg(long)]
    pub no_verify: bool,
    /// How many revisions to remember; 0 is all
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub history_max: u32,
}

/// What commands begin with that change an installed release.
#[derive(Debug, Clone, Args)]
pub struct InstalledArgs {
    /// Name of the release
    #[arg(default_value = DEFAULT_NAME, value_name = "NAME")]
    pub name: String,
    /// Only try it on the API server (server), or change it (none)
    #[arg(long, value_name = "WHERE", value_enum, default_value_t)]
    pub dry_run: DryRun,
    #[command(flatten)]
    pub change: ChangeArgs,
}

impl InstalledArgs {
    /// Begins a command whose values are in the cluster: `what` says so.
    ///
    /// # Errors
    /// When it is to do without the cluster.
    pub fn begin(&self, session: &mut Session, what: &str) -> Result<()> {
        self.change.begin(session);
        match self.dry_run {
            DryRun::Client => Err(Error::usage(what).hint(
                "try it with --dry-run=server; install --dry-run=client prints objects without a \
                 cluster",
            )),
            _ => Ok(()),
        }
    }

    /// What is to be done, with values from there.
    #[must_use]
    pub fn intent<'a>(&'a self, source: Source, description: &'a str) -> Intent<'a> {
        Intent {
            request: Request {
                needs_installed: true,
                ..self.change.request(&self.name, source)
            },
            args: &self.change,
            dry_run: self.dry_run,
            allow_changes: false,
            remove_helm_records: false,
            description,
        }
    }
}

impl ChangeArgs {
    /// Says errors in the format of the rest.
    pub fn begin(&self, session: &mut Session) {
        if self.output == Some(OutputFormat::Json) {
            session.ui.errors_as_json();
        }
    }

    /// What is to be prepared for a release that need not be installed.
    #[must_use]
    pub fn request<'a>(&'a self, name: &'a str, source: Source) -> Request<'a> {
        Request {
            name,
            source,
            needs_installed: false,
            compare: &self.compare,
            create_namespace: self.create_namespace,
            adopt: false,
            rights: true,
            verify: !self.no_verify,
        }
    }
}
