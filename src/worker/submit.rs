//! The submission of one run: claim it, configure it, create its Job, tell the server.
//!
//! Every step may be the last: a process that is killed between any two of them leaves a run that
//! [`super::recover`] takes up again, because the claim is recognised and the Job has a name that
//! a second creation meets.
//!
//! Requests to the Prefect API, a run: the claim, the labels, `infrastructure_pid`, and from the
//! observer InfrastructurePending. Polls, deployments, flows, blocks and log lines are shared.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{
    cancelling, claiming, context,
    create_job::{self, Claimed, Creation},
    events::Submitted,
    journal::{self, RunRef},
    observe::Ground,
    resolve::ResolveError,
    shared::Shared,
    tally::Upshot,
    trouble::Trouble,
};
use crate::{
    k8s::Cluster,
    prefect::{Budget, Deployment, Flow, FlowRun, FlowRunUpdate, JsonObject, Raw, StateId},
    template::{PreparedJob, RunContext, WorkPoolContext, WorkerContext},
};

/// The label of a flow run that names the worker that took it (prefect).
pub const WORKER_LABEL: &str = "prefect.worker.name";
/// The flow run label that names the cluster its Job is in: `infrastructure_pid` does not, and
/// workers of several clusters may share a pool.
pub const CLUSTER_LABEL: &str = "kubernetes.cluster-uid";

/// The flow run label that names the API server of the cluster where its Job was made, if that is
/// not the worker's own (`cluster_config`): what names it may change while the Job goes on.
pub const JOB_CLUSTER_LABEL: &str = "kubernetes.job-cluster";

/// How long the labels of a run are tried to be written.
const LABEL_PATIENCE: Duration = Duration::from_secs(60);

/// How a run comes to be submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It was scheduled at this time, and must be claimed first.
    Scheduled(Instant),
    /// It is PENDING by a claim of ours, for this attempt, and had no Job at this time.
    Claimed(StateId, Timestamp),
}

/// Submits a run and reports what came of it. The run is on the board already; `cancelled` is what
/// stops its submission.
pub async fn submit(
    shared: Arc<Shared>,
    run: Raw<FlowRun>,
    taken: Taken,
    cancelled: CancellationToken,
) {
    let submission = Submission {
        cancelled,
        begun: Instant::now(),
        about: RunRef::of(&run),
        shared: &shared,
        run: &run,
    };
    tokio::select! {
        () = submission.run(taken) => {}
        () = shared.abort.cancelled() => {
            submission.is_aborted();
            shared.submission_ends(run.id);
        }
    }
}

struct Submission<'a> {
    shared: &'a Arc<Shared>,
    run: &'a Raw<FlowRun>,
    about: RunRef,
    cancelled: CancellationToken,
    begun: Instant,
}

/// What is made of a run's configuration.
struct Configured {
    prepared: PreparedJob,
    cluster: Cluster,
    submitted: Submitted,
}

impl Configured {
    /// The address of the cluster that the configuration names, if it names one.
    fn another_cluster(&self) -> Option<&str> {
        let named = self.prepared.cluster_config.as_ref();
        named.map(|_| self.cluster.server())
    }
}

impl Submission<'_> {
    /// All steps, whatever comes of them.
    async fn run(&self, taken: Taken) {
        let (deployment, attempt) = match self.take(taken).await {
            Ok(taken) => taken,
            Err(trouble) => {
                self.end(trouble).await;
                return self.shared.submission_ends(self.run.id);
            }
        };
        self.shared.board.makes_attempt(self.run.id.0, attempt);
        let claimed = Claimed {
            attempt,
            at: match taken {
                Taken::Scheduled(_) => Timestamp::now(),
                Taken::Claimed(_, seen) => seen,
            },
        };
        let configured = self.configure(deployment.as_deref(), attempt).await;
        let goes_to = configured
            .as_ref()
            .ok()
            .and_then(Configured::another_cluster);
        let goes_to = goes_to.map(str::to_owned);
        let infrastructure = async {
            let launched = match configured {
                Ok(configured) => self.launch(configured, claimed).await,
                Err(trouble) => Err(trouble),
            };
            match launched {
                Ok(job) => self.is_submitted(&job),
                Err(trouble) => self.end(trouble).await,
            }
            // Here and not after the labels: the next attempt may begin meanwhile.
            self.shared.submission_ends(self.run.id);
        };
        // Nothing waits for the labels: a server that is slow to write them holds no run up.
        futures::join!(infrastructure, self.label(goes_to));
    }

    fn is_submitted(&self, job: &str) {
        let text = format!("Submitted as Kubernetes Job {job}");
        self.shared.journal.info(&self.about, text);
        self.shared.tally.note(Upshot::Created);
        if !self.shared.options.observer.enabled {
            // Nobody will see the end of the Job.
            self.shared.board.forget(self.run.id.0);
        }
    }

    /// Reads the deployment and claims the run.
    async fn take(&self, taken: Taken) -> Result<(Option<Arc<Raw<Deployment>>>, StateId), Trouble> {
        let shared = self.shared;
        let found = shared.process.resolver.deployment(self.run).await;
        let found = found.map_err(Trouble::failed)?;
        let attempt = match taken {
            // The server refuses such a claim, each time.
            Taken::Scheduled(_) if matches!(found, Some(None)) => return Err(self.no_deployment()),
            Taken::Scheduled(seen) => claiming::claim(shared, self.run, seen).await?,
            Taken::Claimed(attempt, _) => attempt,
        };
        let deployment = match found {
            None => None,
            Some(Some(deployment)) => Some(deployment),
            // It is ours now, so no other worker can have done anything with it.
            Some(None) => return Err(self.no_deployment()),
        };
        if let Some(deployment) = &deployment {
            shared.board.deployed_by(self.run.id.0, &deployment.name);
        }
        let options = &shared.options;
        let (ui, id) = (options.ui_url.as_deref(), shared.worker_id.get());
        let text = journal::taken_by(&options.name, &options.pool, ui, id);
        shared.journal.info(&self.about, text);
        Ok((deployment, attempt))
    }

    /// Makes the Job of a run that is ours, and notes it on the server; gives its `namespace/name`.
    async fn launch(&self, configured: Configured, claimed: Claimed) -> Result<String, Trouble> {
        let Configured {
            prepared,
            cluster,
            submitted,
        } = configured;
        let job = self.create(prepared, &cluster, claimed).await?;
        let events = &self.shared.events;
        events.executed(submitted, &job.namespace, &job.name);
        self.tell(&job).await?;
        Ok(format!("{}/{}", job.namespace, job.name))
    }

    /// The worker stops at once. A run without a Job is left to the next one.
    fn is_aborted(&self) {
        let board = &self.shared.board;
        if board.job_of(self.run.id.0) == Some(None) {
            tracing::info!(flow_run = %self.run.name, "not submitted: the worker was stopped");
            self.shared.tally.note(Upshot::Aborted);
            board.forget(self.run.id.0);
        }
    }

    fn no_deployment(&self) -> Trouble {
        let id = self.run.deployment_id.map(|id| id.to_string());
        Trouble::NoDeployment(id.unwrap_or_default())
    }

    /// Resolves the configuration, builds the Job, tells that it is about to be made, and connects to
    /// its cluster.
    async fn configure(
        &self,
        deployment: Option<&Raw<Deployment>>,
        attempt: StateId,
    ) -> Result<Configured, Trouble> {
        let pool = self.shared.pool();
        let resolver = &self.shared.process.resolver;
        let flow = resolver.flow(self.run).await;
        let flow = flow.map_err(|error| Trouble::Crash(error.one_line()))?;
        let configuration = resolver
            .configuration(&pool.template, self.run, deployment.map(|raw| &raw.typed))
            .await
            .map_err(|error: ResolveError| Trouble::Crash(error.to_string()))?;
        let context = self.context(&flow, deployment);
        let prepared = configuration
            .prepare(&context, &self.shared.process.environment)
            .map_err(|error| Trouble::Crash(error.to_string()))?;
        let deployment = deployment.map(|raw| &raw.typed);
        let events = &self.shared.events;
        let submitted = events.submitted(self.run, attempt, &flow, deployment, &pool);
        let config = prepared.cluster_config.as_ref();
        let cluster = self.shared.process.cluster_of(config).await;
        let cluster = cluster.map_err(|error| Trouble::Crash(error.one_line()))?;
        Ok(Configured {
            prepared,
            cluster,
            submitted,
        })
    }

    fn context(&self, flow: &Raw<Flow>, deployment: Option<&Raw<Deployment>>) -> RunContext {
        let options = &self.shared.options;
        let mut worker =
            WorkerContext::new(options.name.0.clone(), options.job_environment.clone());
        worker.id = self.shared.worker_id.get().map(|id| id.0);
        let pool = self.shared.pool();
        let pool = WorkPoolContext {
            id: pool.id.0,
            name: pool.name.0.clone(),
        };
        context::of_run(self.run, flow, deployment, pool, worker)
    }

    /// Writes who runs it onto the run. A run without these labels runs all the same.
    async fn label(&self, goes_to: Option<String>) {
        let pool = self.shared.pool();
        let mut labels: JsonObject = [
            (WORKER_LABEL, self.shared.options.name.0.clone()),
            ("prefect.worker.type", super::pool::TYPE.to_owned()),
            ("prefect.work-pool.name", pool.name.0.clone()),
            ("prefect.work-pool.id", pool.id.to_string()),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), Value::String(value)))
        .collect();
        if let Some(uid) = &self.shared.process.cluster_uid {
            labels.insert(CLUSTER_LABEL.to_owned(), uid.clone().into());
        }
        // Labels stay: that of an earlier attempt is written over.
        let had_one = self.run.labels.contains_key(JOB_CLUSTER_LABEL);
        let is_told = had_one || !labels.contains_key(CLUSTER_LABEL);
        if let Some(cluster) = goes_to.or_else(|| is_told.then(String::new)) {
            labels.insert(JOB_CLUSTER_LABEL.to_owned(), cluster.into());
        }
        let prefect = self.shared.prefect.with_budget(Budget::For(LABEL_PATIENCE));
        let write = prefect.update_flow_run_labels(self.run.id, &labels);
        if let Err(error) = self.shared.process.in_turn_late(write).await {
            tracing::warn!(
                "failed to label flow run '{}': {}",
                self.run.name,
                error.one_line()
            );
        }
    }

    /// Creates the Job, or finds that it exists already.
    async fn create(
        &self,
        mut prepared: PreparedJob,
        cluster: &Cluster,
        claimed: Claimed,
    ) -> Result<Creation, Trouble> {
        let name = prepared.apply_identity(self.run.id.0, claimed.attempt.0);
        // Watched before the Job exists, so that its end cannot be missed.
        let namespace = prepared.namespace.clone();
        let ground = Ground::new(cluster.clone(), namespace.clone());
        // The observer outlives submissions; if it has ended, so has the worker.
        let _ = self.shared.watch.send(ground);
        if self.cancelled.is_cancelled() {
            return Err(Trouble::Cancelled);
        }
        let job =
            create_job::create(self.shared, cluster, &self.about, prepared, name, claimed).await?;
        let due = self.run.next_scheduled_start_time;
        let now = self.shared.prefect.server_now();
        self.shared.tally.job_made(self.begun.elapsed(), due, now);
        let path = format!("{}/{}", job.namespace, job.name);
        self.shared.board.has_job(self.run.id.0, &path);
        if self.cancelled.is_cancelled() {
            return Err(Trouble::Cancelled);
        }
        Ok(job)
    }

    /// Tells the server where the run's infrastructure is.
    async fn tell(&self, job: &Creation) -> Result<(), Trouble> {
        let update = FlowRunUpdate {
            infrastructure_pid: Some(format!("{}:{}", job.namespace, job.name)),
        };
        let write = self.shared.prefect.update_flow_run(self.run.id, &update);
        if let Err(error) = self.shared.process.in_turn_late(write).await {
            self.shared.journal.error(
                &self.about,
                format!(
                    "The server did not take note of Kubernetes Job {}/{}, so that the run cannot \
                     be cancelled: {}",
                    job.namespace,
                    job.name,
                    error.one_line()
                ),
            );
        }
        if self.cancelled.is_cancelled() {
            return Err(Trouble::Cancelled);
        }
        Ok(())
    }

    /// Ends a submission that did not come about.
    async fn end(&self, trouble: Trouble) {
        let (shared, id) = (self.shared, self.run.id.0);
        shared.tally.note(trouble.upshot());
        match trouble {
            Trouble::Leave(reason) => {
                tracing::info!(
                    flow_run = %self.run.name, flow_run_id = %self.run.id,
                    "not submitted: {reason}"
                );
                shared.board.forget(id);
            }
            Trouble::Fail(reason) => {
                tracing::warn!(
                    flow_run = %self.run.name, flow_run_id = %self.run.id,
                    "not submitted: {reason}"
                );
                shared.board.forget(id);
            }
            Trouble::Crash(reason) => {
                let message = format!("Failed to submit flow run to infrastructure: {reason}");
                super::report::crashed(shared, &self.about, &message).await;
                shared.board.ended(id, "Crashed", Instant::now());
            }
            Trouble::Cancelled => {
                // Whoever sees to cancelled runs looks for Jobs of it, of earlier attempts and of
                // workers that died too, deletes them, and waits until they are gone.
                shared.submission_ends(self.run.id);
                let cancellations = &shared.process.cancellations;
                cancellations.tell(shared.pool().id, self.run.id);
            }
            Trouble::NoDeployment(deployment) => {
                let message = format!("Deployment {deployment} no longer exists, cancelled run.");
                cancelling::finish(shared, &self.about, &message).await;
            }
        }
    }
}
