//! The flags that name a Prefect API, and the settings that come of them.

use std::{convert::Infallible, path::PathBuf};

use clap::Args;

use super::Session;
use crate::{
    error::Result,
    settings::{self, Flags, PrefectSettings, SecretString, key_file},
};

/// Flags of the connection to Prefect. They win over `PREFECT_*` variables, files and profiles.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Prefect connection")]
pub struct PrefectArgs {
    /// URL of the Prefect API
    #[arg(long, global = true, value_name = "URL", value_parser = secret)]
    pub api_url: Option<SecretString>,

    /// File with the API key, or - for standard input
    #[arg(long, global = true, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,

    /// Prefect profile to use in place of the active one
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
}

/// A URL may have a password in it, so it is kept out of sight.
fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(text.into())
}

impl Session {
    /// The settings of Prefect, resolved; what looks wrong in them is said on stderr.
    ///
    /// # Errors
    /// The key file or one of the settings is not valid.
    pub fn prefect_settings(&self) -> Result<PrefectSettings> {
        let args = &self.global.prefect;
        let read_key = |path: &PathBuf| key_file::read(path, std::io::stdin().lock());
        let flags = Flags {
            api_url: args.api_url.clone(),
            api_key: args.api_key_file.as_ref().map(read_key).transpose()?,
            profile: args.profile.clone(),
        };
        let settings = settings::load(&flags, &self.env, "".as_ref())?;
        for warning in &settings.warnings {
            self.ui.warn(warning);
        }
        Ok(settings)
    }
}
