//! What a worker says and how it ends when it cannot start.

use std::fs;

use serde_json::json;

use crate::{
    stage::{Stage, template},
    support::{TestCommand, TestOutput, cluster, kube::Kube, prefect::Prefect, proxy::Proxy},
};

/// What it takes to run, without a pool.
fn command() -> TestCommand {
    let cluster = cluster();
    cluster
        .command()
        .words("worker run --run-once")
        .env("PREFECT_API_URL", cluster.prefect_api_url())
}

fn has(output: &TestOutput, texts: &[&str]) {
    for text in texts {
        assert!(
            output.stderr.contains(text),
            "{text:?} is not in:\n{}",
            output.stderr
        );
    }
}

#[test]
fn an_api_that_is_not_there() {
    let url = "http://127.0.0.1:9/api";
    let output = command()
        .words("-p any")
        .env("PREFECT_API_URL", url)
        .failure(3);
    has(&output, &["error: ", url, "hint: "]);
    let output = cluster().command().words("worker run -p any").failure(2);
    has(&output, &["PREFECT_API_URL"]);
}

#[test]
fn a_wrong_password() {
    let server = crate::support::prefect_server::start("user:right");
    let password = "user:wrong-and-secret";
    let output = command()
        .words("-p any")
        .env("PREFECT_API_URL", &server.url)
        .env("PREFECT_API_AUTH_STRING", password)
        .failure(3);
    has(&output, &["401", "PREFECT_API_AUTH_STRING"]);
    assert!(!output.stderr.contains(password), "{}", output.stderr);
    let output = command()
        .words("-p any")
        .env("PREFECT_API_URL", &server.url)
        .env("PREFECT_API_AUTH_STRING", "user:right")
        .run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
}

#[tokio::test]
async fn what_answers_is_no_prefect_api() {
    let proxy = Proxy::of_prefect(cluster().prefect_api_url());
    let moved = "https://prefect.example/api";
    for (rule, said) in [
        (
            json!({"status": 200, "body": "<html>welcome</html>"}),
            ["is no Prefect API", "Check PREFECT_API_URL"],
        ),
        (
            json!({"status": 301, "headers": {"Location": format!("{moved}/work_pools/any")}}),
            [
                "points elsewhere",
                "where it points: https://prefect.example/api\n",
            ],
        ),
        (json!({"status": 500}), ["has an internal problem", "500"]),
        (json!({"status": 429}), ["limits our requests", "429"]),
    ] {
        let mut rule = rule;
        rule["action"] = "status".into();
        proxy.rules(&[rule]).await;
        for words in ["worker run --run-once", "worker list"] {
            let output = cluster()
                .command()
                .words(words)
                .words("-p any")
                .env("PREFECT_API_URL", &proxy.url)
                .env("PREFECT_CLIENT_MAX_RETRIES", "0")
                .failure(3);
            has(&output, &said);
        }
    }
}

#[tokio::test]
async fn what_answers_is_no_kubernetes_api() {
    let stage = Stage::new("no-kube").await;
    // Prefect's server speaks no TLS, and knows none of the routes.
    let server = stage.prefect.url().trim_end_matches("/api").to_owned();
    let secure = server.replace("http://", "https://");
    let strange = "is no Kubernetes API server";
    for (server, said) in [(&secure, "it does not speak TLS"), (&server, strange)] {
        let output = stage
            .command()
            .words("--run-once --server")
            .arg(server)
            .failure(3);
        has(&output, &[said, server]);
    }
}

#[test]
fn a_url_for_jobs_that_leads_nowhere() {
    let pool = format!("-p loopback-{}", uuid::Uuid::new_v4().simple());
    let run = |url: &str| command().words(&pool).words("--job-api-url").arg(url).run();
    let output = run("http://localhost:4200/api");
    has(
        &output,
        &["warning: The URL of --job-api-url names the machine"],
    );
    let output = run("http://10.0.0.5:4200/api");
    assert!(!output.stderr.contains("warning"), "{}", output.stderr);
    assert_eq!(run("ftp://x/api").code, Some(2));
}

#[test]
fn a_pool_name_that_the_server_keeps_for_itself() {
    let output = command().words("-p Prefect-pool").failure(1);
    has(
        &output,
        &[
            "reserved for internal use",
            "does not begin with \"prefect\"",
        ],
    );
}

#[test]
fn no_pool_is_named() {
    let output = command().failure(2);
    has(&output, &["no work pool is named", "--pool"]);
}

#[test]
fn wrong_flags() {
    for (words, said) in [
        ("--limit 0", "--limit"),
        ("--name a/b", "'/'"),
        ("--name a%b", "'%'"),
        ("-p a/b", "a work pool's name cannot contain '/'"),
        ("--type process", "process"),
        ("--poll-interval soon", "--poll-interval"),
    ] {
        let output = command().words("-p any").words(words).failure(2);
        has(&output, &[said]);
    }
    for name in ["", " ", "a\n\u{1b}[2J"] {
        let output = command().arg("-p").arg(name).failure(2);
        has(&output, &["a work pool's name cannot"]);
        assert!(!output.stderr.contains('\u{1b}'), "{output:?}");
    }
    let output = command().words("-p any").words("-t process").failure(2);
    has(&output, &["prefect worker start --type process"]);
}

#[tokio::test]
async fn no_such_pool() {
    let output = command()
        .words("-p not-there --no-create-pool-if-not-found")
        .failure(1);
    has(
        &output,
        &[
            "there is no work pool \"not-there\"",
            "--no-create-pool-if-not-found",
        ],
    );
    let prefect = Prefect::new(cluster().prefect_api_url());
    let (status, _) = prefect
        .ask("GET", "/work_pools/not-there", &json!(null))
        .await;
    assert_eq!(status, 404, "it was not made");
}

#[tokio::test]
async fn a_missing_pool_is_made_with_the_template_given() {
    let name = format!("made-{}", uuid::Uuid::new_v4().simple());
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), template().to_string()).unwrap();
    let output = command()
        .words(&format!("-p {name} --base-job-template"))
        .arg(file.path().to_str().unwrap())
        .run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    has(&output, &["did not exist and was made"]);
    let prefect = Prefect::new(cluster().prefect_api_url());
    let pool = prefect.get(&format!("/work_pools/{name}")).await;
    assert_eq!(pool["type"], "kubernetes");
    assert_eq!(pool["base_job_template"], template());
}

#[tokio::test]
async fn an_empty_pool_is_given_the_default_template() {
    let name = format!("empty-{}", uuid::Uuid::new_v4().simple());
    let prefect = Prefect::new(cluster().prefect_api_url());
    let pool = json!({"name": name, "type": "kubernetes"});
    prefect.post("/work_pools/", &pool).await;
    let output = command().words(&format!("-p {name} --name w")).run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    has(&output, &["had no base job template and was given one"]);
    let pool = prefect.get(&format!("/work_pools/{name}")).await;
    let default = kubectl_prefect::template::default_base_job_template();
    assert_eq!(pool["base_job_template"], default);
    let workers = format!("/work_pools/{name}/workers/filter");
    let workers = prefect.post(&workers, &json!({})).await;
    assert_eq!(
        workers.as_array().unwrap().len(),
        1,
        "a heartbeat: {workers}"
    );
}

#[tokio::test]
async fn a_pool_of_another_type() {
    let name = format!("process-{}", uuid::Uuid::new_v4().simple());
    let prefect = Prefect::new(cluster().prefect_api_url());
    let pool = json!({"name": name, "type": "process"});
    prefect.post("/work_pools/", &pool).await;
    let output = command().words(&format!("-p {name}")).failure(1);
    has(&output, &["is of type \"process\"", "--pool"]);
}

#[test]
fn a_base_job_template_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("template.json");
    let shown = path.to_str().unwrap();
    let tried = || {
        command()
            .words("-p any --base-job-template")
            .arg(shown)
            .failure(2)
    };
    has(&tried(), &[shown, "failed to read"]);
    fs::write(&path, "{not json").unwrap();
    has(&tried(), &[shown, "is not JSON", "line 1"]);
    fs::write(&path, "[]").unwrap();
    has(&tried(), &[shown, "base job template"]);

    let mut lacking = template();
    let manifest = &mut lacking["job_configuration"]["job_manifest"];
    manifest.as_object_mut().unwrap().remove("apiVersion");
    let pod = &mut manifest["spec"]["template"]["spec"];
    pod.as_object_mut().unwrap().remove("restartPolicy");
    pod.as_object_mut().unwrap().remove("completions");
    pod.as_object_mut().unwrap().remove("containers");
    fs::write(&path, lacking.to_string()).unwrap();
    has(
        &tried(),
        &[
            shown,
            "/apiVersion",
            "/spec/template/spec/restartPolicy",
            "/spec/template/spec/completions",
            "/spec/template/spec/containers",
        ],
    );
}

#[test]
fn a_kubeconfig_without_a_current_context() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let text = fs::read_to_string(cluster().kubeconfig).unwrap();
    let without: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("current-context"))
        .collect();
    assert_ne!(without.len(), text.lines().count(), "it had one");
    fs::write(&path, without.join("\n")).unwrap();
    let output = command()
        .words("-p any")
        .env("KUBECONFIG", path.to_str().unwrap())
        .failure(2);
    has(&output, &["current context", "--context"]);
}

#[tokio::test]
async fn rights_that_are_missing_are_printed_as_a_role_that_grants_them() {
    let stage = Stage::new("rights").await;
    let tried = || {
        stage.command().words("--run-once").env(
            "KUBECONFIG",
            stage.cluster.nobody_kubeconfig.to_str().unwrap(),
        )
    };
    let output = tried().failure(3);
    has(
        &output,
        &[
            &format!("may not do its work in namespace {}", stage.name),
            "create jobs.batch",
            "watch pods",
            "kind: RoleBinding",
        ],
    );
    let manifest: String = output
        .stderr
        .lines()
        .skip_while(|line| line.trim() != "apiVersion: v1")
        .take_while(|line| !line.starts_with("hint:"))
        .map(|line| format!("{line}\n"))
        .collect();
    stage
        .cluster
        .kubectl_with_input(&["apply", "-f", "-"], &manifest);
    let run = stage.run(&json!({})).await;
    let output = tried().run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(stage.jobs_of(&run).await.len(), 1);
}

#[tokio::test]
async fn a_namespace_that_is_not_there_crashes_the_run() {
    let stage = Stage::new("nowhere").await;
    let mut worker = stage.worker();
    let run = stage.run(&json!({"namespace": "not-there"})).await;
    let why = stage.crashes(&run).await;
    assert!(
        why.contains("namespaces \"not-there\" not found")
            && why.contains("kubectl create namespace not-there"),
        "{why}"
    );
    stage.logged(&run, "not-there").await;
    // It goes on.
    let next = stage.run(&json!({})).await;
    stage.job_of(&next).await;
    worker.says("Submitted as Kubernetes Job").await;
}

#[tokio::test]
async fn a_loopback_url_is_warned_of_and_another_reaches_jobs() {
    let stage = Stage::new("loopback").await;
    let run = stage.run(&json!({})).await;
    let output = stage.command().words("--run-once").run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    has(&output, &["warning: ", "--job-api-url"]);
    assert_eq!(api_url(&stage, &run).await, stage.cluster.prefect_api_url());

    let run = stage.run(&json!({})).await;
    let url = "http://10.1.2.3:4200/api";
    let output = stage
        .command()
        .words(&format!("--run-once --job-api-url {url}"))
        .run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(!output.stderr.contains("warning: "), "{}", output.stderr);
    assert_eq!(api_url(&stage, &run).await, url);
}

async fn api_url(stage: &Stage, run: &str) -> String {
    let job = stage.job_of(run).await;
    let env = &job["spec"]["template"]["spec"]["containers"][0]["env"];
    let env = env.as_array().unwrap();
    let found = env.iter().find(|entry| entry["name"] == "PREFECT_API_URL");
    found.unwrap()["value"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn flags_of_the_python_worker_are_accepted() {
    let stage = Stage::new("flags").await;
    let output = stage
        .command()
        .words("--run-once --type kubernetes --install-policy always")
        .run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    has(
        &output,
        &["--type kubernetes", "--install-policy has no effect"],
    );
    let kube = Kube::connect(&stage.cluster).await;
    assert_eq!(kube.jobs(&stage.name).await.len(), 0);
}
