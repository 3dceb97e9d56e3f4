//! Finds in the layers of a failed request what really went wrong.

use std::{error::Error, io};

use super::transport::TransportError;

/// What went wrong below the level of HTTP.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// No connection came about, for this reason.
    NotConnected(String),
    /// The two sides do not trust or understand each other.
    Tls(TlsProblem),
    /// The connection broke before the answer was there.
    Interrupted,
    /// The answer did not come in time.
    NoAnswer,
    /// Something else, in its own words.
    Other(String),
}

/// Why there is no TLS connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TlsProblem {
    /// Nobody we trust signed the server's certificate.
    UnknownAuthority,
    /// The certificate is for another name.
    WrongName,
    /// The certificate is too old or too new.
    NotValidNow,
    /// The server does not speak TLS.
    NotTls,
    /// The server wants another client certificate.
    ClientRefused(String),
    /// Something else, in its own words.
    Other(String),
}

/// Looks through an error and all its sources.
pub(super) fn of(error: &(dyn Error + 'static)) -> Cause {
    let layers = layers(error);
    for layer in &layers {
        if let Some(TransportError::NoAnswer(_)) = layer.downcast_ref() {
            return Cause::NoAnswer;
        }
        if let Some(tls) = layer.downcast_ref::<rustls::Error>() {
            return Cause::Tls(tls_problem(tls));
        }
    }
    let innermost = layers.last().map_or_else(String::new, ToString::to_string);
    let texts: Vec<String> = layers.iter().map(ToString::to_string).collect();
    let kinds = || {
        layers
            .iter()
            .filter_map(|layer| layer.downcast_ref::<io::Error>())
            .map(io::Error::kind)
    };
    if texts.iter().any(|text| text.contains("dns error")) {
        return Cause::NotConnected(format!("its name cannot be resolved: {innermost}"));
    }
    let connecting = texts
        .iter()
        .any(|text| text.contains("(Connect)") || text.contains("connect error"));
    if connecting {
        let reason = match kinds().next_back() {
            Some(io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
            Some(io::ErrorKind::TimedOut) => "no connection came about in time".to_owned(),
            _ => innermost,
        };
        return Cause::NotConnected(reason);
    }
    let broken = kinds().any(|kind| {
        matches!(
            kind,
            io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof
                | io::ErrorKind::TimedOut
        )
    });
    let cut = [
        "connection closed",
        "unexpected EOF",
        "SendRequest",
        "end of file",
        "channel closed",
    ];
    if broken
        || texts
            .iter()
            .any(|text| cut.iter().any(|cut| text.contains(cut)))
    {
        return Cause::Interrupted;
    }
    Cause::Other(innermost)
}

/// Whether an answer ended in the middle, as a server or a proxy ends a watch after its time.
pub(super) fn is_early_end(error: &(dyn Error + 'static)) -> bool {
    layers(error).iter().any(|layer| {
        let io = layer.downcast_ref::<io::Error>();
        io.is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof)
            || layer.to_string().contains("unexpected EOF during chunk")
    })
}

/// The error, its sources, and what I/O errors wrap, which they do not call a source.
fn layers<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut layers = vec![error];
    let mut current = error;
    loop {
        let wrapped = current
            .downcast_ref::<io::Error>()
            .and_then(|error| error.get_ref())
            .map(|inner| inner as &(dyn Error + 'static));
        match wrapped.or_else(|| current.source()) {
            Some(next) => {
                layers.push(next);
                current = next;
            }
            None => return layers,
        }
    }
}

fn tls_problem(error: &rustls::Error) -> TlsProblem {
    use rustls::{CertificateError as Wrong, Error as Tls};
    match error {
        Tls::InvalidCertificate(wrong) => match wrong {
            Wrong::UnknownIssuer | Wrong::BadSignature => TlsProblem::UnknownAuthority,
            Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => TlsProblem::WrongName,
            Wrong::Expired
            | Wrong::ExpiredContext { .. }
            | Wrong::NotValidYet
            | Wrong::NotValidYetContext { .. } => TlsProblem::NotValidNow,
            other => TlsProblem::Other(other.to_string()),
        },
        Tls::InvalidMessage(_) => TlsProblem::NotTls,
        Tls::AlertReceived(alert) => TlsProblem::ClientRefused(format!("{alert:?}")),
        other => TlsProblem::Other(other.to_string()),
    }
}
