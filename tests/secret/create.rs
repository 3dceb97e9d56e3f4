//! `secret create` on the real cluster.

use serde_json::Value;

use crate::support::{TestCluster, TestCommand, cluster};

const KEY: &str = "pnu_a-key-that-nobody-may-read";

/// `secret create` that tries nothing, with a credential on standard input.
fn create(cluster: &TestCluster, namespace: &str, key: &str) -> TestCommand {
    cluster
        .command()
        .words("secret create --from-stdin --no-verify -n")
        .arg(namespace)
        .input(key)
}

fn stored(cluster: &TestCluster, namespace: &str, template: &str) -> String {
    let template = format!("go-template={{{{{template}}}}}");
    cluster.kubectl(&[
        "get",
        "secret",
        "prefect-api-key",
        "-n",
        namespace,
        "-o",
        &template,
    ])
}

#[test]
fn a_secret_is_made_once_and_changed_only_when_told() {
    let cluster = cluster();
    let namespace = cluster.namespace("secret-create");
    let name = &namespace.name;
    let output = create(&cluster, name, KEY).run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(output.stdout, "secret/prefect-api-key created\n");
    assert!(
        output.stderr.contains(&format!("namespace {name}")),
        "{}",
        output.stderr
    );
    let decoded = ".data.key | base64decode";
    assert_eq!(stored(&cluster, name, decoded), KEY);
    let version = stored(&cluster, name, ".metadata.resourceVersion");

    let again = create(&cluster, name, &format!("\n{KEY}\n")).success();
    assert_eq!(again, "secret/prefect-api-key unchanged\n");
    assert_eq!(stored(&cluster, name, ".metadata.resourceVersion"), version);

    // Nobody is there to ask.
    let output = create(&cluster, name, "pnu_other").failure(2);
    assert!(
        output.stderr.contains("Say --yes to replace it"),
        "{}",
        output.stderr
    );
    assert_eq!(stored(&cluster, name, decoded), KEY);
    let tried = create(&cluster, name, "pnu_other")
        .words("--dry-run=server")
        .success();
    assert_eq!(tried, "secret/prefect-api-key updated (server dry run)\n");
    assert_eq!(stored(&cluster, name, decoded), KEY);

    // Another key of the same Secret leaves this one alone.
    let added = create(&cluster, name, "admin:pass")
        .words("prefect-api-key --auth-string")
        .success();
    assert_eq!(added, "secret/prefect-api-key updated\n");
    assert_eq!(stored(&cluster, name, decoded), KEY);
    let text = create(&cluster, name, "pnu_other")
        .words("--yes -o json")
        .success();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["result"], "updated");
    assert!(!text.contains("pnu_other"), "{text}");
    assert_eq!(stored(&cluster, name, decoded), "pnu_other");
    assert_eq!(
        stored(&cluster, name, "index .data \"auth-string\" | base64decode"),
        "admin:pass"
    );
}

#[test]
fn what_belongs_to_others_or_cannot_change_is_left_alone() {
    let cluster = cluster();
    let namespace = cluster.namespace("secret-owned");
    let name = &namespace.name;
    let patch = |patch: &str| {
        let words = [
            "patch",
            "secret",
            "prefect-api-key",
            "-n",
            name,
            "-p",
            patch,
        ];
        cluster.kubectl(&words);
    };
    create(&cluster, name, KEY).success();
    for (label, said) in [
        (
            r#"{"metadata": {"annotations": {"meta.helm.sh/release-name": "prefect"}}}"#,
            "belongs to Helm release prefect",
        ),
        (
            r#"{"metadata": {"annotations": {"meta.helm.sh/release-name": null}, "ownerReferences": [
            {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "name": "prefect",
             "uid": "11111111-1111-4111-8111-111111111111", "controller": true}]}}"#,
            "belongs to ExternalSecret prefect",
        ),
        (
            r#"{"metadata": {"ownerReferences": null}, "immutable": true}"#,
            "is immutable",
        ),
    ] {
        patch(label);
        let output = create(&cluster, name, "pnu_other")
            .words("--yes")
            .failure(1);
        assert!(output.stderr.contains(said), "{said}:\n{}", output.stderr);
        assert!(output.stderr.contains("hint:"), "{}", output.stderr);
        // What is right already need not be changed.
        let same = create(&cluster, name, KEY).success();
        assert_eq!(same, "secret/prefect-api-key unchanged\n");
    }
    // Applied by somebody who applies it again.
    let applied = r#"{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "applied"}, "data": {"key": "eA=="}}"#;
    cluster.kubectl_with_input(
        &[
            "apply",
            "--server-side",
            "--field-manager=external-secrets",
            "-n",
            name,
            "-f",
            "-",
        ],
        applied,
    );
    let output = create(&cluster, name, KEY)
        .words("applied --yes")
        .failure(1);
    assert!(
        output.stderr.contains("field manager external-secrets"),
        "{}",
        output.stderr
    );
    // Made for something else.
    cluster.kubectl(&[
        "create",
        "secret",
        "generic",
        "token",
        "--type=example.com/token",
        "-n",
        name,
    ]);
    let output = create(&cluster, name, KEY).words("token --yes").failure(1);
    assert!(
        output.stderr.contains("its type is example.com/token"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_namespace_is_made_when_asked_for() {
    let cluster = cluster();
    let name = format!("secret-new-{}", std::process::id());
    let output = create(&cluster, &name, KEY).failure(1);
    assert!(
        output.stderr.contains("--create-namespace"),
        "{}",
        output.stderr
    );
    let tried = create(&cluster, &name, KEY)
        .words("--create-namespace --dry-run=server")
        .run();
    assert_eq!(tried.code, Some(0), "{}", tried.stderr);
    assert!(
        tried.stderr.contains("created (server dry run)"),
        "{}",
        tried.stderr
    );
    let output = create(&cluster, &name, KEY)
        .words("--create-namespace")
        .run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(
        output.stderr.contains(&format!("namespace/{name} created")),
        "{}",
        output.stderr
    );
    assert_eq!(stored(&cluster, &name, ".data.key | base64decode"), KEY);
    cluster.kubectl(&["delete", "namespace", &name, "--wait=false"]);
}

#[test]
fn who_may_not_is_told_what_would_allow_it() {
    let cluster = cluster();
    let namespace = cluster.namespace("secret-nobody");
    let nobody = cluster.nobody_kubeconfig.to_str().unwrap();
    for verb in [
        "create --from-stdin --no-verify",
        "verify",
        "rotate --from-stdin --yes",
    ] {
        let output = cluster
            .command()
            .env("KUBECONFIG", nobody)
            .words(&format!("secret {verb} -n {}", namespace.name))
            .input(KEY)
            .failure(3);
        for text in ["secrets", "kind: Role"] {
            assert!(
                output.stderr.contains(text),
                "{verb} {text}:\n{}",
                output.stderr
            );
        }
        assert!(!output.stderr.contains(KEY));
    }
}

#[test]
fn a_secret_that_is_not_there_or_has_other_keys_is_told() {
    let cluster = cluster();
    let namespace = cluster.namespace("secret-missing");
    let command = |words: &str| {
        let url = cluster.prefect_api_url();
        let words = format!("secret {words} -n {} --api-url {url}", namespace.name);
        cluster.command().words(&words).input(KEY)
    };
    for verb in ["verify", "rotate --from-stdin --yes"] {
        let output = command(verb).failure(1);
        assert!(
            output.stderr.contains("there is no Secret prefect-api-key"),
            "{}",
            output.stderr
        );
    }
    create(&cluster, &namespace.name, KEY)
        .words("--key other")
        .success();
    for verb in ["verify", "rotate --from-stdin --yes"] {
        let output = command(verb).failure(1);
        assert!(
            output.stderr.contains("its only key is other"),
            "{}",
            output.stderr
        );
    }
    // The server of the test asks for nothing.
    let output = command("verify --key other").run();
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let said = "asks for no credential, so that nothing can be said about the API key.\n";
    assert!(output.stdout.ends_with(said), "{}", output.stdout);
    assert!(!output.stdout.contains("works"), "{}", output.stdout);
    let output = command("verify --key other -o json").success();
    let document: Value = serde_json::from_str(&output).unwrap();
    assert!(document["works"].is_null(), "{document}");
    assert_eq!(document["verified"]["asksForCredential"], false);
    let stray = r#"{"data": {"other": "cG51X3gK"}}"#;
    cluster.kubectl(&[
        "patch",
        "secret",
        "prefect-api-key",
        "-n",
        &namespace.name,
        "-p",
        stray,
    ]);
    let output = command("verify --key other").failure(1);
    assert!(
        output.stderr.contains("white space around its value"),
        "{}",
        output.stderr
    );
}
