//! The ConfigMap with the base job template.

use serde_json::{Map, Value, json};

use super::{
    Release,
    metadata::{Meta, metadata},
    release::configuration_is_given,
};
use crate::{error::Result, install::values::model::Configuration};

/// The key of the template, and the file that it is mounted as.
pub const TEMPLATE_FILE: &str = "baseJobTemplate.json";

/// Renders it when a template is given. A text is passed on as it is; the chart renders a map
/// that no API server takes, here it becomes JSON.
pub fn render(release: &Release<'_>) -> Result<Option<Value>> {
    let configuration = &release.worker().config.base_job_template.configuration;
    let (Some(configuration), Some(name)) = (configuration, release.template_config_map()) else {
        return Ok(None);
    };
    if !configuration_is_given(Some(configuration)) {
        return Ok(None);
    }
    let template = match configuration {
        Configuration::Json(text) => {
            if let Err(error) = serde_json::from_str::<Map<String, Value>>(text) {
                release.note(format!(
                    "worker.config.baseJobTemplate.configuration is no JSON object (line {}, column \
                     {}): Prefect will not take it",
                    error.line(),
                    error.column()
                ));
            }
            text.clone()
        }
        Configuration::Map(members) => Value::Object(members.clone()).to_string(),
    };
    let meta = Meta {
        name,
        namespace: release.namespace(),
        with_version: false,
        annotations: None,
    };
    Ok(Some(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(release, meta)?,
        "data": {TEMPLATE_FILE: template},
    })))
}
