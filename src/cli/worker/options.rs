//! From flags and settings to what a worker is told.

use std::{fmt::Display, num::NonZeroUsize, str::FromStr, time::Duration};

use uuid::Uuid;

use super::{args::Args, pools::ServedPool};
use crate::{
    cli::Session,
    env_vars::{
        Environment, PREFECT_KUBERNETES_WORKER_ABANDONED_AFTER,
        PREFECT_KUBERNETES_WORKER_CANCELLING_TIMEOUT,
        PREFECT_KUBERNETES_WORKER_INFRASTRUCTURE_RETRIES,
        PREFECT_KUBERNETES_WORKER_POD_START_TIMEOUT,
    },
    error::{Error, Result},
    k8s::RequestTimeout,
    prefect::JsonObject,
    settings::{ApiUrl, PrefectSettings},
    worker::{CreateJobOptions, InfrastructureOptions, ObserverOptions, Options, cancel::Timeout},
};

/// The shortest time between polls, heartbeats and looks for cancelled runs, whatever flag or
/// setting say: without any, the server would be asked as often as it can answer.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);

/// How long submissions may take to end after the first signal. Kubernetes gives a pod 30 s, and
/// the last log lines want some of them.
const DRAIN: Duration = Duration::from_secs(20);

/// Time between looks for cancelled runs, unless PREFECT_WORKER_CANCELLATION_POLL_SECONDS says
/// otherwise.
const CANCELLATION_POLL: Duration = Duration::from_secs(10);

/// How long a pod may take to start, where runs are tried again: a node that is added for it takes
/// minutes, and so does a large image.
const POD_START: Duration = Duration::from_secs(600);

/// How long a run that another program claimed may be PENDING without a Job. Its worker's own tries
/// to make one take minutes.
const ABANDONED: Duration = Duration::from_secs(600);

/// What the worker of each pool is told.
///
/// # Errors
/// When `--job-api-url` is no URL of an API.
pub fn options(
    args: &Args,
    session: &Session,
    settings: &PrefectSettings,
    template: Option<JsonObject>,
    pools: Vec<ServedPool>,
) -> Result<Vec<Options>> {
    let kubernetes = &settings.kubernetes;
    let retry = &kubernetes.worker.create_job_retry;
    let observer = &kubernetes.observer;
    let worker = &settings.worker;
    // Prefect's own default leaves a cancelled run that has not started cancelling for ever.
    let cancels = worker.enable_cancellation.unwrap_or(true);
    let cancellation = worker.cancellation_poll.unwrap_or(CANCELLATION_POLL);
    // The same in all pools: there the server tells workers apart by their names.
    let name = args.name.clone().unwrap_or_else(random_name);
    let namespace = namespace(session)?;
    let job_environment = job_environment(args, settings)?;
    let infrastructure = infrastructure(args, &session.env)?;
    if args.pod_start_timeout.is_some() && infrastructure.retries == 0 {
        session.ui.say(
            "note: --pod-start-timeout has no effect without --infrastructure-retries: pods that do \
             not start are waited for",
        );
    }
    let cancelling_timeout = cancelling_timeout(&session.env)?;
    let abandoned_after = abandoned_after(&session.env)?;
    let of_pool = |pool: ServedPool| Options {
        pool: pool.name,
        work_queues: pool.work_queues,
        name: name.clone().into(),
        name_is_made_up: args.name.is_none(),
        limit: pool.limit.map(NonZeroUsize::get),
        prefetch: args
            .prefetch_seconds
            .map_or(settings.worker.prefetch, |s| Duration::from_secs(s.into())),
        poll_interval: args
            .poll_interval
            .map_or(settings.worker.query, |interval| {
                interval.0.unwrap_or_default()
            })
            .max(SHORTEST_PAUSE),
        heartbeat_interval: settings.worker.heartbeat.max(SHORTEST_PAUSE),
        cancellation_interval: cancels.then_some(cancellation.max(SHORTEST_PAUSE)),
        cancelling_timeout,
        abandoned_after,
        run_once: args.run_once,
        create_pool: args.creates_pool(),
        base_job_template: template.clone(),
        patient: args.with_healthcheck,
        namespace: namespace.clone(),
        job_environment: job_environment.clone(),
        observer: ObserverOptions {
            enabled: observer.enabled,
            replicate_pod_events: observer.replicate_pod_events,
            startup_event_concurrency: observer.startup_event_concurrency,
            namespaces: observer.namespaces.clone(),
            label_filters: observer.additional_label_filters.clone(),
            forward_logs: observer.forward_crashed_run_logs,
            forward_log_lines: observer.forward_crashed_run_logs_tail_lines,
        },
        create_job: CreateJobOptions {
            attempts: retry.max_attempts,
            delay: retry.delay,
            jitter_min: retry.jitter_min,
            jitter_max: retry.jitter_max,
        },
        infrastructure,
        ui_url: settings.ui_url.clone(),
        credentials: kubernetes.worker.clone(),
        drain: DRAIN,
    };
    Ok(pools.into_iter().map(of_pool).collect())
}

/// How runs are tried again: as flags say, else as the environment does.
///
/// # Errors
/// When a variable is neither a number nor a duration.
fn infrastructure(args: &Args, environment: &Environment) -> Result<InfrastructureOptions> {
    let retries = match args.infrastructure_retries {
        Some(retries) => retries,
        None => variable(
            environment,
            PREFECT_KUBERNETES_WORKER_INFRASTRUCTURE_RETRIES,
        )?
        .unwrap_or(0),
    };
    let timeout: Option<RequestTimeout> = match args.pod_start_timeout {
        Some(timeout) => Some(timeout),
        None => variable(environment, PREFECT_KUBERNETES_WORKER_POD_START_TIMEOUT)?,
    };
    Ok(InfrastructureOptions {
        retries,
        start_timeout: timeout.map_or(Some(POD_START), |timeout| timeout.0),
    })
}

/// How long cancelled flows may take to stop themselves, as the environment says; 0 is for ever.
///
/// # Errors
/// When it is no duration.
fn cancelling_timeout(environment: &Environment) -> Result<Timeout> {
    let given: Option<RequestTimeout> =
        variable(environment, PREFECT_KUBERNETES_WORKER_CANCELLING_TIMEOUT)?;
    Ok(match given {
        None => Timeout::Servers,
        Some(RequestTimeout(Some(time))) => Timeout::After(time),
        Some(RequestTimeout(None)) => Timeout::Never,
    })
}

/// How long runs that another program claimed may be PENDING, as the environment says; 0 is for
/// ever.
///
/// # Errors
/// When it is no duration.
fn abandoned_after(environment: &Environment) -> Result<Option<Duration>> {
    let given: Option<RequestTimeout> =
        variable(environment, PREFECT_KUBERNETES_WORKER_ABANDONED_AFTER)?;
    Ok(given.map_or(Some(ABANDONED), |given| given.0))
}

fn variable<T: FromStr<Err: Display>>(environment: &Environment, name: &str) -> Result<Option<T>> {
    let Some(value) = environment.get_non_empty(name) else {
        return Ok(None);
    };
    value.parse().map(Some).map_err(|error: T::Err| {
        Error::usage(format!("the value {value:?} of {name} cannot be used"))
            .cause(error.to_string())
    })
}

/// The namespace of `--namespace`, if it can be one (RFC 1123 label).
fn namespace(session: &Session) -> Result<Option<String>> {
    let namespace = session.global.kube.overrides().namespace;
    match namespace {
        Some(name) if !is_label(&name) => Err(Error::usage(format!(
            "{name:?} cannot be the name of a namespace"
        ))
        .hint("A namespace has at most 63 small letters, digits and dashes, no dash at its ends.")),
        namespace => Ok(namespace),
    }
}

fn is_label(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= 63
        && name.bytes().all(|byte| inside(byte) || byte == b'-')
        && name.bytes().next().is_some_and(inside)
        && name.bytes().next_back().is_some_and(inside)
}

/// A name that no other worker has: two workers of one name are one to the server.
fn random_name() -> String {
    let id = Uuid::new_v4().simple().to_string();
    format!("kubectl-prefect-{}", &id[..8])
}

/// The URL of `--job-api-url`.
///
/// # Errors
/// When it is no URL of an API.
pub fn job_api_url(url: &str) -> Result<ApiUrl> {
    ApiUrl::parse(url).map_err(|error| error.cause("it comes from --job-api-url"))
}

/// The settings that Jobs inherit, with the URL that they reach the API by.
fn job_environment(args: &Args, settings: &PrefectSettings) -> Result<Vec<(String, String)>> {
    const API_URL: &str = "PREFECT_API_URL";
    let mut environment = settings.job_environment();
    if let Some(url) = &args.job_api_url {
        let url = job_api_url(url)?.expose().to_string();
        match environment.iter_mut().find(|(name, _)| name == API_URL) {
            Some((_, value)) => *value = url,
            None => environment.push((API_URL.to_owned(), url)),
        }
    }
    Ok(environment)
}
