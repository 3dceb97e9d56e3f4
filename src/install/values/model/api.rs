//! Values of the Prefect API that the worker speaks to.

use super::{Deserialize, JsonSchema, Serialize, group};

/// Which kind of Prefect API the worker speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum ApiConfig {
    /// Prefect Cloud, by `cloudApiConfig`.
    Cloud,
    /// A Prefect Cloud that a customer runs, by `customerManagedCloudApiConfig`.
    CustomerManagedCloud,
    /// A Prefect server of one's own, by `selfHostedServerApiConfig`.
    SelfHostedServer,
}

/// How Jobs get the API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum JobApiKeyPropagation {
    /// Jobs refer to the Secret that the worker itself uses. The key stays out of their manifests.
    SecretRef,
    /// The worker keeps a Secret for its Jobs; its Role gets the rights on Secrets for that.
    AutoSecret,
    /// The key stands in plain text in the manifest of every Job.
    EnvVar,
}

group! {
    /// The Secret with the API key.
    pub struct ApiKeySecret {
        /// Its name.
        pub name: String = "prefect-api-key".to_owned(),
        /// The key inside of it.
        pub key: String = "key".to_owned(),
    }
}

group! {
    /// Prefect Cloud.
    #[serde(deny_unknown_fields)]
    pub struct CloudApiConfig {
        /// ID of the account. Needed.
        pub account_id: Option<String> = Some(String::new()),
        /// ID of the workspace. Needed.
        pub workspace_id: Option<String> = Some(String::new()),
        /// The Secret with the API key. `kubectl prefect install` does not make it.
        pub api_key_secret: ApiKeySecret = ApiKeySecret::default(),
        /// How Jobs get the API key.
        pub job_api_key_propagation: Option<JobApiKeyPropagation> =
            Some(JobApiKeyPropagation::SecretRef),
        /// Address of the API; account and workspace are added.
        pub cloud_url: String = "https://api.prefect.cloud/api".to_owned(),
    }
}

group! {
    /// A Prefect Cloud that a customer runs.
    #[serde(deny_unknown_fields)]
    pub struct CustomerManagedCloudApiConfig {
        /// Address of the API; account and workspace are added. Needed.
        pub api_url: Option<String> = Some(String::new()),
        /// ID of the account. Needed.
        pub account_id: Option<String> = Some(String::new()),
        /// ID of the workspace. Needed.
        pub workspace_id: Option<String> = Some(String::new()),
        /// The Secret with the API key. `kubectl prefect install` does not make it.
        pub api_key_secret: ApiKeySecret = ApiKeySecret::default(),
        /// How Jobs get the API key.
        pub job_api_key_propagation: Option<JobApiKeyPropagation> =
            Some(JobApiKeyPropagation::SecretRef),
        /// `PREFECT_CLOUD_API_URL`: by it Prefect knows that this is a Cloud, and where its
        /// websockets are.
        pub cloud_api_url: Option<String> = Some(String::new()),
        /// `PREFECT_CLOUD_UI_URL`: where people see runs, for the links in logs.
        pub cloud_ui_url: Option<String> = Some(String::new()),
    }
}

group! {
    /// A Prefect server of one's own.
    #[serde(deny_unknown_fields)]
    pub struct SelfHostedServerApiConfig {
        /// Address of the API as pods reach it, such as
        /// `http://prefect-server.prefect.svc.cluster.local:4200/api`. Needed.
        pub api_url: Option<String> = Some(String::new()),
        /// Basic authentication. It is used for the other kinds of API too.
        pub basic_auth: BasicAuth = BasicAuth::default(),
    }
}

group! {
    /// Basic authentication to the Prefect API.
    pub struct BasicAuth {
        /// Whether the server asks for it.
        #[serde(default)]
        pub enabled: bool = false,
        /// `USER:PASSWORD`. It would stand in plain text in the Deployment: `existingSecret` is
        /// better.
        pub auth_string: Option<String> = Some("admin:pass".to_owned()),
        /// Name of a Secret with `USER:PASSWORD` under the key `auth-string`. It goes before
        /// `authString`.
        pub existing_secret: Option<String> = Some(String::new()),
    }
}
