//! Which Secret and which key of it.

use crate::{
    error::{Error, Result},
    install::render::is_subdomain,
    secret::{CredentialKind, SecretKey},
};

/// The Secret and the key.
#[derive(Debug, clap::Args)]
pub struct PlaceArgs {
    /// Name of the Secret [default: prefect-api-key, with --auth-string prefect-auth-string]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Key in the Secret [default: key, with --auth-string auth-string]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// It holds the USER:PASSWORD of a server with basic authentication, and no API key
    #[arg(long)]
    auth_string: bool,
}

impl PlaceArgs {
    /// Which kind of credential is meant.
    pub const fn kind(&self) -> CredentialKind {
        CredentialKind::of_flag(self.auth_string)
    }

    /// The place in a namespace.
    ///
    /// # Errors
    /// The name or the key cannot be one.
    pub fn within(&self, namespace: &str) -> Result<SecretKey> {
        let kind = self.kind();
        let name = self.name.as_deref().unwrap_or(kind.default_secret());
        let key = self.key.as_deref().unwrap_or(kind.default_key());
        if !is_subdomain(name) {
            return Err(Error::usage(format!("{name:?} cannot be the name of a Secret"))
                .hint("A name has lower case letters, digits, dashes and dots, and begins and ends with a letter or digit."));
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if key.is_empty()
            || key.len() > 253
            || !key.bytes().all(fits)
            || key.starts_with("..")
            || key == "."
        {
            return Err(
                Error::usage(format!("{key:?} cannot be a key of a Secret")).hint(
                    "A key has letters, digits, dashes, underscores and dots. The credential \
                     itself is never given on the command line.",
                ),
            );
        }
        Ok(SecretKey {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            key: key.to_owned(),
        })
    }
}
