//! Placeholders and the variables that they ask for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Finding, Severity, Subject};
use crate::{
    base_template::{Path, walk},
    suggest::nearest,
    template::{
        BaseJobTemplate,
        placeholder::{Placeholder, Source, lone, placeholders, steps},
    },
};

/// The variable that a worker puts into the configuration without a placeholder.
const ENV: &str = "env";
/// The setting whose text is filled in once more, with the flow run's facts.
const NAME: &str = "name";

/// All findings about placeholders.
pub(super) fn findings(template: &BaseJobTemplate, subject: Subject) -> Vec<Finding> {
    let mut linter = Linter::new(template);
    let root = Value::Object(template.job_configuration.clone());
    let path = Path::of(&["job_configuration"]);
    walk::texts(&root, &path, &mut |path, text, is_key| {
        linter.text(path, text, is_key);
    });
    linter.unused(subject);
    linter.defaults();
    linter.found
}

struct Linter<'a> {
    template: &'a BaseJobTemplate,
    declared: Vec<&'a str>,
    with_default: BTreeSet<String>,
    used: BTreeSet<String>,
    found: Vec<Finding>,
}

impl<'a> Linter<'a> {
    fn new(template: &'a BaseJobTemplate) -> Self {
        Self {
            template,
            declared: template
                .properties()
                .map(|(name, _)| name.as_str())
                .collect(),
            with_default: template
                .defaults()
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
            used: BTreeSet::new(),
            found: Vec::new(),
        }
    }

    fn add(
        &mut self,
        severity: Severity,
        rule: &'static str,
        path: &Path,
        message: String,
        fix: impl Into<String>,
    ) {
        self.found
            .push(Finding::new(severity, rule, path, message, fix));
    }

    fn text(&mut self, path: &Path, text: &str, is_key: bool) {
        let all = placeholders(text);
        self.leftovers(path, text, &all);
        let is_alone = lone(text, &all).is_some();
        for placeholder in all {
            let shown = placeholder.text;
            if let Source::Value { path } = placeholder.source
                && let Some(variable) = steps(path).into_iter().next()
            {
                self.used.insert(variable);
            }
            if !self.declared.contains(&placeholder.name) {
                self.undeclared(path, &placeholder);
            } else if is_key {
                let message =
                    format!("{shown} stands in the name of a member, and stays as it is.");
                let fix = "Only values are filled in: write the name out.";
                self.add(Severity::Warning, "in-key", path, message, fix);
            } else if !self.with_default.contains(placeholder.name) {
                self.unset(path, &placeholder, is_alone);
            }
        }
    }

    /// Braces that are no placeholder.
    fn leftovers(&mut self, path: &Path, text: &str, all: &[Placeholder<'_>]) {
        let mut rest = text.to_owned();
        for placeholder in all {
            rest = rest.replace(placeholder.text, "");
        }
        if rest.contains("{{") {
            let message = "It has {{ without being a placeholder, and stays as it is.".to_owned();
            let fix =
                "A placeholder is {{ name }}, with letters, digits and _ . - [ ] in the name.";
            self.add(Severity::Warning, "no-placeholder", path, message, fix);
        }
    }

    /// Prefect's server refuses a template with a placeholder that is no variable's whole name
    /// (`validate_base_job_template` in prefect/server/schemas/actions.py).
    fn undeclared(&mut self, path: &Path, placeholder: &Placeholder<'_>) {
        let shown = placeholder.text;
        let name = placeholder.name;
        let refused = "and Prefect's server refuses the template";
        let (message, fix) = match placeholder.source {
            Source::Block { .. } | Source::Variable { .. } => (
                format!("{shown} stands in the configuration itself, {refused}."),
                "Declare a variable whose default it is, and put that variable here.".to_owned(),
            ),
            Source::Environment { .. } => (
                format!("{shown} asks for the worker's environment, {refused}."),
                "Declare a variable, and let deployments give its value.".to_owned(),
            ),
            Source::Value { path } if path.starts_with("ctx.") => (
                format!("{shown} stands in the configuration itself, {refused}."),
                "Only the name may have it: as the default of the variable name.".to_owned(),
            ),
            Source::Value { path } => {
                let first = steps(path).into_iter().next().unwrap_or_default();
                if self.declared.contains(&first.as_str()) {
                    (
                        format!("{shown} asks for a part of the variable {first:?}, {refused}."),
                        format!("Declare a variable for the part, or put {{{{ {first} }}}} here."),
                    )
                } else {
                    (
                        format!("There is no variable {name:?}, {refused}."),
                        self.declare(name),
                    )
                }
            }
        };
        self.add(Severity::Error, "undeclared", path, message, fix);
    }

    fn declare(&self, name: &str) -> String {
        match nearest(name, self.declared.iter().copied()) {
            Some(meant) => format!("Did you mean {{{{ {meant} }}}}?"),
            None => format!("Declare it under variables.properties.{name}."),
        }
    }

    /// A variable without a default.
    fn unset(&mut self, path: &Path, placeholder: &Placeholder<'_>, is_alone: bool) {
        let name = placeholder.name;
        let fix = format!("Give {name} a default, if that is not what you want.");
        if is_alone {
            let message = format!("Without a value for {name:?} this is left out.");
            self.add(Severity::Info, "left-out", path, message, fix);
        } else if name != NAME {
            // Workers know of names that are empty.
            let message = format!("Without a value for {name:?} nothing stands in its place here.");
            self.add(Severity::Warning, "empty", path, message, fix);
        }
    }

    fn unused(&mut self, subject: Subject) {
        let variables = self.declared.clone();
        for name in variables {
            let is_used = self.used.contains(name);
            if is_used || (subject == Subject::Kubernetes && name == ENV) {
                continue;
            }
            let path = Path::of(&["variables", "properties", name]);
            let message = "Nothing in job_configuration asks for it: a value for it has no effect.";
            let fix = format!("Put {{{{ {name} }}}} where it belongs, or take the variable out.");
            self.add(Severity::Warning, "unused", &path, message.to_owned(), fix);
        }
    }

    /// Defaults that ask for other variables: what is filled in is not filled in again.
    fn defaults(&mut self) {
        let asks: BTreeMap<&str, Vec<String>> = self
            .template
            .properties()
            .filter_map(|(name, schema)| Some((name.as_str(), asked_for(schema.get("default")?))))
            .collect();
        for (name, asked) in &asks {
            let path = Path::of(&["variables", "properties", name, "default"]);
            for other in asked {
                // The run's facts are filled into its name at last.
                if *name == NAME && other.starts_with("ctx.") {
                    continue;
                }
                let circle = if leads_back(&asks, other, name) {
                    " The variables ask for one another in a circle."
                } else {
                    ""
                };
                let message = format!(
                    "{{{{ {other} }}}} stays as it is: what is filled in is not filled in again.{circle}"
                );
                let fix = "Write the value out, or put both placeholders into job_configuration.";
                self.add(Severity::Warning, "not-filled", &path, message, fix);
            }
        }
    }
}

/// The variables, and parts of the environment, that a default asks for.
fn asked_for(default: &Value) -> Vec<String> {
    let mut asked = Vec::new();
    walk::texts(default, &Path::default(), &mut |_, text, is_key| {
        if is_key {
            return;
        }
        for placeholder in placeholders(text) {
            if matches!(
                placeholder.source,
                Source::Value { .. } | Source::Environment { .. }
            ) {
                asked.push(placeholder.name.to_owned());
            }
        }
    });
    asked
}

/// Whether a variable's default leads, from one to the next, to another variable.
fn leads_back(asks: &BTreeMap<&str, Vec<String>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut next = vec![from];
    while let Some(name) = next.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name) {
            next.extend(asks.get(name).into_iter().flatten().map(String::as_str));
        }
    }
    false
}
