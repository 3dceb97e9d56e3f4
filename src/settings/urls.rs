//! The address of the Prefect API: what is wrong with it, and what else follows from it.

use std::{fmt, sync::LazyLock};

use regex::Regex;
use reqwest::Url;

use crate::error::{Error, Result};

/// What the API form of a Cloud address looks like.
const CLOUD_FORM: &str =
    "https://api.prefect.cloud/api/accounts/ACCOUNT-ID/workspaces/WORKSPACE-ID";

/// Which addresses Prefect takes for a Cloud; its dots stand for any character.
#[allow(clippy::expect_used, reason = "a constant pattern, compiled by a test")]
static CLOUD_API: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^https://api[.\w]*.prefect.[^.]+/").expect("a valid pattern"));

/// The address of a Prefect API. Printing it leaves out a user and password in it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiUrl(Url);

impl ApiUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// It is no `http` or `https` address, or one that cannot be an API: with a hint.
    pub fn parse(text: &str) -> Result<Self> {
        let shown = redacted(text);
        let wrong = || Error::usage(format!("the Prefect API URL {shown:?} is not valid"));
        if !text.contains("://") {
            return Err(wrong().cause("it has no scheme").hint(format!(
                "Write http:// or https:// first: https://{}",
                redacted(text)
            )));
        }
        let url = Url::parse(text).map_err(|error| wrong().because(&error))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong().cause("its scheme is neither http nor https"));
        }
        match url.host_str() {
            Some("ephemeral" | "ephemeral-prefect") => Err(wrong()
                .cause("Prefect uses this name for a server inside a Python process")
                .hint("Start a server with `prefect server start` and give its address.")),
            Some("app.prefect.cloud") => Err(wrong()
                .cause("this is the address of the web pages, not of the API")
                .hint(format!("Use {}", cloud_form(&url)))),
            _ => Ok(Self(url)),
        }
    }

    /// The address itself, with a user and password if it has them.
    #[must_use]
    pub const fn expose(&self) -> &Url {
        &self.0
    }

    /// Whether the address leads back to this machine, where no pod can reach it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
    }

    /// What looks odd in an address that may still be right.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let path = self.0.path();
        let mut warnings = Vec::new();
        if self.0.host_str() == Some("api.prefect.cloud") {
            if !path.starts_with("/api/accounts/") || !path.contains("/workspaces/") {
                warnings.push(format!(
                    "the Prefect API URL {self} should look like {CLOUD_FORM}"
                ));
            }
        } else if !path.trim_end_matches('/').ends_with("/api") && !path.contains("/api/") {
            warnings.push(format!(
                "the Prefect API URL {self} does not end in /api, as those of Prefect servers do"
            ));
        }
        warnings
    }
}

impl fmt::Display for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redacted(self.0.as_str()))
    }
}

impl fmt::Debug for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiUrl({self})")
    }
}

/// An address without the user and password in it, whether it is valid or not.
pub(super) fn redacted(text: &str) -> String {
    let start = text.find("://").map_or(0, |place| place + 3);
    let (scheme, rest) = text.split_at(start);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}{}", &rest[at + 1..]),
        None => text.to_owned(),
    }
}

/// The API form of an address copied from the web pages of Prefect Cloud.
fn cloud_form(url: &Url) -> String {
    let parts: Vec<&str> = url.path().split('/').collect();
    let after = |name: &str| {
        let place = parts
            .iter()
            .position(|part| *part == name || part.strip_suffix('s') == Some(name))?;
        parts.get(place + 1).copied().filter(|id| !id.is_empty())
    };
    match (after("account"), after("workspace")) {
        (Some(account), Some(workspace)) => {
            format!("https://api.prefect.cloud/api/accounts/{account}/workspaces/{workspace}")
        }
        _ => CLOUD_FORM.to_owned(),
    }
}

/// The web pages of Prefect Cloud for its API's address, as Prefect derives it.
pub(super) fn cloud_ui_url(api_url: &str) -> String {
    let mut url = api_url.to_owned();
    if CLOUD_API.is_match(api_url) {
        url = url.replacen("https://api", "https://app", 1);
    }
    url.strip_suffix("/api").map(str::to_owned).unwrap_or(url)
}

/// The web pages for an API's address, as Prefect derives it.
pub(super) fn ui_url(api_url: &str, cloud_api: &str, cloud_ui: &str) -> String {
    let mut url = api_url.to_owned();
    if url.starts_with(cloud_api) && !cloud_ui.is_empty() {
        url = url.replace(cloud_api, cloud_ui);
    }
    if let Some(base) = url.strip_suffix("/api") {
        url = base.to_owned();
    }
    url.replace("/api/", "/")
        .replace("/accounts/", "/account/")
        .replace("/workspaces/", "/workspace/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let url = ApiUrl::parse("https://user:hunter2@example.com/api").unwrap();
        assert_eq!(url.to_string(), "https://example.com/api");
        assert_eq!(format!("{url:?}"), "ApiUrl(https://example.com/api)");
        for bad in [
            "ftp://u:hunter2@h/api",
            "u:hunter2@h/api",
            "https://u:hunter2@/api",
            "https://u:hunter2@h:x/api",
            "https://u:hunt@er2@h:x",
        ] {
            let error = ApiUrl::parse(bad).unwrap_err();
            let text = format!("{error:?}");
            assert!(
                !text.contains("hunter2") && !text.contains("hunt@"),
                "{text}"
            );
        }
    }

    #[test]
    fn an_address_of_the_web_pages_is_answered_with_that_of_the_api() {
        let error = ApiUrl::parse("https://app.prefect.cloud/account/a-1/workspace/w-2/flow-runs")
            .unwrap_err();
        assert_eq!(
            error.hints,
            ["Use https://api.prefect.cloud/api/accounts/a-1/workspaces/w-2"]
        );
        let error = ApiUrl::parse("https://app.prefect.cloud/").unwrap_err();
        assert!(error.hints[0].contains("ACCOUNT-ID"));
    }

    #[test]
    fn what_cannot_be_an_api() {
        for (bad, cause) in [
            ("127.0.0.1:4200/api", "it has no scheme"),
            ("tcp://h/api", "its scheme is neither http nor https"),
            (
                "http://ephemeral",
                "Prefect uses this name for a server inside a Python process",
            ),
        ] {
            assert_eq!(ApiUrl::parse(bad).unwrap_err().causes, [cause], "{bad}");
        }
    }

    #[test]
    fn odd_addresses_are_hinted_at() {
        let count = |text: &str| ApiUrl::parse(text).unwrap().warnings().len();
        assert_eq!(count("http://h:4200/api"), 0);
        assert_eq!(count("http://h:4200/api/"), 0);
        assert_eq!(count("http://h:4200"), 1);
        assert_eq!(count(CLOUD_FORM), 0);
        assert_eq!(count("https://api.prefect.cloud/api"), 1);
    }

    #[test]
    fn the_web_pages_of_a_cloud() {
        for (api, ui) in [
            ("https://api.prefect.cloud/api", "https://app.prefect.cloud"),
            (
                "https://api.stg.prefect.dev/api",
                "https://app.stg.prefect.dev",
            ),
            (
                "https://prefect.example.com/api",
                "https://prefect.example.com",
            ),
        ] {
            assert_eq!(cloud_ui_url(api), ui);
        }
    }

    #[test]
    fn loopback_is_seen_in_every_spelling() {
        for (text, expected) in [
            ("http://localhost:4200/api", true),
            ("http://127.0.0.2/api", true),
            ("http://[::1]:1/api", true),
            ("http://0.0.0.0:4200/api", true),
            ("http://10.0.0.1/api", false),
        ] {
            assert_eq!(
                ApiUrl::parse(text).unwrap().is_loopback(),
                expected,
                "{text}"
            );
        }
    }
}
