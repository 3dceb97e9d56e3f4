//! What the observer makes of Jobs and pods that are not what they seem, and of containers that say
//! more than anybody wants to hear.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    stage::{RUN_LABEL, Stage, endless},
    support::worker::until,
};

/// Longer than a run waits for a replacement of its Job before it is called crashed.
const GRACE: Duration = Duration::from_secs(40);

impl Stage {
    /// Makes an object in the namespace. Gives it.
    async fn make(&self, group: &str, plural: &str, object: &Value) -> Value {
        let path = format!("/{group}/namespaces/{}/{plural}", self.name);
        self.kube.create(&path, object).await
    }

    /// Waits until the Job of this name has a condition.
    async fn job_has(&self, name: &str, condition: &str) {
        until(&format!("{condition} of Job {name}"), async || {
            let jobs = self.kube.jobs(&self.name).await;
            let job = jobs.iter().find(|job| job["metadata"]["name"] == name)?;
            let conditions = job["status"]["conditions"].as_array()?;
            conditions
                .iter()
                .any(|it| it["type"] == condition && it["status"] == "True")
                .then_some(())
        })
        .await;
    }
}

/// A Job or pod of this name and these labels, whose container runs a command.
fn object(kind: &str, name: &str, labels: &Value, command: &[&str]) -> Value {
    let pod = json!({
        "restartPolicy": "Never", "terminationGracePeriodSeconds": 1,
        "containers": [{"name": "c", "image": "flow", "command": command}],
    });
    let spec = match kind {
        "Pod" => pod,
        _ => json!({"backoffLimit": 0, "template": {"metadata": {"labels": labels}, "spec": pod}}),
    };
    let version = if kind == "Pod" { "v1" } else { "batch/v1" };
    json!({
        "apiVersion": version, "kind": kind, "spec": spec,
        "metadata": {"name": name, "labels": labels},
    })
}

/// A copy of a Job, as somebody makes it to try once more.
fn copy_of(job: &Value, name: &str, command: &[&str]) -> Value {
    let mut labels = job["spec"]["template"]["metadata"]["labels"].clone();
    for key in ["controller-uid", "job-name"] {
        let labels = labels.as_object_mut().unwrap();
        labels.remove(key);
        labels.remove(&format!("batch.kubernetes.io/{key}"));
    }
    let mut copy = object("Job", name, &labels, command);
    copy["metadata"]["annotations"] = job["metadata"]["annotations"].clone();
    copy
}

#[tokio::test]
async fn what_only_has_the_labels_of_a_run_changes_nothing_about_it() {
    let stage = Stage::new("forged").await;
    let worker = stage.worker();
    let (waiting, running) = (json!({"cpu_request": "1000"}), endless());
    let (waiting, running) = (stage.run(&waiting).await, stage.run(&running).await);
    let later = stage.run_later().await;
    stage.is(&waiting, "InfrastructurePending").await;
    stage.has_pod(&running, "Running").await;
    let state = json!({"type": "RUNNING", "name": "Running"});
    stage.prefect.force(&running, &state).await;
    stage.noted(&waiting).await;
    let pool = stage
        .prefect
        .get(&format!("/work_pools/{}", stage.name))
        .await["id"]
        .clone();
    let labels = |run: &str| {
        json!({
            RUN_LABEL: run, "prefect.io/work-pool-id": pool, "prefect.io/worker-name": stage.name,
        })
    };
    let mut made = Vec::new();
    for (case, run) in [
        ("waiting", &waiting),
        ("running", &running),
        ("later", &later),
    ] {
        let name = format!("forged-{case}");
        let job = object("Job", &name, &labels(run), &["sh", "-c", "exit 1"]);
        stage.make("apis/batch/v1", "jobs", &job).await;
        made.push(name);
        let name = format!("alone-{case}");
        let pod = object("Pod", &name, &labels(run), &["sleep", "1000"]);
        stage.make("api/v1", "pods", &pod).await;
    }
    for (case, run) in [("waiting", &waiting), ("running", &running)] {
        let name = format!("copied-{case}");
        let job = stage.job_of_name(run, "forged").await;
        let copy = copy_of(&job, &name, &["sh", "-c", "exit 1"]);
        stage.make("apis/batch/v1", "jobs", &copy).await;
        made.push(name);
    }
    for (number, id) in ["not-a-uuid", "", "6f1b3f0e"].iter().enumerate() {
        let name = format!("nonsense-{number}");
        let job = object("Job", &name, &labels(id), &["sh", "-c", "exit 1"]);
        stage.make("apis/batch/v1", "jobs", &job).await;
        made.push(name);
    }
    for name in &made {
        stage.job_has(name, "Failed").await;
    }
    tokio::time::sleep(GRACE).await;
    let name = |run: Value| run["state"]["name"].as_str().unwrap().to_owned();
    let states = [
        name(stage.prefect.run(&waiting).await),
        name(stage.prefect.run(&running).await),
        name(stage.prefect.run(&later).await),
    ];
    assert_eq!(states, ["InfrastructurePending", "Running", "Scheduled"]);
    assert!(!worker.heard().contains("is adopted"), "{}", worker.heard());
    // The real Job still counts.
    stage.delete_the_job(&running).await;
    stage.crashes(&running).await;
}

impl Stage {
    /// The Job of a run whose name does not begin with this.
    async fn job_of_name(&self, run: &str, not: &str) -> Value {
        let jobs = self.jobs_of(run).await;
        let is_ours = |job: &Value| !job["metadata"]["name"].as_str().unwrap().starts_with(not);
        jobs.into_iter().find(is_ours).unwrap()
    }

    /// Deletes the Job that the server has noted of a run.
    async fn delete_the_job(&self, run: &str) {
        let noted = self.noted(run).await;
        let name = noted.split(':').next_back().unwrap();
        let path = format!("/apis/batch/v1/namespaces/{}/jobs/{name}", self.name);
        self.kube.delete(&path).await;
    }
}

/// A watch that selects by labels tells of such a Job as deleted.
#[tokio::test]
async fn a_job_that_loses_its_labels_is_not_taken_for_deleted() {
    let stage = Stage::new("bare").await;
    let mut worker = stage.worker();
    let run = stage.run(&endless()).await;
    stage.has_pod(&run, "Running").await;
    let noted = stage.noted(&run).await;
    let name = noted.split(':').next_back().unwrap();
    let state = json!({"type": "RUNNING", "name": "Running"});
    stage.prefect.force(&run, &state).await;
    let bare = format!("{RUN_LABEL}-");
    stage
        .cluster
        .kubectl(&["label", "job", name, &bare, "-n", &stage.name]);
    // Another Job's end is told after it, and a RUNNING run has no time of grace.
    let other = stage.run(&json!({"command": "sh -c 'exit 1'"})).await;
    stage.crashes(&other).await;
    assert_eq!(stage.prefect.run(&run).await["state"]["name"], "Running");
    worker.signal("TERM");
    let (code, heard) = worker.ends().await;
    assert_eq!(code, Some(0), "{heard}");
}

#[tokio::test]
async fn the_last_words_of_a_container_may_be_anything() {
    let stage = Stage::new("words").await;
    let _worker = stage.worker();
    // Ten megabytes without an end of line, bytes that are no UTF-8, and a last word.
    let script = r#"head -c 10000000 /dev/zero | tr "\0" x; echo; printf "a\377b\376c\n"; echo last; exit 3"#;
    let run = stage
        .run(&json!({"command": format!("sh -c '{script}'")}))
        .await;
    stage.crashes(&run).await;
    let lines = stage.logged(&run, "last").await;
    assert!(
        lines.iter().any(|line| line == "a\u{fffd}b\u{fffd}c"),
        "{lines:?}"
    );
    assert!(lines.iter().all(|line| line.len() < 1 << 20));
}
