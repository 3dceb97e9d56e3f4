//! `kubectl prefect worker run`: settings to options, signals to drain and abort.

use std::{cell::Cell, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{
    args::Args, logging, options, pools, screen, signals, signals::Signal, template_file, words,
};
use crate::{
    cli::{Session, runtime},
    error::{Error, Kind, Result},
    k8s::{Patience, cluster_uid},
    prefect::{Client, JsonObject, logs::LogShipper, ws::EventSender},
    settings::PrefectSettings,
    ui::{
        self,
        live::Live,
        log::{self, LogFormat},
        relay::Relay,
    },
    worker::{
        self, Ended, Stop, Surroundings,
        journal::Journal,
        pool,
        status::{Connections, Status},
        web::WebServer,
    },
};

/// How long the last log lines and events may take to reach the server.
const FLUSH: Duration = Duration::from_secs(5);

/// Where the worker speaks.
struct Said {
    live: Live,
    relay: Relay,
}

/// Runs a worker in the foreground.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.log_format == LogFormat::Json {
        session.ui.talk_as_json();
        ui::tell_of_panics(LogFormat::Json);
    }
    say_what_has_no_effect(args, session)?;
    let settings = session.prefect_settings()?;
    let said = Said {
        live: Live::new(session.ui.live()),
        relay: Relay::default(),
    };
    log::start(
        logging::speech(args, session, &settings),
        &said.live,
        &said.relay,
    );
    let template = args.base_job_template.as_deref();
    let template = template
        .map(|path| template_file::read(path, &session.env))
        .transpose()?;
    runtime::block_on(serve(args, session, &settings, template, &said))
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

async fn serve(
    args: &Args,
    session: &Session,
    settings: &PrefectSettings,
    template: Option<JsonObject>,
    said: &Said,
) -> Result<()> {
    let stop = Stop::default();
    let status = Status::default();
    let server = if args.with_healthcheck {
        let worker = &settings.worker;
        let (host, port) = (&worker.webserver_host, worker.webserver_port);
        Some(WebServer::bind(host, port, status.clone()).await?)
    } else {
        None
    };
    let everything = CancellationToken::new();
    let web = async {
        match server {
            Some(server) => server.serve(everything.clone()).await,
            None => everything.cancelled().await,
        }
    };
    let work = async {
        let work = work(args, session, settings, template, said, &stop, status);
        let result = tokio::select! {
            result = work => result,
            () = stop.abort.cancelled() => Err(interrupted(
                "Worker aborted. Runs that it had claimed are taken up by the next worker.",
            )),
        };
        everything.cancel();
        result
    };
    let first = Cell::new(None);
    let signals = async {
        tokio::select! {
            result = signals::listen(&stop, &first) => result,
            () = everything.cancelled() => Ok(()),
        }
    };
    let (result, (), signals) = futures::join!(work, web, signals);
    let ended = result?;
    signals?;
    let goodbye = words::goodbye(&ended);
    if first.get() == Some(Signal::Interrupt) {
        return Err(interrupted(&goodbye));
    }
    session.ui.say(&goodbye);
    let failures: u64 = ended.iter().map(|pool| pool.failures).sum();
    if args.run_once && failures > 0 {
        return Err(words::not_submitted(failures));
    }
    Ok(())
}

fn interrupted(message: &str) -> Error {
    Error::new(Kind::Interrupted, message)
}

async fn work(
    args: &Args,
    session: &Session,
    settings: &PrefectSettings,
    template: Option<JsonObject>,
    said: &Said,
    stop: &Stop,
    status: Status,
) -> Result<Vec<Ended>> {
    let prefect = session.prefect(settings)?;
    let pools = match args.pools.as_slice() {
        [] => &[ask_for_pool(session, &prefect).await?],
        pools => pools,
    };
    let pools = pools::served(pools, &args.work_queues, &args.limits)?;
    let cluster = session.cluster(Patience::Worker).await?;
    let probe = if args.with_healthcheck {
        cluster.clone()
    } else {
        session.cluster(Patience::Command).await?
    };
    let pools = options::options(args, session, settings, template, pools)?;
    session
        .ui
        .say(&words::greeting(&pools, prefect.api_url(), &cluster.line()));
    for words in &settings.without_effect {
        session.ui.say(&format!("note: {words}"));
    }
    warn_of_loopback(args, session, settings)?;
    let shipper = LogShipper::start(&prefect, logging::log_settings(settings));
    logging::hand_on(&said.relay, settings, shipper.logs());
    let sender = EventSender::start(&prefect, EventSender::BUFFER, settings.events_queue_limit);
    status.connected(Connections {
        prefect: prefect.clone(),
        cluster: cluster.clone(),
        events: sender.events(),
        logs: shipper.logs(),
    });
    let around = Surroundings {
        events: sender.events(),
        environment: session.env.clone(),
        cluster_uid: cluster_uid::given(args.cluster_uid.as_deref(), &session.env)
            .map(|given| given.uid)
            // From a file or the profile.
            .or_else(|| settings.kubernetes.cluster_uid.clone()),
        prefect,
        compares_versions: settings.client.server_version_check_enabled,
        cluster,
        probe,
        journal: Journal::new(shipper.logs()),
        pulse: status.pulse.clone(),
        stop: stop.clone(),
    };
    let Some(workers) = worker::start(pools, around).await? else {
        return Ok(Vec::new());
    };
    status.started(workers.iter().map(|worker| Arc::clone(&worker.shared)));
    let drawn = CancellationToken::new();
    let boards = workers.iter().map(|worker| {
        let shared = &worker.shared;
        (shared.options.pool.clone(), shared.board.clone())
    });
    let screen = screen::show(&said.live, boards.collect(), drawn.clone());
    let running = async {
        let result = worker::run(workers).await;
        drawn.cancel();
        result
    };
    let (result, ()) = futures::join!(running, screen);
    let (logs, events) = futures::join!(shipper.finish(FLUSH), sender.finish(FLUSH));
    if logs.dropped > 0 {
        tracing::warn!("{} log lines did not reach the server", logs.dropped);
    }
    if events.dropped > 0 {
        tracing::warn!("{} events did not reach the server", events.dropped);
    }
    result
}

/// A URL that means the worker's own machine means another one in a pod.
fn warn_of_loopback(args: &Args, session: &Session, settings: &PrefectSettings) -> Result<()> {
    let text = match &args.job_api_url {
        Some(url) if options::job_api_url(url)?.is_loopback() => {
            "The URL of --job-api-url names the machine that it is used on: pods on other machines \
             cannot reach the Prefect API by it."
        }
        None if settings.api_url()?.is_loopback() => {
            "Jobs get the same Prefect API URL as this worker, and it names this machine: pods on \
             other machines cannot reach it. Name a URL that they can reach with --job-api-url."
        }
        _ => return Ok(()),
    };
    session.ui.warn(text);
    Ok(())
}

/// Lets a person choose among the pools that this worker can serve.
async fn ask_for_pool(session: &Session, prefect: &Client) -> Result<String> {
    let missing =
        || Error::usage("no work pool is named").hint("Name one with --pool NAME (-p NAME).");
    if !session.ui.can_ask() {
        return Err(missing());
    }
    let pools = prefect.all_work_pools().await;
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
