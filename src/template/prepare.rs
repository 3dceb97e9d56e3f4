//! The last phase: a run's own facts go into the Job, and what the template leaves open is filled
//! in. The result is the Job as the Python worker submits it.

use std::fmt;

use serde_json::{Map, Value};

use super::{
    ClusterConfig, JobConfiguration, RunContext, TemplateError, job_env,
    labels::{self, RunLabels, object_or_empty, overlay},
    placeholder::has_placeholder,
    populate::{Values, render_text},
    python, shell, slug,
};
use crate::env_vars::Environment;

/// What a flow run's container runs when nothing else is said.
const DEFAULT_COMMAND: [&str; 3] = ["prefect", "flow-run", "execute"];
const CONTAINER: &str = "job_manifest.spec.template.spec.containers[0]";
const POD_METADATA: &str = "job_manifest.spec.template.metadata";

/// A Job that is ready to be submitted, with `generateName` as the Python worker fills it in.
#[derive(Clone, PartialEq)]
pub struct PreparedJob {
    /// The Job.
    pub manifest: Map<String, Value>,
    /// The namespace to create it in. The manifest may name another one: the API server then
    /// refuses it.
    pub namespace: String,
    /// The name that the Job's was made from.
    pub name: String,
    /// The labels of the run, before they were made slugs.
    pub labels: Map<String, Value>,
    /// Another cluster than the worker's own.
    pub cluster_config: Option<ClusterConfig>,
    /// Tells the attempt where the template fixes the Job's name, which then does not.
    pub(super) attempt_suffix: Option<String>,
}

/// Shows what cannot hold a secret: the manifest has the environment in it.
impl fmt::Debug for PreparedJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedJob")
            .field("namespace", &self.namespace)
            .field("name", &self.name)
            .field("cluster_config", &self.cluster_config)
            .finish_non_exhaustive()
    }
}

impl PreparedJob {
    /// The entries of the first container's environment.
    #[must_use]
    pub fn env(&self) -> &[Value] {
        self.first_container()
            .and_then(|container| container.get("env")?.as_array())
            .map_or(&[], Vec::as_slice)
    }

    /// The arguments of the first container.
    #[must_use]
    pub fn args(&self) -> &[Value] {
        self.first_container()
            .and_then(|container| container.get("args")?.as_array())
            .map_or(&[], Vec::as_slice)
    }

    fn first_container(&self) -> Option<&Map<String, Value>> {
        let pod = self.manifest.get("spec")?.get("template")?.get("spec")?;
        pod.get("containers")?.get(0)?.as_object()
    }
}

/// The container that runs the flow.
pub(super) fn first_container_mut(
    manifest: &mut Map<String, Value>,
) -> Option<&mut Map<String, Value>> {
    let template = manifest.get_mut("spec")?.get_mut("template")?;
    let containers = template.get_mut("spec")?.get_mut("containers")?;
    containers.get_mut(0)?.as_object_mut()
}

impl JobConfiguration {
    /// Makes the Job for a run. `environment` is the worker's own: a name that came with a job
    /// variable may ask for `{{ $NAME }}` too.
    ///
    /// # Errors
    /// A part of the manifest that cannot be used, and a command that cannot be split.
    pub fn prepare(
        self,
        run: &RunContext,
        environment: &Environment,
    ) -> Result<PreparedJob, TemplateError> {
        let name = rendered_name(self.name.as_deref(), run, environment);
        let labels = RunLabels::new(run, &self.labels)?;
        let mut manifest = self.job_manifest;
        let backoff_limit = object(&mut manifest, "job_manifest", "spec")?.get("backoffLimit");
        let env = job_env::entries(&self.env, run, backoff_limit)?;
        job_env::put_into(container(&mut manifest)?, env)?;
        write_metadata(&mut manifest, &labels, &self.annotations)?;
        write_image(&mut manifest, run)?;
        write_args(&mut manifest)?;
        write_generate_name(&mut manifest, &name)?;
        write_pod_metadata(&mut manifest, &labels)?;
        Ok(PreparedJob {
            manifest,
            namespace: self.namespace,
            name: python::to_text(&name),
            labels: labels.texts,
            cluster_config: self.cluster_config,
            attempt_suffix: None,
        })
    }
}

/// The configured name with `ctx` filled in. One that is empty gives way to the flow run's name;
/// one that asks only for something that is not there stays as it is.
fn rendered_name(configured: Option<&str>, run: &RunContext, environment: &Environment) -> Value {
    let configured = configured.unwrap_or_default();
    let rendered = render_text(
        configured,
        &Values {
            variables: &run.values(),
            environment,
        },
    );
    let name = rendered.unwrap_or_else(|| configured.into());
    if python::is_truthy(&name) {
        name
    } else {
        run.flow_run.name.as_str().into()
    }
}

fn object<'a>(
    parent: &'a mut Map<String, Value>,
    path: &str,
    key: &str,
) -> Result<&'a mut Map<String, Value>, TemplateError> {
    match parent.get_mut(key) {
        Some(Value::Object(members)) => Ok(members),
        other => {
            let path = format!("{path}.{key}");
            Err(TemplateError::wrong_type(
                &path,
                "an object",
                other.as_deref(),
            ))
        }
    }
}

fn pod_template(
    manifest: &mut Map<String, Value>,
) -> Result<&mut Map<String, Value>, TemplateError> {
    let spec = object(manifest, "job_manifest", "spec")?;
    object(spec, "job_manifest.spec", "template")
}

fn container(manifest: &mut Map<String, Value>) -> Result<&mut Map<String, Value>, TemplateError> {
    let pod = object(
        pod_template(manifest)?,
        "job_manifest.spec.template",
        "spec",
    )?;
    let first = pod
        .get_mut("containers")
        .and_then(|containers| containers.get_mut(0));
    match first {
        Some(Value::Object(container)) => Ok(container),
        other => Err(TemplateError::wrong_type(
            CONTAINER,
            "an object",
            other.as_deref(),
        )),
    }
}

fn write_metadata(
    manifest: &mut Map<String, Value>,
    labels: &RunLabels,
    annotations: &Map<String, Value>,
) -> Result<(), TemplateError> {
    const PATH: &str = "job_manifest.metadata";
    let metadata = object(manifest, "job_manifest", "metadata")?;
    let present = object_or_empty(metadata, PATH, "labels")?;
    let merged = labels.over("job_manifest.metadata.labels", &present)?;
    metadata.insert("labels".to_owned(), Value::Object(merged));
    let present = object_or_empty(metadata, PATH, "annotations")?;
    let merged = labels::merged_annotations(&present, annotations);
    metadata.insert("annotations".to_owned(), Value::Object(merged));
    Ok(())
}

fn write_image(manifest: &mut Map<String, Value>, run: &RunContext) -> Result<(), TemplateError> {
    let worker = &run.worker;
    container(manifest)?.entry("image").or_insert_with(|| {
        let (prefect, python) = (&worker.prefect_version, &worker.python_version);
        format!("prefecthq/prefect:{prefect}-python{python}").into()
    });
    Ok(())
}

fn write_args(manifest: &mut Map<String, Value>) -> Result<(), TemplateError> {
    let container = container(manifest)?;
    let args: Value = match container.get("args") {
        None | Some(Value::Null) => DEFAULT_COMMAND.as_slice().into(),
        Some(Value::String(command)) => shell::split(command)?.into(),
        Some(Value::Array(_)) => return Ok(()),
        other => {
            let path = format!("{CONTAINER}.args");
            return Err(TemplateError::wrong_type(
                &path,
                "a string or a list",
                other,
            ));
        }
    };
    container.insert("args".to_owned(), args);
    Ok(())
}

/// Fills `generateName` in where the template leaves it empty: without a name it is a dash, or
/// `None-` from a name of null, and a name for `ctx` is still a placeholder.
fn write_generate_name(
    manifest: &mut Map<String, Value>,
    name: &Value,
) -> Result<(), TemplateError> {
    let metadata = object(manifest, "job_manifest", "metadata")?;
    let is_open = metadata.get("generateName").is_none_or(|given| {
        !python::is_truthy(given)
            || has_placeholder(given)
            || matches!(given.as_str(), Some("-" | "None-"))
    });
    if !is_open {
        return Ok(());
    }
    let Value::String(name) = name else {
        return Err(TemplateError::wrong_type("name", "a string", Some(name)));
    };
    let base = slug::name(name);
    let base = base.as_deref().unwrap_or("prefect-job");
    metadata.insert("generateName".to_owned(), format!("{base}-").into());
    Ok(())
}

/// The run's labels go to the pod; the labels of the template's Job do not. The Job's annotations
/// do, all of them.
fn write_pod_metadata(
    manifest: &mut Map<String, Value>,
    labels: &RunLabels,
) -> Result<(), TemplateError> {
    let annotations = object(manifest, "job_manifest", "metadata")?
        .get("annotations")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let template = pod_template(manifest)?;
    let mut metadata = object_or_empty(template, "job_manifest.spec.template", "metadata")?;
    let present = object_or_empty(&metadata, POD_METADATA, "labels")?;
    let merged = labels.over(&format!("{POD_METADATA}.labels"), &present)?;
    metadata.insert("labels".to_owned(), Value::Object(merged));
    if !annotations.is_empty() {
        let present = object_or_empty(&metadata, POD_METADATA, "annotations")?;
        let merged = overlay(&present, &annotations);
        metadata.insert("annotations".to_owned(), Value::Object(merged));
    }
    template.insert("metadata".to_owned(), Value::Object(metadata));
    Ok(())
}
