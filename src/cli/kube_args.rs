//! kubectl's connection flags, with kubectl's names, for every command.

use std::{convert::Infallible, path::PathBuf};

use clap::Args;
use secrecy::SecretString;

use crate::k8s::{Overrides, RequestTimeout};

/// Where the Kubernetes API server is and who we are to it; by default what kubectl would use.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Kubernetes connection")]
pub struct KubeArgs {
    /// Kubeconfig context to use
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// Kubeconfig file to use, instead of KUBECONFIG and ~/.kube/config
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Namespace to work in [default: the context's, else the service account's, else default]
    #[arg(short, long, global = true, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Kubeconfig cluster to use
    #[arg(long, global = true, value_name = "NAME")]
    pub cluster: Option<String>,
    /// Kubeconfig user to use
    #[arg(long, global = true, value_name = "NAME")]
    pub user: Option<String>,
    /// Address of the Kubernetes API server
    #[arg(short, long, global = true, value_name = "URL")]
    pub server: Option<String>,
    /// Bearer token for the API server; takes the place of the kubeconfig user's credentials
    #[arg(long, global = true, value_parser = secret, value_name = "TOKEN")]
    pub token: Option<SecretString>,
    /// Username for basic authentication to the API server
    #[arg(long, global = true, value_name = "NAME")]
    pub username: Option<String>,
    /// Password for basic authentication to the API server
    #[arg(long, global = true, value_parser = secret, value_name = "PASSWORD")]
    pub password: Option<SecretString>,
    /// User to act as
    #[arg(long = "as", global = true, value_name = "USER")]
    pub impersonate: Option<String>,
    /// Group to act as; may be given several times
    #[arg(long = "as-group", global = true, value_name = "GROUP")]
    pub impersonate_groups: Vec<String>,
    /// UID to act as
    #[arg(long = "as-uid", global = true, value_name = "UID")]
    pub impersonate_uid: Option<String>,
    /// Extra attribute of the user to act as; may be given several times
    #[arg(long = "as-user-extra", global = true, value_parser = key_value, value_name = "KEY=VALUE")]
    pub impersonate_extra: Vec<(String, String)>,
    /// How long to wait for the answer to one request: 30s, 1m, plain seconds; 0 waits for ever.
    /// Watches and followed logs only have to begin in that time [default: 30s]
    #[arg(long, global = true, value_name = "DURATION")]
    pub request_timeout: Option<RequestTimeout>,
    /// File with the certificates of the authorities that may sign the server's certificate
    #[arg(long, global = true, value_name = "FILE")]
    pub certificate_authority: Option<PathBuf>,
    /// File with the client certificate
    #[arg(long, global = true, value_name = "FILE")]
    pub client_certificate: Option<PathBuf>,
    /// File with the key of the client certificate
    #[arg(long, global = true, value_name = "FILE")]
    pub client_key: Option<PathBuf>,
    /// Do not check the server's certificate: anybody on the way can read and change everything
    #[arg(
        long,
        global = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_name = "BOOL"
    )]
    pub insecure_skip_tls_verify: Option<bool>,
    /// Name that the server's certificate must carry [default: the host of the server's address]
    #[arg(long, global = true, value_name = "NAME")]
    pub tls_server_name: Option<String>,
    /// Proxy for requests to the API server: http://, https:// or socks5://
    #[arg(long, global = true, value_name = "URL")]
    pub proxy_url: Option<String>,
    /// Accepted as kubectl's flag; has no effect, nothing is cached
    #[arg(long, global = true, value_name = "FOLDER", hide_short_help = true)]
    pub cache_dir: Option<PathBuf>,
    /// Accepted as kubectl's flag; has no effect, compressed answers are never asked for
    #[arg(
        long,
        global = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_name = "BOOL",
        hide_short_help = true
    )]
    pub disable_compression: Option<bool>,
}

impl KubeArgs {
    /// What these flags say about the connection. As with kubectl, an empty value says nothing.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        Overrides {
            context: non_empty(self.context.as_ref()),
            kubeconfig: self
                .kubeconfig
                .clone()
                .filter(|path| !path.as_os_str().is_empty()),
            namespace: non_empty(self.namespace.as_ref()),
            cluster: non_empty(self.cluster.as_ref()),
            user: non_empty(self.user.as_ref()),
            server: non_empty(self.server.as_ref()),
            token: self.token.clone(),
            username: non_empty(self.username.as_ref()),
            password: self.password.clone(),
            impersonate: non_empty(self.impersonate.as_ref()),
            impersonate_groups: self.impersonate_groups.clone(),
            impersonate_uid: non_empty(self.impersonate_uid.as_ref()),
            impersonate_extra: self.impersonate_extra.clone(),
            certificate_authority: self.certificate_authority.clone(),
            client_certificate: self.client_certificate.clone(),
            client_key: self.client_key.clone(),
            insecure_skip_tls_verify: self.insecure_skip_tls_verify.unwrap_or(false),
            tls_server_name: non_empty(self.tls_server_name.as_ref()),
            proxy_url: non_empty(self.proxy_url.as_ref()),
            request_timeout: self.request_timeout.unwrap_or_default(),
        }
    }

    /// What to tell the user about flags that were given and have no effect here.
    #[must_use]
    pub fn without_effect(&self) -> Vec<&'static str> {
        let mut notes = Vec::new();
        if self.cache_dir.is_some() {
            notes.push("--cache-dir has no effect: nothing is cached");
        }
        if self.disable_compression.is_some() {
            notes.push(
                "--disable-compression has no effect: compressed answers are never asked for",
            );
        }
        notes
    }
}

fn non_empty(value: Option<&String>) -> Option<String> {
    value.filter(|value| !value.is_empty()).cloned()
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "clap's value parsers give a Result"
)]
fn secret(value: &str) -> Result<SecretString, Infallible> {
    Ok(value.into())
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        kube: KubeArgs,
        #[command(subcommand)]
        command: Option<Sub>,
    }

    #[derive(Debug, clap::Subcommand)]
    enum Sub {
        Do,
    }

    fn parse(words: &str) -> KubeArgs {
        Cli::try_parse_from(std::iter::once("x").chain(words.split_whitespace()))
            .unwrap()
            .kube
    }

    #[test]
    fn flags_stand_before_or_after_the_command() {
        for words in [
            "--context a -n b do",
            "do --context a -n b",
            "--context=a do --namespace=b",
        ] {
            let overrides = parse(words).overrides();
            assert_eq!(overrides.context.as_deref(), Some("a"), "{words}");
            assert_eq!(overrides.namespace.as_deref(), Some("b"), "{words}");
        }
    }

    #[test]
    fn repeated_flags_add_up() {
        let overrides =
            parse("do --as u --as-group a --as-group b --as-uid 7 --as-user-extra k=v=w")
                .overrides();
        assert_eq!(overrides.impersonate_groups, ["a", "b"]);
        assert_eq!(overrides.impersonate_uid.as_deref(), Some("7"));
        assert_eq!(overrides.impersonate_extra, [("k".into(), "v=w".into())]);
    }

    #[test]
    fn booleans_are_kubectls() {
        for (words, expected) in [
            ("do", false),
            ("--insecure-skip-tls-verify do", true),
            ("do --insecure-skip-tls-verify=false", false),
        ] {
            assert_eq!(
                parse(words).overrides().insecure_skip_tls_verify,
                expected,
                "{words}"
            );
        }
    }

    #[test]
    fn an_empty_value_says_nothing() {
        let overrides = parse("do --context= --namespace= --server=").overrides();
        assert_eq!(overrides.context, None);
        assert_eq!(overrides.namespace, None);
        assert_eq!(overrides.server, None);
    }

    #[test]
    fn secrets_do_not_show() {
        let text = format!(
            "{:?}",
            parse("do --token s3cr3t --username u --password s3cr3t")
        );
        assert!(!text.contains("s3cr3t"), "{text}");
    }

    #[test]
    fn a_flag_without_effect_says_so() {
        assert_eq!(parse("do").without_effect().len(), 0);
        assert_eq!(
            parse("do --cache-dir /x --disable-compression")
                .without_effect()
                .len(),
            2
        );
    }
}
