//! `kubectl prefect rollback`: installs an earlier revision once more.

use super::{
    Session,
    release::{
        self, Intent, Request, Source,
        args::{ChangeArgs, DEFAULT_NAME, DryRun},
    },
    runtime,
};
use crate::{
    error::{Error, Result},
    install::{
        release::{Status, Stored},
        tree::{Node, Place},
        values::Given,
    },
    ui::OutputFormat,
};

/// Install an earlier revision of a release once more.
///
/// Its objects are applied as they were then, whatever this program would make of its values today,
/// and become a new revision with its values. What changes is shown before it is done.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of the release
    #[arg(default_value = DEFAULT_NAME, value_name = "NAME")]
    name: String,
    /// Number of the revision [default: the last one before this that was applied whole]
    #[arg(value_name = "REVISION", value_parser = clap::value_parser!(u32).range(1..))]
    revision: Option<u32>,
    /// Only try it on the API server (server), or change it (none)
    #[arg(long, value_name = "WHERE", value_enum, default_value_t)]
    dry_run: DryRun,
    #[command(flatten)]
    change: ChangeArgs,
}

const EXAMPLES: &str = "\
Examples:
  # Back to what was there before the last change
  kubectl prefect rollback -n flows

  # See first what going back to revision 2 would do
  kubectl prefect rollback prefect-worker 2 -n flows --dry-run=server";

/// Rolls a release back.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.change.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    if args.dry_run == DryRun::Client {
        return Err(
            Error::usage("a rollback begins with what the cluster has stored")
                .hint("try it with --dry-run=server"),
        );
    }
    runtime::block_on(roll_back(args, session))
}

async fn roll_back(args: &Args, session: &Session) -> Result<()> {
    let number = match args.revision {
        Some(number) => number,
        None => {
            let installed = release::installed(session, &args.name).await?;
            previous(&installed.stored).ok_or_else(|| {
                Error::failed(format!("release {} has no earlier revision", args.name)).hint(
                    "kubectl prefect history shows the revisions; upgrade changes what is installed",
                )
            })?
        }
    };
    let given = Given {
        values: Node::empty_map(Place::of_source("the command line")),
        notes: Vec::new(),
    };
    let intent = Intent {
        request: Request {
            name: &args.name,
            source: Source::Revision(number),
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
        description: &format!("was rolled back to revision {number}"),
    };
    release::change(session, given, &intent).await
}

/// The revision to go back to: the last one that was applied whole before the latest, which may
/// have failed.
fn previous(stored: &Stored) -> Option<u32> {
    let latest = stored.latest()?.number;
    let mut newest_first = stored.revisions.iter().rev();
    newest_first
        .find(|it| it.status == Status::Deployed && it.number < latest)
        .map(|it| it.number)
}
