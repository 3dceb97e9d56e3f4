//! What a run is configured from: its deployment, flow, blocks and variables, read from the API
//! and kept for a few seconds, handed to the template engine.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value};
use tokio::time::Instant;

use super::{
    cache::Cache,
    configured::{Configured, MadeOf},
};
use crate::{
    env_vars::Environment,
    prefect::{
        ApiError, Client,
        ids::{DeploymentId, FlowId},
        routes::BlockSecrets,
        types::{Deployment, Flow, FlowRun, Raw},
    },
    template::{
        self, BaseJobTemplate, BlockReference, JobConfiguration, TemplateError, block_references,
        variable_references,
    },
};

/// How long a deployment, a block or a variable may have been read before it is used for a run.
/// One poll's runs share a reading; a run that was made later than the reading causes a new one.
const LIFETIME: Duration = Duration::from_secs(5);
/// A flow is only its name, which never changes.
const FLOW_LIFETIME: Duration = Duration::from_secs(600);

/// Why a run's configuration could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The API did not give what was asked for.
    #[error("{}", .0.one_line())]
    Api(ApiError),
    /// The template, the variables or what they refer to cannot be used.
    #[error(transparent)]
    Template(#[from] TemplateError),
}

/// Reads what runs are configured from.
#[derive(Debug)]
pub struct Resolver {
    prefect: Client,
    secrets: BlockSecrets,
    kept: Arc<Kept>,
}

/// What a resolver has read. Those that read through other clients share it.
#[derive(Debug)]
struct Kept {
    environment: Environment,
    deployments: Cache<DeploymentId, Option<Arc<Raw<Deployment>>>>,
    flows: Cache<FlowId, Arc<Raw<Flow>>>,
    blocks: Cache<BlockReference, Option<Map<String, Value>>>,
    variables: Cache<String, Option<Value>>,
    configured: Configured,
}

impl Resolver {
    /// A resolver that reads through this client; `environment` is what `{{ $NAME }}` reads.
    #[must_use]
    pub fn new(prefect: Client, environment: Environment) -> Self {
        Self {
            prefect,
            secrets: BlockSecrets::Shown,
            kept: Arc::new(Kept {
                environment,
                deployments: Cache::new(LIFETIME),
                flows: Cache::new(FLOW_LIFETIME),
                blocks: Cache::new(LIFETIME),
                variables: Cache::new(LIFETIME),
                configured: Configured::default(),
            }),
        }
    }

    /// The same, with what it has read, through another client: that of a caller who has less
    /// patience. What another reads at this moment is waited for all the same.
    #[must_use]
    pub fn through(&self, prefect: Client) -> Self {
        Self {
            prefect,
            secrets: self.secrets,
            kept: Arc::clone(&self.kept),
        }
    }

    /// The same, with asterisks in the place of what is secret in blocks: to show a configuration.
    #[must_use]
    pub fn hiding_secrets(self) -> Self {
        Self {
            secrets: BlockSecrets::Hidden,
            ..self
        }
    }

    /// The deployment of a run: `None` when it has none, `Some(None)` when it is gone.
    ///
    /// # Errors
    /// As the route.
    pub async fn deployment(
        &self,
        run: &FlowRun,
    ) -> Result<Option<Option<Arc<Raw<Deployment>>>>, ApiError> {
        let Some(id) = run.deployment_id else {
            return Ok(None);
        };
        let read = async {
            match self.prefect.read_deployment(id).await {
                Ok(deployment) => Ok(Some(Arc::new(deployment))),
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.kept
            .deployments
            .get_or_read(&id, self.made(run), read)
            .await
            .map(Some)
    }

    /// The flow of a run.
    ///
    /// # Errors
    /// As the route.
    pub async fn flow(&self, run: &FlowRun) -> Result<Arc<Raw<Flow>>, ApiError> {
        let read = async { self.prefect.read_flow(run.flow_id).await.map(Arc::new) };
        self.kept.flows.get_or_read(&run.flow_id, None, read).await
    }

    /// The configuration of a run: template, deployment's and run's job variables, blocks, Prefect
    /// variables, in that order.
    ///
    /// # Errors
    /// What the template engine refuses, and what the API does not give.
    pub async fn configuration(
        &self,
        template: &Arc<BaseJobTemplate>,
        run: &FlowRun,
        deployment: Option<&Deployment>,
    ) -> Result<JobConfiguration, ResolveError> {
        let none = Map::new();
        let deployed = deployment.map_or(&none, |deployment| &deployment.job_variables);
        let variables = template::merge_job_variables(deployed, &run.job_variables)?;
        let made_of = MadeOf::new(template, &variables);
        if let Some(configuration) = self.kept.configured.find(&made_of) {
            return Ok(configuration);
        }
        let populated = template::populate(template, &variables, &self.kept.environment)?;
        let to_read = block_references(&populated);
        let reads_blocks = !to_read.is_empty();
        let blocks = self.blocks(to_read, self.made(run)).await?;
        let resolved = template::resolve_blocks(populated, &blocks)?;
        let to_read = variable_references(&resolved);
        let reads_variables = !to_read.is_empty();
        let variables = self.variables(to_read, self.made(run)).await?;
        let resolved = template::resolve_variables(resolved, &variables);
        let configuration = JobConfiguration::parse(&resolved)?;
        if !reads_blocks && !reads_variables {
            self.kept.configured.keep(made_of, &configuration);
        }
        Ok(configuration)
    }

    async fn blocks(
        &self,
        references: impl IntoIterator<Item = BlockReference>,
        since: Option<Instant>,
    ) -> Result<template::Blocks, ResolveError> {
        let mut blocks = template::Blocks::new();
        for reference in references {
            let read = self.read_block(&reference);
            let data = self.kept.blocks.get_or_read(&reference, since, read).await;
            if let Some(data) = data.map_err(ResolveError::Api)? {
                blocks.insert(reference, data);
            }
        }
        Ok(blocks)
    }

    async fn read_block(
        &self,
        reference: &BlockReference,
    ) -> Result<Option<Map<String, Value>>, ApiError> {
        let document = match reference {
            BlockReference::Id(id) => match id.parse() {
                Ok(id) => self.prefect.read_block_document(id, self.secrets).await,
                // An id that is none names nothing.
                Err(_) => return Ok(None),
            },
            BlockReference::Name { block_type, name } => {
                let client = &self.prefect;
                client
                    .read_block_document_by_name(block_type, name, self.secrets)
                    .await
            }
        };
        match document {
            Ok(document) => Ok(Some(document.data)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn variables(
        &self,
        names: impl IntoIterator<Item = String>,
        since: Option<Instant>,
    ) -> Result<template::Variables, ResolveError> {
        let mut variables = template::Variables::new();
        for name in names {
            let read = async {
                let variable = self.prefect.find_variable(&name).await?;
                Ok(variable.map(|variable| variable.value))
            };
            let value = self.kept.variables.get_or_read(&name, since, read).await;
            if let Some(value) = value.map_err(ResolveError::Api)? {
                variables.insert(name, value);
            }
        }
        Ok(variables)
    }

    /// When a run was made: what was read before that may not be what its maker saw. One that does
    /// not say was made now.
    fn made(&self, run: &FlowRun) -> Option<Instant> {
        let now = Instant::now();
        let age = run
            .created
            .map(|created| self.prefect.server_now().duration_since(created));
        let age = Duration::try_from(age.unwrap_or_default()).unwrap_or_default();
        // Before this machine was started, nothing was read either.
        now.checked_sub(age)
    }
}
