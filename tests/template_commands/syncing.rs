//! `sync` on a real server and a real cluster.

use serde_json::json;

use crate::{
    Pool, json_of,
    support::{
        TestCommand,
        worker::{WorkerProcess, until},
    },
    with_image,
};

#[tokio::test]
async fn a_pool_follows_a_file() {
    let pool = Pool::with("file", &with_image("one")).await;
    let sync = |words: &str, image: &str| pool.with_file(words, &with_image(image));
    assert_eq!(
        sync("sync --check", "one").success(),
        format!("work pool {:?} unchanged\n", pool.name)
    );
    let output = sync("sync --check", "two").failure(1);
    assert!(
        output.stderr.contains("the source is newer by its time"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("- \"one\"\n  + \"two\"\n"),
        "{}",
        output.stderr
    );
    assert!(!output.stderr.contains("error"), "{}", output.stderr);
    assert_eq!(pool.template().await, with_image("one"));
    let report = json_of(&sync("sync -o json", "two").success());
    assert_eq!(report["result"], "updated");
    assert_eq!(pool.template().await, with_image("two"));
    assert_eq!(pool.backups().len(), 1);
    assert_eq!(
        json_of(&sync("sync -o json", "two").success())["result"],
        "unchanged"
    );
    // Now it is known who changes what.
    pool.is_changed_to(&with_image("theirs")).await;
    let report = json_of(&sync("sync --check -o json", "two").failure(1).stdout);
    assert_eq!(report["result"], "different");
    assert_eq!(report["newer"], "somebody changed the work pool");
    pool.is_changed_to(&with_image("two")).await;
    let report = json_of(&sync("sync --check -o json", "three").failure(1).stdout);
    assert_eq!(report["newer"], "the source is newer");
}

#[tokio::test]
async fn what_cannot_be_followed_changes_nothing() {
    let pool = Pool::with("bad", &with_image("one")).await;
    let mut wrong = with_image("two");
    wrong["job_configuration"]["command"] = json!("{{ comand }}");
    let output = pool.with_file("sync", &wrong).failure(2);
    assert!(
        output.stderr.contains("no variable \"comand\""),
        "{}",
        output.stderr
    );
    pool.about("sync -f none").failure(2);
    pool.command("sync -p nobody-has-this -f")
        .arg(pool.file("t", &with_image("x")).to_str().unwrap())
        .failure(1);
    // A check that could not be made is no drift.
    pool.command("sync --check -p nobody-has-this -f")
        .arg(pool.file("t", &with_image("x")).to_str().unwrap())
        .failure(2);
    assert_eq!(pool.template().await, with_image("one"));
}

#[tokio::test]
async fn a_pool_follows_a_config_map() {
    let pool = Pool::with("map", &with_image("one")).await;
    let namespace = pool.cluster.namespace("template-map");
    let file = pool.file("two.json", &with_image("two"));
    let map = |key: &str| format!("--from-file={key}={}", file.display());
    let kubectl = |words: &[&str]| {
        pool.cluster
            .kubectl(&[&["-n", namespace.name.as_str()], words].concat());
    };
    let of_map = |words: &str| pool.about(words).arg("-n").arg(&namespace.name);
    let sync = || of_map("sync --configmap t");
    let output = sync().failure(1);
    assert!(
        output.stderr.contains("there is no ConfigMap"),
        "{}",
        output.stderr
    );
    kubectl(&["create", "configmap", "t", &map("other")]);
    let output = sync().failure(1);
    assert!(
        output.stderr.contains("its keys are: other"),
        "{}",
        output.stderr
    );
    sync().words("--key other").success();
    assert_eq!(pool.template().await, with_image("two"));
    pool.is_changed_to(&with_image("one")).await;
    kubectl(&["create", "configmap", "u", &map("baseJobTemplate.json")]);
    of_map("sync --configmap u").success();
    assert_eq!(pool.template().await, with_image("two"));
    let kubeconfig = pool.cluster.nobody_kubeconfig.clone();
    let output = sync()
        .env("KUBECONFIG", kubeconfig.to_str().unwrap())
        .failure(3);
    assert!(
        output.stderr.contains("kind: RoleBinding"),
        "{}",
        output.stderr
    );
}

#[tokio::test]
async fn a_pool_follows_the_values_of_its_worker() {
    let pool = Pool::with("release", &with_image("one")).await;
    let namespace = pool.cluster.namespace("template-release");
    let values = json!({
        "fullnameOverride": "",
        "worker": {
            "apiConfig": "selfHostedServer",
            "selfHostedServerApiConfig": {"apiUrl": pool.prefect.url()},
            "replicaCount": 0,
            "config": {
                "workPool": pool.name,
                "baseJobTemplate": {"configuration": with_image("two").to_string()},
            },
        },
    });
    let file = pool.file("values.json", &values);
    let in_namespace = |command: TestCommand| command.arg("-n").arg(&namespace.name);
    let objects = pool
        .cluster
        .command()
        .words("install etl --dry-run=client -f")
        .arg(file.to_str().unwrap());
    let objects = in_namespace(objects).success();
    let output = in_namespace(pool.command("sync etl")).failure(1);
    assert!(
        output.stderr.contains("no worker is installed there"),
        "{}",
        output.stderr
    );
    let said = in_namespace(pool.command("sync --all"));
    assert!(
        said.run()
            .stderr
            .contains("No installed worker declares a template.")
    );
    pool.cluster
        .kubectl_with_input(&["apply", "-f", "-"], &objects);
    let output = in_namespace(pool.command("sync")).failure(1);
    assert!(
        output.stderr.contains("Installed are: etl."),
        "{}",
        output.stderr
    );
    in_namespace(pool.command("sync etl --check")).failure(1);
    let said = in_namespace(pool.command("sync etl")).success();
    assert!(
        said.starts_with(&format!("work pool {:?} updated", pool.name)),
        "{said}"
    );
    assert_eq!(pool.template().await, with_image("two"));
    let all = || in_namespace(pool.command("sync --all -o json"));
    assert_eq!(json_of(&all().success())["items"][0]["result"], "unchanged");
    // Another worker of the namespace, whose template is not there.
    let mut other = values.clone();
    other["worker"]["config"] = json!({
        "workPool": "nobody-has-this", "baseJobTemplate": {"existingConfigMapName": "none"},
    });
    let file = pool.file("other.json", &other);
    let objects = pool
        .cluster
        .command()
        .words("install other --dry-run=client -f")
        .arg(file.to_str().unwrap());
    let objects = in_namespace(objects).success();
    pool.cluster
        .kubectl_with_input(&["apply", "-f", "-"], &objects);
    pool.is_changed_to(&with_image("one")).await;
    let output = all().failure(1);
    let items = &json_of(&output.stdout)["items"];
    assert_eq!(items[0]["result"], "updated");
    assert_eq!(items[1]["result"], "failed");
    assert!(
        items[1]["error"]
            .as_str()
            .unwrap()
            .contains("there is no ConfigMap"),
        "{items}"
    );
    assert!(
        output.stderr.contains("work pools not in sync: 1"),
        "{}",
        output.stderr
    );
}

#[tokio::test]
async fn a_watch_brings_both_sides_back_in_line() {
    let pool = Pool::with("watch", &with_image("one")).await;
    let file = pool.file("w.json", &with_image("two"));
    let command = pool
        .about("sync --watch --interval 1s -f")
        .arg(file.to_str().unwrap());
    let mut watch = WorkerProcess::start(command);
    let follows = async |image: &str| {
        until("the template", async || {
            (pool.template().await == with_image(image)).then_some(())
        })
        .await;
    };
    follows("two").await;
    // At once, as editors write: half a file would be told of too.
    let write = |text: &str| {
        let whole = file.with_extension("new");
        std::fs::write(&whole, text).unwrap();
        std::fs::rename(whole, &file).unwrap();
    };
    write(&with_image("three").to_string());
    follows("three").await;
    pool.is_changed_to(&with_image("theirs")).await;
    follows("three").await;
    // What cannot be read is told once, and left as it is.
    write("{");
    watch.says("w.json is not JSON").await;
    write(&with_image("four").to_string());
    follows("four").await;
    assert_eq!(watch.times("w.json is not JSON"), 1, "{}", watch.heard());
    watch.signal("INT");
    let (code, said) = watch.ends().await;
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("somebody changed the work pool"), "{said}");
}
