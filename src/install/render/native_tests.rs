//! The native worker in the place of the Python one.

use super::*;
use crate::install::values::native::REPOSITORY;

/// Values of a native worker, with members of `worker`.
fn native(more: &str) -> String {
    format!("worker:\n  engine: native\n{more}")
}

fn pod(text: &str) -> Value {
    object(text, "Deployment")["spec"]["template"].clone()
}

#[test]
fn it_is_told_what_the_python_worker_is_told() {
    let text = native(
        "  config: {workQueues: ['007', b], limit: 3, name: me, defaultJobNamespace: jobs, baseJobTemplate: {configuration: '{}'}}\n  extraArgs: [--poll-interval, 2s]\n",
    );
    let container = worker_container(&text);
    assert_eq!(container["command"], json!(["kubectl-prefect"]));
    let words = [
        "worker",
        "run",
        "--pool",
        "my pool",
        "--work-queue",
        "007",
        "--work-queue",
        "b",
        "--limit",
        "3",
        "--name",
        "me",
        "--namespace",
        "jobs",
        "--base-job-template",
        "baseJobTemplate.json",
        "--with-healthcheck",
        "--poll-interval",
        "2s",
    ];
    assert_eq!(container["args"], json!(words));
    let python = worker_container(&text.replace("engine: native", "engine: prefect"));
    // Who they are, where they live, what they are allowed: all of that is the same.
    for field in [
        "name",
        "env",
        "workingDir",
        "volumeMounts",
        "imagePullPolicy",
    ] {
        assert_eq!(container[field], python[field], "{field}");
    }
    let dashes = worker_container(&native("  config: {workPool: -p, name: --me}\n"));
    assert_eq!(
        dashes["args"],
        json!([
            "worker",
            "run",
            "--pool=-p",
            "--name=--me",
            "--with-healthcheck"
        ])
    );
    let none = worker_container(&native("  config: {limit: 0, name: ''}\n"));
    assert_eq!(
        none["args"],
        json!(["worker", "run", "--pool", "my pool", "--with-healthcheck"])
    );
}

#[test]
fn its_defaults_are_its_own_and_the_users_values_go_before_them() {
    let container = worker_container(&native(""));
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(container["image"], format!("{REPOSITORY}:{version}"));
    assert_eq!(
        container["resources"],
        json!({"requests": {"cpu": "10m", "memory": "25Mi"}, "limits": {"cpu": "100m", "memory": "100Mi"}})
    );
    let security = &container["securityContext"];
    for (field, value) in [
        ("runAsUser", json!(1001)),
        ("runAsNonRoot", json!(true)),
        ("readOnlyRootFilesystem", json!(true)),
        ("allowPrivilegeEscalation", json!(false)),
        ("capabilities", json!({"drop": ["ALL"]})),
    ] {
        assert_eq!(security[field], value, "{field}");
    }
    let container = worker_container(&native(
        "  image: {repository: registry.test/mine, prefectTag: v1}\n  resources: {limits: {cpu: null}, requests: {memory: 1Gi}}\n",
    ));
    assert_eq!(container["image"], "registry.test/mine:v1");
    assert_eq!(
        container["resources"],
        json!({"requests": {"cpu": "10m", "memory": "1Gi"}, "limits": {"memory": "100Mi"}})
    );
}

#[test]
fn it_is_probed_and_scraped() {
    let pod_template = pod(&native(""));
    let container = &pod_template["spec"]["containers"][0];
    assert_eq!(
        container["ports"],
        json!([{"name": "http", "containerPort": 8080}])
    );
    let liveness = &container["livenessProbe"];
    assert_eq!(
        liveness["httpGet"],
        json!({"path": "/health", "port": 8080})
    );
    assert_eq!(liveness["periodSeconds"], 10);
    let readiness = &container["readinessProbe"];
    assert_eq!(
        readiness["httpGet"],
        json!({"path": "/ready", "port": 8080})
    );
    let annotations = &pod_template["metadata"]["annotations"];
    for (name, value) in [("scrape", "true"), ("port", "8080"), ("path", "/metrics")] {
        assert_eq!(annotations[format!("prometheus.io/{name}")], value);
    }
    // The probes follow the port; annotations of the user's go before ours.
    let moved = pod(&native(
        "  extraEnvVars: [{name: PREFECT_WORKER_WEBSERVER_PORT, value: '9{{ .Release.Name | len }}'}]\n  podAnnotations: {prometheus.io/scrape: 'false'}\n  livenessProbe: {enabled: false}\n",
    ));
    let container = &moved["spec"]["containers"][0];
    assert_eq!(container["readinessProbe"]["httpGet"]["port"], 93);
    assert!(container.get("livenessProbe").is_none());
    let annotations = &moved["metadata"]["annotations"];
    assert_eq!(annotations["prometheus.io/port"], "93");
    assert_eq!(annotations["prometheus.io/scrape"], "false");
    // Arguments of one's own are asked for nothing that they do not switch on.
    let own = native("  args: [worker, run, -p, p]\n");
    assert!(worker_container(&own).get("readinessProbe").is_none());
    assert!(try_render(&own).unwrap().notes[0].contains("--with-healthcheck"));
    let own = native("  args: [worker, run, -p, p, --with-healthcheck]\n");
    assert!(worker_container(&own).get("readinessProbe").is_some());
}

#[test]
fn the_template_is_synced_by_the_program_itself() {
    let text = "  config: {baseJobTemplate: {existingConfigMapName: mine}}\n  initContainer: {extraEnvVars: [{name: A, value: b}]}\n";
    let sync = |text: &str| pod(&native(text))["spec"]["initContainers"][0].clone();
    let container = sync(text);
    assert_eq!(container["name"], "sync-base-job-template");
    assert_eq!(container["command"], json!(["kubectl-prefect"]));
    let words = [
        "template",
        "sync",
        "--pool",
        "my pool",
        "--file",
        "baseJobTemplate.json",
        "--create",
        "--no-backup",
    ];
    assert_eq!(container["args"], json!(words));
    assert_eq!(container["resources"]["limits"]["memory"], "100Mi");
    assert_eq!(
        container["securityContext"]["capabilities"],
        json!({"drop": ["ALL"]})
    );
    assert_eq!(env(&container, "A").unwrap()["value"], "b");
    assert!(env(&container, "PREFECT_API_KEY").is_some());
    // Who wants no pool to be made gets none here either.
    let strict = sync(&format!(
        "{text}  extraArgs: [--no-create-pool-if-not-found]\n"
    ));
    assert!(!strict["args"].to_string().contains("--create"));
}

#[test]
fn what_means_the_other_worker_is_refused() {
    let hook =
        |program: &str| format!("  lifecycle: {{postStart: {{exec: {{command: [{program}]}}}}}}\n");
    for (text, expected) in [
        (
            native("  config: {type: process}\n"),
            "v.yaml:3: worker.config.type: the native worker serves pools of type kubernetes",
        ),
        (
            native("  config: {defaultJobNamespace: a.b}\n"),
            "v.yaml:3: worker.config.defaultJobNamespace: \"a.b\" cannot be the name of a namespace",
        ),
        (
            native("  image: {prefectTag: 3.8.8-python3.11-kubernetes}\n"),
            "v.yaml:3: worker.image.prefectTag: ",
        ),
        (
            native("  image: {repository: registry.test/prefecthq/prefect}\n"),
            "v.yaml:3: worker.image.repository: ",
        ),
        (
            format!("worker:\n  image: {{repository: {REPOSITORY}, prefectTag: 1.0.0}}\n"),
            "v.yaml:2: worker.image.repository: ",
        ),
        (
            "worker:\n  image: {repository: registry.test/kubectl-prefect, prefectTag: 1.0.0}\n"
                .to_owned(),
            "v.yaml:2: worker.image.repository: ",
        ),
        (
            native(&hook("sh, -c, x")),
            "v.yaml:3: worker.lifecycle.postStart.exec.command: ",
        ),
        (
            native(
                "  extraEnvVars: [{name: A, value: b}, {name: PREFECT_WORKER_WEBSERVER_PORT, value: web}]\n",
            ),
            "v.yaml:3: worker.extraEnvVars[1]: the probes need to know the port",
        ),
    ] {
        let error = try_render(&text).unwrap_err();
        assert!(error.message.starts_with(expected), "{text}: {error}");
    }
    for text in [
        native(&hook("kubectl-prefect, version")),
        // Nobody knows what is in another image, nor what another command starts.
        native(&format!(
            "  image: {{repository: registry.test/mine}}\n{}",
            hook("sh")
        )),
        native("  image: {prefectTag: 3-latest-kubernetes}\n  command: [mine]\n"),
    ] {
        assert!(try_render(&text).is_ok(), "{text}");
    }
}

#[test]
fn what_has_no_effect_is_said() {
    let notes = |more: &str| try_render(&native(more)).unwrap().notes;
    assert_eq!(notes(""), Vec::<String>::new());
    for (more, path) in [
        (
            "  config: {installPolicy: always}\n",
            "worker.config.installPolicy",
        ),
        (
            "  config: {observerClusterWide: true}\n",
            "worker.config.observerClusterWide",
        ),
        (
            "  extraEnvVars: [{name: EXTRA_PIP_PACKAGES, value: x}]\n",
            "EXTRA_PIP_PACKAGES",
        ),
    ] {
        let said = notes(more);
        assert!(said.len() == 1 && said[0].starts_with(path), "{said:?}");
    }
}

#[test]
fn what_is_for_the_native_worker_alone_is_said() {
    let notes = try_render("worker: {config: {defaultJobNamespace: jobs}}")
        .unwrap()
        .notes;
    assert!(
        notes.len() == 1 && notes[0].starts_with("worker.config.defaultJobNamespace has no"),
        "{notes:?}"
    );
}

#[test]
fn its_rights_and_names_are_those_of_the_chart() {
    for kind in ["ServiceAccount", "Role", "RoleBinding"] {
        assert_eq!(object(&native(""), kind), object("", kind));
    }
    let spec = |text: &str| object(text, "Deployment")["spec"].clone();
    let (ours, theirs) = (spec(&native("")), spec(""));
    assert_eq!(ours["selector"], theirs["selector"]);
    let pod = |spec: &Value, field: &str| spec["template"]["spec"][field].clone();
    for field in ["serviceAccountName", "securityContext", "volumes"] {
        assert_eq!(pod(&ours, field), pod(&theirs, field), "{field}");
    }
}
