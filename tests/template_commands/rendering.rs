//! `render` on a real server: the Job is the one that a worker makes.

use serde_json::{Value, json};

use crate::{
    PATIENCE, Pool, changed, json_of,
    support::{kube::Kube, worker::until},
};

/// A flow and a deployment of it in the pool; gives the names and ids.
async fn deployment(pool: &Pool, variables: &Value) -> (String, String) {
    let flow = format!("flow of {}", pool.name);
    let id = pool.prefect.make("/flows/", &json!({"name": flow})).await;
    let body = json!({
        "name": "first", "flow_id": id, "work_pool_name": pool.name, "job_variables": variables,
    });
    let deployment = pool.prefect.make("/deployments/", &body).await;
    (format!("{flow}/first"), deployment)
}

#[tokio::test]
async fn the_job_is_the_one_that_the_worker_makes() {
    let pool = Pool::missing("rendered");
    let namespace = pool.cluster.namespace("template-render");
    let value = pool.name.replace('-', "_");
    pool.prefect
        .post("/variables/", &json!({"name": value, "value": "fast"}))
        .await;
    let template = changed(|template| {
        let properties = &mut template["variables"]["properties"];
        properties["namespace"]["default"] = json!(namespace.name);
        properties["labels"]["default"] =
            json!({"disk": format!("{{{{ prefect.variables.{value} }}}}")});
    });
    let body = json!({"name": pool.name, "type": "kubernetes", "base_job_template": template});
    pool.prefect.post("/work_pools/", &body).await;
    let variables = json!({"command": "true", "env": {"A": "1", "B": "deployed"}});
    let (_, deployment) = deployment(&pool, &variables).await;
    let run = json!({
        "state": {"type": "SCHEDULED"}, "job_variables": {"env": {"B": "run"}, "backoff_limit": 0},
    });
    let path = format!("/deployments/{deployment}/create_flow_run");
    let run = pool.prefect.make(&path, &run).await;
    let rendered = json_of(
        &pool
            .command("render -o json --flow-run")
            .arg(&run)
            .success(),
    );
    pool.cluster
        .command()
        .words("worker run --run-once --name kubectl-prefect -p")
        .arg(&pool.name)
        .env("PREFECT_API_URL", pool.prefect.url())
        .env(PATIENCE.0, PATIENCE.1)
        .success();
    let kube = Kube::connect(&pool.cluster).await;
    let mut made = until("the Job", async || kube.jobs(&namespace.name).await.pop()).await;
    // Lists leave these out.
    made["apiVersion"] = json!("batch/v1");
    made["kind"] = json!("Job");
    is_part_of("", &rendered, &made);
    let container = &rendered["spec"]["template"]["spec"]["containers"][0];
    let env = container["env"].as_array().unwrap();
    for (name, expected) in [("A", "1"), ("B", "run")] {
        assert!(
            env.contains(&json!({"name": name, "value": expected})),
            "{env:?}"
        );
    }
    assert_eq!(container["args"], json!(["true"]));
    assert_eq!(rendered["metadata"]["labels"]["disk"], "fast");
}

/// Whether all that was rendered is in what was made, which has the API server's defaults too.
fn is_part_of(path: &str, rendered: &Value, made: &Value) {
    match (rendered, made) {
        (Value::Object(rendered), Value::Object(made)) => {
            for (key, value) in rendered {
                // Kubernetes drops what it does not know, and what is empty.
                let is_dropped = path.ends_with("/template/spec")
                    && ["completions", "parallelism"].contains(&key.as_str());
                let is_empty = value.as_object().is_some_and(serde_json::Map::is_empty);
                if !is_dropped && !is_empty {
                    let made = made.get(key).unwrap_or(&Value::Null);
                    is_part_of(&format!("{path}/{key}"), value, made);
                }
            }
        }
        (Value::Array(rendered), Value::Array(made)) => {
            assert_eq!(rendered.len(), made.len(), "{path}");
            for (index, (rendered, made)) in rendered.iter().zip(made).enumerate() {
                is_part_of(&format!("{path}/{index}"), rendered, made);
            }
        }
        _ => assert_eq!(rendered, made, "{path}"),
    }
}

#[tokio::test]
async fn a_deployments_variables_are_explained() {
    let pool = Pool::new("explained").await;
    let (name, _) = deployment(&pool, &json!({"image": "deployed", "gpu": 1})).await;
    let render = |words: &str| pool.command(words).arg("--deployment").arg(&name);
    let output = render("render --explain --set cpu_limit=2").run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    for line in [
        format!("# image: \"deployed\"  from the deployment {name}\n"),
        format!(
            "# gpu: 1  from the deployment {name}; no effect: the template has no such variable\n"
        ),
        "# cpu_limit: 2  from the command line\n".to_owned(),
        "# memory_limit: unset\n".to_owned(),
    ] {
        assert!(output.stdout.contains(&line), "{line}: {}", output.stdout);
    }
    assert!(
        output
            .stderr
            .contains("job variable \"gpu\" of the deployment"),
        "{}",
        output.stderr
    );
    assert!(
        output
            .stderr
            .contains("cpu_limit of the command line must be string or null"),
        "{}",
        output.stderr
    );
    let document = json_of(&render("render --explain -o json").success());
    assert_eq!(document["job"]["kind"], "Job");
    let image = document["variables"].as_array().unwrap();
    let image = image.iter().find(|it| it["variable"] == "image").unwrap();
    assert_eq!(image["from"], format!("the deployment {name}"));
    // The Job is one that kubectl takes.
    let job = render("render --set-string cpu_limit=2").success();
    pool.cluster.kubectl_with_input(
        &["apply", "--dry-run=server", "--validate=false", "-f", "-"],
        &job,
    );
    let output = pool.command("render --deployment nobody/none").failure(1);
    assert!(
        output.stderr.contains("there is no deployment nobody/none"),
        "{}",
        output.stderr
    );
    pool.command("render --flow-run 00000000-0000-0000-0000-000000000001")
        .failure(1);
}

#[tokio::test]
async fn what_is_secret_in_blocks_is_not_shown() {
    let pool = Pool::missing("secret");
    let kinds = json!({"block_types": {"slug": {"any_": ["secret"]}}});
    let kinds = pool.prefect.post("/block_types/filter", &kinds).await;
    let kind = kinds[0]["id"].clone();
    let schemas = json!({"block_schemas": {"block_type_id": {"any_": [kind]}}});
    let schemas = pool.prefect.post("/block_schemas/filter", &schemas).await;
    let block = pool.name.clone();
    let document = json!({
        "name": block, "data": {"value": "hunter2"}, "block_type_id": kind,
        "block_schema_id": schemas[0]["id"],
    });
    pool.prefect.post("/block_documents/", &document).await;
    let template = changed(|template| {
        template["variables"]["properties"]["env"]["default"] =
            json!({"TOKEN": format!("{{{{ prefect.blocks.secret.{block} }}}}")});
    });
    let body = json!({"name": pool.name, "type": "kubernetes", "base_job_template": template});
    pool.prefect.post("/work_pools/", &body).await;
    let hidden = pool.about("render").success();
    assert!(!hidden.contains("hunter2"), "{hidden}");
    assert!(hidden.contains("********"), "{hidden}");
    let shown = pool.about("render --show-secrets").success();
    assert!(shown.contains("hunter2"), "{shown}");
}
