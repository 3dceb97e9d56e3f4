//! Containers that run before the worker: the one that updates the pool's template comes first.

use serde_json::{Map, Value, json};

use super::{
    Release,
    api::variable,
    config_map::TEMPLATE_FILE,
    container::{image, mounts, to_map},
    environment::{self, HOME},
    native,
};
use crate::{error::Result, install::values::model::Resources};

/// Updates the pool's template if the pool is there; if not, the worker makes the pool with it.
///
/// The pool's name is an argument, so that no character of it means anything to the shell. A pool
/// that cannot be asked for counts as missing, as in the chart: the worker then says why.
const SYNC: &str = "\
if prefect work-pool inspect \"$1\" > /dev/null; then
  echo \"Updating the base job template of work pool '$1'\"
  exec prefect work-pool update \"$1\" --base-job-template baseJobTemplate.json
fi
echo \"Work pool '$1' is not there yet: the worker will make it with the base job template\"
";

/// The name of the container that updates the pool's template.
pub const SYNC_CONTAINER: &str = "sync-base-job-template";

/// Renders them.
pub fn render(release: &Release<'_>) -> Result<Vec<Value>> {
    let values = &release.worker().init_container;
    let mut out = Vec::new();
    if release.template_config_map().is_some() {
        out.push(sync(release)?);
    }
    out.extend(release.parts(
        "worker.initContainer.extraContainers",
        &values.extra_containers,
    )?);
    Ok(out)
}

fn sync(release: &Release<'_>) -> Result<Value> {
    let worker = release.worker();
    let values = &worker.init_container;
    let mut variables = vec![
        variable("HOME", HOME),
        variable("PREFECT_API_URL", &release.api.url),
    ];
    variables.extend(release.api.auth_variable());
    variables.push(environment::cluster_uid(release));
    variables.extend(release.api.key_variable());
    let path = "worker.initContainer.extraEnvVars";
    variables.extend(environment::extra(release, path, &values.extra_env_vars)?);
    let mut container = Map::new();
    let mut field = |name: &str, value: Value| {
        container.insert(name.to_owned(), value);
    };
    field("name", SYNC_CONTAINER.into());
    field("image", image(release).into());
    if let Some(policy) = &worker.image.pull_policy {
        field("imagePullPolicy", policy.as_str().into());
    }
    if native::is_meant(release) {
        field("command", json!([native::PROGRAM]));
        field("args", native::sync_arguments(release)?.into());
    } else {
        field("command", json!(["/bin/sh", "-c"]));
        field("args", json!([SYNC, SYNC_CONTAINER, release.work_pool()?]));
    }
    field("workingDir", HOME.into());
    field("env", environment::without_repetitions(variables).into());
    let own = values
        .resources
        .as_ref()
        .filter(|resources| **resources != Resources::default());
    if let Some(resources) = own.or(worker.resources.as_ref()) {
        field("resources", to_map(resources).into());
    }
    if let Some(context) = &values.container_security_context {
        field("securityContext", to_map(context).into());
    }
    field("volumeMounts", mounts(true).into());
    debug_assert!(SYNC.contains(TEMPLATE_FILE));
    Ok(container.into())
}
