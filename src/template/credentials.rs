//! Keeps credentials out of Jobs: the API key and the auth string from Secrets, or the whole
//! environment in a Secret of the Job's own. Creating the Secrets is the worker's.

use std::{collections::BTreeMap, fmt};

use serde_json::{Map, Value, json};

use super::{PreparedJob, TemplateError, prepare::first_container_mut, python, slug};
use crate::{k8s::label, settings::KubernetesWorkerSettings};

const API_KEY: &str = "PREFECT_API_KEY";
const API_AUTH_STRING: &str = "PREFECT_API_AUTH_STRING";
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// A value that no log, error or debug output shows.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(String);

impl SecretValue {
    /// The value, to send to the API server and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue")
    }
}

/// How long a Secret lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretLifetime {
    /// Created or updated, and left where it is: Jobs of this and later workers refer to it. (The
    /// Python worker deletes it when it stops, under Jobs that still need it.)
    Shared,
    /// Owned by its Job, and deleted with it.
    OwnedByJob,
}

/// A Secret that must exist before the Job is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretSpec {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its values by key, not encoded.
    pub values: BTreeMap<String, SecretValue>,
    /// How long it lives.
    pub lifetime: SecretLifetime,
}

/// What is left in plain text although it should not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialWarning {
    /// A Secret is named for the API key, but not the key in it.
    #[error(
        "PREFECT_API_KEY stands in the Job in plain text: a Secret is named for it, but not its \
         key (PREFECT_INTEGRATIONS_KUBERNETES_WORKER_API_KEY_SECRET_KEY)"
    )]
    ApiKey,
    /// No Secret and key are named for the auth string.
    #[error(
        "PREFECT_API_AUTH_STRING stands in the Job in plain text: keep it in a Secret and name it \
         (PREFECT_INTEGRATIONS_KUBERNETES_WORKER_API_AUTH_STRING_SECRET_NAME and _KEY)"
    )]
    AuthString,
}

/// What keeping credentials out of a Job asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Secrets to create first.
    pub secrets: Vec<SecretSpec>,
    /// What is left in plain text.
    pub warnings: Vec<CredentialWarning>,
}

impl PreparedJob {
    /// Takes credentials out of the Job as the settings say. The Job must have its identity
    /// already: its Secret is named after it.
    ///
    /// # Errors
    /// A value of the environment that no Secret can hold, as it is no text.
    pub fn keep_credentials(
        &mut self,
        settings: &KubernetesWorkerSettings,
        worker_name: &str,
    ) -> Result<Credentials, TemplateError> {
        let mut credentials = Credentials::default();
        self.keep_api_key(settings, worker_name, &mut credentials)?;
        self.keep_auth_string(settings, &mut credentials);
        if settings.store_env_as_secret {
            credentials.secrets.extend(self.keep_env()?);
            // With all else, they stand in a Secret now.
            credentials.warnings.clear();
        }
        Ok(credentials)
    }

    fn keep_api_key(
        &mut self,
        settings: &KubernetesWorkerSettings,
        worker_name: &str,
        credentials: &mut Credentials,
    ) -> Result<(), TemplateError> {
        let value = self
            .env_value(API_KEY)
            .filter(|value| python::is_truthy(value))
            .cloned();
        match (
            named(settings.api_key_secret_name.as_ref()),
            named(settings.api_key_secret_key.as_ref()),
        ) {
            (Some(name), Some(key)) => self.refer_to_secret(API_KEY, name, key),
            (Some(_), None) if value.is_some() => {
                credentials.warnings.push(CredentialWarning::ApiKey);
            }
            (None, _) if settings.create_secret_for_api_key => {
                if let Some(value) = value {
                    let secret = self.api_key_secret(worker_name, &value)?;
                    self.refer_to_secret(API_KEY, &secret.name, "value");
                    credentials.secrets.push(secret);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn api_key_secret(
        &self,
        worker_name: &str,
        value: &Value,
    ) -> Result<SecretSpec, TemplateError> {
        let worker = slug::name(worker_name);
        Ok(SecretSpec {
            name: format!("prefect-{}-api-key", worker.as_deref().unwrap_or("worker")),
            namespace: self.namespace.clone(),
            labels: [(MANAGED_BY.to_owned(), "prefect".to_owned())].into(),
            values: [("value".to_owned(), secret_value(API_KEY, value)?)].into(),
            lifetime: SecretLifetime::Shared,
        })
    }

    fn keep_auth_string(
        &mut self,
        settings: &KubernetesWorkerSettings,
        credentials: &mut Credentials,
    ) {
        let name = named(settings.api_auth_string_secret_name.as_ref());
        let key = named(settings.api_auth_string_secret_key.as_ref());
        if let (Some(name), Some(key)) = (name, key) {
            self.refer_to_secret(API_AUTH_STRING, name, key);
        } else if self
            .env_value(API_AUTH_STRING)
            .is_some_and(python::is_truthy)
        {
            credentials.warnings.push(CredentialWarning::AuthString);
        }
    }

    /// Moves all plain values into a Secret. Entries that are neither plain nor from elsewhere go,
    /// as in the Python worker.
    fn keep_env(&mut self) -> Result<Option<SecretSpec>, TemplateError> {
        let mut values = BTreeMap::new();
        let mut kept = Vec::new();
        for entry in self.env() {
            if entry.get("valueFrom").is_some() {
                kept.push(entry.clone());
            } else if let (Some(name), Some(value)) = (entry.get("name"), entry.get("value"))
                && python::is_truthy(name)
            {
                let name = python::to_text(name);
                let value = secret_value(&name, value)?;
                values.insert(name, value);
            }
        }
        if values.is_empty() {
            return Ok(None);
        }
        let name = self.env_secret_name()?;
        if let Some(container) = first_container_mut(&mut self.manifest) {
            container.insert("env".to_owned(), Value::Array(kept));
            append_env_from(container, &name)?;
        }
        Ok(Some(SecretSpec {
            name,
            namespace: self.namespace.clone(),
            labels: self.env_secret_labels(),
            values,
            lifetime: SecretLifetime::OwnedByJob,
        }))
    }

    /// Never that of another attempt's Secret: a pod of that attempt may still wait for it.
    fn env_secret_name(&self) -> Result<String, TemplateError> {
        let job = self.job_name()?;
        Ok(match &self.attempt_suffix {
            Some(suffix) => format!("{job}-{suffix}-env"),
            None => format!("{job}-env"),
        })
    }

    fn env_secret_labels(&self) -> BTreeMap<String, String> {
        let metadata = self.manifest.get("metadata");
        let run_id = metadata
            .and_then(|metadata| metadata.get("labels")?.get(label::FLOW_RUN_ID)?.as_str())
            .filter(|id| !id.is_empty())
            .map(|id| (label::FLOW_RUN_ID.to_owned(), id.to_owned()));
        [(MANAGED_BY.to_owned(), "prefect".to_owned())]
            .into_iter()
            .chain(run_id)
            .collect()
    }

    /// The Job's name, or what its name will begin with.
    fn job_name(&self) -> Result<&str, TemplateError> {
        let metadata = self.manifest.get("metadata");
        let member = |key: &str| metadata.and_then(|metadata| metadata.get(key));
        let base = match member("generateName") {
            None => "prefect-job",
            Some(Value::String(base)) => base.trim_end_matches('-'),
            other => {
                let path = "job_manifest.metadata.generateName";
                return Err(TemplateError::wrong_type(path, "a string", other));
            }
        };
        let name = member("name").and_then(Value::as_str);
        Ok(name.filter(|name| !name.is_empty()).unwrap_or(base))
    }

    /// The plain value of the first entry of this name.
    fn env_value(&self, name: &str) -> Option<&Value> {
        let entry = self
            .env()
            .iter()
            .find(|entry| entry.get("name").and_then(Value::as_str) == Some(name))?;
        entry.get("value")
    }

    /// Makes all entries of this name refer to a Secret.
    fn refer_to_secret(&mut self, variable: &str, secret: &str, key: &str) {
        let Some(Value::Array(entries)) =
            first_container_mut(&mut self.manifest).and_then(|container| container.get_mut("env"))
        else {
            return;
        };
        for entry in entries {
            if entry.get("name").and_then(Value::as_str) == Some(variable) {
                *entry = json!({
                    "name": variable,
                    "valueFrom": {"secretKeyRef": {"name": secret, "key": key}},
                });
            }
        }
    }
}

fn append_env_from(container: &mut Map<String, Value>, secret: &str) -> Result<(), TemplateError> {
    let reference = json!({"secretRef": {"name": secret}});
    match container.entry("envFrom").or_insert_with(|| json!([])) {
        Value::Array(sources) => {
            sources.push(reference);
            Ok(())
        }
        other => Err(TemplateError::wrong_type(
            "job_manifest.spec.template.spec.containers[0].envFrom",
            "a list",
            Some(other),
        )),
    }
}

fn secret_value(name: &str, value: &Value) -> Result<SecretValue, TemplateError> {
    match value {
        Value::String(text) => Ok(SecretValue(text.clone())),
        other => {
            let path = format!("env.{name}");
            Err(TemplateError::wrong_type(&path, "a string", Some(other)))
        }
    }
}

fn named(setting: Option<&String>) -> Option<&str> {
    setting.map(String::as_str).filter(|name| !name.is_empty())
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;
