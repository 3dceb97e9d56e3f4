//! What stands in the way of an installation: it is told before anything is written.

use serde_json::{Value, json};

use crate::{
    stage::{IDLE, Stage},
    support::{TestOutput, worker::until},
};

impl Stage {
    /// Nothing of the release has been made.
    pub async fn is_untouched(&self) {
        assert!(self.bookkeeping().await.is_empty());
        let deployments = self
            .kube
            .get(&self.path("apps/v1/deployments"))
            .await
            .unwrap();
        assert_eq!(deployments["items"], json!([]));
    }

    fn apply(&self, object: &Value) {
        self.cluster.kubectl_with_input(
            &["-n", self.name(), "apply", "-f", "-"],
            &object.to_string(),
        );
    }
}

/// It was said on stderr.
pub fn says(said: &TestOutput, text: &str) {
    assert!(said.stderr.contains(text), "{text}\n{}", said.stderr);
}

#[tokio::test]
async fn fields_of_others_are_named_with_who_manages_them() {
    let stage = Stage::new("conflict").await;
    stage.install("").success();
    stage.cluster.kubectl(&[
        "-n",
        stage.name(),
        "patch",
        "deployment",
        "prefect-worker",
        "--field-manager=ops",
        "--type=merge",
        "-p",
        r#"{"spec":{"replicas":3}}"#,
    ]);
    let before = stage.versions().await;
    let said = stage.install("").failure(1);
    says(&said, "Deployment prefect-worker in namespace");
    says(&said, "spec.replicas is managed by ops");
    says(&said, "hint: --force-conflicts takes these fields over");
    assert_eq!(stage.versions().await, before);
    let said = stage.install("--force-conflicts").run();
    assert_eq!(said.code, Some(0), "{said:?}");
    says(&said, "prefect-worker   spec.replicas");
    assert_eq!(stage.deployment().await["spec"]["replicas"], 1);
}

#[tokio::test]
async fn objects_of_other_tools_are_left_to_them() {
    let stage = Stage::new("owners").await;
    let account = |labels: Value, annotations: Value| {
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
            "name": "prefect-worker", "labels": labels, "annotations": annotations,
        }})
    };
    for (labels, annotations, words) in [
        (
            json!({"app.kubernetes.io/managed-by": "Helm"}),
            json!({"meta.helm.sh/release-name": "w", "meta.helm.sh/release-namespace": "x"}),
            "belongs to release w of Helm in namespace x",
        ),
        (
            json!({}),
            json!({"argocd.argoproj.io/tracking-id": "shop:/ServiceAccount:x/prefect-worker"}),
            "belongs to application shop of Argo CD",
        ),
        (
            json!({"kustomize.toolkit.fluxcd.io/name": "apps"}),
            json!({}),
            "belongs to Kustomization apps of Flux",
        ),
        (
            json!({"applyset.kubernetes.io/part-of": "applyset-x-v1"}),
            json!({}),
            "belongs to another ApplySet",
        ),
    ] {
        stage.apply(&account(labels, annotations));
        let said = stage.install("").failure(1);
        says(
            &said,
            &format!(
                "ServiceAccount prefect-worker in namespace {} {words}",
                stage.name()
            ),
        );
        stage.is_untouched().await;
        stage.cluster.kubectl(&[
            "-n",
            stage.name(),
            "delete",
            "serviceaccount",
            "prefect-worker",
        ]);
    }
    // Who applied the printed objects by kubectl has left no mark, and goes on with install.
    let printed = stage.install("--dry-run=client -o json").success();
    stage.apply(&serde_json::from_str(&printed).unwrap());
    let said = stage.install("").run();
    assert_eq!(said.code, Some(0), "{said:?}");
    says(&said, "was there already and becomes part of the release");
}

#[tokio::test]
async fn every_right_that_is_missing_is_named_with_the_role_that_grants_it() {
    let stage = Stage::new("rights").await;
    let nobody = stage.cluster.nobody_kubeconfig.to_str().unwrap().to_owned();
    let as_nobody = |words: &str| stage.install(words).env("KUBECONFIG", &nobody);
    let said = as_nobody("").failure(3);
    let name = stage.name();
    for missing in [
        format!("missing: get, list, create, patch, delete secrets in namespace {name}"),
        format!("missing: get, list, create, patch serviceaccounts in namespace {name}"),
        format!("missing: get, list, create, patch deployments.apps in namespace {name}"),
        format!(
            "missing: get, list, create, patch rolebindings.rbac.authorization.k8s.io in namespace {name}"
        ),
    ] {
        says(&said, &missing);
    }
    stage.is_untouched().await;
    let (_, roles) = said
        .stderr
        .split_once("allows it with kubectl apply -f - and:\n")
        .unwrap();
    let roles: String = roles
        .lines()
        .map(|line| format!("{}\n", line.strip_prefix("  ").unwrap()))
        .collect();
    stage
        .cluster
        .kubectl_with_input(&["apply", "-f", "-"], &roles);
    // These rights are enough to try it; nobody can grant the worker what they do not have.
    let said = as_nobody("").failure(3);
    says(
        &said,
        "attempting to grant RBAC permissions not currently held",
    );
    says(&said, "set role.create=false and rolebinding.create=false");
    says(&said, "the cluster's UID is not known");
    stage.is_untouched().await;
    let without = "--set role.create=false --set rolebinding.create=false";
    let said = as_nobody(without).run();
    assert_eq!(said.code, Some(0), "{said:?}");
    says(&said, "--set worker.clusterUid=UID");
    let env = &stage.deployment().await["spec"]["template"]["spec"]["containers"][0]["env"];
    let uid = |env: &Value| {
        let mut env = env.as_array().unwrap().iter();
        env.find(|it| it["name"] == "PREFECT_KUBERNETES_CLUSTER_UID")
            .unwrap()
            .clone()
    };
    assert_eq!(uid(env)["value"], Value::Null);
    // Once it is known it stays, whoever installs.
    assert_eq!(stage.install(without).run().code, Some(0));
    let kube_system = stage
        .kube
        .get("/api/v1/namespaces/kube-system")
        .await
        .unwrap();
    let known = uid(&stage.deployment().await["spec"]["template"]["spec"]["containers"][0]["env"]);
    assert_eq!(known["value"], kube_system["metadata"]["uid"]);
    let said = as_nobody(without).run();
    assert_eq!(said.code, Some(0), "{said:?}");
    says(&said, "Nothing to change");
}

#[tokio::test]
async fn a_namespace_that_is_missing_or_ends_is_told_of() {
    let stage = Stage::new("ending").await;
    let missing = format!("{}-missing", stage.name());
    let other = |words: &str| {
        let command = stage
            .cluster
            .command()
            .words("install --wait=false -f -")
            .input(&stage.values());
        command.arg(IDLE).words(words).words("-n").arg(&missing)
    };
    let said = stage
        .cluster
        .command()
        .words("install -f - -n UPPER")
        .input(&stage.values())
        .failure(2);
    says(&said, "\"UPPER\" cannot be the name of a namespace");
    let said = other("").failure(1);
    says(
        &said,
        &format!("error: namespace {missing} does not exist\nhint: --create-namespace makes it"),
    );
    let said = other("--create-namespace --dry-run=server").run();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(
        stage
            .kube
            .get(&format!("/api/v1/namespaces/{missing}"))
            .await,
        None
    );
    // Objects that are refused take the namespace with them.
    let bad = r#"--set-json=extraManifests=[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"UPPER"}}]"#;
    let said = other("--create-namespace").arg(bad).failure(1);
    says(&said, &format!("Namespace {missing} was deleted again."));
    until("the namespace goes", async || {
        let there = stage
            .kube
            .get(&format!("/api/v1/namespaces/{missing}"))
            .await;
        there.is_none().then_some(())
    })
    .await;
    let said = other("--create-namespace").run();
    assert_eq!(said.code, Some(0), "{said:?}");
    stage
        .cluster
        .kubectl(&["delete", "namespace", &missing, "--wait=false"]);

    let keeper = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "keeper", "finalizers": ["test.kubectl-prefect.io/keep"],
    }});
    stage.apply(&keeper);
    stage
        .cluster
        .kubectl(&["delete", "namespace", stage.name(), "--wait=false"]);
    let said = stage.install("--create-namespace").failure(1);
    says(
        &said,
        &format!("error: namespace {} is being deleted", stage.name()),
    );
    says(&said, "kubectl wait --for=delete namespace/");
    let patch = r#"{"metadata":{"finalizers":null}}"#;
    stage.cluster.kubectl(&[
        "-n",
        stage.name(),
        "patch",
        "configmap",
        "keeper",
        "--type=merge",
        "-p",
        patch,
    ]);
}

#[tokio::test]
async fn an_admission_policy_and_a_quota_refuse_before_anything_is_written() {
    let stage = Stage::new("refused").await;
    let name = stage.name();
    let policy = json!({"apiVersion": "v1", "kind": "List", "items": [
        {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": name},
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": {"resourceRules": [{
                    "apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments"],
                    "operations": ["CREATE", "UPDATE"],
                }]},
                "validations": [{"expression": "object.spec.replicas > 4", "message": "too few replicas for us"}],
            },
        },
        {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {
                "policyName": name, "validationActions": ["Deny"],
                "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}},
            },
        },
    ]});
    stage.apply(&policy);
    let said = until("the policy holds", async || {
        let said = stage.install("--dry-run=server").run();
        (said.code != Some(0)).then_some(said)
    })
    .await;
    assert_eq!(said.code, Some(1), "{said:?}");
    says(&said, "too few replicas for us");
    stage.install("").failure(1);
    stage.is_untouched().await;
    stage
        .cluster
        .kubectl(&["delete", "validatingadmissionpolicybinding", name]);
    stage
        .cluster
        .kubectl(&["delete", "validatingadmissionpolicy", name]);

    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"},
        "spec": {"hard": {"count/deployments.apps": "0"}}});
    stage.apply(&quota);
    until("the quota holds", async || {
        let quota = stage.get("v1/resourcequotas", "q").await?;
        quota["status"]["hard"].is_object().then_some(())
    })
    .await;
    let said = until("the policy is gone", async || {
        let said = stage.install("").run();
        (!said.stderr.contains("too few replicas")).then_some(said)
    })
    .await;
    assert_eq!(said.code, Some(3), "{said:?}");
    says(&said, "exceeded quota: q");
    says(&said, "hint: ask for a larger quota");
    stage.is_untouched().await;
}

#[tokio::test]
async fn a_field_that_cannot_change_is_named_and_the_object_made_anew_on_demand() {
    let stage = Stage::new("immutable").await;
    stage.install("").success();
    let uid = stage.deployment().await["metadata"]["uid"].clone();
    let other = "--set nameOverride=other";
    let said = stage.install(other).failure(1);
    says(
        &said,
        "spec.selector cannot be changed, once the object is there",
    );
    says(
        &said,
        "hint: --recreate deletes such objects and makes them anew",
    );
    assert_eq!(stage.deployment().await["metadata"]["uid"], uid);
    let said = stage.install(other).words("--recreate").run();
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.stdout
            .contains("deployment.apps/prefect-worker recreated\n"),
        "{}",
        said.stdout
    );
    let deployment = stage.deployment().await;
    assert_ne!(deployment["metadata"]["uid"], uid);
    assert_eq!(
        deployment["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"],
        "other"
    );
}
