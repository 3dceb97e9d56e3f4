//! What a request that got no answer died of, read from the HTTP client's chain of errors.

use std::error::Error as StdError;

use super::{
    error::{ApiError, ApiErrorKind, Site},
    retry::{Broken, Failure},
    tls,
};

/// A request that got no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoAnswer {
    /// How far it came.
    pub broken: Broken,
    /// Why, in words.
    pub why: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl NoAnswer {
    /// Reads an error of the HTTP client.
    pub fn of(error: &reqwest::Error) -> Self {
        if let Some(tls) = find::<rustls::Error>(error) {
            return Self::of_tls(tls);
        }
        let why = innermost(error);
        if error.is_timeout() {
            let broken = if error.is_connect() {
                Broken::Connect
            } else {
                Broken::AfterSending
            };
            return Self {
                broken,
                why: "no answer within the request time-out".to_owned(),
                hint: None,
            };
        }
        let broken = if error.is_connect() || error.is_builder() {
            Broken::Connect
        } else {
            Broken::AfterSending
        };
        let why = match find::<std::io::Error>(error).map(std::io::Error::kind) {
            Some(std::io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
            Some(
                std::io::ErrorKind::ConnectionReset
                | std::io::ErrorKind::BrokenPipe
                | std::io::ErrorKind::ConnectionAborted,
            ) => "the connection was closed before the answer came".to_owned(),
            _ => why,
        };
        Self {
            broken,
            why,
            hint: None,
        }
    }

    /// An answer that does not fit into memory.
    pub fn too_large(limit: usize) -> Self {
        Self {
            broken: Broken::TooLarge,
            why: format!("the answer is larger than {} MiB", limit >> 20),
            hint: None,
        }
    }

    /// What the decision about a retry needs to know.
    pub fn failure(&self) -> Failure {
        Failure {
            status: None,
            retry_after: None,
            maintenance: false,
            broken: Some(self.broken),
        }
    }

    fn of_tls(error: &rustls::Error) -> Self {
        let hint = match error {
            rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer) => {
                "Name the file of the certificate authority in PREFECT_API_SSL_CERT_FILE."
            }
            error if tls::is_of_an_authority(error) => {
                "The server's certificate is signed by itself: name its file in \
                 PREFECT_API_SSL_CERT_FILE."
            }
            rustls::Error::InvalidCertificate(
                rustls::CertificateError::NotValidForNameContext { presented, .. },
            ) if presented.is_empty() => {
                "The server's certificate has no subjectAltName, and its common name is not \
                 looked at: have it issued with one."
            }
            rustls::Error::InvalidMessage(_) => {
                "The server does not seem to speak TLS there: check that PREFECT_API_URL should \
                 begin with https."
            }
            _ => "Check the server's certificate and the host name in PREFECT_API_URL.",
        };
        Self {
            broken: Broken::Certificate,
            why: format!("TLS: {error}"),
            hint: Some(hint.to_owned()),
        }
    }

    /// The error that this is for the caller.
    pub fn into_error(self, site: &Site, route: String) -> ApiError {
        let message = format!("the Prefect API at {} cannot be reached", site.api_url);
        let mut error = site.error(ApiErrorKind::Unreachable, route, message);
        error.may_be_done = matches!(self.broken, Broken::AfterSending | Broken::TooLarge);
        error.causes.push(match &site.proxy {
            Some(proxy) => format!("through the proxy {proxy}: {}", self.why),
            None => self.why,
        });
        error.hints = self.hint.into_iter().collect();
        if site.proxy.is_some() {
            error.hints.push(
                "The proxy comes from HTTP_PROXY or HTTPS_PROXY; NO_PROXY lists hosts to reach \
                 without it."
                    .to_owned(),
            );
        } else if error.hints.is_empty() && self.broken == Broken::Connect {
            error
                .hints
                .push("Is the server running, and is PREFECT_API_URL right?".to_owned());
        }
        error
    }
}

/// Looks for an error of a type in the chain, inside I/O errors too.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        // An io::Error hides what it wraps from `source`.
        next = match error.downcast_ref::<std::io::Error>() {
            Some(io) => io
                .get_ref()
                .map(|inner| -> &(dyn StdError + 'static) { inner }),
            None => error.source(),
        };
    }
    None
}

/// The last error of a chain, which says most.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
