//! Events: what happened to what, and how to look for it.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::raw::{JsonObject, null_is_default};
use crate::prefect::ids::{EventId, FlowRunId};

/// Events further apart than this are not said to follow each other (TIGHT_TIMING in Prefect).
const TIGHT_TIMING: SignedDuration = SignedDuration::from_mins(5);

/// The labels of a thing; `prefect.resource.id` names it, and `prefect.resource.role` says what a
/// related one has to do with the event.
pub type Resource = BTreeMap<Cow<'static, str>, String>;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When it happened, which is not when it was noticed.
    pub occurred: Timestamp,
    /// What: `prefect.kubernetes.pod.running`.
    pub event: String,
    /// To what.
    pub resource: Resource,
    /// What else has to do with it.
    #[serde(default, deserialize_with = "null_is_default")]
    pub related: Vec<Resource>,
    /// More about it.
    #[serde(default, deserialize_with = "null_is_default")]
    pub payload: JsonObject,
    /// Its id. The server drops a second event of the same id.
    pub id: EventId,
    /// The event that came before it.
    #[serde(default)]
    pub follows: Option<EventId>,
}

impl Event {
    /// Something that happened at `occurred` to the resource `resource_id`.
    #[must_use]
    pub fn new(
        event: impl Into<String>,
        occurred: Timestamp,
        resource_id: impl Into<String>,
    ) -> Self {
        Self {
            occurred,
            event: event.into(),
            resource: Resource::from([("prefect.resource.id".into(), resource_id.into())]),
            related: Vec::new(),
            payload: JsonObject::new(),
            id: EventId(Uuid::now_v7()),
            follows: None,
        }
    }

    /// The flow run it happened to, for `prefect.flow-run.*`.
    #[must_use]
    pub fn flow_run_id(&self) -> Option<FlowRunId> {
        self.resource_id()?
            .strip_prefix("prefect.flow-run.")?
            .parse()
            .ok()
    }

    /// Says that this event came after another one, if they are less than five minutes apart.
    #[must_use]
    pub fn following(mut self, previous: EventId, occurred: Timestamp) -> Self {
        if self.occurred.duration_since(occurred).abs() < TIGHT_TIMING {
            self.follows = Some(previous);
        }
        self
    }

    /// The id of the thing it happened to.
    #[must_use]
    pub fn resource_id(&self) -> Option<&str> {
        self.resource.get("prefect.resource.id").map(String::as_str)
    }
}

/// Which events to look for: those that meet every condition that is set.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct EventFilter {
    /// The time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred: Option<Occurred>,
    /// What happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Names>,
    /// To what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resources>,
    /// Which events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Ids>,
    /// What has to do with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related: Option<Resources>,
}

/// A span of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Occurred {
    /// From here on; the server's default is 180 days ago.
    pub since: Timestamp,
    /// Up to here.
    pub until: Timestamp,
}

/// Names of events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    /// Beginning with one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prefix: Vec<String>,
    /// One of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub name: Vec<String>,
}

/// Ids of resources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Resources {
    /// One of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub id: Vec<String>,
    /// Of each resource only the latest event.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub distinct: bool,
}

/// Ids of events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ids {
    /// One of these.
    pub id: Vec<EventId>,
}

impl EventFilter {
    /// The events of these names.
    #[must_use]
    pub fn named<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self {
            event: Some(Names {
                name: names.into_iter().map(Into::into).collect(),
                ..Names::default()
            }),
            ..Self::default()
        }
    }

    /// Those of these ids.
    #[must_use]
    pub fn with_ids(mut self, ids: impl IntoIterator<Item = EventId>) -> Self {
        self.id = Some(Ids {
            id: ids.into_iter().collect(),
        });
        self
    }

    /// Those that happened to one of these resources.
    #[must_use]
    pub fn of_resources<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.resource = Some(Resources {
            id: ids.into_iter().map(Into::into).collect(),
            ..Resources::default()
        });
        self
    }

    /// Of each resource only the latest.
    #[must_use]
    pub fn latest_of_each_resource(mut self) -> Self {
        self.resource.get_or_insert_default().distinct = true;
        self
    }

    /// Those that one of these resources has to do with, like `prefect.work-pool.<id>`.
    #[must_use]
    pub fn related_to<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.related = Some(Resources {
            id: ids.into_iter().map(Into::into).collect(),
            ..Resources::default()
        });
        self
    }

    /// Those in a span of time.
    #[must_use]
    pub fn between(mut self, since: Timestamp, until: Timestamp) -> Self {
        self.occurred = Some(Occurred { since, until });
        self
    }
}

/// Some of the events that were found.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct EventPage {
    /// The events.
    pub events: Vec<Event>,
    /// How many there are in all.
    #[serde(default)]
    pub total: u64,
    /// Where the next ones are.
    #[serde(default)]
    pub next_page: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_follows_another_only_if_they_are_close() {
        let at: Timestamp = "2026-11-22T16:00:00Z".parse().unwrap();
        let first = EventId(Uuid::nil());
        for (minutes, follows) in [(4, Some(first)), (-4, Some(first)), (5, None), (-6, None)] {
            let later = at + SignedDuration::from_mins(minutes);
            let event = Event::new("x", later, "y").following(first, at);
            assert_eq!(event.follows, follows, "{minutes}");
        }
    }

    #[test]
    fn the_flow_run_of_an_event() {
        let id = "6f1b3f0e-6a0c-4a44-9c5f-1f6a1f5e7a10";
        let event = |resource: &str| Event::new("x", Timestamp::UNIX_EPOCH, resource);
        let run = event(&format!("prefect.flow-run.{id}")).flow_run_id();
        assert_eq!(run.unwrap().to_string(), id);
        assert_eq!(event(&format!("prefect.flow.{id}")).flow_run_id(), None);
        assert_eq!(event("prefect.flow-run.x").flow_run_id(), None);
    }
}
