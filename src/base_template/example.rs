//! A run that is not there, to see what Job a template gives.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    env_vars::Environment,
    template::{
        BaseJobTemplate, DeploymentContext, FlowContext, FlowRunContext, JobConfiguration,
        PreparedJob, RunContext, TemplateError, WorkPoolContext, WorkerContext, populate,
        without_references,
    },
};

/// The name of a run, and of a flow, that is not there.
pub const NAME: &str = "example";

/// A run that is not there: its ids are zeros.
#[must_use]
pub fn run(
    work_pool: WorkPoolContext,
    deployment: Option<DeploymentContext>,
    flow: Option<FlowContext>,
    job_variables: Map<String, Value>,
    worker: WorkerContext,
) -> RunContext {
    let flow = flow.unwrap_or_else(|| FlowContext {
        id: Uuid::nil(),
        name: NAME.to_owned(),
        document: json!({"id": Uuid::nil(), "name": NAME}),
    });
    let document = json!({
        "id": Uuid::nil(),
        "name": NAME,
        "flow_id": flow.id,
        "deployment_id": deployment.as_ref().map(|deployment| deployment.id),
        "job_variables": job_variables,
        "parameters": {},
        "tags": [],
    });
    RunContext {
        flow_run: FlowRunContext {
            id: Uuid::nil(),
            name: NAME.to_owned(),
            flow_id: flow.id,
            deployment_id: deployment.as_ref().map(|deployment| deployment.id),
            job_variables,
            document,
        },
        flow,
        deployment,
        work_pool,
        worker,
    }
}

/// A pool that is not there.
#[must_use]
pub fn work_pool() -> WorkPoolContext {
    WorkPoolContext {
        id: Uuid::nil(),
        name: NAME.to_owned(),
    }
}

/// The Job that a template gives by itself, without any job variables. What refers to blocks and
/// Prefect variables is left out: nobody is asked for them.
///
/// # Errors
/// What a worker would refuse.
pub fn job(template: &BaseJobTemplate) -> Result<PreparedJob, TemplateError> {
    let populated = populate(template, &Map::new(), &Environment::default())?;
    let known = without_references(populated);
    let worker = WorkerContext::new(NAME, Vec::new());
    let run = run(work_pool(), None, None, Map::new(), worker);
    JobConfiguration::parse(&known)?.prepare(&run, &Environment::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::default_base_job_template;

    #[test]
    fn a_template_gives_a_job_without_asking_anybody() {
        let mut template = default_base_job_template();
        template["variables"]["properties"]["service_account_name"]["default"] =
            json!("{{ prefect.variables.account }}");
        template["variables"]["properties"]["cluster_config"]["default"] =
            json!({"$ref": {"block_document_id": "1"}});
        let template = BaseJobTemplate::parse(&template).unwrap();
        let job = job(&template).unwrap();
        let pod = &job.manifest["spec"]["template"]["spec"];
        assert_eq!(pod.get("serviceAccountName"), None);
        assert_eq!(pod["containers"][0]["name"], "prefect-job");
        assert_eq!(job.namespace, "default");
        assert_eq!(job.manifest["metadata"]["generateName"], "example-");
    }
}
