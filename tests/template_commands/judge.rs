//! `lint` with a cluster: what its API server has against the Job.

use serde_json::{Value, json};

use crate::{Pool, changed, json_of};

/// A template whose Jobs go to this namespace.
fn template(namespace: &str, change: impl FnOnce(&mut Value)) -> Value {
    changed(|template| {
        template["variables"]["properties"]["namespace"]["default"] = json!(namespace);
        change(template);
    })
}

#[tokio::test]
async fn the_api_server_is_asked_and_nothing_is_made() {
    let wrong = |namespace: &str| {
        template(namespace, |template| {
            template["variables"]["properties"]["service_account_name"]["default"] = json!("No!");
            let pod = template
                .pointer_mut("/job_configuration/job_manifest/spec/template/spec")
                .unwrap();
            pod["nodeSelecter"] = json!({"disk": "fast"});
        })
    };
    let pool = Pool::missing("judged");
    let namespace = pool.cluster.namespace("template-lint");
    let template = wrong(&namespace.name);
    let body = json!({"name": pool.name, "type": "kubernetes", "base_job_template": template});
    pool.prefect.post("/work_pools/", &body).await;
    let output = pool.about("lint -o json").failure(1);
    let document = json_of(&output.stdout);
    let findings = document["findings"].as_array().unwrap();
    let of_rule = |rule: &str| {
        let found: Vec<&Value> = findings.iter().filter(|it| it["rule"] == rule).collect();
        assert_eq!(found.len(), 1, "{rule}: {findings:?}");
        found[0].clone()
    };
    let refused = of_rule("refused");
    assert_eq!(refused["severity"], "error");
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("a lowercase RFC 1123 subdomain"),
        "{refused}"
    );
    let unknown = of_rule("unknown-field");
    assert_eq!(
        unknown["path"],
        "job_configuration.job_manifest.spec.template.spec.nodeSelecter"
    );
    let jobs = pool
        .cluster
        .kubectl(&["get", "jobs", "-n", &namespace.name, "-o", "name"]);
    assert_eq!(jobs, "");
}

#[tokio::test]
async fn values_that_break_rules_are_told_by_their_path() {
    let pool = Pool::missing("values");
    let namespace = pool.cluster.namespace("template-values");
    let wrong = template(&namespace.name, |template| {
        let properties = &mut template["variables"]["properties"];
        properties["memory_limit"]["default"] = json!("1Gi");
        properties["memory_request"]["default"] = json!("2Gi");
        properties["service_account_name"]["default"] = json!("Not A Name");
    });
    let file = pool.file("t.json", &wrong);
    let lint = || pool.command("lint -f").arg(file.to_str().unwrap());
    let output = lint().failure(1);
    for said in [
        "spec.template.spec.containers[0].resources.requests (refused)",
        "It comes from the variable service_account_name: change its default.",
    ] {
        assert!(output.stdout.contains(said), "{said}: {}", output.stdout);
    }
    lint().words("--dry-run=client").success();
    // The default with its namespace there has nothing against it.
    let well = pool.file("t.json", &template(&namespace.name, |_| {}));
    let output = pool
        .command("lint --strict -f")
        .arg(well.to_str().unwrap())
        .run();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(
        output.stderr.contains("nothing is wrong"),
        "{}",
        output.stderr
    );
    let elsewhere = pool.file("t.json", &template("nobody-made-this", |_| {}));
    let output = pool
        .command("lint -f")
        .arg(elsewhere.to_str().unwrap())
        .failure(1);
    assert!(
        output.stdout.contains("\"nobody-made-this\" not found"),
        "{}",
        output.stdout
    );
}

#[tokio::test]
async fn a_quantity_that_is_none_is_found_where_it_is() {
    let pool = Pool::missing("quantity");
    let file = pool.file(
        "t.json",
        &template("default", |template| {
            template["variables"]["properties"]["cpu_limit"]["default"] = json!("much");
        }),
    );
    let lint = || pool.command("lint -f").arg(file.to_str().unwrap());
    let place = "spec.template.spec.containers[0].resources.limits.cpu (quantity)";
    let output = lint().words("--dry-run=client").failure(1);
    assert!(output.stdout.contains(place), "{}", output.stdout);
    // The API server says the same, and not where.
    let output = lint().failure(1);
    assert!(
        output.stdout.contains("quantities must match"),
        "{}",
        output.stdout
    );
}

#[tokio::test]
async fn who_may_not_ask_is_told_what_would_allow_it() {
    let pool = Pool::missing("nobody");
    let file = pool.file("t.json", &template("default", |_| {}));
    let kubeconfig = pool.cluster.nobody_kubeconfig.clone();
    let lint = || {
        pool.command("lint -f")
            .arg(file.to_str().unwrap())
            .env("KUBECONFIG", kubeconfig.to_str().unwrap())
    };
    let output = lint().run();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(
        output.stderr.contains("the Job was not tried on a cluster"),
        "{}",
        output.stderr
    );
    let output = lint().words("--dry-run=server").failure(3);
    assert!(
        output.stderr.contains("kind: RoleBinding"),
        "{}",
        output.stderr
    );
}
