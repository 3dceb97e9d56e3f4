//! Turns kube's errors into failures that a program can judge and a person can read.

use kube::{client::RustlsTlsError, core::Status};

use super::{
    cause::{self, Cause, TlsProblem},
    refusal::Refusal,
    transport::TransportError,
};
use crate::error::{Error, Kind};

/// What kind of failure a request met, for decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// 404: the object, its namespace or its type does not exist.
    NotFound,
    /// 409: an object of this name exists already.
    AlreadyExists,
    /// 409: the object is not as it was, or is in the way of the change.
    Conflict,
    /// 410: the version asked for is too old; list again.
    Gone,
    /// 400 or 422: the API server does not accept the object.
    Invalid,
    /// 401: the API server does not know us.
    Unauthorized,
    /// 403: we may not do this.
    Forbidden,
    /// 429 or 5xx: the server cannot now.
    Busy,
    /// No answer: not connected, cut off, or too slow.
    Unreachable,
    /// Anything else.
    Other,
}

/// A request that failed: how to judge it, and how to tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// For decisions.
    pub class: Class,
    /// For people. Boxed, so that a `Result` stays small.
    pub error: Box<Error>,
}

impl Failure {
    /// Whether the same request may well succeed later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self.class,
            Class::Busy | Class::Unreachable | Class::Conflict
        )
    }

    /// Whether the API server refused an object and not its sender: a quota that is full, a
    /// namespace that is going, a policy. Both are its 403.
    #[must_use]
    pub fn is_of_admission(&self) -> bool {
        let mut causes = self.error.causes.iter();
        self.class == Class::Forbidden && !causes.any(|cause| Refusal::parse(cause).is_some())
    }

    pub(super) fn other(doing: &str, cause: impl Into<String>) -> Self {
        Self {
            class: Class::Other,
            error: Box::new(Error::failed(format!("failed to {doing}")).cause(cause)),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        *failure.error
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.error.one_line())
    }
}

impl std::error::Error for Failure {}

/// Says what failed: `doing` completes "failed to ...", `server` is the API server's address.
pub(super) fn explain(doing: &str, server: &str, error: &kube::Error) -> Failure {
    match error {
        error if is_unreadable(error) => Failure {
            class: Class::Other,
            error: Box::new(
                Error::unreachable(format!("failed to {doing}")).cause(format!(
                    "{server} does not answer as a Kubernetes API server of a known version does"
                )),
            ),
        },
        kube::Error::Api(status) => answered(doing, server, status),
        error => unanswered(doing, server, error),
    }
}

/// Whether an answer came and could not be understood. kube takes any JSON object that it cannot
/// read for a `Status`, and such a one has no code.
pub(super) fn is_unreadable(error: &kube::Error) -> bool {
    match error {
        kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => true,
        kube::Error::Api(status) => status.code == 0,
        _ => false,
    }
}

fn class_of(status: &Status) -> Class {
    match (status.code, status.reason.as_str()) {
        (_, "AlreadyExists") => Class::AlreadyExists,
        (409, _) => Class::Conflict,
        (_, "Expired" | "Gone") | (410, _) => Class::Gone,
        (401, _) => Class::Unauthorized,
        (403, _) => Class::Forbidden,
        (404, _) => Class::NotFound,
        (400 | 413 | 415 | 422, _) => Class::Invalid,
        // A manifest with a field that the server does not know (kubernetes/kubernetes#94121).
        (500, _)
            if status
                .message
                .contains("failed to create typed patch object") =>
        {
            Class::Invalid
        }
        (429 | 500..=599, _) => Class::Busy,
        _ => Class::Other,
    }
}

/// The server's answer says no.
fn answered(doing: &str, server: &str, status: &Status) -> Failure {
    // kube hands on what it cannot read for a `Status`. An API server's own words have neither mark.
    let is_page = status.message.trim_start().starts_with(['<', '{']);
    let class = match class_of(status) {
        // What stands in front of an API server may be busy with a page; nothing else is of one.
        class if is_page && class != Class::Busy => Class::Other,
        class => class,
    };
    let message = format!("failed to {doing}");
    let said = if status.message.is_empty() {
        format!("the API server answered {}", status.code)
    } else if is_page {
        format!(
            "{server} answered {} with something else than a Status",
            status.code
        )
    } else {
        shorten(status.message.trim())
    };
    let error = match class {
        Class::Unauthorized => Error::unreachable(message)
            .cause(format!("the API server {server} does not accept our credentials (401)"))
            .hint("log in again with your provider's tool, or choose another --context, --user or --token"),
        Class::Forbidden => forbidden(message, said),
        Class::NotFound => not_found(message, said, status),
        Class::Busy => Error::new(Kind::Unreachable, message)
            .cause(format!("the API server {server} cannot answer now ({}): {said}", status.code)),
        Class::Other if is_page => Error::unreachable(message)
            .cause(said)
            .hint("what answers there is no Kubernetes API server: is the address of the context, or of --server, right?"),
        Class::Invalid if said.contains("HTTP request to an HTTPS server") => {
            Error::usage(message).cause(said).hint("write the address of the API server with https://")
        }
        _ => Error::failed(message).cause(said),
    };
    Failure {
        class,
        error: Box::new(error),
    }
}

fn forbidden(message: String, said: String) -> Error {
    let refusal = Refusal::parse(&said);
    let error = Error::unreachable(message).cause(said);
    match refusal.and_then(|refusal| refusal.remedy()) {
        Some(remedy) => error.hint(remedy),
        // Admission refuses with 403 too: quotas, policies, terminating namespaces.
        None => error,
    }
}

fn not_found(message: String, said: String, status: &Status) -> Error {
    let error = Error::failed(message).cause(said);
    match &status.details {
        Some(details) if details.kind == "namespaces" => {
            let name = &details.name;
            error.hint(format!("create it with: kubectl create namespace {name}"))
        }
        _ => error,
    }
}

/// Nobody answered, or not in a way that can be understood.
fn unanswered(doing: &str, server: &str, error: &kube::Error) -> Failure {
    if let kube::Error::RustlsTls(error) = error {
        return unusable(doing, error);
    }
    if let Some(own) = own_error(error) {
        let class = match own.kind {
            Kind::Unreachable => Class::Unauthorized,
            _ => Class::Other,
        };
        return Failure {
            class,
            error: Box::new(own),
        };
    }
    let unreachable = |cause: String| {
        Error::unreachable(format!("failed to {doing}"))
            .cause(format!("the API server {server} is not reachable: {cause}"))
    };
    let other_server = "is it running, and is this the right one? --context chooses another, --server gives its address";
    let (class, error) = match cause::of(error) {
        Cause::NotConnected(reason) => (Class::Unreachable, unreachable(reason).hint(other_server)),
        Cause::NoAnswer => (
            Class::Unreachable,
            unreachable("it gave no answer in time".to_owned())
                .hint("--request-timeout gives it more time"),
        ),
        Cause::Interrupted => (
            Class::Unreachable,
            unreachable("the connection broke".to_owned()),
        ),
        Cause::Tls(problem) => (Class::Other, tls(doing, server, problem)),
        Cause::Other(text) => (Class::Other, unreachable(text)),
    };
    Failure {
        class,
        error: Box::new(error),
    }
}

fn tls(doing: &str, server: &str, problem: TlsProblem) -> Error {
    let (cause, hint) = match problem {
        TlsProblem::UnknownAuthority => (
            "its certificate is signed by an authority that is not trusted".to_owned(),
            "name the authority's file with --certificate-authority, or in the kubeconfig",
        ),
        TlsProblem::WrongName => (
            "its certificate is for another name".to_owned(),
            "name the one it carries with --tls-server-name",
        ),
        TlsProblem::NotValidNow => (
            "its certificate has expired or is not valid yet".to_owned(),
            "renew the API server's certificate, and check this machine's clock",
        ),
        TlsProblem::NotTls => (
            "it does not speak TLS".to_owned(),
            "is the port right? A server without TLS is written http://HOST:PORT",
        ),
        TlsProblem::ClientRefused(alert) => (
            format!("it broke off the TLS handshake ({alert})"),
            "it may want another client certificate, or another name: --tls-server-name",
        ),
        TlsProblem::Other(text) => (
            format!("no TLS connection came about: {text}"),
            "check the certificates of the kubeconfig's cluster and user",
        ),
    };
    Error::unreachable(format!("failed to {doing}"))
        .cause(format!(
            "no secure connection to the API server {server}: {cause}"
        ))
        .hint(hint)
}

/// The certificates or keys that we were given cannot be used. Of their content nothing is told:
/// a parser's error quotes it, keys included.
fn unusable(doing: &str, error: &RustlsTlsError) -> Failure {
    let (what, place) = match error {
        RustlsTlsError::AddRootCertificate(why) if is_none_there(why.as_ref()) => {
            return no_authorities(doing);
        }
        RustlsTlsError::AddRootCertificate(_) => {
            ("the certificate authority", "--certificate-authority")
        }
        RustlsTlsError::InvalidServerName(_) => (
            "the name to find in the server's certificate",
            "--tls-server-name",
        ),
        RustlsTlsError::NoValidNativeRootCA(_) => (
            "the machine's own store of certificate authorities",
            "--certificate-authority",
        ),
        _ => (
            "the client certificate or its key",
            "the kubeconfig or what the credential plugin gave",
        ),
    };
    let error = Error::usage(format!("failed to {doing}"))
        .cause(format!("{what} cannot be used"))
        .hint(format!("check {place}"));
    Failure {
        class: Class::Other,
        error: Box::new(error),
    }
}

/// Whether the system's verifier found no authorities at all; a wrong one is told as such.
fn is_none_there(why: &(dyn std::error::Error + 'static)) -> bool {
    matches!(
        why.downcast_ref::<rustls::Error>(),
        Some(rustls::Error::General(_))
    )
}

/// A cluster whose authority is not named, on a machine that knows none.
fn no_authorities(doing: &str) -> Failure {
    let error = Error::usage(format!("failed to {doing}"))
        .cause("the kubeconfig names no certificate authority, and this system has none of its own")
        .hint(
            "name the cluster's with --certificate-authority FILE, or the system's with \
             SSL_CERT_FILE",
        );
    Failure {
        class: Class::Other,
        error: Box::new(error),
    }
}

/// An error of ours that travelled through kube's layers.
fn own_error(error: &kube::Error) -> Option<Error> {
    let kube::Error::Service(inner) = error else {
        return None;
    };
    match inner.downcast_ref::<TransportError>()? {
        TransportError::Credentials(error) => Some(error.clone()),
        TransportError::NoAnswer(_) => None,
    }
}

/// Keeps a long answer readable.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 2000;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
#[path = "failure_tests.rs"]
mod tests;
