//! `get` and `push` on a real server.

use std::{fs, os::unix::fs::PermissionsExt};

use kubectl_prefect::{
    base_template::Template,
    pools::{self, Backup, Change, Progress},
    prefect::{Client, ClientConfig},
};
use serde_json::json;

use crate::{
    Pool, changed, json_of, read_json,
    support::{proxy::Proxy, worker::WorkerProcess},
    with_image,
};

#[tokio::test]
async fn a_template_is_fetched_changed_and_written() {
    let pool = Pool::with("push my pool 名", &with_image("before")).await;
    let output = pool.about("get").run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let mut template = json_of(&output.stdout);
    assert_eq!(template, with_image("before"));
    assert!(
        output.stderr.contains("digest sha256:"),
        "{}",
        output.stderr
    );
    template["variables"]["properties"]["image"]["default"] = json!("after");
    let output = pool.with_file("push --yes", &template).run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(
        output
            .stderr
            .contains("variables.properties.image.default\n  - \"before\"\n  + \"after\"\n"),
        "{}",
        output.stderr
    );
    assert_eq!(pool.template().await, with_image("after"));
    let backups = pool.backups();
    let [backup] = backups.as_slice() else {
        panic!("{backups:?}")
    };
    assert!(
        output
            .stdout
            .contains(&format!("saved in {}", backup.display())),
        "{}",
        output.stdout
    );
    assert_eq!(read_json(backup), with_image("before"));
    assert_eq!(
        fs::metadata(backup).unwrap().permissions().mode() & 0o777,
        0o600
    );
    // The same once more changes nothing, and neither does another order.
    let said = pool.with_file("push --yes", &template).success();
    assert_eq!(said, format!("work pool {:?} unchanged\n", pool.name));
    assert_eq!(pool.backups().len(), 1);
    // What was saved is a template that can be pushed.
    let back = pool
        .about("push --yes -o json -f")
        .arg(backup.to_str().unwrap());
    let report = json_of(&back.success());
    assert_eq!(report["result"], "updated");
    assert_eq!(report["differences"][0]["old"], "after");
    assert_eq!(pool.template().await, with_image("before"));
}

#[tokio::test]
async fn the_order_of_members_is_the_same_whatever_the_server_has() {
    let template = with_image("x");
    let mut backwards = serde_json::Map::new();
    for (key, value) in template.as_object().unwrap().iter().rev() {
        backwards.insert(key.clone(), value.clone());
    }
    let one = Pool::with("order", &template).await;
    let other = Pool::with("order", &backwards.into()).await;
    assert_eq!(one.about("get").success(), other.about("get").success());
    let yaml = one.about("get -o yaml").success();
    assert!(
        yaml.starts_with("job_configuration:\n  annotations: "),
        "{yaml}"
    );
}

#[tokio::test]
async fn what_somebody_else_changed_is_not_overwritten() {
    let pool = Pool::new("meanwhile").await;
    pool.about("get").success();
    let theirs = changed(|template| {
        template["variables"]["properties"]["finished_job_ttl"]["default"] = json!(60);
    });
    pool.is_changed_to(&theirs).await;
    let output = pool.with_file("push --yes", &with_image("mine")).failure(1);
    assert!(
        output.stderr.contains("has been changed by somebody else"),
        "{}",
        output.stderr
    );
    assert!(
        output
            .stderr
            .contains("variables.properties.finished_job_ttl.default\n  - null\n  + 60\n"),
        "{}",
        output.stderr
    );
    assert_eq!(pool.template().await, theirs);
    assert_eq!(pool.backups().len(), 0);
    // Dry or not, it is refused; who has fetched it again may go on, and so may who insists.
    pool.with_file("push --dry-run", &with_image("mine"))
        .failure(1);
    pool.with_file("push --yes --force", &with_image("mine"))
        .success();
    assert_eq!(read_json(&pool.backups()[0]), theirs);
    assert_eq!(pool.template().await, with_image("mine"));
}

#[tokio::test]
async fn a_pipeline_says_what_it_expects() {
    let pool = Pool::with("match", &with_image("one")).await;
    let output = pool.about("get").run();
    let digest = output
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("digest "));
    let digest = digest.unwrap().to_owned();
    let old = pool.file("old.json", &with_image("one"));
    pool.is_changed_to(&with_image("two")).await;
    let push = || pool.with_file("push --yes --if-match", &with_image("three"));
    for expected in [digest.as_str(), old.to_str().unwrap()] {
        let output = push().arg(expected).failure(1);
        assert!(
            output.stderr.contains("is not the one of --if-match"),
            "{}",
            output.stderr
        );
    }
    pool.is_changed_to(&with_image("one")).await;
    push().arg(&digest).success();
    pool.is_changed_to(&with_image("one")).await;
    push().arg(old.to_str().unwrap()).success();
    assert_eq!(pool.template().await, with_image("three"));
    push().arg("sha256:12").failure(2);
}

#[tokio::test]
async fn a_change_between_reading_and_writing_is_noticed() {
    let pool = Pool::with("between", &with_image("one")).await;
    let url = pool.prefect.url().parse().unwrap();
    let client = Client::new(&ClientConfig::new(url)).unwrap();
    let read = pools::read(&client, &pool.name.as_str().into())
        .await
        .unwrap();
    pool.is_changed_to(&with_image("theirs")).await;
    let template = Template::new(with_image("mine").as_object().unwrap().clone());
    let file = pool.home.path().join("backup.json");
    let mut change = Change {
        pool: &read,
        template: &template,
        backup: &Backup::File(file.clone()),
        force: false,
        progress: &Progress::default(),
    };
    let error = pools::write(&client, &change).await.unwrap_err();
    assert!(
        error
            .message
            .contains("has just been changed by somebody else"),
        "{error:?}"
    );
    assert_eq!(pool.template().await, with_image("theirs"));
    assert!(!file.exists());
    change.force = true;
    pools::write(&client, &change).await.unwrap();
    assert_eq!(read_json(&file), with_image("theirs"));
    assert_eq!(pool.template().await, with_image("mine"));
}

#[tokio::test]
async fn nothing_is_written_when_the_template_before_cannot_be_saved() {
    let pool = Pool::with("backup", &with_image("one")).await;
    let there = pool.file("there.json", &json!(1));
    let output = pool
        .with_file("push --yes --backup", &with_image("two"))
        .arg(there.to_str().unwrap())
        .failure(1);
    assert!(
        output.stderr.contains("could not be saved, so it stays"),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("--no-backup"), "{}", output.stderr);
    assert_eq!(pool.template().await, with_image("one"));
    assert_eq!(read_json(&there), json!(1));
    // A home that is no folder cannot keep anything.
    let output = pool
        .with_file("push --yes", &with_image("two"))
        .env("HOME", there.to_str().unwrap())
        .failure(1);
    assert!(output.stderr.contains("there.json"), "{}", output.stderr);
    assert_eq!(pool.template().await, with_image("one"));
    pool.with_file("push --yes --no-backup", &with_image("two"))
        .env("HOME", there.to_str().unwrap())
        .success();
    assert_eq!(pool.template().await, with_image("two"));
}

#[tokio::test]
async fn a_missing_pool_is_made_on_request() {
    let pool = Pool::missing("made");
    let output = pool.with_file("push --yes", &with_image("x")).failure(1);
    assert!(
        output.stderr.contains("there is no work pool"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("--create makes it"),
        "{}",
        output.stderr
    );
    let said = pool
        .with_file("push --create --dry-run", &with_image("x"))
        .success();
    assert!(said.contains("would be created"), "{said}");
    let said = pool
        .with_file("push --create --yes", &with_image("x"))
        .success();
    assert_eq!(said, format!("work pool {:?} created\n", pool.name));
    assert_eq!(pool.template().await, with_image("x"));
    assert_eq!(pool.prefect.get(&pool.path()).await["type"], "kubernetes");
    let near = pool
        .command("get -p")
        .arg(format!("{}x", pool.name))
        .failure(1);
    assert!(
        near.stderr
            .contains(&format!("Did you mean {:?}?", pool.name)),
        "{}",
        near.stderr
    );
}

#[tokio::test]
async fn what_the_rules_refuse_the_server_refuses_too() {
    let pool = Pool::new("rules").await;
    let place = "/job_configuration/job_manifest/spec";
    for text in [
        "{{ nobody }}",
        "{{ image.tag }}",
        "{{ prefect.blocks.secret.x }}",
        "{{ prefect.variables.x }}",
        "{{ $HOME }}",
        "{{ ctx.flow_run.name }}",
    ] {
        let template = changed(|template| {
            template.pointer_mut(place).unwrap()["x"] = json!(text);
        });
        let output = pool.with_file("push --yes", &template).failure(2);
        assert!(
            output.stderr.contains("job_manifest.spec.x"),
            "{text}: {}",
            output.stderr
        );
        let output = pool.with_file("push --yes --no-lint", &template).failure(1);
        assert!(
            output.stderr.contains("undeclared variable"),
            "{text}: {}",
            output.stderr
        );
    }
    assert_eq!(pool.backups().len(), 0);
    let empty = json!({"job_configuration": {"x": 1}, "variables": {}});
    pool.with_file("push --yes", &empty).failure(2);
    pool.with_file("push --yes --no-lint", &empty).failure(1);
    // A variable may hold what the configuration may not.
    let template = changed(|template| {
        template["variables"]["properties"]["image"]["default"] =
            json!("{{ prefect.blocks.secret.x }}");
    });
    pool.with_file("push --yes", &template).success();
}

#[tokio::test]
async fn a_template_of_a_megabyte_is_written() {
    let pool = Pool::new("large").await;
    let large = changed(|template| {
        for number in 0..4000 {
            let name = format!("variable_{number}");
            template["variables"]["properties"][&name] =
                json!({"type": "string", "default": "x".repeat(200)});
        }
    });
    pool.with_file("push --yes --no-lint -o name", &large)
        .success();
    assert_eq!(json_of(&pool.about("get").success()), large);
}

#[tokio::test]
async fn an_interruption_in_the_middle_of_a_write_is_told() {
    let pool = Pool::with("interrupted", &with_image("one")).await;
    let proxy = Proxy::of_prefect(pool.prefect.url());
    let held = json!({"method": "PATCH", "path": "/work_pools/", "action": "hold"});
    proxy.rules(&[held]).await;
    let command = pool
        .with_file("push --yes", &with_image("two"))
        .env("PREFECT_API_URL", &proxy.url);
    let mut push = WorkerProcess::start(command);
    proxy.is_met().await;
    push.signal("INT");
    let (code, said) = push.ends().await;
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("may have the new template already"), "{said}");
    let backup = pool.backups().pop().unwrap();
    assert!(said.contains(backup.to_str().unwrap()), "{said}");
    assert_eq!(read_json(&backup), with_image("one"));
}

#[tokio::test]
async fn a_busy_server_is_waited_for() {
    let pool = Pool::with("busy", &with_image("one")).await;
    let proxy = Proxy::of_prefect(pool.prefect.url());
    let busy = json!({
        "method": "PATCH", "path": "/work_pools/", "action": "status", "status": 503, "times": 2,
    });
    proxy.rules(&[busy]).await;
    pool.with_file("push --yes", &with_image("two"))
        .env("PREFECT_API_URL", &proxy.url)
        .success();
    assert_eq!(pool.template().await, with_image("two"));
    // When it stays so, the template before is there and nothing is left behind.
    let gone =
        json!({"method": "PATCH", "path": "/work_pools/", "action": "status", "status": 403});
    proxy.rules(&[gone]).await;
    pool.with_file("push --yes", &with_image("three"))
        .env("PREFECT_API_URL", &proxy.url)
        .failure(3);
    assert_eq!(pool.template().await, with_image("two"));
    assert_eq!(pool.backups().len(), 1);
}
