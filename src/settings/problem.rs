//! What is wrong with the settings, collected so that one error tells all of it.

use super::{
    raw::Raw,
    source::Source,
    table::{Kind, Setting},
};
use crate::error::{Error, Result};

/// Problems found so far.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<String>);

impl Problems {
    /// Notes a problem in words that hold no secret.
    pub(super) fn add(&mut self, problem: String) {
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    /// Notes a value that a setting does not accept.
    pub(super) fn bad_value(
        &mut self,
        setting: &Setting,
        raw: &Raw,
        source: &Source,
        expected: &str,
    ) {
        let secret =
            matches!(setting.kind, Kind::Secret | Kind::Headers) || setting.path == "api.url";
        let got = if secret {
            raw.type_name().to_owned()
        } else {
            raw.shown()
        };
        self.add(format!(
            "{} ({source}): expected {expected}, got {got}",
            setting.env_name()
        ));
    }

    /// One error for all problems.
    ///
    /// # Errors
    /// There is a problem.
    pub(super) fn into_result(self) -> Result<()> {
        let mut problems = self.0.into_iter();
        let Some(first) = problems.next() else {
            return Ok(());
        };
        let mut error = Error::usage("invalid Prefect settings").cause(first);
        for problem in problems {
            error = error.cause(problem);
        }
        Err(error)
    }
}
