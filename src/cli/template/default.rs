//! `kubectl prefect template default`: what a new work pool is given.

use std::time::Duration;

use serde_json::{Map, Value};

use super::common::print_document;
use crate::{
    base_template::{Template, releases, with_namespace},
    cli::{Session, runtime},
    error::{Error, Result},
    prefect::{ApiError, ApiErrorKind, Budget, Client, JsonObject},
    suggest::nearest,
    template::default_base_job_template,
    ui::OutputFormat,
    worker::pool::TYPE,
};

/// How long a server is tried that does not answer: the template is here too.
const PATIENCE: Duration = Duration::from_secs(3);

/// Print the default base job template of a type of worker.
///
/// It is the one that the Prefect server offers. For Kubernetes this program has one of its own,
/// that of prefect-kubernetes 0.8.0, for when there is no server. With -n its Jobs go to that
/// namespace, unless a deployment or a run names another.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Type of worker
    #[arg(short, long = "type", value_name = "TYPE", default_value = TYPE)]
    kind: String,

    /// Take the one of this program, and ask no server
    #[arg(long)]
    built_in: bool,

    /// How to write it; json when missing
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Json, OutputFormat::Yaml]))]
    output: Option<OutputFormat>,
}

const EXAMPLES: &str = "\
Examples:
  # A file to begin with
  kubectl prefect template default -o yaml > template.yaml

  # One whose Jobs go to the namespace of the worker
  kubectl prefect template default -n flows > template.json

  # That of another type of worker
  kubectl prefect template default --type docker";

/// Prints the template.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    let template = if args.built_in {
        if args.kind != TYPE {
            return Err(Error::usage(format!(
                "this program has a template of type {TYPE:?} alone, not of {:?}",
                args.kind
            )));
        }
        built_in()
    } else {
        let template = runtime::block_on_interruptible(of_server(session, &args.kind))?;
        if args.kind == TYPE && releases::is_older(&template) {
            session.ui.say(
                "note: the server's default is older than the one of this program, of \
                 prefect-kubernetes 0.8.0, which --built-in prints",
            );
        }
        template
    };
    let template = match session.global.kube.overrides().namespace {
        Some(namespace) => with_namespace(&template, &namespace).ok_or_else(|| {
            Error::usage(format!(
                "the template of type {:?} has no variable namespace, which -n could set",
                args.kind
            ))
        })?,
        None => template,
    };
    print_document(
        session,
        args.output.unwrap_or(OutputFormat::Json),
        &template.to_value(),
    )
}

/// The template that this program carries.
pub fn built_in() -> Template {
    match default_base_job_template() {
        Value::Object(members) => Template::new(members),
        _ => Template::new(Map::new()),
    }
}

/// The default as the server has it; that of this program, with a warning, where there is no server
/// to ask.
pub async fn of_server(session: &Session, kind: &str) -> Result<Template> {
    let settings = session.prefect_settings()?;
    let is_ours = kind == TYPE;
    if is_ours && !settings.has_api_url() {
        return Ok(instead(session, "no Prefect API URL is set"));
    }
    let prefect = session.prefect(&settings)?;
    match metadata(&prefect).await {
        Ok(metadata) => match of_type(&metadata, kind) {
            Some(template) => Ok(Template::new(template)),
            None if is_ours => Ok(instead(session, "the server has none")),
            None => Err(unknown_type(kind, &metadata)),
        },
        Err(error) if is_ours && is_no_server(&error) => Ok(instead(session, &error.one_line())),
        Err(error) => Err(error.context("failed to read the default base job template")),
    }
}

fn instead(session: &Session, why: &str) -> Template {
    session.ui.warn(&format!(
        "{why}: this is the template that this program carries, of prefect-kubernetes 0.8.0"
    ));
    built_in()
}

async fn metadata(prefect: &Client) -> Result<JsonObject, ApiError> {
    prefect
        .with_budget(Budget::For(PATIENCE))
        .worker_metadata()
        .await
}

/// Whether there is no API of Prefect that could answer.
fn is_no_server(error: &ApiError) -> bool {
    error.is_temporary() || error.is_not_found() || error.kind == ApiErrorKind::Protocol
}

/// The default of a type, whichever package has it.
fn of_type(metadata: &JsonObject, kind: &str) -> Option<JsonObject> {
    let template = metadata
        .values()
        .find_map(|package| package.get(kind))?
        .get("default_base_job_configuration")?;
    template.as_object().cloned()
}

fn unknown_type(kind: &str, metadata: &JsonObject) -> Error {
    let mut kinds: Vec<&str> = metadata
        .values()
        .filter_map(Value::as_object)
        .flat_map(|package| package.keys().map(String::as_str))
        .collect();
    kinds.sort_unstable();
    let error = Error::usage(format!("the server knows no type of worker {kind:?}"));
    match nearest(kind, kinds.iter().copied()) {
        Some(meant) => error.hint(format!("Did you mean {meant:?}?")),
        None => error.hint(format!("The types are: {}.", kinds.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_type_is_found_in_any_package() {
        let metadata = json!({
            "a": {"docker": {"default_base_job_configuration": {"x": 1}}},
            "b": {"kubernetes": {}, "process": {"default_base_job_configuration": {}}},
        });
        let Value::Object(metadata) = metadata else {
            panic!("no object")
        };
        assert_eq!(of_type(&metadata, "docker").unwrap()["x"], 1);
        assert_eq!(of_type(&metadata, "kubernetes"), None);
        assert_eq!(of_type(&metadata, "vm"), None);
        assert_eq!(
            unknown_type("doker", &metadata).hints,
            ["Did you mean \"docker\"?"]
        );
        assert_eq!(
            unknown_type("vm", &metadata).hints,
            ["The types are: docker, kubernetes, process."]
        );
    }
}
