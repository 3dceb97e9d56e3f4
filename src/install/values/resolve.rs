//! From what the user gives to the checked whole.

use serde_json::Value;

use super::{
    check::{self, Finding},
    given::Given,
    model::Values,
    native, old_names,
    schema::{self, Schema},
};
use crate::{
    error::{Error, Result},
    install::tree::{Content, Node, Place},
};

/// How many mistakes an error tells of: nobody reads more at once.
const MOST_TOLD: usize = 20;

/// Values as they are used.
#[derive(Debug)]
pub struct Resolved {
    /// The values, typed.
    pub values: Values,
    /// The same with all that the user gave beyond them, for expressions.
    pub tree: Value,
    /// What the user gave, with today's names.
    pub given: Node,
    /// What the user should know: old names, values that nothing reads, keys that are there twice.
    pub notes: Vec<String>,
}

impl Resolved {
    /// The error of a value, with the place where the user gave it.
    #[must_use]
    pub fn error(&self, path: &str, why: &str) -> Error {
        let keys: Vec<&str> = path.split(['.', '[']).collect();
        match self.place(&keys) {
            Some(place) => Error::usage(format!("{place}: {path}: {why}")),
            None => Error::usage(format!("{path}: {why}")),
        }
    }

    /// Where the user gave a value, for errors that are found later.
    #[must_use]
    pub fn place(&self, path: &[&str]) -> Option<&Place> {
        // A value that is inside of what the user gave, or the nearest one around it.
        (1..=path.len())
            .rev()
            .find_map(|length| self.given.at(&path[..length]))
            .map(|node| &node.place)
    }
}

/// What can be told of values without using them.
#[derive(Debug)]
pub struct Findings {
    /// What is wrong.
    pub problems: Vec<Finding>,
    /// What is odd.
    pub warnings: Vec<Finding>,
    /// What has another name now.
    pub moved: Vec<Finding>,
}

/// Checks values, lays them over the defaults and types them.
///
/// # Errors
/// One usage error with all that is wrong.
pub fn resolve(given: Given) -> Result<Resolved> {
    let Given { mut values, notes } = given;
    let (findings, tree) = inspect(&mut values);
    if !findings.problems.is_empty() {
        return Err(refuse(&findings.problems));
    }
    let json = tree.to_json();
    let typed = serde_json::from_value(json.clone())
        .map_err(|error| Error::failed("the values do not fit their types").because(&error))?;
    let said = findings.moved.iter().chain(&findings.warnings);
    Ok(Resolved {
        values: typed,
        tree: json,
        given: values,
        notes: notes
            .into_iter()
            .chain(said.map(ToString::to_string))
            .collect(),
    })
}

/// Moves old names, checks, and lays values over the defaults.
pub fn inspect(values: &mut Node) -> (Findings, Node) {
    let schema = Schema::get();
    let moved = old_names::migrate(values);
    let report = check::check(values, schema);
    let mut findings = Findings {
        problems: moved.problems,
        warnings: report.warnings,
        moved: moved.notes,
    };
    findings.problems.extend(report.problems);
    let mut whole = schema::defaults();
    if native::is_meant(values) {
        whole.overlay(&native::tree());
    }
    whole.overlay(values);
    if findings.problems.is_empty() {
        for path in schema.missing(&whole) {
            findings.problems.push(removed(values, &path));
        }
    }
    (findings, whole)
}

/// A needed value that null removed.
fn removed(values: &Node, path: &[String]) -> Finding {
    let keys: Vec<&str> = path.iter().map(String::as_str).collect();
    let place = (1..=keys.len())
        .rev()
        .filter_map(|length| values.at(&keys[..length]))
        .find(|node| node.content == Content::Null)
        .map_or_else(|| values.place.clone(), |node| node.place.clone());
    Finding::new(
        path.join("."),
        &place,
        "null removes this value, and it is needed",
    )
    .suggest(Some("leave it out to keep the default".to_owned()))
}

/// The error of values that are wrong.
pub fn refuse(problems: &[Finding]) -> Error {
    let count = problems.len();
    let message = match count {
        1 => "the values have a mistake".to_owned(),
        _ => format!("the values have {count} mistakes"),
    };
    let mut error = Error::usage(message);
    for problem in problems.iter().take(MOST_TOLD) {
        error = error.cause(problem.to_string());
    }
    if count > MOST_TOLD {
        error = error.cause(format!("and {} more", count - MOST_TOLD));
    }
    error.hint("kubectl prefect values docs explains every value, values schema is for editors")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resolved(text: &str) -> Result<Resolved> {
        let read = crate::install::yaml::read(text.as_bytes(), "v.yaml")?;
        resolve(Given {
            values: read.values,
            notes: read.notes,
        })
    }

    #[test]
    fn nothing_gives_the_defaults() {
        let resolved = resolved("").unwrap();
        assert_eq!(resolved.values, Values::default());
        assert_eq!(resolved.notes, Vec::<String>::new());
    }

    #[test]
    fn maps_merge_with_the_defaults_and_null_removes() {
        let resolved = resolved(
            "worker:\n  resources: {limits: {cpu: null}, requests: {}}\n  podSecurityContext: {runAsUser: null}\n  livenessProbe: {enabled: true}\n",
        )
        .unwrap();
        assert_eq!(
            serde_json::to_value(&resolved.values.worker.resources).unwrap(),
            json!({"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}})
        );
        assert_eq!(
            serde_json::to_value(&resolved.values.worker.pod_security_context).unwrap(),
            json!({"runAsNonRoot": true, "fsGroup": 1001, "seccompProfile": {"type": "RuntimeDefault"}})
        );
        assert!(resolved.values.worker.liveness_probe.enabled);
    }

    #[test]
    fn booleans_that_are_removed_are_off() {
        let resolved = resolved("serviceAccount: {create: null}\nrole: {create: null}").unwrap();
        assert!(!resolved.values.service_account.create && !resolved.values.role.create);
    }

    #[test]
    fn a_needed_value_cannot_be_removed() {
        for (text, path, line) in [
            (
                "worker:\n  image:\n    repository: null",
                "worker.image.repository",
                3,
            ),
            ("worker:\n  image: null", "worker.image", 2),
            ("worker: null", "worker", 1),
        ] {
            let error = resolved(text).unwrap_err();
            assert_eq!(
                error.causes,
                [format!(
                    "v.yaml:{line}: {path}: null removes this value, and it is needed; leave it out to keep the default"
                )]
            );
        }
    }

    #[test]
    fn an_error_is_not_endless() {
        let mut text = "worker:\n".to_owned();
        for number in 0..50 {
            text.push_str(&format!("  zebra{number}: 1\n"));
        }
        let error = resolved(&text).unwrap_err();
        assert_eq!(error.message, "the values have 50 mistakes");
        assert_eq!(error.causes.len(), 21);
        assert_eq!(error.causes[20], "and 30 more");
    }

    #[test]
    fn what_another_kind_of_api_needs_may_be_removed() {
        let text = "worker: {apiConfig: selfHostedServer, cloudApiConfig: null, customerManagedCloudApiConfig: null}";
        assert!(resolved(text).is_ok());
    }

    #[test]
    fn notes_tell_what_was_understood() {
        let resolved =
            resolved("worker:\n  apiConfig: server\n  serverApiConfig: {apiUrl: u}\nx: 1\nx: 2\n")
                .unwrap();
        assert_eq!(resolved.notes.len(), 4, "{:?}", resolved.notes);
        let place = resolved.place(&["worker", "selfHostedServerApiConfig", "apiUrl"]);
        assert_eq!(place.unwrap().to_string(), "v.yaml:3");
        assert_eq!(resolved.tree["x"], 2);
    }
}
