//! The Prefect API as the worker will be told of it, tried from here.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

use crate::{
    error::{Error, Result},
    k8s::{Class, Cluster, ObjectRef, Resource},
    prefect::{ApiErrorKind, Client, WorkPool, WorkPoolName, config::Secret},
};

/// How the worker reaches the Prefect API.
#[derive(Debug, Clone)]
pub struct Connection {
    /// `PREFECT_API_URL`
    pub url: String,
    /// `PREFECT_API_KEY`
    pub key: Option<Secret>,
    /// `PREFECT_API_AUTH_STRING`
    pub auth_string: Option<Secret>,
    /// What could not be read, and why.
    pub unknown: Option<String>,
}

/// Reads out of a Deployment how its worker reaches the Prefect API, credentials included.
///
/// # Errors
/// When the API server does not answer. That we may not read a Secret is no error.
pub async fn connection(
    cluster: &Cluster,
    namespace: &str,
    deployment: &Value,
) -> Result<Option<Connection>> {
    let containers = &deployment["spec"]["template"]["spec"]["containers"];
    let variables = containers[0]["env"].as_array().cloned().unwrap_or_default();
    let variable = |name: &str| variables.iter().find(|variable| variable["name"] == name);
    let mut connection = Connection {
        url: String::new(),
        key: None,
        auth_string: None,
        unknown: None,
    };
    let wanted = [
        "PREFECT_API_URL",
        "PREFECT_API_KEY",
        "PREFECT_API_AUTH_STRING",
    ];
    for name in wanted {
        let Some(variable) = variable(name) else {
            continue;
        };
        match value(cluster, namespace, variable).await? {
            Ok(Some(text)) => match name {
                "PREFECT_API_URL" => connection.url = text,
                "PREFECT_API_KEY" => connection.key = Some(text.into()),
                _ => connection.auth_string = Some(text.into()),
            },
            Ok(None) => {}
            Err(why) => connection.unknown = Some(why),
        }
    }
    Ok(Some(connection).filter(|connection| !connection.url.is_empty()))
}

/// The value of a variable; `Err` says why it is not known.
async fn value(
    cluster: &Cluster,
    namespace: &str,
    variable: &Value,
) -> Result<Result<Option<String>, String>> {
    if let Some(text) = variable["value"].as_str() {
        return Ok(Ok(Some(text.to_owned()).filter(|text| !text.is_empty())));
    }
    for (source, kind) in [("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")] {
        let reference = &variable["valueFrom"][source];
        let (Some(name), Some(key)) = (reference["name"].as_str(), reference["key"].as_str())
        else {
            continue;
        };
        let Some(resource) = Resource::well_known("", None, kind) else {
            continue;
        };
        let object = ObjectRef {
            resource,
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
        };
        return match cluster.get_object(&object).await {
            Ok(found) => {
                let text = found.as_ref().and_then(|found| found["data"][key].as_str());
                Ok(Ok(text.and_then(|text| plain(text, kind))))
            }
            Err(failure) if failure.class == Class::Forbidden => {
                Ok(Err(format!("we may not read {object}")))
            }
            Err(failure) => Err(failure.into()),
        };
    }
    Ok(Ok(None))
}

/// The text of a member; that of a Secret is in base64.
fn plain(text: &str, kind: &str) -> Option<String> {
    let text = match kind {
        "Secret" => String::from_utf8(BASE64_STANDARD.decode(text).ok()?).ok()?,
        _ => text.to_owned(),
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// What was seen of the Prefect API.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// The work pool.
    Pool(Box<WorkPool>),
    /// The API answers, and has no such pool.
    NoPool,
    /// The API does not answer here, and why: pods may reach it all the same.
    Unreachable(String),
}

/// Tries the API: whether it answers, takes the credential, and has the pool.
///
/// # Errors
/// When it refuses the credential, is no Prefect API, or the pool is of another type.
pub async fn look(prefect: &Client, pool: &WorkPoolName, kind: &str) -> Result<Seen> {
    let error =
        match prefect.read_work_pool(pool).await {
            Ok(found) if found.kind == kind => return Ok(Seen::Pool(Box::new(found))),
            Ok(found) => {
                return Err(Error::failed(format!(
                "work pool {:?} is of type {}, and the worker would be of type {kind}",
                pool.0, found.kind
            ))
            .hint("name a pool of that type in worker.config.workPool, or one that does not exist \
                   yet: the worker then makes it"));
            }
            Err(error) => error,
        };
    match error.kind {
        // A wrong path is not found either; the route of health tells the two apart.
        ApiErrorKind::NotFound | ApiErrorKind::NoRoute => match prefect.healthy().await {
            Ok(_) => Ok(Seen::NoPool),
            Err(error) => Err(refused(error.context("what answers is no Prefect API"))),
        },
        ApiErrorKind::Unreachable | ApiErrorKind::Server | ApiErrorKind::RateLimited => {
            Ok(Seen::Unreachable(error.one_line()))
        }
        _ => Err(refused(
            error.context("the worker could not work with the Prefect API"),
        )),
    }
}

fn refused(error: Error) -> Error {
    error.hint("--no-verify installs without asking the Prefect API")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn members_of_secrets_are_decoded_and_trimmed() {
        assert_eq!(plain("cG51X3gK", "Secret").as_deref(), Some("pnu_x"));
        assert_eq!(plain("!", "Secret"), None);
        assert_eq!(plain("  ", "ConfigMap"), None);
        assert_eq!(plain("u", "ConfigMap").as_deref(), Some("u"));
    }
}
