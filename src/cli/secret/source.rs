//! Where a credential comes from: never from the command line, where other users of the machine and
//! the shell's history would see it.

use std::{io::Read, path::PathBuf};

use crate::{
    cli::Session,
    env_vars::Environment,
    error::{Error, Result},
    secret::{CredentialKind, Flaw, read_credential},
    settings::{self, ExposeSecret, Flags, PrefectSettings, SecretString, Source},
    ui::read_stdin,
};

/// One more byte than is read of any source.
const ENOUGH: u64 = 64 * 1024 + 1;

/// Where the credential comes from; without any of these it is asked for, unseen.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub struct SourceArgs {
    /// Read the credential from standard input
    #[arg(long)]
    from_stdin: bool,
    /// Read the credential from a file
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
    /// Take the credential from an environment variable
    #[arg(long, value_name = "VARIABLE")]
    from_env: Option<String>,
    /// Take the credential, and the API to try it on, from a Prefect profile [default: the active
    /// one]
    #[arg(long, value_name = "PROFILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    from_profile: Option<String>,
}

impl SourceArgs {
    /// Whether a person has to be asked.
    pub const fn is_asked(&self) -> bool {
        !self.from_stdin
            && self.from_file.is_none()
            && self.from_env.is_none()
            && self.from_profile.is_none()
    }

    /// Checks before anything is done that there is somebody to ask.
    ///
    /// # Errors
    /// A usage error that names the flags.
    pub fn check(&self, session: &Session) -> Result<()> {
        if session.global.prefect.api_key_file.is_some() {
            return Err(Error::usage(
                "--api-key-file says with which key to ask the API, and this command tries one",
            )
            .hint("Say --from-file FILE for the key that goes into the Secret."));
        }
        if self.is_asked() && !session.ui.can_ask() {
            return Err(
                Error::usage("there is no terminal to ask for the credential on").hint(
                    "Say --from-stdin, --from-file FILE, --from-env VARIABLE or --from-profile.",
                ),
            );
        }
        Ok(())
    }

    /// The settings that name the API: those of the profile where the credential comes from one.
    ///
    /// # Errors
    /// A setting is not valid, or there is no such profile.
    pub fn settings(&self, session: &Session) -> Result<PrefectSettings> {
        let Some(profile) = &self.from_profile else {
            return session.prefect_settings();
        };
        let args = &session.global.prefect;
        let flags = Flags {
            api_url: args.api_url.clone(),
            api_key: None,
            profile: Some(profile.clone())
                .filter(|name| !name.is_empty())
                .or_else(|| args.profile.clone()),
        };
        settings::load(&flags, &without_connection(&session.env), "".as_ref())
    }

    /// The credential. `of_cloud`: keys of Prefect Cloud are known by their beginnings.
    ///
    /// # Errors
    /// The source cannot be read, or holds no credential.
    pub fn read(
        &self,
        session: &Session,
        kind: CredentialKind,
        of_cloud: bool,
    ) -> Result<SecretString> {
        let noun = kind.noun();
        let (from, bytes) = if self.from_stdin {
            let from = "standard input".to_owned();
            let bytes = read_stdin(ENOUGH, |error| unread(&from, noun, error))?;
            (from, bytes)
        } else if let Some(path) = &self.from_file {
            let from = path.display().to_string();
            let file = std::fs::File::open(path).map_err(|error| unread(&from, noun, &error))?;
            let bytes = read_all(file, &from, noun)?;
            (from, bytes)
        } else if let Some(name) = &self.from_env {
            let value = session.env.get(name).ok_or_else(|| {
                Error::usage(format!("the environment variable {name} is not set"))
            })?;
            (
                format!("the environment variable {name}"),
                value.as_bytes().to_vec(),
            )
        } else if self.from_profile.is_some() {
            let (from, value) = of_profile(&self.settings(session)?, kind)?;
            (from, value.expose_secret().as_bytes().to_vec())
        } else {
            let question = match kind {
                CredentialKind::ApiKey => "API key",
                CredentialKind::AuthString => "Auth string (USER:PASSWORD)",
            };
            let typed = session.ui.ask_hidden(question)?;
            (
                "what was typed".to_owned(),
                typed.expose_secret().as_bytes().to_vec(),
            )
        };
        read_credential(kind, &bytes, of_cloud).map_err(|flaw| wrong(&from, noun, flaw))
    }
}

/// The error of a text that is no credential.
pub fn wrong(from: &str, noun: &str, flaw: Flaw) -> Error {
    Error::usage(format!("{from} holds no usable {noun}"))
        .cause(flaw.why)
        .hint(flaw.what_to_do)
}

/// The environment without what would go before a profile.
fn without_connection(env: &Environment) -> Environment {
    const NAMES: [&str; 3] = [
        "PREFECT_API_URL",
        "PREFECT_API_KEY",
        "PREFECT_API_AUTH_STRING",
    ];
    env.iter()
        .filter(|(name, _)| !NAMES.contains(name))
        .collect()
}

fn of_profile(settings: &PrefectSettings, kind: CredentialKind) -> Result<(String, SecretString)> {
    let value = match kind {
        CredentialKind::ApiKey => &settings.api.key,
        CredentialKind::AuthString => &settings.api.auth_string,
    };
    let name = settings.profile.as_deref().unwrap_or("none");
    match (value, settings.source(kind.setting())) {
        (Some(value), source @ Source::Profile { .. }) => Ok((source.to_string(), value.clone())),
        (Some(_), source) => Err(Error::usage(format!(
            "profile {name} does not decide the {}",
            kind.noun()
        ))
        .cause(format!(
            "it comes from {source}, which goes before profiles"
        ))
        .hint("Take it from there, with another --from-... flag.")),
        (None, _) => Err(
            Error::usage(format!("profile {name} has no {}", kind.noun()))
                .cause(format!("{} is not set in it", kind.setting()))
                .hint("Name another one with --from-profile=PROFILE."),
        ),
    }
}

fn read_all(source: impl Read, from: &str, noun: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source
        .take(ENOUGH)
        .read_to_end(&mut bytes)
        .map_err(|error| unread(from, noun, &error))?;
    Ok(bytes)
}

fn unread(from: &str, noun: &str, error: &std::io::Error) -> Error {
    Error::usage(format!("failed to read the {noun} from {from}")).because(error)
}
