//! What a worker is told: plain values, resolved at the edge.

use std::time::Duration;

use super::cancel::Timeout;
use crate::{
    prefect::{JsonObject, WorkPoolName, WorkQueueName, WorkerName},
    settings::KubernetesWorkerSettings,
};

/// Everything that decides how a worker behaves.
#[derive(Clone)]
pub struct Options {
    /// The work pool to poll.
    pub pool: WorkPoolName,
    /// The queues to poll; none means all.
    pub work_queues: Vec<WorkQueueName>,
    /// The worker's name in its pool.
    pub name: WorkerName,
    /// Whether the name was made up for this process. Nobody will bear it again, so the worker takes
    /// its record away when it ends.
    pub name_is_made_up: bool,
    /// Most runs in hand at once, from their submission to the end of their Jobs.
    pub limit: Option<usize>,
    /// How far ahead of its scheduled time a run is taken (PREFECT_WORKER_PREFETCH_SECONDS).
    pub prefetch: Duration,
    /// Time between polls, give or take a third (PREFECT_WORKER_QUERY_SECONDS).
    pub poll_interval: Duration,
    /// Time between heartbeats (PREFECT_WORKER_HEARTBEAT_SECONDS).
    pub heartbeat_interval: Duration,
    /// Time between looks for runs that are being cancelled
    /// (PREFECT_WORKER_CANCELLATION_POLL_SECONDS); `None` when cancellation is switched off.
    pub cancellation_interval: Option<Duration>,
    /// How long cancelled flows that have begun may take to stop themselves.
    pub cancelling_timeout: Timeout,
    /// How long a run that another program claimed may be PENDING without a Job before it is put
    /// back, if its worker is gone; `None`: for ever.
    pub abandoned_after: Option<Duration>,
    /// Poll once, submit what is due, and end.
    pub run_once: bool,
    /// Make the pool when it is missing.
    pub create_pool: bool,
    /// The base job template for a pool that is made or has none.
    pub base_job_template: Option<JsonObject>,
    /// Wait for an API that does not answer yet, instead of failing: for a worker that somebody
    /// restarts anyway.
    pub patient: bool,
    /// Replaces the default of the template's variable `namespace`.
    pub namespace: Option<String>,
    /// The worker's own settings, which every Job inherits. The API key is among them.
    pub job_environment: Vec<(String, String)>,
    /// How the Kubernetes side is observed.
    pub observer: ObserverOptions,
    /// How a Job is created again after a passing fault.
    pub create_job: CreateJobOptions,
    /// How often a run is tried again whose infrastructure failed.
    pub infrastructure: InfrastructureOptions,
    /// Where people see workers and runs (PREFECT_UI_URL), if that is known.
    pub ui_url: Option<String>,
    /// How credentials reach Jobs.
    pub credentials: KubernetesWorkerSettings,
    /// How long submissions under way may take when the worker is told to stop.
    pub drain: Duration,
}

impl Options {
    /// Whether Secrets are made for Jobs.
    #[must_use]
    pub const fn makes_secrets(&self) -> bool {
        let credentials = &self.credentials;
        credentials.store_env_as_secret
            || (credentials.create_secret_for_api_key && credentials.api_key_secret_name.is_none())
    }
}

/// How Jobs and pods are observed (PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObserverOptions {
    /// Whether they are observed at all.
    pub enabled: bool,
    /// Whether changes of pods become events.
    pub replicate_pod_events: bool,
    /// How many questions for events of an earlier time are asked at once.
    pub startup_event_concurrency: u32,
    /// Namespaces to watch from the start. Those of submitted Jobs are always watched.
    pub namespaces: Vec<String>,
    /// Further labels that Jobs and pods must have to be seen, as `key=value`.
    pub label_filters: Vec<(String, String)>,
    /// Whether the last log lines of a container are given to a run that never reached the API.
    pub forward_logs: bool,
    /// How many lines those are at most.
    pub forward_log_lines: u32,
}

/// How a Job is created (PREFECT_INTEGRATIONS_KUBERNETES_WORKER_CREATE_JOB_RETRY_*).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreateJobOptions {
    /// Tries at least, the first included.
    pub attempts: u32,
    /// Pause between two tries.
    pub delay: Duration,
    /// A random time is added to the pause, from this.
    pub jitter_min: Duration,
    /// To this.
    pub jitter_max: Duration,
}

/// How runs are tried again whose infrastructure failed before their flows began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InfrastructureOptions {
    /// How often at most; 0: such runs are crashed.
    pub retries: u32,
    /// How long a pod may take to start before it counts as failed, where runs are tried again;
    /// `None`: for ever.
    pub start_timeout: Option<Duration>,
}
