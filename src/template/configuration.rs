//! The settings of a run, read from a populated and resolved configuration.

use serde_json::{Map, Value};

use super::{ClusterConfig, TemplateError, coerce::Reader, python, validate::validate};

/// The environment of a Job's container, in the two forms it may be given in.
#[derive(Debug, Clone, PartialEq)]
pub enum Env {
    /// Names and texts; a null takes a variable away.
    Map(Map<String, Value>),
    /// Entries as Kubernetes has them, such as `valueFrom`.
    List(Vec<Map<String, Value>>),
}

/// The settings of one run, typed and checked. What a worker does not use is checked all the same,
/// as the Python worker does.
#[derive(Clone, PartialEq)]
pub struct JobConfiguration {
    /// The command of the run; an empty one is none. The manifest's `args` decide what is run.
    pub command: Option<String>,
    /// The environment.
    pub env: Env,
    /// Labels for the Job and its pod, all texts.
    pub labels: Map<String, Value>,
    /// The name, which may hold placeholders for `ctx`.
    pub name: Option<String>,
    /// Annotations for the Job and its pod, all texts.
    pub annotations: Map<String, Value>,
    /// The namespace in which the Job is created.
    pub namespace: String,
    /// The Job, with metadata, annotations, labels and namespace filled in.
    pub job_manifest: Map<String, Value>,
    /// Another cluster than the worker's own.
    pub cluster_config: Option<ClusterConfig>,
    /// Seconds to wait for each event of a Job. Prefect's workers no longer use it.
    pub job_watch_timeout_seconds: Option<i128>,
    /// Seconds to wait for a pod. Prefect's workers no longer use it.
    pub pod_watch_timeout_seconds: i128,
    /// Whether to print the Job's output. Prefect's workers no longer use it.
    pub stream_output: bool,
}

/// Shows what cannot hold a secret: neither the environment nor the manifest.
impl std::fmt::Debug for JobConfiguration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JobConfiguration")
            .field("name", &self.name)
            .field("namespace", &self.namespace)
            .field("cluster_config", &self.cluster_config)
            .finish_non_exhaustive()
    }
}

impl JobConfiguration {
    /// Reads a configuration in which all placeholders are resolved. Unknown settings are left out.
    ///
    /// # Errors
    /// All settings of the wrong type; else all paths that the manifest lacks; else all its
    /// incompatible values.
    pub fn parse(configuration: &Value) -> Result<Self, TemplateError> {
        let Value::Object(members) = configuration else {
            return Err(TemplateError::wrong_type(
                "job_configuration",
                "an object",
                Some(configuration),
            ));
        };
        let mut configuration = Self::read(Reader::new(members, ""))?;
        configuration.complete_metadata()?;
        validate(&configuration.job_manifest)?;
        Ok(configuration)
    }

    fn read(mut reader: Reader<'_>) -> Result<Self, TemplateError> {
        let configuration = Self {
            command: reader
                .optional_text("command")
                .filter(|command| !command.is_empty()),
            env: read_env(&mut reader),
            labels: reader.texts("labels"),
            name: reader.optional_text("name"),
            annotations: reader.texts("annotations"),
            namespace: reader
                .text("namespace")
                .unwrap_or_else(|| "default".to_owned()),
            job_manifest: read_manifest(&mut reader),
            cluster_config: read_cluster_config(&mut reader),
            job_watch_timeout_seconds: reader.optional_integer("job_watch_timeout_seconds"),
            pod_watch_timeout_seconds: reader.integer("pod_watch_timeout_seconds").unwrap_or(60),
            stream_output: reader.boolean("stream_output").unwrap_or(true),
        };
        let problems = reader.into_problems();
        if problems.is_empty() {
            Ok(configuration)
        } else {
            Err(TemplateError::Configuration(problems))
        }
    }

    /// Fills in metadata, annotations, labels and namespace where they are absent.
    fn complete_metadata(&mut self) -> Result<(), TemplateError> {
        let metadata = self
            .job_manifest
            .entry("metadata")
            .or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(metadata) = metadata else {
            return Err(TemplateError::wrong_type(
                "job_manifest.metadata",
                "an object",
                Some(metadata),
            ));
        };
        for part in ["annotations", "labels"] {
            metadata
                .entry(part)
                .or_insert_with(|| Value::Object(Map::new()));
        }
        metadata
            .entry("namespace")
            .or_insert_with(|| Value::String(self.namespace.clone()));
        Ok(())
    }
}

/// An object's values become texts by Python's rules, nulls stay. A list is taken as it is.
fn read_env(reader: &mut Reader<'_>) -> Env {
    match reader.raw("env") {
        None => Env::Map(Map::new()),
        Some(Value::Object(members)) => Env::Map(
            members
                .iter()
                .map(|(name, value)| {
                    let text = match value {
                        Value::Null => Value::Null,
                        value => Value::String(python::to_text(value)),
                    };
                    (name.clone(), text)
                })
                .collect(),
        ),
        Some(Value::Array(items)) => {
            let mut entries = Vec::new();
            for (position, item) in items.iter().enumerate() {
                match item {
                    Value::Object(entry) => entries.push(entry.clone()),
                    other => reader.problem(&format!("env.{position}"), "an object", Some(other)),
                }
            }
            Env::List(entries)
        }
        Some(other) => {
            reader.problem("env", "an object or a list of objects", Some(other));
            Env::Map(Map::new())
        }
    }
}

fn read_manifest(reader: &mut Reader<'_>) -> Map<String, Value> {
    match reader.raw("job_manifest") {
        Some(Value::Object(manifest)) => manifest.clone(),
        other => {
            reader.problem("job_manifest", "an object", other);
            Map::new()
        }
    }
}

fn read_cluster_config(reader: &mut Reader<'_>) -> Option<ClusterConfig> {
    match ClusterConfig::parse(reader.raw("cluster_config")?) {
        Ok(config) => config,
        Err(problems) => {
            reader.add(problems);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn manifest() -> Value {
        json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "spec": {"template": {"spec": {
                "parallelism": 1, "completions": 1, "restartPolicy": "Never",
                "containers": [{"name": "prefect-job"}],
            }}},
        })
    }

    #[test]
    fn settings_are_coerced_and_completed() {
        let configuration = JobConfiguration::parse(&json!({
            "command": "",
            "env": {"A": true, "B": null, "C": [1.0, "x"]},
            "namespace": "flows",
            "job_manifest": manifest(),
            "pod_watch_timeout_seconds": "90.0",
            "stream_output": "off",
            "unknown": 1,
        }))
        .unwrap();
        assert_eq!(configuration.command, None);
        assert_eq!(
            configuration.env,
            Env::Map(
                json!({"A": "True", "B": null, "C": "[1.0, 'x']"})
                    .as_object()
                    .unwrap()
                    .clone()
            )
        );
        assert_eq!(
            configuration.job_manifest["metadata"],
            json!({"annotations": {}, "labels": {}, "namespace": "flows"})
        );
        assert_eq!(configuration.pod_watch_timeout_seconds, 90);
        assert!(!configuration.stream_output);
    }

    #[test]
    fn all_wrong_settings_are_named() {
        let error = JobConfiguration::parse(&json!({
            "command": 1,
            "env": "A=1",
            "labels": {"a": 1},
            "namespace": null,
            "job_watch_timeout_seconds": 1.5,
            "pod_watch_timeout_seconds": "soon",
            "cluster_config": {"config": {}},
        }))
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid job configuration: command: a string is expected, not a number, \
             env: an object or a list of objects is expected, not a string, \
             labels.a: a string is expected, not a number, \
             namespace: a string is expected, not null, \
             job_manifest: an object is expected, not missing, \
             cluster_config.context_name: a string is expected, not missing, \
             job_watch_timeout_seconds: an integer is expected, not a number, \
             pod_watch_timeout_seconds: an integer is expected, not a string"
        );
    }
}
