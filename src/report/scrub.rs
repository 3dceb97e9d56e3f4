//! Takes out of texts what is secret: values that are known to be, and what looks like one.

use std::{fmt, sync::LazyLock};

use base64::{Engine, prelude::BASE64_STANDARD};
use regex::Regex;

use crate::settings::HIDDEN;

/// Shorter values are words, and hiding each of them would tell what they are.
const SHORTEST: usize = 4;

/// What credentials look like: Prefect's keys, headers, addresses with a password, assignments.
#[allow(
    clippy::expect_used,
    reason = "the expressions are constants and tested"
)]
static LOOKS: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    [
        r"()\bpn[a-z]_[A-Za-z0-9_-]+",
        r#"(?i)(\b(?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]+"#,
        r"(://)[^/\s@]+@",
        r#"(?i)([\w-]*(?:passw(?:or)?d|token|secret|api[_-]?key|auth[_-]?string|credential)s?["']?[ \t]*[=:][ \t]*["']?)[^\s"',;}]+"#,
    ]
    .map(|expression| Regex::new(expression).expect("a valid expression"))
});

/// Knows what is secret.
#[derive(Clone, Default)]
pub struct Scrubber {
    /// The longest first, so that none is left in part.
    known: Vec<String>,
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scrubber")
            .field("known", &self.known.len())
            .finish()
    }
}

impl Scrubber {
    /// One that knows these values, in the forms in which they travel.
    pub fn new(known: impl IntoIterator<Item = String>) -> Self {
        let mut forms = Vec::new();
        for value in known {
            let value = value.trim();
            if value.len() < SHORTEST {
                continue;
            }
            forms.push(BASE64_STANDARD.encode(value));
            // The two halves of `user:password`.
            forms.extend(
                value
                    .split_once(':')
                    .map(|(_, password)| password.to_owned())
                    .filter(|password| password.len() >= SHORTEST),
            );
            forms.push(value.to_owned());
        }
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        Self { known: forms }
    }

    /// A text without what is known to be secret, and without what looks like it.
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        let mut text = self.without_known(text);
        let (keys, others) = LOOKS.split_at(1);
        for looks in keys.iter().chain(others) {
            let replacement = format!("${{1}}{HIDDEN}");
            // An address keeps the sign before its host.
            let replacement = match looks.as_str().ends_with('@') {
                true => format!("{replacement}@"),
                false => replacement,
            };
            text = looks.replace_all(&text, replacement.as_str()).into_owned();
        }
        text
    }

    /// A manifest's text: in it, words such as `secret:` are names of fields.
    #[must_use]
    pub fn without_known(&self, text: &str) -> String {
        self.known
            .iter()
            .fold(text.to_owned(), |text, known| text.replace(known, HIDDEN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_is_hidden_in_all_its_forms() {
        let scrubber = Scrubber::new(["admin:s3cr3t".to_owned(), "abc".to_owned()]);
        for (text, expected) in [
            ("key admin:s3cr3t.", "key (hidden)."),
            ("with s3cr3t alone", "with (hidden) alone"),
            ("YWRtaW46czNjcjN0", "(hidden)"),
            ("abc stays", "abc stays"),
            ("using pnu_a1B2-c_3, pnb_x", "using (hidden), (hidden)"),
            (
                "Authorization: Bearer ey.J0-x",
                "Authorization: Bearer (hidden)",
            ),
            ("http://u:p4ss@host/api", "http://(hidden)@host/api"),
            ("PREFECT_API_KEY=xyz b", "PREFECT_API_KEY=(hidden) b"),
            (
                r#"{"db_password": "xyz", "a": 1}"#,
                r#"{"db_password": "(hidden)", "a": 1}"#,
            ),
            ("token was refused", "token was refused"),
            ("a secret:\n  name: x", "a secret:\n  name: x"),
        ] {
            assert_eq!(scrubber.scrub(text), expected, "{text}");
        }
        assert!(!format!("{scrubber:?}").contains("s3cr3t"));
    }
}
