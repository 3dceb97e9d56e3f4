//! `kubectl prefect upgrade`: changes an installed worker, beginning with the values it has.

use super::{
    Session,
    release::{self, Source, args::InstalledArgs},
    runtime,
    value_args::ValueArgs,
};
use crate::error::Result;

/// Change a release that is installed.
///
/// The values that it was installed with stay, with those of the command line over them; null
/// takes one back, so that its default holds again. What changes is shown before it is done. With
/// --reset-values only those of the command line count.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    installed: InstalledArgs,
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
    let what = "an upgrade begins with the values that the cluster has";
    args.installed.begin(session, what)?;
    let source = if args.reset_values {
        Source::Given
    } else {
        Source::Stored
    };
    let given = args.values.read(session)?;
    let intent = args.installed.intent(source, "was upgraded");
    runtime::block_on(release::change(session, given, &intent))
}
