//! The names of labels and annotations that the worker reads of Jobs and pods: Prefect's own
//! workers write all but the last.

/// The flow run's id.
pub const FLOW_RUN_ID: &str = "prefect.io/flow-run-id";
/// The flow run's name, as a slug.
pub const FLOW_RUN_NAME: &str = "prefect.io/flow-run-name";
/// The deployment's id.
pub const DEPLOYMENT_ID: &str = "prefect.io/deployment-id";
/// The deployment's name, as a slug.
pub const DEPLOYMENT_NAME: &str = "prefect.io/deployment-name";
/// The flow's id.
pub const FLOW_ID: &str = "prefect.io/flow-id";
/// The flow's name, as a slug.
pub const FLOW_NAME: &str = "prefect.io/flow-name";
/// The work pool's id.
pub const WORK_POOL_ID: &str = "prefect.io/work-pool-id";
/// The work pool's name, as a slug.
pub const WORK_POOL_NAME: &str = "prefect.io/work-pool-name";
/// The name of the worker that made the Job, as a slug.
pub const WORKER_NAME: &str = "prefect.io/worker-name";
/// The annotation of a Job that names its attempt: the id of the scheduled state that it was
/// submitted for.
pub const ATTEMPT: &str = "kubectl-prefect.io/attempt";

/// All of them. Jobs and pods have more, which nobody reads.
const ALL: [&str; 10] = [
    FLOW_RUN_ID,
    FLOW_RUN_NAME,
    DEPLOYMENT_ID,
    DEPLOYMENT_NAME,
    FLOW_ID,
    FLOW_NAME,
    WORK_POOL_ID,
    WORK_POOL_NAME,
    WORKER_NAME,
    ATTEMPT,
];

/// The name of a label or annotation that is read; `None` for any other.
pub(super) fn known(name: &[u8]) -> Option<&'static str> {
    ALL.into_iter().find(|known| known.as_bytes() == name)
}
