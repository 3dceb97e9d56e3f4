//! Rendering needs no cluster, no kubeconfig, no home and no network.

use std::process::Stdio;

use crate::{
    ENOUGH, install, objects,
    support::{TestCommand, piped::piped},
};

#[test]
fn nothing_but_values_is_needed() {
    let command = install(ENOUGH);
    let mut process = command.to_process();
    let output = piped(process.env_clear(), ENOUGH.as_bytes());
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, command.success());
    assert_eq!(text.matches("---\n").count(), 4);
    assert!(text.ends_with('\n'));
    let kinds: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("kind: "))
        .collect();
    assert_eq!(
        kinds,
        ["ServiceAccount", "Role", "RoleBinding", "Deployment"]
    );
}

#[test]
fn the_namespace_is_that_of_the_flags_or_the_kubeconfig() {
    let namespace = |command: TestCommand| {
        objects(command)[0]["metadata"]["namespace"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(namespace(install(ENOUGH)), "default");
    assert_eq!(namespace(install(ENOUGH).words("-n flows")), "flows");
    let command = install(ENOUGH);
    std::fs::create_dir(command.home().join(".kube")).unwrap();
    let kubeconfig = "\
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: c, namespace: team, user: u}}]
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:9'}}]
users: [{name: u, user: {}}]
";
    std::fs::write(command.home().join(".kube/config"), kubeconfig).unwrap();
    assert_eq!(namespace(command), "team");
    let said = install(ENOUGH).words("--context elsewhere").failure(2);
    assert!(
        said.stderr.contains("context \"elsewhere\" does not exist"),
        "{}",
        said.stderr
    );
}

#[test]
fn the_names_are_the_releases() {
    let objects = objects(install(ENOUGH).words("etl -n flows --set fullnameOverride="));
    assert!(
        objects
            .iter()
            .all(|object| object["metadata"]["name"] == "etl-prefect-worker")
    );
    assert_eq!(
        objects[3]["spec"]["selector"]["matchLabels"]["app.kubernetes.io/instance"],
        "etl"
    );
}

#[test]
fn a_closed_pipe_is_no_error() {
    let command = install(ENOUGH);
    let mut process = command.to_process();
    process
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = process.spawn().unwrap();
    drop(child.stdout.take());
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), ENOUGH.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn without_a_cluster_nothing_is_installed() {
    let said = TestCommand::new()
        .words("install -f - -o json")
        .input(ENOUGH)
        .failure(2);
    assert!(
        said.stderr
            .starts_with("error: no Kubernetes cluster is configured\n"),
        "{}",
        said.stderr
    );
    let error: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(error["error"]["exitCode"], 2);
    // One that does not answer is another matter; for a comparison too it is above 1.
    for command in ["install", "upgrade", "diff"] {
        let said = TestCommand::new()
            .words(command)
            .words("-f - --server http://127.0.0.1:1")
            .input(ENOUGH)
            .failure(3);
        assert!(said.stderr.contains("is not reachable"), "{}", said.stderr);
    }
}
