//! `kubectl prefect report`: what a bug report needs.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use secrecy::ExposeSecret;

use super::{Session, check as check_command, diff, runtime, status, version};
use crate::{
    check::{self, Plan, World},
    error::{Error, Result},
    k8s::{Cluster, Patience, RequestTimeout},
    report::{Found, Part, Scrubber, events, find, logs, manifests},
    settings::PrefectSettings,
    ui::{ColorChoice, Ui},
};

/// Gather what a bug report needs, without anything secret.
///
/// Versions, settings, what `check` finds, how releases are getting on and what differs in them, the
/// objects of workers, the newest Jobs and events of the namespace, and the last lines of the workers'
/// logs, as one text in Markdown. What cannot be had is told in its place. Changes nothing.
///
/// Secrets are not collected. Their values, those of variables that hold credentials, and whatever
/// looks like a credential are taken out of everything else. Read it before you hand it on all the same:
/// names, addresses and what workers log are in it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of the release, or of the worker's Deployment [default: all workers of the namespace]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Write it to this new file, which only you may read [default: standard output]
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// How many lines of each container's log
    #[arg(long, value_name = "N", default_value_t = 200)]
    lines: u32,
    /// How long each part may take: 15s, 1m
    #[arg(long, default_value = "15s", value_name = "DURATION")]
    timeout: RequestTimeout,
}

const EXAMPLES: &str = "\
Examples:
  # Why does this worker not work?
  kubectl prefect report -n flows --output-file report.md

  # Of one release, on the terminal
  kubectl prefect report -n flows prefect-worker | less";

/// Gathers and prints the report.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    // The report is a text, wherever it goes.
    session.ui = Ui::new(ColorChoice::Never, &session.env);
    let mut file = match &args.output_file {
        Some(path) => Some(create(path)?),
        None => None,
    };
    let (parts, scrubber) = runtime::block_on_interruptible(gather(args, session))?;
    let mut text = format!(
        "# Report of kubectl prefect, {}\n\nNo Secret has been collected. Read it before you hand it on.\n",
        Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ")
    );
    for part in &parts {
        text.push('\n');
        text.push_str(&part.markdown(&scrubber));
    }
    match (&mut file, &args.output_file) {
        (Some(file), Some(path)) => {
            file.write_all(text.as_bytes())
                .map_err(|error| cannot(path, &error))?;
            session.ui.say(&format!("written to {}", path.display()));
        }
        _ => session.ui.data(&text),
    }
    let missing: Vec<&str> = parts
        .iter()
        .filter(|part| part.text.is_err())
        .map(|part| part.title)
        .collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        session.ui.warn(&format!("could not be had: {missing}"));
    }
    Ok(())
}

/// Makes the file before anything is gathered for it.
fn create(path: &Path) -> Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| cannot(path, &error))
}

fn cannot(path: &Path, error: &std::io::Error) -> Error {
    let failed = Error::failed(format!("failed to write {}", path.display())).because(error);
    match error.kind() {
        std::io::ErrorKind::AlreadyExists => failed.hint("name a file that is not there yet"),
        _ => failed,
    }
}

async fn gather(args: &Args, session: &Session) -> Result<(Vec<Part>, Scrubber)> {
    let limit = args.timeout.0.unwrap_or(check::FOR_EVER);
    let world = World::new(Plan {
        name: args.name.clone(),
        ..session.plan()
    });
    let mut secrets = world
        .plan
        .settings
        .as_ref()
        .map_or_else(|_| Vec::new(), credentials);
    let cluster = session.cluster(Patience::Command).await;
    let found = match &cluster {
        Ok(cluster) => within(limit, find(cluster, args.name.as_deref())).await,
        Err(error) => Err(error.clone()),
    };
    if let Ok(found) = &found {
        secrets.extend(found.secrets.iter().cloned());
    }
    let scrubber = Scrubber::new(secrets);
    let mut parts = vec![
        Part::gather("Versions", "text", limit, versions(&world, limit)).await,
        Part::new("Settings", "text", settings(&world)),
        Part::gather("Checks", "text", limit * 2, checks(&world, limit)).await,
    ];
    let name = args.name.as_deref();
    let looked = Part::gather("Releases", "text", limit, status::text(name, session)).await;
    let is_installed = matches!(&looked.text, Ok(text) if !text.is_empty());
    parts.push(looked);
    if is_installed {
        let differs = Part::gather("Differences", "diff", limit, diff::text(name, session));
        parts.push(differs.await);
    }
    parts.extend(of_cluster(args, cluster.as_ref(), &found, &scrubber, limit).await);
    Ok((parts, scrubber))
}

async fn of_cluster(
    args: &Args,
    cluster: Result<&Cluster, &Error>,
    found: &Result<Found>,
    scrubber: &Scrubber,
    limit: Duration,
) -> Vec<Part> {
    let both = || match (cluster, found) {
        (Ok(cluster), Ok(found)) => Ok((cluster, found)),
        (Err(error), _) => Err(error.clone()),
        (_, Err(error)) => Err(error.clone()),
    };
    let objects = async {
        let (cluster, found) = both()?;
        manifests(cluster, found, scrubber).await
    };
    let happened = async { events(cluster.map_err(Clone::clone)?).await };
    let said = async {
        let (cluster, found) = both()?;
        logs(cluster, found, args.lines).await
    };
    vec![
        Part::gather("Objects", "yaml", limit, objects).await,
        Part::gather("Events", "text", limit, happened).await,
        Part::gather("Logs", "text", limit, said).await,
    ]
}

async fn within<T>(limit: Duration, question: impl Future<Output = Result<T>>) -> Result<T> {
    let answer = tokio::time::timeout(limit, question).await;
    answer.unwrap_or_else(|_| {
        let words = format!("no answer within {} s", limit.as_secs_f64());
        Err(Error::unreachable(words))
    })
}

/// The credentials of our own settings.
fn credentials(settings: &PrefectSettings) -> Vec<String> {
    let api = &settings.api;
    let own = api.key.iter().chain(&api.auth_string);
    let headers = settings.client.custom_headers.iter();
    own.chain(headers.map(|(_, value)| value))
        .map(|secret| secret.expose_secret().to_owned())
        .collect()
}

async fn versions(world: &World, limit: Duration) -> Result<String> {
    let found = check::inventory(world, limit).await;
    let skew = found.skew.iter().map(|it| format!("{}\n", it.seen));
    Ok(version::text(Some(&found)) + &skew.collect::<String>())
}

/// The settings that are set, and where.
fn settings(world: &World) -> Result<String> {
    let settings = world.plan.settings.as_ref().map_err(Clone::clone)?;
    let lines = settings.job_environment_to_show().into_iter();
    let lines = lines.map(|(name, value)| {
        let source = settings.source(&name);
        format!("{name}={value}  # {source}\n")
    });
    let profile = settings.profile.as_deref().unwrap_or("none");
    Ok(format!("# profile {profile}\n") + &lines.collect::<String>())
}

async fn checks(world: &World, limit: Duration) -> Result<String> {
    let checks = check::choose(false, &[], &[]);
    Ok(check_command::text(
        &check::run(world, &checks, limit).await,
    ))
}
