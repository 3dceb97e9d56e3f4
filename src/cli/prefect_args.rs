//! The flags that name a Prefect API, and the settings that come of them.

use std::{convert::Infallible, path::PathBuf};

use clap::Args;

use super::Session;
use crate::{
    error::Result,
    prefect::{
        config::{ClientConfig, RetryPolicy, ServerKind},
        proxy::ProxySettings,
    },
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
        let settings = self.load_settings(std::io::stdin().lock())?;
        for warning in &settings.warnings {
            self.ui.warn(warning);
        }
        Ok(settings)
    }

    /// The same for an answer to the Tab key: nothing is said, and standard input is not read.
    ///
    /// # Errors
    /// As [`Self::prefect_settings`].
    pub fn prefect_settings_quietly(&self) -> Result<PrefectSettings> {
        self.load_settings(std::io::empty())
    }

    fn load_settings(&self, input: impl std::io::Read) -> Result<PrefectSettings> {
        let args = &self.global.prefect;
        let path = args.api_key_file.as_ref();
        let key = path.map(|path| key_file::read(path, input)).transpose()?;
        let flags = Flags {
            api_url: args.api_url.clone(),
            api_key: key,
            profile: args.profile.clone(),
        };
        settings::load(&flags, &self.env, "".as_ref())
    }

    /// What the client needs of the settings.
    ///
    /// # Errors
    /// No address of an API is set, or it cannot be one.
    pub fn client_config(&self, settings: &PrefectSettings) -> Result<ClientConfig> {
        let url = settings.api_url()?;
        let (api, client) = (&settings.api, &settings.client);
        let server_kind = ServerKind::of(url.expose().as_str(), &settings.cloud.api_url);
        Ok(ClientConfig {
            server_kind,
            api_key: api.key.clone(),
            auth_string: api.auth_string.clone(),
            custom_headers: client.custom_headers.clone(),
            ssl_cert_file: api.ssl_cert_file.clone(),
            tls_insecure_skip_verify: api.tls_insecure_skip_verify,
            csrf_support: client.csrf_support_enabled,
            http2: api.enable_http2,
            request_timeout: api.request_timeout,
            retry: RetryPolicy {
                max_retries: client.max_retries,
                jitter_factor: client.retry_jitter_factor,
                extra_codes: client.retry_extra_codes.iter().copied().collect(),
                ..RetryPolicy::default()
            },
            proxies: ProxySettings::from_environment(&self.env),
            ..ClientConfig::new(url.expose().clone())
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::{
        cli::GlobalArgs,
        env_vars::Environment,
        prefect::config::Credential,
        ui::{ColorChoice, Ui},
    };

    #[derive(Debug, Parser)]
    struct Words {
        #[command(flatten)]
        global: GlobalArgs,
    }

    fn session(words: &[&str], env: &[(&str, &str)]) -> Session {
        let words = Words::parse_from(std::iter::once(&"prefect").chain(words));
        let env: Environment = env.iter().copied().collect();
        let ui = Ui::new(ColorChoice::Never, &env);
        Session::new(words.global, env, ui)
    }

    #[test]
    fn the_client_gets_flags_before_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        std::fs::write(&key, "pnu_flag\n").unwrap();
        let home = folder.path().to_str().unwrap();
        let url = "https://api.prefect.cloud/api/accounts/a/workspaces/w";
        let session = session(
            &["--api-url", url, "--api-key-file", key.to_str().unwrap()],
            &[
                ("HOME", home),
                ("PREFECT_API_URL", "http://h/api"),
                ("PREFECT_CLIENT_MAX_RETRIES", "7"),
            ],
        );
        let settings = session.prefect_settings().unwrap();
        let config = session.client_config(&settings).unwrap();
        assert_eq!(config.api_url.as_str(), url);
        assert_eq!(config.server_kind, ServerKind::Cloud);
        assert_eq!(config.credential(), Credential::ApiKey);
        assert_eq!(config.retry.max_retries, 7);
    }

    #[test]
    fn a_password_in_the_flag_is_not_in_debug_output() {
        let session = session(&["--api-url", "http://u:hunter2@h/api"], &[]);
        assert!(!format!("{:?}", session.global).contains("hunter2"));
    }
}
