//! What a Job is prepared for, put together from what the API gives.

use crate::{
    prefect::{Deployment, Flow, FlowRun, Raw},
    template::{
        DeploymentContext, FlowContext, FlowRunContext, RunContext, WorkPoolContext, WorkerContext,
    },
};

/// A run with its flow, its deployment if it has one, its pool and its worker.
#[must_use]
pub fn of_run(
    run: &Raw<FlowRun>,
    flow: &Raw<Flow>,
    deployment: Option<&Raw<Deployment>>,
    work_pool: WorkPoolContext,
    worker: WorkerContext,
) -> RunContext {
    RunContext {
        flow_run: FlowRunContext {
            id: run.id.0,
            name: run.name.clone(),
            flow_id: run.flow_id.0,
            deployment_id: run.deployment_id.map(|id| id.0),
            job_variables: run.job_variables.clone(),
            document: run.json.clone(),
        },
        flow: FlowContext {
            id: flow.id.0,
            name: flow.name.clone(),
            document: flow.json.clone(),
        },
        deployment: deployment.map(|deployment| DeploymentContext {
            id: deployment.id.0,
            name: deployment.name.clone(),
            updated: deployment.updated,
            job_variables: deployment.job_variables.clone(),
        }),
        work_pool,
        worker,
    }
}
