//! `kubectl prefect diff`: what an installation would change, as a difference of texts.

use super::{
    Codes, Session,
    release::{
        self, Prepared, Request, Source,
        args::{CompareArgs, DEFAULT_NAME},
    },
    runtime,
    value_args::ValueArgs,
    yaml::to_yaml,
};
use crate::{
    error::Result,
    install::{
        diff::Difference,
        tree::{Node, Place},
        values::Given,
    },
};

/// Show what would change: by `install` with files of values, by `upgrade` without them.
///
/// The API server says what each object would be. Objects that would be deleted are shown too, and
/// what is in Secrets is hidden. The exit code is 0 when there is no difference, 1 when there is
/// one, and above 1 after a failure.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of the release
    #[arg(default_value = DEFAULT_NAME, value_name = "NAME")]
    name: String,
    /// Begin with the values that are installed, also with files of values
    #[arg(long)]
    reuse_values: bool,
    #[command(flatten)]
    compare: CompareArgs,
    #[command(flatten)]
    values: ValueArgs,
}

const EXAMPLES: &str = "\
Examples:
  # What would change with these values
  kubectl prefect diff -n flows -f values.yaml

  # What one value more would change
  kubectl prefect diff -n flows --set worker.replicaCount=2

  # What somebody has changed since it was installed
  kubectl prefect diff -n flows";

/// Prints the difference.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    session.codes = Codes::COMPARISON;
    let given = args.values.read(session)?;
    let request = Request {
        name: &args.name,
        source: if args.values.has_files() && !args.reuse_values {
            Source::Given
        } else {
            Source::StoredIfAny
        },
        needs_installed: false,
        compare: &args.compare,
        // What is in a namespace that is not there is new.
        create_namespace: true,
        adopt: false,
        rights: false,
        verify: false,
    };
    let preparing = release::prepare(session, given, &request);
    let prepared = runtime::block_on_interruptible(preparing)?;
    if print(session, &prepared)? {
        session.codes.success = 1;
    }
    Ok(())
}

/// Prints what differs. Gives whether anything does.
fn print(session: &Session, prepared: &Prepared) -> Result<bool> {
    let mut differs = !prepared.missing_namespaces.is_empty();
    for namespace in &prepared.missing_namespaces {
        session
            .ui
            .say(&format!("Namespace {namespace} does not exist."));
    }
    for (name, unified) in differences(session, prepared)? {
        differs = true;
        if unified.is_empty() {
            session.ui.say(&format!(
                "{name}: only who manages its fields would change."
            ));
        }
        session.ui.data(&unified);
    }
    if !differs {
        session.ui.say("No difference.");
    }
    Ok(differs)
}

/// Each object that differs, and how: nothing where only who manages its fields would change.
fn differences(session: &Session, prepared: &Prepared) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for difference in prepared.plan.steps.iter().filter_map(Difference::of) {
        let text = |side: &Option<serde_json::Value>| match side {
            Some(object) => to_yaml(object),
            None => Ok(String::new()),
        };
        let (before, after) = (text(&difference.before)?, text(&difference.after)?);
        let name = difference.name;
        let names = (
            format!("{name} (as it is)"),
            format!("{name} (as it would be)"),
        );
        let unified = session.ui.unified((&names.0, &names.1), &before, &after);
        found.push((name, unified));
    }
    Ok(found)
}

/// What somebody has changed in an installed release since it was installed.
///
/// # Errors
/// When it is not installed, or the API server refuses or does not answer.
pub(super) async fn text(name: Option<&str>, session: &Session) -> Result<String> {
    let request = Request {
        name: name.unwrap_or(DEFAULT_NAME),
        source: Source::Stored,
        needs_installed: true,
        compare: &CompareArgs {
            force_conflicts: false,
            recreate: false,
        },
        create_namespace: false,
        adopt: false,
        rights: false,
        verify: false,
    };
    let given = Given {
        values: Node::empty_map(Place::of_source("the command line")),
        notes: Vec::new(),
    };
    let prepared = release::prepare(session, given, &request).await?;
    let found = differences(session, &prepared)?;
    Ok(found.into_iter().map(|(_, unified)| unified).collect())
}
