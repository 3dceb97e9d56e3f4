//! The installed worker: its pods, its signs of life, where it looks, and whose it is.

use jiff::Timestamp;
use serde_json::Value;

use super::{
    finding::{Finding, Findings, Trouble, fail, ok, skip, warn},
    world::{Installed, PoolFacts, World},
};
use crate::{
    base_template::default_namespace,
    deployed::{Deployment, Rollout, Told, rollout, selector},
    k8s::{PodView, Scope, documents::ROLE_BINDING},
    prefect::{Worker, WorkerStatus},
    worker::diagnose::diagnose,
};

/// The variables by which the Python worker is told which namespaces to watch.
const WATCHED: &str = "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES";
/// A container that was started this often again is in trouble, even while it runs.
const RESTARTS: u32 = 3;

/// Whether a worker is installed.
pub async fn installed(world: &World) -> Findings {
    let found = world.installed().await?;
    let namespace = world.namespace()?;
    if found.is_empty() {
        let meant = world.plan.name.as_ref().map_or_else(
            || "no Deployment of a worker".to_owned(),
            |name| format!("no Deployment of a worker named {name}"),
        );
        return Ok(vec![fail(
            format!("there is {meant} in namespace {namespace}"),
            "Install one with kubectl prefect install, look in another namespace with -n, or say --pre to look before an install.",
        )]);
    }
    Ok(found
        .iter()
        .map(|worker| {
            let pools = worker.spec.pools.join(", ");
            ok(format!(
                "Deployment {} serves work pool {pools} with image {}",
                worker.name(),
                worker.spec.image
            ))
        })
        .collect())
}

fn some(installed: &[Installed]) -> Result<&[Installed], Trouble> {
    if installed.is_empty() {
        return Err(Trouble::Skip("no worker is installed".to_owned()));
    }
    Ok(installed)
}

/// Whether its pods run.
pub async fn pods(world: &World) -> Findings {
    let installed = some(world.installed().await?)?;
    let cluster = world.cluster().await?;
    let mut findings = Vec::new();
    for worker in installed {
        let labels = selector(&worker.deployment.spec.selector.match_labels);
        let scope = Scope::Namespace(worker.deployment.metadata.namespace.clone());
        let pods: Vec<PodView> = cluster.list(&scope, &labels).await?;
        findings.push(judge_pods(&worker.deployment, &pods));
    }
    Ok(findings)
}

fn judge_pods(deployment: &Deployment, pods: &[PodView]) -> Finding {
    let meta = &deployment.metadata;
    let name = &meta.name;
    for pod in pods {
        if let Some(diagnosis) = diagnose(&pod.status) {
            return fail(
                format!(
                    "pod {}: {}: {}",
                    pod.metadata.name, diagnosis.summary, diagnosis.detail
                ),
                format!(
                    "{}\nkubectl describe pod {} -n {}",
                    diagnosis.resolution, pod.metadata.name, meta.namespace
                ),
            );
        }
    }
    let wanted = deployment.spec.replicas.unwrap_or(1);
    if wanted == 0 {
        return fail(
            format!("Deployment {name} wants no pods (replicas: 0)"),
            format!(
                "Start it: kubectl scale deployment {name} --replicas=1 -n {}",
                meta.namespace
            ),
        );
    }
    let log = format!(
        "Look at its log: kubectl logs deployment/{name} -n {}",
        meta.namespace
    );
    match rollout(deployment) {
        Rollout::Done => {}
        Rollout::Under(why) => {
            let failed = deployment
                .status
                .conditions
                .iter()
                .find(|it| it.kind == "ReplicaFailure" && it.is_true());
            return match failed.and_then(|it| it.message.as_deref()) {
                Some(message) => fail(
                    format!("the pods of Deployment {name} cannot be made: {message}"),
                    "What refuses them is named there: a quota, a policy, or a missing service account.",
                ),
                None => warn(format!("Deployment {name}: {why}"), log),
            };
        }
        Rollout::Stuck(why) => return fail(format!("Deployment {name}: {why}"), log),
    }
    let restarted = pods
        .iter()
        .flat_map(|pod| &pod.status.container_statuses)
        .map(|container| container.restart_count)
        .max()
        .unwrap_or(0);
    if restarted >= RESTARTS {
        return warn(
            format!("a container of Deployment {name} was started again {restarted} times"),
            format!("{log} --previous"),
        );
    }
    ok(format!(
        "Deployment {name} has {wanted} of {wanted} pods ready"
    ))
}

/// Whether the pool hears of each worker.
pub async fn heartbeat(world: &World) -> Findings {
    let installed = some(world.installed().await?)?;
    let pools = world.existing_pools().await?;
    let now = world.prefect().await?.server_now();
    let mut findings = Vec::new();
    for worker in installed {
        for pool in &worker.spec.pools {
            match pools.iter().find(|facts| facts.pool.name.as_str() == pool) {
                Some(facts) => findings.push(judge_heartbeat(worker, facts, now)),
                None => findings.push(skip(format!("work pool {pool} is not there"))),
            }
        }
    }
    Ok(findings)
}

fn judge_heartbeat(installed: &Installed, facts: &PoolFacts, now: Timestamp) -> Finding {
    let (deployment, pool) = (installed.name(), &facts.pool.name);
    let is_meant = |worker: &&Worker| match &installed.spec.name {
        Some(name) => worker.name.as_str() == name,
        None => true,
    };
    let online = facts
        .workers
        .iter()
        .filter(is_meant)
        .filter(|worker| worker.status == Some(WorkerStatus::Online))
        .max_by_key(|worker| worker.last_heartbeat_time);
    let todo = format!(
        "Look at its log: kubectl logs deployment/{deployment} -n {}. It reports to the API in its PREFECT_API_URL, which may be another than this one.",
        installed.deployment.metadata.namespace
    );
    match (online, &installed.spec.name) {
        (Some(worker), _) => {
            let ago = worker
                .last_heartbeat_time
                .map_or(0, |last| now.duration_since(last).as_secs().max(0));
            ok(format!(
                "work pool {pool} heard of worker {} {ago} s ago",
                worker.name
            ))
        }
        (None, Some(name)) => fail(
            format!("work pool {pool} has not heard of worker {name} of Deployment {deployment}"),
            todo,
        ),
        (None, None) => fail(
            format!("work pool {pool} has not heard of any worker of Deployment {deployment}"),
            todo,
        ),
    }
}

/// Whether Jobs go where the worker watches, and where its Role allows them.
pub async fn namespaces(world: &World) -> Findings {
    let installed = some(world.installed().await?)?;
    let pools = world.existing_pools().await?;
    let mut findings = Vec::new();
    for worker in installed {
        for name in &worker.spec.pools {
            let facts = pools.iter().find(|facts| facts.pool.name.as_str() == name);
            let Some(facts) = facts else { continue };
            let told = worker.spec.namespace.as_deref();
            let jobs = told.or_else(|| default_namespace(&facts.pool.base_job_template));
            let jobs = jobs.unwrap_or("default");
            let bound = bound(world, worker, jobs).await?;
            findings.extend(judge_namespaces(worker, name, jobs, bound));
        }
    }
    if findings.is_empty() {
        return Err(Trouble::Skip("no work pool is known".to_owned()));
    }
    Ok(findings)
}

/// Whether a RoleBinding in a namespace names the worker's service account; `None` when that is not
/// to be known.
async fn bound(
    world: &World,
    worker: &Installed,
    namespace: &str,
) -> Result<Option<bool>, Trouble> {
    if world.plan.planned.is_some() {
        return Ok(None);
    }
    let cluster = world.cluster().await?;
    let found: Result<Vec<Value>, _> = cluster
        .list_documents(ROLE_BINDING, Some(namespace), "")
        .await;
    let Ok(bindings) = found else {
        return Ok(None);
    };
    let home = &worker.deployment.metadata.namespace;
    let is_ours = |subject: &Value| {
        subject["kind"] == "ServiceAccount"
            && subject["name"] == worker.spec.service_account.as_str()
            && subject["namespace"] == home.as_str()
    };
    let is_bound = bindings.iter().any(|binding| {
        let subjects = binding["subjects"].as_array();
        subjects.is_some_and(|subjects| subjects.iter().any(is_ours))
    });
    Ok(Some(is_bound))
}

fn judge_namespaces(
    worker: &Installed,
    pool: &str,
    jobs: &str,
    bound: Option<bool>,
) -> Vec<Finding> {
    let name = worker.name();
    let home = &worker.deployment.metadata.namespace;
    let mut findings = Vec::new();
    let watched: Vec<&str> = match worker.spec.variable(WATCHED) {
        Told::Text(text) => text
            .split(',')
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .collect(),
        _ => Vec::new(),
    };
    // Our own worker watches wherever its Jobs go.
    if !worker.spec.is_ours && !watched.is_empty() && !watched.contains(&jobs) {
        findings.push(fail(
            format!("Jobs of work pool {pool} go to namespace {jobs}, and Deployment {name} watches {}", watched.join(", ")),
            format!("Set worker.config.jobNamespace to {jobs}, or the template's variable namespace to one that is watched (job variable namespace)."),
        ));
    }
    if bound == Some(false) && jobs != home {
        findings.push(warn(
            format!("Jobs of work pool {pool} go to namespace {jobs}, where no RoleBinding names service account {}", worker.spec.service_account),
            format!("Set role.namespace to {jobs}, or the template's variable namespace (for the native worker, worker.config.defaultJobNamespace) to {home}; check worker-rights says whether a ClusterRoleBinding allows it all the same."),
        ));
    }
    if findings.is_empty() {
        findings.push(ok(format!(
            "Jobs of work pool {pool} go to namespace {jobs}, which Deployment {name} watches"
        )));
    }
    findings
}
