//! `kubectl prefect worker run`: settings to options, signals to drain and abort.

use std::{cell::Cell, fs, path::Path, time::Duration};

use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::LevelFilter;
use uuid::Uuid;

use super::{
    args::{Args, Level},
    screen,
};
use crate::{
    cli::{Session, runtime},
    env_vars::Environment,
    error::{Error, Kind, Result},
    k8s::{Patience, cluster_uid},
    prefect::{
        Client, JsonObject, Page,
        logs::{LogSettings, LogShipper},
    },
    settings::{ApiUrl, LogLevel, PrefectSettings},
    template::{self, BaseJobTemplate},
    ui::{live::Live, log},
    worker::{
        self, CreateJobOptions, Ended, ObserverOptions, Options, Stop, Surroundings,
        health::{HealthServer, Pulse},
        journal::Journal,
        pool,
    },
};

/// How long submissions may take to end after the first signal. Kubernetes gives a pod 30 s.
const DRAIN: Duration = Duration::from_secs(25);
/// How long the last log lines may take to reach the server.
const FLUSH: Duration = Duration::from_secs(5);
/// Time between looks for cancelled runs, unless PREFECT_WORKER_CANCELLATION_POLL_SECONDS says
/// otherwise.
const CANCELLATION_POLL: Duration = Duration::from_secs(10);

/// Runs a worker in the foreground.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    say_what_has_no_effect(args, session)?;
    let settings = session.prefect_settings()?;
    let live = Live::new(session.ui.live());
    log::start(
        args.log_format,
        level(args, &settings),
        session.ui.color(),
        &live,
    );
    let template = args.base_job_template.as_deref();
    let template = template.map(read_template).transpose()?;
    runtime::block_on(serve(args, session, &settings, template, &live))
}

/// Accepts flags of `prefect worker start` that mean nothing here, and says so.
fn say_what_has_no_effect(args: &Args, session: &Session) -> Result<()> {
    match args.kind.as_deref() {
        None => {}
        Some(pool::TYPE) => session
            .ui
            .say("note: --type kubernetes is the only one there is here, and can be left out"),
        Some(other) => {
            return Err(Error::usage(format!(
                "this worker serves pools of type kubernetes, not {other}"
            ))
            .hint(format!(
                "Start a worker of that type with: prefect worker start --type {other}"
            )));
        }
    }
    if args.install_policy.is_some() {
        session
            .ui
            .say("note: --install-policy has no effect: there is nothing to install");
    }
    Ok(())
}

fn level(args: &Args, settings: &PrefectSettings) -> LevelFilter {
    let from_settings = if settings.worker.debug_mode {
        Level::Debug
    } else {
        match settings.logging.level {
            LogLevel::Debug => Level::Debug,
            LogLevel::Info => Level::Info,
            LogLevel::Warning => Level::Warning,
            LogLevel::Error | LogLevel::Critical => Level::Error,
        }
    };
    match args.log_level.unwrap_or(from_settings) {
        Level::Error => LevelFilter::ERROR,
        Level::Warning => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    }
}

/// Reads and checks a base job template.
fn read_template(path: &Path) -> Result<JsonObject> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Error::usage(format!("failed to read {shown}")).because(&error))?;
    let json: serde_json::Value =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
            Error::usage(format!("{shown} is not JSON"))
                .cause(error.to_string())
                .hint("prefect work-pool get-default-base-job-template --type kubernetes prints one that is.")
        })?;
    let invalid = |error: template::TemplateError| {
        let error = Error::from(error);
        Error {
            kind: Kind::Usage,
            message: format!(
                "{shown} is not a base job template for Kubernetes: {}",
                error.message
            ),
            ..error
        }
    };
    let parsed = BaseJobTemplate::parse(&json).map_err(invalid)?;
    let none = serde_json::Map::new();
    let environment = Environment::default();
    let populated = template::populate(&parsed, &none, &environment).map_err(invalid)?;
    template::JobConfiguration::parse(&populated).map_err(invalid)?;
    match json {
        serde_json::Value::Object(members) => Ok(members),
        _ => Err(Error::usage(format!("{shown} is not a base job template"))),
    }
}

async fn serve(
    args: &Args,
    session: &Session,
    settings: &PrefectSettings,
    template: Option<JsonObject>,
    live: &Live,
) -> Result<()> {
    let stop = Stop::default();
    let pulse = Pulse::default();
    let health = if args.with_healthcheck {
        let worker = &settings.worker;
        Some(
            HealthServer::bind(&worker.webserver_host, worker.webserver_port, pulse.clone())
                .await?,
        )
    } else {
        None
    };
    let everything = CancellationToken::new();
    let health = async {
        match health {
            Some(server) => server.serve(everything.clone()).await,
            None => everything.cancelled().await,
        }
    };
    let work = async {
        let work = work(args, session, settings, template, live, &stop, pulse);
        let result = tokio::select! {
            result = work => result,
            () = stop.abort.cancelled() => Err(interrupted("Worker aborted.")),
        };
        everything.cancel();
        result
    };
    let first = Cell::new(None);
    let signals = async {
        tokio::select! {
            result = signals(&stop, &first) => result,
            () = everything.cancelled() => Ok(()),
        }
    };
    let (result, (), signals) = futures::join!(work, health, signals);
    let ended = result?;
    signals?;
    let goodbye = goodbye(&ended);
    match first.get() {
        Some(Signal::Interrupt) => Err(interrupted(&goodbye)),
        Some(Signal::Terminate) | None => {
            session.ui.say(&goodbye);
            Ok(())
        }
    }
}

fn interrupted(message: &str) -> Error {
    Error::new(Kind::Interrupted, message)
}

fn goodbye(ended: &Ended) -> String {
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let mut text = "Worker stopped.".to_owned();
    for (word, count) in &ended.totals {
        text.push_str(&format!(" {word}: {count}."));
    }
    if ended.jobs > 0 {
        let jobs = counted(ended.jobs, "Job");
        let verb = if ended.jobs == 1 { "goes" } else { "go" };
        text.push_str(&format!(" {jobs} {verb} on without it."));
    }
    if ended.unfinished > 0 {
        text.push_str(&format!(
            " {} not finished; the next worker takes them up.",
            counted(ended.unfinished, "submission")
        ));
    }
    text
}

async fn work(
    args: &Args,
    session: &Session,
    settings: &PrefectSettings,
    template: Option<JsonObject>,
    live: &Live,
    stop: &Stop,
    pulse: Pulse,
) -> Result<Ended> {
    let prefect = session.prefect(settings)?;
    let pool = match &args.pool {
        Some(pool) => pool.clone(),
        None => ask_for_pool(session, &prefect).await?,
    };
    let cluster = session.cluster(Patience::Worker).await?;
    let options = options(args, session, settings, template, pool)?;
    session.ui.say(&format!(
        "Worker '{}' on work pool '{}' of {}; {}",
        options.name,
        options.pool,
        prefect.api_url(),
        cluster.line()
    ));
    warn_of_loopback(args, session, &settings.api_url()?);
    let shipper = LogShipper::start(&prefect, log_settings(settings, &prefect));
    let around = Surroundings {
        environment: session.env.clone(),
        cluster_uid: cluster_uid::given(args.cluster_uid.as_deref(), &session.env)
            .map(|given| given.uid),
        prefect,
        cluster,
        journal: Journal::new(shipper.logs()),
        pulse,
        stop: stop.clone(),
    };
    let (shared, grounds) = worker::start(options, around).await?;
    let drawn = CancellationToken::new();
    let screen = screen::show(live, &shared.board, drawn.clone());
    let running = async {
        let result = worker::run(&shared, grounds).await;
        drawn.cancel();
        result
    };
    let (result, ()) = futures::join!(running, screen);
    let logs = shipper.finish(FLUSH).await;
    if logs.dropped > 0 {
        tracing::warn!("{} log lines did not reach the server", logs.dropped);
    }
    result
}

/// A URL that means the worker's own machine means another one in a pod.
fn warn_of_loopback(args: &Args, session: &Session, url: &ApiUrl) {
    if args.job_api_url.is_none() && url.is_loopback() {
        session.ui.warn(
            "Jobs get the same Prefect API URL as this worker, and it names this machine: pods on \
             other machines cannot reach it. Name a URL that they can reach with --job-api-url.",
        );
    }
}

/// Lets a person choose among the pools that this worker can serve.
async fn ask_for_pool(session: &Session, prefect: &Client) -> Result<String> {
    let missing =
        || Error::usage("no work pool is named").hint("Name one with --pool NAME (-p NAME).");
    if !session.ui.can_ask() {
        return Err(missing());
    }
    let pools = prefect.list_work_pools(Page::default()).await;
    let pools = pools.map_err(|error| error.context("failed to list work pools"))?;
    let names: Vec<String> = pools
        .into_iter()
        .filter(|pool| pool.kind == pool::TYPE)
        .map(|pool| pool.name.0)
        .collect();
    if names.is_empty() {
        return session.ui.ask("Name of the work pool to make and serve");
    }
    let chosen = session.ui.choose("Work pool", &names)?;
    names.get(chosen).cloned().ok_or_else(missing)
}

fn options(
    args: &Args,
    session: &Session,
    settings: &PrefectSettings,
    template: Option<JsonObject>,
    pool: String,
) -> Result<Options> {
    let kubernetes = &settings.kubernetes;
    let retry = &kubernetes.worker.create_job_retry;
    let observer = &kubernetes.observer;
    let worker = &settings.worker;
    // Prefect's own default leaves a cancelled run that has not started cancelling for ever.
    let cancels = worker.enable_cancellation.unwrap_or(true);
    let cancellation = worker.cancellation_poll.unwrap_or(CANCELLATION_POLL);
    let name = args.name.clone();
    Ok(Options {
        pool: pool.into(),
        work_queues: args
            .work_queues
            .iter()
            .map(|it| it.clone().into())
            .collect(),
        name: name.unwrap_or_else(random_name).into(),
        limit: args.limit.and_then(|limit| limit.try_into().ok()),
        prefetch: args
            .prefetch_seconds
            .map_or(settings.worker.prefetch, |s| Duration::from_secs(s.into())),
        poll_interval: args
            .poll_interval
            .and_then(|interval| interval.0)
            .unwrap_or(settings.worker.query),
        heartbeat_interval: settings.worker.heartbeat,
        cancellation_interval: cancels.then_some(cancellation),
        run_once: args.run_once,
        create_pool: args.creates_pool(),
        base_job_template: template,
        patient: args.with_healthcheck,
        namespace: session.global.kube.overrides().namespace,
        job_environment: job_environment(args, settings)?,
        observer: ObserverOptions {
            enabled: observer.enabled,
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
        credentials: kubernetes.worker.clone(),
        drain: DRAIN,
    })
}

fn log_settings(settings: &PrefectSettings, prefect: &Client) -> LogSettings {
    let logging = &settings.logging;
    LogSettings {
        enabled: logging.to_api,
        batch_interval: logging.batch_interval,
        batch_size: logging.batch_size,
        max_log_size: logging.max_log_size,
        ..LogSettings::default()
    }
    .for_server(prefect.server_kind())
}

/// A name that no other worker has: two workers of one name are one to the server.
fn random_name() -> String {
    let id = Uuid::new_v4().simple().to_string();
    format!("kubectl-prefect-{}", &id[..8])
}

/// The settings that Jobs inherit, with the URL that they reach the API by.
fn job_environment(args: &Args, settings: &PrefectSettings) -> Result<Vec<(String, String)>> {
    const API_URL: &str = "PREFECT_API_URL";
    let mut environment = settings.job_environment();
    if let Some(url) = &args.job_api_url {
        let url = ApiUrl::parse(url)
            .map_err(|error| error.cause("it comes from --job-api-url"))?
            .expose()
            .to_string();
        match environment.iter_mut().find(|(name, _)| name == API_URL) {
            Some((_, value)) => *value = url,
            None => environment.push((API_URL.to_owned(), url)),
        }
    }
    Ok(environment)
}

/// Which signal came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    Interrupt,
    Terminate,
}

/// The first signal drains, the second aborts.
async fn signals(stop: &Stop, first: &Cell<Option<Signal>>) -> Result<()> {
    let mut source = Signals::listen()?;
    first.set(Some(source.next().await));
    tracing::info!("stopping: no new flow runs are taken; once more aborts");
    stop.drain.cancel();
    source.next().await;
    stop.abort.cancel();
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| {
            signal(kind)
                .map_err(|error| Error::failed("failed to listen for signals").because(&error))
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}
