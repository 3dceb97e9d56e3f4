//! What is wrong with a template, or may surprise: each finding with its place and what to do.

mod job;
mod placeholders;
mod server;
mod variables;

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::{Path, Template};
use crate::{
    suggest::nearest,
    template::{BaseJobTemplate, TemplateError},
};
pub use server::of_api_server;

/// The parts of a template.
const PARTS: [&str; 2] = ["job_configuration", "variables"];

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A server refuses the template, or no Job comes of it.
    Error,
    /// It does not do what it seems to say.
    Warning,
    /// Worth knowing.
    Info,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        })
    }
}

/// Something to know about a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The rule, in a word or two.
    pub rule: &'static str,
    /// Where.
    pub path: String,
    /// What, as a sentence.
    pub message: String,
    /// What to do, as a sentence.
    pub fix: String,
}

impl Finding {
    fn new(
        severity: Severity,
        rule: &'static str,
        path: impl fmt::Display,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            rule,
            path: path.to_string(),
            message: message.into(),
            fix: fix.into(),
        }
    }
}

/// What kind of worker a template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The Kubernetes worker: the Job is judged too.
    Kubernetes,
    /// Another one.
    Other,
}

/// All findings, the worst first.
#[must_use]
pub fn lint(template: &Template, subject: Subject) -> Vec<Finding> {
    let mut found = unknown_parts(template);
    match BaseJobTemplate::parse(&template.to_value()) {
        Ok(parsed) => {
            found.extend(empty_parts(&parsed));
            found.extend(placeholders::findings(&parsed, subject));
            found.extend(variables::findings(&parsed, subject));
            if subject == Subject::Kubernetes {
                found.extend(job::findings(&parsed));
            }
        }
        Err(error) => found.push(unparsable(&error)),
    }
    found.sort_by_key(|finding| finding.severity);
    found.dedup();
    found
}

/// Whether nothing found keeps the template from being used.
#[must_use]
pub fn is_usable(findings: &[Finding]) -> bool {
    findings
        .iter()
        .all(|finding| finding.severity != Severity::Error)
}

fn unparsable(error: &TemplateError) -> Finding {
    let (path, message) = match error {
        TemplateError::Template { part, problem } if part == "root" => (
            "the template".to_owned(),
            format!("The template {problem}."),
        ),
        TemplateError::Template { part, problem } => (part.clone(), format!("It {problem}.")),
        other => ("the template".to_owned(), format!("{other}.")),
    };
    let fix = "A template has the objects job_configuration and variables, and variables has \
               properties with a schema each.";
    Finding::new(Severity::Error, "shape", path, message, fix)
}

/// Prefect's server takes neither part empty.
fn empty_parts(template: &BaseJobTemplate) -> Vec<Finding> {
    [
        (PARTS[0], template.job_configuration.is_empty()),
        (PARTS[1], template.variables.is_empty()),
    ]
    .into_iter()
    .filter(|(_, is_empty)| *is_empty)
    .map(|(part, _)| {
        Finding::new(
            Severity::Error,
            "shape",
            part,
            "It is empty, and Prefect's server refuses such a template.",
            "Begin with the default: kubectl prefect template default.",
        )
    })
    .collect()
}

fn unknown_parts(template: &Template) -> Vec<Finding> {
    let keys = template.members().keys();
    keys.filter(|key| !PARTS.contains(&key.as_str()))
        .map(|key| {
            let fix = match nearest(key, PARTS) {
                Some(meant) => format!("Did you mean {meant}?"),
                None => "Take it out.".to_owned(),
            };
            let path = Path::default().key(key);
            let message = "Nothing reads this part.";
            Finding::new(Severity::Warning, "unknown", path, message, fix)
        })
        .collect()
}

/// The member of a template that a path of keys and list positions leads to, as far as there is one.
fn look_up<'a>(root: &'a Value, steps: &[String]) -> Option<&'a Value> {
    steps.iter().try_fold(root, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        value => value.get(step),
    })
}

#[cfg(test)]
mod tests;
