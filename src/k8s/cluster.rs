//! A connected cluster: the client, and what to tell people about where it leads.

use std::sync::Arc;

use http::{Request, Response};
use kube::{client::Body, core::Status};
use serde::{Serialize, de::DeserializeOwned};
use tower::BoxError;

use super::{
    authenticator::Authenticator,
    failure::{self, Failure},
    server,
    target::Target,
    transport::{Patience, Transport},
};
use crate::{error::Result, requests::Metrics};

/// Name under which our changes stand in `metadata.managedFields`.
pub const FIELD_MANAGER: &str = "kubectl-prefect";

/// A Kubernetes API server that we can send requests to. Cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    client: kube::Client,
    about: Arc<About>,
}

#[derive(Debug)]
struct About {
    server: String,
    context: Option<String>,
    namespace: String,
    metrics: Arc<Metrics>,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.about.fmt(f)
    }
}

impl Cluster {
    /// Makes a client for the target. A credential plugin runs now and may ask its questions on
    /// the terminal; apart from that nothing is sent.
    ///
    /// # Errors
    /// When there are no credentials, or the connection's certificates cannot be used.
    pub async fn connect(target: Target, patience: Patience) -> Result<Self> {
        Self::counted(target, patience, Arc::default()).await
    }

    /// Makes a client for another target, whose requests are counted with those of this one.
    ///
    /// # Errors
    /// As [`Cluster::connect`].
    pub async fn another(&self, target: Target, patience: Patience) -> Result<Self> {
        Self::counted(target, patience, Arc::clone(&self.about.metrics)).await
    }

    async fn counted(target: Target, patience: Patience, metrics: Arc<Metrics>) -> Result<Self> {
        let server = server::shown(&target.server);
        let authenticator = Authenticator::new(target.credential);
        let timeout = target.timeout.0;
        let counted = Arc::clone(&metrics);
        let transport = Transport::new(target.config, authenticator, timeout, patience, counted);
        let transport = transport.await.map_err(|error| {
            let error = match error.downcast::<kube::Error>() {
                Ok(error) => *error,
                Err(error) => kube::Error::Service(error),
            };
            failure::explain("set up the Kubernetes connection", &server, &error)
        })?;
        let transport = Arc::new(transport);
        let service = tower::service_fn(move |request: Request<Body>| {
            let transport = Arc::clone(&transport);
            async move { transport.send(request).await as Result<Response<Body>, BoxError> }
        });
        Ok(Self {
            client: kube::Client::new(service, target.namespace.clone()),
            about: Arc::new(About {
                server,
                context: target.context,
                namespace: target.namespace,
                metrics,
            }),
        })
    }

    /// The client, for what this module has no operation for.
    #[must_use]
    pub const fn client(&self) -> &kube::Client {
        &self.client
    }

    /// Counters over all requests.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.about.metrics
    }

    /// Whether both are the same connection, with the same credentials.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.about, &other.about)
    }

    /// Address of the API server.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.about.server
    }

    /// Name of the kubeconfig context, if one was used.
    #[must_use]
    pub fn context(&self) -> Option<&str> {
        self.about.context.as_deref()
    }

    /// Namespace to work in.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.about.namespace
    }

    /// The line that people see before anything is changed.
    #[must_use]
    pub fn line(&self) -> String {
        let About {
            server,
            context,
            namespace,
            ..
        } = &*self.about;
        let context = context.as_deref().unwrap_or("none");
        format!("context {context}, server {server}, namespace {namespace}")
    }

    /// Says what failed: `doing` completes "failed to ...".
    #[must_use]
    pub fn failure(&self, doing: &str, error: &kube::Error) -> Failure {
        failure::explain(doing, self.server(), error)
    }

    /// Sends a request and reads the answer.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        doing: &str,
        request: Result<Request<Vec<u8>>, kube::core::request::Error>,
    ) -> Result<T, Failure> {
        let answer = self.ask(request).await;
        answer.map_err(|error| self.failure(doing, &error))
    }

    /// Sends a request and reads the answer; a failure is as the API server gave it.
    ///
    /// Not by `Client::request`, which logs an answer that it cannot read, Secrets included, and
    /// forgets the code of one that is no `Status`.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        request: Result<Request<Vec<u8>>, kube::core::request::Error>,
    ) -> kube::Result<T> {
        let request = request.map_err(kube::Error::BuildRequest)?;
        let response = self.client.send(request.map(Body::from)).await?;
        let code = response.status();
        let body = response.into_body().collect_bytes().await?;
        if code.is_client_error() || code.is_server_error() {
            return Err(kube::Error::Api(status(&body, code.as_u16())));
        }
        serde_json::from_slice(&body).map_err(kube::Error::SerdeError)
    }

    /// Sends an object to be created and reads the answer.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        doing: &str,
        path: &str,
        object: &(impl Serialize + Sync),
    ) -> Result<T, Failure> {
        let body = serde_json::to_vec(object)
            .map_err(|error| self.failure(doing, &kube::Error::SerdeError(error)))?;
        let parameters = kube::api::PostParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..kube::api::PostParams::default()
        };
        let request = kube::core::Request::new(path).create(&parameters, body);
        self.read(doing, request).await
    }
}

/// The `Status` that an answer holds, or one made of an answer that holds none.
pub(super) fn status(body: &[u8], code: u16) -> Box<Status> {
    let status = serde_json::from_slice::<Status>(body).ok();
    let mut status = status
        .filter(|status| status.code == code)
        .unwrap_or_else(|| Status::failure(&String::from_utf8_lossy(body), ""));
    status.code = code;
    status.boxed()
}
