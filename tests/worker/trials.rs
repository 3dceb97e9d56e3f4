//! Trials: a worker is killed with SIGKILL at a request of a submission, before it is sent on or
//! after the server has done it, started again, and the run looked at.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    path::PathBuf,
    sync::Mutex,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    stage::{Stage, later},
    standin::{Executions, Outcome},
    support::{
        proxy::Proxy,
        worker::{PAUSE, WorkerProcess},
    },
};

/// How long a run may take to be found and completed after the last kill.
const PATIENCE: Duration = Duration::from_secs(120);

/// A request of a submission, or of its recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The poll that gives the run.
    Poll,
    /// The deployment is read.
    Deployment,
    /// PENDING is proposed.
    Claim,
    /// The flow is read.
    Flow,
    /// The labels are written.
    Labels,
    /// The Secret of the environment is written.
    Secret,
    /// The Job is created.
    Job,
    /// The Secret is given its owner.
    SecretOwner,
    /// `infrastructure_pid` is written.
    Note,
    /// InfrastructurePending is proposed.
    Pending,
    /// Log lines are sent.
    Logs,
    /// Runs left behind are looked for.
    Search,
    /// The states of one are read.
    States,
}

use Step::{
    Claim, Deployment, Flow, Job, Labels, Logs, Note, Pending, Poll, Search, Secret, SecretOwner,
    States,
};

/// The steps of a submission.
const SUBMISSION: [Step; 11] = [
    Poll,
    Deployment,
    Claim,
    Flow,
    Labels,
    Secret,
    Job,
    SecretOwner,
    Note,
    Pending,
    Logs,
];
/// The steps of a recovery, at which the next worker is killed in its turn.
const RECOVERY: [Step; 5] = [Search, States, Secret, Job, Note];

/// A kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kill {
    /// At this request.
    step: Step,
    /// After the server has done it; else it never hears of it.
    after: bool,
}

/// The kills of a trial, one worker after the other.
pub type Kills = Vec<Kill>;

/// Every step once, before and after.
pub fn every_step() -> Vec<Kills> {
    let both = |step| [false, true].map(|after| Kill { step, after });
    let once = SUBMISSION.iter().flat_map(|step| both(*step));
    let claimed = Kill {
        step: Claim,
        after: true,
    };
    let twice = RECOVERY.iter().flat_map(|step| both(*step));
    let once = once.map(|kill| vec![kill]);
    once.chain(twice.map(|kill| vec![claimed, kill])).collect()
}

/// What came of the trials of each kind.
#[derive(Debug, Default)]
pub struct Results(BTreeMap<Kills, Row>, Vec<String>);

#[derive(Debug, Default)]
struct Row {
    trials: usize,
    lost: usize,
    twice: usize,
}

impl Results {
    fn add(&mut self, kills: &Kills, outcome: &Outcome) {
        if *outcome != Outcome::ONCE {
            let kills: Vec<String> = kills.iter().map(ToString::to_string).collect();
            self.1
                .push(format!("{}: {outcome:?}", kills.join(", then ")));
        }
        let row = self.0.entry(kills.clone()).or_default();
        row.trials += 1;
        row.lost += usize::from(outcome.is_lost());
        row.twice += usize::from(outcome.is_twice());
    }

    /// Trials whose run is not as it is to be.
    pub fn bad(&self) -> &[String] {
        &self.1
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |kills: &str, row: &Row| {
            let Row {
                trials,
                lost,
                twice,
            } = row;
            writeln!(f, "{kills:<40} {trials:>6} {lost:>6} {twice:>6}")
        };
        let mut sum = Row::default();
        for (kills, row) in &self.0 {
            let kills: Vec<String> = kills.iter().map(ToString::to_string).collect();
            line(&kills.join(", then "), row)?;
            sum.trials += row.trials;
            sum.lost += row.lost;
            sum.twice += row.twice;
        }
        line("all", &sum)
    }
}

impl fmt::Display for Kill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = if self.after { "after" } else { "before" };
        write!(f, "{when} {:?}", self.step)
    }
}

/// Makes trials, several at a time, each lane with a pool and a worker of its own.
pub async fn make(trials: Vec<Kills>, lanes: usize) -> Results {
    let waiting = Mutex::new(VecDeque::from(trials));
    let results = Mutex::new(Results::default());
    let lane = async || {
        let mut lane = Lane::new().await;
        loop {
            let Some(kills) = waiting.lock().unwrap().pop_front() else {
                return;
            };
            let outcome;
            (lane, outcome) = lane.trial(&kills).await;
            results.lock().unwrap().add(&kills, &outcome);
        }
    };
    futures::future::join_all((0..lanes).map(|_| lane())).await;
    results.into_inner().unwrap()
}

/// A pool with one worker, behind proxies of its own.
pub struct Lane {
    stage: Stage,
    prefect: Proxy,
    kube: Proxy,
    executions: Executions,
    gates: tempfile::TempDir,
    worker: WorkerProcess,
}

impl Lane {
    /// Sets it up and starts the worker.
    pub async fn new() -> Self {
        let stage = Stage::new("trial").await;
        let prefect = Proxy::of_prefect(stage.cluster.prefect_api_url());
        let kube = Proxy::of_kubernetes(&stage.cluster.kubeconfig);
        let command = stage
            .command_behind(Some(&prefect), Some(&kube))
            // The proposals of flows are not to be mistaken for the worker's.
            .words(&format!(
                "--job-api-url {}",
                stage.cluster.prefect_api_url()
            ))
            .env(
                "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_STORE_ENV_AS_SECRET",
                "true",
            );
        Self {
            worker: WorkerProcess::start(command),
            executions: Executions::new(),
            gates: tempfile::tempdir().unwrap(),
            stage,
            prefect,
            kube,
        }
    }

    /// Makes a trial.
    pub async fn trial(self, kills: &Kills) -> (Self, Outcome) {
        let mut this = self;
        let scene = this.scene(kills).await;
        for (number, kill) in kills.iter().enumerate() {
            let rule = this.rule(*kill, &scene);
            match kill.step {
                Secret | Job | SecretOwner => this.kube.rules(&[rule]).await,
                _ => this.prefect.rules(&[rule]).await,
            }
            if number == 0 {
                this.stage.is_due(&scene.run).await;
            }
            let (code, heard) = this.worker.ends().await;
            assert_eq!(code, None, "{kill}: {heard}");
            this.prefect.rules(&[]).await;
            this.kube.rules(&[]).await;
            this.worker = this.worker.again();
        }
        std::fs::write(&scene.gate, "").unwrap();
        let outcome = this.outcome(&scene.run).await;
        (this, outcome)
    }

    async fn scene(&self, kills: &Kills) -> Scene {
        let stage = &self.stage;
        let gate = self.gates.path().join(uuid::Uuid::new_v4().to_string());
        // A run that has begun is not said to be pending any more.
        let variables = if kills.iter().any(|kill| kill.step == Pending) {
            self.executions.variables_behind(&gate, 0.5)
        } else {
            self.executions.variables(0.5)
        };
        let name = format!("f-{}", uuid::Uuid::new_v4().simple());
        let flow = stage.prefect.make("/flows/", &json!({"name": name})).await;
        let body = json!({
            "name": "killed", "flow_id": flow, "work_pool_name": stage.name,
            "job_variables": variables,
        });
        let deployment = stage.prefect.make("/deployments/", &body).await;
        let path = format!("/deployments/{deployment}/create_flow_run");
        let run = stage.prefect.make(&path, &json!({"state": later()})).await;
        Scene {
            flow,
            deployment,
            run,
            gate,
        }
    }

    fn rule(&self, kill: Kill, scene: &Scene) -> Value {
        let Scene {
            flow,
            deployment,
            run,
            gate: _,
        } = scene;
        let name = &self.stage.name;
        let set_state = || ("POST", format!("/flow_runs/{run}/set_state"));
        let (method, path) = match kill.step {
            Poll => ("POST", "/get_scheduled_flow_runs".to_owned()),
            Deployment => ("GET", format!("/deployments/{deployment}$")),
            Claim | Pending => set_state(),
            Flow => ("GET", format!("/flows/{flow}$")),
            Labels => ("PATCH", format!("/flow_runs/{run}/labels")),
            Secret => ("POST|PUT|PATCH", format!("/namespaces/{name}/secrets")),
            Job => ("POST", format!("/namespaces/{name}/jobs")),
            SecretOwner => ("PATCH|PUT", format!("/namespaces/{name}/secrets/")),
            Note => ("PATCH", format!("/flow_runs/{run}$")),
            Logs => ("POST", "/logs/$".to_owned()),
            Search => ("POST", "/flow_runs/filter$".to_owned()),
            States => ("GET", format!("/flow_run_states/[?]flow_run_id={run}")),
        };
        let skip = u8::from(kill.step == Pending);
        let action = if kill.after { "kill-after" } else { "kill" };
        json!({
            "method": method, "path": path, "skip": skip, "times": 1,
            "action": action, "pid": self.worker.pid(),
        })
    }

    /// Waits for the end of a run, then looks at all of it.
    async fn outcome(&self, run: &str) -> Outcome {
        let begun = Instant::now();
        loop {
            let outcome = self.executions.outcome(&self.stage, run).await;
            if outcome.completed || begun.elapsed() > PATIENCE {
                return outcome;
            }
            tokio::time::sleep(PAUSE * 5).await;
        }
    }
}

/// The run of a trial.
struct Scene {
    flow: String,
    deployment: String,
    run: String,
    /// The flow may wait for this file.
    gate: PathBuf,
}
