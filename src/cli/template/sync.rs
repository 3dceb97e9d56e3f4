//! `kubectl prefect template sync`: a work pool follows a declared template.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    common::{self, BackupArgs, Outcome, Report, check, counted, remember, say_api, state_folder},
    source::{self, Source, Target},
    tell,
};
use crate::{
    base_template::{Template, diff, lint::Subject},
    cli::{Session, global::Codes, install::DEFAULT_NAME, runtime, worker::names::pool_name},
    error::{Error, Kind, Result},
    k8s::{Patience, RequestTimeout},
    pools::{self, Ages, Change, Pool, Progress, who_is_newer},
    prefect::Client,
    ui::OutputFormat,
    worker::pool::TYPE,
};

/// Time between two looks with --watch, unless told otherwise.
const INTERVAL: Duration = Duration::from_secs(10);
/// And the shortest: each look is a request to two servers.
const SHORTEST: Duration = Duration::from_secs(1);

/// Let a work pool follow a template that is declared elsewhere.
///
/// The source is a file, a ConfigMap, or an installed worker, whose Deployment names both its pool
/// and the ConfigMap of its values (worker.config.baseJobTemplate); workers of the prefect-worker
/// Helm chart are found as well. What is in sync is left alone. Nothing is asked: the source is
/// what was decided on.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Installed worker whose pool follows its values [default: prefect-worker]
    #[arg(value_name = "NAME", conflicts_with_all = ["file", "configmap", "all"])]
    name: Option<String>,

    /// File to follow
    #[arg(short, long = "file", value_name = "FILE", requires = "pool", conflicts_with_all = ["configmap", "all"])]
    file: Option<PathBuf>,

    /// ConfigMap to follow, in the namespace of -n
    #[arg(long, value_name = "NAME", requires = "pool", conflicts_with = "all")]
    configmap: Option<String>,

    /// Key of the template in the ConfigMap
    #[arg(long, value_name = "KEY", default_value = pools::KEY, requires = "configmap")]
    key: String,

    /// Work pool that follows the file or the ConfigMap
    #[arg(short, long, value_name = "POOL", value_parser = pool_name)]
    pool: Option<String>,

    /// Every installed worker of the namespace whose values have a template
    #[arg(long)]
    all: bool,

    /// Change nothing; the exit code is 1 when something is not in sync
    #[arg(long, conflicts_with = "watch")]
    check: bool,

    /// Go on: look again and again whether the source or the pool has changed
    #[arg(long)]
    watch: bool,

    /// Time between two looks with --watch, as 10s or 1m [default: 10s]
    #[arg(long, value_name = "DURATION", requires = "watch")]
    interval: Option<RequestTimeout>,

    /// Make the work pool, of type kubernetes, when it is missing
    #[arg(long)]
    create: bool,

    /// Leave the judgement of the template to the server
    #[arg(long)]
    no_lint: bool,

    #[command(flatten)]
    backup: BackupArgs,

    /// How to write what was done: the pool's name, json, yaml; a sentence when missing
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Json, OutputFormat::Yaml, OutputFormat::Name]))]
    output: Option<OutputFormat>,
}

const EXAMPLES: &str = "\
Examples:
  # In a pipeline: does the pool have what is in Git?
  kubectl prefect template sync -p kubernetes -f template.yaml --check

  # The pools of all workers that are installed in a namespace
  kubectl prefect template sync --all -n prefect

  # Follow a ConfigMap until interrupted
  kubectl prefect template sync -p kubernetes --configmap my-template -n prefect --watch";

/// Brings pools in line with their sources.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    if args.watch && args.backup.backup.is_some() {
        return Err(
            Error::usage("--backup names one file, and --watch may need many")
                .hint("Leave it out: each goes into the state folder."),
        );
    }
    if args.watch && args.file.as_deref() == Some(Path::new("-")) {
        return Err(Error::usage("standard input can be read only once"));
    }
    let progress = Progress::default();
    if args.watch {
        let watched = runtime::block_on_interruptible(watch(args, session, &progress));
        return watched.map_err(|error| progress.explain(error));
    }
    if args.check {
        session.codes = Codes::COMPARISON;
    }
    once(args, session, &progress).map_err(|error| progress.explain(error))
}

fn once(args: &Args, session: &mut Session, progress: &Progress) -> Result<()> {
    let done = runtime::block_on_interruptible(async {
        let prefect = session.prefect(&session.prefect_settings()?)?;
        say_api(session, &prefect);
        let targets = targets(args, session).await?;
        say_cluster(session, &targets);
        if targets.is_empty() {
            session.ui.say("No installed worker declares a template.");
        }
        let mut done = Vec::new();
        for target in &targets {
            done.push((
                target.clone(),
                sync(args, session, &prefect, target, progress).await,
            ));
        }
        Ok(done)
    })?;
    let is_list = args.all || done.len() > 1;
    let mut reports = Vec::new();
    let mut errors = Vec::new();
    for (target, result) in done {
        match result {
            Ok(report) => reports.push(report),
            Err(error) if !is_list => return Err(error),
            Err(error) => {
                reports.push(Report::failed(&target.pool, &error));
                errors.push((target, error));
            }
        }
    }
    match reports.as_slice() {
        [report] if !is_list => common::print(session, args.output, report)?,
        all => common::print_all(session, args.output, all)?,
    }
    verdict(&errors)?;
    if reports
        .iter()
        .any(|report| report.result == Outcome::Different)
    {
        session.codes.success = 1;
    }
    Ok(())
}

/// Fails when something could not be brought in line.
fn verdict(errors: &[(Target, Error)]) -> Result<()> {
    let Some((_, first)) = errors.first() else {
        return Ok(());
    };
    let kind = if errors.iter().all(|(_, error)| error.kind == first.kind) {
        first.kind
    } else {
        Kind::Failed
    };
    let causes = errors
        .iter()
        .map(|(target, error)| format!("work pool {:?}: {}", target.pool.0, error.one_line()));
    Err(Error {
        causes: causes.collect(),
        hints: first.hints.clone(),
        ..Error::new(kind, format!("work pools not in sync: {}", errors.len()))
    })
}

/// Looks again and again. What fails is tried again with the next look.
async fn watch(args: &Args, session: &Session, progress: &Progress) -> Result<()> {
    let interval = args.interval.and_then(|interval| interval.0);
    let pause = interval.unwrap_or(INTERVAL).max(SHORTEST);
    let prefect = session.prefect(&session.prefect_settings()?)?;
    say_api(session, &prefect);
    let mut targets = targets(args, session).await?;
    say_cluster(session, &targets);
    let mut said = BTreeSet::new();
    loop {
        let mut failures = BTreeSet::new();
        for target in &targets {
            match sync(args, session, &prefect, target, progress).await {
                Ok(report) if report.result == Outcome::Unchanged => {}
                Ok(report) => common::print(session, args.output, &report)?,
                Err(error) => {
                    failures.insert(error.one_line());
                }
            }
        }
        tokio::time::sleep(pause).await;
        if args.file.is_none() && args.configmap.is_none() {
            match self::targets(args, session).await {
                Ok(found) => targets = found,
                Err(error) => {
                    failures.insert(error.one_line());
                }
            }
        }
        // Said once, and not with every look.
        for failure in failures.difference(&said) {
            session.ui.warn(failure);
        }
        said = failures;
    }
}

/// Says which cluster the sources are in.
fn say_cluster(session: &Session, targets: &[Target]) {
    if let Some(Target {
        source: Source::ConfigMap { cluster, .. },
        ..
    }) = targets.first()
    {
        session.ui.say(&cluster.line());
    }
}

async fn targets(args: &Args, session: &Session) -> Result<Vec<Target>> {
    if let (Some(file), Some(pool)) = (&args.file, &args.pool) {
        return Ok(vec![Target {
            pool: pool.clone().into(),
            source: Source::File(file.clone()),
        }]);
    }
    let cluster = session.cluster(Patience::Command).await?;
    if let (Some(name), Some(pool)) = (&args.configmap, &args.pool) {
        return Ok(vec![Target {
            pool: pool.clone().into(),
            source: Source::ConfigMap {
                cluster,
                name: name.clone(),
                key: args.key.clone(),
            },
        }]);
    }
    let release = args.name.as_deref().unwrap_or(DEFAULT_NAME);
    let mut targets = source::of_workers(&cluster, (!args.all).then_some(release)).await?;
    if let Some(pool) = &args.pool {
        targets.retain(|target| target.pool.0 == *pool);
        if targets.is_empty() {
            return Err(Error::failed(format!(
                "no such worker serves work pool {pool:?}"
            )));
        }
    }
    Ok(targets)
}

async fn sync(
    args: &Args,
    session: &Session,
    prefect: &Client,
    target: &Target,
    progress: &Progress,
) -> Result<Report> {
    let reading = target.source.read().await?;
    let template = &reading.document.template;
    let found = if args.create {
        pools::find(prefect, &target.pool).await?
    } else {
        Some(pools::read(prefect, &target.pool).await?)
    };
    let differences = match &found {
        Some(pool) => diff(&pool.template.to_value(), &template.to_value()),
        None => Vec::new(),
    };
    let source = target.source.name();
    if let Some(pool) = found.as_ref().filter(|_| differences.is_empty()) {
        if !args.check && !args.watch {
            remember(session, pool, None);
        }
        return Ok(report(
            target,
            Outcome::Unchanged,
            template,
            Vec::new(),
            &source,
        ));
    }
    for note in &reading.document.notes {
        session.ui.warn(note);
    }
    if !args.no_lint {
        let subject = found.as_ref().map_or(Subject::Kubernetes, Pool::subject);
        check(template, subject, &source, session)?;
    }
    let Some(pool) = found else {
        if args.check {
            return Ok(report(
                target,
                Outcome::Different,
                template,
                Vec::new(),
                &source,
            ));
        }
        let pool = pools::create(prefect, &target.pool, TYPE, template).await?;
        remember(session, &pool, None);
        return Ok(report(
            target,
            Outcome::Created,
            template,
            Vec::new(),
            &source,
        ));
    };
    let newer = newer(session, &pool, template, reading.changed);
    let count = counted(differences.len());
    let name = &target.pool.0;
    session.ui.say(&format!(
        "work pool {name:?} does not follow {source}: {count}; {newer}"
    ));
    session.ui.say_marked(&tell::differences(&differences));
    if args.check {
        return Ok(
            report(target, Outcome::Different, template, differences, &source)
                .with("newer", newer.into()),
        );
    }
    let change = Change {
        pool: &pool,
        template,
        backup: &args.backup.place(session)?,
        force: false,
        progress,
    };
    let written = pools::write(prefect, &change).await?;
    remember(session, &written.pool, None);
    let report = report(target, Outcome::Updated, template, differences, &source)
        .with("newer", newer.into());
    Ok(Report {
        backup: written.backup,
        ..report
    })
}

fn report(
    target: &Target,
    outcome: Outcome,
    template: &Template,
    differences: Vec<crate::base_template::Difference>,
    source: &str,
) -> Report {
    Report::new(&target.pool, outcome, template, differences).with("source", source.into())
}

fn newer(
    session: &Session,
    pool: &Pool,
    template: &Template,
    changed: Option<jiff::Timestamp>,
) -> &'static str {
    // What was seen only helps: that it cannot be read changes nothing about the drift.
    let seen = state_folder(session).and_then(|folder| pools::recall(&folder, pool).ok()?);
    let ages = Ages {
        source: changed,
        pool: pool.updated,
        seen: seen.as_ref(),
    };
    who_is_newer(template, &pool.template, &ages)
}
