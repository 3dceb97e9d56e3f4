//! The HTTP client under the API's client: TLS, proxy, connections, redirects.

use std::time::Duration;

use reqwest::redirect;

use super::{
    config::{ClientConfig, user_agent},
    headers,
    proxy::Proxy,
};
use crate::error::{Error, Result};

/// Idle connections kept open.
const IDLE_CONNECTIONS: usize = 4;
/// Prefect Cloud closes idle connections after 30 s; leave before.
const IDLE_TIME: Duration = Duration::from_secs(25);
/// A connection that takes longer than this to come about is tried anew.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// Builds the HTTP client; `http2` offers HTTP/2 to the server.
pub(super) fn build(
    config: &ClientConfig,
    mut tls: rustls::ClientConfig,
    proxy: Option<&Proxy>,
    http2: bool,
) -> Result<reqwest::Client> {
    if http2 {
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    }
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .default_headers(headers::of(config)?)
        .user_agent(user_agent())
        .timeout(config.request_timeout)
        .connect_timeout(CONNECT_TIME.min(config.request_timeout))
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .pool_idle_timeout(IDLE_TIME)
        .redirect(redirects())
        .no_proxy();
    if !http2 {
        builder = builder.http1_only();
    }
    if let Some(proxy) = proxy {
        let proxy = proxy.to_reqwest().map_err(|error| {
            Error::usage(format!("failed to use the proxy {proxy}")).because(&error)
        })?;
        builder = builder.proxy(proxy);
    }
    builder
        .build()
        .map_err(|error| Error::failed("failed to set up the HTTP client").because(&error))
}

/// A redirect is followed where the method survives it and the server stays the same.
fn redirects() -> redirect::Policy {
    redirect::Policy::custom(|attempt| {
        let same_origin = attempt
            .previous()
            .last()
            .is_some_and(|previous| previous.origin() == attempt.url().origin());
        if same_origin
            && matches!(attempt.status().as_u16(), 307 | 308)
            && attempt.previous().len() <= 5
        {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}
