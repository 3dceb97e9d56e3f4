//! Jobs that a list shows to have failed: nearly all of them long ago, and their runs are settled.
//!
//! Which runs are still believed to be under way is asked for many at once; only their Jobs are
//! judged, one by one. Without this, a start in a namespace with thousands of failed Jobs would ask
//! for each run alone.

use std::{collections::HashSet, sync::Arc};

use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    prefect::{ApiError, Budget, Client, FlowRunFilter, FlowRunId, FlowRunNow, Page, StateType},
    worker::{
        judge::{self, Case},
        shared::Shared,
    },
};

/// Jobs whose runs are asked for at once; the server allows 200.
pub const AT_ONCE: usize = 100;
/// Questions at a time.
const QUESTIONS: usize = 2;
/// Questions that are under way or wait. Beyond that, or when the API does not answer, it is left to
/// the sweep of vanished runs, which begins with the runs.
const WAITING: usize = 20;

/// Owns the questions under way. Those that are dropped are asked again at the next start.
pub struct Sieve {
    turns: Arc<Semaphore>,
    tasks: JoinSet<()>,
}

impl Default for Sieve {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(QUESTIONS)),
            tasks: JoinSet::new(),
        }
    }
}

impl Sieve {
    /// Judges those whose runs are not settled. Never keeps whoever watches Jobs waiting.
    pub fn sift(&mut self, shared: &Arc<Shared>, cases: Vec<Case>) {
        while self.tasks.try_join_next().is_some() {}
        if self.tasks.len() >= WAITING {
            tracing::debug!(
                "{} Jobs that have failed are left to the sweep",
                cases.len()
            );
            return;
        }
        let (shared, turns) = (Arc::clone(shared), Arc::clone(&self.turns));
        self.tasks.spawn(async move {
            // The semaphore is never closed.
            let Ok(turn) = turns.acquire_owned().await else {
                return;
            };
            let ids = cases.iter().map(|case| case.about.id).collect();
            let prefect = shared.prefect.with_budget(Budget::Attempts(3));
            match unsettled(&prefect, ids).await {
                Ok(unsettled) => judge_those(&shared, cases, &unsettled),
                Err(error) => tracing::warn!(
                    "the runs of Jobs that have failed cannot be looked at: {}",
                    error.one_line()
                ),
            }
            drop(turn);
        });
    }
}

/// The runs among these that are believed to be under way.
async fn unsettled(prefect: &Client, ids: Vec<FlowRunId>) -> Result<HashSet<FlowRunId>, ApiError> {
    let filter = FlowRunFilter {
        ids: Some(ids),
        state_types: vec![StateType::Pending, StateType::Running],
        ..FlowRunFilter::default()
    };
    let runs: Vec<FlowRunNow> = prefect.look_at_flow_runs(&filter, Page::default()).await?;
    Ok(runs.iter().map(|run| run.id).collect())
}

fn judge_those(shared: &Arc<Shared>, cases: Vec<Case>, unsettled: &HashSet<FlowRunId>) {
    for case in cases {
        if unsettled.contains(&case.about.id) {
            shared.begin_judging(judge::judge(Arc::clone(shared), case));
        }
    }
}
