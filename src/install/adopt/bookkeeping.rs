//! Whether taking a release over changes nothing but labels, annotations and who manages fields.

use serde_json::Value;

use super::{HelmRelease, marks};
use crate::{
    error::Error,
    install::{
        health::drift,
        plan::{Action, Desired, Plan, compare, normalise},
    },
};

/// Parts of objects that are bookkeeping.
const BOOKKEEPING: [&str; 2] = ["metadata.labels", "metadata.annotations"];

/// The error of a plan that does more than bookkeeping; nothing when it does not.
#[must_use]
pub fn more(plan: &Plan, desired: &[Desired], helm: &HelmRelease) -> Option<Error> {
    let mut causes = Vec::new();
    for step in &plan.steps {
        let paths: Vec<String> = match step.action {
            Action::Unchanged => continue,
            Action::Change => step.changed_paths(),
            action => {
                causes.push(format!("{} {}", action.name(), step.object.kubectl_name()));
                continue;
            }
        };
        let paths: Vec<String> = paths
            .into_iter()
            .filter(|path| !is_in(path, &BOOKKEEPING))
            .collect();
        if !paths.is_empty() {
            let name = step.object.kubectl_name();
            causes.push(format!("change {name}: {}", compare::few(&paths)));
        }
    }
    causes.extend(left_out(desired, helm));
    if causes.is_empty() {
        return None;
    }
    let mut error = Error::failed(format!(
        "to take release {} over from Helm would change more than bookkeeping",
        helm.name
    ));
    error.causes = causes;
    Some(
        error
            .hint("take it over with its own values, without -f and --set, and change it with upgrade afterwards")
            .hint("where an older chart makes other objects, helm upgrade to today's chart first"),
    )
}

/// What Helm has installed and these objects would lack.
fn left_out(desired: &[Desired], helm: &HelmRelease) -> Vec<String> {
    let mut causes = Vec::new();
    for theirs in &helm.objects {
        let (kind, name) = (theirs["kind"].clone(), theirs["metadata"]["name"].clone());
        let title = format!(
            "{}/{}",
            kind.as_str().unwrap_or_default().to_lowercase(),
            name.as_str().unwrap_or_default()
        );
        let is_it = |desired: &&Desired| {
            kind == desired.object.resource.kind.as_str() && name == desired.object.name.as_str()
        };
        let Some(ours) = desired.iter().find(is_it) else {
            causes.push(format!(
                "{title} is not made by these values, and would be left behind"
            ));
            continue;
        };
        // Ours are written as the API server stores them.
        let mut theirs = theirs.clone();
        normalise(&mut theirs["spec"]);
        let theirs = &theirs;
        let paths: Vec<String> = drift::changed(theirs, &ours.manifest)
            .into_iter()
            .filter(|path| !is_in(path, &BOOKKEEPING) && !marks::is_mark(path))
            .filter(|path| !is_version(path, theirs, &ours.manifest))
            .collect();
        if !paths.is_empty() {
            causes.push(format!("{title}: Helm has set {}", compare::few(&paths)));
        }
    }
    causes
}

fn is_in(path: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| path.starts_with(part))
}

/// An object in another version of its API is the same object.
fn is_version(path: &str, theirs: &Value, ours: &Value) -> bool {
    let group = |object: &Value| {
        let version = object["apiVersion"].as_str().unwrap_or_default();
        version
            .rsplit_once('/')
            .map_or("", |(group, _)| group)
            .to_owned()
    };
    path == "apiVersion" && group(theirs) == group(ours)
}
