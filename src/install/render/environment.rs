//! The environment of the worker's container.

use serde_json::{Value, json};

use super::{Release, api::variable, names::given};
use crate::{
    error::Result,
    install::values::model::{EnvVar, Scalar},
};

/// Where the worker lives inside of its container.
pub const HOME: &str = "/home/prefect";

/// The variables of the worker, in the chart's order.
pub fn variables(release: &Release<'_>) -> Result<Vec<Value>> {
    let worker = release.worker();
    let config = &worker.config;
    let mut out = vec![variable("HOME", HOME)];
    let mut setting = |name: &str, value: Option<String>| {
        out.extend(value.map(|value| variable(name, &value)));
    };
    let number = |number: Option<i64>| number.map(|number| number.to_string());
    setting(
        "PREFECT_WORKER_PREFETCH_SECONDS",
        number(config.prefetch_seconds),
    );
    setting(
        "PREFECT_WORKER_QUERY_SECONDS",
        number(config.query_interval),
    );
    setting(
        "PREFECT_API_ENABLE_HTTP2",
        config.http2.map(|on| on.to_string()),
    );
    setting("PREFECT_API_URL", Some(release.api.url.clone()));
    out.push(cluster_uid(release));
    if !config.observer_cluster_wide {
        let namespaces = given(config.job_namespace.as_ref()).unwrap_or(release.namespace());
        out.push(variable(
            "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES",
            namespaces,
        ));
    }
    out.extend(release.api.key_variable());
    out.extend(release.api.cloud_variables());
    out.extend(release.api.propagation_variables());
    out.push(variable(
        "PREFECT_DEBUG_MODE",
        &Scalar::Bool(worker.image.debug).text(),
    ));
    out.extend(release.api.auth_variable());
    out.extend(release.api.auth_propagation_variables());
    if release.api.shows_a_credential() {
        release.note(
            "worker.selfHostedServerApiConfig.basicAuth.authString stands in plain text in the \
             Deployment; name a Secret in existingSecret to keep it out",
        );
    }
    out.extend(extra(
        release,
        "worker.extraEnvVars",
        &worker.extra_env_vars,
    )?);
    Ok(without_repetitions(out))
}

/// `PREFECT_KUBERNETES_CLUSTER_UID`; empty when nobody has said it.
pub fn cluster_uid(release: &Release<'_>) -> Value {
    let uid = given(release.worker().cluster_uid.as_ref()).unwrap_or_default();
    variable("PREFECT_KUBERNETES_CLUSTER_UID", uid)
}

/// Variables that the user gives.
pub fn extra(release: &Release<'_>, path: &str, variables: &[EnvVar]) -> Result<Vec<Value>> {
    let parts: Vec<_> = variables
        .iter()
        .filter_map(|variable| match serde_json::to_value(variable) {
            Ok(Value::Object(members)) => Some(members),
            _ => None,
        })
        .collect();
    release.parts(path, &parts)
}

/// Of variables with one name the last one stays: Kubernetes takes it too, but does not let a list
/// with both be applied.
pub fn without_repetitions(variables: Vec<Value>) -> Vec<Value> {
    let names: Vec<Value> = variables
        .iter()
        .map(|variable| variable["name"].clone())
        .collect();
    variables
        .into_iter()
        .enumerate()
        .filter(|(index, variable)| !names[index + 1..].contains(&variable["name"]))
        .map(|(_, variable)| variable)
        .collect()
}

/// ConfigMaps and Secrets whose keys become variables.
pub fn sources(release: &Release<'_>) -> Result<Vec<Value>> {
    let worker = release.worker();
    let groups = [
        (
            "configMapRef",
            ("worker.extraEnvVarsCM", &worker.extra_env_vars_cm),
            ("worker.extraEnvVarsCMs", &worker.extra_env_vars_cms),
        ),
        (
            "secretRef",
            ("worker.extraEnvVarsSecret", &worker.extra_env_vars_secret),
            ("worker.extraEnvVarsSecrets", &worker.extra_env_vars_secrets),
        ),
    ];
    let mut out = Vec::new();
    for (kind, (path, one), (paths, several)) in groups {
        let one = given(one.as_ref()).map(|name| (path.to_owned(), name));
        let several = several
            .iter()
            .enumerate()
            .map(|(index, name)| (format!("{paths}[{index}]"), name.as_str()));
        for (path, name) in one.into_iter().chain(several) {
            out.push(json!({kind: {"name": release.text(&path, name)?}}));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_name_stays_where_it_is() {
        let list = ["A=1", "B=2", "A=3", "C=4", "A=5"].map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            variable(name, value)
        });
        let left: Vec<String> = without_repetitions(list.to_vec())
            .iter()
            .map(|variable| {
                format!(
                    "{}={}",
                    variable["name"].as_str().unwrap(),
                    variable["value"].as_str().unwrap()
                )
            })
            .collect();
        assert_eq!(left, ["B=2", "C=4", "A=5"]);
    }
}
