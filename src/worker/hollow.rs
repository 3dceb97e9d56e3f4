//! Jobs that succeeded although their run never began: a command that does not run the flow, a flow
//! that did not reach the API. The Python worker leaves such runs PENDING for ever.
//!
//! Whether a run has begun is asked for many at once, a while after their Jobs: runs that are as
//! they should be cost next to nothing.

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError},
    time::Duration,
};

use super::{
    decide::REPLACEMENT_GRACE,
    judge::{self, Case},
    pace::Pace,
    shared::Shared,
};
use crate::prefect::{ApiError, Budget, FlowRunFilter, FlowRunId, StateType};

/// Time between two looks.
const INTERVAL: Duration = Duration::from_secs(15);
/// Runs asked for at once: the server's usual page.
const AT_ONCE: usize = 200;

/// Remembers a Job that has succeeded, until its run has had time to say so.
pub fn look_into(shared: &Shared, case: Case) {
    shared
        .hollow
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push_back(case);
}

/// Looks into them until the worker stops.
pub async fn run(shared: &Arc<Shared>) {
    let mut pace = Pace::later(shared, "look at succeeded Jobs", INTERVAL);
    while pace.next().await {
        loop {
            let ripe = take_ripe(shared);
            if ripe.is_empty() {
                pace.well();
                break;
            }
            match pending(shared, &ripe).await {
                Ok(pending) => judge_those(shared, ripe, &pending),
                Err(error) => {
                    put_back(shared, ripe);
                    pace.failed("ask for runs whose Jobs have succeeded", &error.one_line());
                    break;
                }
            }
        }
    }
}

/// Takes the oldest that have waited long enough.
fn take_ripe(shared: &Shared) -> Vec<Case> {
    let mut waiting = shared.hollow.lock().unwrap_or_else(PoisonError::into_inner);
    let is_ripe = |case: &&Case| case.since.elapsed() >= REPLACEMENT_GRACE;
    let ripe = waiting.iter().take(AT_ONCE).take_while(is_ripe).count();
    waiting.drain(..ripe).collect()
}

fn put_back(shared: &Shared, cases: Vec<Case>) {
    let mut waiting = shared.hollow.lock().unwrap_or_else(PoisonError::into_inner);
    for case in cases.into_iter().rev() {
        waiting.push_front(case);
    }
}

/// The runs among them that are still PENDING.
async fn pending(shared: &Shared, cases: &[Case]) -> Result<HashSet<FlowRunId>, ApiError> {
    let prefect = shared.prefect.with_budget(Budget::Attempts(3));
    let filter = FlowRunFilter {
        ids: Some(cases.iter().map(|case| case.about.id).collect()),
        state_types: vec![StateType::Pending],
        ..FlowRunFilter::default()
    };
    let runs = prefect.all_flow_runs(&filter).await?;
    Ok(runs.iter().map(|run| run.id).collect())
}

fn judge_those(shared: &Arc<Shared>, cases: Vec<Case>, pending: &HashSet<FlowRunId>) {
    for case in cases {
        if pending.contains(&case.about.id) {
            shared.begin_judging(judge::judge(Arc::clone(shared), case));
        }
    }
}
