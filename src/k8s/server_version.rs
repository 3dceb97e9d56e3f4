//! What the API server says of itself: its version, and what time it is there.

use jiff::{SignedDuration, Timestamp};
use kube::client::Body;
use serde::Deserialize;

use super::{
    cluster::{Cluster, status},
    failure::Failure,
};

/// What the API server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerVersion {
    /// `v1.37.1`
    pub text: String,
    /// Its minor version, where it has one of the usual form.
    pub minor: Option<u32>,
    /// How far its clock is ahead of ours, within a second.
    pub ahead: Option<SignedDuration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    git_version: String,
}

impl Cluster {
    /// Asks the API server for its version. Nobody needs a right to it.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn server_version(&self) -> Result<ServerVersion, Failure> {
        let doing = "ask the API server for its version";
        let answer = async {
            let request = http::Request::get("/version")
                .body(Body::empty())
                .map_err(kube::Error::HttpError)?;
            let response = self.client().send(request).await?;
            let date = response.headers().get("date").cloned();
            let code = response.status();
            let body = response.into_body().collect_bytes().await?;
            if !code.is_success() {
                return Err(kube::Error::Api(status(&body, code.as_u16())));
            }
            let answer: Answer = serde_json::from_slice(&body).map_err(kube::Error::SerdeError)?;
            Ok((answer, date))
        };
        let (answer, date) = answer.await.map_err(|error| self.failure(doing, &error))?;
        let date = date.as_ref().and_then(|date| date.to_str().ok());
        Ok(ServerVersion {
            minor: minor(&answer.git_version),
            text: answer.git_version,
            ahead: date.and_then(ahead),
        })
    }
}

/// The minor version of `v1.37.1-suffix`.
#[must_use]
pub fn minor(version: &str) -> Option<u32> {
    let mut numbers = version
        .strip_prefix("v1.")?
        .split(|c: char| !c.is_ascii_digit());
    numbers.next()?.parse().ok()
}

/// How far a server's clock is ahead that wrote this date a moment ago; it has whole seconds.
fn ahead(date: &str) -> Option<SignedDuration> {
    let date = Timestamp::try_from(httpdate::parse_http_date(date).ok()?).ok()?;
    Some(date.duration_since(Timestamp::now()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_in_the_forms_that_vendors_give_them() {
        for (text, expected) in [
            ("v1.37.1", Some(37)),
            ("v1.30.4-eks-a737599", Some(30)),
            ("v1.29.5+k3s1", Some(29)),
            ("v2.0.0", None),
            ("", None),
        ] {
            assert_eq!(minor(text), expected, "{text}");
        }
    }
}
