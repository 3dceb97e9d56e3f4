//! What can go wrong with the Prefect API, typed, and as the error a person reads.

use std::fmt;

use super::{
    config::Credential,
    detail::{self, Origin},
};
use crate::error::{Error, Kind};

/// The class of a failure of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiErrorKind {
    /// No answer: no connection, a broken one, or out of time.
    Unreachable,
    /// 401: the credential is missing or wrong.
    Unauthorized,
    /// 403: the credential is known and has no right to this.
    Forbidden,
    /// 404: there is no such object.
    NotFound,
    /// 404 of the server's router: there is no such route, or no such object of some routes that
    /// answer in the same words.
    NoRoute,
    /// 409: it exists already, or contradicts something that does.
    Conflict,
    /// 400, 422 and the like: the server does not accept what was sent.
    Invalid,
    /// 429, for longer than the caller would wait.
    RateLimited,
    /// 5xx, for longer than the caller would wait.
    Server,
    /// An answer that does not come from a Prefect API, or not from one we understand.
    Protocol,
}

/// A request that failed for good.
///
/// Neither the message nor the causes hold secrets: bodies and headers of requests are never part
/// of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The class.
    pub kind: ApiErrorKind,
    /// Method and template of the route: `POST /flow_runs/{id}/set_state`.
    pub route: String,
    /// The status code, if there was an answer.
    pub status: Option<u16>,
    /// What happened, a fragment in lower case unless it is the server's own sentence.
    pub message: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// What to do about it.
    pub hints: Vec<String>,
    /// Whether the server may have done what was asked all the same.
    pub may_be_done: bool,
}

impl ApiError {
    /// There is no such object.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self.kind, ApiErrorKind::NotFound | ApiErrorKind::NoRoute)
    }

    /// It exists already.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.kind == ApiErrorKind::Conflict
    }

    /// Waiting may help: the failure lies with the network or the server, not with the request.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(
            self.kind,
            ApiErrorKind::Unreachable | ApiErrorKind::RateLimited | ApiErrorKind::Server
        )
    }

    /// The credential is refused: no retry helps.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(
            self.kind,
            ApiErrorKind::Unauthorized | ApiErrorKind::Forbidden
        )
    }

    /// The failure as a cause or a log line: message and causes.
    #[must_use]
    pub fn one_line(&self) -> String {
        let mut line = self.message.clone();
        for cause in &self.causes {
            line.push_str(": ");
            line.push_str(cause);
        }
        line
    }

    /// This failure as the reason why an operation failed, in the operation's words.
    ///
    /// Keeps the exit code and the hints: `failed to read work pool "k8s"`, why: the rest.
    #[must_use]
    pub fn context(self, message: impl Into<String>) -> Error {
        let mut error = Error::from(self);
        let inner = std::mem::replace(&mut error.message, message.into());
        error.causes.insert(0, inner);
        error
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        let kind = match error.kind {
            // What answers in place of the API, or instead of answering, is no answer of the API.
            ApiErrorKind::Unreachable
            | ApiErrorKind::Unauthorized
            | ApiErrorKind::Forbidden
            | ApiErrorKind::RateLimited
            | ApiErrorKind::Server
            | ApiErrorKind::NoRoute
            | ApiErrorKind::Protocol => Kind::Unreachable,
            ApiErrorKind::NotFound | ApiErrorKind::Conflict | ApiErrorKind::Invalid => Kind::Failed,
        };
        Self {
            kind,
            message: error.message,
            causes: error.causes,
            hints: error.hints,
        }
    }
}

/// Who asks and where: what an error needs besides the answer.
#[derive(Debug, Clone)]
pub(super) struct Site {
    /// The API's URL without credentials.
    pub api_url: String,
    /// What kind of credential was sent.
    pub credential: Credential,
    /// The proxy in between, without credentials.
    pub proxy: Option<String>,
}

impl Site {
    /// An error of this API.
    pub fn error(&self, kind: ApiErrorKind, route: String, message: impl Into<String>) -> ApiError {
        ApiError {
            kind,
            route,
            status: None,
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            may_be_done: false,
        }
    }

    /// The error that an answer with a status of 300 or more stands for.
    pub fn answered(
        &self,
        route: String,
        status: u16,
        location: Option<&str>,
        body: &[u8],
    ) -> ApiError {
        let (said, origin) = detail::read(body);
        let url = &self.api_url;
        let kind = kind(status, origin);
        let mut error = self.error(kind, route, "");
        error.status = Some(status);
        error.may_be_done = status >= 500 && status != 503;
        error.message = match kind {
            ApiErrorKind::Unauthorized if self.credential == Credential::None => {
                format!("the Prefect API at {url} asks for a credential")
            }
            ApiErrorKind::Unauthorized => {
                format!("the Prefect API at {url} does not accept the credential")
            }
            ApiErrorKind::Forbidden => {
                format!("the Prefect API at {url} does not allow {}", error.route)
            }
            ApiErrorKind::RateLimited => format!("the Prefect API at {url} limits our requests"),
            ApiErrorKind::Server => format!("the Prefect API at {url} has an internal problem"),
            ApiErrorKind::Protocol if (300..400).contains(&status) => {
                format!("the server at {url} points elsewhere")
            }
            ApiErrorKind::Protocol => format!("what answers at {url} is no Prefect API"),
            _ => said
                .clone()
                .unwrap_or_else(|| format!("the Prefect API at {url} refuses {}", error.route)),
        };
        if said.is_none() || error.message != said.clone().unwrap_or_default() {
            let answer = match &said {
                Some(said) => format!("{} answered {status}: {said}", error.route),
                None => format!("{} answered {status}", error.route),
            };
            error.causes.push(answer);
        }
        error.hints = self.hints(kind, location);
        error
    }

    /// An answer whose content is not what the route promises.
    pub fn unreadable(&self, route: String, status: u16, body: &[u8], why: &str) -> ApiError {
        let is_html = body.trim_ascii_start().starts_with(b"<");
        let mut error = if is_html {
            let message = format!("what answers at {} is no Prefect API", self.api_url);
            self.error(ApiErrorKind::Protocol, route, message)
        } else {
            let message = format!("failed to read the answer of {route}");
            self.error(ApiErrorKind::Protocol, route, message)
        };
        error.status = Some(status);
        error.may_be_done = true;
        error.causes.push(if is_html {
            format!("{} answered with a web page", error.route)
        } else {
            why.to_owned()
        });
        if is_html {
            error.hints = self.hints(ApiErrorKind::Protocol, None);
        }
        error
    }

    /// What to do about a failure.
    fn hints(&self, kind: ApiErrorKind, location: Option<&str>) -> Vec<String> {
        let hint = match (kind, self.credential) {
            (ApiErrorKind::Unauthorized, Credential::ApiKey) => {
                "Check PREFECT_API_KEY (or the file of --api-key-file): it may be expired, or of \
                 another account. A server of your own takes PREFECT_API_AUTH_STRING instead."
                    .to_owned()
            }
            (ApiErrorKind::Unauthorized, Credential::AuthString) => {
                "Check PREFECT_API_AUTH_STRING: it must equal the server's \
                 PREFECT_SERVER_API_AUTH_STRING."
                    .to_owned()
            }
            (ApiErrorKind::Unauthorized, Credential::None) => {
                "Set PREFECT_API_KEY (Prefect Cloud) or PREFECT_API_AUTH_STRING (a server of your \
                 own)."
                    .to_owned()
            }
            (ApiErrorKind::Forbidden, _) => {
                "Ask for a role that allows this, or use the key of another account.".to_owned()
            }
            (ApiErrorKind::Protocol, _) => match location {
                Some(location) => format!(
                    "Set PREFECT_API_URL to where it points: {}",
                    moved(&self.api_url, location).unwrap_or_else(|| location.to_owned())
                ),
                None => self.url_hint(),
            },
            (ApiErrorKind::NoRoute, _) => self.url_hint(),
            (ApiErrorKind::RateLimited, _) => {
                "Wait a minute, or ask for a higher rate limit.".to_owned()
            }
            _ => return Vec::new(),
        };
        vec![hint]
    }

    fn url_hint(&self) -> String {
        if self.api_url.trim_end_matches('/').ends_with("/api")
            || self.api_url.contains("/workspaces/")
        {
            format!("Check PREFECT_API_URL ({}).", self.api_url)
        } else {
            format!(
                "Check PREFECT_API_URL: {} does not end in /api.",
                self.api_url
            )
        }
    }
}

/// The API's URL behind a redirect of one of its routes: another scheme, host or port, the same
/// path. `None`: the redirect leads to another path, to a login page say.
fn moved(api_url: &str, location: &str) -> Option<String> {
    let api: reqwest::Url = api_url.parse().ok()?;
    let mut target = api.join(location).ok()?;
    let path = api.path().trim_end_matches('/');
    if !target.path().starts_with(path) || target.origin() == api.origin() {
        return None;
    }
    target.set_path(path);
    target.set_query(None);
    target.set_fragment(None);
    Some(target.to_string())
}

/// The class of an answer.
fn kind(status: u16, origin: Origin) -> ApiErrorKind {
    match (status, origin) {
        (401 | 407, _) => ApiErrorKind::Unauthorized,
        // A firewall's page: it says nothing of the credential, and the next request may get through.
        (403 | 404, Origin::Elsewhere) | (405 | 300..=399, _) => ApiErrorKind::Protocol,
        (403, _) => ApiErrorKind::Forbidden,
        (404, Origin::Router) => ApiErrorKind::NoRoute,
        (404 | 410, _) => ApiErrorKind::NotFound,
        (409, _) => ApiErrorKind::Conflict,
        (429, _) => ApiErrorKind::RateLimited,
        (408 | 500.., _) => ApiErrorKind::Server,
        _ => ApiErrorKind::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::{ApiErrorKind, Origin, kind, moved};

    #[test]
    fn only_the_api_itself_refuses_a_right() {
        for (status, origin, expected) in [
            (403, Origin::Api, ApiErrorKind::Forbidden),
            (403, Origin::Elsewhere, ApiErrorKind::Protocol),
            (404, Origin::Elsewhere, ApiErrorKind::Protocol),
            // A proxy that asks for a login knows of the credential.
            (401, Origin::Elsewhere, ApiErrorKind::Unauthorized),
            (407, Origin::Elsewhere, ApiErrorKind::Unauthorized),
        ] {
            assert_eq!(kind(status, origin), expected, "{status} {origin:?}");
        }
    }

    #[test]
    fn a_redirect_of_a_route_tells_where_the_api_is() {
        let api = "http://p.example/api";
        for (location, url) in [
            (
                "https://p.example/api/work_pools/x?a=b",
                Some("https://p.example/api"),
            ),
            (
                "http://p.example:8080/api/",
                Some("http://p.example:8080/api"),
            ),
            ("//q.example/api/health", Some("http://q.example/api")),
            ("/api/login", None),
            ("https://sso.example/login", None),
            ("http://p.example/api/health/", None),
            ("", None),
        ] {
            assert_eq!(moved(api, location).as_deref(), url, "{location}");
        }
    }
}
