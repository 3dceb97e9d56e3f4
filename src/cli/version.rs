//! `kubectl prefect version`: which build this is, and what it has to do with.

use serde_json::{Value, json};

use super::{Session, runtime, yaml::to_yaml};
use crate::{
    check::{self, Inventory, Part, World},
    error::Result,
    k8s::RequestTimeout,
    this_build::THIS,
    ui::{OutputFormat, tame_line},
};

/// Show the versions of this plugin, the cluster, the Prefect server and the workers.
///
/// Workers are those installed in the namespace, by their images, and those online in their pools,
/// by what they said when they started. What does not answer is told and is no failure; what does
/// not fit together is warned of.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Only this plugin's; asks nobody
    #[arg(long)]
    client: bool,
    /// How long each may take to answer: 5s, 1m
    #[arg(
        long,
        default_value = "5s",
        value_name = "DURATION",
        conflicts_with = "client"
    )]
    timeout: RequestTimeout,
    /// How to write it: for people when missing
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Json, OutputFormat::Yaml]))]
    output: Option<OutputFormat>,
}

const EXAMPLES: &str = "\
Examples:
  # This plugin, the cluster, the Prefect server and the workers of a namespace
  kubectl prefect version -n flows

  # In a script: which build is this?
  kubectl prefect version --client -o json";

/// Prints the versions.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    let found = match args.client {
        true => None,
        false => Some(look(args, session)?),
    };
    match args.output {
        Some(OutputFormat::Json) => session.ui.json(&document(found.as_ref())),
        Some(_) => session.ui.data(&to_yaml(&document(found.as_ref()))?),
        None => session.ui.data(&text(found.as_ref())),
    }
    for finding in found.iter().flat_map(|found| &found.skew) {
        let todo = finding.what_to_do.as_deref().unwrap_or_default();
        session.ui.warn(&format!("{}. {todo}", finding.seen));
    }
    Ok(())
}

fn look(args: &Args, session: &Session) -> Result<Inventory> {
    let world = World::new(session.plan());
    let limit = args.timeout.0.unwrap_or(check::FOR_EVER);
    runtime::block_on_interruptible(async { Ok(check::inventory(&world, limit).await) })
}

/// The versions for machines.
fn document(found: Option<&Inventory>) -> Value {
    let client = json!({
        "version": THIS.version,
        "commit": THIS.commit,
        "date": THIS.date,
        "prefect": THIS.prefect,
        "platform": format!("{}/{}", THIS.platform.0, THIS.platform.1),
    });
    let mut document = json!({ "client": client });
    if let (Value::Object(document), Ok(Value::Object(found))) =
        (&mut document, serde_json::to_value(found))
    {
        document.extend(found);
    }
    document
}

/// The versions for people.
pub(super) fn text(found: Option<&Inventory>) -> String {
    let mut lines = vec![THIS.line()];
    if let Some(found) = found {
        lines.push(line("Kubernetes", &found.kubernetes));
        lines.push(line("Prefect server", &found.prefect_server));
        lines.extend(found.deployments.iter().map(|it| {
            format!(
                "Deployment {}/{}: image {}",
                it.namespace, it.deployment, it.image
            )
        }));
        lines.extend(found.workers.iter().map(|worker| {
            let version = worker.version.as_deref().unwrap_or("version not known");
            format!("Worker {}: {version}", worker.full_name())
        }));
        let unknown = found.workers_unknown.as_ref();
        lines.extend(unknown.map(|why| format!("Workers: not known ({why})")));
    }
    lines
        .iter()
        .map(|line| format!("{}\n", tame_line(line)))
        .collect()
}

fn line(name: &str, part: &Part) -> String {
    let address = part.address.as_deref();
    let at = address.map_or_else(String::new, |address| format!(" at {address}"));
    match (&part.version, &part.unknown) {
        (Some(version), _) => format!("{name} {version}{at}"),
        (None, Some(why)) => format!("{name}{at}: not known ({why})"),
        (None, None) => format!("{name}{at}: always of today"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Image;

    #[test]
    fn what_is_not_known_is_told_in_its_place() {
        let found = Inventory {
            kubernetes: Part {
                address: Some("https://k".to_owned()),
                version: None,
                unknown: Some("no answer within 5 s".to_owned()),
            },
            prefect_server: Part {
                address: Some("https://p/api".to_owned()),
                version: Some("3.8.8".to_owned()),
                unknown: None,
            },
            deployments: vec![Image {
                deployment: "w".to_owned(),
                namespace: "flows".to_owned(),
                image: "prefecthq/prefect:3\x1b[2J".to_owned(),
                pools: Vec::new(),
            }],
            workers: Vec::new(),
            workers_unknown: Some("no work pool is known".to_owned()),
            skew: Vec::new(),
        };
        let text = text(Some(&found));
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "Kubernetes at https://k: not known (no answer within 5 s)",
                "Prefect server 3.8.8 at https://p/api",
                "Deployment flows/w: image prefecthq/prefect:3 [2J",
                "Workers: not known (no work pool is known)",
            ]
        );
        let document = document(Some(&found));
        assert_eq!(document["client"]["version"], THIS.version);
        assert_eq!(document["kubernetes"]["unknown"], "no answer within 5 s");
        assert_eq!(
            self::document(None).as_object().map(serde_json::Map::len),
            Some(1)
        );
    }
}
