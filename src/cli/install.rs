//! `kubectl prefect install`: the worker's objects, from the values of the Helm chart.

use serde_json::{Value, json};

use super::{
    Session,
    release::{
        self, Intent, Request, Source,
        args::{ChangeArgs, DryRun},
    },
    rendering, runtime,
    value_args::ValueArgs,
    yaml::to_yaml,
};
use crate::{
    error::{Error, Result},
    install::{render::Rendered, values},
    k8s,
    ui::OutputFormat,
};

pub use super::release::args::DEFAULT_NAME;

/// Install a worker, or bring an installed one to these values.
///
/// Values are those of the prefect-worker Helm chart: `kubectl prefect values docs` explains them.
/// Rights, Secrets, the Prefect API and its work pool are looked at first, and the API server tries
/// every object before the first one is written. Objects that these values no longer have are
/// deleted. The same values again change nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of the release
    #[arg(default_value = DEFAULT_NAME, value_name = "NAME")]
    name: String,
    /// Only print the objects, without a cluster (client); only try them on the API server (server)
    #[arg(long, value_name = "WHERE", value_enum, default_value_t)]
    dry_run: DryRun,
    /// Take the release of this name over from Helm, with its values; no pod is started again
    #[arg(long)]
    adopt: bool,
    /// Take it over even if more than labels and annotations changes: its pods may be started again
    #[arg(long, requires = "adopt")]
    allow_changes: bool,
    /// Remove Helm's records of the release afterwards, without asking
    #[arg(long, requires = "adopt")]
    remove_helm_records: bool,
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    values: ValueArgs,
}

const EXAMPLES: &str = "\
Examples:
  # A worker with these values
  kubectl prefect install -n flows --create-namespace -f values.yaml

  # A second one beside it
  kubectl prefect install second -n flows -f values.yaml --set fullnameOverride=second

  # See what it would do
  kubectl prefect install -n flows -f values.yaml --dry-run=server

  # Take a worker over that Helm has installed, and see first what that changes
  kubectl prefect install prefect-worker -n flows --adopt --dry-run=server

  # Only the objects, for a repository or for kubectl; no cluster is asked
  kubectl prefect install -n flows -f values.yaml --dry-run=client -o yaml";

/// Installs the objects, or prints them.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    args.change.begin(session);
    if args.dry_run == DryRun::Client {
        if args.adopt {
            return Err(
                Error::usage("the values of a release of Helm are in the cluster")
                    .hint("try it with --dry-run=server"),
            );
        }
        return print(args, session);
    }
    let given = args.values.read(session)?;
    let source = match args.adopt {
        true => Source::StoredIfAny,
        false => Source::Given,
    };
    let intent = Intent {
        request: Request {
            adopt: args.adopt,
            ..args.change.request(&args.name, source)
        },
        args: &args.change,
        dry_run: args.dry_run,
        allow_changes: args.allow_changes,
        remove_helm_records: args.remove_helm_records,
        description: match args.adopt {
            true => "was taken over from Helm",
            false => "was installed",
        },
    };
    runtime::block_on(release::change(session, given, &intent))
}

/// Prints the objects. No cluster is asked; without a kubeconfig the namespace is default.
fn print(args: &Args, session: &Session) -> Result<()> {
    let rendered = rendered(&args.name, &args.values, session)?;
    match args.change.output {
        Some(OutputFormat::Json) => session.ui.json(&json!({
            "apiVersion": "v1",
            "kind": "List",
            "items": rendered.objects,
        })),
        _ => session.ui.data(&documents(&rendered.objects)?),
    }
    Ok(())
}

/// Reads values and renders them; what is to be known of either is said.
fn rendered(name: &str, values: &ValueArgs, session: &Session) -> Result<Rendered> {
    let resolved = values::resolve(values.read(session)?)?;
    for note in &resolved.notes {
        session.ui.warn(note);
    }
    let rendered = rendering::render(name, &namespace(session)?, &resolved)?;
    for note in &rendered.notes {
        session.ui.warn(note);
    }
    Ok(rendered)
}

fn documents(objects: &[Value]) -> Result<String> {
    let mut text = String::new();
    for object in objects {
        text.push_str("---\n");
        text.push_str(&to_yaml(object)?);
    }
    Ok(text)
}

/// The namespace of the flags, else that of the kubeconfig, else `default`.
fn namespace(session: &Session) -> Result<String> {
    let overrides = session.global.kube.overrides();
    if let Some(namespace) = overrides.namespace {
        return Ok(namespace);
    }
    let asked = overrides.context.is_some() || overrides.kubeconfig.is_some();
    match k8s::resolve(&overrides, &session.env) {
        Ok(target) => Ok(target.namespace),
        // Offline nobody has to have a cluster; who names one has a mistake in it.
        Err(error) if asked => Err(Error {
            message: format!("failed to find the namespace: {}", error.message),
            ..error
        }),
        Err(_) => Ok("default".to_owned()),
    }
}
