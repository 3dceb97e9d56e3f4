//! The worker's container.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    Release,
    config_map::TEMPLATE_FILE,
    environment::{self, HOME},
    names::given,
    native,
};
use crate::{error::Result, install::values::model::Scalar};

/// Name of the volume that home and the folder for temporary files are on.
pub const SCRATCH: &str = "scratch";
/// Name of the volume with the base job template.
pub const TEMPLATE_VOLUME: &str = "base-job-template-file";
/// The port of `GET /health`.
const HEALTH_PORT: u16 = 8080;

/// Renders it.
pub fn render(release: &Release<'_>) -> Result<Value> {
    let worker = release.worker();
    let mut container = Map::new();
    let mut field = |name: &str, value: Value| {
        container.insert(name.to_owned(), value);
    };
    field("name", "prefect-worker".into());
    field("image", image(release).into());
    if let Some(policy) = &worker.image.pull_policy {
        field("imagePullPolicy", policy.as_str().into());
    }
    field("command", command(release));
    field("args", arguments(release)?.into());
    field("workingDir", HOME.into());
    field("env", environment::variables(release)?.into());
    let sources = environment::sources(release)?;
    if !sources.is_empty() {
        field("envFrom", sources.into());
    }
    if let Some(resources) = &worker.resources {
        field("resources", to_map(resources).into());
    }
    if let Some(context) = &worker.container_security_context {
        field("securityContext", to_map(context).into());
    }
    if native::is_meant(release) {
        for (name, value) in native::probes(release)? {
            field(name, value);
        }
    } else if worker.liveness_probe.enabled {
        let mut probe = Map::new();
        probe.insert(
            "httpGet".to_owned(),
            json!({"path": "/health", "port": HEALTH_PORT}),
        );
        probe.extend(to_map(&worker.liveness_probe.config));
        field("livenessProbe", probe.into());
    }
    let lifecycle = release.part("worker.lifecycle", &to_map(&worker.lifecycle))?;
    if !lifecycle.is_empty() {
        field("lifecycle", lifecycle.into());
    }
    let mut volume_mounts = mounts(release.template_config_map().is_some());
    volume_mounts.extend(release.parts("worker.extraVolumeMounts", &worker.extra_volume_mounts)?);
    field("volumeMounts", volume_mounts.into());
    Ok(container.into())
}

/// Repository and tag.
pub fn image(release: &Release<'_>) -> String {
    let image = &release.worker().image;
    format!("{}:{}", image.repository, image.prefect_tag)
}

fn command(release: &Release<'_>) -> Value {
    let own = &release.worker().command;
    if !own.is_empty() {
        json!(own)
    } else if native::is_meant(release) {
        json!([native::PROGRAM])
    } else {
        json!(["/usr/bin/tini", "-g", "--", "/opt/prefect/entrypoint.sh"])
    }
}

/// `prefect worker start ...` or the same for our own worker, or what the user says in its place.
fn arguments(release: &Release<'_>) -> Result<Vec<String>> {
    let worker = release.worker();
    if !worker.args.is_empty() {
        return Ok(worker.args.clone());
    }
    if native::is_meant(release) {
        return native::arguments(release);
    }
    let config = &worker.config;
    let mut out: Vec<String> = ["prefect", "worker", "start"].map(str::to_owned).to_vec();
    let mut option = |name: &str, value: &str| out.extend([name.to_owned(), value.to_owned()]);
    option("--type", &config.r#type);
    option("--pool", release.work_pool()?);
    for queue in &config.work_queues {
        option("--work-queue", queue);
    }
    option("--install-policy", config.install_policy.word());
    if let Some(limit) = config.limit.filter(|limit| *limit != 0) {
        option("--limit", &limit.to_string());
    }
    if worker.liveness_probe.enabled {
        out.push("--with-healthcheck".to_owned());
    }
    let mut option = |name: &str, value: &str| out.extend([name.to_owned(), value.to_owned()]);
    if let Some(name) = given(config.name.as_ref()) {
        option("--name", name);
    }
    if release.template_config_map().is_some() {
        option("--base-job-template", TEMPLATE_FILE);
    }
    out.extend(worker.extra_args.iter().map(Scalar::text));
    Ok(out)
}

/// Home, the folder for temporary files, and the template.
pub fn mounts(with_template: bool) -> Vec<Value> {
    let mut out = vec![
        json!({"mountPath": HOME, "name": SCRATCH, "subPathExpr": "home"}),
        json!({"mountPath": "/tmp", "name": SCRATCH, "subPathExpr": "tmp"}),
    ];
    if with_template {
        out.push(json!({
            "mountPath": format!("{HOME}/{TEMPLATE_FILE}"),
            "name": TEMPLATE_VOLUME,
            "subPath": TEMPLATE_FILE,
        }));
    }
    out
}

/// A group of values as Kubernetes takes it.
pub fn to_map<T: Serialize>(group: &T) -> Map<String, Value> {
    match serde_json::to_value(group) {
        Ok(Value::Object(members)) => members,
        // Every group of values is a map.
        _ => Map::new(),
    }
}
