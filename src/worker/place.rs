//! Where the Job of a run is, as far as its configuration tells.

use std::time::Duration;

use super::{
    resolve::ResolveError,
    shared::Shared,
    submit::{CLUSTER_LABEL, JOB_CLUSTER_LABEL},
};
use crate::{
    k8s::Cluster,
    prefect::{ApiError, Budget, FlowRun, JsonObject},
    template::ClusterConfig,
};

/// How long is waited for what a run is configured from. Another may be asking the same, with more
/// patience.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the Job of a run is to be looked for.
pub struct Whereabouts {
    /// Its cluster.
    pub cluster: Cluster,
    /// The namespace of the run's configuration, if that can be resolved.
    pub namespace: Option<String>,
    /// Whether the configuration names another cluster by now.
    pub has_moved: bool,
    /// Why it may be in another cluster: then that it is not in this one does not say that it is
    /// gone.
    pub doubt: Option<Doubt>,
}

/// Why a Job may be in another cluster than the one where it is looked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Nothing says where it was made, and what may have named a cluster is gone.
    #[error("its deployment or a block of it is gone, which may have named another cluster")]
    Unresolved,
    /// It was made where this worker has no way to; the address of that API server.
    #[error("its Job was made in cluster {0}, which its configuration no longer names")]
    Elsewhere(String),
}

/// Where the Job of a run is: in the cluster where it was made, as far as its labels tell, else in
/// the one that its configuration names. One whose configuration can no longer be resolved, because
/// its deployment or a block is gone, names no namespace, and no cluster but the worker's own.
///
/// # Errors
/// While the Prefect API does not answer, or the cluster that is named cannot be reached as it is
/// named: then nobody knows. Both are asked with little patience, for those who want to know see to
/// other runs as well.
pub async fn place_of(shared: &Shared, run: &FlowRun) -> Result<Whereabouts, String> {
    let configured = tokio::time::timeout(PATIENCE, configured_place(shared, run)).await;
    let configured = configured
        .map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))
        .and_then(|configured| configured.map_err(|error| error.one_line()));
    let (namespace, config) = configured
        .map_err(|why| format!("the run's configuration is not to be had: {why}"))?
        .unzip();
    let config = config.flatten();
    let made_in = MadeIn::of(&run.labels);
    let own = &shared.process.cluster;
    if made_in == MadeIn::OwnCluster {
        return Ok(Whereabouts {
            cluster: own.clone(),
            namespace,
            has_moved: config.is_some(),
            doubt: None,
        });
    }
    let named = shared.process.cluster_of(config.as_ref()).await;
    let named = named.map_err(|error| error.one_line());
    let MadeIn::Cluster(server) = made_in else {
        let doubt = namespace.is_none().then_some(Doubt::Unresolved);
        return Ok(Whereabouts {
            cluster: named?,
            namespace,
            has_moved: false,
            doubt,
        });
    };
    let is_named = |named: &Cluster| config.is_some() && named.server() == server;
    if let Ok(cluster) = &named
        && is_named(cluster)
    {
        return Ok(Whereabouts {
            cluster: cluster.clone(),
            namespace,
            has_moved: false,
            doubt: None,
        });
    }
    // Who has Jobs there watches it still.
    let watched = shared.watched();
    let watched = watched.iter().map(|ground| &ground.cluster);
    let mut known = [own].into_iter().chain(watched);
    let known = known.find(|cluster| cluster.server() == server).cloned();
    Ok(match known {
        Some(cluster) => Whereabouts {
            cluster,
            namespace,
            has_moved: true,
            doubt: None,
        },
        None => Whereabouts {
            cluster: named?,
            namespace,
            has_moved: true,
            doubt: Some(Doubt::Elsewhere(server.to_owned())),
        },
    })
}

/// Where the Job of a run was made, as the run's labels tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MadeIn<'a> {
    /// In the cluster of those who claimed it.
    OwnCluster,
    /// In the cluster with this address.
    Cluster(&'a str),
    /// No worker could label the run.
    Untold,
}

impl<'a> MadeIn<'a> {
    fn of(labels: &'a JsonObject) -> Self {
        match labels.get(JOB_CLUSTER_LABEL).and_then(|it| it.as_str()) {
            Some("") => Self::OwnCluster,
            Some(server) => Self::Cluster(server),
            None if labels.contains_key(CLUSTER_LABEL) => Self::OwnCluster,
            None => Self::Untold,
        }
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_tell_the_cluster_of_a_job() {
        let table = [
            (json!({}), MadeIn::Untold),
            (json!({CLUSTER_LABEL: "u"}), MadeIn::OwnCluster),
            (json!({JOB_CLUSTER_LABEL: ""}), MadeIn::OwnCluster),
            (
                json!({CLUSTER_LABEL: "u", JOB_CLUSTER_LABEL: "https://b"}),
                MadeIn::Cluster("https://b"),
            ),
        ];
        for (labels, expected) in table {
            assert_eq!(
                MadeIn::of(labels.as_object().unwrap()),
                expected,
                "{labels}"
            );
        }
    }
}
