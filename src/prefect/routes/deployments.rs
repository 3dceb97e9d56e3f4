//! Deployments and the runs made from them.

use uuid::Uuid;

use crate::prefect::{
    ApiError, Client, Deployment, DeploymentId, FlowRun, NewFlowRun, Raw, call::Call, retry::Repeat,
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
