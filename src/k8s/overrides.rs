//! What the command line says about the connection, as plain values.

use std::{path::PathBuf, str::FromStr, time::Duration};

use secrecy::SecretString;

/// What was said on the command line; it goes over the kubeconfig as kubectl's flags do.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Context to use in place of the current one.
    pub context: Option<String>,
    /// The only kubeconfig file to read; it must exist.
    pub kubeconfig: Option<PathBuf>,
    /// Namespace to work in.
    pub namespace: Option<String>,
    /// Cluster entry to use in place of the context's.
    pub cluster: Option<String>,
    /// User entry to use in place of the context's.
    pub user: Option<String>,
    /// Address of the API server.
    pub server: Option<String>,
    /// Bearer token; takes the place of every other credential.
    pub token: Option<SecretString>,
    /// Basic authentication.
    pub username: Option<String>,
    /// Basic authentication.
    pub password: Option<SecretString>,
    /// User to act as.
    pub impersonate: Option<String>,
    /// Groups to act as.
    pub impersonate_groups: Vec<String>,
    /// UID to act as.
    pub impersonate_uid: Option<String>,
    /// Further attributes of the user to act as.
    pub impersonate_extra: Vec<(String, String)>,
    /// File with certificates of authorities.
    pub certificate_authority: Option<PathBuf>,
    /// File with the client certificate.
    pub client_certificate: Option<PathBuf>,
    /// File with the client certificate's key.
    pub client_key: Option<PathBuf>,
    /// Whether the server's certificate goes unchecked.
    pub insecure_skip_tls_verify: bool,
    /// Name that the server's certificate must carry.
    pub tls_server_name: Option<String>,
    /// Proxy for requests to the API server.
    pub proxy_url: Option<String>,
    /// How long one request may take.
    pub request_timeout: RequestTimeout,
}

/// How long one request may take; `None` is for ever.
///
/// Written as kubectl's `--request-timeout`: `0`, plain seconds, or Go's durations (`1m30s`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestTimeout(pub Option<Duration>);

impl Default for RequestTimeout {
    /// 30 s: kubectl waits for ever, which nobody wants of a worker or of a script.
    fn default() -> Self {
        Self(Some(Duration::from_secs(30)))
    }
}

impl FromStr for RequestTimeout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let duration = match text.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => go_duration(text)
                .ok_or_else(|| "expected a duration such as 30s, 1m, 500ms or 0".to_owned())?,
        };
        Ok(Self(Some(duration).filter(|duration| !duration.is_zero())))
    }
}

/// Reads a duration as Go's `time.ParseDuration` does, without a sign.
fn go_duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 7] = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("µs", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
    ];
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        seconds += number.parse::<f64>().ok()? * factor;
        rest = tail;
    }
    (!text.is_empty())
        .then(|| Duration::try_from_secs_f64(seconds).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_timeouts_are_written_as_for_kubectl() {
        for (text, milliseconds) in [
            ("30s", Some(30_000)),
            ("1m", Some(60_000)),
            ("1m30s", Some(90_000)),
            ("1.5h", Some(5_400_000)),
            ("500ms", Some(500)),
            ("20", Some(20_000)),
            ("0", None),
            ("0s", None),
        ] {
            let expected = RequestTimeout(milliseconds.map(Duration::from_millis));
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for text in ["", "s", "-1s", "1", "1x", "1s2", "soon", "1..2s"] {
            let wrong = text.parse::<RequestTimeout>().is_err();
            assert_eq!(wrong, text != "1", "{text}");
        }
    }
}
