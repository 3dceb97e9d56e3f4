//! Marks on the template of a Deployment's pods that say nothing of how they run, such as the chart's
//! version: a change of one would start all pods again. So those of Helm stay when a release is taken
//! over, until something that matters changes there. The script of the container that gives the base
//! job template to the work pool is such a mark too: that of the chart does the same in other words.
//!
//! Which ones stay is written into an annotation of the Deployment, each with what would stand in its
//! place; a checksum that is another then stands for a template that is another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::install::render::SYNC_CONTAINER;

/// The annotation of a Deployment.
const KEPT: &str = "kubectl-prefect.io/kept-marks";
/// Labels and annotations of pods that the chart sets for bookkeeping.
const MARKS: [(&str, &str); 5] = [
    ("labels", "helm.sh/chart"),
    ("labels", "app.kubernetes.io/managed-by"),
    ("labels", "app.kubernetes.io/version"),
    ("labels", "prefect-version"),
    ("annotations", "checksum/config"),
];
/// The name of the script among the marks.
const SCRIPT: &str = "script";

/// A mark that stays, by digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// What is rendered for it here; nothing for none.
    ours: Option<String>,
    /// What stays.
    kept: Option<String>,
}

/// By `labels/helm.sh/chart`, `annotations/checksum/config`, `script`.
type Marks = BTreeMap<String, Mark>;

/// Gives a rendered Deployment the marks that its pods have, and the annotation that says so: those
/// of Helm when it is `adopted`, else those that were kept before. Gives whether it did.
pub fn keep(manifest: &mut Value, live: &Value, adopted: bool) -> bool {
    if manifest["kind"] != "Deployment" {
        return false;
    }
    let marks = kept(live).or_else(|| adopted.then(|| differing(manifest, live)));
    let Some(marks) = marks.filter(|marks| !marks.is_empty()) else {
        return false;
    };
    // One that would be another now stands for a change that starts the pods again anyway, and one
    // that somebody has changed is not ours to keep.
    let is_as_it_was = |(path, mark): (&String, &Mark)| {
        digest(at(manifest, path)) == mark.ours && digest(at(live, path)) == mark.kept
    };
    if !marks.iter().all(is_as_it_was) {
        return false;
    }
    for path in marks.keys() {
        put(manifest, path, at(live, path));
    }
    let metadata = &mut manifest["metadata"];
    if !metadata["annotations"].is_object() {
        metadata["annotations"] = json!({});
    }
    metadata["annotations"][KEPT] = json!(marks).to_string().into();
    true
}

/// Whether the path of a field of a Deployment is that of such a mark.
#[must_use]
pub fn is_mark(path: &str) -> bool {
    let script = format!("spec.template.spec.initContainers[{SYNC_CONTAINER}].args");
    let is_in = |(place, name): &(&str, &str)| {
        let rest = path.strip_prefix("spec.template.metadata.");
        let rest = rest.and_then(|rest| rest.strip_prefix(place));
        rest.is_some_and(|rest| rest == format!("['{name}']") || rest == format!(".{name}"))
    };
    path == script || MARKS.iter().any(is_in)
}

/// Those that an earlier installation has kept.
fn kept(live: &Value) -> Option<Marks> {
    serde_json::from_str(live["metadata"]["annotations"][KEPT].as_str()?).ok()
}

/// Those that differ from what is rendered.
fn differing(manifest: &Value, live: &Value) -> Marks {
    let names = MARKS.iter().map(|(place, name)| format!("{place}/{name}"));
    let mut marks = Marks::new();
    for path in names.chain([SCRIPT.to_owned()]) {
        let mark = Mark {
            ours: digest(at(manifest, &path)),
            kept: digest(at(live, &path)),
        };
        if mark.ours != mark.kept {
            marks.insert(path, mark);
        }
    }
    marks
}

/// What stands for a mark in the annotation.
fn digest(value: Option<&Value>) -> Option<String> {
    let digest = Sha256::digest(value?.to_string());
    Some(
        digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    )
}

fn at<'v>(deployment: &'v Value, path: &str) -> Option<&'v Value> {
    let template = &deployment["spec"]["template"];
    if path == SCRIPT {
        let containers = template["spec"]["initContainers"].as_array()?;
        let found = containers.iter().find(|it| it["name"] == SYNC_CONTAINER);
        return found?.get("args");
    }
    let (place, name) = path.split_once('/')?;
    template["metadata"][place].get(name)
}

fn put(deployment: &mut Value, path: &str, value: Option<&Value>) {
    let template = &mut deployment["spec"]["template"];
    let (place, name) = match path.split_once('/') {
        Some((place, name)) => (template["metadata"].get_mut(place), name),
        None => {
            let containers = template["spec"]["initContainers"].as_array_mut();
            let mut containers = containers.into_iter().flatten();
            (containers.find(|it| it["name"] == SYNC_CONTAINER), "args")
        }
    };
    let Some(members) = place.and_then(Value::as_object_mut) else {
        return;
    };
    match value {
        Some(value) => members.insert(name.to_owned(), value.clone()),
        None => members.remove(name),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(labels: Value, checksum: &str) -> Value {
        json!({"kind": "Deployment", "metadata": {"name": "w"}, "spec": {"template": {"metadata": {
            "labels": labels, "annotations": {"checksum/config": checksum, "mine": "1"},
        }}}})
    }

    #[test]
    fn marks_of_helm_stay_until_what_they_stand_for_changes() {
        let live = deployment(
            json!({"helm.sh/chart": "c-1", "app.kubernetes.io/managed-by": "Helm"}),
            "theirs",
        );
        let ours = deployment(
            json!({"app.kubernetes.io/managed-by": "kubectl-prefect"}),
            "ours",
        );
        let mut manifest = ours.clone();
        assert!(!keep(&mut manifest, &live, false));
        assert_eq!(manifest, ours);
        assert!(keep(&mut manifest, &live, true));
        assert_eq!(manifest["spec"], live["spec"]);
        // What is installed now says it itself.
        let live = manifest;
        let mut again = ours.clone();
        assert!(keep(&mut again, &live, false));
        assert_eq!(again, live);
        // Nobody else's change of a mark is kept.
        let mut touched = live.clone();
        touched["spec"]["template"]["metadata"]["labels"]["helm.sh/chart"] = "x".into();
        assert!(!keep(&mut ours.clone(), &touched, false));
        let changed = deployment(
            json!({"app.kubernetes.io/managed-by": "kubectl-prefect"}),
            "new",
        );
        let mut manifest = changed.clone();
        assert!(!keep(&mut manifest, &live, false));
        assert_eq!(manifest, changed);
    }

    #[test]
    fn the_script_stays_and_other_containers_do_not() {
        let deployment = |script: &str, other: &str| {
            json!({"kind": "Deployment", "metadata": {}, "spec": {"template": {"spec": {"initContainers": [
                {"name": "other", "args": [other]}, {"name": SYNC_CONTAINER, "args": [script]},
            ]}}}})
        };
        let live = deployment("theirs", "a");
        let mut manifest = deployment("ours", "b");
        assert!(keep(&mut manifest, &live, true));
        assert_eq!(manifest["spec"], deployment("theirs", "b")["spec"]);
    }

    #[test]
    fn marks_are_known_by_their_paths() {
        for (path, expected) in [
            ("spec.template.metadata.labels['helm.sh/chart']", true),
            ("spec.template.metadata.labels.prefect-version", true),
            (
                "spec.template.metadata.annotations['checksum/config']",
                true,
            ),
            (
                "spec.template.spec.initContainers[sync-base-job-template].args",
                true,
            ),
            ("spec.template.spec.initContainers[other].args", false),
            ("spec.template.metadata.labels.mine", false),
            ("metadata.labels['helm.sh/chart']", false),
        ] {
            assert_eq!(is_mark(path), expected, "{path}");
        }
    }
}
