//! `kubectl prefect template diff`: how the template of a work pool differs.

use std::path::PathBuf;

use serde_json::json;

use super::{
    common::{self, PoolArg, print_document, read_template, source_name},
    default, tell,
};
use crate::{
    base_template::{Template, diff, merge::is_prose},
    cli::{Session, global::Codes, runtime},
    error::Result,
    pools,
    ui::{Mark, OutputFormat},
};

/// Compare the template of a work pool with a file, or with the default.
///
/// Members are compared by their path, whatever their order; descriptions and titles of variables
/// are not compared with those of the default, unless --all is given. The exit code is 0 when both are the
/// same, 1 when they differ, and above 1 when they could not be compared.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pool: PoolArg,

    /// File with a template: shown is what it would change in the pool
    #[arg(short, long = "file", value_name = "FILE", conflicts_with = "default")]
    file: Option<PathBuf>,

    /// Compare with the server's default: shown is what the pool changes in it [default]
    #[arg(long)]
    default: bool,

    /// Show differences of descriptions and titles from the default too
    #[arg(long, conflicts_with = "file")]
    all: bool,

    /// How to write it; for people when missing
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Json, OutputFormat::Yaml]))]
    output: Option<OutputFormat>,
}

const EXAMPLES: &str = "\
Examples:
  # What would a push change?
  kubectl prefect template diff -p kubernetes -f template.yaml

  # What is special about this pool?
  kubectl prefect template diff -p kubernetes --default";

/// Prints the differences.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    session.codes = Codes::COMPARISON;
    compare(args, session)
}

/// One side of a comparison.
struct Side {
    name: String,
    template: Template,
}

fn compare(args: &Args, session: &mut Session) -> Result<()> {
    let file = match &args.file {
        Some(path) => Some(Side {
            name: source_name(path),
            template: read_template(path, session)?,
        }),
        None => None,
    };
    let (old, new) = runtime::block_on_interruptible(sides(args, session, file))?;
    let mut differences = diff(&old.template.to_value(), &new.template.to_value());
    if args.file.is_none() && !args.all {
        let before = differences.len();
        differences.retain(|difference| !is_prose(&difference.path));
        if before > differences.len() {
            let hidden = before - differences.len();
            session.ui.say(&format!(
                "note: descriptions and titles that differ: {hidden} (--all shows them)"
            ));
        }
    }
    match args.output {
        Some(format) => {
            let document = json!({
                "from": old.name, "to": new.name,
                "same": differences.is_empty(), "differences": differences,
            });
            print_document(session, format, &document)?;
        }
        None if differences.is_empty() => {}
        None => {
            session.ui.data_marked(&[
                (Mark::Removed, format!("--- {}", old.name)),
                (Mark::Added, format!("+++ {}", new.name)),
            ]);
            session.ui.data_marked(&tell::differences(&differences));
        }
    }
    if !differences.is_empty() {
        let count = common::counted(differences.len());
        let (old, new) = (&old.name, &new.name);
        session.ui.say(&format!("{count} between {old} and {new}"));
        session.codes.success = 1;
    }
    Ok(())
}

async fn sides(args: &Args, session: &Session, file: Option<Side>) -> Result<(Side, Side)> {
    let prefect = session.prefect(&session.prefect_settings()?)?;
    let pool = pools::read(&prefect, &args.pool.name()).await?;
    let kind = pool.kind.clone();
    let pool = Side {
        name: format!("work pool {:?}", pool.name.0),
        template: pool.template,
    };
    match file {
        Some(file) => Ok((pool, file)),
        None => {
            let default = Side {
                name: format!("the default of type {kind:?}"),
                template: default::of_server(session, &kind).await?,
            };
            Ok((default, pool))
        }
    }
}
