use serde_json::json;

use super::*;
use crate::install::{
    tree::{Node, Place},
    values::{Given, resolve},
};

const NEEDED: &str =
    "worker: {config: {workPool: my pool}, cloudApiConfig: {accountId: a, workspaceId: w}}\n";

fn try_render(text: &str) -> Result<Rendered> {
    let given = |text: &str| crate::install::yaml::read(text.as_bytes(), "v.yaml").unwrap();
    let mut values = given(NEEDED).values;
    values.merge(given(text).values);
    let resolved = resolve(Given {
        values,
        notes: Vec::new(),
    })?;
    render("rel", "flows", &resolved)
}

fn kinds(text: &str) -> Vec<String> {
    let objects = try_render(text).unwrap().objects;
    objects
        .iter()
        .map(|object| object["kind"].as_str().unwrap().to_owned())
        .collect()
}

fn object(text: &str, kind: &str) -> Value {
    let objects = try_render(text).unwrap().objects;
    objects
        .into_iter()
        .find(|object| object["kind"] == kind)
        .unwrap()
}

fn worker_container(text: &str) -> Value {
    object(text, "Deployment")["spec"]["template"]["spec"]["containers"][0].clone()
}

fn env(container: &Value, name: &str) -> Option<Value> {
    container["env"]
        .as_array()
        .unwrap()
        .iter()
        .find(|variable| variable["name"] == name)
        .cloned()
}

#[test]
fn objects_come_in_a_stable_order() {
    assert_eq!(
        kinds(""),
        ["ServiceAccount", "Role", "RoleBinding", "Deployment"]
    );
    let all = "worker:
  autoscaling: {enabled: true, maxReplicas: 3}
  podDisruptionBudget: {maxUnavailable: 1}
  config: {baseJobTemplate: {configuration: '{}'}}
extraManifests: [{apiVersion: v1, kind: Secret, metadata: {name: x}}]
";
    assert_eq!(
        kinds(all),
        [
            "ServiceAccount",
            "Role",
            "RoleBinding",
            "ConfigMap",
            "Deployment",
            "HorizontalPodAutoscaler",
            "PodDisruptionBudget",
            "Secret",
        ]
    );
    assert_eq!(
        try_render(all).unwrap().objects,
        try_render(all).unwrap().objects
    );
}

#[test]
fn what_is_needed_is_asked_for() {
    for (text, expected) in [
        (
            "worker: {config: {workPool: ''}}",
            "worker.config.workPool is needed: the work pool to poll",
        ),
        (
            "worker: {cloudApiConfig: {accountId: null}}",
            "worker.cloudApiConfig.accountId is needed: the ID of the account in Prefect Cloud",
        ),
        (
            "worker: {apiConfig: selfHostedServer}",
            "worker.selfHostedServerApiConfig.apiUrl is needed: the address of the Prefect API as pods reach it",
        ),
        (
            "worker: {apiConfig: customerManagedCloud, customerManagedCloudApiConfig: {accountId: a, workspaceId: w}}",
            "worker.customerManagedCloudApiConfig.apiUrl is needed: the address of the Prefect API as pods reach it",
        ),
    ] {
        let error = try_render(text).unwrap_err();
        assert_eq!((error.message.as_str(), error.hints.len()), (expected, 1));
    }
    // All at once, and who has set nothing hears that there are other kinds of API.
    let given = Given {
        values: Node::empty_map(Place::of_source("v.yaml")),
        notes: Vec::new(),
    };
    let error = render("w", "flows", &resolve(given).unwrap()).unwrap_err();
    assert_eq!(error.message, "3 values are needed that are not set");
    assert_eq!(
        error.causes,
        [
            "worker.cloudApiConfig.accountId: the ID of the account in Prefect Cloud",
            "worker.cloudApiConfig.workspaceId: the ID of the workspace in Prefect Cloud",
            "worker.config.workPool: the work pool to poll",
        ]
    );
    assert!(error.hints[1].contains("selfHostedServer"), "{error:?}");
    // As in the chart, arguments of one's own need no pool.
    assert!(try_render("worker: {config: {workPool: ''}, args: [x]}").is_ok());
}

#[test]
fn texts_stay_texts() {
    let container = worker_container(
        "worker: {config: {workQueues: ['007', 'true'], name: '1', limit: 3}, extraArgs: [true, 5, --x]}",
    );
    assert_eq!(
        container["args"],
        json!([
            "prefect",
            "worker",
            "start",
            "--type",
            "kubernetes",
            "--pool",
            "my pool",
            "--work-queue",
            "007",
            "--work-queue",
            "true",
            "--install-policy",
            "prompt",
            "--limit",
            "3",
            "--name",
            "1",
            "true",
            "5",
            "--x",
        ])
    );
    let container = worker_container("worker: {config: {limit: 0, name: ''}}");
    assert_eq!(container["args"].as_array().unwrap().len(), 9);
}

#[test]
fn a_variable_that_is_set_twice_has_the_later_value() {
    let container = worker_container(
        "worker: {extraEnvVars: [{name: PREFECT_DEBUG_MODE, value: 'true'}, {name: A, value: '{{ .Release.Name }}'}]}",
    );
    assert_eq!(
        env(&container, "PREFECT_DEBUG_MODE").unwrap()["value"],
        "true"
    );
    assert_eq!(env(&container, "A").unwrap()["value"], "rel");
    let names = container["env"]
        .as_array()
        .unwrap()
        .iter()
        .map(|variable| variable["name"].as_str().unwrap());
    assert_eq!(
        names
            .clone()
            .filter(|name| *name == "PREFECT_DEBUG_MODE")
            .count(),
        1
    );
}

#[test]
fn a_template_is_mounted_synced_and_rolls_pods() {
    let text = |configuration: &str| {
        format!("worker: {{config: {{baseJobTemplate: {{configuration: {configuration}}}}}}}")
    };
    let deployment = object(&text("'{\"a\": 1}'"), "Deployment");
    let spec = &deployment["spec"]["template"]["spec"];
    let sync = &spec["initContainers"][0];
    assert_eq!(sync["args"][2], "my pool");
    assert!(sync["args"][0].as_str().unwrap().contains("\"$1\""));
    assert_eq!(
        spec["volumes"][1]["configMap"]["name"],
        "prefect-worker-base-job-template"
    );
    let checksum = |deployment: &Value| {
        deployment["spec"]["template"]["metadata"]["annotations"]["checksum/config"].clone()
    };
    assert_ne!(
        checksum(&deployment),
        checksum(&object(&text("'{\"a\": 2}'"), "Deployment"))
    );
    assert_eq!(
        checksum(&object("", "Deployment")),
        "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b"
    );
    let config_map = object(&text("{a: [1, x]}"), "ConfigMap");
    assert_eq!(
        config_map["data"]["baseJobTemplate.json"],
        "{\"a\":[1,\"x\"]}"
    );
    let untouched = object(&text("'{\"a\": \"{{ b }}\"}'"), "ConfigMap");
    assert_eq!(
        untouched["data"]["baseJobTemplate.json"],
        "{\"a\": \"{{ b }}\"}"
    );
    assert_eq!(try_render(&text("no json")).unwrap().notes.len(), 1);
    for empty in ["''", "{}", "null"] {
        assert!(
            !kinds(&text(empty)).contains(&"ConfigMap".to_owned()),
            "{empty}"
        );
    }
}

#[test]
fn expressions_that_cannot_be_evaluated_name_their_path_and_place() {
    let error =
        try_render("worker:\n  podLabels:\n    team: '{{ .Values.team.name }}'\n").unwrap_err();
    assert_eq!(
        error.message,
        "v.yaml:3: worker.podLabels.team: its template expression cannot be evaluated"
    );
    assert_eq!(error.causes, ["name is asked of a value that is not set"]);
    let error =
        try_render("worker:\n  extraContainers:\n    - name: x\n      image: '{{ lookup }}'\n")
            .unwrap_err();
    assert!(
        error
            .message
            .starts_with("v.yaml:2: worker.extraContainers[0].image: "),
        "{error}"
    );
}

#[test]
fn labels_that_choose_pods_cannot_be_changed() {
    let error = try_render("worker:\n  podLabels: {app.kubernetes.io/name: other}\n").unwrap_err();
    assert!(
        error
            .message
            .starts_with("v.yaml:2: worker.podLabels.app.kubernetes.io/name: "),
        "{error}"
    );
    // The same value is no change.
    assert!(try_render("worker: {podLabels: {app.kubernetes.io/name: prefect-worker}}").is_ok());
    assert_eq!(
        object("commonLabels: {app.kubernetes.io/name: other}", "Role")["metadata"]["labels"]["app.kubernetes.io/name"],
        "other"
    );
}

#[test]
fn a_credential_in_plain_text_is_told() {
    let text =
        "worker: {selfHostedServerApiConfig: {basicAuth: {enabled: true, authString: 'u:s3cr3t'}}}";
    let rendered = try_render(text).unwrap();
    assert!(rendered.notes[0].contains("existingSecret") && !rendered.notes[0].contains("s3cr3t"));
    let container = worker_container(text);
    assert_eq!(
        env(&container, "PREFECT_API_AUTH_STRING").unwrap()["value"],
        "u:s3cr3t"
    );
}

#[test]
fn names_that_kubernetes_does_not_take_are_refused() {
    for text in [
        "fullnameOverride: My_Worker",
        "namespaceOverride: a.b",
        "serviceAccount: {name: X}",
    ] {
        let error = try_render(text).unwrap_err();
        assert!(
            error.message.ends_with("cannot be a name in Kubernetes"),
            "{error}"
        );
    }
}

#[path = "beyond_tests.rs"]
mod beyond;
#[path = "native_tests.rs"]
mod native;
