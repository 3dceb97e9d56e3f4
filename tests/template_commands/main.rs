//! `template` as a user runs it: on a real Prefect server and a real cluster, and without either.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod asking;
mod compare;
mod judge;
mod offline;
mod python;
mod rendering;
#[path = "../support/mod.rs"]
mod support;
mod syncing;
mod upgrading;
mod writing;

use std::path::{Path, PathBuf};

use kubectl_prefect::template::default_base_job_template;
use serde_json::{Value, json};
use uuid::Uuid;

use support::{TestCluster, TestCommand, cluster, prefect::Prefect};

/// A server whose SQLite is busy with other tests refuses writes for a while. Jobs get the setting too.
const PATIENCE: (&str, &str) = ("PREFECT_CLIENT_MAX_RETRIES", "30");

/// A work pool with a template, a home folder that outlives commands, and files in it.
struct Pool {
    cluster: TestCluster,
    prefect: Prefect,
    name: String,
    home: tempfile::TempDir,
}

impl Pool {
    /// A pool with the default template.
    async fn new(name: &str) -> Self {
        Self::with(name, &default_base_job_template()).await
    }

    /// A pool with this template.
    async fn with(name: &str, template: &Value) -> Self {
        let pool = Self::missing(name);
        let body = json!({
            "name": pool.name, "type": "kubernetes", "base_job_template": template,
        });
        pool.prefect.post("/work_pools/", &body).await;
        pool
    }

    /// A pool that is not there yet.
    fn missing(name: &str) -> Self {
        let cluster = cluster();
        let suffix = Uuid::new_v4().simple().to_string();
        Self {
            prefect: Prefect::new(cluster.prefect_api_url()),
            name: format!("{name}-{}", &suffix[..8]),
            home: tempfile::tempdir().unwrap(),
            cluster,
        }
    }

    /// `kubectl prefect template ...`
    fn command(&self, words: &str) -> TestCommand {
        self.cluster
            .command()
            .arg("template")
            .words(words)
            .env("PREFECT_API_URL", self.prefect.url())
            .env(PATIENCE.0, PATIENCE.1)
            .env("HOME", self.home.path().to_str().unwrap())
    }

    /// The same about this pool: `-p` comes after the first word.
    fn about(&self, words: &str) -> TestCommand {
        let (command, rest) = words.split_once(' ').unwrap_or((words, ""));
        self.command(command).arg("-p").arg(&self.name).words(rest)
    }

    /// The same with a file that holds this document: `-f` comes after the pool.
    fn with_file(&self, words: &str, document: &Value) -> TestCommand {
        let (command, rest) = words.split_once(' ').unwrap_or((words, ""));
        let file = self.file("given.json", document);
        self.about(command)
            .arg("-f")
            .arg(file.to_str().unwrap())
            .words(rest)
    }

    /// Writes a file.
    fn file(&self, name: &str, document: &Value) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, document.to_string()).unwrap();
        path
    }

    /// The path of the pool in the API.
    fn path(&self) -> String {
        format!("/work_pools/{}", self.name.replace(' ', "%20"))
    }

    /// The template that the server has.
    async fn template(&self) -> Value {
        self.prefect.get(&self.path()).await["base_job_template"].clone()
    }

    /// Somebody else changes the template.
    async fn is_changed_to(&self, template: &Value) {
        let body = json!({"base_job_template": template});
        self.prefect.patch(&self.path(), &body).await;
    }

    /// The files in which templates are saved.
    fn backups(&self) -> Vec<PathBuf> {
        let folder = self
            .home
            .path()
            .join(".local/state/kubectl-prefect/templates");
        let mut found = Vec::new();
        for of_pool in std::fs::read_dir(folder).into_iter().flatten() {
            for file in std::fs::read_dir(of_pool.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                if path.file_name().unwrap() != "seen.json" {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

/// The default template after a change.
fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut template = default_base_job_template();
    change(&mut template);
    template
}

/// The default template with another default image.
fn with_image(image: &str) -> Value {
    changed(|template| {
        template["variables"]["properties"]["image"]["default"] = json!(image);
    })
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
