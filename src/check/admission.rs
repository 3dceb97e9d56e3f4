//! Whether the API server would take the pods: it tries them, admission included (quotas,
//! PodSecurity, policies, webhooks), and keeps nothing.

use serde_json::{Value, json};

use super::{
    finding::{Finding, Findings, Trouble, fail, ok, skip},
    places::jobs_go_to,
    world::World,
};
use crate::{
    base_template::{Template, default_namespace, example, lint, with_namespace},
    k8s::{
        Class, Cluster, Failure, Refusal,
        documents::{POD, Trial},
    },
    prefect::WorkPool,
    template::{BaseJobTemplate, default_base_job_template},
};

/// Whether the API server takes the pods of the planned worker, and the Jobs of the pools.
pub async fn admission(world: &World) -> Findings {
    let cluster = world.cluster().await?;
    let mut findings = Vec::new();
    if let Some(planned) = &world.plan.planned {
        let name = &planned.deployment.metadata.name;
        let mut template = planned.manifest["spec"]["template"].clone();
        // It is made together with the Deployment.
        if let Some(spec) = template["spec"].as_object_mut() {
            spec.shift_remove("serviceAccountName");
        }
        let who = format!("the pods of Deployment {name}");
        findings.push(try_pod(cluster, world.namespace()?, &template, &who).await?);
    }
    let installed = world.installed().await.unwrap_or_default();
    for facts in world.existing_pools().await.unwrap_or_default() {
        for namespace in jobs_go_to(facts, installed) {
            findings.extend(of_pool(cluster, &facts.pool, namespace).await?);
        }
    }
    if findings.is_empty() {
        return Err(Trouble::Skip("there is nothing to try".to_owned()));
    }
    Ok(findings)
}

/// Whether the API server takes the Job that a pool's template gives by itself, and its pod, where the
/// worker sends them.
async fn of_pool(cluster: &Cluster, pool: &WorkPool, told: Option<&str>) -> Findings {
    let name = &pool.name;
    let own = match default_base_job_template() {
        Value::Object(default) if pool.base_job_template.is_empty() => default,
        _ => pool.base_job_template.clone(),
    };
    let own = Template::new(own);
    // As the worker does: a template without the variable is left as it is.
    let there = told.and_then(|namespace| with_namespace(&own, namespace));
    let template = there.unwrap_or(own);
    let parsed = BaseJobTemplate::parse(&template.to_value());
    let Ok(job) = parsed.and_then(|parsed| example::job(&parsed)) else {
        let why = format!("no Job comes of the template of work pool {name} (check template)");
        return Ok(vec![skip(why)]);
    };
    let namespace = &job.namespace;
    let manifest = Value::Object(job.manifest);
    if cluster.has_namespace(namespace).await? == Some(false) {
        let by = match default_namespace(&pool.base_job_template) == told {
            true => "change the template's variable namespace",
            false => "tell the worker another (worker.config.defaultJobNamespace)",
        };
        return Ok(vec![fail(
            format!("Jobs of work pool {name} go to namespace {namespace}, which does not exist"),
            format!("Make it (kubectl create namespace {namespace}), or {by}."),
        )]);
    }
    let objections = cluster.try_job(namespace, &manifest).await?;
    let refused: Vec<Finding> = lint::of_api_server(&template, &objections)
        .into_iter()
        .filter(|it| it.severity == lint::Severity::Error)
        .map(|it| fail(format!("{}: {}", it.path, it.message), it.fix))
        .collect();
    if !refused.is_empty() {
        return Ok(refused);
    }
    let who = format!("Jobs of work pool {name} and their pods");
    let pod = &manifest["spec"]["template"];
    Ok(vec![try_pod(cluster, namespace, pod, &who).await?])
}

/// Tries a pod of a template.
async fn try_pod(
    cluster: &Cluster,
    namespace: &str,
    template: &Value,
    who: &str,
) -> Result<Finding, Trouble> {
    let mut pod = template.clone();
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    if pod["metadata"].is_null() {
        pod["metadata"] = json!({});
    }
    pod["metadata"]["name"] = "kubectl-prefect-check".into();
    pod["metadata"]["namespace"] = namespace.into();
    let tried = cluster
        .create_document(POD, Some(namespace), &pod, Trial::Yes)
        .await;
    judge(who, namespace, tried.err())
}

fn judge(who: &str, namespace: &str, failure: Option<Failure>) -> Result<Finding, Trouble> {
    let Some(failure) = failure else {
        return Ok(ok(format!("namespace {namespace} takes {who}")));
    };
    let said = failure.error.causes.first().cloned().unwrap_or_default();
    match failure.class {
        // We ourselves make no pods; controllers do.
        Class::Forbidden if Refusal::parse(&said).is_some() => Ok(skip(format!(
            "we may not try pods in namespace {namespace}"
        ))),
        Class::NotFound => Ok(skip(format!("namespace {namespace} does not exist"))),
        Class::Forbidden | Class::Invalid => Ok(fail(
            format!("namespace {namespace} does not take {who}: {said}"),
            remedy(&said),
        )),
        _ => Err(failure.into()),
    }
}

/// What to do about the usual reasons.
fn remedy(said: &str) -> &'static str {
    if said.contains("violates PodSecurity") {
        "Give the pod the security context that the namespace asks for (worker.podSecurityContext, worker.containerSecurityContext, or the template's job_manifest), or relax the label pod-security.kubernetes.io/enforce of the namespace."
    } else if said.contains("exceeded quota") {
        "Raise the quota, or let others end."
    } else if said.contains("failed quota") || said.contains("must specify") {
        "The quota wants each container to say what it needs: set resources."
    } else if said.contains("serviceaccount") {
        "Make the service account, or name another one."
    } else if said.contains("admission webhook") {
        "What the webhook's message asks for is a rule of this cluster: meet it, or ask those who run it."
    } else {
        "Correct what it names, in the values or in the template."
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check::Level, error::Error};

    #[test]
    fn refusals_are_told_apart() {
        let failure = |class, said: &str| {
            Some(Failure {
                class,
                error: Box::new(Error::failed("failed to try").cause(said)),
            })
        };
        let rbac = r#"pods is forbidden: User "u" cannot create resource "pods" in API group "" in the namespace "n""#;
        let security = r#"pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true"#;
        for (failure, level, todo) in [
            (None, Level::Ok, ""),
            (failure(Class::Forbidden, rbac), Level::Skip, ""),
            (
                failure(Class::Forbidden, security),
                Level::Fail,
                "security context",
            ),
            (
                failure(
                    Class::Forbidden,
                    r#"pods "x" is forbidden: exceeded quota: q"#,
                ),
                Level::Fail,
                "Raise the quota",
            ),
            (
                failure(
                    Class::Forbidden,
                    "error looking up service account n/w: serviceaccount \"w\" not found",
                ),
                Level::Fail,
                "service account",
            ),
            (
                failure(Class::Invalid, "spec.containers: Required value"),
                Level::Fail,
                "Correct",
            ),
        ] {
            let finding = judge("the pods", "n", failure).unwrap();
            assert_eq!(finding.level, level, "{finding:?}");
            assert!(finding.what_to_do.unwrap_or_default().contains(todo));
        }
        assert!(judge("x", "n", failure(Class::Unreachable, "")).is_err());
    }
}
