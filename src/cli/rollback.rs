//! `kubectl prefect rollback`: installs an earlier revision once more.

use super::{
    Session,
    release::{
        self, Source,
        args::{DEFAULT_NAME, InstalledArgs},
    },
    runtime,
};
use crate::{
    error::{Kind, Result},
    install::{
        tree::{Node, Place},
        values::Given,
    },
};

/// Install an earlier revision of a release once more.
///
/// Its objects are applied as they were then, whatever this program would make of its values today,
/// and become a new revision with its values. What changes is shown before it is done.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    installed: InstalledArgs,
    /// Number of the revision [default: the last one before this that was applied whole]
    #[arg(value_name = "REVISION", value_parser = clap::value_parser!(u32).range(1..))]
    revision: Option<u32>,
}

const EXAMPLES: &str = "\
Examples:
  # Back to what was there before the last change
  kubectl prefect rollback -n flows

  # See first what going back to revision 2 would do
  kubectl prefect rollback prefect-worker 2 -n flows --dry-run=server";

/// Rolls a release back.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    let what = "a rollback begins with what the cluster has stored";
    args.installed.begin(session, what)?;
    let given = Given {
        values: Node::empty_map(Place::of_source("the command line")),
        notes: Vec::new(),
    };
    let source = Source::Revision(args.revision);
    let intent = args.installed.intent(source, "was rolled back");
    let result = runtime::block_on(release::change(session, given, &intent));
    let name = &args.installed.name;
    let is_number = args.revision.is_none() && name.parse::<u32>().is_ok();
    result.map_err(|error| match (error.kind, is_number) {
        (Kind::Failed, true) => error.hint(format!(
            "the name of the release comes first: kubectl prefect rollback {DEFAULT_NAME} {name}"
        )),
        _ => error,
    })
}
