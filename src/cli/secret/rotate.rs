//! `kubectl prefect secret rotate`: a new credential, in use everywhere, or the old one again.

use std::time::Duration;

use serde_json::json;

use super::{
    api::{self, Api},
    given::GivenArgs,
    verify::{missing, no_key},
};
use crate::{
    cli::{Session, runtime, yaml::to_yaml},
    deployed::{Deployment, WorkerSpec, selector},
    error::{Error, Kind, Result},
    k8s::{Cluster, Patience, PodView, RequestTimeout, Scope},
    prefect::{Client, Page},
    secret::{self, Change, Other, Rotation, SecretKey, Standing, Step, StoredSecret},
    settings::SecretString,
    ui::{OutputFormat, tame_line},
};

/// Put a new API key in the place of the old one, and take it into use.
///
/// The new key is tried on the Prefect API first. Then it is written, and all Deployments that use
/// it (by a variable, all variables, or a volume) are restarted, until they have rolled out and
/// their work pools have heard from the new pods. When that does not come about, the old key is put
/// back and the Deployments return to their former pods; so they do on Ctrl-C.
///
/// With the key that is stored already, those Deployments are restarted whose pods are older than it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    given: GivenArgs,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Wait until it is in use
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", value_name = "BOOL")]
    wait: bool,
    /// How long to wait until it is in use: 90s, 5m
    #[arg(long, default_value = "5m", value_name = "DURATION")]
    timeout: RequestTimeout,
    /// How to write what was done: json, yaml, name; sentences when missing
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[
        OutputFormat::Json, OutputFormat::Yaml, OutputFormat::Name,
    ]))]
    output: Option<OutputFormat>,
}

const EXAMPLES: &str = "\
Examples:
  # Ask for the new key, try it, and restart the workers
  kubectl prefect secret rotate -n flows

  # In a script
  kubectl prefect secret rotate -n flows --from-file new-key --yes --timeout 10m";

/// Longest wait when none is set.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What was found, and what is to be done about it.
struct Found {
    place: SecretKey,
    stored: StoredSecret,
    value: SecretString,
    change: Change,
    deployments: Vec<Deployment>,
    others: Vec<Other>,
    prefect: Option<Client>,
    standing: Option<Standing>,
}

/// Rotates the credential.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    args.given.source.check(session)?;
    if !args.yes && !session.ui.can_ask() {
        return Err(Error::usage("there is no terminal to ask on")
            .hint("Say --yes to rotate without being asked."));
    }
    runtime::block_on(rotate(args, session))
}

async fn rotate(args: &Args, session: &Session) -> Result<()> {
    let cluster = session.cluster(Patience::Command).await?;
    let found = interruptible(find(args, session, &cluster)).await?;
    let is_written = found.change == Change::None;
    if is_written && found.deployments.is_empty() {
        return report(args, session, &found, "unchanged", &[]);
    }
    session.ui.say(&plan_in_words(&found));
    if !args.yes && !session.ui.confirm("Go on?")? {
        session.ui.say("Nothing was changed.");
        return Ok(());
    }
    let rotation = Rotation {
        cluster: &cluster,
        place: &found.place,
        deployments: &found.deployments,
        prefect: found.prefect.as_ref(),
        wait: args.wait.then(|| args.timeout.0.unwrap_or(FOR_EVER)),
    };
    let is_told = args.output.is_none();
    let tell = |step: Step| {
        if is_told {
            tell(session, &found.place, &step);
        }
    };
    let heard = if is_written {
        secret::restart_only(&rotation, ctrl_c(), &tell).await
    } else {
        let (stored, value) = (&found.stored, &found.value);
        secret::rotate(&rotation, stored, value, ctrl_c(), &tell).await
    };
    let heard = heard.map_err(|error| in_context(error, &found))?;
    let result = if is_written { "restarted" } else { "rotated" };
    report(args, session, &found, result, &heard)?;
    tell_others(session, &found);
    tell_jobs(session, &cluster, &found.place).await;
    Ok(())
}

/// Says who else takes it in, and has the old value until somebody sees to it.
fn tell_others(session: &Session, found: &Found) {
    for other in &found.others {
        let what_to_do = match other.restart(&found.place.namespace) {
            Some(restart) => format!("is not restarted: {restart}"),
            None => "takes the new value into its next Job".to_owned(),
        };
        let text = format!("{other} uses it too, and {what_to_do}");
        session.ui.warn(&tame_line(&text));
    }
}

/// Says that Jobs go on with the old value, which is not to be revoked before they end.
async fn tell_jobs(session: &Session, cluster: &Cluster, place: &SecretKey) {
    match secret::jobs_with_old_value(cluster, place).await {
        Ok(0) => {}
        Ok(count) => {
            let jobs = if count == 1 { "Job runs" } else { "Jobs run" };
            session.ui.warn(&format!(
                "{count} {jobs} with the old value: revoke it when they have ended"
            ));
        }
        Err(failure) => tracing::debug!("which Jobs have the old value is not known: {failure}"),
    }
}

/// Says of which attempt the error is; the exit code stays.
fn in_context(error: Error, found: &Found) -> Error {
    if error.kind == Kind::Interrupted {
        return error;
    }
    let mut error = error;
    let message = format!("failed to take the new value of {} into use", found.place);
    let inner = std::mem::replace(&mut error.message, message);
    error.causes.insert(0, inner);
    error
}

/// Looks at what there is, and reads and tries the new credential.
async fn find(args: &Args, session: &Session, cluster: &Cluster) -> Result<Found> {
    let kind = args.given.place.kind();
    session.ui.say(&cluster.line());
    let place = args.given.place.within(cluster.namespace())?;
    let stored = secret::read(cluster, &place).await?;
    let stored = stored.ok_or_else(|| missing(&place))?;
    if stored.value(&place.key).is_none() {
        return Err(no_key(&place, &stored));
    }
    let mut deployments = secret::users(cluster, &place).await?;
    let api = match (args.given.no_verify, args.given.source.settings(session)) {
        (false, settings) => Some(api::find(session, settings?, kind, &deployments)?),
        (true, settings) => settings
            .and_then(|settings| api::find(session, settings, kind, &deployments))
            .ok(),
    };
    let of_cloud = !args.given.no_verify && api.as_ref().is_some_and(|api| api.target.is_cloud());
    let value = args.given.source.read(session, kind, of_cloud)?;
    let change = secret::plan(Some(&stored), &place, &value)?;
    let standing = match &api {
        Some(api) if !args.given.no_verify => Some(api.try_out(session, kind, &value).await?),
        _ => None,
    };
    if change == Change::None {
        deployments = behind(cluster, &stored, &place, deployments).await?;
    }
    let prefect = match &api {
        Some(api) if names_a_pool(&deployments) => {
            listener(args, session, api, &stored, &place, &value).await?
        }
        _ => None,
    };
    if args.wait && prefect.is_none() && names_a_pool(&deployments) {
        session.ui.warn(
            "no Prefect API lets us in: the rollouts are awaited, and not the workers' heartbeats",
        );
    }
    Ok(Found {
        stored,
        value,
        change,
        deployments,
        others: secret::others(cluster, &place).await,
        place,
        prefect,
        standing,
    })
}

/// A client that can hear the workers: with the new credential once it was tried; else with the
/// first of ours, the old one and the new one that is let in.
async fn listener(
    args: &Args,
    session: &Session,
    api: &Api,
    stored: &StoredSecret,
    place: &SecretKey,
    value: &SecretString,
) -> Result<Option<Client>> {
    let kind = args.given.place.kind();
    if !args.given.no_verify {
        return api.client(session, kind, value).map(Some);
    }
    let old = stored
        .value(&place.key)
        .and_then(|bytes| secret::read_credential(kind, bytes, false).ok());
    let mut clients = vec![session.prefect(&api.settings)?];
    for credential in old.iter().chain([value]) {
        clients.push(api.client(session, kind, credential)?);
    }
    let page = Page {
        limit: 1,
        offset: 0,
    };
    for client in clients {
        match client.list_work_pools(page).await {
            Ok(_) => return Ok(Some(client)),
            Err(error) if error.is_refused() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// The Deployments with pods that are older than the value that is stored.
async fn behind(
    cluster: &Cluster,
    stored: &StoredSecret,
    place: &SecretKey,
    deployments: Vec<Deployment>,
) -> Result<Vec<Deployment>> {
    let Some(written) = stored.written(&place.key) else {
        return Ok(deployments);
    };
    let scope = Scope::Namespace(place.namespace.clone());
    let mut behind = Vec::new();
    for deployment in deployments {
        let labels = selector(&deployment.spec.selector.match_labels);
        let pods: Vec<PodView> = cluster.list(&scope, &labels).await?;
        let is_old = |pod: &PodView| {
            pod.metadata
                .creation_timestamp
                .is_none_or(|at| at < written)
        };
        if pods.iter().any(is_old) {
            behind.push(deployment);
        }
    }
    Ok(behind)
}

/// Whether workers of a known pool are among them.
fn names_a_pool(deployments: &[Deployment]) -> bool {
    deployments.iter().any(|deployment| {
        WorkerSpec::of(&deployment.spec.template.spec).is_some_and(|it| !it.pools.is_empty())
    })
}

/// Ends with the first Ctrl-C; never, where nobody can listen for it.
async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn interruptible<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        result = future => result,
        () = ctrl_c() => Err(Error::new(Kind::Interrupted, "interrupted")),
    }
}

fn plan_in_words(found: &Found) -> String {
    let names: Vec<&str> = found
        .deployments
        .iter()
        .map(|it| it.metadata.name.as_str())
        .collect();
    let restarts = match names.as_slice() {
        [] => "No Deployment of the namespace uses it.".to_owned(),
        [name] => format!("Deployment {name} uses it, and is restarted."),
        names => format!(
            "Deployments {} use it, and are restarted.",
            names.join(", ")
        ),
    };
    match found.change {
        Change::None => format!(
            "The value under {} is this one already; pods are older than it. {restarts}",
            found.place
        ),
        _ => format!("The value under {} is replaced. {restarts}", found.place),
    }
}

fn tell(session: &Session, place: &SecretKey, step: &Step) {
    match step {
        Step::Written => session.ui.data(&format!("secret/{} updated\n", place.name)),
        Step::Restarted(name) => session
            .ui
            .data(&format!("deployment.apps/{name} restarted\n")),
        Step::Waiting => session
            .ui
            .say("Waiting until the new pods run and their workers are heard of ..."),
    }
}

fn report(
    args: &Args,
    session: &Session,
    found: &Found,
    result: &str,
    heard: &[String],
) -> Result<()> {
    let place = &found.place;
    let names: Vec<&str> = found
        .deployments
        .iter()
        .map(|it| it.metadata.name.as_str())
        .collect();
    let others: Vec<String> = found.others.iter().map(ToString::to_string).collect();
    let document = || {
        json!({
            "namespace": place.namespace,
            "name": place.name,
            "key": place.key,
            "result": result,
            "verified": found.standing,
            "restarted": names,
            "notRestarted": others,
            "heard": heard,
        })
    };
    match args.output {
        Some(OutputFormat::Json) => session.ui.json(&document()),
        Some(OutputFormat::Yaml) => session.ui.data(&to_yaml(&document())?),
        Some(_) => {
            session.ui.data(&format!("secret/{}\n", place.name));
            for name in names {
                session.ui.data(&format!("deployment.apps/{name}\n"));
            }
        }
        None if result == "unchanged" => session
            .ui
            .data(&format!("secret/{} unchanged\n", place.name)),
        None if !heard.is_empty() => session.ui.say(&format!(
            "The new value is in use: heard of {}.",
            heard.join(", ")
        )),
        None if args.wait && !names.is_empty() => session.ui.say("The new pods run."),
        None => {}
    }
    Ok(())
}
