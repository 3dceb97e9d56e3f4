//! What the API server says of the Job that a template gives, told by the template's paths.

use super::{Finding, Severity, look_up};
use crate::{
    base_template::Template,
    k8s::Objection,
    template::placeholder::{Source, lone, placeholders, steps},
};

/// Fields that Prefect's workers want in a place where Kubernetes has none.
const PREFECTS_OWN: [&str; 2] = [
    "spec.template.spec.completions",
    "spec.template.spec.parallelism",
];

/// The findings that objections are.
#[must_use]
pub fn of_api_server(template: &Template, objections: &[Objection]) -> Vec<Finding> {
    let is_ours = |objection: &&Objection| {
        let field = objection.field.as_deref().unwrap_or_default();
        !(objection.is_unknown_field && PREFECTS_OWN.contains(&field))
    };
    objections
        .iter()
        .filter(is_ours)
        .map(|objection| finding(template, objection))
        .collect()
}

fn finding(template: &Template, objection: &Objection) -> Finding {
    const MANIFEST: &str = "job_configuration.job_manifest";
    let path = match objection.field.as_deref() {
        None | Some("") => MANIFEST.to_owned(),
        Some(field) => format!("{MANIFEST}.{field}"),
    };
    if objection.is_unknown_field {
        return Finding::new(
            Severity::Warning,
            "unknown-field",
            path,
            "Kubernetes knows no such field, and drops it.",
            "Move it to where it belongs (kubectl explain job.spec --recursive), or take it out.",
        );
    }
    let fix = match variable_behind(template, &path) {
        Some(variable) => format!("It comes from the variable {variable}: change its default."),
        None => "Change it.".to_owned(),
    };
    let message = format!("The API server refuses the Job: {}", objection.message);
    Finding::new(Severity::Error, "refused", path, message, fix)
}

/// The variable that the text at a path is, there or above.
fn variable_behind(template: &Template, path: &str) -> Option<String> {
    let steps = steps(path);
    let root = template.to_value();
    (1..=steps.len()).rev().find_map(|length| {
        let text = look_up(&root, &steps[..length])?.as_str()?;
        match lone(text, &placeholders(text))?.source {
            Source::Value { path } => Some(path.to_owned()),
            _ => None,
        }
    })
}
