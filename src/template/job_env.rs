//! The environment of a Job's container: the worker's settings, what the run belongs to, the
//! configuration's own variables, and how SIGTERM is answered.

use serde_json::{Map, Value, json};

use super::{Env, RunContext, TemplateError, python};

/// How `prefect flow-run execute` answers SIGTERM.
const SIGTERM_BEHAVIOR: &str = "PREFECT_FLOW_RUN_EXECUTE_SIGTERM_BEHAVIOR";

/// The entries of a container's `env` for a run, in order.
///
/// # Errors
/// A configured entry whose name cannot be one.
pub(super) fn entries(
    env: &Env,
    run: &RunContext,
    backoff_limit: Option<&Value>,
) -> Result<Vec<Map<String, Value>>, TemplateError> {
    let mut variables = Variables::default();
    for (name, value) in &run.worker.base_environment {
        variables.set(json!(name), json!(value));
    }
    for (name, value) in attribution(run) {
        variables.set(json!(name), json!(value));
    }
    let mut special = Vec::new();
    match env {
        Env::Map(members) => {
            for (name, value) in members {
                variables.set(json!(name), value.clone());
            }
        }
        Env::List(items) => {
            special.extend(
                items
                    .iter()
                    .filter(|item| item.contains_key("valueFrom"))
                    .cloned(),
            );
            // A name that is given twice keeps its first place and its last value.
            let mut plain = Variables::default();
            for item in items {
                if let (Some(name), Some(value)) = (item.get("name"), item.get("value")) {
                    plain.set(checked_name(name)?, value.clone());
                }
            }
            for (name, value) in plain.0 {
                variables.set(name, value);
            }
        }
    }
    variables.0.retain(|(_, value)| !value.is_null());
    answer_sigterm(&mut variables, &mut special, backoff_limit);
    let mut entries = variables.into_entries();
    entries.extend(special);
    Ok(entries)
}

/// Objects and lists cannot be a name; what else is no text is left for the API server to judge.
fn checked_name(name: &Value) -> Result<Value, TemplateError> {
    if name.is_object() || name.is_array() {
        return Err(TemplateError::wrong_type(
            "env[].name",
            "a string",
            Some(name),
        ));
    }
    Ok(name.clone())
}

/// What the flow run's process tells the API about where it comes from.
fn attribution(run: &RunContext) -> Vec<(&'static str, String)> {
    let mut variables = vec![("PREFECT__FLOW_RUN_ID", run.flow_run.id.to_string())];
    if let Some(id) = run.worker.id {
        variables.push(("PREFECT__WORKER_ID", id.to_string()));
    }
    variables.push(("PREFECT__WORKER_NAME", run.worker.name.clone()));
    variables.push(("PREFECT__FLOW_ID", run.flow_run.flow_id.to_string()));
    if !run.flow.name.is_empty() {
        variables.push(("PREFECT__FLOW_NAME", run.flow.name.clone()));
    }
    if let Some(id) = run.flow_run.deployment_id {
        variables.push(("PREFECT__DEPLOYMENT_ID", id.to_string()));
    }
    if let Some(deployment) = &run.deployment
        && !deployment.name.is_empty()
    {
        variables.push(("PREFECT__DEPLOYMENT_NAME", deployment.name.clone()));
    }
    variables
}

/// With `backoffLimit` 0 an evicted run is rescheduled, unless the user chose a behaviour. With any
/// other, or none, Kubernetes retries, so the run must be relinquished.
///
/// Where there are special entries the configuration is a list: it is then searched by name, an
/// empty choice counts, and the entry is put last.
fn answer_sigterm(
    variables: &mut Variables,
    special: &mut Vec<Map<String, Value>>,
    backoff_limit: Option<&Value>,
) {
    let name = json!(SIGTERM_BEHAVIOR);
    let is_list = !special.is_empty();
    let reschedules = backoff_limit.and_then(python::amount) == Some(0.0);
    let behavior = json!(if reschedules {
        "reschedule"
    } else {
        "relinquish"
    });
    if !is_list {
        let is_chosen = variables.get(&name).is_some_and(python::is_truthy);
        if !(reschedules && is_chosen) {
            variables.set(name, behavior);
        }
        return;
    }
    let names_it = |entry: &Map<String, Value>| entry.get("name") == Some(&name);
    if reschedules {
        if variables.get(&name).is_some() || special.iter().any(names_it) {
            return;
        }
    } else {
        variables.0.retain(|(known, _)| *known != name);
        special.retain(|entry| !names_it(entry));
    }
    special.push(entry(name, behavior));
}

fn entry(name: Value, value: Value) -> Map<String, Value> {
    [("name".to_owned(), name), ("value".to_owned(), value)]
        .into_iter()
        .collect()
}

/// Names and values in the order in which the names first came.
#[derive(Default)]
struct Variables(Vec<(Value, Value)>);

impl Variables {
    fn set(&mut self, name: Value, value: Value) {
        match self
            .0
            .iter_mut()
            .find(|(known, _)| python::is_same_key(known, &name))
        {
            Some((_, present)) => *present = value,
            None => self.0.push((name, value)),
        }
    }

    fn get(&self, name: &Value) -> Option<&Value> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    fn into_entries(self) -> Vec<Map<String, Value>> {
        self.0
            .into_iter()
            .map(|(name, value)| entry(name, value))
            .collect()
    }
}

/// Puts the entries before a list that is hard-coded in the template, whose entries of the same
/// names go. Anything else that stands there is replaced.
///
/// # Errors
/// An entry of either that has no name, or none that can be one.
pub(super) fn put_into(
    container: &mut Map<String, Value>,
    entries: Vec<Map<String, Value>>,
) -> Result<(), TemplateError> {
    const PATH: &str = "job_manifest.spec.template.spec.containers[0].env";
    let mut merged: Vec<Value> = entries.iter().cloned().map(Value::Object).collect();
    if let Some(Value::Array(present)) = container.get("env") {
        let mut names = Vec::new();
        for entry in &entries {
            let name = entry.get("name").ok_or_else(|| {
                TemplateError::manifest("env", "has a valueFrom entry without a name")
            })?;
            names.push(checked_name(name)?);
        }
        for item in present {
            let Value::Object(entry) = item else {
                let path = format!("{PATH}[]");
                return Err(TemplateError::wrong_type(&path, "an object", Some(item)));
            };
            let name = checked_name(entry.get("name").unwrap_or(&Value::Null))?;
            if !names.iter().any(|known| python::is_same_key(known, &name)) {
                merged.push(item.clone());
            }
        }
    }
    container.insert("env".to_owned(), Value::Array(merged));
    Ok(())
}
