//! What is done with Jobs and pods: create, get, delete; logs and events.

use std::{collections::VecDeque, time::Duration};

use futures::AsyncReadExt;
use http::Request as HttpRequest;
use jiff::Timestamp;
use kube::{
    api::{DeleteParams, GetParams, ListParams, LogParams, Preconditions, PropagationPolicy},
    core::Request,
};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use super::{
    cluster::Cluster,
    failure::{Class, Failure},
    view::{JobView, PodView, View},
    watch::Scope,
};

/// How much of a log's end is kept, whatever the length of its lines.
const LOG_BYTES: usize = 256 * 1024;
/// How long the end of a log may take; the API server fetches it from the pod's node.
const LOG_TIMEOUT: Duration = Duration::from_secs(30);

/// How an object is deleted.
#[derive(Debug, Clone, Default)]
pub struct Deletion {
    /// Only when the object still has this UID: a later one of the same name is spared.
    pub uid: Option<String>,
    /// Seconds that its pods are given to end; `None` leaves it to them.
    pub grace_seconds: Option<u32>,
}

/// The end of a container's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogTail {
    /// The lines, oldest first.
    pub text: String,
    /// Whether they are of the instance before the container was started again.
    pub previous: bool,
}

/// What happened to an object, as `kubectl describe` shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventView {
    /// `Normal` or `Warning`.
    #[serde(rename = "type")]
    pub kind: String,
    /// In one word: `FailedScheduling`, `BackOff`.
    pub reason: String,
    /// In a sentence.
    pub message: String,
    /// How often it happened.
    pub count: Option<u32>,
    /// When it last happened, in the older form of events.
    pub last_timestamp: Option<Timestamp>,
    /// When it happened, in the newer form.
    pub event_time: Option<Timestamp>,
}

impl EventView {
    /// When it last happened.
    #[must_use]
    pub fn when(&self) -> Option<Timestamp> {
        self.last_timestamp.or(self.event_time)
    }
}

#[derive(Deserialize)]
struct Events {
    items: Vec<EventView>,
}

impl Cluster {
    /// Creates a Job from its manifest. Fields that the API server does not know are dropped by it.
    ///
    /// # Errors
    /// [`Class::AlreadyExists`] when there is one of the name, [`Class::NotFound`] without the
    /// namespace, [`Class::Invalid`] for a manifest that the API server does not accept.
    pub async fn create_job(&self, namespace: &str, manifest: &Value) -> Result<JobView, Failure> {
        let doing = format!(
            "create {} in namespace {namespace}",
            name_of(manifest, "Job")
        );
        self.post(&doing, &path::<JobView>(namespace), manifest)
            .await
    }

    /// Reads a Job.
    pub async fn get_job(&self, namespace: &str, name: &str) -> Result<JobView, Failure> {
        self.get(namespace, name, "Job").await
    }

    /// Reads a pod.
    pub async fn get_pod(&self, namespace: &str, name: &str) -> Result<PodView, Failure> {
        self.get(namespace, name, "pod").await
    }

    /// Deletes a Job in the foreground: it stays until its pods have ended.
    ///
    /// # Errors
    /// [`Class::NotFound`] when it is gone already, [`Class::Conflict`] when it has another UID.
    pub async fn delete_job(
        &self,
        namespace: &str,
        name: &str,
        deletion: &Deletion,
    ) -> Result<(), Failure> {
        let parameters = DeleteParams {
            grace_period_seconds: deletion.grace_seconds,
            propagation_policy: Some(PropagationPolicy::Foreground),
            preconditions: deletion.uid.clone().map(|uid| Preconditions {
                uid: Some(uid),
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        let doing = format!("delete Job {name} in namespace {namespace}");
        let request = Request::new(path::<JobView>(namespace)).delete(name, &parameters);
        self.read::<Value>(&doing, request).await.map(drop)
    }

    /// The end of a container's log: of the instance before its last restart where that one has said
    /// something, else of the one that is there.
    ///
    /// # Errors
    /// When neither is to be had: with what keeps the earlier one back, if it is not just missing.
    pub async fn log_tail(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        lines: u32,
    ) -> Result<LogTail, Failure> {
        let kept_back = match self.log(namespace, pod, container, lines, true).await {
            Ok(text) if !text.trim().is_empty() => {
                return Ok(LogTail {
                    text,
                    previous: true,
                });
            }
            Ok(_) => None,
            Err(failure) if matches!(failure.class, Class::Invalid | Class::NotFound) => None,
            Err(failure) => Some(failure),
        };
        let current = self.log(namespace, pod, container, lines, false).await;
        match (current, kept_back) {
            (Ok(text), Some(failure)) if text.trim().is_empty() => Err(failure),
            (Err(_), Some(failure)) => Err(failure),
            (Ok(text), _) => Ok(LogTail {
                text,
                previous: false,
            }),
            (Err(failure), None) => Err(failure),
        }
    }

    /// The beginning of a container's log, at most so many bytes.
    ///
    /// # Errors
    /// [`Class::Invalid`] while the container has not started.
    pub async fn log_head(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        bytes: u32,
    ) -> Result<String, Failure> {
        let parameters = LogParams {
            container: Some(container.to_owned()),
            limit_bytes: Some(bytes.into()),
            ..LogParams::default()
        };
        let doing = format!("read the log of container {container} of pod {namespace}/{pod}");
        let request = Request::new(path::<PodView>(namespace)).logs(pod, &parameters);
        match timeout(LOG_TIMEOUT, self.tail(request)).await {
            Ok(result) => result.map_err(|error| self.failure(&doing, &error)),
            Err(_) => Err(Failure::other(&doing, "it did not come in time")),
        }
    }

    /// What happened lately to the object of this UID, oldest first.
    pub async fn events_of(&self, namespace: &str, uid: &str) -> Result<Vec<EventView>, Failure> {
        let parameters = ListParams::default().fields(&format!("involvedObject.uid={uid}"));
        let doing = format!("list events in namespace {namespace}");
        let path = format!("/api/v1/namespaces/{namespace}/events");
        let request = Request::new(path).list(&parameters);
        let mut events = self.read::<Events>(&doing, request).await?.items;
        events.sort_by_key(EventView::when);
        Ok(events)
    }

    async fn get<T: View>(&self, namespace: &str, name: &str, kind: &str) -> Result<T, Failure> {
        let doing = format!("read {kind} {name} in namespace {namespace}");
        let request = Request::new(path::<T>(namespace)).get(name, &GetParams::default());
        self.read(&doing, request).await
    }

    async fn log(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        lines: u32,
        previous: bool,
    ) -> Result<String, Failure> {
        let parameters = LogParams {
            container: Some(container.to_owned()),
            tail_lines: Some(lines.into()),
            previous,
            ..LogParams::default()
        };
        let doing = format!("read the log of container {container} of pod {namespace}/{pod}");
        let request = Request::new(path::<PodView>(namespace)).logs(pod, &parameters);
        match timeout(LOG_TIMEOUT, self.tail(request)).await {
            Ok(Ok(text)) => Ok(text),
            Ok(Err(error)) => Err(self.failure(&doing, &error)),
            Err(_) => Err(Failure {
                class: Class::Unreachable,
                ..Failure::other(
                    &doing,
                    format!("it was not there within {} s", LOG_TIMEOUT.as_secs()),
                )
            }),
        }
    }

    /// Reads a log and keeps its end. What is not UTF-8 is replaced: programs print what they like.
    async fn tail(
        &self,
        request: Result<HttpRequest<Vec<u8>>, kube::core::request::Error>,
    ) -> kube::Result<String> {
        let request = request.map_err(kube::Error::BuildRequest)?;
        let mut stream = std::pin::pin!(self.client().request_stream(request).await?);
        let mut end = VecDeque::new();
        let mut cut = false;
        let mut chunk = [0; 8192];
        loop {
            let read = stream
                .read(&mut chunk)
                .await
                .map_err(kube::Error::ReadEvents)?;
            if read == 0 {
                break;
            }
            end.extend(&chunk[..read]);
            if end.len() > LOG_BYTES {
                end.drain(..end.len() - LOG_BYTES);
                cut = true;
            }
        }
        let text = String::from_utf8_lossy(end.make_contiguous()).into_owned();
        Ok(match text.split_once('\n') {
            // The first line is not whole.
            Some((_, rest)) if cut => rest.to_owned(),
            _ => text,
        })
    }
}

pub(super) fn path<T: View>(namespace: &str) -> String {
    Scope::Namespace(namespace.to_owned()).path::<T>()
}

/// How a manifest is named to people.
pub(super) fn name_of(manifest: &Value, kind: &str) -> String {
    let metadata = &manifest["metadata"];
    match (metadata["name"].as_str(), metadata["generateName"].as_str()) {
        (Some(name), _) => format!("{kind} {name}"),
        (None, Some(prefix)) => format!("{kind} {prefix}*"),
        (None, None) => format!("a {kind}"),
    }
}
