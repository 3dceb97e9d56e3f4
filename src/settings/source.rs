//! Where the value of a setting comes from, so that an error can name the place to change.

use std::{fmt, path::PathBuf};

/// The place that gave a setting its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A flag of the command line, with its dashes.
    Flag(&'static str),
    /// An environment variable, by the name that was found.
    Environment(String),
    /// A line of the `.env` file in the working folder.
    DotEnv {
        /// The file.
        path: PathBuf,
        /// The name that was found in it.
        name: String,
    },
    /// `prefect.toml` or `pyproject.toml` in the working folder.
    Toml {
        /// The file.
        path: PathBuf,
        /// The dotted key in the file.
        key: String,
    },
    /// The active profile of a profiles file.
    Profile {
        /// The file.
        path: PathBuf,
        /// The name of the profile.
        name: String,
    },
    /// A profile that ships with Prefect, used when no other one is active.
    BuiltInProfile(String),
    /// Prefect derives the value from other settings.
    Derived(&'static str),
    /// Nobody set it.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag {flag}"),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::DotEnv { path, name } => write!(f, "{name} in {}", path.display()),
            Self::Toml { path, key } => write!(f, "{key} in {}", path.display()),
            Self::Profile { path, name } => write!(f, "profile {name} in {}", path.display()),
            Self::BuiltInProfile(name) => write!(f, "built-in profile {name}"),
            Self::Derived(from) => write!(f, "derived from {from}"),
            Self::Default => f.write_str("default"),
        }
    }
}
