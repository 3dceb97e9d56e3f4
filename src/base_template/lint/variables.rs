//! The variables: their schema, and whether defaults fit it.

use serde_json::Value;

use super::{Finding, Severity, Subject};
use crate::{
    base_template::{
        Path,
        schema::{Problem, Schemas},
    },
    template::{BaseJobTemplate, placeholder::has_placeholder},
};

/// Credentials of Prefect itself, which workers hand to Jobs in better ways.
const CREDENTIALS: [&str; 2] = ["PREFECT_API_KEY", "PREFECT_API_AUTH_STRING"];

/// All findings about variables.
pub(super) fn findings(template: &BaseJobTemplate, subject: Subject) -> Vec<Finding> {
    let schemas = Schemas::new(&template.variables);
    let root = Path::of(&["variables"]);
    let flaws = schemas.flaws(&Value::Object(template.variables.clone()), &root);
    let mut found: Vec<Finding> = flaws.into_iter().map(flaw).collect();
    if template.properties().next().is_none() {
        found.push(Finding::new(
            Severity::Info,
            "no-variables",
            root.key("properties"),
            "There are no variables: deployments and runs cannot change anything.",
            "Declare a variable for what they may set.",
        ));
    }
    for (name, schema) in template.properties() {
        let path = root.key("properties").key(name).key("default");
        let Some(default) = schema.get("default") else {
            continue;
        };
        if !is_given(default) || has_placeholder(default) || is_block(default) {
            continue;
        }
        let misfits = schemas.misfits(default, schema, &path);
        found.extend(misfits.into_iter().map(misfit));
    }
    found.extend(required(template, &root));
    if subject == Subject::Kubernetes {
        found.extend(credentials(template, &root));
    }
    found
}

/// Prefect itself writes `null` for the default of a variable that has none, whatever its type.
fn is_given(default: &Value) -> bool {
    !default.is_null()
}

/// A reference to a block document stands for its data.
fn is_block(default: &Value) -> bool {
    default.get("$ref").is_some()
}

fn flaw(problem: Problem) -> Finding {
    let Problem { path, message } = problem;
    Finding::new(
        Severity::Error,
        "schema",
        path,
        format!("It {message}."),
        "Variables are described by JSON Schema: https://json-schema.org/understanding-json-schema",
    )
}

fn misfit(problem: Problem) -> Finding {
    let Problem { path, message } = problem;
    Finding::new(
        Severity::Error,
        "default",
        path,
        format!("It {message}: it does not fit its own schema."),
        "Change the default, or the schema beside it.",
    )
}

/// Names that are required and not declared.
fn required(template: &BaseJobTemplate, root: &Path) -> Vec<Finding> {
    let path = root.key("required");
    let names = template.variables.get("required").and_then(Value::as_array);
    names
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter(|name| template.properties().all(|(declared, _)| declared != name))
        .map(|name| {
            Finding::new(
                Severity::Error,
                "schema",
                &path,
                format!("{name:?} is required, and there is no such variable: no run has it."),
                "Declare it, or take it out of the list.",
            )
        })
        .collect()
}

/// Credentials of Prefect in the default environment, which everybody can read who sees the pool.
fn credentials(template: &BaseJobTemplate, root: &Path) -> Vec<Finding> {
    let defaults = template.defaults();
    let places = [
        (
            root.key("properties").key("env").key("default"),
            defaults.get("env"),
        ),
        (
            Path::of(&["job_configuration", "env"]),
            template.job_configuration.get("env"),
        ),
    ];
    let mut found = Vec::new();
    for (path, env) in places {
        for name in CREDENTIALS {
            let value = env.and_then(|env| env.get(name)).and_then(Value::as_str);
            if value.is_some_and(|value| !value.is_empty() && !value.contains("{{")) {
                found.push(Finding::new(
                    Severity::Warning,
                    "credential",
                    path.key(name),
                    "The credential can be read by everybody who may see the work pool or its Jobs.",
                    "Take it out: workers hand their own to Jobs, from a Secret if they are told so.",
                ));
            }
        }
    }
    found
}
