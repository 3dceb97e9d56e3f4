//! `kubectl prefect worker prune`: takes dead workers off the record.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    list,
    names::{self, PoolArgs},
};
use crate::{
    cli::{Session, runtime},
    error::{Error, Kind, Result},
    prefect::Client,
    records::{self, Fate, Record},
    ui::{OutputFormat, Table, tame_line},
};

/// Remove the records of dead workers.
///
/// Dead is who the server calls Offline: it has missed three heartbeats. Each record is read again
/// right before it is removed, and stays if its worker has come back. A worker that lives after all
/// makes a new record with its next heartbeat.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pools: PoolArgs,

    /// Only records of workers that have been silent for this long, as 10m, 12h or 7d
    #[arg(long, value_name = "AGE", value_parser = names::age)]
    older_than: Option<SignedDuration>,

    /// Show what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,

    /// How to write what was done: names as POOL/NAME, json, yaml; sentences when missing
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_parser = OutputFormat::among(&[
            OutputFormat::Json, OutputFormat::Yaml, OutputFormat::Name,
        ])
    )]
    output: Option<OutputFormat>,
}

const EXAMPLES: &str = "\
Examples:
  # What would go
  kubectl prefect worker prune --dry-run

  # In a script: whoever has been silent for a week
  kubectl prefect worker prune --older-than 7d --yes";

/// Removes the records of dead workers.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    let done = runtime::block_on_interruptible(prune(args, session))?;
    report(args, session, &done)
}

/// A record, and what became of it.
struct Done {
    record: Record,
    /// `None`: nothing was tried, it was a dry run.
    fate: Option<Result<Fate>>,
}

async fn prune(args: &Args, session: &Session) -> Result<Vec<Done>> {
    let prefect = session.prefect(&session.prefect_settings()?)?;
    session
        .ui
        .say(&format!("Prefect API {}", prefect.api_url()));
    let pools = records::pools(&prefect, &args.pools.choice()).await?;
    let mut dead = records::read(&prefect, &pools).await?;
    let now = Timestamp::now();
    dead.retain(|record| record.is_dead(now, SignedDuration::ZERO));
    if dead.is_empty() {
        args.pools.say_none(session, "dead workers");
        return Ok(Vec::new());
    }
    let count = dead.len();
    let silent_for = args.older_than.unwrap_or_default();
    dead.retain(|record| record.is_dead(now, silent_for));
    if dead.is_empty() {
        let text = format!("None of {count} dead workers has been silent for so long.");
        session.ui.say(&text);
        return Ok(Vec::new());
    }
    if args.dry_run {
        let would = |record| Done { record, fate: None };
        return Ok(dead.into_iter().map(would).collect());
    }
    if !args.yes && !session.ui.can_ask() {
        let count = match dead.len() {
            1 => "the record of a dead worker".to_owned(),
            count => format!("the records of {count} dead workers"),
        };
        return Err(Error::usage(format!(
            "there is no terminal to ask on whether to remove {count}"
        ))
        .hint("Say --yes to remove them without being asked, or --dry-run to see them."));
    }
    if !args.yes && !agreed(session, &dead, now)? {
        session.ui.say("Nothing was removed.");
        return Ok(Vec::new());
    }
    let mut done = Vec::new();
    for record in dead {
        let fate = remove(&prefect, &record).await;
        if args.output.is_none() {
            tell(session, &record, &fate);
        }
        done.push(Done {
            record,
            fate: Some(fate),
        });
    }
    Ok(done)
}

async fn remove(prefect: &Client, record: &Record) -> Result<Fate> {
    let fate = records::remove(prefect, record).await;
    fate.map_err(|error| {
        error.context(format!(
            "failed to remove the record of worker {:?} in work pool {:?}",
            record.name.0, record.pool.0
        ))
    })
}

fn agreed(session: &Session, dead: &[Record], now: Timestamp) -> Result<bool> {
    let mut table = Table::new(&["POOL", "NAME", "LAST HEARTBEAT"]);
    for record in dead {
        let seen = list::since(record.last_heartbeat, now);
        table.row([record.pool.to_string(), record.name.to_string(), seen]);
    }
    session.ui.say(table.render().trim_end());
    let question = match dead.len() {
        1 => "Remove this record?".to_owned(),
        count => format!("Remove these {count} records?"),
    };
    session.ui.confirm(&question)
}

/// Says at once what became of a record, so that who interrupts knows how far it went.
fn tell(session: &Session, record: &Record, fate: &Result<Fate>) {
    let name = tame_line(&record.full_name());
    match fate {
        Ok(Fate::Removed) => session.ui.data(&format!("{name} removed\n")),
        Ok(Fate::Alive) => session
            .ui
            .data(&format!("{name} kept: it has come back to life\n")),
        Ok(Fate::Gone) => session
            .ui
            .data(&format!("{name} was removed by somebody else\n")),
        Err(error) => session.ui.warn(&error.one_line()),
    }
}

/// Prints what was done, and fails when some of it did not come about.
fn report(args: &Args, session: &mut Session, done: &[Done]) -> Result<()> {
    let document = || {
        let items: Vec<Value> = done.iter().map(Done::to_json).collect();
        json!({ "dryRun": args.dry_run, "items": items })
    };
    match args.output {
        Some(OutputFormat::Json) => {
            session.ui.json(&document());
            // Failures stand in the document, and a second one would make it invalid.
            session.ui.errors_as_text();
        }
        Some(OutputFormat::Yaml) => {
            let text = serde_saphyr::to_string(&document())
                .map_err(|error| Error::failed("failed to write YAML").because(&error))?;
            session.ui.data(&text);
        }
        Some(_) => {
            for done in done.iter().filter(|done| done.is_removed_or_would_be()) {
                let name = tame_line(&done.record.full_name());
                session.ui.data(&format!("{name}\n"));
            }
        }
        None => {
            for done in done.iter().filter(|done| done.fate.is_none()) {
                let name = tame_line(&done.record.full_name());
                session
                    .ui
                    .data(&format!("{name} would be removed (dry run)\n"));
            }
        }
    }
    failures(done)
}

fn failures(done: &[Done]) -> Result<()> {
    let errors: Vec<&Error> = done
        .iter()
        .filter_map(|done| done.fate.as_ref()?.as_ref().err())
        .collect();
    let Some(first) = errors.first() else {
        return Ok(());
    };
    // A server that is away for one record is away for all.
    let kind = if errors.iter().all(|error| error.kind == first.kind) {
        first.kind
    } else {
        Kind::Failed
    };
    let (failed, all) = (errors.len(), done.len());
    let message = format!("{failed} of {all} records could not be removed");
    Err(Error {
        causes: vec![first.one_line()],
        hints: first.hints.clone(),
        ..Error::new(kind, message)
    })
}

impl Done {
    fn to_json(&self) -> Value {
        let mut item = json!({
            "pool": self.record.pool,
            "name": self.record.name,
            "id": self.record.id,
            "lastHeartbeat": self.record.last_heartbeat,
        });
        match &self.fate {
            None => item["result"] = "wouldBeRemoved".into(),
            Some(Ok(fate)) => item["result"] = json!(fate),
            Some(Err(error)) => {
                item["result"] = "failed".into();
                item["error"] = error.one_line().into();
            }
        }
        item
    }

    fn is_removed_or_would_be(&self) -> bool {
        matches!(self.fate, None | Some(Ok(Fate::Removed)))
    }
}
