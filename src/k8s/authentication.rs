//! The user's side of a connection: which credentials of a kubeconfig user are used, and as whom
//! we act. Nothing is run or sent here.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::HeaderValue;
use kube::config::{AuthInfo, Cluster, ExecAuthCluster, ExecConfig};
use secrecy::{ExposeSecret, SecretString};

use super::{overrides::Overrides, server};
use crate::error::{Error, Result};

/// How requests prove who we are, apart from a client certificate of the kubeconfig.
#[derive(Clone)]
pub(super) enum Credential {
    /// Not at all, or by the client certificate alone.
    Anonymous,
    /// By this value of the header Authorization.
    Header(HeaderValue),
    /// By a bearer token in a file that somebody renews.
    TokenFile(PathBuf),
    /// By what a credential plugin gives.
    Exec(Box<ExecConfig>),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("Anonymous"),
            Self::Header(_) => f.write_str("Header"),
            Self::TokenFile(path) => write!(f, "TokenFile({})", path.display()),
            Self::Exec(plugin) => write!(f, "Exec({:?})", plugin.command),
        }
    }
}

/// Lays the flags over a user entry. Credentials given by a flag take the place of the kubeconfig's.
pub(super) fn with_overrides(mut user: AuthInfo, flags: &Overrides) -> Result<AuthInfo> {
    if flags.token.is_some() && flags.username.is_some() {
        return Err(Error::usage(
            "--token and --username are two ways to authenticate: give one",
        ));
    }
    if flags.client_certificate.is_some() != flags.client_key.is_some()
        && user.client_certificate.is_none()
        && user.client_certificate_data.is_none()
    {
        return Err(Error::usage(
            "--client-certificate and --client-key go together",
        ));
    }
    if flags.token.is_some() || flags.username.is_some() {
        user = AuthInfo {
            token: flags.token.clone(),
            username: flags.username.clone(),
            password: flags.password.clone(),
            impersonate: user.impersonate,
            impersonate_uid: user.impersonate_uid,
            impersonate_groups: user.impersonate_groups,
            impersonate_user_extra: user.impersonate_user_extra,
            ..AuthInfo::default()
        };
    } else if flags.password.is_some() {
        user.password.clone_from(&flags.password);
    }
    let text = |path: &PathBuf| path.display().to_string();
    if let Some(certificate) = &flags.client_certificate {
        user.client_certificate = Some(text(certificate));
        user.client_certificate_data = None;
    }
    if let Some(key) = &flags.client_key {
        user.client_key = Some(text(key));
        user.client_key_data = None;
    }
    if flags.impersonate.is_some() {
        user.impersonate.clone_from(&flags.impersonate);
    }
    if flags.impersonate_uid.is_some() {
        user.impersonate_uid.clone_from(&flags.impersonate_uid);
    }
    if !flags.impersonate_groups.is_empty() {
        user.impersonate_groups = Some(flags.impersonate_groups.clone());
    }
    for (key, value) in &flags.impersonate_extra {
        let extra = user.impersonate_user_extra.get_or_insert_default();
        extra.entry(key.clone()).or_default().push(value.clone());
    }
    Ok(user)
}

/// Whom we act as, alone; kube turns it into headers.
pub(super) fn impersonation(user: &AuthInfo) -> Result<AuthInfo> {
    let acting = AuthInfo {
        impersonate: user.impersonate.clone().filter(|name| !name.is_empty()),
        impersonate_uid: user.impersonate_uid.clone().filter(|uid| !uid.is_empty()),
        impersonate_groups: user.impersonate_groups.clone(),
        impersonate_user_extra: user.impersonate_user_extra.clone(),
        ..AuthInfo::default()
    };
    let more = acting.impersonate_uid.is_some()
        || acting
            .impersonate_groups
            .as_ref()
            .is_some_and(|groups| !groups.is_empty())
        || acting
            .impersonate_user_extra
            .as_ref()
            .is_some_and(|extra| !extra.is_empty());
    if more && acting.impersonate.is_none() {
        return Err(
            Error::usage("a group, UID or attribute to act as needs a user to act as")
                .hint("name the user with --as"),
        );
    }
    Ok(acting)
}

/// Takes over the client certificate of a kubeconfig user, if there is one.
pub(super) fn identity(into: &mut AuthInfo, user: &AuthInfo) -> Result<()> {
    let data = |data: Option<&str>, file: Option<&String>, what: &str| match (data, file) {
        (Some(data), _) if !data.is_empty() => BASE64_STANDARD
            .decode(data)
            .map(|_| Some(data.to_owned()))
            .map_err(|_| Error::usage(format!("the {what} of the kubeconfig is not base64"))),
        (_, Some(file)) if !file.is_empty() => {
            server::read(Path::new(file), what).map(|bytes| Some(BASE64_STANDARD.encode(bytes)))
        }
        _ => Ok(None),
    };
    let key = user
        .client_key_data
        .as_ref()
        .map(ExposeSecret::expose_secret);
    let certificate = data(
        user.client_certificate_data.as_deref(),
        user.client_certificate.as_ref(),
        "client certificate",
    )?;
    let key = data(key, user.client_key.as_ref(), "client key")?;
    match (&certificate, &key) {
        (Some(_), None) => {
            return Err(Error::usage(
                "the kubeconfig user has a client certificate without its key",
            ));
        }
        (None, Some(_)) => {
            return Err(Error::usage(
                "the kubeconfig user has a client key without its certificate",
            ));
        }
        _ => {}
    }
    into.client_certificate_data = certificate;
    into.client_key_data = key.map(SecretString::from);
    Ok(())
}

/// The credential of a kubeconfig user. As in client-go, a plugin has no say beside a token, a
/// password or a client certificate, and a token's file is fresher than the token itself.
pub(super) fn credential(user: &AuthInfo, cluster: &Cluster) -> Result<Credential> {
    let token = user
        .token
        .as_ref()
        .map(ExposeSecret::expose_secret)
        .filter(|token| !token.is_empty());
    if let Some(file) = user.token_file.as_ref().filter(|file| !file.is_empty()) {
        return Ok(Credential::TokenFile(PathBuf::from(file)));
    }
    if let Some(token) = token {
        return bearer(token).map(Credential::Header);
    }
    if let Some(name) = user.username.as_ref().filter(|name| !name.is_empty()) {
        let password = user
            .password
            .as_ref()
            .map(ExposeSecret::expose_secret)
            .unwrap_or_default();
        let value = BASE64_STANDARD.encode(format!("{name}:{password}"));
        return header(&format!("Basic {value}")).map(Credential::Header);
    }
    if user.client_certificate.is_some() || user.client_certificate_data.is_some() {
        return Ok(Credential::Anonymous);
    }
    if let Some(provider) = &user.auth_provider {
        return match provider.config.get("id-token") {
            Some(token) if provider.name == "oidc" => bearer(token).map(Credential::Header),
            _ => Err(Error::usage(format!(
                "the kubeconfig user's auth-provider {:?} is not supported",
                provider.name
            ))
            .hint("replace it with a credential plugin (exec), such as kubelogin or gke-gcloud-auth-plugin")),
        };
    }
    let Some(exec) = &user.exec else {
        return Ok(Credential::Anonymous);
    };
    let mut exec = exec.clone();
    if exec.provide_cluster_info {
        let cluster = ExecAuthCluster::try_from(cluster).map_err(|error| {
            Error::usage("failed to describe the cluster to the credential plugin").because(&error)
        })?;
        exec.cluster = Some(cluster);
    }
    Ok(Credential::Exec(Box::new(exec)))
}

/// The header that carries a bearer token.
pub(super) fn bearer(token: &str) -> Result<HeaderValue> {
    header(&format!("Bearer {}", token.trim()))
}

fn header(value: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        Error::usage(
            "the credential for the Kubernetes API server has characters that no header may carry",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}
