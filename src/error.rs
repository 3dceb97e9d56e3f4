//! The one error every command ends with: what failed, why, what to do next, and the exit code.
//!
//! Modules may have finer errors of their own; they become this one where a person will read it.

use std::fmt;

/// What an operation gives back, or the reason why not.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The class of a failure. It alone decides the process's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The operation was tried and failed. Exit code 1.
    Failed,
    /// The command line or a file the user gave is wrong. Exit code 2.
    Usage,
    /// A server could not be reached, or refused the credentials or the right. Exit code 3.
    Unreachable,
    /// Something awaited did not happen in time. Exit code 4.
    TimedOut,
    /// The user interrupted the command. Exit code 130, as shells report SIGINT.
    Interrupted,
}

impl Kind {
    /// The process's exit code for this class; the table stands in `--help` and the README.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::TimedOut => 4,
            Self::Interrupted => 130,
        }
    }

    /// The name of the class in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failed => "Failed",
            Self::Usage => "Usage",
            Self::Unreachable => "Unreachable",
            Self::TimedOut => "TimedOut",
            Self::Interrupted => "Interrupted",
        }
    }
}

/// A failure with a face.
///
/// `message` says what failed, `causes` why (outermost first), `hints` what to do next. None of
/// them may hold a secret. `Display` is the message alone, so a chain never repeats itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The class, and with it the exit code.
    pub kind: Kind,
    /// What failed: a fragment in lower case without a full stop.
    pub message: String,
    /// Why it failed, outermost first.
    pub causes: Vec<String>,
    /// What the user can do next, each a sentence or a block of text to copy.
    pub hints: Vec<String>,
}

impl Error {
    /// A failure of the given class.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// An operation that was tried and failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// A mistake on the command line or in a file the user gave.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A server that cannot be reached or that refuses us.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unreachable, message)
    }

    /// Adds an error and its sources as causes, leaving out those that only repeat the one before.
    #[must_use]
    pub fn because(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        for cause in chain(error) {
            if self
                .causes
                .last()
                .is_none_or(|last| !last.contains(cause.as_str()))
            {
                self.causes.push(cause);
            }
        }
        self
    }

    /// Adds a reason in words.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Adds what the user can do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The message and its causes on one line, for a log or a state message.
    #[must_use]
    pub fn one_line(&self) -> String {
        let mut line = self.message.clone();
        for cause in &self.causes {
            line.push_str(": ");
            line.push_str(cause);
        }
        line
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The messages of an error and its sources, outermost first.
fn chain(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_the_documented_ones() {
        let codes = [
            Kind::Failed,
            Kind::Usage,
            Kind::Unreachable,
            Kind::TimedOut,
            Kind::Interrupted,
        ]
        .map(Kind::exit_code);
        assert_eq!(codes, [1, 2, 3, 4, 130]);
    }

    #[derive(Debug, thiserror::Error)]
    #[error("failed to open the door: {source}")]
    struct Outer {
        source: Inner,
    }

    #[derive(Debug, thiserror::Error)]
    #[error("no key")]
    struct Inner;

    #[test]
    fn a_cause_that_repeats_its_source_is_said_once() {
        let error = Error::failed("failed to enter").because(&Outer { source: Inner });
        assert_eq!(error.causes, ["failed to open the door: no key"]);
        assert_eq!(
            error.one_line(),
            "failed to enter: failed to open the door: no key"
        );
    }
}
