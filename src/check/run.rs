//! Runs checks side by side, each with its own time-out.

use std::time::Duration;

use futures::{
    FutureExt,
    future::{LocalBoxFuture, join_all},
};
use serde::Serialize;

use super::{
    finding::{Finding, Findings, Level, fail},
    world::World,
};

/// What checks are about, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Category {
    /// kubectl and the cluster.
    #[serde(rename = "cluster")]
    Cluster,
    /// What may be done.
    #[serde(rename = "rights")]
    Rights,
    /// The Prefect API.
    #[serde(rename = "prefect")]
    Prefect,
    /// The work pool and its template.
    #[serde(rename = "pool")]
    Pool,
    /// The Secret with the credential.
    #[serde(rename = "secret")]
    Secret,
    /// The installed worker.
    #[serde(rename = "worker")]
    Worker,
    /// Jobs, and what stands in their way.
    #[serde(rename = "jobs")]
    Jobs,
}

impl Category {
    /// The heading in the list.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Cluster => "kubectl and the cluster",
            Self::Rights => "Rights",
            Self::Prefect => "Prefect API",
            Self::Pool => "Work pool and template",
            Self::Secret => "Secret",
            Self::Worker => "Installed worker",
            Self::Jobs => "Jobs",
        }
    }

    /// The name by which all its checks are chosen or left out.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Rights => "rights",
            Self::Prefect => "prefect",
            Self::Pool => "pool",
            Self::Secret => "secret",
            Self::Worker => "worker",
            Self::Jobs => "jobs",
        }
    }
}

/// When a check has something to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// Before an install.
    Before,
    /// Once a worker is installed.
    After,
}

/// A check.
pub struct Check {
    /// The name by which it is chosen or left out.
    pub name: &'static str,
    /// What it is about.
    pub category: Category,
    /// When it has something to look at.
    pub when: When,
    /// What it looks for, in a few words.
    pub about: &'static str,
    pub(super) look: for<'a> fn(&'a World) -> LocalBoxFuture<'a, Findings>,
}

/// What became of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// What it is about.
    pub category: Category,
    /// Its name.
    pub check: &'static str,
    /// What it found; several where it looks at several things.
    pub findings: Vec<Finding>,
}

impl Outcome {
    /// The worst of what it found.
    #[must_use]
    pub fn level(&self) -> Level {
        let levels = self.findings.iter().map(|finding| finding.level);
        levels.max().unwrap_or(Level::Ok)
    }
}

/// Runs these checks side by side. None of them takes longer than the limit.
pub async fn run(world: &World, checks: &[&Check], limit: Duration) -> Vec<Outcome> {
    let runs = checks.iter().map(|check| {
        let look = tokio::time::timeout(limit, (check.look)(world));
        look.map(|result| Outcome {
            category: check.category,
            check: check.name,
            findings: match result {
                Ok(Ok(findings)) => findings,
                Ok(Err(trouble)) => vec![trouble.into_finding()],
                Err(_) => vec![too_slow(check, limit)],
            },
        })
    });
    join_all(runs).await
}

fn too_slow(check: &Check, limit: Duration) -> Finding {
    fail(
        format!("no answer within {} s", limit.as_secs_f64()),
        format!(
            "Look whether the servers answer at all (checks api-server and api); --timeout gives \
             more time, --skip {} does without this check.",
            check.name
        ),
    )
}
