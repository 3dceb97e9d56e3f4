//! A credential as people paste it: cleaned of what clings to it, refused when it cannot be one.

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::SecretString;

/// What a key of Prefect Cloud begins with: that of a user, or of a service account
/// (prefect/cli/cloud/__init__.py).
const CLOUD_PREFIXES: [&str; 2] = ["pnu_", "pnb_"];
/// Credentials are short; what is longer is some other file.
pub const LONGEST: usize = 64 * 1024;

/// Which kind of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// `PREFECT_API_KEY`
    ApiKey,
    /// `PREFECT_API_AUTH_STRING`: `USER:PASSWORD`
    AuthString,
}

impl CredentialKind {
    /// Which one, by the flag that asks for an auth string.
    #[must_use]
    pub const fn of_flag(auth_string: bool) -> Self {
        if auth_string {
            Self::AuthString
        } else {
            Self::ApiKey
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::ApiKey => "API key",
            Self::AuthString => "auth string",
        }
    }

    /// The name of its Secret where none is given: for a key, the prefect-worker chart's.
    #[must_use]
    pub const fn default_secret(self) -> &'static str {
        match self {
            Self::ApiKey => "prefect-api-key",
            Self::AuthString => "prefect-auth-string",
        }
    }

    /// Its key in the Secret where none is given: the prefect-worker chart's.
    #[must_use]
    pub const fn default_key(self) -> &'static str {
        match self {
            Self::ApiKey => "key",
            Self::AuthString => "auth-string",
        }
    }

    /// The setting that it goes by.
    #[must_use]
    pub const fn setting(self) -> &'static str {
        match self {
            Self::ApiKey => "PREFECT_API_KEY",
            Self::AuthString => "PREFECT_API_AUTH_STRING",
        }
    }
}

/// Why a text is no credential. Never says what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong with it.
    pub why: &'static str,
    /// What to do about it.
    pub what_to_do: &'static str,
}

const fn flaw<T>(why: &'static str, what_to_do: &'static str) -> Result<T, Flaw> {
    Err(Flaw { why, what_to_do })
}

/// Reads a credential: white space and a byte order mark around it are cut off. `of_cloud` says that
/// it is for Prefect Cloud, whose keys are known by their beginnings.
///
/// # Errors
/// It is empty, or cannot be a credential of the kind.
pub fn read(kind: CredentialKind, bytes: &[u8], of_cloud: bool) -> Result<SecretString, Flaw> {
    if bytes.len() > LONGEST {
        return flaw("it is too large", "Give the credential alone.");
    }
    if matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) {
        return flaw(
            "it is written in UTF-16",
            "Save the file as UTF-8 or plain ASCII.",
        );
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return flaw("it is not text", "Give the credential as it was issued.");
    };
    // The marks are no white space to Unicode, and as invisible.
    let text =
        text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'));
    check_any(text)?;
    match kind {
        CredentialKind::ApiKey => check_api_key(text, of_cloud)?,
        CredentialKind::AuthString => check_auth_string(text)?,
    }
    Ok(text.into())
}

fn check_any(text: &str) -> Result<(), Flaw> {
    const QUOTES: [char; 7] = ['"', '\'', '`', '“', '”', '‘', '’'];
    if text.is_empty() {
        return flaw("it is empty", "Nothing but white space was given.");
    }
    if text.starts_with(QUOTES) || text.ends_with(QUOTES) {
        return flaw("it stands in quotes", "Take the quotes away.");
    }
    if text.contains(['\n', '\r']) {
        return flaw("it has several lines", "Give the credential alone.");
    }
    if text.contains(char::is_control) {
        return flaw(
            "there is a control character in it",
            "Copy it again from where it was issued.",
        );
    }
    let name = text.split_once('=').map(|(name, _)| name);
    if name.is_some_and(|name| name.trim_start_matches("export ").starts_with("PREFECT_")) {
        return flaw(
            "it is an assignment",
            "Give only what stands after the sign of equality.",
        );
    }
    Ok(())
}

fn check_api_key(text: &str, of_cloud: bool) -> Result<(), Flaw> {
    const COPY: &str = "Copy the key again from Prefect, where it was issued.";
    let is_clouds = |text: &[u8]| {
        CLOUD_PREFIXES
            .iter()
            .any(|prefix| text.starts_with(prefix.as_bytes()))
    };
    if text.contains(char::is_whitespace) {
        return flaw("there is a space in it", COPY);
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return flaw("there is a character in it that no API key has", COPY);
    }
    if BASE64_STANDARD
        .decode(text)
        .is_ok_and(|decoded| is_clouds(&decoded))
    {
        return flaw(
            "it is encoded in base64",
            "Give the key as it is: what Kubernetes stores is encoded for you.",
        );
    }
    if of_cloud && !is_clouds(text.as_bytes()) {
        return flaw(
            "it does not begin with pnu_ or pnb_, as keys of Prefect Cloud do",
            COPY,
        );
    }
    if CLOUD_PREFIXES.contains(&text) {
        return flaw("it is only the beginning of a key", COPY);
    }
    Ok(())
}

fn check_auth_string(text: &str) -> Result<(), Flaw> {
    match text.split_once(':') {
        Some((user, password)) if !user.is_empty() && !password.is_empty() => Ok(()),
        _ => flaw(
            "it is not of the form USER:PASSWORD",
            "Give what the server has in PREFECT_SERVER_API_AUTH_STRING.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn what_clings_to_a_credential_is_cut_off() {
        for text in [
            "pnu_abc",
            "pnu_abc\n",
            "\r\n  pnu_abc\t\r\n\n",
            "\u{feff}pnu_abc",
            "\u{a0}pnu_abc\u{200b}",
        ] {
            let key = read(CredentialKind::ApiKey, text.as_bytes(), true).unwrap();
            assert_eq!(key.expose_secret(), "pnu_abc", "{text:?}");
        }
        let auth = read(CredentialKind::AuthString, b" admin:pass word:1 \n", false).unwrap();
        assert_eq!(auth.expose_secret(), "admin:pass word:1");
    }

    #[test]
    fn what_cannot_be_a_credential_is_refused_unseen() {
        use CredentialKind::{ApiKey, AuthString};
        let encoded = BASE64_STANDARD.encode("pnu_abc");
        for (kind, bytes, why) in [
            (ApiKey, b"".as_slice(), "it is empty"),
            (ApiKey, b" \n\t", "it is empty"),
            (ApiKey, b"\xef\xbb\xbf\n", "it is empty"),
            (ApiKey, b"\"pnu_abc\"", "it stands in quotes"),
            (ApiKey, "“pnu_abc”".as_bytes(), "it stands in quotes"),
            (AuthString, b"'admin:pass'\n", "it stands in quotes"),
            (ApiKey, b"pnu_abc\npnu_def", "it has several lines"),
            (AuthString, b"a:b\r\nc:d", "it has several lines"),
            (ApiKey, b"pnu_a bc", "there is a space in it"),
            (ApiKey, b"pnu_a\0bc", "there is a control character in it"),
            (ApiKey, b"PREFECT_API_KEY=pnu_abc", "it is an assignment"),
            (
                ApiKey,
                b"export PREFECT_API_KEY=pnu_abc",
                "it is an assignment",
            ),
            (ApiKey, encoded.as_bytes(), "it is encoded in base64"),
            (ApiKey, b"\xff\xfep\0n\0", "it is written in UTF-16"),
            (ApiKey, b"pnu_\xff", "it is not text"),
            (
                ApiKey,
                "pnu_é".as_bytes(),
                "there is a character in it that no API key has",
            ),
            (ApiKey, b"pnu_", "it is only the beginning of a key"),
            (
                ApiKey,
                b"abc",
                "it does not begin with pnu_ or pnb_, as keys of Prefect Cloud do",
            ),
            (AuthString, b"admin", "it is not of the form USER:PASSWORD"),
            (AuthString, b":pass", "it is not of the form USER:PASSWORD"),
            (AuthString, b"admin:", "it is not of the form USER:PASSWORD"),
        ] {
            let flaw = read(kind, bytes, true).unwrap_err();
            assert_eq!(flaw.why, why, "{bytes:?}");
        }
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(
            read(ApiKey, long.as_bytes(), false).unwrap_err().why,
            "it is too large"
        );
    }

    #[test]
    fn a_server_of_ones_own_may_have_keys_of_any_form() {
        assert!(read(CredentialKind::ApiKey, b"s.ome-gateway=token==", false).is_ok());
    }
}
