//! `kubectl prefect template get`: the template of a work pool.

use super::common::{PoolArg, print_document, remember};
use crate::{
    cli::{Session, runtime},
    error::Result,
    pools,
    ui::OutputFormat,
};

/// Print the base job template of a work pool.
///
/// Its members stand in the order of their names, whatever the server's database makes of them, so
/// that the file can live in Git. What was fetched is remembered on this machine: `template push`
/// refuses when somebody else has changed it since. The digest that is told does the same elsewhere,
/// by `template push --if-match`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pool: PoolArg,

    /// How to write it; json when missing
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Json, OutputFormat::Yaml]))]
    output: Option<OutputFormat>,
}

const EXAMPLES: &str = "\
Examples:
  # Fetch, edit, look, write
  kubectl prefect template get -p kubernetes -o yaml > template.yaml
  kubectl prefect template diff -p kubernetes -f template.yaml
  kubectl prefect template push -p kubernetes -f template.yaml";

/// Prints the template.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    let pool = runtime::block_on_interruptible(async {
        let prefect = session.prefect(&session.prefect_settings()?)?;
        pools::read(&prefect, &args.pool.name()).await
    })?;
    print_document(
        session,
        args.output.unwrap_or(OutputFormat::Json),
        &pool.template.to_value(),
    )?;
    if pool.template.is_empty() {
        session.ui.warn(
            "the work pool has no template yet: its first worker gives it the default \
             (kubectl prefect template default)",
        );
    } else {
        let digest = pool.template.digest();
        session.ui.say(&format!("digest {digest}"));
    }
    remember(session, &pool, None);
    Ok(())
}
