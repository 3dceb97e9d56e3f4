//! The file of `--base-job-template`: read and checked before anything is done with it.

use std::{fs, path::Path};

use crate::{
    base_template::document,
    env_vars::Environment,
    error::{Error, Kind, Result},
    prefect::JsonObject,
    template::{self, BaseJobTemplate},
};

/// Reads a base job template, and checks what can be told without its blocks and Prefect variables.
/// `environment` is the worker's own, for `{{ $NAME }}`.
pub fn read(path: &Path, environment: &Environment) -> Result<JsonObject> {
    let shown = path.display();
    let bytes = fs::read(path)
        .map_err(|error| Error::usage(format!("failed to read {shown}")).because(&error))?;
    let read = document::read(&bytes, &shown.to_string())?;
    for note in &read.notes {
        tracing::warn!("{note}");
    }
    let json = read.template.to_value();
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
    let populated = template::populate(&parsed, &none, environment).map_err(invalid)?;
    let known = template::without_references(populated);
    template::JobConfiguration::parse(&known).map_err(invalid)?;
    Ok(read.template.into_members())
}
