use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::settings::CreateJobRetrySettings;

fn settings() -> KubernetesWorkerSettings {
    KubernetesWorkerSettings {
        api_key_secret_name: None,
        api_key_secret_key: None,
        api_auth_string_secret_name: None,
        api_auth_string_secret_key: None,
        create_secret_for_api_key: false,
        store_env_as_secret: false,
        add_tcp_keepalive: true,
        create_job_retry: CreateJobRetrySettings {
            max_attempts: 1,
            delay: Duration::ZERO,
            jitter_min: Duration::ZERO,
            jitter_max: Duration::ZERO,
        },
    }
}

fn job() -> PreparedJob {
    let manifest = json!({
        "metadata": {"name": "bear-x", "labels": {label::FLOW_RUN_ID: "run"}},
        "spec": {"template": {"spec": {"containers": [{"env": [
            {"name": "PREFECT_API_KEY", "value": "pnu_key"},
            {"name": "PREFECT_API_AUTH_STRING", "value": "a:b"},
            {"name": "OTHER", "valueFrom": {}},
        ]}]}}},
    });
    PreparedJob {
        manifest: manifest.as_object().unwrap().clone(),
        namespace: "flows".to_owned(),
        name: "bear".to_owned(),
        labels: Map::new(),
        cluster_config: None,
        attempt_suffix: None,
    }
}

#[test]
fn the_environment_goes_into_a_secret_named_after_the_job() {
    let mut job = job();
    let settings = KubernetesWorkerSettings {
        store_env_as_secret: true,
        ..settings()
    };
    let credentials = job.keep_credentials(&settings, "w").unwrap();
    let [secret] = credentials.secrets.as_slice() else {
        panic!("one Secret is expected")
    };
    assert_eq!(
        (secret.name.as_str(), secret.lifetime),
        ("bear-x-env", SecretLifetime::OwnedByJob)
    );
    assert_eq!(secret.labels[label::FLOW_RUN_ID], "run");
    assert_eq!(secret.values["PREFECT_API_KEY"].expose(), "pnu_key");
    assert_eq!(job.env(), [json!({"name": "OTHER", "valueFrom": {}})]);
    let shown = format!("{secret:?} {job:?}");
    assert!(
        !shown.contains("pnu_key") && !shown.contains("a:b"),
        "{shown}"
    );
}

#[test]
fn attempts_of_one_job_name_have_secrets_of_their_own() {
    let settings = KubernetesWorkerSettings {
        store_env_as_secret: true,
        ..settings()
    };
    let secret_of = |attempt: u128| {
        let mut job = job();
        let metadata = job.manifest["metadata"].as_object_mut().unwrap();
        metadata.insert("name".to_owned(), "fixed".into());
        job.apply_identity(Uuid::from_u128(1), Uuid::from_u128(attempt));
        let mut credentials = job.keep_credentials(&settings, "w").unwrap();
        credentials.secrets.remove(0).name
    };
    let name = secret_of(1);
    assert!(
        name.starts_with("fixed-") && name.ends_with("-env"),
        "{name}"
    );
    assert_eq!(name, secret_of(1));
    assert_ne!(name, secret_of(2));
}

#[test]
fn the_api_key_gets_a_secret_named_after_the_worker() {
    let settings = KubernetesWorkerSettings {
        create_secret_for_api_key: true,
        ..settings()
    };
    for (worker, name) in [
        ("My Worker", "prefect-my-worker-api-key"),
        ("\u{1f600}", "prefect-worker-api-key"),
    ] {
        let mut job = job();
        let credentials = job.keep_credentials(&settings, worker).unwrap();
        assert_eq!(credentials.secrets[0].name, name);
        assert_eq!(credentials.secrets[0].lifetime, SecretLifetime::Shared);
        assert_eq!(
            job.env()[0]["valueFrom"]["secretKeyRef"],
            json!({"name": name, "key": "value"})
        );
    }
}

#[test]
fn what_stays_in_plain_text_is_said() {
    let settings = KubernetesWorkerSettings {
        api_key_secret_name: Some("s".to_owned()),
        ..settings()
    };
    let credentials = job().keep_credentials(&settings, "w").unwrap();
    assert_eq!(
        credentials.warnings,
        [CredentialWarning::ApiKey, CredentialWarning::AuthString]
    );
    let all = KubernetesWorkerSettings {
        store_env_as_secret: true,
        ..settings.clone()
    };
    assert_eq!(job().keep_credentials(&all, "w").unwrap().warnings, []);
    let settings = KubernetesWorkerSettings {
        api_key_secret_key: Some("k".to_owned()),
        api_auth_string_secret_name: Some("s".to_owned()),
        api_auth_string_secret_key: Some("k".to_owned()),
        ..settings
    };
    let credentials = job().keep_credentials(&settings, "w").unwrap();
    assert_eq!(credentials, Credentials::default());
}
