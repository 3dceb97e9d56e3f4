//! Flow runs: reading, finding, changing.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use crate::prefect::{
    ApiError, Client, Flow, FlowId, FlowRun, FlowRunFilter, FlowRunId, FlowRunSort, FlowRunUpdate,
    JsonObject, Page, Raw, State, call::Call, retry::Repeat,
};

impl Client {
    /// Reads a run.
    ///
    /// # Errors
    /// `NotFound` when it is gone.
    pub async fn read_flow_run(&self, id: FlowRunId) -> Result<Raw<FlowRun>, ApiError> {
        self.read(Call::get("/flow_runs/{id}").with(id)).await
    }

    /// Reads a run, or `None` when it is gone.
    ///
    /// # Errors
    /// As every route.
    pub async fn find_flow_run(&self, id: FlowRunId) -> Result<Option<Raw<FlowRun>>, ApiError> {
        match self.read_flow_run(id).await {
            Err(error) if error.is_not_found() => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Finds one page of runs.
    ///
    /// # Errors
    /// As every route.
    pub async fn list_flow_runs(
        &self,
        filter: &FlowRunFilter,
        sort: FlowRunSort,
        page: Page,
    ) -> Result<Vec<Raw<FlowRun>>, ApiError> {
        self.list(page, |part| {
            Call::post("/flow_runs/filter", Repeat::Always).json(&filter.body(sort, part))
        })
        .await
    }

    /// Finds all runs, page by page, each once. Runs that begin or end meanwhile may be missed.
    ///
    /// # Errors
    /// As every route.
    pub async fn all_flow_runs(
        &self,
        filter: &FlowRunFilter,
    ) -> Result<Vec<Raw<FlowRun>>, ApiError> {
        let mut page = Page::default();
        let mut seen = HashSet::new();
        let mut runs = Vec::new();
        loop {
            let found = self
                .list_flow_runs(filter, FlowRunSort::IdDesc, page)
                .await?;
            let is_last = found.len() < page.limit as usize;
            runs.extend(found.into_iter().filter(|run| seen.insert(run.id)));
            if is_last {
                return Ok(runs);
            }
            page.offset += page.limit;
        }
    }

    /// Looks at one page of runs, each read as a [`FlowRun`] or as a part of it
    /// ([`FlowRunNow`](crate::prefect::FlowRunNow)).
    ///
    /// # Errors
    /// As every route.
    pub async fn look_at_flow_runs<T: DeserializeOwned>(
        &self,
        filter: &FlowRunFilter,
        page: Page,
    ) -> Result<Vec<T>, ApiError> {
        self.list(page, |part| {
            let body = filter.body(FlowRunSort::IdDesc, part);
            Call::post("/flow_runs/filter", Repeat::Always).json(&body)
        })
        .await
    }

    /// Changes a run.
    ///
    /// # Errors
    /// As every route.
    pub async fn update_flow_run(
        &self,
        id: FlowRunId,
        update: &FlowRunUpdate,
    ) -> Result<(), ApiError> {
        let call = Call::patch("/flow_runs/{id}").with(id).json(update);
        self.call(call).await.map(drop)
    }

    /// Adds labels to a run, over those it has.
    ///
    /// # Errors
    /// As every route.
    pub async fn update_flow_run_labels(
        &self,
        id: FlowRunId,
        labels: &JsonObject,
    ) -> Result<(), ApiError> {
        let call = Call::patch("/flow_runs/{id}/labels").with(id).json(labels);
        self.call(call).await.map(drop)
    }

    /// The states a run has had, oldest first.
    ///
    /// # Errors
    /// As every route.
    pub async fn flow_run_states(&self, id: FlowRunId) -> Result<Vec<State>, ApiError> {
        self.read(Call::get("/flow_run_states/").query("flow_run_id", id))
            .await
    }

    /// Removes a run. One that is gone already is no error.
    ///
    /// # Errors
    /// As every route.
    pub async fn delete_flow_run(&self, id: FlowRunId) -> Result<(), ApiError> {
        match self.call(Call::delete("/flow_runs/{id}").with(id)).await {
            Err(error) if error.is_not_found() => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// Reads a flow.
    ///
    /// # Errors
    /// `NotFound` when it is gone.
    pub async fn read_flow(&self, id: FlowId) -> Result<Raw<Flow>, ApiError> {
        self.read(Call::get("/flows/{id}").with(id)).await
    }
}
