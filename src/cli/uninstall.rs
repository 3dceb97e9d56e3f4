//! `kubectl prefect uninstall`: removes a release and what is remembered of it.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    Session,
    release::{
        self, Installed,
        args::{DEFAULT_NAME, DryRun},
        interrupt::{mindful, unless},
        print,
    },
    runtime,
};
use crate::{
    error::{Error, Kind, Result},
    install::{
        apply::{self, Order},
        plan::{self, Plan, Step, obstacle},
        preflight::rights,
        release::{Record, ReleaseId},
        removal::{self, Pools},
        render,
    },
    k8s::{Patience, RequestTimeout},
    ui::{OutputFormat, tame_line},
};

/// Remove a release: its objects, and what is remembered of it.
///
/// The namespace stays, and so do the Secret with the API key and all that the release did not make.
/// Jobs that run go on, but nobody watches them any more: while there are some, nothing is removed
/// unless --leave-jobs is given.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of the release
    #[arg(default_value = DEFAULT_NAME, value_name = "NAME")]
    name: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Remove it although Jobs of its work pool run
    #[arg(long)]
    leave_jobs: bool,
    /// A release that is not there is no failure
    #[arg(long)]
    ignore_not_found: bool,
    /// Only show what would be removed: by what is stored (client), or as the API server says (server)
    #[arg(long, value_name = "WHERE", value_enum, default_value_t)]
    dry_run: DryRun,
    /// How long to wait until all is gone: 30s, 5m; 0 waits for ever
    #[arg(long, value_name = "DURATION", default_value = "1m")]
    timeout: RequestTimeout,
    /// How to write what was done: json, yaml; sentences when missing
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Yaml, OutputFormat::Json]))]
    output: Option<OutputFormat>,
}

const EXAMPLES: &str = "\
Examples:
  # What would go
  kubectl prefect uninstall -n flows --dry-run=server

  # In a script, whether it is there or not
  kubectl prefect uninstall -n flows --yes --ignore-not-found";

/// Removes a release.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    if args.dry_run == DryRun::None && !args.yes && !session.ui.can_ask() {
        return Err(Error::usage("there is no terminal to ask on").hint(
            "Say --yes to remove the release without being asked, or --dry-run=server to see what goes.",
        ));
    }
    let stop = CancellationToken::new();
    let work = uninstall(args, session, &stop);
    runtime::block_on(mindful(session, &stop, work))
}

async fn uninstall(args: &Args, session: &Session, stop: &CancellationToken) -> Result<()> {
    let finding = find(args, session);
    let Some((installed, plan)) = unless(stop, "nothing was removed", finding).await? else {
        session.ui.say("There is nothing to remove.");
        return match args.output {
            Some(format) => print::write(session, format, &document(args, None, &[])),
            None => Ok(()),
        };
    };
    show(session, &installed, &plan);
    let running = removal::running_jobs(&installed.cluster, &Pools::of(&installed.stored)).await?;
    if !running.unread.is_empty() {
        let unread: Vec<_> = running.unread.iter().map(String::as_str).collect();
        session.ui.warn(&format!(
            "whether Jobs of its work pool run is not known: we may not list jobs.batch in {}",
            unread.join(", ")
        ));
    }
    let running: Vec<String> = running.jobs.into_iter().collect();
    if !running.is_empty() && !args.leave_jobs {
        return Err(still_run(&running));
    }
    if args.dry_run != DryRun::None {
        for step in &plan.steps {
            if args.output.is_none() {
                print::step(session, step, " (dry run)");
            }
        }
        return match args.output {
            Some(format) => print::write(session, format, &document(args, Some(&plan), &running)),
            None => Ok(()),
        };
    }
    let question = format!("Remove release {}?", args.name);
    if !args.yes && !session.ui.confirm(&question)? {
        session.ui.say("Nothing was removed.");
        return Ok(());
    }
    carry_out(args, session, &installed, &plan, stop).await?;
    match args.output {
        Some(format) => print::write(session, format, &document(args, Some(&plan), &running)),
        None => Ok(()),
    }
}

/// The release and its members; `None` when it is not there and need not be.
async fn find(args: &Args, session: &Session) -> Result<Option<(Installed, Plan)>> {
    render::check_release_name(&args.name)?;
    let cluster = session.cluster(Patience::Command).await?;
    let id = ReleaseId {
        name: args.name.clone(),
        namespace: cluster.namespace().to_owned(),
    };
    rights::check(&cluster, &id, &rights::bookkeeping(&id)).await?;
    let installed = match release::read(&cluster, &args.name).await {
        Err(error) if args.ignore_not_found && error.kind == Kind::Failed => {
            session.ui.say(&error.message);
            return Ok(None);
        }
        Err(error) if error.kind == Kind::Failed => {
            return Err(error.hint("--ignore-not-found makes that no failure"));
        }
        installed => installed?,
    };
    let options = plan::Options::default();
    let (release, set) = (&installed.release, &installed.stored.set);
    session.ui.say(&installed.line);
    let plan = plan::gather(&installed.cluster, release, set, Vec::new(), &options).await?;
    match obstacle::error(&release.name, &plan.obstacles) {
        Some(error) => Err(error),
        None => Ok(Some((installed, plan))),
    }
}

fn show(session: &Session, installed: &Installed, plan: &Plan) {
    let own = installed.release.namespace.as_str();
    session.ui.say(print::table(plan, own).render().trim_end());
    let revisions = match installed.stored.revisions.len() {
        1 => "1 revision".to_owned(),
        count => format!("{count} revisions"),
    };
    // The objects may be in another one than the release (namespaceOverride).
    let of_objects = plan.steps.iter().map(|step| &step.object.namespace);
    let mut namespaces: BTreeSet<&str> = of_objects.flatten().map(String::as_str).collect();
    namespaces.insert(own);
    let namespaces: Vec<&str> = namespaces.into_iter().collect();
    let stays = match namespaces.as_slice() {
        [namespace] => format!("Namespace {namespace} stays."),
        several => format!("Namespaces {} stay.", several.join(", ")),
    };
    session.ui.say(&format!(
        "With it goes what is remembered of it ({revisions}). {stays}"
    ));
    let kept = removal::referenced_secrets(&installed.stored);
    if !kept.is_empty() {
        session.ui.say(&format!(
            "Secrets that stay: {}.",
            tame_line(&kept.join(", "))
        ));
    }
}

/// Jobs that nobody would watch.
fn still_run(running: &[String]) -> Error {
    const NAMED: usize = 5;
    let mut names = running.iter().take(NAMED).cloned().collect::<Vec<_>>();
    if running.len() > NAMED {
        names.push(format!("{} more", running.len() - NAMED));
    }
    Error::failed(format!(
        "{} Jobs of its work pool run, and nobody would watch them",
        running.len()
    ))
    .cause(names.join(", "))
    .hint("pause the work pool and wait for them, or leave them alone with --leave-jobs")
}

async fn carry_out(
    args: &Args,
    session: &Session,
    installed: &Installed,
    plan: &Plan,
    stop: &CancellationToken,
) -> Result<()> {
    let Installed {
        cluster,
        release,
        stored,
        ..
    } = installed;
    let latest = stored.deployed().or(stored.latest());
    let record = latest.and_then(|revision| revision.record.clone());
    let order = Order {
        release,
        stored,
        plan,
        // What is left of it, should this be broken off.
        record: &record.unwrap_or(Record {
            values: json!({}),
            objects: Vec::new(),
        }),
        description: "is being uninstalled",
        force_conflicts: false,
        history_max: 0,
        stop,
    };
    let mut told = |step: &Step| {
        if args.output.is_none() {
            print::step(session, step, "");
        }
    };
    apply::apply(cluster, &order, &mut told).await?;
    let left = removal::wait_until_gone(cluster, plan, args.timeout.0);
    let left = unless(stop, "the objects are being deleted, run it again", left).await?;
    if !left.is_empty() {
        return Err(left_over(args.timeout.0.unwrap_or_default(), left));
    }
    removal::forget(cluster, release).await?;
    session
        .ui
        .say(&format!("Release {} was removed.", release.name));
    Ok(())
}

fn left_over(waited: Duration, left: Vec<String>) -> Error {
    let mut error = Error::new(
        Kind::TimedOut,
        format!("not all of it was gone after {} s", waited.as_secs()),
    );
    error.causes = left;
    error.hint(
        "the API server has taken their deletion; when what holds them has let go, run this again to \
         remove what is remembered of the release",
    )
}

fn document(args: &Args, plan: Option<&Plan>, running: &[String]) -> Value {
    let steps = plan.map(|plan| plan.steps.iter().map(print::object).collect::<Vec<_>>());
    json!({
        "release": args.name,
        "dryRun": args.dry_run != DryRun::None,
        "removed": plan.is_some() && args.dry_run == DryRun::None,
        "objects": steps.unwrap_or_default(),
        "runningJobs": running,
    })
}
