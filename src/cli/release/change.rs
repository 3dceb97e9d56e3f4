//! Carries a prepared release out: says what will be done, does it, and says what was done.

use tokio_util::sync::CancellationToken;

use super::{
    Prepared, Request, adopt,
    args::{ChangeArgs, DryRun},
    interrupt::{mindful, unless},
    prepare, print, ready,
};
use crate::{
    cli::Session,
    error::Result,
    install::{
        apply::{self, Order},
        plan::Step,
        preflight::namespace,
        release::Status,
        values::Given,
    },
};

/// What a command is about.
#[derive(Debug)]
pub struct Intent<'a> {
    /// What is prepared.
    pub request: Request<'a>,
    /// How it is carried out.
    pub args: &'a ChangeArgs,
    /// Where.
    pub dry_run: DryRun,
    /// A release is taken over even if more than bookkeeping changes.
    pub allow_changes: bool,
    /// Helm's records of a release that is taken over are removed without asking.
    pub remove_helm_records: bool,
    /// What the revision is described by.
    pub description: &'a str,
}

/// Prepares a change, shows it, and carries it out unless it is a dry run.
///
/// # Errors
/// What stands in its way, with what was done before it.
pub async fn change(session: &Session, given: Given, intent: &Intent<'_>) -> Result<()> {
    let stop = CancellationToken::new();
    mindful(session, &stop, work(session, given, intent, &stop)).await
}

async fn work(
    session: &Session,
    given: Given,
    intent: &Intent<'_>,
    stop: &CancellationToken,
) -> Result<()> {
    let preparing = prepare(session, given, &intent.request);
    let mut prepared = unless(stop, "nothing was changed", preparing).await?;
    print::plan(session, &prepared);
    adopt::check(session, &prepared, intent.allow_changes)?;
    if intent.dry_run == DryRun::Server {
        return dry_run(session, &prepared, intent).await;
    }
    if !prepared.missing_namespaces.is_empty() {
        make_namespaces(session, &mut prepared, intent, stop).await?;
    }
    let revision = carry_out(session, &prepared, intent, stop).await?;
    let ready = match intent.args.wait {
        true => ready::wait(session, &prepared, intent.args, revision, stop).await?,
        false => None,
    };
    let removed = adopt::end(session, &prepared, intent).await?;
    if let Some(format) = intent.args.output {
        let mut document = print::document(&prepared, Some(revision), false);
        if let (Some(removed), true) = (removed, document["adopted"].is_object()) {
            document["adopted"]["recordsRemoved"] = removed.into();
        }
        document["ready"] = intent.args.wait.then_some(true).into();
        document["workers"] = ready.map(|ready| ready.workers).into();
        print::write(session, format, &document)?;
    }
    Ok(())
}

/// What the server would do.
async fn dry_run(session: &Session, prepared: &Prepared, intent: &Intent<'_>) -> Result<()> {
    for name in &prepared.missing_namespaces {
        namespace::create(&prepared.cluster, name, true).await?;
        session.ui.warn(&format!(
            "objects cannot be tried in namespace {name} before it is there: only that they can be \
             rendered is known"
        ));
    }
    match intent.args.output {
        Some(format) => print::write(session, format, &print::document(prepared, None, true))?,
        None => {
            for step in &prepared.plan.steps {
                print::step(session, step, " (server dry run)");
            }
        }
    }
    Ok(())
}

/// Makes the namespaces that are missing, then tries the objects in them. If they are refused, the
/// namespaces go again: nothing else is in them.
async fn make_namespaces(
    session: &Session,
    prepared: &mut Prepared,
    intent: &Intent<'_>,
    stop: &CancellationToken,
) -> Result<()> {
    let names = std::mem::take(&mut prepared.missing_namespaces);
    for name in &names {
        namespace::create(&prepared.cluster, name, false).await?;
        session.ui.say(&format!("Namespace {name} was made."));
    }
    let planning = prepared.make_plan(intent.request.compare);
    let result = unless(stop, "only namespaces were made", planning).await;
    match result {
        Ok(plan) => prepared.plan = plan,
        Err(mut error) => {
            for name in &names {
                match namespace::remove(&prepared.cluster, name).await {
                    Ok(()) => session
                        .ui
                        .say(&format!("Namespace {name} was deleted again.")),
                    Err(kept) => error.causes.push(format!(
                        "namespace {name} was made and is left behind: {}",
                        kept.one_line()
                    )),
                }
            }
            return Err(error);
        }
    }
    prepared.missing_namespaces = names;
    Ok(())
}

/// Applies the plan. Gives the revision that is installed then.
async fn carry_out(
    session: &Session,
    prepared: &Prepared,
    intent: &Intent<'_>,
    stop: &CancellationToken,
) -> Result<u32> {
    let Prepared {
        cluster,
        release,
        stored,
        plan,
        record,
        ..
    } = prepared;
    let is_plain = intent.args.output.is_none();
    let description = match prepared.back_to {
        Some(number) => format!("{} to revision {number}", intent.description),
        None => intent.description.to_owned(),
    };
    if let Some(revision) = prepared.installed_already() {
        if is_plain {
            for step in &plan.steps {
                print::step(session, step, "");
            }
        }
        session.ui.say(&format!(
            "Nothing to change: release {} is as these values say (revision {revision}).",
            release.name
        ));
        return Ok(revision);
    }
    let order = Order {
        release,
        stored,
        plan,
        record,
        description: &description,
        force_conflicts: intent.request.compare.force_conflicts,
        history_max: intent.args.history_max,
        stop,
    };
    let mut told = |step: &Step| {
        if is_plain {
            print::step(session, step, "");
        }
    };
    let revision = apply::apply(cluster, &order, &mut told).await?;
    session.ui.say(&format!(
        "Release {} is installed as revision {revision}.",
        release.name
    ));
    Ok(revision)
}

impl Prepared {
    /// The revision that is installed, if there is nothing to do: all objects are as they are to
    /// be, and what is remembered is what would be.
    fn installed_already(&self) -> Option<u32> {
        let latest = self.stored.latest()?;
        let is_same = latest.record.as_ref() == Some(&self.record);
        let is_done = latest.status == Status::Deployed && is_same && self.plan.is_unchanged();
        is_done.then_some(latest.number)
    }
}
