//! One TLS configuration for the API, used by REST and websockets alike.

use std::{path::Path, sync::Arc};

use rustls::{
    CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};
use rustls_platform_verifier::Verifier;

use super::config::ClientConfig;
use crate::error::{Error, Result};

/// Builds the TLS configuration: the system's certificate authorities and those of
/// `ssl_cert_file`, or none at all when the check is switched off.
///
/// A machine without certificate authorities (an image from scratch) gets Mozilla's, as Python's
/// client always does.
///
/// # Errors
/// When the file of certificate authorities cannot be used.
pub fn client_config(config: &ClientConfig) -> Result<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::failed("failed to set up TLS").because(&error))?;
    if !needs_certificates(config) {
        // Nothing is encrypted, so nothing is trusted: reading the system's 140 certificates
        // would take longer than a whole request.
        return Ok(builder
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth());
    }
    let verifier: Arc<dyn ServerCertVerifier> = if config.tls_insecure_skip_verify {
        Arc::new(AcceptAnything(provider))
    } else {
        verifier(config.ssl_cert_file.as_deref(), &provider)?
    };
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// Whether any connection for this API is encrypted: to the API or to its proxy.
fn needs_certificates(config: &ClientConfig) -> bool {
    config.api_url.scheme() == "https"
        || config
            .proxies
            .for_url(&config.api_url)
            .is_some_and(|proxy| proxy.is_tls())
}

fn verifier(
    extra: Option<&Path>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    let extra = extra.map(certificates).transpose()?.unwrap_or_default();
    let verifier = of_authorities(&extra, provider)?;
    if extra.is_empty() {
        return Ok(verifier);
    }
    Ok(Arc::new(OrItself { verifier, extra }))
}

fn of_authorities(
    extra: &[CertificateDer<'static>],
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    match Verifier::new_with_extra_roots(extra.to_vec(), Arc::clone(provider)) {
        Ok(verifier) => Ok(Arc::new(verifier)),
        Err(error) => {
            tracing::debug!(%error, "no certificate authorities on this system; using Mozilla's");
            let mut roots = RootCertStore {
                roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            };
            roots.add_parsable_certificates(extra.iter().cloned());
            let verifier =
                WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider))
                    .build()
                    .map_err(|error| Error::failed("failed to set up TLS").because(&error))?;
            Ok(verifier)
        }
    }
}

/// Reads the certificates of a PEM file. Those that cannot be used are left out, as long as there
/// are others: bundles hold what somebody else put there.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let usage = || {
        Error::usage(format!(
            "failed to use the certificate file {}",
            file.display()
        ))
        .hint(
            "PREFECT_API_SSL_CERT_FILE, or SSL_CERT_FILE where that is not set, names a PEM file of \
             certificate authorities to trust.",
        )
    };
    let certificates = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| usage().because(&error))?;
    if certificates.is_empty() {
        return Err(usage().cause("it holds no certificate in PEM format"));
    }
    let mut usable = Vec::with_capacity(certificates.len());
    let mut flaw = None;
    for (number, certificate) in (1..).zip(certificates) {
        match RootCertStore::empty().add(certificate.clone()) {
            Ok(()) => usable.push(certificate),
            Err(error) => {
                let file = file.display();
                tracing::warn!("certificate {number} of {file} is left out: {error}");
                flaw = Some(error);
            }
        }
    }
    match flaw {
        Some(error) if usable.is_empty() => Err(usage().because(&error)),
        _ => Ok(usable),
    }
}

/// Trusts a server's certificate that is one of the named authorities itself, as OpenSSL does: what
/// `openssl req -x509` makes is an authority, and is put on servers.
#[derive(Debug)]
struct OrItself {
    verifier: Arc<dyn ServerCertVerifier>,
    extra: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for OrItself {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.verifier.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            Err(error) if is_of_an_authority(&error) && self.extra.contains(end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Whether nothing but being an authority's was found wrong with a certificate. webpki looks at the
/// dates before (`check_issuer_independent_properties`), so they are right.
pub(super) fn is_of_an_authority(error: &rustls::Error) -> bool {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(error))) => {
            error.to_string() == "CaUsedAsEndEntity"
        }
        _ => false,
    }
}

/// The check that PREFECT_API_TLS_INSECURE_SKIP_VERIFY switches off.
#[derive(Debug)]
struct AcceptAnything(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAnything {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    // An X.509 v1 certificate, which would be read for its key, is refused with all else right.
    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
