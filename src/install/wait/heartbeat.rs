//! Whether the worker of a Deployment gives signs of life in its work pool.
//!
//! Prefect knows workers by name, and the Python worker makes a name up at each start, unless the
//! values give it one. So its name is read where it says it: at the beginning of its log. Where that
//! cannot be read, a sign of life of any worker that is later than the pods' start has to do.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use regex::Regex;

use crate::prefect::{Worker, WorkerStatus};

/// Nodes and the Prefect server have clocks of their own.
const SKEW: SignedDuration = SignedDuration::from_secs(2);
/// How long after its start a worker may still say its name.
pub const TO_SAY_ITS_NAME: SignedDuration = SignedDuration::from_secs(30);

// prefect/workers/base.py, `start`: "Worker 'NAME' started!"; our own worker begins with "Worker
// 'NAME' on work pool". Python writes a name with an apostrophe in double quotes.
#[expect(
    clippy::expect_used,
    reason = "a constant that every test of this module compiles"
)]
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"Worker (?:'([^'\n]+)'|"([^"\n]+)") (?:started!|on work pool)"#)
        .expect("a valid expression")
});

/// The name that a worker says at the beginning of its log.
#[must_use]
pub fn name_in(log: &str) -> Option<String> {
    let found = NAME.captures(log)?;
    let name = found.get(1).or_else(|| found.get(2))?;
    Some(name.as_str().to_owned())
}

/// Who is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The names of the workers; without any, everybody may be meant.
    pub names: Vec<String>,
    /// When the last of the pods was started.
    pub since: Option<Timestamp>,
}

impl Wanted {
    /// The names of the workers, when all of them live: the server calls them online, and has heard
    /// of them since the pods were started.
    #[must_use]
    pub fn find(&self, workers: &[Worker]) -> Option<Vec<String>> {
        let since = self.since.and_then(|since| since.checked_sub(SKEW).ok());
        let lives = |worker: &&Worker| {
            let last = worker.last_heartbeat_time;
            worker.status == Some(WorkerStatus::Online)
                && last.is_some_and(|last| since.is_none_or(|since| last >= since))
        };
        let living: Vec<&Worker> = workers.iter().filter(lives).collect();
        if self.names.is_empty() {
            let last = living
                .iter()
                .max_by_key(|worker| worker.last_heartbeat_time)?;
            return Some(vec![last.name.0.clone()]);
        }
        let all = self
            .names
            .iter()
            .all(|name| living.iter().any(|worker| worker.name.0 == *name));
        all.then(|| self.names.clone())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::prefect::WorkerId;

    #[test]
    fn a_worker_says_its_name() {
        for (log, name) in [
            (
                "Discovered type 'kubernetes'\nWorker 'KubernetesWorker 7' started!\n",
                Some("KubernetesWorker 7"),
            ),
            ("Worker \"it's\" started!", Some("it's")),
            (
                "Worker 'kubectl-prefect-1' on work pool 'p' of http://h",
                Some("kubectl-prefect-1"),
            ),
            ("Worker 'x' stopped!", None),
            ("", None),
        ] {
            assert_eq!(name_in(log).as_deref(), name, "{log}");
        }
    }

    #[test]
    fn only_a_sign_of_life_since_the_start_counts() {
        let start: Timestamp = "2026-11-22T16:00:00Z".parse().unwrap();
        let worker = |name: &str, seconds: i64, status| Worker {
            id: WorkerId(Uuid::nil()),
            name: name.into(),
            last_heartbeat_time: Some(start + SignedDuration::from_secs(seconds)),
            heartbeat_interval_seconds: Some(30),
            status: Some(status),
        };
        let workers = [
            worker("old", -60, WorkerStatus::Online),
            worker("mine", 3, WorkerStatus::Online),
            worker("other", 5, WorkerStatus::Online),
            worker("dead", 9, WorkerStatus::Offline),
        ];
        let find = |names: &[&str]| {
            let wanted = Wanted {
                names: names.iter().map(ToString::to_string).collect(),
                since: Some(start),
            };
            wanted.find(&workers)
        };
        assert_eq!(find(&["mine"]).unwrap(), ["mine"]);
        assert_eq!(find(&["mine", "other"]).unwrap(), ["mine", "other"]);
        assert_eq!(find(&["mine", "old"]), None);
        assert_eq!(find(&[]).unwrap(), ["other"]);
        for name in ["old", "dead", "missing"] {
            assert_eq!(find(&[name]), None);
        }
    }
}
