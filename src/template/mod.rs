//! Base job templates and the Jobs they give, as synchronous functions over plain data.
//!
//! A run's Job is made in phases, as the Python worker makes it:
//! [`BaseJobTemplate::parse`], [`merge_job_variables`], [`populate`]; then [`block_references`]
//! lists what to fetch and [`resolve_blocks`] puts it in, [`variable_references`] and
//! [`resolve_variables`] likewise; then [`JobConfiguration::parse`] and
//! [`JobConfiguration::prepare`]. Fetching is the worker's. Rules come from prefect 3.8.8 and
//! prefect-kubernetes 0.8.0; `tests/template` compares with them.

mod ascii;
mod blocks;
mod cluster_config;
mod coerce;
mod configuration;
mod context;
pub mod credentials;
mod default_template;
mod error;
mod html_entities;
mod job_env;
mod job_name;
mod job_variables;
pub mod labels;
mod model;
pub mod placeholder;
mod populate;
mod prepare;
pub mod python;
#[cfg(test)]
mod robustness;
pub mod shell;
pub mod slug;
mod unresolved;
mod validate;
mod variables;

pub use blocks::{BlockReference, Blocks, block_references, resolve_blocks};
pub use cluster_config::ClusterConfig;
pub use configuration::{Env, JobConfiguration};
pub use context::{
    DeploymentContext, FlowContext, FlowRunContext, PREFECT_VERSION, PYTHON_VERSION, RunContext,
    WorkPoolContext, WorkerContext,
};
pub use default_template::default_base_job_template;
pub use error::{FieldProblem, RequiredValue, TemplateError};
pub use job_name::{job_name, job_suffix};
pub use job_variables::{merge as merge_job_variables, nest as nest_job_variables};
pub use model::BaseJobTemplate;
pub use populate::{Values, populate, render};
pub use prepare::PreparedJob;
pub use unresolved::without_references;
pub use variables::{Variables, resolve_variables, variable_references};
