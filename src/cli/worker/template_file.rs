//! The file of `--base-job-template`: read and checked before anything is done with it.

use std::{fs, path::Path};

use crate::{
    env_vars::Environment,
    error::{Error, Kind, Result},
    prefect::JsonObject,
    template::{self, BaseJobTemplate},
};

/// Reads and checks a base job template.
pub fn read(path: &Path) -> Result<JsonObject> {
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
