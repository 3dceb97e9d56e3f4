//! Files of values from the web: `-f https://...`.

use std::{path::PathBuf, time::Duration};

use reqwest::Url;

use crate::{
    env_vars::{Environment, SSL_CERT_FILE},
    error::{Error, Result},
    k8s::USER_AGENT,
    prefect::{ClientConfig, proxy::ProxySettings, tls},
};

/// The longest a file may take to come.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest file, in bytes.
const LARGEST: usize = 64 << 20;

/// Gets a file. Proxies and certificate authorities are those of the environment.
///
/// # Errors
/// When there is no such address, or no file at it.
pub async fn fetch(url: &str, env: &Environment) -> Result<Vec<u8>> {
    let url = Url::parse(url)
        .map_err(|error| Error::usage("a file's address is no URL").because(&error))?;
    let shown = shown(&url);
    let failed = |error: reqwest::Error| {
        Error::unreachable(format!("failed to get {shown}")).because(&error.without_url())
    };
    let config = ClientConfig {
        ssl_cert_file: env.get_non_empty(SSL_CERT_FILE).map(PathBuf::from),
        proxies: ProxySettings::from_environment(env),
        ..ClientConfig::new(url.clone())
    };
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::client_config(&config)?)
        .user_agent(USER_AGENT)
        .timeout(PATIENCE)
        .no_proxy();
    if let Some(proxy) = config.proxies.for_url(&url) {
        builder = builder.proxy(proxy.to_reqwest().map_err(failed)?);
    }
    let client = builder.build().map_err(failed)?;
    let mut answer = client.get(url).send().await.map_err(failed)?;
    if !answer.status().is_success() {
        return Err(Error::failed(format!("failed to get {shown}"))
            .cause(format!("the server answers {}", answer.status())));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err(Error::failed(format!("failed to get {shown}"))
                .cause(format!("it is larger than {} MiB", LARGEST >> 20)));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// An address without what may be a credential.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // An address that takes no user has none.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url.to_string()
}

#[cfg(test)]
mod tests {
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

    use super::*;

    #[tokio::test]
    async fn a_file_is_got_and_a_failure_shows_no_credential() {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_string("a: 1");
        Mock::given(path("/values.yaml"))
            .respond_with(answer)
            .mount(&server)
            .await;
        let env = Environment::default();
        let got = fetch(&format!("{}/values.yaml", server.uri()), &env)
            .await
            .unwrap();
        assert_eq!(got, b"a: 1");
        let url = server.uri().replace("http://", "http://user:s3cr3t@");
        let error = fetch(&format!("{url}/missing?token=s3cr3t"), &env)
            .await
            .unwrap_err();
        let text = error.one_line();
        assert!(text.contains("404") && !text.contains("s3cr3t"), "{text}");
    }
}
