//! What may be done: by the worker's service account, and by whoever installs one.

use super::{
    finding::{Finding, Findings, Trouble, fail, ok},
    world::{Installed, World},
};
use crate::k8s::{self, Permission, Subject, WorkerNeeds};

/// What an install reads and writes in its namespace; the release's records are Secrets.
const INSTALLED: [(&str, &[&str]); 4] = [
    ("", &["configmaps", "secrets", "serviceaccounts"]),
    ("apps", &["deployments"]),
    ("rbac.authorization.k8s.io", &["roles", "rolebindings"]),
    ("", &["pods", "events"]),
];
/// The verbs for what is made, and for what is only looked at.
const VERBS: (&[&str], &[&str]) = (
    &["get", "list", "create", "patch", "delete"],
    &["get", "list"],
);

/// Whether the service account of each worker may do its work where Jobs go.
pub async fn worker_rights(world: &World) -> Findings {
    let installed = world.installed().await?;
    if installed.is_empty() || world.plan.planned.is_some() {
        return Err(Trouble::Skip("no worker is installed".to_owned()));
    }
    let cluster = world.cluster().await?;
    let namespaces = world.job_namespaces().await?;
    let mut findings = Vec::new();
    for worker in installed {
        let wanted = wanted(worker, &namespaces);
        let account = &worker.spec.service_account;
        let home = &worker.deployment.metadata.namespace;
        let lacking = cluster.account_lacks(home, account, &wanted).await?;
        findings.push(judge(worker, home, &lacking, &namespaces)?);
    }
    Ok(findings)
}

fn wanted(worker: &Installed, namespaces: &[String]) -> Vec<Permission> {
    let makes_secrets = ["CREATE_SECRET_FOR_API_KEY", "STORE_ENV_AS_SECRET"]
        .iter()
        .any(|name| {
            let name = format!("PREFECT_INTEGRATIONS_KUBERNETES_WORKER_{name}");
            worker
                .spec
                .text(&name)
                .is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1")
        });
    let needs = WorkerNeeds {
        secrets: makes_secrets,
        events: false,
    };
    namespaces
        .iter()
        .flat_map(|namespace| k8s::of_worker(namespace, needs))
        .collect()
}

fn judge(
    worker: &Installed,
    home: &str,
    lacking: &[Permission],
    namespaces: &[String],
) -> Result<Finding, Trouble> {
    let account = &worker.spec.service_account;
    let place = namespaces.join(", ");
    if lacking.is_empty() {
        return Ok(ok(format!(
            "service account {account} of Deployment {} may launch and follow Jobs in {place}",
            worker.name()
        )));
    }
    let subject = Subject::ServiceAccount {
        namespace: home.to_owned(),
        name: account.clone(),
    };
    let roles = k8s::as_roles(lacking, "kubectl-prefect-worker", &subject)?;
    Ok(fail(
        format!("{subject} may not {}", list(lacking)),
        format!(
            "Somebody who may grant rights can allow it:\n{}",
            roles.trim_end()
        ),
    ))
}

/// Rights in words, those to one kind together: `get, list pods in namespace flows`.
fn list(permissions: &[Permission]) -> String {
    let mut kinds: Vec<(Permission, Vec<&str>)> = Vec::new();
    for permission in permissions {
        let kind = Permission {
            verb: String::new(),
            ..permission.clone()
        };
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, verbs)) => verbs.push(&permission.verb),
            None => kinds.push((kind, vec![&permission.verb])),
        }
    }
    let words = |(kind, verbs): (Permission, Vec<&str>)| {
        let verb = verbs.join(", ");
        Permission { verb, ..kind }.to_string()
    };
    kinds.into_iter().map(words).collect::<Vec<_>>().join("; ")
}

/// Whether we may install, and hand on what the worker's Role grants: nobody may grant what they
/// do not have.
pub async fn install_rights(world: &World) -> Findings {
    let cluster = world.cluster().await?;
    let namespace = world.namespace()?;
    let mut wanted: Vec<Permission> = Vec::new();
    for (group, kinds) in INSTALLED {
        let verbs = if kinds.contains(&"pods") {
            VERBS.1
        } else {
            VERBS.0
        };
        for kind in kinds {
            let permission = |verb| Permission::new(verb, group, kind, Some(namespace));
            wanted.extend(verbs.iter().copied().map(permission));
        }
    }
    wanted.extend(k8s::of_worker(
        namespace,
        WorkerNeeds {
            secrets: false,
            events: true,
        },
    ));
    wanted.dedup();
    let lacking = cluster.lacking(&wanted).await?;
    if lacking.is_empty() {
        return Ok(vec![ok(format!(
            "we may install a worker in namespace {namespace}"
        ))]);
    }
    let subject = cluster.whoami().await?;
    let roles = k8s::as_roles(&lacking, "kubectl-prefect-install", &subject)?;
    Ok(vec![fail(
        format!("{subject} may not {}", list(&lacking)),
        format!(
            "Somebody who may grant rights can allow it:\n{}",
            roles.trim_end()
        ),
    )])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_to_one_kind_are_told_together() {
        let right = |verb, kind| Permission::new(verb, "", kind, Some("n"));
        let rights = [
            right("get", "pods"),
            right("get", "pods/log"),
            right("list", "pods"),
        ];
        assert_eq!(
            list(&rights),
            "get, list pods in namespace n; get pods/log in namespace n"
        );
    }
}
