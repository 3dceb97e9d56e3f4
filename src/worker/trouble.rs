//! Why a run is not submitted, and how that counts.

use super::tally::Upshot;
use crate::prefect::ApiError;

/// Why a run is not submitted.
#[derive(Debug)]
pub enum Trouble {
    /// It is somebody else's, gone, or to wait, as the server says.
    Leave(String),
    /// The server does not do its part now. The run is tried again at a later poll.
    Fail(String),
    /// It cannot be submitted.
    Crash(String),
    /// It was cancelled meanwhile.
    Cancelled,
    /// Its deployment is gone.
    NoDeployment(String),
}

impl Trouble {
    /// The run is left alone, for this reason.
    pub fn leave(reason: impl Into<String>) -> Self {
        Self::Leave(reason.into())
    }

    /// The Prefect API failed.
    #[must_use]
    pub fn failed(error: ApiError) -> Self {
        Self::Fail(error.one_line())
    }

    /// How it counts.
    #[must_use]
    pub const fn upshot(&self) -> Upshot {
        match self {
            Self::Leave(_) => Upshot::Left,
            Self::Fail(_) => Upshot::Failed,
            Self::Crash(_) => Upshot::Crashed,
            Self::Cancelled | Self::NoDeployment(_) => Upshot::Cancelled,
        }
    }
}
