//! Certificates and proxies.

use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use kubectl_prefect::{
    env_vars::Environment,
    error::Kind,
    prefect::{ApiErrorKind, Client, proxy::ProxySettings},
};
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::server::TlsStream;

use crate::support::{Act, Scripted, config, serve};

/// An authority of our own, its certificate in a file, and a server with a certificate of it.
pub struct Secure {
    pub address: std::net::SocketAddr,
    pub authority: NamedTempFile,
    _tasks: JoinSet<()>,
}

impl Secure {
    /// A server that answers every request with a version.
    async fn answering(name: &str) -> Self {
        Self::start(name, version).await
    }

    pub async fn start(
        name: &str,
        play: impl Fn(TlsStream<TcpStream>) -> BoxFuture<'static, ()> + Send + 'static,
    ) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()])
            .unwrap()
            .signed_by(&key, &authority)
            .unwrap();
        Self::presenting(&certificate, &key, &authority.pem(), play).await
    }

    /// A server with this certificate, which clients are to trust by what `trusted` holds.
    async fn presenting(
        certificate: &Certificate,
        key: &KeyPair,
        trusted: &str,
        play: impl Fn(TlsStream<TcpStream>) -> BoxFuture<'static, ()> + Send + 'static,
    ) -> Self {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(trusted.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(stream) = acceptor.accept(stream).await {
                    play(stream).await;
                }
            }
        });
        Self {
            address,
            authority: file,
            _tasks: tasks,
        }
    }
}

/// Answers every request with a version.
fn version(stream: TlsStream<TcpStream>) -> BoxFuture<'static, ()> {
    async move {
        let answer = |_: usize, _: &str, _: &str| Act::Answer(200, json!("3.8.8"));
        serve(stream, &Mutex::default(), &answer).await;
    }
    .boxed()
}

/// What `openssl req -x509` makes: signed by itself, and an authority.
async fn self_signed(name: &str, until: i32) -> Secure {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Secure::presenting(&certificate, &key, &certificate.pem(), version).await
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_when_its_file_is_named() {
    for (name, until, why) in [
        ("127.0.0.1", 4000, None),
        ("prefect.example", 4000, Some("not valid for")),
        ("127.0.0.1", 2020, Some("expired")),
    ] {
        let server = self_signed(name, until).await;
        let mut config = config(&format!("https://{}/api", server.address));
        let error = Client::new(&config)
            .unwrap()
            .server_version()
            .await
            .unwrap_err();
        let hinted = error.hints[0].contains("name its file") || why == Some("expired");
        assert!(hinted, "{error:?}");
        config.ssl_cert_file = Some(server.authority.path().to_owned());
        let answer = Client::new(&config).unwrap().server_version().await;
        match why {
            None => assert_eq!(answer.unwrap(), "3.8.8"),
            Some(why) => {
                let error = answer.unwrap_err();
                assert!(error.causes[0].contains(why), "{error:?}");
            }
        }
        // Another's certificate of the same kind is not trusted.
        let other = self_signed("127.0.0.1", 4000).await;
        config.ssl_cert_file = Some(other.authority.path().to_owned());
        Client::new(&config)
            .unwrap()
            .server_version()
            .await
            .unwrap_err();
    }
}

#[tokio::test]
async fn a_certificate_without_names_is_told_so() {
    let params = CertificateParams::new(Vec::new()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let server = Secure::presenting(&certificate, &key, &certificate.pem(), version).await;
    let mut config = config(&format!("https://{}/api", server.address));
    config.ssl_cert_file = Some(server.authority.path().to_owned());
    let client = Client::new(&config).unwrap();
    let error = client.server_version().await.unwrap_err();
    assert!(error.hints[0].contains("subjectAltName"), "{error:?}");
}

#[tokio::test]
async fn a_bundle_may_hold_certificates_that_cannot_be_used() {
    let server = Secure::answering("127.0.0.1").await;
    let mut config = config(&format!("https://{}/api", server.address));
    let unusable = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let authority = std::fs::read_to_string(server.authority.path()).unwrap();
    let mut bundle = NamedTempFile::new().unwrap();
    bundle.write_all(unusable.as_bytes()).unwrap();
    config.ssl_cert_file = Some(bundle.path().to_owned());
    assert_eq!(Client::new(&config).unwrap_err().kind, Kind::Usage);
    bundle.write_all(authority.as_bytes()).unwrap();
    let client = Client::new(&config).unwrap();
    assert_eq!(client.server_version().await.unwrap(), "3.8.8");
}

#[tokio::test]
async fn an_unknown_authority_is_refused_and_its_file_makes_it_known() {
    let server = Secure::answering("127.0.0.1").await;
    let mut config = config(&format!("https://{}/api", server.address));
    let error = Client::new(&config)
        .unwrap()
        .server_version()
        .await
        .unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Unreachable);
    assert!(error.causes[0].starts_with("TLS: "), "{error:?}");
    assert!(
        error.hints[0].contains("PREFECT_API_SSL_CERT_FILE"),
        "{error:?}"
    );

    config.ssl_cert_file = Some(server.authority.path().to_owned());
    for http2 in [false, true] {
        config.http2 = http2;
        let client = Client::new(&config).unwrap();
        assert_eq!(client.server_version().await.unwrap(), "3.8.8");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_unless_the_check_is_off() {
    let server = Secure::answering("prefect.example").await;
    let mut config = config(&format!("https://{}/api", server.address));
    config.ssl_cert_file = Some(server.authority.path().to_owned());
    let error = Client::new(&config)
        .unwrap()
        .server_version()
        .await
        .unwrap_err();
    assert!(error.hints[0].contains("host name"), "{error:?}");
    config.tls_insecure_skip_verify = true;
    let client = Client::new(&config).unwrap();
    assert_eq!(client.server_version().await.unwrap(), "3.8.8");
}

#[tokio::test]
async fn https_to_a_plain_server_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/api", listener.local_addr().unwrap());
    let mut server = JoinSet::new();
    server.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
            let _ = stream.write_all(answer).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let error = Client::new(&config(&url))
        .unwrap()
        .server_version()
        .await
        .unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Unreachable);
    assert!(error.hints[0].contains("speak TLS"), "{error:?}");
}

#[test]
fn a_certificate_file_that_is_none_is_named() {
    let mut config = config("https://prefect.example/api");
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(b"not a certificate").unwrap();
    for path in [file.path(), std::path::Path::new("/does/not/exist.pem")] {
        config.ssl_cert_file = Some(path.to_owned());
        let error = Client::new(&config).unwrap_err();
        assert_eq!(error.kind, Kind::Usage);
        assert!(error.message.contains(&path.display().to_string()));
        assert!(!error.causes.is_empty());
    }
}

fn through(proxy: &str, url: &str) -> Client {
    let mut config = config(url);
    let env: Environment = [("HTTP_PROXY", proxy)].into_iter().collect();
    config.proxies = ProxySettings::from_environment(&env);
    Client::new(&config).unwrap()
}

#[tokio::test]
async fn a_proxy_is_asked_with_its_credentials() {
    let proxy = Scripted::start(|_, _, _| Act::Answer(200, json!("3.8.8"))).await;
    let client = through(
        &format!("http://me:hunter2@{}", proxy.address),
        "http://prefect.invalid/api",
    );
    assert_eq!(client.server_version().await.unwrap(), "3.8.8");
    let head = proxy.requests().remove(0);
    assert!(
        head.starts_with("GET http://prefect.invalid/api/admin/version HTTP/1.1"),
        "{head}"
    );
    assert!(
        head.contains("proxy-authorization: Basic bWU6aHVudGVyMg=="),
        "{head}"
    );
}

#[tokio::test]
async fn a_proxy_that_is_down_is_named_without_its_credentials() {
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let client = through(
        &format!("http://me:hunter2@{address}"),
        "http://prefect.invalid/api",
    );
    let error = client.server_version().await.unwrap_err();
    assert_eq!(
        error.causes,
        [format!(
            "through the proxy http://{address}: connection refused"
        )]
    );
    assert!(error.hints.iter().any(|hint| hint.contains("NO_PROXY")));
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[tokio::test]
async fn loopback_is_reached_without_a_proxy() {
    let server = Scripted::start(|_, _, _| Act::Answer(200, json!("3.8.8"))).await;
    let client = through("http://proxy.invalid:1", &server.url());
    assert_eq!(client.server_version().await.unwrap(), "3.8.8");
}
