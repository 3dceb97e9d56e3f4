//! The Prefect API that an installation will use, as a client of ours.

use secrecy::ExposeSecret;

use crate::{
    cli::Session,
    env_vars::SSL_CERT_FILE,
    error::{Error, Result},
    install::preflight::prefect::Connection,
    prefect::{Budget, Client, ClientConfig, config::ServerKind, proxy::ProxySettings},
    settings::key_file,
};

/// How often an API that does not answer is asked, before it is said that it does not.
const ATTEMPTS: u32 = 2;
/// The longest that one attempt takes.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);
/// Where Prefect Cloud is (PREFECT_CLOUD_API_URL).
const CLOUD: &str = "https://api.prefect.cloud/api";

/// A client that speaks to the API as the worker will; `--api-url` names another address of the same
/// API, `--api-key-file` a key to use in place of the worker's.
///
/// # Errors
/// When the address cannot be one, or the file cannot be read.
pub fn client(session: &Session, connection: &Connection) -> Result<Client> {
    let given = session.global.prefect.api_url.as_ref();
    let url = given.map_or(connection.url.as_str(), |url| url.expose_secret());
    let parsed = url.parse().map_err(|_| {
        Error::usage("the address of the Prefect API is no URL")
            .hint("it begins with http:// or https:// and ends in /api")
    })?;
    let file = session.global.prefect.api_key_file.as_ref();
    let given = file.map(|path| key_file::read(path, std::io::stdin().lock()));
    let config = ClientConfig {
        server_kind: ServerKind::of(url, CLOUD),
        api_key: given.transpose()?.or_else(|| connection.key.clone()),
        auth_string: connection.auth_string.clone(),
        ssl_cert_file: session.env.get_non_empty(SSL_CERT_FILE).map(Into::into),
        request_timeout: TIMEOUT,
        proxies: ProxySettings::from_environment(&session.env),
        ..ClientConfig::new(parsed)
    };
    Ok(Client::new(&config)?.with_budget(Budget::Attempts(ATTEMPTS)))
}
