//! Jobs that a list shows to have failed: nearly all of them long ago, and their runs are settled.
//!
//! Which runs are still believed to be under way is asked for many at once; only their Jobs are
//! judged, one by one. Without this, a start in a namespace with thousands of failed Jobs would ask
//! for each run alone.

use std::{collections::HashSet, sync::Arc};

use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    prefect::{ApiError, Client, FlowRunFilter, FlowRunId, Page, StateType},
    worker::{
        judge::{self, Case},
        shared::Shared,
    },
};

/// Jobs whose runs are asked for at once; the server allows 200.
pub const AT_ONCE: usize = 100;
/// Questions at a time.
const QUESTIONS: usize = 2;

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
    /// Judges those whose runs are not settled. Waits for its turn, so that whoever lists Jobs does
    /// not run ahead.
    pub async fn sift(&mut self, shared: &Arc<Shared>, cases: Vec<Case>) {
        while self.tasks.try_join_next().is_some() {}
        // The semaphore is never closed.
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else {
            return;
        };
        let shared = Arc::clone(shared);
        self.tasks.spawn(async move {
            let ids = cases.iter().map(|case| case.about.id).collect();
            match unsettled(&shared.prefect, ids).await {
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
    let runs = prefect.look_at_flow_runs(&filter, Page::default()).await?;
    Ok(runs.iter().map(|run| run.id).collect())
}

fn judge_those(shared: &Arc<Shared>, cases: Vec<Case>, unsettled: &HashSet<FlowRunId>) {
    for case in cases {
        if unsettled.contains(&case.about.id) {
            shared.begin_judging(judge::judge(Arc::clone(shared), case));
        }
    }
}
