//! Runs that are being cancelled: heard of by events, else found by asking the server, and ended in
//! the cluster and then on the server. What to do is decided in [`super::cancel`].
//!
//! While events come in, the server is asked only now and then; when they stop, at the interval
//! that PREFECT_WORKER_CANCELLATION_POLL_SECONDS sets, and once as they are back.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use tokio::{sync::watch, time};

use super::{
    board::Phase,
    cancel::{self, Cancelling, Docket, Next, OWN_GRACE, Step},
    cancellations::Ear,
    journal::RunRef,
    judge,
    pace::Pace,
    place::cluster_of,
    removal::{Place, Removal},
    shared::Shared,
    submit::CLUSTER_LABEL,
};
use crate::prefect::{
    ApiError, Budget, FlowRun, FlowRunFilter, FlowRunId, ProposedState, Raw, StateType, ws::Link,
};

/// How long the server is asked to take a CANCELLED; the next look asks again.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time between looks while events come in (the default of Prefect's own setting).
const CALM: Duration = Duration::from_secs(120);
/// Runs that are seen to at once.
const AT_ONCE: usize = 8;
/// The loop shows its life at least this often.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);
/// When a run is looked at again that could not be seen to.
const AGAIN: Duration = Duration::from_secs(10);
/// A Job that is being deleted and does not go (its node is lost, say) is waited for this long.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// Sees to cancelled runs until the worker stops.
pub async fn run(shared: &Arc<Shared>) {
    let Some(interval) = shared.options.cancellation_interval else {
        return;
    };
    let ear = shared.process.cancellations.listen(shared.pool().id);
    let mut watch = Watch {
        shared,
        link: ear.link.clone(),
        ear,
        docket: Docket::default(),
        pace: Pace::new(shared, "cancellation", interval),
        interval,
        next_poll: time::Instant::now(),
    };
    loop {
        // What is under way is dropped when the worker stops.
        watch.turn().await;
        let pool = shared.pool().id;
        shared.process.cancellations.follow(&mut watch.ear, pool);
    }
}

struct Watch<'a> {
    shared: &'a Arc<Shared>,
    ear: Ear,
    link: watch::Receiver<Link>,
    docket: Docket,
    pace: Pace<'a>,
    interval: Duration,
    next_poll: time::Instant,
}

impl Watch<'_> {
    /// Does what comes next.
    async fn turn(&mut self) {
        let due = self.docket.due().map_or_else(far, time::Instant::from_std);
        let sign = time::Instant::now() + SIGN_OF_LIFE;
        tokio::select! {
            runs = self.ear.runs() => self.look(Some(runs)).await,
            back = is_back(&mut self.link) => if back {
                self.look(None).await;
            } else {
                // From now on it is asked for.
                self.next_poll = self.next_poll.min(time::Instant::now() + self.interval);
            },
            () = time::sleep_until(due) => {
                let runs = self.docket.take(Instant::now());
                self.look(Some(runs)).await;
            }
            () = time::sleep_until(self.next_poll) => self.look(None).await,
            () = time::sleep_until(sign) => self.pace.lives(),
        }
    }

    /// Looks at these runs, or for all that there are, and does for each what is due.
    async fn look(&mut self, runs: Option<Vec<FlowRunId>>) {
        let all = runs.is_none();
        match self.find(runs.clone()).await {
            Ok(found) => {
                self.pace.well();
                let here: HashSet<FlowRunId> = found.iter().map(|run| run.id).collect();
                self.see_to(found).await;
                for gone in runs.into_iter().flatten().filter(|run| !here.contains(run)) {
                    self.docket.doubt(gone, Instant::now());
                }
            }
            Err(error) => {
                let now = Instant::now();
                for run in runs.into_iter().flatten() {
                    self.docket.note(run, Next::In(AGAIN), now);
                }
                self.pace
                    .failed("look for cancelled runs", &error.one_line());
            }
        }
        if all {
            let pause = if self.ear.hears() && self.pace.is_well() {
                CALM.max(self.interval).mul_f64(0.7 + 0.6 * fastrand::f64())
            } else {
                self.pace.pause()
            };
            self.next_poll = time::Instant::now() + pause;
        }
    }

    async fn find(&self, runs: Option<Vec<FlowRunId>>) -> Result<Vec<Raw<FlowRun>>, ApiError> {
        let filter = FlowRunFilter {
            ids: runs,
            work_pools: vec![self.shared.options.pool.clone()],
            state_types: vec![StateType::Cancelling],
            ..FlowRunFilter::default()
        };
        let prefect = self.shared.prefect.with_budget(Budget::Attempts(2));
        prefect.all_flow_runs(&filter).await
    }

    async fn see_to(&mut self, runs: Vec<Raw<FlowRun>>) {
        let shared = self.shared;
        let now = Instant::now();
        let waits: Vec<Duration> = runs
            .iter()
            .map(|run| self.docket.waited(run.id, now))
            .collect();
        let mut seen = stream::iter(runs.into_iter().zip(waits))
            .map(|(run, waited)| async move { (run.id, one(shared, &run, waited).await) })
            .buffer_unordered(AT_ONCE);
        while let Some((run, next)) = seen.next().await {
            self.pace.lives();
            self.docket.note(run, next, Instant::now());
        }
    }
}

/// A time that does not come.
fn far() -> time::Instant {
    time::Instant::now() + Duration::from_secs(24 * 3600)
}

/// Comes when events are back, or no longer come.
async fn is_back(link: &mut watch::Receiver<Link>) -> bool {
    loop {
        if link.changed().await.is_err() {
            // The process ends.
            std::future::pending::<()>().await;
        }
        match &*link.borrow_and_update() {
            Link::Up => return true,
            Link::Down(_) => return false,
            Link::Connecting => {}
        }
    }
}

/// Does what is due for one run. `waited` is how long its Job has been on its way out.
async fn one(shared: &Arc<Shared>, run: &Raw<FlowRun>, waited: Duration) -> Next {
    if !is_here(shared, run) {
        return Next::Over;
    }
    let submission = shared.submission(run.id);
    let since = run.state.as_ref().and_then(|state| state.timestamp);
    let since = since.map(|since| shared.prefect.server_now().duration_since(since));
    let since = since.map_or(Duration::ZERO, |since| since.try_into().unwrap_or_default());
    let job = job_of(shared, run);
    let facts = Cancelling {
        in_submission: submission.is_some(),
        started: run.start_time.is_some(),
        has_job: job.is_some(),
        since,
    };
    let about = RunRef::of(run);
    match (facts.step(), job) {
        (Step::StopSubmission, _) => {
            if let Some(token) = submission {
                token.cancel();
            }
            // It sees to the rest; this is in case that it does not come to it.
            Next::In(AGAIN)
        }
        (Step::LeaveToFlow, _) => {
            shared.board.moved(run.id.0, Phase::Cancelling);
            Next::In(OWN_GRACE.saturating_sub(since) + Duration::from_secs(1))
        }
        (Step::DeleteJob, Some((namespace, name))) => {
            shared.board.moved(run.id.0, Phase::Cancelling);
            let place = Place {
                cluster: match cluster_of(shared, run).await {
                    Ok(cluster) => cluster,
                    Err(why) => {
                        tracing::warn!("flow run '{}' cannot be cancelled yet: {why}", run.name);
                        return Next::In(AGAIN);
                    }
                },
                namespace,
                name,
            };
            delete(shared, &about, &place, facts.started, waited).await
        }
        (Step::Finish | Step::DeleteJob, _) => {
            let message = "Flow run cancelled by worker (no infrastructure found).";
            finish(shared, &about, message).await
        }
    }
}

/// The namespace and the name of a run's Job, as the server knows it, or this worker.
fn job_of(shared: &Shared, run: &FlowRun) -> Option<(String, String)> {
    let noted = run.infrastructure_pid.as_deref().and_then(job_of_pid);
    noted.or_else(|| {
        let held = shared.board.job_of(run.id.0).flatten()?;
        let (namespace, name) = held.split_once('/')?;
        Some((namespace.to_owned(), name.to_owned()))
    })
}

/// Deletes the Job of a run and, once it has gone with its pods, says that the run is cancelled.
async fn delete(
    shared: &Shared,
    about: &RunRef,
    place: &Place,
    started: bool,
    waited: Duration,
) -> Next {
    match place.remove(about.id).await {
        Removal::Going if waited < LONGEST_WAIT => Next::Soon,
        Removal::Going => {
            let message = format!(
                "Flow run cancelled by worker; its Kubernetes Job {place} is being deleted and \
                 does not go."
            );
            finish(shared, about, &message).await
        }
        Removal::Gone if started => {
            let message = "Flow run cancelled by worker: it did not stop by itself in time.";
            finish(shared, about, message).await
        }
        Removal::Gone => {
            let message = "Flow run cancelled by worker while pending.";
            finish(shared, about, message).await
        }
        Removal::NotIts => {
            tracing::warn!(
                "Kubernetes Job {place} is not that of flow run '{}', and stays",
                about.name
            );
            let message = "Flow run cancelled by worker (no infrastructure found).";
            finish(shared, about, message).await
        }
        Removal::Failed(failure) => {
            let text = format!("Flow run cannot be cancelled yet: {failure}");
            shared.journal.warn(about, text);
            Next::In(AGAIN)
        }
    }
}

/// Whether a cancelled run is this worker's business.
fn is_here(shared: &Shared, run: &FlowRun) -> bool {
    let label = run
        .labels
        .get(CLUSTER_LABEL)
        .and_then(|label| label.as_str());
    cancel::is_ours(
        label,
        shared.process.cluster_uid.as_deref(),
        run.start_time.is_some(),
    )
}

/// `namespace:job`, or `cluster-uid:namespace:job` as older workers wrote it.
#[must_use]
pub fn job_of_pid(pid: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = pid.split(':').collect();
    match parts.as_slice() {
        [namespace, job] | [_, namespace, job] => {
            Some(((*namespace).to_owned(), (*job).to_owned()))
        }
        _ => None,
    }
}

/// Sets CANCELLED and lets go of the run: there is nothing of it in the cluster any more. A run that
/// is under way by now, or has ended, is left as it is: the state is forced, and would hold.
pub async fn finish(shared: &Shared, about: &RunRef, message: &str) -> Next {
    let proposal = shared.process.claimed(ProposedState::cancelled(message));
    let prefect = shared.prefect.with_budget(Budget::For(PATIENCE));
    let run = prefect.find_flow_run(about.id).await;
    let kind = run.map(|run| run.and_then(|run| run.state.as_ref().map(|state| state.kind)));
    let outcome = match kind {
        Ok(Some(kind)) if !cancel::may_be_finished(kind) => {
            tracing::info!("flow run '{}' is {} by now", about.name, kind.as_str());
            if kind.is_final() {
                let word = judge::word(kind);
                shared.board.ended(about.id.0, word, Instant::now());
            }
            return Next::Over;
        }
        Ok(_) => prefect.force_state(about.id, &proposal).await.map(drop),
        Err(error) => Err(error),
    };
    shared.board.ended(about.id.0, "Cancelled", Instant::now());
    match outcome {
        Ok(()) => {
            shared.journal.info(about, message);
            Next::Over
        }
        Err(error) if error.is_not_found() => {
            tracing::debug!("flow run '{}' is gone from the server", about.name);
            Next::Over
        }
        Err(error) => {
            tracing::error!(
                "failed to set flow run '{}' to Cancelled: {}",
                about.name,
                error.one_line()
            );
            Next::In(AGAIN)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::job_of_pid;

    #[test]
    fn infrastructure_ids_of_both_forms_name_the_job() {
        let job = Some(("flows".to_owned(), "a-1".to_owned()));
        assert_eq!(job_of_pid("flows:a-1"), job);
        assert_eq!(job_of_pid("6f1b:flows:a-1"), job);
        assert_eq!(job_of_pid("12345"), None);
        assert_eq!(job_of_pid(""), None);
    }
}
