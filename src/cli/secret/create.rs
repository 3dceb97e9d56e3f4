//! `kubectl prefect secret create`: the Secret with the credential, verified before it is written.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::{api, given::GivenArgs};
use crate::{
    cli::{Session, runtime, yaml::to_yaml},
    error::{Error, Result},
    k8s::{self, Cluster, Patience, documents::Trial},
    secret::{self, Change, SecretKey, Standing, StoredSecret},
    settings::SecretString,
    ui::OutputFormat,
};

/// Make the Secret with the API key, or bring it up to date.
///
/// The key is asked for, unseen, unless a --from-... flag names its source. White space around it
/// is cut off. It is tried on the Prefect API before anything is written: PREFECT_API_URL, --api-url
/// or the active profile say which one; without any, a key is tried on Prefect Cloud.
///
/// Other keys of the Secret stay as they are. A Secret that somebody else keeps (External Secrets,
/// Helm, Argo CD, ...) is not touched.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    given: GivenArgs,
    /// Make the namespace if it is missing
    #[arg(long)]
    create_namespace: bool,
    /// Do not ask before another value is replaced
    #[arg(short, long)]
    yes: bool,
    /// Write nothing: client asks no cluster, server lets the API server try it
    #[arg(long, value_name = "WHERE")]
    dry_run: Option<DryRun>,
    /// How to write what was done: json, yaml, name; a sentence when missing. With
    /// --dry-run=client, json and yaml are the Secret itself, with the credential in it
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[
        OutputFormat::Json, OutputFormat::Yaml, OutputFormat::Name,
    ]))]
    output: Option<OutputFormat>,
}

const EXAMPLES: &str = "\
Examples:
  # Ask for the key, try it, and write it to the Secret prefect-api-key
  kubectl prefect secret create -n flows --create-namespace

  # Take the key and the API of a Prefect profile
  kubectl prefect secret create -n flows --from-profile=prod

  # In a script
  vault read -field=key secret/prefect | kubectl prefect secret create --from-stdin --yes

  # A server with basic authentication
  kubectl prefect secret create --auth-string --from-env PREFECT_API_AUTH_STRING

  # Seal it
  kubectl prefect secret create --dry-run=client -o yaml | kubeseal -o yaml > sealed.yaml";

/// Where the Secret is tried instead of written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DryRun {
    /// Here: it can be printed.
    Client,
    /// By the API server.
    Server,
}

/// What became of the Secret.
#[derive(Debug)]
struct Done {
    place: SecretKey,
    change: Change,
    standing: Option<Standing>,
    users: Vec<String>,
}

/// Makes the Secret.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    args.given.source.check(session)?;
    if args.dry_run == Some(DryRun::Client) {
        return in_private(args, session);
    }
    let done = runtime::block_on_interruptible(create(args, session))?;
    done.map_or(Ok(()), |done| report(args, session, &done))
}

/// Reads the credential and tries it.
async fn credential(args: &Args, session: &Session) -> Result<(SecretString, Option<Standing>)> {
    let kind = args.given.place.kind();
    if args.given.no_verify {
        return Ok((args.given.source.read(session, kind, false)?, None));
    }
    let api = api::find(session, args.given.source.settings(session)?, kind, &[])?;
    let value = args
        .given
        .source
        .read(session, kind, api.target.is_cloud())?;
    let standing = api.try_out(session, kind, &value).await?;
    Ok((value, Some(standing)))
}

/// Prints the Secret, or says that it would be made, without a cluster.
fn in_private(args: &Args, session: &Session) -> Result<()> {
    let namespace = k8s::resolve(&session.global.kube.overrides(), &session.env)
        .map_or_else(|_| "default".to_owned(), |target| target.namespace);
    let namespace = session
        .global
        .kube
        .overrides()
        .namespace
        .unwrap_or(namespace);
    let place = args.given.place.within(&namespace)?;
    let (value, _) = runtime::block_on_interruptible(credential(args, session))?;
    let manifest = secret::manifest(&place, &value);
    match args.output {
        Some(OutputFormat::Json) => session.ui.json(&manifest),
        Some(OutputFormat::Yaml) => session.ui.data(&to_yaml(&manifest)?),
        Some(_) => session.ui.data(&format!("secret/{}\n", place.name)),
        None => session
            .ui
            .data(&format!("secret/{} created (dry run)\n", place.name)),
    }
    Ok(())
}

async fn create(args: &Args, session: &Session) -> Result<Option<Done>> {
    let target = k8s::resolve(&session.global.kube.overrides(), &session.env)?;
    let place = args.given.place.within(&target.namespace)?;
    let (value, standing) = credential(args, session).await?;
    let cluster = Cluster::connect(target, Patience::Command).await?;
    session.ui.say(&cluster.line());
    let stored = secret::read(&cluster, &place).await?;
    let change = secret::plan(stored.as_ref(), &place, &value)?;
    let mut done = Done {
        users: users(&cluster, &place, change).await,
        place,
        change,
        standing,
    };
    if change == Change::Replace && args.dry_run.is_none() && !agreed(args, session, &done)? {
        session.ui.say("Nothing was changed.");
        return Ok(None);
    }
    write(args, session, &cluster, &mut done, stored.as_ref(), &value).await?;
    Ok(Some(done))
}

async fn write(
    args: &Args,
    session: &Session,
    cluster: &Cluster,
    done: &mut Done,
    stored: Option<&StoredSecret>,
    value: &SecretString,
) -> Result<()> {
    let trial = match args.dry_run {
        Some(_) => Trial::Yes,
        None => Trial::No,
    };
    let place = &done.place;
    if args.create_namespace
        && done.change == Change::Create
        && secret::ensure_namespace(cluster, &place.namespace, trial).await?
    {
        let suffix = in_parentheses(args);
        session
            .ui
            .say(&format!("namespace/{} created{suffix}", place.namespace));
        if trial == Trial::Yes {
            // The API server can try nothing in a namespace that is not there.
            return Ok(());
        }
    }
    if done.change == Change::None {
        return Ok(());
    }
    secret::write(cluster, place, value, stored, trial).await
}

/// The Deployments that use a value that is replaced. Who may not list them is not told of them.
async fn users(cluster: &Cluster, place: &SecretKey, change: Change) -> Vec<String> {
    if change != Change::Replace {
        return Vec::new();
    }
    match secret::users(cluster, place).await {
        Ok(found) => found.into_iter().map(|it| it.metadata.name).collect(),
        Err(failure) => {
            tracing::debug!("who uses {place} is not known: {failure}");
            Vec::new()
        }
    }
}

fn agreed(args: &Args, session: &Session, done: &Done) -> Result<bool> {
    if args.yes {
        return Ok(true);
    }
    let place = &done.place;
    if !session.ui.can_ask() {
        return Err(
            Error::usage(format!("there is another value under {place}"))
                .cause("there is no terminal to ask on")
                .hint("Say --yes to replace it."),
        );
    }
    session
        .ui
        .say(&format!("There is another value under {place}."));
    session.ui.confirm("Replace it?")
}

fn in_parentheses(args: &Args) -> &'static str {
    match args.dry_run {
        Some(DryRun::Server) => " (server dry run)",
        _ => "",
    }
}

/// What was done, in the word of kubectl.
const fn word(change: Change) -> &'static str {
    match change {
        Change::Create => "created",
        Change::Add | Change::Replace => "updated",
        Change::None => "unchanged",
    }
}

fn report(args: &Args, session: &Session, done: &Done) -> Result<()> {
    let place = &done.place;
    match args.output {
        Some(OutputFormat::Json) => session.ui.json(&document(args, done)),
        Some(OutputFormat::Yaml) => session.ui.data(&to_yaml(&document(args, done))?),
        Some(_) => session.ui.data(&format!("secret/{}\n", place.name)),
        None => {
            let (word, suffix) = (word(done.change), in_parentheses(args));
            session
                .ui
                .data(&format!("secret/{} {word}{suffix}\n", place.name));
        }
    }
    if !done.users.is_empty() {
        let (verb, them) = match done.users.len() {
            1 => ("uses", "it is"),
            _ => ("use", "they are"),
        };
        session.ui.say(&format!(
            "Deployment {} {verb} it, with the old value until {them} restarted: kubectl prefect \
             secret rotate restarts, and waits until the new one is in use.",
            done.users.join(", ")
        ));
    }
    Ok(())
}

fn document(args: &Args, done: &Done) -> Value {
    json!({
        "namespace": done.place.namespace,
        "name": done.place.name,
        "key": done.place.key,
        "result": word(done.change),
        "dryRun": args.dry_run.is_some(),
        "verified": done.standing,
        "usedBy": done.users,
    })
}
