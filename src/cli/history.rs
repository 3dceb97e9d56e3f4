//! `kubectl prefect history`: the revisions of a release.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Session,
    release::{self, args::DEFAULT_NAME},
    runtime,
    yaml::to_yaml,
};
use crate::{
    error::Result,
    install::release::{Revision, Status, Stored},
    ui::{OutputFormat, Table, tame_line},
};

/// Show the revisions of a release, oldest first.
///
/// A revision is one installation, upgrade or rollback, with its values and objects. The last one
/// that was applied whole is what is installed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of the release
    #[arg(default_value = DEFAULT_NAME, value_name = "NAME")]
    name: String,
    /// How to write them: a table when missing
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Yaml, OutputFormat::Json]))]
    output: Option<OutputFormat>,
}

const EXAMPLES: &str = "\
Examples:
  # What was installed when
  kubectl prefect history -n flows";

/// Shows the revisions.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    let installed = runtime::block_on_interruptible(release::installed(session, &args.name))?;
    session.ui.say(&installed.line);
    let stored = installed.stored;
    let deployed = stored.deployed().map(|revision| revision.number);
    let document: Vec<Value> = stored
        .revisions
        .iter()
        .map(|revision| entry(revision, deployed))
        .collect();
    match args.output {
        Some(OutputFormat::Json) => session.ui.json(&document),
        Some(_) => session.ui.data(&to_yaml(&document)?),
        None => session.ui.data(&table(&stored, deployed).render()),
    }
    Ok(())
}

/// What a revision is called: of those that were applied whole only the last is installed.
fn status(revision: &Revision, deployed: Option<u32>) -> &'static str {
    match revision.status {
        Status::Deployed if deployed != Some(revision.number) => "superseded",
        status => status.name(),
    }
}

fn entry(revision: &Revision, deployed: Option<u32>) -> Value {
    json!({
        "revision": revision.number,
        "updated": revision.created.map(|at| at.to_string()),
        "status": status(revision, deployed),
        "version": revision.version,
        "description": revision.description,
    })
}

fn table(stored: &Stored, deployed: Option<u32>) -> Table {
    let mut table = Table::new(&["REVISION", "UPDATED", "STATUS", "DESCRIPTION"]);
    for revision in &stored.revisions {
        let at = revision.created.map_or_else(String::new, |at: Timestamp| {
            at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
        });
        table.row([
            revision.number.to_string(),
            at,
            status(revision, deployed).to_owned(),
            tame_line(&revision.description),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_that_was_applied_whole_is_deployed() {
        let stored = Stored {
            revisions: vec![
                Revision::example(1, Status::Deployed),
                Revision::example(2, Status::Deployed),
                Revision::example(3, Status::Failed),
            ],
            ..Stored::default()
        };
        insta::assert_snapshot!(table(&stored, Some(2)).render(), @r"
        REVISION   UPDATED                   STATUS       DESCRIPTION
        1          2026-11-22 20:00:00 UTC   superseded   was upgraded
        2          2026-11-22 20:00:00 UTC   deployed     was upgraded
        3          2026-11-22 20:00:00 UTC   failed       was upgraded
        ");
    }
}
