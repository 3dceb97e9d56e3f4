//! What a [`super::Client`] needs to know, as plain values. Reading settings is not its job.

use std::{collections::BTreeSet, fmt, path::PathBuf, time::Duration};

use reqwest::Url;
use secrecy::SecretString;

use super::proxy::ProxySettings;

/// A value that no log, error or output may show.
pub type Secret = SecretString;

/// The Prefect version whose API this client speaks. The server parses it from the user agent and
/// treats clients older than 3.4.11 differently (deployment concurrency leases).
pub const COMPATIBLE_PREFECT_VERSION: &str = "3.8.8";

/// The version of the API's protocol, sent as `X-PREFECT-API-VERSION`
/// (`SERVER_API_VERSION` in prefect/client/constants.py).
pub const API_VERSION: &str = "0.8.4";

/// How to reach a Prefect API and how to behave towards it.
#[derive(Clone)]
pub struct ClientConfig {
    /// The API's URL, for example `http://127.0.0.1:4200/api` (PREFECT_API_URL).
    pub api_url: Url,
    /// Prefect Cloud, or a server of one's own. See [`ServerKind::of`].
    pub server_kind: ServerKind,
    /// Sent as a bearer token unless `auth_string` is set (PREFECT_API_KEY).
    pub api_key: Option<Secret>,
    /// `user:password` for basic authentication (PREFECT_API_AUTH_STRING).
    pub auth_string: Option<Secret>,
    /// Headers to add to every request (PREFECT_CLIENT_CUSTOM_HEADERS). Those that this client
    /// manages itself are left out with a warning.
    pub custom_headers: Vec<(String, Secret)>,
    /// PEM file with certificate authorities to trust besides the system's
    /// (PREFECT_API_SSL_CERT_FILE).
    pub ssl_cert_file: Option<PathBuf>,
    /// Accept any certificate (PREFECT_API_TLS_INSECURE_SKIP_VERIFY).
    pub tls_insecure_skip_verify: bool,
    /// Answer the server's demand for CSRF tokens (PREFECT_CLIENT_CSRF_SUPPORT_ENABLED).
    pub csrf_support: bool,
    /// Offer HTTP/2 (PREFECT_API_ENABLE_HTTP2).
    pub http2: bool,
    /// The longest a single attempt may take (PREFECT_API_REQUEST_TIMEOUT).
    pub request_timeout: Duration,
    /// When and how to try again.
    pub retry: RetryPolicy,
    /// The proxies of the environment.
    pub proxies: ProxySettings,
}

/// The URL may have a password in it, and headers may be credentials: neither is shown.
impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientConfig")
            .field("host", &self.api_url.host_str())
            .field("server_kind", &self.server_kind)
            .field("credential", &self.credential())
            .field("request_timeout", &self.request_timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl ClientConfig {
    /// Prefect's defaults for a server at `api_url`.
    #[must_use]
    pub fn new(api_url: Url) -> Self {
        Self {
            api_url,
            server_kind: ServerKind::SelfHosted,
            api_key: None,
            auth_string: None,
            custom_headers: Vec::new(),
            ssl_cert_file: None,
            tls_insecure_skip_verify: false,
            csrf_support: true,
            http2: false,
            request_timeout: Duration::from_secs(60),
            retry: RetryPolicy::default(),
            proxies: ProxySettings::default(),
        }
    }

    /// Which credential is sent: the auth string wins over the key, as in Prefect's own client.
    #[must_use]
    pub const fn credential(&self) -> Credential {
        match (&self.auth_string, &self.api_key) {
            (Some(_), _) => Credential::AuthString,
            (None, Some(_)) => Credential::ApiKey,
            (None, None) => Credential::None,
        }
    }
}

/// Who runs the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// Prefect Cloud: takes worker logs and gives out worker ids.
    Cloud,
    /// A server of the user's own.
    SelfHosted,
}

impl ServerKind {
    /// Cloud when the API's URL begins with the one of Prefect Cloud (PREFECT_CLOUD_API_URL).
    #[must_use]
    pub fn of(api_url: &str, cloud_api_url: &str) -> Self {
        if api_url.starts_with(cloud_api_url) {
            Self::Cloud
        } else {
            Self::SelfHosted
        }
    }
}

/// The credential that a client sends, by kind: for hints, never the secret itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// None at all.
    None,
    /// PREFECT_API_KEY.
    ApiKey,
    /// PREFECT_API_AUTH_STRING.
    AuthString,
}

/// When to try a failed request again, and how long to wait before it.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPolicy {
    /// Retries after the first attempt under the default budget (PREFECT_CLIENT_MAX_RETRIES).
    pub max_retries: u32,
    /// The spread of waiting times: 0.2 is a fifth in each direction
    /// (PREFECT_CLIENT_RETRY_JITTER_FACTOR).
    pub jitter_factor: f64,
    /// Status codes to retry besides 408, 429, 500, 502, 503 and 504
    /// (PREFECT_CLIENT_RETRY_EXTRA_CODES).
    pub extra_codes: BTreeSet<u16>,
    /// The wait before the first retry; it doubles from one to the next.
    pub first_wait: Duration,
    /// The longest wait that is not asked for by the server.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 5,
            jitter_factor: 0.2,
            extra_codes: BTreeSet::new(),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
        }
    }
}

/// The name this client gives itself.
///
/// The server reads the client's version from the user agent with the anchored pattern
/// `^prefect/(\d+\.\d+\.\d+(?:[a-z.+0-9]+)?) \(API \S+\)$` and drops the concurrency lease of a
/// deployment for clients it cannot place. Our own name therefore travels as the local part of
/// that version, which the pattern and Python's version rules both allow.
#[must_use]
pub fn user_agent() -> String {
    format!(
        "prefect/{COMPATIBLE_PREFECT_VERSION}+kubectl.prefect.{} (API {API_VERSION})",
        env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_can_parse_the_user_agent() {
        let pattern =
            regex::Regex::new(r"^prefect/(\d+\.\d+\.\d+(?:[a-z.+0-9]+)?) \(API \S+\)$").unwrap();
        let agent = user_agent();
        assert!(pattern.is_match(&agent), "{agent}");
        assert!(agent.contains("kubectl.prefect"));
    }

    #[test]
    fn cloud_is_known_by_its_url() {
        let cloud = "https://api.prefect.cloud/api";
        let workspace = "https://api.prefect.cloud/api/accounts/a/workspaces/w";
        assert_eq!(ServerKind::of(workspace, cloud), ServerKind::Cloud);
        assert_eq!(
            ServerKind::of("http://127.0.0.1:4200/api", cloud),
            ServerKind::SelfHosted
        );
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let mut config = ClientConfig::new("http://u:url-password@h/api".parse().unwrap());
        config.api_key = Some(Secret::from("pnu_key"));
        config.auth_string = Some(Secret::from("admin:pass"));
        config.custom_headers = vec![("X-Token".to_owned(), Secret::from("token-value"))];
        let shown = format!("{config:?}");
        for secret in ["pnu_key", "admin:pass", "token-value", "url-password"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert_eq!(config.credential(), Credential::AuthString);
    }
}
