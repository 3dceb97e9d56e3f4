//! What a bug report needs: gathered part by part, each of which may fail without the others, and
//! with nothing in it that is secret. Only reads.

mod objects;
mod scrub;

use std::future::Future;

use crate::error::{Error, Result};
pub use objects::{Found, events, find, logs, manifests};
pub use scrub::Scrubber;

/// A part of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its heading.
    pub title: &'static str,
    /// How its text is set: `text`, `yaml`, `diff`.
    pub language: &'static str,
    /// Its text, or why it could not be had.
    pub text: Result<String>,
}

impl Part {
    /// A part that is there already.
    pub const fn new(title: &'static str, language: &'static str, text: Result<String>) -> Self {
        Self {
            title,
            language,
            text,
        }
    }

    /// Gathers a part, for no longer than the limit.
    pub async fn gather(
        title: &'static str,
        language: &'static str,
        limit: std::time::Duration,
        text: impl Future<Output = Result<String>>,
    ) -> Self {
        let text = tokio::time::timeout(limit, text).await;
        let text = text.unwrap_or_else(|_| {
            Err(Error::failed(format!(
                "no answer within {} s",
                limit.as_secs_f64()
            )))
        });
        Self::new(title, language, text)
    }

    /// The part as Markdown, without anything secret.
    #[must_use]
    pub fn markdown(&self, scrubber: &Scrubber) -> String {
        let Self {
            title, language, ..
        } = self;
        let body = match &self.text {
            Ok(text) if text.trim().is_empty() => "(nothing)\n".to_owned(),
            Ok(text) => {
                let text = scrubber.scrub(&tamed(text));
                let fence = fence(&text);
                format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
            }
            Err(error) => {
                let why = scrubber.scrub(&tamed(&error.one_line()));
                format!("Could not be had: {why}\n")
            }
        };
        format!("## {title}\n\n{body}")
    }
}

/// Text without what steers terminals.
fn tamed(text: &str) -> String {
    let lines = text.lines().map(crate::ui::tame_line);
    lines.collect::<Vec<_>>().join("\n")
}

/// Backticks, more of them in a row than the text has.
fn fence(text: &str) -> String {
    let (mut longest, mut now) = (0, 0);
    for c in text.chars() {
        now = if c == '`' { now + 1 } else { 0 };
        longest = longest.max(now);
    }
    "`".repeat((longest + 1).max(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_fenced_and_a_missing_one_says_why() {
        let scrubber = Scrubber::new(["hunter2".to_owned()]);
        let part = Part::new(
            "Logs",
            "text",
            Ok("a ``` b\nkey hunter2\x1b[2J\n".to_owned()),
        );
        assert_eq!(
            part.markdown(&scrubber),
            "## Logs\n\n````text\na ``` b\nkey (hidden) [2J\n````\n"
        );
        let error = Error::failed("failed to read").cause("hunter2 was wrong");
        let part = Part::new("Logs", "text", Err(error));
        assert_eq!(
            part.markdown(&scrubber),
            "## Logs\n\nCould not be had: failed to read: (hidden) was wrong\n"
        );
        let part = Part::new("Logs", "text", Ok("\n".to_owned()));
        assert_eq!(part.markdown(&scrubber), "## Logs\n\n(nothing)\n");
    }
}
