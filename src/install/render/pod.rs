//! The specification of the worker's pod.

use serde_json::{Map, Value, json};

use super::{
    Release, affinity,
    container::{self, SCRATCH, TEMPLATE_VOLUME, to_map},
    init_container,
    names::given,
};
use crate::{error::Result, install::values::model::DnsConfig};

/// Renders it.
pub fn render(release: &Release<'_>) -> Result<Value> {
    let worker = release.worker();
    let mut pod = Map::new();
    let mut field = |name: &str, value: Value| {
        let empty = value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(Map::is_empty);
        if !empty {
            pod.insert(name.to_owned(), value);
        }
    };
    let secrets = worker
        .image
        .pull_secrets
        .iter()
        .map(|name| json!({"name": name}));
    field("imagePullSecrets", secrets.collect());
    if let Some(policy) = given(worker.dns_policy.as_ref()) {
        field("dnsPolicy", policy.into());
    }
    if let Some(config) = &worker.dns_config {
        field("dnsConfig", dns_config(config));
    }
    field(
        "serviceAccountName",
        release.definitions.service_account.as_str().into(),
    );
    field("affinity", affinity::affinity(release)?.into());
    let selector = release.texts("worker.nodeSelector", &worker.node_selector)?;
    field("nodeSelector", selector.into());
    let tolerations = release.parts("worker.tolerations", &worker.tolerations)?;
    field("tolerations", tolerations.into());
    let spread = affinity::topology_spread_constraints(release)?;
    field("topologySpreadConstraints", spread.into());
    if let Some(context) = &worker.pod_security_context {
        field("securityContext", to_map(context).into());
    }
    if let Some(class) = given(worker.priority_class_name.as_ref()) {
        field("priorityClassName", class.into());
    }
    field("initContainers", init_container::render(release)?.into());
    let mut containers = vec![container::render(release)?];
    containers.extend(release.parts("worker.extraContainers", &worker.extra_containers)?);
    field("containers", containers.into());
    field("volumes", volumes(release)?.into());
    Ok(pod.into())
}

/// The resolver; an option with an empty value is one without.
fn dns_config(config: &DnsConfig) -> Value {
    let mut out = Map::new();
    let mut list = |name: &str, items: Vec<Value>| {
        if !items.is_empty() {
            out.insert(name.to_owned(), items.into());
        }
    };
    let texts = |items: &[String]| items.iter().map(|item| json!(item)).collect();
    list("nameservers", texts(&config.nameservers));
    list("searches", texts(&config.searches));
    let options = config.options.iter().map(|option| {
        match option.value.as_ref().filter(|value| !value.is_empty()) {
            Some(value) => json!({"name": option.name, "value": value.text()}),
            None => json!({"name": option.name}),
        }
    });
    list("options", options.collect());
    out.into()
}

fn volumes(release: &Release<'_>) -> Result<Vec<Value>> {
    let mut out = vec![json!({"name": SCRATCH, "emptyDir": {}})];
    out.extend(release.parts("worker.extraVolumes", &release.worker().extra_volumes)?);
    if let Some(name) = release.template_config_map() {
        out.push(json!({"name": TEMPLATE_VOLUME, "configMap": {"name": name}}));
    }
    Ok(out)
}
