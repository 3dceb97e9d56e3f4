//! `kubectl prefect upgrade`: changes an installed worker, beginning with the values it has.

use super::{
    Session,
    release::{
        self, Intent, Request, Source,
        args::{ChangeArgs, DEFAULT_NAME, DryRun},
    },
    runtime,
    value_args::ValueArgs,
};
use crate::{
    error::{Error, Result},
    ui::OutputFormat,
};

/// Change a release that is installed.
///
/// The values that it was installed with stay, with those of the command line over them; null
/// takes one back, so that its default holds again. What changes is shown before it is done. With --reset-values only those of the
/// command line count.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of the release
    #[arg(default_value = DEFAULT_NAME, value_name = "NAME")]
    name: String,
    /// Only try it on the API server (server), or change it (none)
    #[arg(long, value_name = "WHERE", value_enum, default_value_t)]
    dry_run: DryRun,
    /// Forget the values that it was installed with
    #[arg(long)]
    reset_values: bool,
    /// Keep the values that it was installed with; this is the default
    #[arg(long, conflicts_with = "reset_values")]
    reuse_values: bool,
    /// The same: defaults are always those of this program, never those of an older one
    #[arg(long, conflicts_with_all = ["reset_values", "reuse_values"])]
    reset_then_reuse_values: bool,
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    values: ValueArgs,
}

const EXAMPLES: &str = "\
Examples:
  # One value more; all others stay
  kubectl prefect upgrade -n flows --set worker.replicaCount=2

  # See first what it would do
  kubectl prefect upgrade -n flows --set worker.replicaCount=2 --dry-run=server";

/// Changes a release.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.change.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    if args.dry_run == DryRun::Client {
        return Err(
            Error::usage("an upgrade begins with the values that the cluster has").hint(
                "try it with --dry-run=server, or print objects with install --dry-run=client",
            ),
        );
    }
    let source = if args.reset_values {
        Source::Given
    } else {
        Source::Stored
    };
    let given = args.values.read(session)?;
    let intent = Intent {
        request: Request {
            name: &args.name,
            source,
            needs_installed: true,
            compare: &args.change.compare,
            create_namespace: args.change.create_namespace,
            adopt: false,
            rights: true,
            verify: !args.change.no_verify,
        },
        args: &args.change,
        dry_run: args.dry_run,
        remove_helm_records: false,
        description: "was upgraded",
    };
    runtime::block_on(release::change(session, given, &intent))
}
