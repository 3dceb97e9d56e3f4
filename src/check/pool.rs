//! The work pool: there, open, served, and with a template that works.

use serde_json::Value;

use super::{
    finding::{Finding, Findings, Trouble, fail, ok, warn},
    world::{Installed, PoolFacts, World},
};
use crate::{
    base_template::{
        Template, document,
        lint::{self, Severity, Subject},
    },
    k8s::documents::CONFIG_MAP,
    prefect::{WorkPoolName, WorkerStatus},
};

/// The type of pools whose runs become Jobs.
const KUBERNETES: &str = "kubernetes";
/// Mistakes of a template that are told one by one.
const MOST: usize = 5;
/// The key of a ConfigMap with a template, as the prefect-worker chart has it.
const TEMPLATE_KEY: &str = "baseJobTemplate.json";

/// Whether the pool is there, is of our type, and gives out runs.
pub async fn pool(world: &World) -> Findings {
    let mut findings = Vec::new();
    for (name, facts) in world.pools().await? {
        match facts {
            Some(facts) => findings.push(judge_pool(facts)),
            None => findings.push(missing(world, name).await?),
        }
    }
    Ok(findings)
}

async fn missing(world: &World, name: &WorkPoolName) -> Result<Finding, Trouble> {
    let mut todo = format!(
        "Make it with kubectl prefect template push -p {name} --create, or let the worker make it when it starts."
    );
    let known = world.prefect().await?.all_work_pools().await?;
    let names: Vec<&str> = known.iter().map(|pool| pool.name.as_str()).collect();
    if let Some(near) = crate::suggest::nearest(name.as_str(), names.iter().copied()) {
        todo = format!("Did you mean {near}? {todo}");
    }
    let seen = format!("there is no work pool {name}");
    Ok(if world.plan.before {
        warn(seen, todo)
    } else {
        fail(seen, todo)
    })
}

fn judge_pool(facts: &PoolFacts) -> Finding {
    let pool = &facts.pool;
    let name = &pool.name;
    if pool.kind != KUBERNETES {
        return fail(
            format!("work pool {name} is of type {}", pool.kind),
            format!("Name a work pool of type {KUBERNETES}: no other makes Jobs."),
        );
    }
    if pool.is_paused {
        return fail(
            format!("work pool {name} is paused, and gives out no runs"),
            format!("Let it go on: prefect work-pool resume '{name}'"),
        );
    }
    if pool.concurrency_limit == Some(0) {
        return fail(
            format!("work pool {name} has a concurrency limit of 0, and gives out no runs"),
            format!("Set another: prefect work-pool set-concurrency-limit '{name}' 10"),
        );
    }
    ok(format!(
        "work pool {name} is of type {KUBERNETES} and gives out runs"
    ))
}

/// Whether the queues that a worker polls are there and open.
pub async fn queues(world: &World) -> Findings {
    let installed = world.installed().await.unwrap_or_default();
    let pools = world.existing_pools().await?;
    Ok(pools
        .iter()
        .flat_map(|facts| judge_queues(facts, installed))
        .collect())
}

fn judge_queues(facts: &PoolFacts, installed: &[Installed]) -> Vec<Finding> {
    let name = &facts.pool.name;
    if facts.queues.is_empty() {
        return vec![fail(
            format!("work pool {name} has no queue"),
            format!("Make one: prefect work-queue create default --pool '{name}'"),
        )];
    }
    let known: Vec<&str> = facts
        .queues
        .iter()
        .map(|queue| queue.name.as_str())
        .collect();
    let mut findings = Vec::new();
    for worker in installed
        .iter()
        .filter(|it| it.spec.pools.iter().any(|pool| pool == name.as_str()))
    {
        // Ours may name the pool too: POOL/QUEUE.
        let queues = worker
            .spec
            .queues
            .iter()
            .filter_map(|queue| match queue.split_once('/') {
                Some((pool, queue)) if pool == name.as_str() => Some(queue),
                Some(_) => None,
                None => Some(queue.as_str()),
            });
        for queue in queues.filter(|queue| !known.contains(queue)) {
            findings.push(fail(
                format!("Deployment {} polls queue {queue}, which work pool {name} has not", worker.name()),
                format!("Make it: prefect work-queue create '{queue}' --pool '{name}'; or poll one of {}.", known.join(", ")),
            ));
        }
    }
    let paused: Vec<&str> = facts
        .queues
        .iter()
        .filter(|queue| queue.is_paused)
        .map(|queue| queue.name.as_str())
        .collect();
    if !paused.is_empty() {
        findings.push(warn(
            format!(
                "queues of work pool {name} are paused: {}",
                paused.join(", ")
            ),
            format!("Let one go on: prefect work-queue resume QUEUE --pool '{name}'"),
        ));
    }
    if findings.is_empty() {
        findings.push(ok(format!(
            "work pool {name} has queues {}",
            known.join(", ")
        )));
    }
    findings
}

/// Whether anybody serves the pool.
pub async fn workers(world: &World) -> Findings {
    let pools = world.existing_pools().await?;
    let before = world.plan.before;
    Ok(pools
        .iter()
        .map(|facts| judge_workers(facts, before))
        .collect())
}

fn judge_workers(facts: &PoolFacts, before: bool) -> Finding {
    let name = &facts.pool.name;
    let online = facts
        .workers
        .iter()
        .filter(|worker| worker.status == Some(WorkerStatus::Online))
        .count();
    match (online, before) {
        (0, true) => ok(format!("work pool {name} has no worker online yet")),
        (0, false) => fail(
            format!("work pool {name} has no worker online, so its runs stay late"),
            "Look at the checks of the installed worker, or start one: kubectl prefect worker run.",
        ),
        (1, _) => ok(format!("work pool {name} has 1 worker online")),
        (count, _) => ok(format!("work pool {name} has {count} workers online")),
    }
}

/// Records of workers that are dead.
pub async fn dead_workers(world: &World) -> Findings {
    let pools = world.existing_pools().await?;
    Ok(pools.iter().map(|facts| judge_dead(facts)).collect())
}

fn judge_dead(facts: &PoolFacts) -> Finding {
    let name = &facts.pool.name;
    let dead: Vec<&str> = facts
        .workers
        .iter()
        .filter(|worker| worker.status == Some(WorkerStatus::Offline))
        .map(|worker| worker.name.as_str())
        .collect();
    match dead.as_slice() {
        [] => ok(format!("work pool {name} has no dead workers on record")),
        dead => warn(
            format!(
                "work pool {name} has {} dead workers on record: {}",
                dead.len(),
                first(dead)
            ),
            format!("Clear them away: kubectl prefect worker prune -p '{name}'"),
        ),
    }
}

/// A few of many names.
pub fn first(names: &[&str]) -> String {
    const MOST: usize = 3;
    let shown = names
        .iter()
        .take(MOST)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > MOST {
        format!("{shown}, ...")
    } else {
        shown
    }
}

/// Whether the pool's template is the one that the worker is to give it.
pub async fn drift(world: &World) -> Findings {
    let installed = world.installed().await?;
    let namespace = world.namespace()?;
    let pools = world.existing_pools().await?;
    let cluster = world.cluster().await?;
    let mut findings = Vec::new();
    for worker in installed {
        for name in template_config_maps(worker) {
            let found: Option<Value> = cluster
                .find_document(CONFIG_MAP, Some(namespace), &name)
                .await?;
            let text = found
                .as_ref()
                .map(|found| found["data"][TEMPLATE_KEY].as_str());
            for facts in &pools {
                if worker
                    .spec
                    .pools
                    .iter()
                    .any(|pool| pool == facts.pool.name.as_str())
                {
                    findings.push(judge_drift(facts, &name, text));
                }
            }
        }
    }
    if findings.is_empty() {
        return Err(Trouble::Skip("no worker declares a template".to_owned()));
    }
    Ok(findings)
}

/// The ConfigMaps that a worker's volumes take a template from.
fn template_config_maps(worker: &Installed) -> Vec<String> {
    let args = worker
        .pod()
        .all_containers()
        .flat_map(|container| &container.args);
    let takes_one = args
        .into_iter()
        .any(|arg| arg.contains("base-job-template"));
    let volumes = worker.pod().volumes.iter();
    let names = volumes.filter_map(|volume| volume.config_map.as_ref());
    names
        .filter(|map| takes_one && !map.name.is_empty())
        .map(|map| map.name.clone())
        .collect()
}

fn judge_drift(facts: &PoolFacts, config_map: &str, text: Option<Option<&str>>) -> Finding {
    let pool = &facts.pool.name;
    let text = match text {
        None => {
            return fail(
                format!("the ConfigMap {config_map} with the base job template does not exist"),
                "Make it, or install the worker again: its pods do not start without.",
            );
        }
        // Some other ConfigMap of the worker.
        Some(None) => return ok(format!("ConfigMap {config_map} holds no template")),
        Some(Some(text)) => text,
    };
    let declared = match document::read(text.as_bytes(), config_map) {
        Ok(declared) => declared.template,
        Err(error) => {
            return fail(
                format!(
                    "the template in ConfigMap {config_map} cannot be read: {}",
                    error.one_line()
                ),
                "Correct it: kubectl prefect template lint -f FILE says what else is wrong.",
            );
        }
    };
    if declared == Template::new(facts.pool.base_job_template.clone()) {
        return ok(format!(
            "work pool {pool} has the template of ConfigMap {config_map}"
        ));
    }
    warn(
        format!("the template of work pool {pool} is not the one in ConfigMap {config_map}"),
        format!(
            "See the difference with kubectl prefect template diff -p '{pool}', and bring it over with kubectl prefect template sync."
        ),
    )
}

/// Whether the pool's template has mistakes.
pub async fn template(world: &World) -> Findings {
    let pools = world.existing_pools().await?;
    Ok(pools
        .iter()
        .flat_map(|facts| judge_template(facts))
        .collect())
}

fn judge_template(facts: &PoolFacts) -> Vec<Finding> {
    let pool = &facts.pool.name;
    let template = Template::new(facts.pool.base_job_template.clone());
    if template.is_empty() {
        return vec![ok(format!(
            "work pool {pool} has no template yet: a worker gives it the default"
        ))];
    }
    let found = lint::lint(&template, Subject::Kubernetes);
    let of = |severity: Severity| found.iter().filter(move |it| it.severity == severity);
    let mut findings: Vec<Finding> = of(Severity::Error)
        .take(MOST)
        .map(|it| {
            fail(
                format!("template of work pool {pool}: {}: {}", it.path, it.message),
                &it.fix,
            )
        })
        .collect();
    let warnings: Vec<&str> = of(Severity::Warning).map(|it| it.path.as_str()).collect();
    if !warnings.is_empty() {
        let places = first(&warnings);
        findings.push(warn(
            format!(
                "template of work pool {pool}: {} warnings, at {places}",
                warnings.len()
            ),
            format!("See them with kubectl prefect template lint -p '{pool}'"),
        ));
    }
    if findings.is_empty() {
        findings.push(ok(format!(
            "the template of work pool {pool} has no mistakes"
        )));
    }
    findings
}
