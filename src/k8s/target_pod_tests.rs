//! Connections where there is no kubeconfig file: in a pod, nowhere, from a value.

use std::fs;

use super::{
    tests::{Case, PEM, header, some},
    *,
};
use crate::env_vars::KUBECONFIG;

/// A pod's environment and service account.
fn pod() -> (tempfile::TempDir, Vec<(&'static str, String)>) {
    let account = tempfile::tempdir().unwrap();
    fs::write(account.path().join("token"), "t-pod").unwrap();
    fs::write(account.path().join("ca.crt"), PEM).unwrap();
    fs::write(account.path().join("namespace"), "pods-own\n").unwrap();
    let env = vec![
        (KUBERNETES_SERVICE_HOST, "fd00::1".to_owned()),
        (KUBERNETES_SERVICE_PORT, "443".to_owned()),
    ];
    (account, env)
}

#[test]
fn in_a_pod_without_a_kubeconfig_the_service_account_counts() {
    let (account, env) = pod();
    let env = Environment::from_iter(env);
    let target = resolve_in(&Overrides::default(), &env, account.path()).unwrap();
    assert_eq!(target.server, "https://[fd00::1]:443/");
    assert_eq!(
        (target.context.as_deref(), target.namespace.as_str()),
        (None, "pods-own")
    );
    assert_eq!(
        target.config.root_cert_file,
        Some(account.path().join("ca.crt"))
    );
    assert!(
        matches!(&target.credential, Credential::TokenFile(path) if *path == account.path().join("token"))
    );
    let flags = Overrides {
        namespace: some("n"),
        token: Some("mine".into()),
        ..Overrides::default()
    };
    let target = resolve_in(&flags, &env, account.path()).unwrap();
    assert_eq!(
        (header(&target), target.namespace.as_str()),
        (Some("Bearer mine"), "n")
    );
}

#[test]
fn in_a_pod_a_kubeconfig_goes_first_and_lacks_only_the_namespace() {
    let (account, mut variables) = pod();
    let case = Case::new();
    let path = case.folder.path().join("config").display().to_string();
    variables.push((KUBECONFIG, path));
    let env = Environment::from_iter(variables.clone());
    let flags = Overrides {
        context: some("two"),
        ..Overrides::default()
    };
    let target = resolve_in(&flags, &env, account.path()).unwrap();
    assert_eq!(target.server, "https://beta/k8s/clusters/c-1");
    assert_eq!(target.namespace, "pods-own");
    variables.push((POD_NAMESPACE, "told".to_owned()));
    let env = Environment::from_iter(variables);
    let target = resolve_in(&flags, &env, account.path()).unwrap();
    assert_eq!(target.namespace, "told");
    let target = resolve_in(&Overrides::default(), &env, account.path()).unwrap();
    assert_eq!(target.namespace, "team-a");
}

#[test]
fn without_any_kubeconfig_the_files_looked_for_are_named() {
    let env = Environment::from_iter([("HOME", "/nowhere/home")]);
    let error = resolve_in(&Overrides::default(), &env, Path::new("/nowhere")).unwrap_err();
    assert_eq!(error.message, "no Kubernetes cluster is configured");
    assert_eq!(
        error.causes,
        ["/nowhere/home/.kube/config is missing or has no context"]
    );
}

#[test]
fn a_kubeconfig_value_needs_no_file() {
    let value = serde_json::json!({
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}},
                     {"name": "d", "context": {"cluster": "k", "namespace": "n"}}],
        "clusters": [{"name": "k", "cluster": {"server": "https://k"}}],
        "users": [{"name": "u", "user": {"token": "t"}}]
    });
    let env = Environment::default();
    let target = resolve_value(&value, None, RequestTimeout::default(), &env).unwrap();
    assert_eq!(
        (header(&target), target.namespace.as_str()),
        (Some("Bearer t"), "default")
    );
    let target = resolve_value(&value, Some("d"), RequestTimeout::default(), &env).unwrap();
    assert_eq!((header(&target), target.namespace.as_str()), (None, "n"));
    let error = resolve_value(&value, Some("x"), RequestTimeout::default(), &env).unwrap_err();
    assert!(error.message.contains("context \"x\" does not exist"));
}
