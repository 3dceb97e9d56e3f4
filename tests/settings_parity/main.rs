//! Settings against the Python packages themselves: the same cases through both, nothing supposed.
#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;
mod cases_files;
mod cases_values;
#[path = "../support/piped.rs"]
mod piped;
mod samples;

use std::{path::Path, process::Command};

use kubectl_prefect::{
    env_vars::Environment,
    settings::{
        self, ExposeSecret, Flags, LogLevel, PrefectSettings, SecretString, WhenMissingFlow,
    },
};
use piped::piped;
use serde_json::{Value, json};

/// The table that the library is built with.
const TABLE: &str = include_str!("../../src/settings/table.txt");

/// An environment and files, to be resolved by both.
pub struct Case {
    name: String,
    env: Vec<(String, String)>,
    files: Vec<(&'static str, Vec<u8>)>,
    refused_by_us: bool,
}

impl Case {
    fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            env: Vec::new(),
            files: Vec::new(),
            refused_by_us: false,
        }
    }

    fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// A file, by its path from the working folder; the home folder is `../home`.
    fn file(mut self, path: &'static str, text: impl AsRef<[u8]>) -> Self {
        self.files.push((path, text.as_ref().to_vec()));
        self
    }

    /// Python takes it, but there is no sense in it for a worker.
    const fn refused_by_us(mut self) -> Self {
        self.refused_by_us = true;
        self
    }

    fn dotenv(self, text: &str) -> Self {
        self.file(".env", text)
    }

    fn prefect_toml(self, text: &str) -> Self {
        self.file("prefect.toml", text)
    }

    fn pyproject(self, text: &str) -> Self {
        self.file("pyproject.toml", text)
    }

    fn profiles(self, text: &str) -> Self {
        self.file("../home/.prefect/profiles.toml", text)
    }

    /// Makes the folders and files; gives the whole environment.
    fn lay_out(&self, folder: &Path) -> Vec<(String, String)> {
        let home = folder.join("../home");
        std::fs::create_dir_all(folder).unwrap();
        std::fs::create_dir_all(&home).unwrap();
        for (path, text) in &self.files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let home = home.canonicalize().unwrap();
        let mut env = self.env.clone();
        env.push(("HOME".to_owned(), home.to_str().unwrap().to_owned()));
        env
    }
}

/// A script to run; none when these tests are left out.
fn python(script: &str, home: &Path) -> Option<Command> {
    const NAME: &str = "KUBECTL_PREFECT_TEST_PYTHON";
    let env = Environment::of_process();
    let Some(interpreter) = env.get_non_empty(NAME) else {
        panic!(
            "{NAME} is not set: name a Python that has tests/cluster/requirements.txt, or set it \
             to `skip`; `make test` does"
        );
    };
    if interpreter == "skip" {
        return None;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/settings_parity");
    let mut command = Command::new(interpreter);
    command
        .arg(folder.join(script))
        .env_clear()
        .env("HOME", home);
    Some(command)
}

fn output(mut command: Command, input: &[u8]) -> Vec<u8> {
    let output = piped(&mut command, input);
    assert!(output.status.success(), "Python failed: {}", output.status);
    output.stdout
}

#[test]
fn the_table_is_that_of_the_python_packages() {
    let home = tempfile::tempdir().unwrap();
    let Some(script) = python("table.py", home.path()) else {
        return;
    };
    let table = String::from_utf8(output(script, b"")).unwrap();
    assert_eq!(
        TABLE, table,
        "write the output of table.py to src/settings/table.txt"
    );
}

#[test]
fn settings_are_those_of_prefect() {
    let cases: Vec<Case> = cases::all()
        .into_iter()
        .chain(cases_files::all())
        .chain(cases_values::all())
        .collect();
    assert!(cases.len() > 400);
    let root = tempfile::tempdir().unwrap();
    let Some(script) = python("reference.py", root.path()) else {
        return;
    };
    let mut asked = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let folder = root.path().join(number.to_string()).join("work");
        let env = case.lay_out(&folder);
        asked.push((folder, env));
    }
    let question: Vec<Value> = asked
        .iter()
        .map(|(folder, env)| {
            let env: serde_json::Map<_, _> = env
                .iter()
                .map(|(name, value)| (name.clone(), json!(value)))
                .collect();
            json!({"folder": folder, "env": env})
        })
        .collect();
    let answer = output(script, &serde_json::to_vec(&question).unwrap());
    let answers: Vec<Value> = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answers.len(), cases.len());
    let mut errors = 0;
    let mut differences = Vec::new();
    for ((case, (folder, env)), theirs) in cases.iter().zip(&asked).zip(&answers) {
        let env: Environment = env.iter().cloned().collect();
        let ours = settings::load(&Flags::default(), &env, folder);
        errors += usize::from(theirs.get("error").is_some());
        differences.extend(compare(case, ours, theirs));
    }
    assert!(errors > 50, "only {errors} cases are errors");
    assert!(
        differences.is_empty(),
        "{} of {} cases differ:\n{}",
        differences.len(),
        cases.len(),
        differences.join("\n")
    );
}

fn compare(
    case: &Case,
    ours: Result<PrefectSettings, kubectl_prefect::error::Error>,
    theirs: &Value,
) -> Option<String> {
    let name = &case.name;
    match (ours, theirs.get("error")) {
        (Err(_), None) if case.refused_by_us => None,
        (Ok(_), None) if case.refused_by_us => Some(format!("{name}: we no longer refuse it")),
        (Err(_), Some(_)) => None,
        (Err(error), None) => {
            let causes = error.causes.join("; ");
            Some(format!(
                "{name}: ours fails with {error}: {causes}\n  theirs {}",
                theirs["environment"]
            ))
        }
        (Ok(settings), Some(error)) => {
            let first = error.as_str().unwrap_or_default().replace('\n', " ");
            Some(format!(
                "{name}: theirs fails with {first}\n  ours {:?}",
                settings.job_environment()
            ))
        }
        (Ok(settings), None) => {
            let environment = json!(settings.job_environment());
            if environment != theirs["environment"] {
                return Some(format!(
                    "{name}:\n  ours   {environment}\n  theirs {}",
                    theirs["environment"]
                ));
            }
            let ours = typed(&settings);
            let different = ours
                .as_object()?
                .iter()
                .find(|(key, value)| theirs["typed"][*key] != **value)?;
            let (key, value) = different;
            Some(format!(
                "{name}: {key} is {value}, theirs {}",
                theirs["typed"][key]
            ))
        }
    }
}

fn shown(secret: Option<&SecretString>) -> Option<&str> {
    secret.map(ExposeSecret::expose_secret)
}

fn seconds(duration: std::time::Duration) -> Value {
    if duration == std::time::Duration::MAX {
        json!("inf")
    } else {
        json!(duration.as_secs_f64())
    }
}

/// The typed values under the names that the reference uses.
fn typed(settings: &PrefectSettings) -> Value {
    let (api, client, worker) = (&settings.api, &settings.client, &settings.worker);
    let (logging, kubernetes) = (&settings.logging, &settings.kubernetes);
    let (make, observer) = (&kubernetes.worker, &kubernetes.observer);
    let retry = &make.create_job_retry;
    let headers: serde_json::Map<_, _> = client
        .custom_headers
        .iter()
        .map(|(name, value)| (name.clone(), json!(value.expose_secret())))
        .collect();
    let labels: serde_json::Map<_, _> = observer
        .additional_label_filters
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    json!({
        "api.key": shown(api.key.as_ref()),
        "api.auth_string": shown(api.auth_string.as_ref()),
        "api.tls_insecure_skip_verify": api.tls_insecure_skip_verify,
        "api.enable_http2": api.enable_http2,
        "api.request_timeout": seconds(api.request_timeout),
        "client.max_retries": client.max_retries,
        "client.retry_jitter_factor": client.retry_jitter_factor,
        "client.retry_extra_codes": client.retry_extra_codes,
        "client.csrf_support_enabled": client.csrf_support_enabled,
        "client.custom_headers": headers,
        "client.server_version_check_enabled": client.server_version_check_enabled,
        "cloud.api_url": settings.cloud.api_url,
        "cloud.ui_url": settings.cloud.ui_url,
        "ui_url": settings.ui_url,
        "home": settings.home,
        "events.worker_max_queue_size": settings.events_queue_limit,
        "worker.debug_mode": worker.debug_mode,
        "worker.heartbeat_seconds": seconds(worker.heartbeat),
        "worker.query_seconds": seconds(worker.query),
        "worker.prefetch_seconds": seconds(worker.prefetch),
        "worker.enable_cancellation": worker.enable_cancellation.unwrap_or(false),
        "worker.cancellation_poll_seconds": worker.cancellation_poll.map_or_else(|| 120.0.into(), seconds),
        "worker.webserver.host": worker.webserver_host,
        "worker.webserver.port": worker.webserver_port,
        "logging.level": match logging.level {
            LogLevel::Debug => "DEBUG",
            LogLevel::Info => "INFO",
            LogLevel::Warning => "WARNING",
            LogLevel::Error => "ERROR",
            LogLevel::Critical => "CRITICAL",
        },
        "logging.to_api.enabled": logging.to_api,
        "logging.to_api.batch_interval": seconds(logging.batch_interval),
        "logging.to_api.batch_size": logging.batch_size,
        "logging.to_api.max_log_size": logging.max_log_size,
        "logging.to_api.when_missing_flow": match logging.when_missing_flow {
            WhenMissingFlow::Warn => "warn",
            WhenMissingFlow::Error => "error",
            WhenMissingFlow::Ignore => "ignore",
        },
        "kubernetes.cluster_uid": kubernetes.cluster_uid,
        "kubernetes.api_key_secret_name": make.api_key_secret_name,
        "kubernetes.api_key_secret_key": make.api_key_secret_key,
        "kubernetes.api_auth_string_secret_name": make.api_auth_string_secret_name,
        "kubernetes.api_auth_string_secret_key": make.api_auth_string_secret_key,
        "kubernetes.create_secret_for_api_key": make.create_secret_for_api_key,
        "kubernetes.store_env_as_secret": make.store_env_as_secret,
        "kubernetes.add_tcp_keepalive": make.add_tcp_keepalive,
        "kubernetes.retry.max_retries": retry.max_attempts,
        "kubernetes.retry.delay_seconds": retry.delay.as_secs(),
        "kubernetes.retry.jitter_min_seconds": retry.jitter_min.as_secs(),
        "kubernetes.retry.jitter_max_seconds": retry.jitter_max.as_secs(),
        "kubernetes.observer.enabled": observer.enabled,
        "kubernetes.observer.replicate_pod_events": observer.replicate_pod_events,
        "kubernetes.observer.namespaces": observer.namespaces,
        "kubernetes.observer.additional_label_filters": labels,
        "kubernetes.observer.startup_event_concurrency": observer.startup_event_concurrency,
        "kubernetes.observer.forward_crashed_run_logs": observer.forward_crashed_run_logs,
        "kubernetes.observer.tail_lines": observer.forward_crashed_run_logs_tail_lines,
    })
}
