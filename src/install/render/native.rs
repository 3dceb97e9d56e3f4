//! What is different with `worker.engine: native`: our own worker, from its own image.
//!
//! The environment, the mounts and the rights are those of the Python worker. Here are its command
//! line, its probes, and what of the chart's values has no meaning for it: that is refused or said.

use serde_json::{Map, Value, json};

use super::{
    Release,
    config_map::TEMPLATE_FILE,
    container::to_map,
    names::{check_namespace, given},
};
use crate::{
    error::Result,
    install::values::{
        model::{Engine, Image, InstallPolicy, Scalar},
        native::REPOSITORY,
    },
};

/// The program of the image.
pub const PROGRAM: &str = "kubectl-prefect";
/// How the name of Prefect's own image ends, in whichever registry.
const PREFECTS: &str = "prefecthq/prefect";
/// Where `/health`, `/ready` and `/metrics` are, unless [`PORT_VARIABLE`] says otherwise.
const PORT: u16 = 8080;
/// The setting of Prefect that moves them.
const PORT_VARIABLE: &str = "PREFECT_WORKER_WEBSERVER_PORT";
/// The flag that switches them on.
const WITH_HEALTHCHECK: &str = "--with-healthcheck";

/// Whether a release is of the native worker.
pub fn is_meant(release: &Release<'_>) -> bool {
    release.worker().engine == Engine::Native
}

/// Looks for values that cannot go together with the engine, and says which have no effect.
///
/// # Errors
/// When a value means another worker than the one that would be started.
pub fn check(release: &Release<'_>) -> Result<()> {
    check_image(release)?;
    let config = &release.worker().config;
    let jobs = given(config.default_job_namespace.as_ref());
    if !is_meant(release) {
        if jobs.is_some() {
            release.note(
                "worker.config.defaultJobNamespace has no effect with worker.engine prefect: the base \
                 job template says where Jobs go",
            );
        }
        return Ok(());
    }
    if let Some(name) = jobs.filter(|name| check_namespace(name).is_err()) {
        let why = format!("{name:?} cannot be the name of a namespace");
        return Err(release.error("worker.config.defaultJobNamespace", &why));
    }
    if config.r#type != crate::worker::pool::TYPE {
        let why = "the native worker serves pools of type kubernetes";
        return Err(release.error("worker.config.type", why).hint(
            "worker.engine: prefect starts a worker of another type, from an image that has it",
        ));
    }
    check_hooks(release)?;
    if config.install_policy != InstallPolicy::Prompt {
        release.note(
            "worker.config.installPolicy has no effect with worker.engine native: there is nothing to \
             install",
        );
    }
    if config.observer_cluster_wide {
        release.note(
            "worker.config.observerClusterWide has no effect with worker.engine native: it watches the \
             namespaces that its Jobs go to, and those of worker.config.jobNamespace",
        );
    }
    let variables = &release.worker().extra_env_vars;
    if variables.iter().any(|it| it.name == "EXTRA_PIP_PACKAGES") {
        release.note(
            "EXTRA_PIP_PACKAGES has no effect with worker.engine native: there is no Python in its \
             image, and Jobs have an image of their own",
        );
    }
    if !serves_health(release) {
        release
            .note("worker.args lack --with-healthcheck: the worker is neither probed nor scraped");
    }
    Ok(())
}

/// Refuses an image that is known to be that of the other worker.
fn check_image(release: &Release<'_>) -> Result<()> {
    let worker = release.worker();
    if !worker.command.is_empty() {
        return Ok(());
    }
    let (image, native) = (&worker.image, is_meant(release));
    if native == is_prefects(image) && (native || is_ours(image)) {
        let (repository, tag) = (&image.repository, &image.prefect_tag);
        let (path, why) = if !native {
            let why =
                format!("{repository} is the native worker's image, and worker.engine is prefect");
            ("worker.image.repository", why)
        } else if repository.ends_with(PREFECTS) {
            let why = format!("{repository} is Prefect's image, and worker.engine is native");
            ("worker.image.repository", why)
        } else {
            let why = format!("{tag} is a tag of Prefect's image, and worker.engine is native");
            ("worker.image.prefectTag", why)
        };
        return Err(release.error(path, &why).hint(
            "leave worker.image.repository and worker.image.prefectTag out (null takes them back), \
             or name a copy of the engine's own image",
        ));
    }
    Ok(())
}

/// Prefect's images have tags such as `3.8.8-python3.11-kubernetes` and `3-latest-kubernetes`.
fn is_prefects(image: &Image) -> bool {
    let tag = &image.prefect_tag;
    image.repository.ends_with(PREFECTS)
        || tag.contains("-python3.")
        || tag.ends_with("-kubernetes")
}

fn is_ours(image: &Image) -> bool {
    image.repository.rsplit('/').next() == Some(PROGRAM) && !is_prefects(image)
}

/// Hooks that run a program which the image does not have: a container whose `postStart` fails is
/// ended again and again.
fn check_hooks(release: &Release<'_>) -> Result<()> {
    let worker = release.worker();
    if worker.image.repository != REPOSITORY {
        return Ok(());
    }
    let hooks = [
        ("postStart", &worker.lifecycle.post_start),
        ("preStop", &worker.lifecycle.pre_stop),
    ];
    for (name, hook) in hooks {
        let program = hook
            .as_ref()
            .and_then(|hook| hook.get("exec")?.get("command")?.get(0)?.as_str());
        if let Some(program) = program.filter(|program| *program != PROGRAM) {
            let path = format!("worker.lifecycle.{name}.exec.command");
            let why =
                format!("the native worker's image has no {program:?}: there is no shell in it");
            return Err(release.error(&path, &why).hint(
                "use an action of Kubernetes (httpGet, sleep), or name an image with more in it in \
                 worker.image.repository",
            ));
        }
    }
    Ok(())
}

/// `worker run ...`, from what the chart says to `prefect worker start`.
pub fn arguments(release: &Release<'_>) -> Result<Vec<String>> {
    let worker = release.worker();
    let config = &worker.config;
    let mut out: Vec<String> = ["worker", "run"].map(str::to_owned).to_vec();
    let mut option = |name: &str, value: &str| push_option(&mut out, name, value);
    option("--pool", release.work_pool()?);
    for queue in &config.work_queues {
        option("--work-queue", queue);
    }
    if let Some(limit) = config.limit.filter(|limit| *limit != 0) {
        option("--limit", &limit.to_string());
    }
    if let Some(name) = given(config.name.as_ref()) {
        option("--name", name);
    }
    if let Some(namespace) = given(config.default_job_namespace.as_ref()) {
        option("--namespace", namespace);
    }
    if release.template_config_map().is_some() {
        option("--base-job-template", TEMPLATE_FILE);
    }
    out.push(WITH_HEALTHCHECK.to_owned());
    out.extend(worker.extra_args.iter().map(Scalar::text));
    Ok(out)
}

/// `template sync ...`: as the chart's container does, it gives the template to a pool that is there.
/// One that is missing is made with it, unless the worker is told to make none.
pub fn sync_arguments(release: &Release<'_>) -> Result<Vec<String>> {
    let mut out: Vec<String> = ["template", "sync"].map(str::to_owned).to_vec();
    push_option(&mut out, "--pool", release.work_pool()?);
    push_option(&mut out, "--file", TEMPLATE_FILE);
    if !own_words(release).any(|word| word == "--no-create-pool-if-not-found") {
        out.push("--create".to_owned());
    }
    // The template before is in the revision of the release that had it.
    out.push("--no-backup".to_owned());
    Ok(out)
}

/// Adds an option; what begins with a dash is not to be taken for the next one.
fn push_option(out: &mut Vec<String>, name: &str, value: &str) {
    if value.starts_with('-') {
        out.push(format!("{name}={value}"));
    } else {
        out.extend([name.to_owned(), value.to_owned()]);
    }
}

/// Words of the command line that the user wrote.
fn own_words(release: &Release<'_>) -> impl Iterator<Item = String> {
    let worker = release.worker();
    let extra = worker.extra_args.iter().map(Scalar::text);
    worker.args.iter().cloned().chain(extra)
}

/// Whether the worker answers probes: ours always, arguments of one's own where they say so.
fn serves_health(release: &Release<'_>) -> bool {
    let args = &release.worker().args;
    args.is_empty() || args.iter().any(|word| word == WITH_HEALTHCHECK)
}

/// Ports and probes of the container.
///
/// There is no startup probe: the worker listens before it does anything else, and `/health` answers
/// 200 from then on, for as long as it polls. It is ready once its pool has heard of it, which is also
/// when a rollout may end the worker before it.
pub fn probes(release: &Release<'_>) -> Result<Vec<(&'static str, Value)>> {
    if !serves_health(release) {
        return Ok(Vec::new());
    }
    let (port, liveness) = (port(release)?, &release.worker().liveness_probe);
    let get = |path: &str| {
        let mut probe = Map::new();
        probe.insert("httpGet".to_owned(), json!({"path": path, "port": port}));
        probe
    };
    let mut out = vec![("ports", json!([{"name": "http", "containerPort": port}]))];
    if liveness.enabled {
        let mut probe = get("/health");
        probe.extend(to_map(&liveness.config));
        out.push(("livenessProbe", probe.into()));
    }
    let mut probe = get("/ready");
    let often = json!({"periodSeconds": 5, "timeoutSeconds": 5, "failureThreshold": 3});
    probe.extend(often.as_object().cloned().unwrap_or_default());
    out.push(("readinessProbe", probe.into()));
    Ok(out)
}

/// Annotations by which Prometheus finds `/metrics`.
pub fn annotations(release: &Release<'_>) -> Result<Map<String, Value>> {
    let mut out = Map::new();
    if is_meant(release) && serves_health(release) {
        let port = port(release)?.to_string();
        for (name, value) in [("scrape", "true"), ("port", &port), ("path", "/metrics")] {
            out.insert(format!("prometheus.io/{name}"), value.into());
        }
    }
    Ok(out)
}

/// The port that the worker listens on, where its environment moves it.
fn port(release: &Release<'_>) -> Result<u16> {
    const PATH: &str = "worker.extraEnvVars";
    let variables = &release.worker().extra_env_vars;
    let mut found = variables.iter().enumerate().rev();
    let Some((index, variable)) = found.find(|(_, it)| it.name == PORT_VARIABLE) else {
        return Ok(PORT);
    };
    let path = format!("{PATH}[{index}]");
    let text = match &variable.value {
        Some(text) => release.text(&path, text)?,
        None => String::new(),
    };
    text.parse().ok().filter(|port| *port > 0).ok_or_else(|| {
        let why =
            format!("the probes need to know the port: {PORT_VARIABLE} is to be a number here");
        release.error(&path, &why)
    })
}
