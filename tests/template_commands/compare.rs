//! `diff` on a real server: its exit codes, and what it shows.

use serde_json::json;

use crate::{Pool, changed, json_of, with_image};

#[tokio::test]
async fn the_exit_code_tells_differences_from_failures() {
    let pool = Pool::with("diff", &with_image("one")).await;
    let same = pool.with_file("diff", &with_image("one")).run();
    assert_eq!(
        (same.code, same.stdout.as_str()),
        (Some(0), ""),
        "{}",
        same.stderr
    );
    let output = pool.with_file("diff", &with_image("two")).failure(1);
    let file = pool.home.path().join("given.json");
    assert_eq!(
        output.stdout,
        format!(
            "--- work pool {:?}\n+++ {}\nvariables.properties.image.default\n  - \"one\"\n  + \"two\"\n",
            pool.name,
            file.display()
        )
    );
    assert!(
        output.stderr.starts_with("1 difference between work pool"),
        "{}",
        output.stderr
    );
    assert!(!output.stderr.contains("error"), "{}", output.stderr);
    let document = json_of(
        &pool
            .with_file("diff -o json", &with_image("two"))
            .failure(1)
            .stdout,
    );
    assert_eq!(document["same"], false);
    assert_eq!(
        document["differences"],
        json!([{"path": "variables.properties.image.default", "op": "replace", "old": "one", "new": "two"}])
    );
    pool.command("diff -p nobody-has-this").failure(2);
    pool.about("diff -f none").failure(2);
    pool.about("diff")
        .env("PREFECT_API_URL", "http://127.0.0.1:9/api")
        .env("PREFECT_CLIENT_MAX_RETRIES", "0")
        .failure(3);
}

#[tokio::test]
async fn a_pool_is_compared_with_the_servers_default() {
    let pool = Pool::missing("default");
    let output = pool.command("default").run();
    let default = json_of(&output.stdout);
    assert!(
        output
            .stderr
            .contains("is older than the one of this program"),
        "{}",
        output.stderr
    );
    let served = pool
        .prefect
        .get("/collections/views/aggregate-worker-metadata")
        .await;
    let served = &served["prefect-kubernetes"]["kubernetes"]["default_base_job_configuration"];
    assert_eq!(&default, served);
    let body = json!({"name": pool.name, "type": "kubernetes", "base_job_template": default});
    pool.prefect.post("/work_pools/", &body).await;
    assert_eq!(pool.about("diff --default").success(), "");
    let mut own = default.clone();
    own["variables"]["properties"]["namespace"]["default"] = json!("flows");
    pool.is_changed_to(&own).await;
    let output = pool.about("diff").failure(1);
    assert!(
        output.stdout.contains("- \"default\"\n  + \"flows\"\n"),
        "{}",
        output.stdout
    );
    own["variables"]["properties"]["namespace"] =
        default["variables"]["properties"]["namespace"].clone();
    own["variables"]["properties"]["image"]["description"] = json!("Ours.");
    pool.is_changed_to(&own).await;
    let output = pool.about("diff").run();
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), ""));
    assert!(
        output.stderr.contains("--all shows them"),
        "{}",
        output.stderr
    );
    let output = pool.about("diff --all").failure(1);
    assert!(output.stdout.contains("+ \"Ours.\""), "{}", output.stdout);
    for kind in ["docker", "process"] {
        let template = json_of(&pool.command("default --type").arg(kind).success());
        assert!(template["job_configuration"].is_object());
    }
    let output = pool.command("default --type kubernets").failure(2);
    assert!(
        output.stderr.contains("Did you mean \"kubernetes\"?"),
        "{}",
        output.stderr
    );
}

#[tokio::test]
async fn lines_have_colours_only_where_they_are_wanted() {
    let pool = Pool::with("colour", &with_image("one")).await;
    let plain = pool.with_file("diff", &with_image("two")).failure(1);
    assert!(!plain.stdout.contains('\x1b'));
    let painted = pool
        .with_file("diff --color=always", &with_image("two"))
        .failure(1);
    assert!(
        painted.stdout.contains("\x1b[32m  + \"two\"\x1b[0m"),
        "{}",
        painted.stdout
    );
    // What comes from elsewhere does not steer the terminal.
    let wild = changed(|template| {
        template["variables"]["properties"]["image"]["default"] = json!("\x1b[2J");
    });
    let output = pool.with_file("diff", &wild).failure(1);
    assert!(!output.stdout.contains('\x1b'), "{}", output.stdout);
}
