//! `kubectl prefect template render`: the Job that a run would get.

mod subject;

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::common::{print_document, read_template};
use crate::{
    base_template::{
        Path,
        origin::{self, Layer, Origin},
        schema::Schemas,
    },
    cli::{Session, runtime, value_args::ValueArgs, worker::names::pool_name, yaml::to_yaml},
    error::Result,
    prefect::FlowRunId,
    settings::PrefectSettings,
    template::{BaseJobTemplate, PreparedJob, WorkPoolContext, WorkerContext},
    ui::{OutputFormat, tame_line},
    worker,
};
use subject::Subject;

/// The name of the worker that would make the Job.
const WORKER: &str = "kubectl-prefect";

/// Print the Job that a worker would make: for a deployment, for a flow run, or for any.
///
/// The same code makes it that makes the Jobs of `worker run`, with the settings of Prefect that are
/// in force here. Ids of what is not there are zeros. Job variables of -f, --set and the like are
/// laid over those of the run. Credentials, and what is secret in blocks, are not shown.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[group(id = "rendered", required = true, multiple = true, args = ["pool", "deployment", "flow_run", "template"])]
pub struct Args {
    /// Work pool [default: that of the deployment or the flow run]
    #[arg(short, long, value_name = "NAME", value_parser = pool_name)]
    pool: Option<String>,

    /// Deployment that the run is of, as FLOW/NAME
    #[arg(long, value_name = "FLOW/NAME", conflicts_with = "flow_run", value_parser = deployment_name)]
    deployment: Option<(String, String)>,

    /// Flow run, by its id
    #[arg(long, value_name = "ID")]
    flow_run: Option<FlowRunId>,

    /// File with a template, in place of the pool's; alone, no server is asked
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,

    /// Say for each job variable where its value comes from, in comments above the Job
    #[arg(long)]
    explain: bool,

    /// Show credentials, and what is secret in blocks
    #[arg(long)]
    show_secrets: bool,

    /// How to write the Job
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml", value_parser = OutputFormat::among(&[OutputFormat::Yaml, OutputFormat::Json]))]
    output: OutputFormat,

    #[command(flatten)]
    variables: ValueArgs,
}

const EXAMPLES: &str = "\
Examples:
  # What would a run of this deployment get, and why?
  kubectl prefect template render --deployment hello/first --explain

  # A new template, without any server
  kubectl prefect template render --template template.yaml --set image=python:3.13,env.LEVEL=debug

  # Would the cluster take it?
  kubectl prefect template render -p kubernetes | kubectl apply --dry-run=server -f -";

fn deployment_name(text: &str) -> Result<(String, String), String> {
    match text.split_once('/') {
        Some((flow, name)) if !flow.is_empty() && !name.is_empty() => {
            Ok((flow.to_owned(), name.to_owned()))
        }
        _ => Err("expected FLOW/NAME, as `prefect deployment ls` has it".to_owned()),
    }
}

/// Prints the Job.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == OutputFormat::Json {
        session.ui.errors_as_json();
    }
    let given = args.variables.read(session)?;
    for note in &given.notes {
        session.ui.warn(note);
    }
    let given = match given.values.to_json() {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    let template = match &args.template {
        Some(path) => Some(read_template(path, session)?),
        None => None,
    };
    let settings = session.prefect_settings()?;
    let rendered = runtime::block_on_interruptible(async {
        let asks = args.pool.is_some() || args.deployment.is_some() || args.flow_run.is_some();
        let subject = if asks {
            subject::of_server(args, session, &settings, template, given).await?
        } else {
            subject::offline(session, template, given)?
        };
        render(args, session, &settings, subject).await
    })?;
    print(args, session, &rendered)
}

/// A Job and the origin of its variables.
struct Rendered {
    manifest: Value,
    origins: Vec<Origin>,
}

async fn render(
    args: &Args,
    session: &Session,
    settings: &PrefectSettings,
    subject: Subject,
) -> Result<Rendered> {
    let template = &subject.pool.template;
    let origins = origin::origins(template, &layers(&subject))?;
    for origin in &origins {
        if let Some(why) = &origin.without_effect
            && origin.from != "unset"
            && !origin.from.starts_with("the template")
        {
            session.ui.warn(&format!(
                "job variable {:?} of {} has no effect: {why}",
                origin.variable, origin.from
            ));
        }
    }
    warn_of_misfits(session, template, &subject);
    let configuration = subject.configuration(args, session).await?;
    let environment = if args.show_secrets {
        settings.job_environment()
    } else {
        settings.job_environment_to_show()
    };
    let pool = WorkPoolContext {
        id: subject.pool.id.0,
        name: subject.pool.name.0.clone(),
    };
    let context = worker::context::of_run(
        &subject.run,
        &subject.flow,
        subject.deployment.as_ref(),
        pool,
        WorkerContext::new(WORKER, environment),
    );
    let mut job = configuration.prepare(&context, &session.env)?;
    job.apply_identity(subject.run.id.0, subject.attempt);
    keep_credentials(&mut job, session, settings, &subject)?;
    if let Some(config) = &job.cluster_config {
        session.ui.say(&format!(
            "The Job goes to another cluster: context {:?} of its cluster config.",
            config.context_name
        ));
    }
    Ok(Rendered {
        manifest: Value::Object(job.manifest),
        origins,
    })
}

/// Does with credentials what a worker with these settings does, and says what it would make.
fn keep_credentials(
    job: &mut PreparedJob,
    session: &Session,
    settings: &PrefectSettings,
    subject: &Subject,
) -> Result<()> {
    let whose = worker::secrets::of_pool(&subject.pool.name, subject.pool.id);
    let kept = job.keep_credentials(&settings.kubernetes.worker, &whose)?;
    for warning in kept.warnings {
        session.ui.warn(&warning.to_string());
    }
    for secret in kept.secrets {
        session.ui.say(&format!(
            "Secret {}/{} would be made first.",
            secret.namespace, secret.name
        ));
    }
    Ok(())
}

fn layers(subject: &Subject) -> Vec<Layer<'_>> {
    let mut layers = Vec::new();
    if let Some(deployment) = &subject.deployment {
        layers.push(Layer {
            name: format!("the deployment {}/{}", subject.flow.name, deployment.name),
            variables: &deployment.job_variables,
        });
    }
    if let Some(variables) = &subject.of_run {
        layers.push(Layer {
            name: format!("the flow run {}", subject.run.name),
            variables,
        });
    }
    layers.push(Layer {
        name: "the command line".to_owned(),
        variables: &subject.given,
    });
    layers
}

/// Prefect's server refuses deployments and runs with such variables.
fn warn_of_misfits(session: &Session, template: &BaseJobTemplate, subject: &Subject) {
    let schemas = Schemas::new(&template.variables);
    for layer in layers(subject) {
        for (name, schema) in template.properties() {
            let Some(value) = layer.variables.get(name) else {
                continue;
            };
            // What refers to a block or a Prefect variable is replaced before it is judged.
            if value.to_string().contains("{{") || value.get("$ref").is_some() {
                continue;
            }
            for problem in schemas.misfits(value, schema, &Path::of(&[name])) {
                let path = problem.path;
                session.ui.warn(&format!(
                    "{path} of {} {}, by the template's schema",
                    layer.name, problem.message
                ));
            }
        }
    }
}

fn print(args: &Args, session: &mut Session, rendered: &Rendered) -> Result<()> {
    match (args.output, args.explain) {
        (OutputFormat::Json, true) => {
            let document = json!({ "job": rendered.manifest, "variables": rendered.origins });
            print_document(session, OutputFormat::Json, &document)
        }
        (OutputFormat::Json, false) => {
            print_document(session, OutputFormat::Json, &rendered.manifest)
        }
        (_, explain) => {
            let mut text = String::new();
            if explain {
                for origin in &rendered.origins {
                    text.push_str(&comment(origin));
                }
            }
            text.push_str(&to_yaml(&rendered.manifest)?);
            session.ui.data(&text);
            Ok(())
        }
    }
}

/// A line about a variable, as a comment of YAML.
fn comment(origin: &Origin) -> String {
    let Origin { variable, from, .. } = origin;
    let mut line = match &origin.value {
        Some(value) => format!("{variable}: {value}  from {from}"),
        None => format!("{variable}: {from}"),
    };
    if !origin.instead_of.is_empty() {
        line.push_str(&format!(
            ", in place of {}",
            origin.instead_of.join(" and ")
        ));
    }
    if let Some(why) = &origin.without_effect {
        line.push_str(&format!("; no effect: {why}"));
    }
    format!("# {}\n", tame_line(&line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_explained_in_one_line() {
        let origin = Origin {
            variable: "image".to_owned(),
            value: Some(json!("a\nb")),
            from: "the command line".to_owned(),
            instead_of: vec![
                "the template's default".to_owned(),
                "the deployment a/b".to_owned(),
            ],
            without_effect: None,
        };
        assert_eq!(
            comment(&origin),
            "# image: \"a\\nb\"  from the command line, in place of the template's default and the deployment a/b\n"
        );
    }

    #[test]
    fn deployments_are_named_by_their_flow() {
        assert_eq!(
            deployment_name("a/b/c"),
            Ok(("a".to_owned(), "b/c".to_owned()))
        );
        for name in ["a", "/a", "a/", ""] {
            assert!(deployment_name(name).is_err(), "{name}");
        }
    }
}
