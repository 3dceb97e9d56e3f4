//! Runs whose flow is a stand-in (`standin.py`): they end COMPLETED, and leave a line in a file for
//! each time that they were allowed to begin.

use std::path::Path;

use serde_json::{Value, json};

use crate::stage::Stage;

/// The file, and what is counted by it.
pub struct Executions {
    folder: tempfile::TempDir,
}

/// What became of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it is COMPLETED.
    pub completed: bool,
    /// How often its flow began.
    pub begun: usize,
    /// How many Jobs it has.
    pub jobs: usize,
    /// How often it was claimed.
    pub claims: usize,
}

impl Outcome {
    /// What it is to be.
    pub const ONCE: Self = Self {
        completed: true,
        begun: 1,
        jobs: 1,
        claims: 1,
    };

    /// Whether the run was lost.
    pub const fn is_lost(&self) -> bool {
        !self.completed || self.begun == 0
    }

    /// Whether something was done twice.
    pub const fn is_twice(&self) -> bool {
        self.begun > 1 || self.jobs > 1 || self.claims > 1
    }
}

impl Executions {
    /// None yet.
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Job variables of a run that takes this many seconds.
    pub fn variables(&self, seconds: f32) -> Value {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/worker/standin.py");
        let file = self.folder.path().join("begun");
        let command = format!("python -I -S {script} {} {seconds}", file.display());
        json!({"command": command})
    }

    /// The same for a flow that begins once there is such a file.
    pub fn variables_behind(&self, gate: &Path, seconds: f32) -> Value {
        let flow = self.variables(seconds);
        let flow = flow["command"].as_str().unwrap();
        let wait = format!("until [ -e {} ]; do sleep 0.1; done", gate.display());
        json!({"command": format!("sh -c '{wait}; exec {flow}'")})
    }

    /// How often the flow of a run began.
    pub fn of(&self, run: &str) -> usize {
        let file = self.folder.path().join("begun");
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines().filter(|line| *line == run).count()
    }

    /// What became of a run.
    pub async fn outcome(&self, stage: &Stage, run: &str) -> Outcome {
        let history = stage.prefect.history(run).await;
        let claims = history.iter().filter(|name| *name == "Pending").count();
        Outcome {
            completed: history.last().is_some_and(|name| name == "Completed"),
            begun: self.of(run),
            jobs: stage.jobs_of(run).await.len(),
            claims,
        }
    }
}
