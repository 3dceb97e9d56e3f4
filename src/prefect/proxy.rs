//! The proxy between us and the API, if there is one: the same for REST and websockets.

use std::net::IpAddr;

use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::Url;

use crate::{
    env_vars::{self, Environment},
    no_proxy,
};

/// The proxy variables of the environment, as curl and Go know them.
#[derive(Clone, Default)]
pub struct ProxySettings {
    http: String,
    https: String,
    all: String,
    no: String,
}

impl std::fmt::Debug for ProxySettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URLs may hold passwords.
        f.debug_struct("ProxySettings")
            .field("http", &!self.http.is_empty())
            .field("https", &!self.https.is_empty())
            .field("all", &!self.all.is_empty())
            .field("no", &self.no)
            .finish()
    }
}

impl ProxySettings {
    /// Reads HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in lower case as well.
    #[must_use]
    pub fn from_environment(env: &Environment) -> Self {
        let read = |names: [&str; 2]| {
            names
                .iter()
                .find_map(|name| env.get_non_empty(name))
                .unwrap_or_default()
                .to_owned()
        };
        Self {
            http: read(env_vars::HTTP_PROXY),
            https: read(env_vars::HTTPS_PROXY),
            all: read(env_vars::ALL_PROXY),
            no: read(env_vars::NO_PROXY),
        }
    }

    /// The proxy for a URL.
    ///
    /// A loopback address is never reached through one: a proxy elsewhere would ask itself. kubectl
    /// and every other Go program keep the same rule.
    #[must_use]
    pub fn for_url(&self, url: &Url) -> Option<Proxy> {
        let target = url.as_str().parse().ok()?;
        if is_loopback(url) || no_proxy::names(&self.no, &target) {
            return None;
        }
        let matcher = Matcher::builder()
            .http(self.http.as_str())
            .https(self.https.as_str())
            .all(self.all.as_str())
            .build();
        matcher.intercept(&target).map(Proxy)
    }
}

/// Whether a URL names this very machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost")
            || host.to_ascii_lowercase().ends_with(".localhost")
            || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

/// A proxy that stands between us and the API.
#[derive(Debug, Clone)]
pub struct Proxy(Intercept);

impl Proxy {
    /// Its URL without credentials.
    #[must_use]
    pub fn uri(&self) -> &http::Uri {
        self.0.uri()
    }

    /// Whether the connection to the proxy itself is encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.uri().scheme_str() == Some("https")
    }

    /// Whether it speaks SOCKS and not HTTP.
    #[must_use]
    pub fn is_socks(&self) -> bool {
        self.uri()
            .scheme_str()
            .is_some_and(|scheme| scheme.starts_with("socks"))
    }

    /// The `Proxy-Authorization` header for an HTTP proxy with credentials.
    #[must_use]
    pub fn basic_auth(&self) -> Option<&http::HeaderValue> {
        self.0.basic_auth()
    }

    /// User and password for a SOCKS proxy.
    #[must_use]
    pub fn raw_auth(&self) -> Option<(&str, &str)> {
        self.0.raw_auth()
    }

    /// The proxy as the HTTP client takes it.
    ///
    /// # Errors
    /// When the URL is not one that the client understands.
    pub fn to_reqwest(&self) -> reqwest::Result<reqwest::Proxy> {
        let mut proxy = reqwest::Proxy::all(self.uri().to_string())?;
        if let Some(header) = self.basic_auth() {
            proxy = proxy.custom_http_auth(header.clone());
        }
        if let Some((user, password)) = self.raw_auth() {
            proxy = proxy.basic_auth(user, password);
        }
        Ok(proxy)
    }
}

impl std::fmt::Display for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let uri = self.uri();
        write!(
            f,
            "{}://{}",
            uri.scheme_str().unwrap_or("http"),
            uri.authority().map_or("", |authority| authority.as_str())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let env: Environment = variables.iter().copied().collect();
        ProxySettings::from_environment(&env)
            .for_url(&url.parse().unwrap())
            .map(|proxy| proxy.to_string())
    }

    #[test]
    fn the_proxy_follows_the_scheme_and_no_proxy() {
        let all = [
            ("HTTP_PROXY", "http://plain:3128"),
            ("https_proxy", "http://user:pass@secure:3129"),
            ("NO_PROXY", ".corp,10.0.0.0/8"),
        ];
        for (url, expected) in [
            ("http://prefect.example/api", Some("http://plain:3128")),
            ("https://prefect.example/api", Some("http://secure:3129")),
            ("http://prefect.corp/api", None),
            ("http://10.1.2.3:4200/api", None),
            ("http://127.0.0.1:4200/api", None),
            ("http://[::1]:4200/api", None),
            ("http://localhost:4200/api", None),
        ] {
            assert_eq!(proxy(&all, url).as_deref(), expected, "{url}");
        }
        assert_eq!(proxy(&[], "http://prefect.example/api"), None);
        assert_eq!(
            proxy(&[("ALL_PROXY", "socks5h://s:1080")], "https://p.example/").as_deref(),
            Some("socks5h://s:1080")
        );
    }

    #[test]
    fn credentials_do_not_show() {
        let env: Environment = [("HTTP_PROXY", "http://user:hunter2@p:1")]
            .into_iter()
            .collect();
        let settings = ProxySettings::from_environment(&env);
        let proxy = settings.for_url(&"http://x.example".parse().unwrap());
        assert!(!format!("{settings:?} {proxy:?}").contains("hunter2"));
        assert!(proxy.unwrap().basic_auth().is_some());
    }
}
