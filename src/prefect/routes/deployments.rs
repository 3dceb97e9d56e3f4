//! Deployments and the runs made from them.

use std::collections::BTreeSet;

use serde_json::json;
use uuid::Uuid;

use crate::prefect::{
    ApiError, Client, Deployment, DeploymentId, FlowId, FlowRun, NewFlowRun, Page, Raw, call::Call,
    retry::Repeat,
};

impl Client {
    /// Reads a deployment.
    ///
    /// # Errors
    /// `NotFound` when it is gone.
    pub async fn read_deployment(&self, id: DeploymentId) -> Result<Raw<Deployment>, ApiError> {
        self.read(Call::get("/deployments/{id}").with(id)).await
    }

    /// Reads a deployment by the names of its flow and its own.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub async fn read_deployment_by_name(
        &self,
        flow: &str,
        deployment: &str,
    ) -> Result<Raw<Deployment>, ApiError> {
        let call = Call::get("/deployments/name/{flow_name}/{deployment_name}")
            .with(flow)
            .with(deployment);
        self.read(call).await
    }

    /// The names of deployments as people write them, `flow/deployment`; at most a page of them.
    ///
    /// # Errors
    /// As every route.
    pub async fn deployment_names(&self) -> Result<Vec<String>, ApiError> {
        #[derive(serde::Deserialize)]
        struct Named<Id> {
            id: Id,
            name: String,
        }
        #[derive(serde::Deserialize)]
        struct OfFlow {
            name: String,
            flow_id: FlowId,
        }
        let page = Page::default();
        let deployments: Vec<OfFlow> = self
            .list(page, |part| {
                Call::post("/deployments/filter", Repeat::Always).json(&json!({
                    "limit": part.limit, "offset": part.offset, "sort": "NAME_ASC",
                }))
            })
            .await?;
        let ids: BTreeSet<String> = deployments
            .iter()
            .map(|it| it.flow_id.to_string())
            .collect();
        let flows: Vec<Named<FlowId>> = self
            .list(page, |part| {
                Call::post("/flows/filter", Repeat::Always).json(&json!({
                    "flows": { "id": { "any_": ids } },
                    "limit": part.limit, "offset": part.offset,
                }))
            })
            .await?;
        let name = |deployment: OfFlow| {
            let flow = flows.iter().find(|flow| flow.id == deployment.flow_id)?;
            Some(format!("{}/{}", flow.name, deployment.name))
        };
        Ok(deployments.into_iter().filter_map(name).collect())
    }

    /// Makes a run that is due at once. Under its idempotency key it is made only once, however
    /// often the request is repeated.
    ///
    /// # Errors
    /// As every route.
    pub async fn create_flow_run(
        &self,
        deployment: DeploymentId,
        run: &NewFlowRun,
    ) -> Result<Raw<FlowRun>, ApiError> {
        let mut run = run.clone();
        run.idempotency_key
            .get_or_insert_with(|| Uuid::new_v4().to_string());
        let call = Call::post("/deployments/{id}/create_flow_run", Repeat::Always)
            .with(deployment)
            .json(&run);
        self.read(call).await
    }
}
