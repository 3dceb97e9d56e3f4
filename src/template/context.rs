//! What a Job is prepared for: the flow run, what it belongs to, and the worker that submits it.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

/// The Prefect release whose worker is followed: stands in labels and in the tag of the default
/// image. Change it together with [`PYTHON_VERSION`] when following a newer one.
pub const PREFECT_VERSION: &str = "3.8.8";
/// The Python release in the tag of the default image, which Prefect publishes for each supported
/// one.
pub const PYTHON_VERSION: &str = "3.11";

/// A flow run to prepare a Job for.
#[derive(Debug, Clone, PartialEq)]
pub struct RunContext {
    /// The flow run.
    pub flow_run: FlowRunContext,
    /// Its flow.
    pub flow: FlowContext,
    /// Its deployment. Runs that were created for a work pool without a deployment have none.
    pub deployment: Option<DeploymentContext>,
    /// The work pool.
    pub work_pool: WorkPoolContext,
    /// The worker.
    pub worker: WorkerContext,
}

/// The flow run of a Job.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowRunContext {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The id of its flow.
    pub flow_id: Uuid,
    /// The id of its deployment.
    pub deployment_id: Option<Uuid>,
    /// Its job variables.
    pub job_variables: Map<String, Value>,
    /// All of it as the API gives it, for `{{ ctx.flow_run.* }}`.
    pub document: Value,
}

/// The flow of a flow run.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowContext {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// All of it as the API gives it, for `{{ ctx.flow.* }}`.
    pub document: Value,
}

/// The deployment of a flow run.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentContext {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// Its job variables.
    pub job_variables: Map<String, Value>,
}

/// The work pool of a flow run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkPoolContext {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// The worker that submits a flow run.
#[derive(Clone, PartialEq, Eq)]
pub struct WorkerContext {
    /// The id that the API gave it, where it gives ids (Prefect Cloud).
    pub id: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// The worker's own Prefect settings, which every Job inherits, as names and values in order.
    pub base_environment: Vec<(String, String)>,
    /// The Prefect release to claim in labels and in the default image's tag.
    pub prefect_version: String,
    /// The Python release in the default image's tag.
    pub python_version: String,
}

impl WorkerContext {
    /// A worker that follows the release this program is made after.
    #[must_use]
    pub fn new(name: impl Into<String>, base_environment: Vec<(String, String)>) -> Self {
        Self {
            id: None,
            name: name.into(),
            base_environment,
            prefect_version: PREFECT_VERSION.to_owned(),
            python_version: PYTHON_VERSION.to_owned(),
        }
    }
}

/// The base environment holds the API key: only its names are shown.
impl std::fmt::Debug for WorkerContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.base_environment.iter().map(|(name, _)| name).collect();
        f.debug_struct("WorkerContext")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("base_environment", &names)
            .finish_non_exhaustive()
    }
}

impl RunContext {
    /// The job variables of the deployment and the flow run together.
    ///
    /// # Errors
    /// See [`merge_job_variables`](super::merge_job_variables).
    pub fn job_variables(&self) -> Result<Map<String, Value>, super::TemplateError> {
        let none = Map::new();
        let deployment = self
            .deployment
            .as_ref()
            .map_or(&none, |deployment| &deployment.job_variables);
        super::merge_job_variables(deployment, &self.flow_run.job_variables)
    }

    /// The values of `{{ ctx.* }}`.
    pub(super) fn values(&self) -> Map<String, Value> {
        let mut flow_run = self.flow_run.document.clone();
        // Merging takes the flow run's env away from Python's flow run where the deployment has an
        // env of its own.
        let merges_env = self.deployment.as_ref().is_some_and(|deployment| {
            deployment
                .job_variables
                .get("env")
                .is_some_and(Value::is_object)
        });
        if merges_env && let Some(Value::Object(variables)) = flow_run.get_mut("job_variables") {
            variables.shift_remove("env");
        }
        let ctx: Map<_, _> = [
            ("flow".to_owned(), self.flow.document.clone()),
            ("flow_run".to_owned(), flow_run),
        ]
        .into_iter()
        .collect();
        [("ctx".to_owned(), Value::Object(ctx))]
            .into_iter()
            .collect()
    }
}
