//! The Prefect API as the worker is told of it.

use serde_json::{Value, json};

use super::names::given;
use crate::install::values::{
    Resolved,
    model::{ApiConfig, ApiKeySecret, BasicAuth, JobApiKeyPropagation, Worker},
};

/// The key of a Secret with `USER:PASSWORD`, as the chart has it.
const AUTH_STRING_KEY: &str = "auth-string";

/// The Prefect API.
#[derive(Debug)]
pub struct Api {
    /// `PREFECT_API_URL`
    pub url: String,
    key: Option<(ApiKeySecret, JobApiKeyPropagation)>,
    /// `PREFECT_CLOUD_API_URL` and `PREFECT_CLOUD_UI_URL`
    cloud: Option<(String, Option<String>)>,
    basic_auth: Option<Credential>,
}

#[derive(Debug)]
enum Credential {
    Secret(String),
    Text(Hidden),
}

/// A credential that does not show.
struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hidden")
    }
}

impl Api {
    /// Reads the API's values; those that are needed have been looked at ([`super::needed`]).
    #[must_use]
    pub fn of(resolved: &Resolved) -> Self {
        let worker = &resolved.values.worker;
        let basic_auth = basic_auth(&worker.self_hosted_server_api_config.basic_auth);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let in_cloud = |url: &str, account: &Option<String>, workspace: &Option<String>| {
            let (account, workspace) = (text(account), text(workspace));
            format!("{url}/accounts/{account}/workspaces/{workspace}")
        };
        let (url, key, cloud) = match worker.api_config {
            ApiConfig::Cloud => {
                let cloud = &worker.cloud_api_config;
                (
                    in_cloud(&cloud.cloud_url, &cloud.account_id, &cloud.workspace_id),
                    Some((cloud.api_key_secret.clone(), propagation(worker))),
                    None,
                )
            }
            ApiConfig::CustomerManagedCloud => {
                let cloud = &worker.customer_managed_cloud_api_config;
                let ui = given(cloud.cloud_ui_url.as_ref()).map(str::to_owned);
                (
                    in_cloud(
                        &text(&cloud.api_url),
                        &cloud.account_id,
                        &cloud.workspace_id,
                    ),
                    Some((cloud.api_key_secret.clone(), propagation(worker))),
                    Some((text(&cloud.cloud_api_url), ui)),
                )
            }
            ApiConfig::SelfHostedServer => (
                text(&worker.self_hosted_server_api_config.api_url),
                None,
                None,
            ),
        };
        Self {
            url,
            key,
            cloud,
            basic_auth,
        }
    }

    /// Whether the worker keeps a Secret with the API key for its Jobs.
    #[must_use]
    pub const fn makes_secrets(&self) -> bool {
        matches!(self.key, Some((_, JobApiKeyPropagation::AutoSecret)))
    }

    /// Whether a credential stands in plain text in the Deployment.
    #[must_use]
    pub const fn shows_a_credential(&self) -> bool {
        matches!(self.basic_auth, Some(Credential::Text(_)))
    }

    /// `PREFECT_API_KEY`
    #[must_use]
    pub fn key_variable(&self) -> Option<Value> {
        let (secret, _) = self.key.as_ref()?;
        Some(from_secret("PREFECT_API_KEY", &secret.name, &secret.key))
    }

    /// The addresses of a customer's Cloud.
    #[must_use]
    pub fn cloud_variables(&self) -> Vec<Value> {
        let Some((api, ui)) = &self.cloud else {
            return Vec::new();
        };
        let api = variable("PREFECT_CLOUD_API_URL", api);
        let ui = ui.as_ref().map(|ui| variable("PREFECT_CLOUD_UI_URL", ui));
        std::iter::once(api).chain(ui).collect()
    }

    /// How the worker gives the key to Jobs.
    #[must_use]
    pub fn propagation_variables(&self) -> Vec<Value> {
        const PREFIX: &str = "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_";
        match &self.key {
            Some((secret, JobApiKeyPropagation::SecretRef)) => vec![
                variable(&format!("{PREFIX}API_KEY_SECRET_NAME"), &secret.name),
                variable(&format!("{PREFIX}API_KEY_SECRET_KEY"), &secret.key),
            ],
            Some((_, JobApiKeyPropagation::AutoSecret)) => {
                vec![variable(
                    &format!("{PREFIX}CREATE_SECRET_FOR_API_KEY"),
                    "true",
                )]
            }
            _ => Vec::new(),
        }
    }

    /// `PREFECT_API_AUTH_STRING`
    #[must_use]
    pub fn auth_variable(&self) -> Option<Value> {
        const NAME: &str = "PREFECT_API_AUTH_STRING";
        Some(match self.basic_auth.as_ref()? {
            Credential::Secret(secret) => from_secret(NAME, secret, AUTH_STRING_KEY),
            Credential::Text(text) => variable(NAME, &text.0),
        })
    }

    /// How the worker gives basic authentication to Jobs.
    #[must_use]
    pub fn auth_propagation_variables(&self) -> Vec<Value> {
        const PREFIX: &str = "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_API_AUTH_STRING_SECRET_";
        match &self.basic_auth {
            Some(Credential::Secret(secret)) => vec![
                variable(&format!("{PREFIX}NAME"), secret),
                variable(&format!("{PREFIX}KEY"), AUTH_STRING_KEY),
            ],
            _ => Vec::new(),
        }
    }
}

/// As in the chart, one that was removed is that of the default.
fn propagation(worker: &Worker) -> JobApiKeyPropagation {
    let given = match worker.api_config {
        ApiConfig::CustomerManagedCloud => {
            worker
                .customer_managed_cloud_api_config
                .job_api_key_propagation
        }
        _ => worker.cloud_api_config.job_api_key_propagation,
    };
    given.unwrap_or(JobApiKeyPropagation::SecretRef)
}

fn basic_auth(basic_auth: &BasicAuth) -> Option<Credential> {
    if !basic_auth.enabled {
        return None;
    }
    Some(match given(basic_auth.existing_secret.as_ref()) {
        Some(secret) => Credential::Secret(secret.to_owned()),
        None => Credential::Text(Hidden(basic_auth.auth_string.clone().unwrap_or_default())),
    })
}

/// A variable with a value.
pub fn variable(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

/// A variable with the value of a Secret's key.
fn from_secret(name: &str, secret: &str, key: &str) -> Value {
    json!({"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}})
}
