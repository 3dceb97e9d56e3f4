//! On which API a credential is tried, and what came of it.

use super::words;
use crate::{
    cli::Session,
    deployed::{Deployment, WorkerSpec},
    error::{Error, Result},
    secret::{CredentialKind, Standing, Target, Verdict, verify},
    settings::{self, Flags, PrefectSettings, SecretString},
};

/// The variable that tells a worker where the API is.
const API_URL: &str = "PREFECT_API_URL";

/// An API to try a credential on, and what a client of it needs.
#[derive(Debug)]
pub struct Api {
    /// Where it is.
    pub target: Target,
    /// The settings that name it.
    pub settings: PrefectSettings,
}

/// The API of the settings; without one, that of the Deployments that use the Secret; without any,
/// Prefect Cloud for an API key.
///
/// # Errors
/// No API is known, or the settings are not valid.
pub fn find(
    session: &Session,
    settings: PrefectSettings,
    kind: CredentialKind,
    deployments: &[Deployment],
) -> Result<Api> {
    let missing = match session.client_config(&settings) {
        Ok(config) => {
            return Ok(Api {
                target: Target::of(&config, &settings.cloud.api_url),
                settings,
            });
        }
        Err(error) if settings.api_url().is_ok() => return Err(error),
        Err(error) => error,
    };
    let url = match (of_deployments(deployments), kind) {
        (Some(url), _) => url,
        (None, CredentialKind::ApiKey) if is_not_set(&settings) => settings.cloud.api_url.clone(),
        (None, _) => {
            return Err(missing.hint("Or say --no-verify, and the credential is not tried."));
        }
    };
    let flags = Flags {
        api_url: Some(url.into()),
        api_key: None,
        profile: session.global.prefect.profile.clone(),
    };
    let settings = settings::load(&flags, &session.env, "".as_ref())?;
    let config = session.client_config(&settings)?;
    Ok(Api {
        target: Target::of(&config, &settings.cloud.api_url),
        settings,
    })
}

/// Whether no address of an API is set; one that is not valid is set.
fn is_not_set(settings: &PrefectSettings) -> bool {
    settings.source(API_URL) == settings::Source::Default
}

/// The address of the API that workers are told in plain text.
fn of_deployments(deployments: &[Deployment]) -> Option<String> {
    deployments.iter().find_map(|deployment| {
        let worker = WorkerSpec::of(&deployment.spec.template.spec)?;
        worker.text(API_URL).map(str::to_owned)
    })
}

impl Api {
    /// A client that sends this credential.
    ///
    /// # Errors
    /// As [`Session::client_config`].
    pub fn client(
        &self,
        session: &Session,
        kind: CredentialKind,
        credential: &SecretString,
    ) -> Result<crate::prefect::Client> {
        let mut config = session.client_config(&self.settings)?;
        let credential = Some(credential.clone());
        (config.api_key, config.auth_string) = match kind {
            CredentialKind::ApiKey => (credential, None),
            CredentialKind::AuthString => (None, credential),
        };
        crate::prefect::Client::new(&config)
    }

    /// Tries a credential, and says whose it is.
    ///
    /// # Errors
    /// It is refused, or the API does not answer.
    pub async fn try_out(
        &self,
        session: &Session,
        kind: CredentialKind,
        credential: &SecretString,
    ) -> Result<Standing> {
        match verify(&self.target, kind, credential).await {
            Ok(Verdict::Works(standing)) => {
                words::tell_standing(session, kind, &standing);
                Ok(*standing)
            }
            Ok(Verdict::Refused(error)) => Err(error),
            Err(error) => Err(Error {
                message: format!("failed to try the {}: {}", kind.noun(), error.message),
                ..error
            }
            .hint("--no-verify writes it without trying it.")),
        }
    }
}
