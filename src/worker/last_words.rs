//! The last log lines of containers whose flow never reached the API: without them a run that
//! crashed while it was imported leaves no trace.

use super::{decide::JobEnd, journal::RunRef, judge::Case, shared::Shared};
use crate::k8s::{
    Failure, Scope,
    view::{Phase, PodView},
};

/// The container that runs the flow (prefect-kubernetes).
const FLOW_CONTAINER: &str = "prefect-job";
/// The label that Kubernetes gives the pods of a Job.
pub const JOB_LABEL: &str = "batch.kubernetes.io/job-name";

/// The lines, by container.
#[derive(Debug, Default)]
pub struct LastWords(Vec<Words>);

#[derive(Debug)]
struct Words {
    pod: String,
    container: String,
    lines: Vec<String>,
}

/// Reads them, the newest pod first. What cannot be read is left out: the crash is told anyway.
pub async fn of(shared: &Shared, case: &Case) -> LastWords {
    if !shared.options.observer.forward_logs {
        return LastWords::default();
    }
    match read(shared, case).await {
        Ok(words) => LastWords(words),
        Err(failure) => {
            tracing::debug!(
                "the last log lines of Job {} are not to be had: {failure}",
                case.job
            );
            LastWords::default()
        }
    }
}

async fn read(shared: &Shared, case: &Case) -> Result<Vec<Words>, Failure> {
    let scope = Scope::Namespace(case.namespace.clone());
    let selector = format!("{JOB_LABEL}={}", case.job);
    let mut pods = case.cluster.list::<PodView>(&scope, &selector).await?;
    if case.end != JobEnd::Succeeded {
        pods.retain(|pod| pod.status.phase != Phase::Succeeded);
    }
    pods.sort_by_key(|pod| std::cmp::Reverse(pod.metadata.creation_timestamp));
    let mut words = Vec::new();
    for pod in &pods {
        words.extend(of_pod(shared, case, pod).await);
    }
    Ok(words)
}

/// The flow's container speaks for its pod; where it says nothing, the others do.
async fn of_pod(shared: &Shared, case: &Case, pod: &PodView) -> Vec<Words> {
    let containers = || pod.status.container_statuses.iter().map(name);
    let alone = containers().count() == 1;
    let speaks = |container: &&str| alone || *container == FLOW_CONTAINER;
    let first: Vec<&str> = containers().filter(speaks).collect();
    let init = pod.status.init_container_statuses.iter().map(name);
    let others = init.chain(containers().filter(|container| !speaks(container)));
    for container in first {
        if let Some(words) = of_container(shared, case, pod, container).await {
            return vec![words];
        }
    }
    let mut words = Vec::new();
    for container in others {
        words.extend(of_container(shared, case, pod, container).await);
    }
    words
}

fn name(container: &crate::k8s::view::ContainerStatus) -> &str {
    &container.name
}

async fn of_container(
    shared: &Shared,
    case: &Case,
    pod: &PodView,
    container: &str,
) -> Option<Words> {
    let lines = shared.options.observer.forward_log_lines;
    let pod = &pod.metadata.name;
    let tail = case
        .cluster
        .log_tail(&case.namespace, pod, container, lines)
        .await;
    let text = match tail {
        Ok(tail) => tail.text,
        Err(failure) => {
            tracing::debug!("{failure}");
            return None;
        }
    };
    let lines: Vec<String> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(str::to_owned)
        .collect();
    (!lines.is_empty()).then(|| Words {
        pod: pod.clone(),
        container: container.to_owned(),
        lines,
    })
}

impl LastWords {
    /// Writes the lines into the run's log.
    pub fn forward(self, shared: &Shared, about: &RunRef) {
        for words in self.0 {
            let head = format!(
                "The last {} lines of container '{}' in pod '{}':",
                words.lines.len(),
                words.container,
                words.pod
            );
            shared.journal.error(about, head);
            for line in words.lines {
                shared.journal.relay(about, &line);
            }
        }
    }
}
