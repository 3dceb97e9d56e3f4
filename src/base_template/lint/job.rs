//! The Job that a template gives by itself, judged as a worker does, and by what surprises.

use serde_json::Value;

use super::{Finding, Severity};
use crate::{
    base_template::{Path, example},
    suggest::nearest,
    template::{BaseJobTemplate, PreparedJob, TemplateError, python},
};

/// The settings that the Kubernetes worker reads (prefect-kubernetes, `KubernetesWorkerJobConfiguration`).
const SETTINGS: [&str; 11] = [
    "command",
    "env",
    "labels",
    "name",
    "annotations",
    "namespace",
    "job_manifest",
    "cluster_config",
    "job_watch_timeout_seconds",
    "pod_watch_timeout_seconds",
    "stream_output",
];

/// All findings about the Job.
pub(super) fn findings(template: &BaseJobTemplate) -> Vec<Finding> {
    let mut found = unknown_settings(template);
    match example::job(template) {
        Ok(job) => {
            found.extend(surprises(&job));
            found.extend(quantities(&job));
        }
        Err(error) => found.extend(refusals(error)),
    }
    found
}

fn unknown_settings(template: &BaseJobTemplate) -> Vec<Finding> {
    let keys = template.job_configuration.keys();
    keys.filter(|key| !SETTINGS.contains(&key.as_str()))
        .map(|key| {
            let fix = match nearest(key, SETTINGS) {
                Some(meant) => format!("Did you mean {meant}?"),
                None => {
                    "What Kubernetes is to be told belongs into job_configuration.job_manifest."
                        .to_owned()
                }
            };
            let path = Path::of(&["job_configuration", key]);
            let message = "The Kubernetes worker has no such setting, and leaves it out.";
            Finding::new(Severity::Warning, "unknown", path, message, fix)
        })
        .collect()
}

/// What keeps a worker from making any Job of the template.
fn refusals(error: TemplateError) -> Vec<Finding> {
    let refused = |path: String, message: String, fix: &str| {
        Finding::new(Severity::Error, "job", path, message, fix)
    };
    match error {
        TemplateError::Configuration(problems) => problems
            .into_iter()
            .map(|problem| {
                let (expected, found) = (problem.expected, &problem.found);
                refused(
                    format!("job_configuration.{}", problem.path),
                    format!("The worker expects {expected} here, not {found}."),
                    "Change it, or the default of the variable that it comes from.",
                )
            })
            .collect(),
        TemplateError::MissingPaths(paths) => paths
            .into_iter()
            .map(|path| {
                refused(
                    in_manifest(&path),
                    "It is missing, and the worker makes no Job without it.".to_owned(),
                    "Add it, as in the default: kubectl prefect template default.",
                )
            })
            .collect(),
        TemplateError::IncompatiblePaths(required) => required
            .into_iter()
            .map(|required| {
                refused(
                    in_manifest(&required.path),
                    format!(
                        "The worker makes Jobs with {} alone here.",
                        python::repr(&required.value)
                    ),
                    &format!("Set it to {}.", required.value),
                )
            })
            .collect(),
        TemplateError::Manifest { path, problem } => vec![refused(
            format!("job_configuration.{path}"),
            format!("It {problem}."),
            "Change it, or the default of the variable that it comes from.",
        )],
        other => vec![refused(
            "job_configuration".to_owned(),
            format!("The worker makes no Job of it: {other}."),
            "Change the part of the template that is named.",
        )],
    }
}

/// A JSON pointer into the manifest as a path.
fn in_manifest(pointer: &str) -> String {
    let mut path = Path::of(&["job_configuration", "job_manifest"]);
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        path = match step.parse() {
            Ok(index) => path.index(index),
            Err(_) => path.key(&step),
        };
    }
    path.to_string()
}

/// Resources that are no quantities. The API server does not tell where they are.
fn quantities(job: &PreparedJob) -> Vec<Finding> {
    let manifest = Value::Object(job.manifest.clone());
    let pod = "/spec/template/spec";
    let mut found = Vec::new();
    for list in ["initContainers", "containers"] {
        let containers = manifest.pointer(&format!("{pod}/{list}"));
        let containers = containers.and_then(Value::as_array).map_or(0, Vec::len);
        for index in 0..containers {
            for part in ["limits", "requests"] {
                let part = format!("{pod}/{list}/{index}/resources/{part}");
                let members = manifest.pointer(&part).and_then(Value::as_object);
                for (name, value) in members.into_iter().flatten() {
                    if is_quantity(value) {
                        continue;
                    }
                    found.push(Finding::new(
                        Severity::Error,
                        "quantity",
                        in_manifest(&format!("{part}/{}", name.replace('/', "~1"))),
                        format!("{value} is no quantity of Kubernetes."),
                        "Write numbers with a unit, such as 500m, 2, 512Mi or 1Gi.",
                    ));
                }
            }
        }
    }
    found
}

/// Whether Kubernetes takes a value for a quantity (apimachinery, `resource.ParseQuantity`).
fn is_quantity(value: &Value) -> bool {
    let text = match value {
        Value::String(text) => text.trim_start_matches(['+', '-']),
        Value::Number(_) => return true,
        _ => return false,
    };
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let exponent = unit
        .strip_prefix(['e', 'E'])
        .and_then(|digits| digits.parse::<i16>().ok());
    let is_number = number.bytes().any(|byte| byte.is_ascii_digit())
        && number.bytes().filter(|byte| *byte == b'.').count() <= 1;
    let units = [
        "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ];
    is_number && (units.contains(&unit) || exponent.is_some())
}

fn surprises(job: &PreparedJob) -> Vec<Finding> {
    let manifest = Value::Object(job.manifest.clone());
    let at = |pointer: &str| manifest.pointer(pointer).filter(|value| !value.is_null());
    let mut found = Vec::new();
    let mut add = |severity, rule, pointer: &str, message: String, fix: &str| {
        found.push(Finding::new(
            severity,
            rule,
            in_manifest(pointer),
            message,
            fix,
        ));
    };
    let namespace = "/metadata/namespace";
    if let Some(other) = at(namespace).and_then(Value::as_str)
        && other != job.namespace
    {
        let own = &job.namespace;
        let message = format!(
            "The Job goes to namespace {own:?} and says that it is in {other:?}: the API server refuses it."
        );
        add(
            Severity::Error,
            "namespace",
            namespace,
            message,
            "Put {{ namespace }} into both.",
        );
    }
    let backoff = "/spec/backoffLimit";
    if at(backoff)
        .and_then(python::amount)
        .is_some_and(|limit| limit > 0.0)
    {
        let message = "Kubernetes starts a failed flow run again behind Prefect's back.".to_owned();
        add(
            Severity::Warning,
            "backoff",
            backoff,
            message,
            "Set it to 0, and let flows retry: @flow(retries=...).",
        );
    }
    for pointer in ["/spec/parallelism", "/spec/completions"] {
        if at(pointer)
            .and_then(python::amount)
            .is_some_and(|count| count > 1.0)
        {
            let message = "The Job runs each flow run several times.".to_owned();
            add(
                Severity::Warning,
                "parallel",
                pointer,
                message,
                "Take it out.",
            );
        }
    }
    if at("/spec/ttlSecondsAfterFinished").is_none() {
        let message = "Without it, finished Jobs stay in the cluster for ever.".to_owned();
        add(
            Severity::Info,
            "kept",
            "/spec/ttlSecondsAfterFinished",
            message,
            "Give finished_job_ttl a default, of a day say: 86400.",
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_quantity;

    #[test]
    fn quantities_are_those_of_kubernetes() {
        for good in [
            json!("500m"),
            json!("1.5"),
            json!("1Gi"),
            json!("+1k"),
            json!("1e3"),
            json!("2E"),
            json!(".5"),
            json!(2),
            json!("5."),
        ] {
            assert!(is_quantity(&good), "{good}");
        }
        for bad in [
            json!("much"),
            json!(""),
            json!("1 Gi"),
            json!("1gb"),
            json!("1.2.3"),
            json!("m"),
            json!(true),
            json!(null),
            json!("1K"),
        ] {
            assert!(!is_quantity(&bad), "{bad}");
        }
    }
}
