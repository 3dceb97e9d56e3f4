//! `upgrade` on a real server.

use serde_json::{Value, json};

use crate::{Pool, json_of, read_json};

/// What this program calls the latest default, and one before it, with a change of one's own.
struct Defaults {
    latest: Value,
    servers: Value,
}

fn defaults(pool: &Pool) -> Defaults {
    Defaults {
        latest: json_of(&pool.command("default --built-in").success()),
        servers: json_of(&pool.command("default").success()),
    }
}

fn own(template: &Value) -> Value {
    let mut own = template.clone();
    own["variables"]["properties"]["namespace"]["default"] = json!("flows");
    own["job_configuration"]["job_manifest"]["spec"]["activeDeadlineSeconds"] = json!(60);
    own
}

#[tokio::test]
async fn what_is_new_comes_and_what_is_own_stays() {
    let pool = Pool::missing("upgrade");
    let defaults = defaults(&pool);
    let body = json!({"name": pool.name, "type": "kubernetes", "base_job_template": own(&defaults.servers)});
    pool.prefect.post("/work_pools/", &body).await;
    let dry = json_of(&pool.about("upgrade --dry-run -o json").success());
    assert_eq!(dry["result"], "wouldBeUpdated");
    assert!(
        dry["from"]
            .as_str()
            .unwrap()
            .contains("the collection of Prefect servers"),
        "{dry}"
    );
    assert_eq!(dry["to"], "that of prefect-kubernetes 0.8.0");
    assert_eq!(dry["conflicts"], json!([]));
    assert_eq!(pool.template().await, own(&defaults.servers));
    let output = pool.about("upgrade --yes").run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let upgraded = pool.template().await;
    assert_eq!(upgraded, dry["template"]);
    let properties = &upgraded["variables"]["properties"];
    assert!(properties["annotations"].is_object());
    assert_eq!(properties["namespace"]["default"], "flows");
    let spec = &upgraded["job_configuration"]["job_manifest"]["spec"];
    assert_eq!(spec["activeDeadlineSeconds"], 60);
    assert_eq!(spec["backoffLimit"], "{{ backoff_limit }}");
    assert_eq!(read_json(&pool.backups()[0]), own(&defaults.servers));
    pool.about("lint --dry-run=client").success();
    // The second time there is nothing left to bring.
    let said = pool.about("upgrade --yes").success();
    assert_eq!(said, format!("work pool {:?} unchanged\n", pool.name));
    let again = json_of(&pool.about("upgrade --dry-run -o json").success());
    assert_eq!(again["from"], "that of the last upgrade");
    // Whoever has put an old one in its place since is brought up again.
    pool.is_changed_to(&own(&defaults.servers)).await;
    let again = json_of(&pool.about("upgrade --dry-run -o json").success());
    assert_eq!(again["result"], "wouldBeUpdated");
}

#[tokio::test]
async fn what_both_changed_is_shown_and_decided() {
    let pool = Pool::missing("conflict");
    let defaults = defaults(&pool);
    let mut new = defaults.latest.clone();
    new["variables"]["properties"]["namespace"]["default"] = json!("prefect");
    new["variables"]["properties"]["gpu"] = json!({"type": "integer", "default": 0});
    new["job_configuration"]["job_manifest"]["spec"]["gpu"] = json!("{{ gpu }}");
    let base = pool.file("base.json", &defaults.latest);
    let to = pool.file("to.json", &new);
    let body = json!({"name": pool.name, "type": "kubernetes", "base_job_template": own(&defaults.latest)});
    pool.prefect.post("/work_pools/", &body).await;
    let upgrade = |words: &str| {
        pool.about("upgrade")
            .words(words)
            .arg("--base")
            .arg(base.to_str().unwrap())
            .arg("--to")
            .arg(to.to_str().unwrap())
    };
    let output = upgrade("--yes").failure(1);
    let shown = "variables.properties.namespace.default\n  old default: \"default\"\n  yours: \"flows\"\n  new default: \"prefect\"\n";
    assert!(output.stderr.contains(shown), "{}", output.stderr);
    assert!(
        output.stderr.contains("--prefer yours or --prefer new"),
        "{}",
        output.stderr
    );
    assert_eq!(pool.template().await, own(&defaults.latest));
    assert_eq!(pool.backups().len(), 0);
    let output = upgrade("--dry-run -o json").run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(output.stderr.contains(shown), "{}", output.stderr);
    assert!(
        output.stderr.contains("you will be asked (1)"),
        "{}",
        output.stderr
    );
    assert_eq!(
        json_of(&output.stdout)["conflicts"][0]["taken"],
        json!(null)
    );
    let dry = json_of(&upgrade("--dry-run --prefer new -o json").success());
    assert_eq!(
        dry["template"]["variables"]["properties"]["namespace"]["default"],
        "prefect"
    );
    assert_eq!(dry["conflicts"][0]["taken"], "theirs");
    let said = upgrade("--yes --prefer yours").success();
    assert!(said.contains("updated (2 differences)"), "{said}");
    let upgraded = pool.template().await;
    assert_eq!(
        upgraded["variables"]["properties"]["namespace"]["default"],
        "flows"
    );
    assert_eq!(upgraded["variables"]["properties"]["gpu"]["default"], 0);
}
