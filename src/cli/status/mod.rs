//! `kubectl prefect status`: how releases are getting on.

mod document;
mod print;

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Session,
    release::{self, Installed},
    runtime,
    yaml::to_yaml,
};
use crate::{
    error::{Error, Kind, Result},
    install::{
        health::{self, Health, Report},
        preflight::prefect::Connection,
        release::{RELEASE, ReleaseId, SET_ID, Store},
    },
    k8s::{Cluster, Patience, Resource},
    prefect::Client,
    ui::{OutputFormat, live::Live},
};

/// Time between two looks of `--watch`.
const LOOK: Duration = Duration::from_secs(2);

/// Show how a release is getting on.
///
/// Its objects, its rollout, its pods with what ails them, the signs of life of its worker, and
/// whether the work pool has its base job template. Nothing is written, not even in a dry run.
/// The exit code is 0 when every release is healthy, 1 when one is not or not yet, and above 1 when
/// that could not be found out.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of the release [default: all of the namespace]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// All releases of the cluster, as a table
    #[arg(short = 'A', long, conflicts_with = "name")]
    all_namespaces: bool,
    /// Look again and again, and show what changes
    #[arg(short, long)]
    watch: bool,
    /// How to write it: for people when missing
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Yaml, OutputFormat::Json]))]
    output: Option<OutputFormat>,
}

const EXAMPLES: &str = "\
Examples:
  # Is the worker well?
  kubectl prefect status -n flows

  # All workers of the cluster
  kubectl prefect status -A

  # Follow a rollout
  kubectl prefect status -n flows --watch";

/// The status of a release, or of all of the namespace, for people; empty when there is none.
pub(super) async fn text(name: Option<&str>, session: &Session) -> Result<String> {
    let args = Args {
        name: name.map(str::to_owned),
        all_namespaces: false,
        watch: false,
        output: None,
    };
    let looking = Looking::begin(&args, session).await?;
    looking.text(&looking.look().await?)
}

/// What is looked at.
struct Looking<'s> {
    args: &'s Args,
    session: &'s Session,
    cluster: Cluster,
}

/// Shows the status.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    session.codes.failed = Some(2);
    let reports = if args.watch {
        runtime::block_on(watch(args, session))?
    } else {
        runtime::block_on_interruptible(once(args, session))?
    };
    let is_well = |report: &Report| health::health(&health::remarks(report)) == Health::Healthy;
    if !reports.iter().all(is_well) {
        session.codes.success = 1;
    }
    Ok(())
}

async fn once(args: &Args, session: &Session) -> Result<Vec<Report>> {
    let looking = Looking::begin(args, session).await?;
    let reports = looking.look().await?;
    if reports.is_empty() && args.output.is_none() {
        let place = match args.all_namespaces {
            true => "the cluster".to_owned(),
            false => format!("namespace {}", looking.cluster.namespace()),
        };
        session.ui.say(&format!("There is no release in {place}."));
    } else {
        session.ui.data(&looking.text(&reports)?);
    }
    Ok(reports)
}

/// Looks until it is interrupted.
async fn watch(args: &Args, session: &Session) -> Result<Vec<Report>> {
    let live = Live::new(args.output.is_none() && session.ui.can_redraw());
    let mut last = String::new();
    tokio::select! {
        result = follow(args, session, &live, &mut last) => return result,
        signal = tokio::signal::ctrl_c() => signal.map_err(
            |error| Error::failed("failed to listen for Ctrl-C").because(&error))?,
    }
    // What was drawn is cleared; what was seen last stays.
    if live.is_drawn() {
        live.clear();
        session.ui.data(&last);
    }
    Err(Error::new(Kind::Interrupted, "interrupted"))
}

async fn follow(
    args: &Args,
    session: &Session,
    live: &Live,
    last: &mut String,
) -> Result<Vec<Report>> {
    let looking = Looking::begin(args, session).await?;
    let mut known = None;
    loop {
        match looking.look().await {
            Ok(reports) => {
                let text = looking.text(&reports)?;
                let gist = Some(document::gist(&reports));
                if live.is_drawn() {
                    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
                    live.show(&lines);
                } else if gist != known {
                    session.ui.data(&looking.stamped(&text));
                }
                known = gist;
                *last = text;
            }
            // A server that does not answer now may do so later.
            Err(error) if known.is_some() && error.kind == Kind::Unreachable => {
                session.ui.warn(&error.one_line());
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(LOOK).await;
    }
}

impl<'s> Looking<'s> {
    async fn begin(args: &'s Args, session: &'s Session) -> Result<Self> {
        let cluster = session.cluster(Patience::Command).await?;
        Ok(Self {
            args,
            session,
            cluster,
        })
    }

    async fn look(&self) -> Result<Vec<Report>> {
        let mut reports = Vec::new();
        for release in self.releases().await? {
            reports.push(self.report(&release).await?);
        }
        Ok(reports)
    }

    async fn report(&self, release: &ReleaseId) -> Result<Report> {
        let stored = Store::new(&self.cluster, release).read().await?;
        let connect = |connection: &Connection| self.connect(connection);
        health::look(&self.cluster, release, &stored, &connect).await
    }

    fn connect(&self, connection: &Connection) -> Result<Client> {
        let has_key = self.session.global.prefect.api_key_file.is_some();
        match &connection.unknown {
            Some(why) if !has_key => Err(Error::failed(why.clone())),
            _ => release::prefect_client(self.session, connection),
        }
    }

    /// The releases that are meant.
    async fn releases(&self) -> Result<Vec<ReleaseId>> {
        if let Some(name) = &self.args.name {
            let Installed { release, .. } = release::read(&self.cluster, name).await?;
            return Ok(vec![release]);
        }
        let namespace = match self.args.all_namespaces {
            true => None,
            false => Some(self.cluster.namespace()),
        };
        let selector = format!("{SET_ID},{RELEASE}");
        let secrets = Resource::secrets();
        let parents = self.cluster.list_objects(&secrets, namespace, &selector);
        let releases = parents.await?.into_iter().filter_map(|parent| {
            let metadata = &parent["metadata"];
            Some(ReleaseId {
                name: metadata["labels"][RELEASE].as_str()?.to_owned(),
                namespace: metadata["namespace"].as_str()?.to_owned(),
            })
        });
        let mut releases: Vec<ReleaseId> = releases.collect();
        releases.sort_by(|one, other| {
            (&one.namespace, &one.name).cmp(&(&other.namespace, &other.name))
        });
        Ok(releases)
    }

    /// What is printed.
    fn text(&self, reports: &[Report]) -> Result<String> {
        let document = || match (self.args.name.is_some(), reports) {
            (true, [report]) => document::of(report),
            _ => serde_json::json!({
                "items": reports.iter().map(document::of).collect::<Vec<_>>(),
            }),
        };
        Ok(match self.args.output {
            Some(OutputFormat::Json) => format!("{:#}\n", document()),
            Some(_) => to_yaml(&document())?,
            None if self.args.all_namespaces => print::table(reports, Timestamp::now()).render(),
            None => {
                let now = Timestamp::now();
                let each = reports.iter().map(|report| print::details(report, now));
                each.collect::<Vec<_>>().join("\n")
            }
        })
    }

    /// A text of `--watch`, where one stands under the other.
    fn stamped(&self, text: &str) -> String {
        match self.args.output {
            Some(OutputFormat::Json) => text.to_owned(),
            Some(_) => format!("---\n{text}"),
            None => {
                let now = Timestamp::now().strftime("%H:%M:%S UTC");
                format!("--- {now}\n{text}")
            }
        }
    }
}
