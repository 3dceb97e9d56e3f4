//! Events over HTTP.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::json;

use crate::prefect::{
    ApiError, Client, Event, EventFilter, EventId, EventPage, call::Call, retry::Repeat,
};

/// A page of events of which only the ids are wanted.
#[derive(Deserialize)]
struct IdPage {
    events: Vec<Id>,
}

#[derive(Deserialize)]
struct Id {
    id: EventId,
}

impl Client {
    /// Records events. The server drops those whose ids it knows.
    ///
    /// # Errors
    /// As every route.
    pub async fn create_events(&self, events: &[Event]) -> Result<(), ApiError> {
        let call = Call::post("/events", Repeat::Always).json(&events);
        self.call(call).await.map(drop)
    }

    /// Records events that are already a JSON list.
    pub(in crate::prefect) async fn post_events(&self, events: Vec<u8>) -> Result<(), ApiError> {
        let mut call = Call::post("/events", Repeat::Always);
        call.body = Some(events.into());
        self.call(call).await.map(drop)
    }

    /// Finds events, latest first; at most `limit`, of which the server allows 50.
    ///
    /// # Errors
    /// As every route.
    pub async fn list_events(
        &self,
        filter: &EventFilter,
        limit: u32,
    ) -> Result<EventPage, ApiError> {
        let call = Call::post("/events/filter", Repeat::Always)
            .json(&json!({ "filter": filter, "limit": limit }));
        self.read(call).await
    }

    /// The ids of the events that a filter selects; at most `limit`, of which the server allows 50.
    ///
    /// # Errors
    /// As every route.
    pub async fn known_events(
        &self,
        filter: &EventFilter,
        limit: u32,
    ) -> Result<HashSet<EventId>, ApiError> {
        let call = Call::post("/events/filter", Repeat::Always)
            .json(&json!({ "filter": filter, "limit": limit }));
        let page: IdPage = self.read(call).await?;
        Ok(page.events.into_iter().map(|event| event.id).collect())
    }
}
