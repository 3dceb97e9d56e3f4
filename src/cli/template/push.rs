//! `kubectl prefect template push`: a file becomes the template of a work pool.

use std::path::PathBuf;

use super::{
    common::{
        self, BackupArgs, Outcome, PoolArg, Report, can_agree, check, read_template, remember,
        say_api, source_name, state_folder,
    },
    tell,
};
use crate::{
    base_template::{Template, diff, document::Digest, lint::Subject},
    cli::{Session, runtime},
    error::{Error, Result},
    pools::{self, Change, Pool, Progress},
    prefect::Client,
    ui::{OutputFormat, age},
    worker::pool::TYPE,
};

/// Give a work pool another base job template.
///
/// The file is JSON or YAML. It is judged as `template lint` does, compared with what the pool has,
/// and written when you agree; the template before is saved first. When somebody else has changed
/// the pool's template since you fetched it, nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pool: PoolArg,

    /// File with the template, or - for standard input
    #[arg(short, long = "file", value_name = "FILE")]
    file: PathBuf,

    /// Make the work pool, of type kubernetes, when it is missing
    #[arg(long)]
    create: bool,

    /// Write only if the pool has this template now: a file with it, or its digest as `template get`
    /// tells it
    #[arg(long, value_name = "FILE|DIGEST")]
    if_match: Option<Expected>,

    /// Write even if the pool's template has changed since it was fetched
    #[arg(long, conflicts_with = "if_match")]
    force: bool,

    /// Leave the judgement of the template to the server
    #[arg(long)]
    no_lint: bool,

    #[command(flatten)]
    backup: BackupArgs,

    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,

    /// How to write what was done: the pool's name, json, yaml; a sentence when missing
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Json, OutputFormat::Yaml, OutputFormat::Name]))]
    output: Option<OutputFormat>,
}

/// The template that a pool must have.
#[derive(Debug, Clone)]
enum Expected {
    /// The one of this digest.
    Digest(Digest),
    /// The one in this file.
    File(PathBuf),
}

impl std::str::FromStr for Expected {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with(Digest::PREFIX) {
            text.parse().map(Self::Digest)
        } else {
            Ok(Self::File(text.into()))
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  # Look, be asked, write
  kubectl prefect template push -p kubernetes -f template.yaml

  # In a pipeline: only if nobody changed it since the last commit
  git show HEAD~:template.yaml > old.yaml
  kubectl prefect template push -p kubernetes -f template.yaml --if-match old.yaml --yes";

/// Writes the template.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    if !args.dry_run {
        can_agree(session, args.yes, "to write it")?;
    }
    let template = read_template(&args.file, session)?;
    let progress = Progress::default();
    let pushed = runtime::block_on_interruptible(push(args, session, &template, &progress));
    let report = pushed.map_err(|error| progress.explain(error))?;
    report.map_or(Ok(()), |report| {
        common::print(session, args.output, &report)
    })
}

/// Nothing, where somebody was asked and said No.
async fn push(
    args: &Args,
    session: &Session,
    template: &Template,
    progress: &Progress,
) -> Result<Option<Report>> {
    let name = args.pool.name();
    let file = source_name(&args.file);
    let prefect = session.prefect(&session.prefect_settings()?)?;
    say_api(session, &prefect);
    let pool = if args.create {
        pools::find(&prefect, &name).await?
    } else {
        Some(pools::read(&prefect, &name).await.map_err(or_create)?)
    };
    if !args.no_lint {
        let subject = pool.as_ref().map_or(Subject::Kubernetes, Pool::subject);
        check(template, subject, &file, session)?;
    }
    let Some(pool) = pool else {
        return create(args, session, &prefect, template).await;
    };
    let differences = diff(&pool.template.to_value(), &template.to_value());
    if differences.is_empty() {
        remember(session, &pool, None);
        let report = Report::new(&name, Outcome::Unchanged, &pool.template, differences);
        return Ok(Some(report));
    }
    if !args.force {
        check_is_as_expected(args, session, &pool)?;
    }
    session.ui.say_marked(&tell::differences(&differences));
    if args.dry_run {
        let report = Report::new(&name, Outcome::WouldBeUpdated, template, differences);
        return Ok(Some(report));
    }
    let question = format!("Give work pool {:?} this template?", name.0);
    if !args.yes && !session.ui.confirm(&question)? {
        session.ui.say("Nothing was written.");
        return Ok(None);
    }
    let change = Change {
        pool: &pool,
        template,
        backup: &args.backup.place(session)?,
        force: args.force,
        progress,
    };
    let written = pools::write(&prefect, &change).await?;
    remember(session, &written.pool, None);
    Ok(Some(Report {
        backup: written.backup,
        ..Report::new(&name, Outcome::Updated, &written.pool.template, differences)
    }))
}

fn or_create(error: Error) -> Error {
    if error.message.starts_with("there is no work pool") {
        error.hint("--create makes it.")
    } else {
        error
    }
}

async fn create(
    args: &Args,
    session: &Session,
    prefect: &Client,
    template: &Template,
) -> Result<Option<Report>> {
    let name = args.pool.name();
    if args.if_match.is_some() {
        return Err(Error::failed(format!("there is no work pool {:?}", name.0))
            .cause("--if-match wants it to have a template already"));
    }
    if args.dry_run {
        let report = Report::new(&name, Outcome::WouldBeCreated, template, Vec::new());
        return Ok(Some(report));
    }
    let question = format!("Make work pool {:?} with this template?", name.0);
    if !args.yes && !session.ui.confirm(&question)? {
        session.ui.say("Nothing was written.");
        return Ok(None);
    }
    let pool = pools::create(prefect, &name, TYPE, template).await?;
    remember(session, &pool, None);
    let report = Report::new(&name, Outcome::Created, &pool.template, Vec::new());
    Ok(Some(report))
}

/// Refuses to overwrite what somebody else did meanwhile.
fn check_is_as_expected(args: &Args, session: &Session, pool: &Pool) -> Result<()> {
    if let Some(expected) = &args.if_match {
        return check_matches(expected, session, pool);
    }
    let seen = match state_folder(session) {
        Some(folder) => pools::recall(&folder, pool)?,
        None => None,
    };
    let Some(seen) = seen else { return Ok(()) };
    let since = diff(&seen.template.to_value(), &pool.template.to_value());
    if since.is_empty() {
        return Ok(());
    }
    let ago = jiff::Timestamp::now().duration_since(seen.at);
    let ago = age(ago.try_into().unwrap_or_default());
    session
        .ui
        .say("What somebody else changed since you fetched it:");
    session.ui.say_marked(&tell::differences(&since));
    Err(changed(pool)
        .cause(format!(
            "you last saw it {ago} ago, and it is another one now"
        ))
        .hint("Fetch it again with template get and put your changes on top, or say --force."))
}

fn check_matches(expected: &Expected, session: &Session, pool: &Pool) -> Result<()> {
    let matches = match expected {
        Expected::Digest(digest) => *digest == pool.template.digest(),
        Expected::File(path) => {
            let expected = read_template(path, session)?;
            let since = diff(&expected.to_value(), &pool.template.to_value());
            if !since.is_empty() {
                session.ui.say("What somebody else changed in it:");
                session.ui.say_marked(&tell::differences(&since));
            }
            since.is_empty()
        }
    };
    if matches {
        return Ok(());
    }
    let digest = pool.template.digest();
    Err(changed(pool)
        .cause(format!(
            "it is not the one of --if-match; its digest is {digest}"
        ))
        .hint("Fetch it again with template get and put your changes on top."))
}

fn changed(pool: &Pool) -> Error {
    let name = &pool.name.0;
    Error::failed(format!(
        "the template of work pool {name:?} has been changed by somebody else"
    ))
}
