//! The event that a pod's status stands for: the same id, time and content that Prefect's observer
//! makes of it, so that several observers of a pod tell of it once.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::{related, replica::Trouble};
use crate::{
    k8s::view::{ContainerStatus, Phase, PodView},
    prefect::{Event, EventId},
    worker::{
        diagnose::{self, Diagnosis},
        journal::RunRef,
        observe::job_of,
    },
};

/// What a pod says of itself, as far as an event tells it.
#[derive(Debug)]
pub struct PodNews<'a> {
    pod: &'a PodView,
    diagnosis: Option<Diagnosis>,
    phase: &'static str,
}

impl<'a> PodNews<'a> {
    /// Reads a pod. `None` for one that says nothing of its phase.
    #[must_use]
    pub fn of(pod: &'a PodView) -> Option<Self> {
        let phase = match pod.status.phase {
            Phase::Pending => "Pending",
            Phase::Running => "Running",
            Phase::Succeeded => "Succeeded",
            Phase::Failed => "Failed",
            Phase::Unknown => return None,
        };
        Some(Self {
            pod,
            // Automations match on Prefect's own categories and no others.
            diagnosis: diagnose::diagnose(&pod.status).filter(|found| found.is_prefects),
            phase,
        })
    }

    /// The id of the event: the same for everybody who sees the pod in this phase, after as many
    /// restarts, with this trouble. The text that is hashed is that of Python's `json.dumps` with
    /// sorted keys.
    #[must_use]
    pub fn id(&self) -> EventId {
        let restarts: u64 = self
            .pod
            .status
            .container_statuses
            .iter()
            .map(|container| u64::from(container.restart_count))
            .sum();
        let diagnosis = match &self.diagnosis {
            Some(diagnosis) => Value::String(diagnosis.category.to_string()),
            None => Value::Null,
        };
        let text = format!(
            r#"{{"diagnosis": {diagnosis}, "phase": "{}", "restart_count": {restarts}, "uid": {}}}"#,
            self.phase,
            Value::String(self.pod.metadata.uid.clone()),
        );
        EventId(Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes()))
    }

    /// When it happened, where the pod tells.
    #[must_use]
    pub fn occurred(&self) -> Option<Timestamp> {
        let status = &self.pod.status;
        match status.phase {
            Phase::Pending => self.pod.metadata.creation_timestamp,
            Phase::Running => {
                let started =
                    |container: &ContainerStatus| container.state.running.as_ref()?.started_at;
                let started = status.container_statuses.iter().filter_map(started).max();
                started.or(status.start_time)
            }
            _ => {
                let ended =
                    |container: &ContainerStatus| container.state.terminated.as_ref()?.finished_at;
                let init = status.init_container_statuses.iter();
                let all = init.chain(&status.container_statuses);
                all.filter_map(ended).max()
            }
        }
    }

    /// The event, under its [id](Self::id). Of a pod that was followed until it failed
    /// (`followed`), Prefect's observer says that it was evicted when a container tells why it
    /// ended; of one that it finds failed, that it failed.
    #[must_use]
    pub fn event(&self, id: EventId, followed: bool, now: Timestamp) -> Event {
        let metadata = &self.pod.metadata;
        let mut name = self.phase.to_lowercase();
        let resource = format!("prefect.kubernetes.pod.{}", metadata.uid);
        let mut event = Event::new("", self.occurred().unwrap_or(now), resource);
        event.id = id;
        event.related = related::of_labels(&metadata.labels);
        let mut set = |key: &'static str, value: String| {
            event.resource.insert(key.into(), value);
        };
        set("prefect.resource.name", metadata.name.clone());
        set("kubernetes.namespace", metadata.namespace.clone());
        if let Some(diagnosis) = &self.diagnosis {
            set("kubernetes.diagnosis", diagnosis.category.to_string());
        }
        if followed
            && self.pod.status.phase == Phase::Failed
            && let Some(reason) = self.reason()
        {
            set("kubernetes.reason", reason.to_owned());
            "evicted".clone_into(&mut name);
        }
        event.event = format!("prefect.kubernetes.pod.{name}");
        event
    }

    /// What ails the pod, for the log of its run, if it is the pod of a Job.
    #[must_use]
    pub fn trouble(&self, about: RunRef) -> Option<Trouble> {
        let diagnosis = self.diagnosis.as_ref()?;
        job_of(self.pod)?;
        Some(Trouble {
            about,
            is_error: diagnosis.is_error,
            text: diagnosis.of_pod(&self.pod.metadata.name),
        })
    }

    /// Why the first of the containers ended that says so.
    fn reason(&self) -> Option<&str> {
        let containers = &self.pod.status.container_statuses;
        containers
            .iter()
            .filter_map(|container| container.state.terminated.as_ref()?.reason.as_deref())
            .find(|reason| !reason.is_empty())
    }
}
