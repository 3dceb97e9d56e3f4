//! Beside Prefect's own command line: what one writes the other reads.

use std::process::Command;

use kubectl_prefect::base_template::merge::distance;
use serde_json::json;

use crate::{Pool, json_of, with_image};

impl Pool {
    /// `prefect ...`; its standard output.
    fn prefect(&self, arguments: &[&str]) -> String {
        let bin = self.cluster.bin.clone().unwrap();
        let output = Command::new(bin.join("prefect"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("PREFECT_HOME", self.home.path())
            .env("PREFECT_API_URL", self.prefect.url())
            .env("COLUMNS", "1000")
            .env("DO_NOT_TRACK", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

#[tokio::test]
async fn both_command_lines_have_the_same_templates() {
    let pool = Pool::with("python", &with_image("one")).await;
    let default = pool.prefect(&[
        "work-pool",
        "get-default-base-job-template",
        "--type",
        "kubernetes",
    ]);
    // The words for people are this program's own.
    let built_in = json_of(&pool.command("default --built-in").success());
    assert_eq!(distance(&json_of(&default), &built_in), 0);

    // What ours fetches and changes, theirs takes.
    let mut template = json_of(&pool.about("get").success());
    template["variables"]["properties"]["image"]["default"] = json!("two");
    let file = pool.file("two.json", &template);
    let file = file.to_str().unwrap();
    pool.prefect(&[
        "work-pool",
        "update",
        &pool.name,
        "--base-job-template",
        file,
    ]);
    assert_eq!(pool.template().await, with_image("two"));
    assert_eq!(pool.about("diff -f").arg(file).success(), "");

    // What ours writes, theirs shows.
    pool.with_file("push --yes --force", &with_image("three"))
        .success();
    let shown = pool.prefect(&["work-pool", "inspect", &pool.name, "--output", "json"]);
    assert_eq!(json_of(&shown)["base_job_template"], with_image("three"));
}
