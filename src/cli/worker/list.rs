//! `kubectl prefect worker list`: who serves which pool, and whether it lives.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::names::PoolArgs;
use crate::{
    cli::{Session, runtime},
    error::{Error, Result},
    prefect::WorkerStatus,
    records::{self, Record},
    ui::{OutputFormat, Table, age, tame_line},
};

/// List the workers that Prefect has on record, dead ones included.
///
/// A record is made by a worker's first heartbeat and stays after its end. Online and Offline are
/// the server's words: who has missed three heartbeats is Offline, and `worker prune` removes it.
///
/// The version is the one that the worker named when it started. Prefect keeps it in an event, for
/// seven days unless the server is set up otherwise: of older starts it is <unknown>.
#[derive(Debug, clap::Args)]
#[command(visible_alias = "ls", after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pools: PoolArgs,

    /// How to write it
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        default_value = "table",
        value_parser = OutputFormat::among(&[
            OutputFormat::Table, OutputFormat::Wide, OutputFormat::Json, OutputFormat::Yaml,
            OutputFormat::Name,
        ])
    )]
    output: OutputFormat,
}

const EXAMPLES: &str = "\
Examples:
  # All workers of work pools of type kubernetes
  kubectl prefect worker list

  # The names of those of one work pool, as POOL/NAME
  kubectl prefect worker list -p kubernetes -o name";

/// Prints the workers.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == OutputFormat::Json {
        session.ui.errors_as_json();
    }
    let records = runtime::block_on_interruptible(read(args, session))?;
    print(session, args.output, &records)?;
    let is_for_people = matches!(args.output, OutputFormat::Table | OutputFormat::Wide);
    if records.is_empty() && is_for_people {
        args.pools.say_none(session, "workers");
    }
    Ok(())
}

async fn read(args: &Args, session: &Session) -> Result<Vec<Record>> {
    let prefect = session.prefect(&session.prefect_settings()?)?;
    let pools = records::pools(&prefect, &args.pools.choice()).await?;
    let mut found = records::read(&prefect, &pools).await?;
    if args.output != OutputFormat::Name
        && let Err(error) = records::versions(&prefect, &pools, &mut found).await
    {
        let why = error.one_line();
        session
            .ui
            .warn(&format!("the versions of workers are not known: {why}"));
    }
    Ok(found)
}

/// Prints records as `-o` says.
///
/// # Errors
/// When they cannot be written as YAML.
fn print(session: &Session, format: OutputFormat, records: &[Record]) -> Result<()> {
    let document = json!({ "items": records });
    match format {
        OutputFormat::Json => session.ui.json(&document),
        OutputFormat::Yaml => session.ui.data(
            &serde_saphyr::to_string(&document)
                .map_err(|error| Error::failed("failed to write YAML").because(&error))?,
        ),
        OutputFormat::Name => {
            for record in records {
                let name = tame_line(&record.full_name());
                session.ui.data(&format!("{name}\n"));
            }
        }
        OutputFormat::Table | OutputFormat::Wide if records.is_empty() => {}
        OutputFormat::Table | OutputFormat::Wide => {
            let wide = format == OutputFormat::Wide;
            let table = table(records, wide, Timestamp::now());
            session.ui.data(&table.render());
        }
    }
    Ok(())
}

/// The records as a table.
fn table(records: &[Record], wide: bool, now: Timestamp) -> Table {
    let mut headings = vec!["POOL", "NAME", "STATUS", "LAST HEARTBEAT", "VERSION"];
    if wide {
        headings.extend(["POOL TYPE", "INTERVAL", "ID"]);
    }
    let mut table = Table::new(&headings);
    for record in records {
        let mut row = vec![
            record.pool.to_string(),
            record.name.to_string(),
            status(record.status).to_owned(),
            since(record.last_heartbeat, now),
            record.version.clone().unwrap_or_else(unknown),
        ];
        if wide {
            let interval = record.heartbeat_interval_seconds;
            row.extend([
                record.pool_type.clone(),
                interval.map_or_else(unknown, |seconds| age(Duration::from_secs(seconds))),
                record.id.to_string(),
            ]);
        }
        table.row(row);
    }
    table
}

fn unknown() -> String {
    "<unknown>".to_owned()
}

const fn status(status: WorkerStatus) -> &'static str {
    match status {
        WorkerStatus::Online => "Online",
        WorkerStatus::Offline => "Offline",
        WorkerStatus::Unknown => "<unknown>",
    }
}

/// How long ago; a server whose clock is ahead was heard just now.
pub fn since(moment: Option<Timestamp>, now: Timestamp) -> String {
    moment.map_or_else(unknown, |moment| {
        age(now.duration_since(moment).try_into().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::prefect::WorkerId;

    fn record(name: &str, status: WorkerStatus, last: Option<&str>) -> Record {
        Record {
            pool: "k8s".into(),
            pool_type: "kubernetes".to_owned(),
            name: name.into(),
            status,
            last_heartbeat: last.map(|at| at.parse().unwrap()),
            heartbeat_interval_seconds: Some(30),
            version: None,
            id: WorkerId(Uuid::nil()),
        }
    }

    #[test]
    fn a_row_for_each_worker() {
        let now = "2026-11-22T16:00:00Z".parse().unwrap();
        let records = [
            Record {
                version: Some("3.8.8".to_owned()),
                ..record("a", WorkerStatus::Online, Some("2026-11-22T15:59:55Z"))
            },
            record(
                "名\x1b[2J",
                WorkerStatus::Offline,
                Some("2026-11-20T12:00:00Z"),
            ),
            record("ahead", WorkerStatus::Online, Some("2026-11-22T16:00:09Z")),
            record("z", WorkerStatus::Unknown, None),
        ];
        insta::assert_snapshot!(table(&records, false, now).render(), @r"
        POOL   NAME     STATUS      LAST HEARTBEAT   VERSION
        k8s    a        Online      5s               3.8.8
        k8s    名 [2J   Offline     2d4h             <unknown>
        k8s    ahead    Online      0s               <unknown>
        k8s    z        <unknown>   <unknown>        <unknown>
        ");
        insta::assert_snapshot!(table(&records[..1], true, now).render(), @r"
        POOL   NAME   STATUS   LAST HEARTBEAT   VERSION   POOL TYPE    INTERVAL   ID
        k8s    a      Online   5s               3.8.8     kubernetes   30s        00000000-0000-0000-0000-000000000000
        ");
    }
}
