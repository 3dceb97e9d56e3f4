//! Where the Job of a run is, as far as its configuration tells.

use std::time::Duration;

use super::{resolve::ResolveError, shared::Shared};
use crate::{
    k8s::Cluster,
    prefect::{ApiError, Budget, FlowRun},
    template::ClusterConfig,
};

/// How long is waited for what a run is configured from. Another may be asking the same, with more
/// patience.
const PATIENCE: Duration = Duration::from_secs(20);

/// The cluster and the namespace that a run's configuration names. One that can no longer be
/// resolved, because its deployment or a block is gone, names no namespace, and no cluster but the
/// worker's own: its Job may be in another.
///
/// # Errors
/// While the Prefect API does not answer, or the cluster that is named cannot be reached as it is
/// named: then nobody knows. Both are asked with little patience, for those who want to know see to
/// other runs as well.
pub async fn place_of(shared: &Shared, run: &FlowRun) -> Result<(Cluster, Option<String>), String> {
    let configured = tokio::time::timeout(PATIENCE, configured_place(shared, run)).await;
    let configured = configured
        .map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))
        .and_then(|configured| configured.map_err(|error| error.one_line()));
    let (namespace, config) = configured
        .map_err(|why| format!("the run's configuration is not to be had: {why}"))?
        .unzip();
    let cluster = shared.process.cluster_of(config.flatten().as_ref()).await;
    let cluster = cluster.map_err(|error| error.one_line())?;
    Ok((cluster, namespace))
}

/// The namespace and the cluster of a run's configuration, if it can be resolved.
///
/// # Errors
/// Those that pass.
async fn configured_place(
    shared: &Shared,
    run: &FlowRun,
) -> Result<Option<(String, Option<ClusterConfig>)>, ApiError> {
    let prefect = shared.prefect.with_budget(Budget::Attempts(2));
    let resolver = shared.process.resolver.through(prefect);
    let deployment = match resolver.deployment(run).await {
        Err(error) if error.is_temporary() => return Err(error),
        Err(_) | Ok(Some(None)) => {
            tracing::debug!("the deployment of flow run '{}' is gone", run.name);
            return Ok(None);
        }
        Ok(deployment) => deployment.flatten(),
    };
    let pool = shared.pool();
    let deployment = deployment.as_deref().map(|raw| &raw.typed);
    let configuration = resolver.configuration(&pool.template, run, deployment);
    match configuration.await {
        Ok(configuration) => Ok(Some((
            configuration.namespace,
            configuration.cluster_config,
        ))),
        Err(ResolveError::Api(error)) if error.is_temporary() => Err(error),
        Err(error) => {
            tracing::debug!("flow run '{}' can no longer be resolved: {error}", run.name);
            Ok(None)
        }
    }
}
