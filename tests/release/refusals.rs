//! What is refused by an admission webhook, by one that does not answer, and for its size.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{
    obstacles::says,
    stage::Stage,
    support::{TestCommand, TestOutput, worker::until},
};

/// A webhook that refuses all that it is asked about. It ends with this value.
struct Webhook {
    url: String,
    authority: String,
    _task: JoinSet<()>,
}

impl Webhook {
    async fn start() -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
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
        let acceptor = TlsAcceptor::from(Arc::new(server));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                connections.spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        refuse(stream).await;
                    }
                });
            }
        });
        Self {
            url,
            authority: BASE64_STANDARD.encode(certificate.pem()),
            _task: task,
        }
    }
}

/// Answers the first request of a connection.
async fn refuse(stream: TlsStream<TcpStream>) {
    let mut stream = BufStream::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let line = line.trim().to_ascii_lowercase();
        if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let asked: Value = serde_json::from_slice(&body).unwrap();
    let answer = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "response": {
            "uid": asked["request"]["uid"], "allowed": false,
            "status": {"message": "images need a digest"},
        },
    })
    .to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(answer.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}

/// Runs a command while the webhook answers.
async fn run(command: TestCommand) -> TestOutput {
    let run = tokio::task::spawn_blocking(move || command.run());
    run.await.unwrap()
}

/// Lets the API server ask a webhook about Deployments of the namespace.
fn register(stage: &Stage, url: &str, authority: &str) {
    let name = stage.name();
    let webhook = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [{
            "name": "digests.example.org",
            "clientConfig": {"url": url, "caBundle": authority},
            "rules": [{
                "apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments"],
                "operations": ["CREATE", "UPDATE"],
            }],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}},
            "sideEffects": "None", "admissionReviewVersions": ["v1"], "timeoutSeconds": 5,
        }],
    });
    let apply = ["apply", "-f", "-"];
    stage
        .cluster
        .kubectl_with_input(&apply, &webhook.to_string());
}

#[tokio::test]
async fn a_webhook_that_refuses_or_does_not_answer_is_told_of_before_anything_is_written() {
    let stage = Stage::new("webhook").await;
    let webhook = Webhook::start().await;
    register(&stage, &webhook.url, &webhook.authority);
    let said = until("the webhook is asked", async || {
        let said = run(stage.install("--dry-run=server")).await;
        (said.code != Some(0)).then_some(said)
    })
    .await;
    assert_eq!(said.code, Some(1), "{said:?}");
    says(&said, "Deployment prefect-worker in namespace");
    says(&said, "denied the request: images need a digest");
    says(&said, "hint: an admission policy of the cluster refuses it");
    assert_eq!(run(stage.install("")).await.code, Some(1));
    stage.is_untouched().await;

    // Nobody listens there.
    register(&stage, "https://127.0.0.1:1/", &webhook.authority);
    let said = until("the other webhook is asked", async || {
        let said = run(stage.install("")).await;
        (!said.stderr.contains("images need a digest")).then_some(said)
    })
    .await;
    assert_ne!(said.code, Some(0), "{said:?}");
    says(&said, "failed calling webhook");
    says(
        &said,
        "hint: an admission webhook of the cluster does not answer",
    );
    stage.is_untouched().await;
    let delete = ["delete", "validatingwebhookconfiguration", stage.name()];
    stage.cluster.kubectl(&delete);
    let said = until("no webhook is asked", async || {
        let said = run(stage.install("")).await;
        (!said.stderr.contains("failed calling webhook")).then_some(said)
    })
    .await;
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_anything_is_written() {
    let stage = Stage::new("large").await;
    let mut number = 1_u64;
    let mut noise = |length: usize| {
        let mut text = String::new();
        while text.len() < length {
            number = number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            text.push_str(&format!("{number:016x}"));
        }
        text
    };
    let config_maps: Vec<Value> = (0..5)
        .map(|count| {
            json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("c{count}")},
                "data": {"text": noise(500_000)},
            })
        })
        .collect();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut values: Value = serde_json::from_str(&stage.values()).unwrap();
        change(&mut values);
        let install = stage.command("install --wait=false -f -");
        install.input(&values.to_string()).failure(1)
    };
    // Every object alone is taken, and all of them are too much to remember.
    let said = with(&|values| values["extraManifests"] = config_maps.clone().into());
    says(&said, "too large to be remembered in the cluster");
    says(&said, "a Secret holds 1024 KiB at most");
    // What can be packed small is still more than the API server takes.
    let repeated = noise(1000).repeat(4000);
    let said = with(&|values| {
        values["worker"]["podAnnotations"] = json!({"large": repeated});
    });
    says(&said, "Request entity too large");
    says(&said, "hint: no API server takes an object of this size");
    stage.is_untouched().await;
}
