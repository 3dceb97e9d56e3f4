//! `kubectl prefect install`: the worker's objects, rendered from the values of the Helm chart.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::{Session, value_args::ValueArgs, yaml::to_yaml};
use crate::{
    error::{Error, Result},
    install::{
        render::{self, Rendered},
        values,
    },
    k8s,
    ui::OutputFormat,
};

/// Print the objects of a worker, as the prefect-worker Helm chart would render them.
///
/// Values are those of the chart: `kubectl prefect values docs` explains them. No cluster is asked,
/// and none is needed; without a kubeconfig the namespace is default.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of the release
    #[arg(default_value = DEFAULT_NAME, value_name = "NAME")]
    name: String,
    /// Print what would be installed; needed, because nothing is installed by this command yet
    #[arg(long, value_name = "WHERE")]
    dry_run: Option<DryRun>,
    /// How to write the objects
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml", value_parser = OutputFormat::among(&[OutputFormat::Yaml, OutputFormat::Json]))]
    output: OutputFormat,
    #[command(flatten)]
    values: ValueArgs,
}

/// The name of a release whose name is not given.
pub const DEFAULT_NAME: &str = "prefect-worker";

const EXAMPLES: &str = "\
Examples:
  kubectl prefect install --dry-run=client -f values.yaml
  kubectl prefect install my-worker -n flows --dry-run=client -f values.yaml --set worker.replicaCount=2 | kubectl apply -f -";

/// Where objects are tried instead of installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DryRun {
    /// Here: they are printed.
    Client,
}

/// Prints the objects.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == OutputFormat::Json {
        session.ui.errors_as_json();
    }
    let Some(DryRun::Client) = args.dry_run else {
        return Err(Error::usage("this version prints the objects, and installs nothing itself")
            .hint("print them with --dry-run=client, and let kubectl install them: ... | kubectl apply -f -"));
    };
    let rendered = rendered(&args.name, &args.values, session)?;
    match args.output {
        OutputFormat::Json => session.ui.json(&json!({
            "apiVersion": "v1",
            "kind": "List",
            "items": rendered.objects,
        })),
        _ => session.ui.data(&documents(&rendered.objects)?),
    }
    Ok(())
}

/// Reads values and renders them; what is to be known of either is said.
pub fn rendered(name: &str, values: &ValueArgs, session: &Session) -> Result<Rendered> {
    let resolved = values::resolve(values.read(session)?)?;
    for note in &resolved.notes {
        session.ui.warn(note);
    }
    let rendered = render::render(name, &namespace(session)?, &resolved)?;
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
