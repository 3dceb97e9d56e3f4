//! Flow runs, their flows and deployments, and how to look for runs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    raw::{JsonObject, Raw, null_is_default},
    state::{State, StateType},
};
use crate::prefect::ids::{
    DeploymentId, FlowId, FlowRunId, StateId, WorkPoolId, WorkPoolName, WorkQueueId, WorkQueueName,
};

/// A run of a flow.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FlowRun {
    /// Its id, the same over all its attempts.
    pub id: FlowRunId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// The flow.
    pub flow_id: FlowId,
    /// The deployment it was made from, if any.
    #[serde(default)]
    pub deployment_id: Option<DeploymentId>,
    /// The version of the deployment.
    #[serde(default)]
    pub deployment_version: Option<String>,
    /// The pool it belongs to; absent in the answer to a poll.
    #[serde(default)]
    pub work_pool_id: Option<WorkPoolId>,
    /// The pool's name; absent in the answer to a poll.
    #[serde(default)]
    pub work_pool_name: Option<WorkPoolName>,
    /// The queue.
    #[serde(default)]
    pub work_queue_id: Option<WorkQueueId>,
    /// The queue's name.
    #[serde(default)]
    pub work_queue_name: Option<WorkQueueName>,
    /// The present state; absent in the answer to a poll, which has only the three below.
    #[serde(default)]
    pub state: Option<State>,
    /// The id of the present state.
    #[serde(default)]
    pub state_id: Option<StateId>,
    /// The type of the present state.
    #[serde(default)]
    pub state_type: Option<StateType>,
    /// The name of the present state.
    #[serde(default)]
    pub state_name: Option<String>,
    /// How often it has begun to run. A run that crashed before keeps its count.
    #[serde(default, deserialize_with = "null_is_default")]
    pub run_count: u64,
    /// Where it runs: `namespace:job-name` or `cluster-uid:namespace:job-name`.
    #[serde(default)]
    pub infrastructure_pid: Option<String>,
    /// Job variables of this run, over those of the deployment.
    #[serde(default, deserialize_with = "null_is_default")]
    pub job_variables: JsonObject,
    /// Labels.
    #[serde(default, deserialize_with = "null_is_default")]
    pub labels: JsonObject,
    /// Tags.
    #[serde(default, deserialize_with = "null_is_default")]
    pub tags: Vec<String>,
    /// When it was made.
    #[serde(default)]
    pub created: Option<Timestamp>,
    /// When it is expected to begin.
    #[serde(default)]
    pub expected_start_time: Option<Timestamp>,
    /// When its SCHEDULED state falls due.
    #[serde(default)]
    pub next_scheduled_start_time: Option<Timestamp>,
    /// When it began.
    #[serde(default)]
    pub start_time: Option<Timestamp>,
    /// When it ended.
    #[serde(default)]
    pub end_time: Option<Timestamp>,
}

/// A run as far as it changes while its Job is under way: enough for looks at many runs, of which
/// most of each would be read for nothing.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FlowRunNow {
    /// Its id.
    pub id: FlowRunId,
    /// The present state.
    #[serde(default)]
    pub state: Option<State>,
    /// Where it runs, as in [`FlowRun`].
    #[serde(default)]
    pub infrastructure_pid: Option<String>,
}

/// A run that a poll gave, and where it waited.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ScheduledFlowRun {
    /// The pool.
    pub work_pool_id: WorkPoolId,
    /// The queue.
    pub work_queue_id: WorkQueueId,
    /// The run.
    pub flow_run: Raw<FlowRun>,
}

/// A deployment of a flow.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// Its name; unique for its flow.
    pub name: String,
    /// The flow.
    pub flow_id: FlowId,
    /// When it was last changed.
    #[serde(default)]
    pub updated: Option<Timestamp>,
    /// Its version.
    #[serde(default)]
    pub version: Option<String>,
    /// Job variables.
    #[serde(default, deserialize_with = "null_is_default")]
    pub job_variables: JsonObject,
    /// Tags.
    #[serde(default, deserialize_with = "null_is_default")]
    pub tags: Vec<String>,
    /// The pool its runs go to.
    #[serde(default)]
    pub work_pool_name: Option<WorkPoolName>,
    /// The queue its runs go to.
    #[serde(default)]
    pub work_queue_name: Option<WorkQueueName>,
    /// Whether its schedules are stopped.
    #[serde(default, deserialize_with = "null_is_default")]
    pub paused: bool,
}

/// A flow.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Flow {
    /// Its id.
    pub id: FlowId,
    /// Its name.
    pub name: String,
    /// Tags.
    #[serde(default, deserialize_with = "null_is_default")]
    pub tags: Vec<String>,
}

/// A change of a run. What is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FlowRunUpdate {
    /// Where it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infrastructure_pid: Option<String>,
}

/// A run to make from a deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct NewFlowRun {
    /// Its name; the server makes one up when missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Parameters of the flow.
    #[serde(skip_serializing_if = "JsonObject::is_empty")]
    pub parameters: JsonObject,
    /// Job variables.
    #[serde(skip_serializing_if = "JsonObject::is_empty")]
    pub job_variables: JsonObject,
    /// Tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Makes the request repeatable: a second run with the same key and flow is not made. Chosen
    /// by the client when missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

/// Which runs to look for: those that meet every condition that is set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FlowRunFilter {
    /// One of these. `Some` of an empty list finds nothing.
    pub ids: Option<Vec<FlowRunId>>,
    /// In a state of one of these types.
    pub state_types: Vec<StateType>,
    /// In a state of one of these names.
    pub state_names: Vec<String>,
    /// In one of these pools.
    pub work_pools: Vec<WorkPoolName>,
    /// In one of these queues.
    pub work_queues: Vec<WorkQueueName>,
    /// Of one of these deployments.
    pub deployments: Vec<DeploymentId>,
    /// Of one of these names.
    pub names: Vec<String>,
    /// Expected to start before.
    pub expected_start_before: Option<Timestamp>,
    /// Expected to start after.
    pub expected_start_after: Option<Timestamp>,
}

/// The order of the runs that are found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlowRunSort {
    /// By id: the order that stays the same from page to page.
    #[default]
    IdDesc,
    /// Latest first.
    ExpectedStartTimeDesc,
    /// Due first.
    NextScheduledStartTimeAsc,
}

/// Which part of a long list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// At most this many.
    pub limit: u32,
    /// After this many.
    pub offset: u32,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            limit: 200,
            offset: 0,
        }
    }
}

impl FlowRunFilter {
    /// The body of `POST /flow_runs/filter`.
    pub(in crate::prefect) fn body(&self, sort: FlowRunSort, page: Page) -> Value {
        let mut runs = JsonObject::new();
        if let Some(ids) = &self.ids {
            runs.insert("id".to_owned(), json!({ "any_": ids }));
        }
        let mut state = JsonObject::new();
        any(&mut state, "type", &self.state_types);
        any(&mut state, "name", &self.state_names);
        if !state.is_empty() {
            runs.insert("state".to_owned(), state.into());
        }
        any(&mut runs, "deployment_id", &self.deployments);
        any(&mut runs, "name", &self.names);
        let mut start = JsonObject::new();
        if let Some(before) = self.expected_start_before {
            start.insert("before_".to_owned(), json!(before));
        }
        if let Some(after) = self.expected_start_after {
            start.insert("after_".to_owned(), json!(after));
        }
        if !start.is_empty() {
            runs.insert("expected_start_time".to_owned(), start.into());
        }
        let mut body = JsonObject::new();
        body.insert("sort".to_owned(), json!(sort));
        body.insert("limit".to_owned(), page.limit.into());
        body.insert("offset".to_owned(), page.offset.into());
        if !runs.is_empty() {
            body.insert("flow_runs".to_owned(), runs.into());
        }
        for (key, names) in [
            ("work_pools", json!(self.work_pools)),
            ("work_pool_queues", json!(self.work_queues)),
        ] {
            if names.as_array().is_some_and(|names| !names.is_empty()) {
                body.insert(key.to_owned(), json!({ "name": { "any_": names } }));
            }
        }
        body.into()
    }
}

/// Adds `key: {"any_": values}` unless there is no value.
fn any<T: Serialize>(object: &mut JsonObject, key: &str, values: &[T]) {
    if !values.is_empty() {
        object.insert(key.to_owned(), json!({ "any_": values }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_filter_asks_for_everything() {
        assert_eq!(
            FlowRunFilter::default().body(FlowRunSort::default(), Page::default()),
            json!({"sort": "ID_DESC", "limit": 200, "offset": 0})
        );
    }

    #[test]
    fn every_condition_is_written() {
        let id: FlowRunId = "6f1b3f0e-6a0c-4a44-9c5f-1f6a1f5e7a10".parse().unwrap();
        let filter = FlowRunFilter {
            ids: Some(vec![id]),
            state_types: vec![StateType::Pending, StateType::Cancelling],
            state_names: vec!["Late".to_owned()],
            work_pools: vec!["k8s".into()],
            work_queues: vec!["default".into()],
            expected_start_before: Some("2026-11-22T00:00:00Z".parse().unwrap()),
            ..FlowRunFilter::default()
        };
        let page = Page {
            limit: 10,
            offset: 20,
        };
        assert_eq!(
            filter.body(FlowRunSort::NextScheduledStartTimeAsc, page),
            json!({
                "sort": "NEXT_SCHEDULED_START_TIME_ASC", "limit": 10, "offset": 20,
                "flow_runs": {
                    "id": {"any_": ["6f1b3f0e-6a0c-4a44-9c5f-1f6a1f5e7a10"]},
                    "state": {"type": {"any_": ["PENDING", "CANCELLING"]}, "name": {"any_": ["Late"]}},
                    "expected_start_time": {"before_": "2026-11-22T00:00:00Z"},
                },
                "work_pools": {"name": {"any_": ["k8s"]}},
                "work_pool_queues": {"name": {"any_": ["default"]}},
            })
        );
    }

    #[test]
    fn nulls_and_unknown_fields_are_tolerated() {
        let run: Raw<FlowRun> = serde_json::from_value(json!({
            "id": "6f1b3f0e-6a0c-4a44-9c5f-1f6a1f5e7a10",
            "flow_id": "6f1b3f0e-6a0c-4a44-9c5f-1f6a1f5e7a11",
            "name": "a", "job_variables": null, "labels": null, "run_count": null,
            "state": null, "brand_new": {"x": 1},
        }))
        .unwrap();
        assert_eq!(run.run_count, 0);
        assert!(run.job_variables.is_empty());
        assert_eq!(run.json["brand_new"]["x"], 1);
    }
}
