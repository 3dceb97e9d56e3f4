//! What a check found: how bad it is, what was seen, and what to do about it.

use serde::Serialize;

use crate::{
    error::Error,
    k8s::{Class, Failure},
    prefect::ApiError,
};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It is as it should be.
    Ok,
    /// It could not be looked at, because of something else.
    Skip,
    /// It works, and is worth a look.
    Warn,
    /// It does not work, or will not.
    Fail,
}

impl Level {
    /// The word in the list.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skip => "skip",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One line of the doctor's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What was seen.
    pub seen: String,
    /// What to do about it; always there when it is bad.
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    pub what_to_do: Option<String>,
}

/// It is as it should be.
pub fn ok(seen: impl Into<String>) -> Finding {
    Finding {
        level: Level::Ok,
        seen: seen.into(),
        what_to_do: None,
    }
}

/// It is worth a look.
pub fn warn(seen: impl Into<String>, what_to_do: impl Into<String>) -> Finding {
    Finding {
        level: Level::Warn,
        seen: seen.into(),
        what_to_do: Some(what_to_do.into()),
    }
}

/// It does not work.
pub fn fail(seen: impl Into<String>, what_to_do: impl Into<String>) -> Finding {
    Finding {
        level: Level::Fail,
        seen: seen.into(),
        what_to_do: Some(what_to_do.into()),
    }
}

/// It could not be looked at.
pub fn skip(why: impl Into<String>) -> Finding {
    Finding {
        level: Level::Skip,
        seen: why.into(),
        what_to_do: None,
    }
}

/// Why a check came to no finding of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Something that it needs is not there; another check tells of that.
    Skip(String),
    /// What it looked at does not work.
    Fail(Box<Error>),
}

/// What a check comes to.
pub type Findings = Result<Vec<Finding>, Trouble>;

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Fail(Box::new(error))
    }
}

impl From<ApiError> for Trouble {
    fn from(error: ApiError) -> Self {
        Error::from(error).into()
    }
}

/// What we may not look at is no fault of what is looked at.
impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match failure.class {
            Class::Forbidden => Self::Skip(format!("we may not look: {failure}")),
            _ => Self::Fail(failure.error),
        }
    }
}

impl Trouble {
    /// The finding that it is.
    #[must_use]
    pub fn into_finding(self) -> Finding {
        match self {
            Self::Skip(why) => skip(why),
            Self::Fail(error) => {
                let what_to_do = if error.hints.is_empty() {
                    "Try again; when it stays, look at what the server says about it.".to_owned()
                } else {
                    error.hints.join("\n")
                };
                fail(error.one_line(), what_to_do)
            }
        }
    }
}
