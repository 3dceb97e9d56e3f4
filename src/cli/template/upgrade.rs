//! `kubectl prefect template upgrade`: what a new default template brings, merged into a pool's own.

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;

use super::{
    common::{
        self, BackupArgs, Outcome, PoolArg, Report, can_agree, check, read_template, remember,
        say_api, source_name, state_folder,
    },
    default, tell,
};
use crate::{
    base_template::{
        Template, diff,
        merge::{Conflict, Merged, Side, distance, merge},
        releases,
    },
    cli::{Session, runtime},
    error::{Error, Result},
    pools::{self, Change, Pool, Progress},
    ui::OutputFormat,
    worker::pool::TYPE,
};

/// Merge what a new release's default template brings into the template of a work pool.
///
/// Three templates are compared: the default that the pool's began as, the pool's, and the new
/// default. What only the new default changed is taken, what only you changed stays, and where both
/// did you are asked. Nothing is written before you have seen and confirmed it.
///
/// The old default is the one of --base, else of that of the last upgrade on this machine and those
/// of the releases the one that the pool's template is most like. The new one is that of --to, else the newer
/// of the server's and this program's.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pool: PoolArg,

    /// File with the default that the pool's template began as
    #[arg(long, value_name = "FILE")]
    base: Option<PathBuf>,

    /// File with the new default
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,

    /// What to take where both the pool's and the new default have changed, instead of asking
    #[arg(long, value_name = "SIDE")]
    prefer: Option<Prefer>,

    #[command(flatten)]
    backup: BackupArgs,

    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,

    /// How to write what was done: the pool's name, json, yaml; a sentence when missing. json and
    /// yaml have the merged template too
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Json, OutputFormat::Yaml, OutputFormat::Name]))]
    output: Option<OutputFormat>,
}

/// A side of all conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Prefer {
    /// What the pool has.
    Yours,
    /// What the new default has.
    New,
}

const EXAMPLES: &str = "\
Examples:
  # See what would change
  kubectl prefect template upgrade -p kubernetes --dry-run

  # In a script: what you have changed stays as it is
  kubectl prefect template upgrade -p kubernetes --prefer yours --yes";

/// Merges, asks and writes.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    if !args.dry_run {
        can_agree(session, args.yes, "to write it")?;
    }
    let progress = Progress::default();
    let upgraded = runtime::block_on_interruptible(upgrade(args, session, &progress));
    let report = upgraded.map_err(|error| progress.explain(error))?;
    report.map_or(Ok(()), |report| {
        common::print(session, args.output, &report)
    })
}

/// A default template and what it is called.
struct Default {
    name: String,
    template: Template,
}

/// Nothing, where somebody was asked and said No.
async fn upgrade(args: &Args, session: &Session, progress: &Progress) -> Result<Option<Report>> {
    let name = args.pool.name();
    let prefect = session.prefect(&session.prefect_settings()?)?;
    say_api(session, &prefect);
    let pool = pools::read(&prefect, &name).await?;
    if pool.template.is_empty() {
        return Err(
            Error::failed(format!("work pool {:?} has no template yet", name.0))
                .hint("There is nothing to upgrade: its first worker gives it the default."),
        );
    }
    let new = new_default(args, session, &pool).await?;
    let base = old_default(args, session, &pool)?;
    session.ui.say(&format!("Old default: {}.", base.name));
    session.ui.say(&format!("New default: {}.", new.name));
    let merged = merged(args, session, &base.template, &pool, &new.template)?;
    let template = match merged.template {
        serde_json::Value::Object(members) => Template::new(members),
        _ => pool.template.clone(),
    };
    let differences = diff(&pool.template.to_value(), &template.to_value());
    let report = |outcome| {
        Report::new(&name, outcome, &template, differences.clone())
            .with("from", base.name.clone().into())
            .with("to", new.name.clone().into())
            .with("conflicts", conflicts(args, &merged.conflicts))
            .with("template", template.to_value())
    };
    if differences.is_empty() {
        if !args.dry_run {
            remember(session, &pool, Some(&new.template));
        }
        return Ok(Some(report(Outcome::Unchanged)));
    }
    check(&template, pool.subject(), "the merged template", session)?;
    session.ui.say_marked(&tell::differences(&differences));
    say_conflicts(args, session, &merged.conflicts);
    if merged.prose_kept > 0 {
        let kept = merged.prose_kept;
        session.ui.say(&format!(
            "Descriptions and titles that both changed stay as yours: {kept}."
        ));
    }
    if args.dry_run {
        return Ok(Some(report(Outcome::WouldBeUpdated)));
    }
    let question = format!("Give work pool {:?} this template?", name.0);
    if !args.yes && !session.ui.confirm(&question)? {
        session.ui.say("Nothing was written.");
        return Ok(None);
    }
    let change = Change {
        pool: &pool,
        template: &template,
        backup: &args.backup.place(session)?,
        force: false,
        progress,
    };
    let written = pools::write(&prefect, &change).await?;
    remember(session, &written.pool, Some(&new.template));
    Ok(Some(Report {
        backup: written.backup,
        ..report(Outcome::Updated)
    }))
}

/// Merges. Conflicts are decided by the flag, by a person, or shown all at once.
fn merged(
    args: &Args,
    session: &Session,
    base: &Template,
    pool: &Pool,
    new: &Template,
) -> Result<Merged> {
    let (base, ours, new) = (base.to_value(), pool.template.to_value(), new.to_value());
    let asks = args.prefer.is_none() && !args.yes && !args.dry_run;
    let mut decide = |conflict: &Conflict| match args.prefer {
        Some(Prefer::Yours) => Ok(Side::Ours),
        Some(Prefer::New) => Ok(Side::Theirs),
        None if asks => ask(session, conflict),
        None => Ok(Side::Ours),
    };
    let merged = merge(&base, &ours, &new, &mut decide)?;
    if args.prefer.is_some() || asks || args.dry_run || merged.conflicts.is_empty() {
        return Ok(merged);
    }
    for (conflict, _) in &merged.conflicts {
        session.ui.say_marked(&tell::conflict(conflict));
    }
    let count = merged.conflicts.len();
    Err(Error::failed(format!(
        "places that both the work pool and the new default have changed: {count}"
    ))
    .hint("Say --prefer yours or --prefer new, or leave out --yes to be asked about each."))
}

fn ask(session: &Session, conflict: &Conflict) -> Result<Side> {
    session
        .ui
        .say("Both the work pool and the new default have changed this:");
    session.ui.say_marked(&tell::conflict(conflict));
    let choices = ["keep yours".to_owned(), "take the new default's".to_owned()];
    match session.ui.choose("What shall it be?", &choices)? {
        0 => Ok(Side::Ours),
        _ => Ok(Side::Theirs),
    }
}

/// Whether conflicts are only shown, and nobody has decided them.
const fn leaves_open(args: &Args) -> bool {
    args.dry_run && args.prefer.is_none()
}

fn say_conflicts(args: &Args, session: &Session, conflicts: &[(Conflict, Side)]) {
    if !leaves_open(args) {
        return session.ui.say_marked(&tell::conflicts(conflicts));
    }
    if !conflicts.is_empty() {
        let count = conflicts.len();
        session.ui.say(&format!(
            "Both the work pool and the new default have changed these, and you will be asked \
             ({count}):"
        ));
    }
    for (conflict, _) in conflicts {
        session.ui.say_marked(&tell::conflict(conflict));
    }
}

fn conflicts(args: &Args, conflicts: &[(Conflict, Side)]) -> serde_json::Value {
    let items = conflicts.iter().map(|(conflict, side)| {
        let mut item = json!(conflict);
        item["taken"] = json!((!leaves_open(args)).then_some(side));
        item
    });
    items.collect()
}

/// The default to come to.
async fn new_default(args: &Args, session: &Session, pool: &Pool) -> Result<Default> {
    if let Some(path) = &args.to {
        return Ok(Default {
            name: source_name(path),
            template: read_template(path, session)?,
        });
    }
    let of_server = Default {
        name: "the server's".to_owned(),
        template: default::of_server(session, &pool.kind).await?,
    };
    if pool.kind == TYPE && releases::is_older(&of_server.template) {
        let latest = releases::latest();
        return Ok(Default {
            name: format!("that of {}", latest.name),
            template: latest.template,
        });
    }
    Ok(of_server)
}

/// The default that the pool's template began as.
fn old_default(args: &Args, session: &Session, pool: &Pool) -> Result<Default> {
    if let Some(path) = &args.base {
        return Ok(Default {
            name: source_name(path),
            template: read_template(path, session)?,
        });
    }
    let seen = match state_folder(session) {
        Some(folder) => pools::recall(&folder, pool)?,
        None => None,
    };
    let last = seen.and_then(|seen| seen.default).map(|template| Default {
        name: "that of the last upgrade".to_owned(),
        template,
    });
    if pool.kind != TYPE {
        return last.ok_or_else(|| {
            Error::usage(format!(
                "the old default of a work pool of type {:?} is not known",
                pool.kind
            ))
            .hint("Name a file with it: --base FILE.")
        });
    }
    let nearest = releases::nearest(&pool.template);
    let nearest = Default {
        name: format!(
            "that of {}, which the work pool's is most like",
            nearest.name
        ),
        template: nearest.template,
    };
    // The pool may have been given a wholly different template since the last upgrade.
    let far = |default: &Default| distance(&default.template.to_value(), &pool.template.to_value());
    Ok(match last {
        Some(last) if far(&last) <= far(&nearest) => last,
        _ => nearest,
    })
}
