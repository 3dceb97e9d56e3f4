//! Pods that do not start: an image that cannot be pulled, a pod that no node takes. They wait for
//! ever, unless runs are tried again: then their Job is deleted after a while, and what follows is
//! up to [`super::retry`].

use std::{collections::HashMap, sync::Arc, time::Duration};

use uuid::Uuid;

use super::{
    board::Stuck,
    journal::RunRef,
    pace::Pace,
    place::{Doubt, place_of},
    round::Round,
    shared::Shared,
};
use crate::{
    k8s::{Class, Deletion},
    prefect::{Budget, FlowRun, FlowRunId, StateType},
};

/// Time between two looks.
const INTERVAL: Duration = Duration::from_secs(5);

/// Looks for them until the worker stops.
pub async fn run(shared: &Arc<Shared>) {
    let infrastructure = &shared.options.infrastructure;
    let Some(timeout) = infrastructure
        .start_timeout
        .filter(|_| infrastructure.retries > 0)
    else {
        return;
    };
    let mut pace = Pace::later(shared, "look for pods that do not start", INTERVAL);
    let mut settled = Settled::default();
    while pace.next().await {
        let mut round = Round::default();
        for stuck in settled.others(shared.board.stuck(timeout)) {
            pace.lives();
            let given_up = give_up(shared, &stuck, timeout).await;
            if let Ok(false) = given_up {
                settled.note(stuck);
            }
            if round.note(given_up.map(drop)).is_break() {
                break;
            }
        }
        match round.end() {
            Ok(()) => pace.well(),
            Err(why) => pace.failed("give up a pod that does not start", &why),
        }
    }
}

/// Runs that the server says are no longer waiting, each with its Job: nothing is to be done about
/// them, however their pods stand.
#[derive(Debug, Default)]
struct Settled(HashMap<Uuid, String>);

impl Settled {
    /// Those that are not; forgets what is stuck no longer.
    fn others(&mut self, stuck: Vec<Stuck>) -> Vec<Stuck> {
        let is_stuck = |id: &Uuid, job: &String| {
            let is_it = |stuck: &Stuck| (&stuck.id, &stuck.job) == (id, job);
            stuck.iter().any(is_it)
        };
        self.0.retain(|id, job| is_stuck(id, job));
        let is_other = |stuck: &Stuck| !self.0.contains_key(&stuck.id);
        stuck.into_iter().filter(is_other).collect()
    }

    fn note(&mut self, stuck: Stuck) {
        self.0.insert(stuck.id, stuck.job);
    }
}

fn is_pending(run: &FlowRun) -> bool {
    let state = run.state.as_ref();
    state.is_some_and(|state| state.kind == StateType::Pending)
}

/// Deletes the Job of a run whose pod does not start. False: the server says that the run has begun,
/// or is gone.
async fn give_up(shared: &Shared, stuck: &Stuck, timeout: Duration) -> Result<bool, String> {
    let id = FlowRunId(stuck.id);
    if shared.given_up(&stuck.job).is_some() {
        return Ok(true);
    }
    // Not by a glance, which waits for others with more patience.
    let prefect = shared.prefect.with_budget(Budget::Attempts(2));
    let run = prefect.find_flow_run(id).await;
    let run = run.map_err(|error| error.one_line())?;
    let Some(run) = run.filter(|run| is_pending(run)) else {
        return Ok(false);
    };
    let Some((namespace, name)) = stuck.job.split_once('/') else {
        return Ok(false);
    };
    let place = place_of(shared, &run).await?;
    if let Some(doubt @ Doubt::Elsewhere(_)) = place.doubt {
        return Err(doubt.to_string());
    }
    let why = format!(
        "its pod had not started after {} s{}",
        timeout.as_secs(),
        stuck
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(" ({reason})")),
    );
    // Noted first: the end of the Job is told by the watch.
    shared.gives_up(&stuck.job, why.clone());
    match place
        .cluster
        .delete_job(namespace, name, &Deletion::default())
        .await
    {
        Err(failure) if failure.class != Class::NotFound => {
            shared.given_up_ends(&stuck.job);
            Err(failure.to_string())
        }
        _ => {
            let text = format!("Kubernetes Job {} is deleted: {why}.", stuck.job);
            shared.journal.warn(&RunRef::of(&run), text);
            Ok(true)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_has_begun_is_asked_for_once() {
        let stuck = |number, job: &str| Stuck {
            id: Uuid::from_u128(number),
            job: job.to_owned(),
            reason: None,
        };
        let both = || vec![stuck(1, "flows/a"), stuck(2, "flows/b")];
        let mut settled = Settled::default();
        assert_eq!(settled.others(both()), both());
        settled.note(stuck(1, "flows/a"));
        assert_eq!(settled.others(both()), [stuck(2, "flows/b")]);
        let again = stuck(1, "flows/a-2");
        assert_eq!(
            settled.others(vec![again.clone()]),
            [again],
            "a later attempt"
        );
        assert_eq!(settled.others(both()), both(), "forgotten by now");
    }
}
