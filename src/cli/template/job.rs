//! The Job that a template gives, tried on a cluster.

use serde_json::Value;

use crate::{
    base_template::{
        Template, example,
        lint::{self, Finding},
    },
    cli::Session,
    error::Result,
    k8s::{Class, Patience},
    template::BaseJobTemplate,
};

/// When the Job is sent to an API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DryRun {
    /// Never.
    Client,
    /// Always; a cluster that does not answer is a failure.
    Server,
}

/// What the API server says; none: it was not asked, which is said.
///
/// # Errors
/// When it must be asked, and does not answer.
pub async fn objections(
    session: &Session,
    template: &Template,
    dry_run: Option<DryRun>,
) -> Result<Option<Vec<Finding>>> {
    if dry_run == Some(DryRun::Client) {
        return Ok(None);
    }
    // What gives no Job by itself is told by the other rules.
    let job = BaseJobTemplate::parse(&template.to_value()).and_then(|parsed| example::job(&parsed));
    let Ok(job) = job else { return Ok(None) };
    if job.cluster_config.is_some() {
        session
            .ui
            .say("note: the Job was not tried: it goes to another cluster, by the template's cluster_config");
        return Ok(None);
    }
    match ask(session, &job.namespace, &Value::Object(job.manifest)).await {
        Ok(objections) => Ok(Some(lint::of_api_server(template, &objections))),
        Err(error) if dry_run == Some(DryRun::Server) => Err(error),
        Err(error) => {
            let why = error.one_line();
            session
                .ui
                .say(&format!("note: the Job was not tried on a cluster: {why}"));
            Ok(None)
        }
    }
}

async fn ask(
    session: &Session,
    namespace: &str,
    manifest: &Value,
) -> Result<Vec<crate::k8s::Objection>> {
    let cluster = session.cluster(Patience::Command).await?;
    match cluster.try_job(namespace, manifest).await {
        Err(failure) if failure.class == Class::Unreachable => Err(failure.into()),
        answer => Ok(answer?),
    }
}
