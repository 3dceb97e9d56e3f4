//! Work pools, queues, workers, and the poll for runs.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::prefect::{
    ApiError, Client, NewWorkPool, Page, ScheduledFlowRun, WorkPool, WorkPoolName, WorkPoolUpdate,
    WorkQueue, WorkQueueName, Worker, WorkerId, WorkerName, call::Call, retry::Repeat,
};

/// What a poll asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Poll {
    /// Only these queues; all of the pool when empty.
    pub work_queues: Vec<WorkQueueName>,
    /// Runs that fall due before this moment.
    pub scheduled_before: Option<Timestamp>,
    /// At most this many.
    pub limit: Option<u32>,
}

impl Client {
    /// Reads a pool.
    ///
    /// # Errors
    /// `NotFound` when there is none of that name.
    pub async fn read_work_pool(&self, name: &WorkPoolName) -> Result<WorkPool, ApiError> {
        self.read(Call::get("/work_pools/{name}").with(name)).await
    }

    /// Makes a pool.
    ///
    /// # Errors
    /// `Conflict` when there is one of that name: another worker may just have made it.
    pub async fn create_work_pool(&self, pool: &NewWorkPool) -> Result<WorkPool, ApiError> {
        self.read(Call::post("/work_pools/", Repeat::Always).json(pool))
            .await
    }

    /// Changes a pool.
    ///
    /// # Errors
    /// As every route.
    pub async fn update_work_pool(
        &self,
        name: &WorkPoolName,
        update: &WorkPoolUpdate,
    ) -> Result<(), ApiError> {
        let call = Call::patch("/work_pools/{name}").with(name).json(update);
        self.call(call).await.map(drop)
    }

    /// Removes a pool with its queues and workers.
    ///
    /// # Errors
    /// As every route.
    pub async fn delete_work_pool(&self, name: &WorkPoolName) -> Result<(), ApiError> {
        self.call(Call::delete("/work_pools/{name}").with(name))
            .await
            .map(drop)
    }

    /// Lists pools.
    ///
    /// # Errors
    /// As every route.
    pub async fn list_work_pools(&self, page: Page) -> Result<Vec<WorkPool>, ApiError> {
        self.list(page, |part| {
            Call::post("/work_pools/filter", Repeat::Always)
                .json(&json!({ "limit": part.limit, "offset": part.offset }))
        })
        .await
    }

    /// Lists the queues of a pool.
    ///
    /// # Errors
    /// As every route.
    pub async fn list_work_queues(
        &self,
        pool: &WorkPoolName,
        page: Page,
    ) -> Result<Vec<WorkQueue>, ApiError> {
        let route = "/work_pools/{work_pool_name}/queues/filter";
        self.list(page, |part| {
            Call::post(route, Repeat::Always)
                .with(pool)
                .json(&json!({ "limit": part.limit, "offset": part.offset }))
        })
        .await
    }

    /// Reads a queue of a pool.
    ///
    /// # Errors
    /// `NotFound` when the pool, or the queue in it, does not exist.
    pub async fn read_work_queue(
        &self,
        pool: &WorkPoolName,
        queue: &WorkQueueName,
    ) -> Result<WorkQueue, ApiError> {
        let call = Call::get("/work_pools/{work_pool_name}/queues/{name}")
            .with(pool)
            .with(queue);
        self.read(call).await
    }

    /// Lists the workers of a pool.
    ///
    /// # Errors
    /// As every route.
    pub async fn list_workers(
        &self,
        pool: &WorkPoolName,
        page: Page,
    ) -> Result<Vec<Worker>, ApiError> {
        let route = "/work_pools/{work_pool_name}/workers/filter";
        self.list(page, |part| {
            Call::post(route, Repeat::Always)
                .with(pool)
                .json(&json!({ "limit": part.limit, "offset": part.offset }))
        })
        .await
    }

    /// Removes a worker's record. One that is gone already is no error.
    ///
    /// A name with a slash cannot be removed: the server splits its paths before it decodes them.
    ///
    /// # Errors
    /// As every route.
    pub async fn delete_worker(
        &self,
        pool: &WorkPoolName,
        worker: &WorkerName,
    ) -> Result<(), ApiError> {
        let call = Call::delete("/work_pools/{work_pool_name}/workers/{name}")
            .with(pool)
            .with(worker);
        match self.call(call).await {
            Err(error) if error.is_not_found() => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// Gives a sign of life. The interval is sent in whole seconds, at least one.
    ///
    /// Returns the worker's id where the server gives it: Prefect Cloud, when `want_id` is set. A
    /// server of one's own answers 204 and keeps the id to itself; one that refuses the wish (422)
    /// is sent the sign without it. `metadata` says what the worker is.
    ///
    /// # Errors
    /// As every route.
    pub async fn heartbeat(
        &self,
        pool: &WorkPoolName,
        worker: &WorkerName,
        interval: Duration,
        want_id: bool,
        metadata: Option<&Value>,
    ) -> Result<Option<WorkerId>, ApiError> {
        let mut body = json!({
            "name": worker,
            "heartbeat_interval_seconds": interval.as_secs().max(1),
        });
        if let Some(metadata) = metadata {
            body["metadata"] = metadata.clone();
        }
        let call = |body: &Value| {
            let route = "/work_pools/{work_pool_name}/workers/heartbeat";
            self.call(Call::post(route, Repeat::Always).with(pool).json(body))
        };
        if want_id {
            body["return_id"] = true.into();
        }
        let answer = match call(&body).await {
            Err(error) if want_id && error.status == Some(422) => {
                tracing::debug!("the server does not tell the worker's id: {error}");
                if let Some(body) = body.as_object_mut() {
                    body.remove("return_id");
                }
                call(&body).await?
            }
            answer => answer?,
        };
        let text = String::from_utf8_lossy(&answer.body);
        let id = text.trim().trim_matches('"').parse::<Uuid>().ok();
        Ok(id.map(WorkerId))
    }

    /// Asks for runs to take, in the order in which the server wants them taken.
    ///
    /// # Errors
    /// As every route.
    pub async fn scheduled_flow_runs(
        &self,
        pool: &WorkPoolName,
        poll: &Poll,
    ) -> Result<Vec<ScheduledFlowRun>, ApiError> {
        let mut body = json!({});
        if !poll.work_queues.is_empty() {
            body["work_queue_names"] = json!(poll.work_queues);
        }
        if let Some(before) = poll.scheduled_before {
            body["scheduled_before"] = json!(before);
        }
        if let Some(limit) = poll.limit {
            body["limit"] = limit.into();
        }
        let call = Call::post("/work_pools/{name}/get_scheduled_flow_runs", Repeat::Always)
            .with(pool)
            .json(&body);
        self.read(call).await
    }
}
