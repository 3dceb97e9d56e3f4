//! Settings of prefect-kubernetes (`PREFECT_INTEGRATIONS_KUBERNETES_*`).

use std::time::Duration;

use super::{table, typed::Reader};

/// What prefect-kubernetes can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubernetesSettings {
    /// Takes the place of the UID of the namespace kube-system.
    pub cluster_uid: Option<String>,
    /// How Jobs are made.
    pub worker: KubernetesWorkerSettings,
    /// How Jobs and pods are followed.
    pub observer: ObserverSettings,
}

/// How Jobs are made (`PREFECT_INTEGRATIONS_KUBERNETES_WORKER_*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubernetesWorkerSettings {
    /// The Secret that holds the API key; Jobs refer to it only when `api_key_secret_key` is set too.
    pub api_key_secret_name: Option<String>,
    /// The key of the API key in that Secret.
    pub api_key_secret_key: Option<String>,
    /// The Secret that holds the auth string; Jobs refer to it only with `api_auth_string_secret_key`.
    pub api_auth_string_secret_name: Option<String>,
    /// The key of the auth string in that Secret.
    pub api_auth_string_secret_key: Option<String>,
    /// Whether the worker makes a Secret for the API key.
    pub create_secret_for_api_key: bool,
    /// Whether the plain environment of a Job goes into a Secret of that Job.
    pub store_env_as_secret: bool,
    /// Whether connections to the API server are kept alive by TCP.
    pub add_tcp_keepalive: bool,
    /// How often creating a Job is tried.
    pub create_job_retry: CreateJobRetrySettings,
}

/// How often creating a Job is tried, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateJobRetrySettings {
    /// The most attempts.
    pub max_attempts: u32,
    /// Time between attempts.
    pub delay: Duration,
    /// The least that is added to the delay.
    pub jitter_min: Duration,
    /// The most that is added to the delay.
    pub jitter_max: Duration,
}

/// How Jobs and pods are followed (`PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObserverSettings {
    /// Whether Jobs and pods are followed at all.
    pub enabled: bool,
    /// Whether changes of pods become Prefect events.
    pub replicate_pod_events: bool,
    /// Namespaces to watch, in order and without blanks; none means the whole cluster.
    pub namespaces: Vec<String>,
    /// Labels that Jobs and pods must have besides Prefect's.
    pub additional_label_filters: Vec<(String, String)>,
    /// The most requests at a time while looking for events sent before a restart.
    pub startup_event_concurrency: u32,
    /// Whether the log of a run that crashed before it reached the API is forwarded.
    pub forward_crashed_run_logs: bool,
    /// The most lines that are forwarded.
    pub forward_crashed_run_logs_tail_lines: u32,
}

/// The group's place in files.
const GROUP: &str = "integrations.kubernetes";

impl Reader<'_> {
    pub(super) fn kubernetes(&mut self) -> KubernetesSettings {
        KubernetesSettings {
            cluster_uid: self.non_empty(&format!("{GROUP}.cluster_uid")),
            worker: self.kubernetes_worker(),
            observer: self.observer(),
        }
    }

    fn kubernetes_worker(&mut self) -> KubernetesWorkerSettings {
        let path = |name: &str| format!("{GROUP}.worker.{name}");
        KubernetesWorkerSettings {
            api_key_secret_name: self.non_empty(&path("api_key_secret_name")),
            api_key_secret_key: self.non_empty(&path("api_key_secret_key")),
            api_auth_string_secret_name: self.non_empty(&path("api_auth_string_secret_name")),
            api_auth_string_secret_key: self.non_empty(&path("api_auth_string_secret_key")),
            create_secret_for_api_key: self.bool(&path("create_secret_for_api_key"), false),
            store_env_as_secret: self.bool(&path("store_env_as_secret"), false),
            add_tcp_keepalive: self.bool(&path("add_tcp_keepalive"), true),
            create_job_retry: CreateJobRetrySettings {
                max_attempts: self.int(&path("create_job_retry.max_retries"), 3),
                delay: self.whole_seconds(&path("create_job_retry.delay_seconds"), 1),
                jitter_min: self.whole_seconds(&path("create_job_retry.jitter_min_seconds"), 0),
                jitter_max: self.whole_seconds(&path("create_job_retry.jitter_max_seconds"), 3),
            },
        }
    }

    fn whole_seconds(&mut self, path: &str, default: u64) -> Duration {
        Duration::from_secs(self.int(path, default))
    }

    fn observer(&mut self) -> ObserverSettings {
        let path = |name: &str| format!("{GROUP}.observer.{name}");
        let mut namespaces = self.names(&path("namespaces"));
        namespaces.retain(|namespace| !namespace.is_empty());
        let startup_event_concurrency = self.int(&path("startup_event_concurrency"), 5);
        if startup_event_concurrency == 0 {
            let name = table::env_name(&path("startup_event_concurrency"));
            self.problems
                .add(format!("{name}: expected a number of at least 1, got 0"));
        }
        ObserverSettings {
            enabled: self.bool(&path("enabled"), true),
            replicate_pod_events: self.bool(&path("replicate_pod_events"), true),
            namespaces,
            additional_label_filters: self.pairs(&path("additional_label_filters")),
            startup_event_concurrency,
            forward_crashed_run_logs: self.bool(&path("forward_crashed_run_logs"), true),
            forward_crashed_run_logs_tail_lines: self
                .int(&path("forward_crashed_run_logs_tail_lines"), 500),
        }
    }
}
