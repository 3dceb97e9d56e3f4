//! Connections as the flags, the environment and the settings name them.

use std::collections::BTreeSet;

use super::Session;
use crate::{
    error::Result,
    k8s::{self, Cluster, Patience},
    prefect::{
        Client, ClientConfig,
        config::{RetryPolicy, ServerKind},
        proxy::ProxySettings,
    },
    settings::PrefectSettings,
};

impl Session {
    /// The cluster that the kubectl flags and the kubeconfig name.
    ///
    /// # Errors
    /// When they name none, or its credentials cannot be had.
    pub async fn cluster(&self, patience: Patience) -> Result<Cluster> {
        let target = k8s::resolve(&self.global.kube.overrides(), &self.env)?;
        Cluster::connect(target, patience).await
    }

    /// A client of the Prefect API that the settings name. Nothing is sent yet.
    ///
    /// # Errors
    /// When no API is named, or a certificate, header or proxy cannot be used.
    pub fn prefect(&self, settings: &PrefectSettings) -> Result<Client> {
        let url = settings.api_url()?;
        for warning in url.warnings() {
            self.ui.warn(&warning);
        }
        let api_url = url.expose().clone();
        let mut config = ClientConfig::new(api_url);
        config.server_kind = ServerKind::of(url.expose().as_str(), &settings.cloud.api_url);
        config.api_key = settings.api.key.clone();
        config.auth_string = settings.api.auth_string.clone();
        config.custom_headers = settings.client.custom_headers.clone();
        config.ssl_cert_file = settings.api.ssl_cert_file.clone();
        config.tls_insecure_skip_verify = settings.api.tls_insecure_skip_verify;
        config.csrf_support = settings.client.csrf_support_enabled;
        config.http2 = settings.api.enable_http2;
        config.request_timeout = settings.api.request_timeout;
        config.retry = RetryPolicy {
            max_retries: settings.client.max_retries,
            jitter_factor: settings.client.retry_jitter_factor,
            extra_codes: settings
                .client
                .retry_extra_codes
                .iter()
                .copied()
                .collect::<BTreeSet<_>>(),
            ..RetryPolicy::default()
        };
        config.proxies = ProxySettings::from_environment(&self.env);
        Client::new(&config)
    }
}
