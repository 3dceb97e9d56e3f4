//! Whether the worker may do its work where Jobs go: asked before the first run, and again in each
//! namespace that Jobs are sent to later.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;

use super::{observe::Ground, options::Options, shared::Shared};
use crate::{
    error::{Error, Kind, Result},
    k8s::{self, Class, Cluster, Failure, Permission, Subject, WorkerNeeds},
};

/// Whether there is no use in going on: the API server cannot be reached, refuses who we are, or
/// something else answers in its place.
pub fn is_fatal(failure: &Failure) -> bool {
    let is_no_api_server = failure.class == Class::Other && failure.error.kind == Kind::Unreachable;
    failure.is_transient() || failure.class == Class::Unauthorized || is_no_api_server
}

/// The first pause before an API server that does not answer is asked again, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Asks the API server. A patient worker asks until there is an answer: a process that ended instead
/// would only be started again, later and later.
///
/// # Errors
/// The answer; without patience, that there is none.
pub async fn ask<T>(
    is_patient: bool,
    question: impl AsyncFn() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut pause = PAUSES.0;
    loop {
        match question().await {
            Err(failure) if is_patient && failure.is_transient() => {
                tracing::warn!("{failure}; asking again in {} s", pause.as_secs());
            }
            answer => return answer,
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// The rights that a worker lacks in a namespace, and who lacks them.
async fn lacking(
    options: &Options,
    cluster: &Cluster,
    namespace: &str,
) -> Result<Option<(Vec<Permission>, Subject)>, Failure> {
    let needs = WorkerNeeds {
        secrets: options.makes_secrets(),
        events: false,
    };
    let mut permissions = k8s::of_worker(namespace, needs);
    if !options.observer.enabled {
        permissions.retain(|permission| {
            permission.resource == "jobs" && !matches!(permission.verb.as_str(), "list" | "watch")
                || permission.resource == "secrets"
        });
    }
    let lacking = cluster.lacking(&permissions).await?;
    if lacking.is_empty() {
        return Ok(None);
    }
    let subject = cluster.whoami().await?;
    Ok(Some((lacking, subject)))
}

fn list(permissions: &[Permission]) -> String {
    let list: Vec<String> = permissions.iter().map(ToString::to_string).collect();
    list.join(", ")
}

/// Finds out at start whether Jobs can be made and followed in a namespace. A worker whose Jobs go to
/// another cluster by its pool's template needs no rights in its own.
///
/// # Errors
/// Rights that are missing, with the Role that would grant them; an API server that does not answer.
pub async fn check(shared: &Shared, probe: &Cluster, namespace: &str) -> Result<bool> {
    let options = &shared.options;
    let found = ask(options.patient, async || {
        lacking(options, probe, namespace).await
    });
    let (lacking, subject) = match found.await {
        Ok(Some(lacking)) => lacking,
        Ok(None) => return Ok(true),
        Err(failure) if is_fatal(&failure) => return Err(failure.into()),
        Err(failure) => {
            tracing::warn!("cannot tell which rights this worker has: {failure}");
            return Ok(true);
        }
    };
    if shared.pool().names_a_cluster() {
        tracing::warn!(
            "Jobs go to the cluster that the work pool's template names; those of runs that name none \
             cannot be made here: {subject} may not {} in namespace {namespace}",
            list(&lacking)
        );
        return Ok(false);
    }
    Err(Error::unreachable(format!(
        "this worker may not do its work in namespace {namespace}"
    ))
    .cause(format!("{subject} may not {}", list(&lacking)))
    .hint(format!(
        "Somebody who may grant rights can allow it:\n{}",
        k8s::as_roles(&lacking, "kubectl-prefect-worker", &subject)?
    ))
    .hint("Jobs go to another namespace with --namespace, or by the job variable namespace."))
}

/// Says which of the namespaces that Jobs go to, or that are to be watched, are not there. They may
/// be made later. Who may not look is told by the first Job.
pub async fn look_for(probe: &Cluster, namespaces: &[String]) {
    let looks = namespaces
        .iter()
        .map(async |name| (name, probe.has_namespace(name).await));
    for (name, found) in join_all(looks).await {
        match found {
            Ok(Some(false)) => tracing::warn!(
                "namespace {name} does not exist: runs whose Jobs go there crash before somebody makes \
                 it (kubectl create namespace {name})"
            ),
            Ok(_) => {}
            Err(failure) => tracing::debug!("{failure}"),
        }
    }
}

/// Looks into the rights in a namespace that was learnt from a run, and says once what is missing.
/// The run goes on: what it needs of them shows by itself.
pub async fn review(shared: Arc<Shared>, ground: Arc<Ground>) {
    let namespace = &ground.namespace;
    let lacking = tokio::select! {
        lacking = lacking(&shared.options, &ground.cluster, namespace) => lacking,
        () = shared.process.stop.cancelled() => return,
    };
    match lacking {
        Ok(None) => {}
        Ok(Some((lacking, subject))) => {
            let is_blind = lacking.iter().any(|permission| {
                permission.resource == "jobs"
                    && matches!(permission.verb.as_str(), "list" | "watch")
            });
            let effect = if is_blind {
                "; Jobs there are not watched, and their ends are found by asking every few minutes"
            } else {
                ""
            };
            shared.warn_once(&format!(
                "{subject} may not {}{effect}. A Role in namespace {namespace} with these rules \
                 allows it: {}",
                list(&lacking),
                k8s::as_rules(&lacking)
            ));
        }
        Err(failure) => {
            tracing::debug!("the rights in namespace {namespace} are unknown: {failure}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_patient_worker_waits_for_an_api_server_that_does_not_answer() {
        let failure = |class| Failure {
            class,
            error: Box::new(Error::failed("no")),
        };
        let table = [
            (true, Class::Unreachable, Ok(3)),
            (true, Class::Busy, Ok(3)),
            (true, Class::Unauthorized, Err(Class::Unauthorized)),
            (false, Class::Unreachable, Err(Class::Unreachable)),
        ];
        for (is_patient, class, expected) in table {
            let asked = std::cell::Cell::new(0);
            let answer = ask(is_patient, async || {
                asked.set(asked.get() + 1);
                if asked.get() < 3 {
                    Err(failure(class))
                } else {
                    Ok(asked.get())
                }
            });
            let answer = answer.await.map_err(|failure| failure.class);
            assert_eq!(answer, expected, "{is_patient} {class:?}");
        }
    }
}
