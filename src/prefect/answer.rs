//! What came back from the API: status, body, and what the headers say about trying again.

use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::{
    error::{ApiError, Site},
    retry::Failure,
    transport::NoAnswer,
};

/// Larger answers are refused rather than kept in memory.
const LARGEST_ANSWER: usize = 64 << 20;
/// A server that asks for more than this is asked again after it all the same; sums with what a
/// header can say would leave the range of a [`Duration`].
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 60 * 60);

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status code.
    pub status: u16,
    /// The whole body.
    pub body: Bytes,
    /// Method and template.
    pub route: String,
    retry_after: Option<Duration>,
    maintenance: bool,
    location: Option<String>,
    /// The server's clock as it answered, unless the answer comes out of a cache.
    pub date: Option<String>,
}

impl Answer {
    /// Reads the whole answer.
    pub async fn read(mut response: reqwest::Response, route: String) -> Result<Self, NoAnswer> {
        let text = |name: &str| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let mut answer = Self {
            status: response.status().as_u16(),
            body: Bytes::new(),
            route,
            retry_after: text("retry-after")
                .and_then(|value| parse_retry_after(&value, SystemTime::now())),
            maintenance: text("prefect-maintenance").as_deref() == Some("true"),
            location: text("location"),
            date: text("date").filter(|_| text("age").is_none()),
        };
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| NoAnswer::of(&error))?
        {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(NoAnswer::too_large(LARGEST_ANSWER));
            }
            body.extend_from_slice(&chunk);
        }
        answer.body = body.into();
        Ok(answer)
    }

    /// What the decision about a retry needs to know.
    pub fn failure(&self) -> Failure {
        Failure {
            status: Some(self.status),
            retry_after: self.retry_after,
            maintenance: self.maintenance,
            broken: None,
        }
    }

    /// The error that this is for the caller.
    pub fn into_error(self, site: &Site) -> ApiError {
        let mut error = site.answered(
            self.route,
            self.status,
            self.location.as_deref(),
            &self.body,
        );
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs();
            error
                .causes
                .push(format!("the server asks to wait {seconds} s"));
        }
        error
    }
}

/// Reads `Retry-After` in both forms of RFC 9110: seconds, or a date. A day at most.
fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        if !seconds.is_finite() {
            return None;
        }
        let seconds = seconds.clamp(0.0, LONGEST_ASKED.as_secs_f64());
        return Some(Duration::from_secs_f64(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(
        date.duration_since(now)
            .unwrap_or_default()
            .min(LONGEST_ASKED),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_in_both_forms() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (value, expected) in [
            ("3", Some(3)),
            (" 1.0 ", Some(1)),
            ("-5", Some(0)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("1e300", Some(86_400)),
            ("Sat, 06 Nov 2094 08:00:00 GMT", Some(86_400)),
            ("soon", None),
            ("inf", None),
            ("nan", None),
        ] {
            assert_eq!(
                parse_retry_after(value, now).map(|wait| wait.as_secs()),
                expected,
                "{value}"
            );
        }
    }
}
