//! Workers that are killed: no run is lost, and none is done twice.

use std::{io::Write as _, time::Duration};

use serde_json::json;

use crate::{
    parity::python_worker,
    stage::{Stage, endless},
    support::{self, proxy::Proxy, worker::WorkerProcess},
    trials::{every_step, make},
};

/// Trials side by side: most of a trial is waiting for a claim to be old enough.
const LANES: usize = 8;

#[tokio::test]
async fn a_worker_killed_at_each_request_of_a_submission() {
    let results = make(every_step(), LANES).await;
    assert!(results.bad().is_empty(), "{:#?}\n{results}", results.bad());
}

/// `make kill-test`.
#[tokio::test]
#[ignore = "takes ten minutes: make kill-test"]
async fn many_trials() {
    let trials = support::named_by("KILL_TRIALS");
    let trials: usize = trials.to_str().unwrap().parse().unwrap();
    let kinds = every_step();
    let results = make(kinds.into_iter().cycle().take(trials).collect(), LANES).await;
    let head = ["SIGKILL", "trials", "lost", "twice"];
    let [kill, trials, lost, twice] = head;
    let table = format!("{kill:<40} {trials:>6} {lost:>6} {twice:>6}\n{results}");
    std::io::stdout().write_all(table.as_bytes()).unwrap();
    assert!(results.bad().is_empty(), "{:#?}", results.bad());
}

#[tokio::test]
async fn what_a_python_worker_left_is_scheduled_again_once_it_is_gone() {
    let stage = Stage::new("abandoned").await;
    let pool = format!("/work_pools/{}", stage.name);
    let heartbeat = json!({"name": "alive", "heartbeat_interval_seconds": 300});
    let path = format!("{pool}/workers/heartbeat");
    stage.prefect.post(&path, &heartbeat).await;
    let pending = json!({"type": "PENDING", "name": "Pending"});
    let of_worker = async |name: &str, pid: Option<&str>| {
        let run = stage.run_later().await;
        let path = format!("/flow_runs/{run}");
        let labels = json!({"prefect.worker.name": name});
        stage
            .prefect
            .patch(&format!("{path}/labels"), &labels)
            .await;
        if let Some(pid) = pid {
            let update = json!({"infrastructure_pid": pid});
            stage.prefect.patch(&path, &update).await;
        }
        stage.prefect.force(&run, &pending).await;
        run
    };
    let left = of_worker("gone", None).await;
    let in_hand = of_worker("alive", None).await;
    let of_our_name = of_worker(&stage.name, None).await;
    let has_job = of_worker("gone", Some("elsewhere:job")).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let command = stage.command();
    let command = command.env("PREFECT_KUBERNETES_WORKER_ABANDONED_AFTER", "1s");
    let mut worker = WorkerProcess::start(command);
    worker.says("by a worker that is gone").await;
    stage.noted(&left).await;
    let history = stage.prefect.history(&left).await;
    let again = ["Scheduled", "Pending", "AwaitingRetry", "Pending"];
    assert_eq!(history[..4], again, "{history:?}");
    stage.noted(&of_our_name).await;
    assert_eq!(worker.times("by a worker that is gone"), 2);
    for run in [&in_hand, &has_job] {
        assert_eq!(stage.prefect.run(run).await["state_name"], "Pending");
    }
}

#[tokio::test]
async fn jobs_that_vanish_while_no_worker_runs() {
    let stage = Stage::new("vanished").await;
    let mut worker = stage.worker();
    let pending = stage.run(&endless()).await;
    let running = stage.run(&endless()).await;
    let kept = stage.run(&endless()).await;
    for run in [&pending, &running, &kept] {
        stage.noted(run).await;
        stage.is(run, "InfrastructurePending").await;
    }
    worker.signal("KILL");
    worker.ends().await;
    let state = json!({"type": "RUNNING", "name": "Running"});
    stage.prefect.force(&running, &state).await;
    stage.delete_job_of(&pending).await;
    stage.delete_job_of(&running).await;
    stage.has_no_pod(&pending).await;
    let _worker = worker.again();
    for run in [&running, &pending] {
        let why = stage.crashes(run).await;
        assert!(why.contains("was deleted"), "{why}");
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let kept = stage.prefect.run(&kept).await;
    assert_eq!(kept["state_type"], "PENDING");
}

#[tokio::test]
async fn a_job_that_a_python_worker_left_in_another_namespace_is_followed() {
    let (stage, other) = (Stage::new("takeover").await, Stage::new("team").await);
    let run = stage
        .run(&json!({"namespace": other.name, "command": "sh -c 'exit 7'"}))
        .await;
    python_worker(&stage);
    let noted = stage.noted(&run).await;
    assert!(noted.starts_with(&other.name), "{noted}");
    let begun = json!({"type": "RUNNING", "name": "Running"});
    stage.prefect.force(&run, &begun).await;
    let _worker = stage.worker();
    let why = stage.crashes(&run).await;
    assert!(why.contains("exited with 7"), "{why}");
}

/// A run whose Job was made by a worker that was killed right then: the run, the Job's name, the
/// worker, and the proxy that it speaks to.
async fn killed_with_its_job(stage: &Stage) -> (String, String, WorkerProcess, Proxy) {
    let kube = Proxy::of_kubernetes(&stage.cluster.kubeconfig);
    let run = stage.run_later().await;
    let mut worker = WorkerProcess::start(stage.command_behind(None, Some(&kube)));
    let made = json!({
        "method": "POST", "path": format!("/namespaces/{}/jobs", stage.name), "times": 1,
        "action": "kill-after", "pid": worker.pid(),
    });
    kube.rules(&[made]).await;
    stage.is_due(&run).await;
    worker.ends().await;
    kube.rules(&[]).await;
    let job = stage.job_of(&run).await;
    let name = job["metadata"]["name"].as_str().unwrap().to_owned();
    (run, name, worker, kube)
}

#[tokio::test]
async fn a_job_that_was_made_under_another_name_is_not_made_again() {
    let stage = Stage::new("renamed").await;
    let (run, name, worker, _kube) = killed_with_its_job(&stage).await;
    let path = format!("/deployments/{}", stage.deployment);
    let variables = json!({"job_variables": {"name": "other"}});
    stage.prefect.patch(&path, &variables).await;
    let _worker = worker.again();
    assert_eq!(stage.noted(&run).await, format!("{}:{name}", stage.name));
    assert_eq!(stage.jobs_of(&run).await.len(), 1);
}

#[tokio::test]
async fn a_job_that_was_made_elsewhere_is_not_made_again() {
    let stage = Stage::new("moved").await;
    let other = Stage::new("moved-to").await;
    let (run, name, worker, _kube) = killed_with_its_job(&stage).await;
    // Jobs of the deployment go elsewhere from now on.
    let path = format!("/deployments/{}", stage.deployment);
    let variables = json!({"job_variables": {"namespace": other.name}});
    stage.prefect.patch(&path, &variables).await;
    let _worker = worker.again();
    assert_eq!(stage.noted(&run).await, format!("{}:{name}", stage.name));
    assert_eq!(stage.jobs_of(&run).await.len(), 1);
    assert_eq!(other.kube.jobs(&other.name).await.len(), 0);
}

#[tokio::test]
async fn a_run_that_began_before_its_job_was_noted_gets_its_note() {
    let stage = Stage::new("unnoted").await;
    let (run, name, worker, _kube) = killed_with_its_job(&stage).await;
    stage.is_running_without_a_note(&run).await;
    // Under another name, so that nothing of it is in hand.
    drop(worker);
    let _worker = WorkerProcess::start(stage.command_of("another"));
    assert_eq!(stage.noted(&run).await, format!("{}:{name}", stage.name));
    assert_eq!(stage.prefect.run(&run).await["state_type"], "RUNNING");
}

#[tokio::test]
async fn a_run_that_began_crashes_when_its_job_vanishes_before_anybody_noted_it() {
    let stage = Stage::new("unseen").await;
    let (run, name, worker, _kube) = killed_with_its_job(&stage).await;
    stage.is_running_without_a_note(&run).await;
    stage.delete_job_of(&run).await;
    stage.has_no_pod(&run).await;
    let _worker = worker.again();
    let why = stage.crashes(&run).await;
    assert!(why.contains(&name) && why.contains("was deleted"), "{why}");
}

impl Stage {
    /// Its flow begins at once, and the server knows of no Job.
    async fn is_running_without_a_note(&self, run: &str) {
        let state = json!({"type": "RUNNING", "name": "Running"});
        self.prefect.force(run, &state).await;
        let pid = &self.prefect.run(run).await["infrastructure_pid"];
        assert!(pid.is_null(), "{pid}");
    }
}
