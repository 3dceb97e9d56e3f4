//! The server's side of a connection: its address, and whose certificates are believed.

use std::path::Path;

use base64::{Engine, prelude::BASE64_STANDARD};
use http::Uri;
use kube::config::{AuthInfo, Cluster};
use rustls::pki_types::{CertificateDer, pem::PemObject};

use super::overrides::Overrides;
use crate::error::{Error, Result};

/// Lays the flags over a cluster entry, as client-go's `getCluster` does.
pub(super) fn with_overrides(mut cluster: Cluster, flags: &Overrides) -> Result<Cluster> {
    if flags.insecure_skip_tls_verify && flags.certificate_authority.is_some() {
        return Err(Error::usage(
            "--insecure-skip-tls-verify and --certificate-authority contradict each other",
        ));
    }
    cluster.server = flags
        .server
        .clone()
        .or(cluster.server)
        .filter(|server| !server.is_empty());
    if flags.proxy_url.is_some() {
        cluster.proxy_url.clone_from(&flags.proxy_url);
    }
    if flags.insecure_skip_tls_verify || flags.certificate_authority.is_some() {
        cluster.insecure_skip_tls_verify = Some(flags.insecure_skip_tls_verify);
        cluster.certificate_authority = flags
            .certificate_authority
            .as_ref()
            .map(|path| path.display().to_string());
        cluster.certificate_authority_data = None;
    }
    // Another server has another name: the kubeconfig's would never match.
    if flags.tls_server_name.is_some() || flags.server.is_some() {
        cluster.tls_server_name.clone_from(&flags.tls_server_name);
    }
    Ok(cluster)
}

/// The address of a cluster's API server. One without a scheme is HTTPS when anything speaks of
/// TLS, else HTTP: client-go's `DefaultServerURL`.
pub(super) fn address(cluster: &Cluster, user: &AuthInfo) -> Result<Uri> {
    let server = cluster.server.as_deref().unwrap_or_default();
    let tls = cluster.certificate_authority.is_some()
        || cluster.certificate_authority_data.is_some()
        || cluster.insecure_skip_tls_verify == Some(true)
        || user.client_certificate.is_some()
        || user.client_certificate_data.is_some();
    let text = match (server.contains("://"), tls) {
        (true, _) => server.to_owned(),
        (false, true) => format!("https://{server}"),
        (false, false) => format!("http://{server}"),
    };
    let uri = text.parse::<Uri>().ok().filter(|uri| {
        uri.host().is_some_and(|host| !host.is_empty())
            && matches!(uri.scheme_str(), Some("http" | "https"))
    });
    uri.ok_or_else(|| {
        let server = without_credentials(server);
        Error::usage(format!("{server:?} is not the address of an API server"))
            .hint("write it as https://HOST:PORT")
    })
}

/// An address as people and the Prefect API may see it: a user and a password in it stay out.
pub(super) fn shown(server: &Uri) -> String {
    let authority = server.authority().map_or("", |it| it.as_str());
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let scheme = server.scheme_str().unwrap_or("https");
    format!("{scheme}://{host}{}", server.path().trim_end_matches('/'))
}

/// What stands where an address is due, for people: whatever comes before an `@` may be a password.
fn without_credentials(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        (None, Some((_, rest))) => rest.to_owned(),
        (_, None) => text.to_owned(),
    }
}

/// The address of the API server that a pod's environment names.
pub(super) fn of_pod(host: Option<&str>, port: Option<&str>) -> Option<String> {
    let (host, port) = (host?, port?);
    Some(if host.contains(':') {
        format!("https://[{host}]:{port}")
    } else {
        format!("https://{host}:{port}")
    })
}

/// Takes over whose certificates are believed, and under which name.
pub(super) fn trust(config: &mut kube::Config, cluster: &Cluster) -> Result<()> {
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.tls_server_name = cluster
        .tls_server_name
        .clone()
        .filter(|name| !name.is_empty());
    let bundle = match (
        &cluster.certificate_authority_data,
        &cluster.certificate_authority,
    ) {
        (Some(data), _) if !data.is_empty() => {
            Some(BASE64_STANDARD.decode(data).map_err(|_| {
                Error::usage("certificate-authority-data of the kubeconfig is not base64")
            })?)
        }
        (_, Some(file)) if !file.is_empty() => {
            Some(read(Path::new(file), "certificate authority")?)
        }
        _ => None,
    };
    let Some(bundle) = bundle else {
        if config.accept_invalid_certs {
            trust_nobody(config);
        }
        return Ok(());
    };
    if config.accept_invalid_certs {
        return Err(Error::usage(
            "the kubeconfig's cluster names a certificate authority and insecure-skip-tls-verify",
        )
        .hint("remove one of the two from the kubeconfig"));
    }
    let certificates: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(&bundle)
        .map(|certificate| certificate.map(|certificate| certificate.to_vec()))
        .collect::<Result<_, _>>()
        .map_err(|_| not_pem())?;
    if certificates.is_empty() {
        return Err(not_pem());
    }
    config.root_cert = Some(certificates);
    Ok(())
}

/// Leaves the system's authorities alone where nothing is compared with them: reading them takes
/// time, and there may be none.
pub(super) fn trust_nobody(config: &mut kube::Config) {
    config.root_cert = Some(Vec::new());
}

fn not_pem() -> Error {
    Error::usage("the certificate authority of the Kubernetes connection is not a PEM certificate")
}

/// Reads a file that the kubeconfig or a flag names.
pub(super) fn read(path: &Path, what: &str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        Error::usage(format!("failed to read the {what} {}", path.display()))
            .cause(error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_named_without_credentials() {
        for (server, expected) in [
            ("https://ada:secret@api .corp", r#""https://api .corp" is"#),
            (
                "https://ada:sec@ret:x@api .corp",
                r#""https://api .corp" is"#,
            ),
            ("ada:secret@api .corp", r#""api .corp" is"#),
            ("ftp://api.example", r#""ftp://api.example" is"#),
            ("", r#""" is"#),
        ] {
            let cluster = Cluster {
                server: Some(server.to_owned()),
                ..Cluster::default()
            };
            let error = address(&cluster, &AuthInfo::default()).unwrap_err();
            let message = error.to_string();
            assert!(message.starts_with(expected), "{message}");
            assert!(!format!("{error:?}").contains("sec"), "{error:?}");
        }
    }

    #[test]
    fn an_address_is_shown_without_credentials() {
        for (server, expected) in [
            ("https://10.0.0.1:6443", "https://10.0.0.1:6443"),
            (
                "https://api.example/k8s/c-1/",
                "https://api.example/k8s/c-1",
            ),
            (
                "https://ada:secret@api.example:6443",
                "https://api.example:6443",
            ),
            ("https://[::1]:6443/", "https://[::1]:6443"),
        ] {
            assert_eq!(shown(&server.parse().unwrap()), expected);
        }
    }
}
