//! The headers that every request carries, from the configuration.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::percent_decode_str;
use secrecy::ExposeSecret;

use super::config::{API_VERSION, ClientConfig, Secret};
use crate::error::{Error, Result};

/// Headers that custom headers cannot replace (prefect/client/base.py).
const PROTECTED: [&str; 3] = ["user-agent", "prefect-csrf-token", "prefect-csrf-client"];

/// The headers of every request.
pub(super) fn of(config: &ClientConfig) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(
        HeaderName::from_static("x-prefect-api-version"),
        HeaderValue::from_static(API_VERSION),
    );
    let authorization = match (&config.auth_string, &config.api_key) {
        (Some(auth), _) => Some((
            format!("Basic {}", STANDARD.encode(auth.expose_secret())),
            "PREFECT_API_AUTH_STRING",
        )),
        (None, Some(key)) => Some((format!("Bearer {}", key.expose_secret()), "PREFECT_API_KEY")),
        (None, None) => url_credentials(config).map(|user| {
            let value = format!("Basic {}", STANDARD.encode(user));
            (value, "the user of PREFECT_API_URL")
        }),
    };
    if let Some((value, setting)) = authorization {
        headers.insert(header::AUTHORIZATION, secret_value(&value, setting)?);
    }
    for (name, value) in &config.custom_headers {
        if PROTECTED.contains(&name.to_ascii_lowercase().as_str()) {
            tracing::warn!(
                "the custom header {name:?} is left out: Prefect manages User-Agent, \
                 Prefect-Csrf-Token and Prefect-Csrf-Client itself"
            );
            continue;
        }
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
            Error::usage(format!(
                "the custom header name {name:?} is not a header name"
            ))
            .hint("PREFECT_CLIENT_CUSTOM_HEADERS is a JSON object of header names and values.")
        })?;
        headers.insert(header, secret_header(name, value)?);
    }
    Ok(headers)
}

/// `user:password` of the API's URL, which Prefect's own client takes as well.
fn url_credentials(config: &ClientConfig) -> Option<String> {
    let url = &config.api_url;
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    (!url.username().is_empty()).then(|| {
        let password = decode(url.password().unwrap_or_default());
        format!("{}:{password}", decode(url.username()))
    })
}

fn secret_header(name: &str, value: &Secret) -> Result<HeaderValue> {
    secret_value(
        value.expose_secret(),
        &format!("the custom header {name:?}"),
    )
}

/// A header value that the HTTP client does not show. The error does not show it either.
fn secret_value(value: &str, source: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        Error::usage(format!(
            "{source} holds a character that no HTTP header can carry"
        ))
        .hint("A line break at the end of the value is the usual reason.")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The API's URL without credentials, query and closing slash.
pub(super) fn display_url(config: &ClientConfig) -> String {
    let url = &config.api_url;
    let origin = url.origin().ascii_serialization();
    format!("{origin}{}", url.path().trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> ClientConfig {
        ClientConfig::new(url.parse().unwrap())
    }

    #[test]
    fn the_auth_string_wins_over_the_key_and_both_over_the_url() {
        let mut config = config("http://url%40user:p%3Aw@h/api");
        let sent = |config: &ClientConfig| {
            let headers = of(config).unwrap();
            headers[header::AUTHORIZATION].to_str().unwrap().to_owned()
        };
        assert_eq!(
            sent(&config),
            format!("Basic {}", STANDARD.encode("url@user:p:w"))
        );
        config.api_key = Some("pnu_1".into());
        assert_eq!(sent(&config), "Bearer pnu_1");
        config.auth_string = Some("admin:pass".into());
        assert_eq!(sent(&config), "Basic YWRtaW46cGFzcw==");
        assert!(!format!("{:?}", of(&config).unwrap()).contains("YWRt"));
    }

    #[test]
    fn custom_headers_replace_only_what_is_theirs() {
        let mut config = config("http://h/api");
        config.api_key = Some("key".into());
        config.custom_headers = [
            ("User-Agent", "evil"),
            ("PREFECT-CSRF-TOKEN", "evil"),
            ("prefect-csrf-client", "evil"),
            ("Authorization", "Bearer other"),
            ("X-Team", "data"),
        ]
        .map(|(name, value)| (name.to_owned(), value.into()))
        .to_vec();
        let headers = of(&config).unwrap();
        assert_eq!(headers[header::AUTHORIZATION], "Bearer other");
        assert_eq!(headers["x-team"], "data");
        assert!(headers.values().all(|value| value != "evil"));
    }

    #[test]
    fn a_secret_that_no_header_can_carry_is_named_but_not_shown() {
        let mut config = config("http://h/api");
        config.api_key = Some("pnu_secret\n".into());
        let error = of(&config).unwrap_err();
        assert!(error.message.contains("PREFECT_API_KEY"));
        assert!(!format!("{error:?}").contains("pnu_secret"));
        config.api_key = None;
        config.custom_headers = vec![("a b".to_owned(), "x".into())];
        assert_eq!(of(&config).unwrap_err().kind, crate::error::Kind::Usage);
    }

    #[test]
    fn the_url_is_shown_without_its_password() {
        let shown = display_url(&config("https://me:secret@h:8443/x/api/?q=1"));
        assert_eq!(shown, "https://h:8443/x/api");
    }
}
