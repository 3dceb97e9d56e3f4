//! The flags of `kubectl prefect worker run`: those of `prefect worker start`, and our own.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{names::pool_name, pools::Limit};
use crate::{k8s::RequestTimeout, ui::log::LogFormat};

/// Poll a work pool and launch a Kubernetes Job for each of its flow runs, until interrupted.
///
/// Jobs are created in the current context, in the namespace that the flow run's job variables or
/// the pool's base job template name. The first Ctrl-C stops polling and finishes what is being
/// submitted; Jobs go on without the worker. The second Ctrl-C aborts.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Work pool to poll; repeat it for several; on a terminal it is asked for when missing
    #[arg(short, long = "pool", value_name = "NAME", value_parser = pool_name)]
    pub pools: Vec<String>,

    /// Work queue to poll; repeat it for several; all of a pool when it has none; with several
    /// pools as POOL/QUEUE
    #[arg(short = 'q', long = "work-queue", value_name = "NAME")]
    pub work_queues: Vec<String>,

    /// Name of the worker in its pool [default: kubectl-prefect-, then random]
    #[arg(long, value_name = "NAME", value_parser = worker_name)]
    pub name: Option<String>,

    /// Most flow runs in hand at once, from submission to the end of their Jobs: in each pool, or
    /// in one, as POOL=N; repeat it for several
    #[arg(long = "limit", value_name = "N", allow_negative_numbers = true)]
    pub limits: Vec<Limit>,

    /// Seconds before its scheduled time that a flow run is taken [from PREFECT_WORKER_PREFETCH_SECONDS: 10]
    #[arg(long, value_name = "SECONDS")]
    pub prefetch_seconds: Option<u32>,

    /// Time between polls, as 5, 500ms or 1m [from PREFECT_WORKER_QUERY_SECONDS: 10]
    #[arg(long, value_name = "DURATION")]
    pub poll_interval: Option<RequestTimeout>,

    /// How often a flow run is tried again whose infrastructure failed before its flow began; then
    /// it has crashed [from PREFECT_KUBERNETES_WORKER_INFRASTRUCTURE_RETRIES: 0]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=100))]
    pub infrastructure_retries: Option<u32>,

    /// How long a pod may take to start before its infrastructure has failed, where runs are tried
    /// again [from PREFECT_KUBERNETES_WORKER_POD_START_TIMEOUT: 10m]
    #[arg(long, value_name = "DURATION")]
    pub pod_start_timeout: Option<RequestTimeout>,

    /// Poll once, submit what is due, and end
    #[arg(long)]
    pub run_once: bool,

    /// File with the base job template, JSON or YAML, for a pool that is made or has none
    #[arg(long, value_name = "FILE")]
    pub base_job_template: Option<PathBuf>,

    /// Make the work pool when it is missing [default]
    #[arg(long, overrides_with = "no_create_pool_if_not_found")]
    pub create_pool_if_not_found: bool,

    /// Fail when the work pool is missing
    #[arg(long, overrides_with = "create_pool_if_not_found")]
    pub no_create_pool_if_not_found: bool,

    /// Serve /health, /ready and /metrics on PREFECT_WORKER_WEBSERVER_HOST and _PORT [0.0.0.0:8080], and wait for an
    /// API that does not answer yet
    #[arg(long)]
    pub with_healthcheck: bool,

    /// URL of the Prefect API for Jobs, when they reach it by another than the worker
    #[arg(long, value_name = "URL")]
    pub job_api_url: Option<String>,

    /// UID of the cluster in place of the one that the cluster has
    #[arg(long, value_name = "UID")]
    pub cluster_uid: Option<String>,

    /// How log lines are written
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        help_heading = "Output"
    )]
    pub log_format: LogFormat,

    /// Least severe log lines to write [from PREFECT_LOGGING_LEVEL: info]
    #[arg(
        long,
        value_enum,
        value_name = "LEVEL",
        ignore_case = true,
        help_heading = "Output"
    )]
    pub log_level: Option<Level>,

    /// Type of the pool, as `prefect worker start` has it; only kubernetes
    #[arg(long = "type", short = 't', value_name = "TYPE")]
    pub kind: Option<String>,

    /// As `prefect worker start` has it; without effect
    #[arg(long, value_name = "POLICY")]
    pub install_policy: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  # Serve a pool in the current context
  kubectl prefect worker run --pool kubernetes

  # Serve one queue, with at most five flow runs at once, and Jobs in namespace flows
  kubectl prefect worker run -p kubernetes -q high --limit 5 -n flows

  # Serve two pools, one of them with at most ten flow runs at once
  kubectl prefect worker run -p light -p heavy --limit heavy=10

  # A Prefect server on this machine, which Jobs reach by another address
  kubectl prefect worker run -p kubernetes --job-api-url http://10.0.0.5:4200/api

  # Submit what is due, and end
  kubectl prefect worker run -p kubernetes --run-once";

impl Args {
    /// Whether a missing pool is made.
    pub const fn creates_pool(&self) -> bool {
        !self.no_create_pool_if_not_found
    }
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Errors alone.
    Error,
    /// Warnings as well.
    Warning,
    /// What happens to runs.
    Info,
    /// Requests and decisions.
    Debug,
    /// Everything, libraries included.
    Trace,
}

/// Prefect's rule for names: they stand in paths of URLs.
fn worker_name(name: &str) -> Result<String, String> {
    match name {
        "" => Err("a worker's name cannot be empty".to_owned()),
        name if name.contains(['/', '%']) => {
            Err("a worker's name cannot contain '/' or '%'".to_owned())
        }
        name if name.contains(char::is_control) => {
            Err("a worker's name cannot contain control characters".to_owned())
        }
        name => Ok(name.to_owned()),
    }
}
