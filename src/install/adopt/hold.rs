//! Helm's hold on an object: the fields that it manages, and its own labels and annotations.
//!
//! By which name it manages them depends on the program that it is part of (`helm`, a provider of
//! Terraform, Python), so its entries are known by the annotation that they alone set.

use serde_json::{Map, Value, json};

use crate::{
    error::{Error, Result},
    k8s::{Class, Cluster, ObjectRef},
};

/// Annotations by which Helm knows its objects.
const ANNOTATIONS: [&str; 2] = [
    "meta.helm.sh/release-name",
    "meta.helm.sh/release-namespace",
];
/// A label that the chart sets for Helm.
const LABELS: [&str; 1] = ["helm.sh/chart"];
/// How often an object is read again that others write to meanwhile.
const RACES: usize = 5;

/// Whether a release of Helm has a hold on an object.
#[must_use]
pub fn is_held(live: &Value, release: &str, namespace: &str) -> bool {
    let annotation = |name: &str| live["metadata"]["annotations"][name].as_str();
    annotation(ANNOTATIONS[0]) == Some(release) && annotation(ANNOTATIONS[1]) == Some(namespace)
}

/// The names by which Helm manages fields of an object.
#[must_use]
pub fn managers(live: &Value) -> Vec<&str> {
    let entries = live["metadata"]["managedFields"].as_array();
    let entries = entries.into_iter().flatten();
    entries
        .filter(|entry| is_helms(entry))
        .filter_map(|entry| entry["manager"].as_str())
        .collect()
}

fn is_helms(entry: &Value) -> bool {
    let set = &entry["fieldsV1"]["f:metadata"]["f:annotations"];
    set.get(format!("f:{}", ANNOTATIONS[0])).is_some()
}

/// An object as it is when Helm's hold has ended: its labels and annotations are gone, unless the
/// manifest has them too.
pub fn without(object: &mut Value, manifest: &Value) {
    for (place, names) in [("annotations", &ANNOTATIONS[..]), ("labels", &LABELS[..])] {
        for name in names {
            if manifest["metadata"][place].get(name).is_some() {
                continue;
            }
            if let Some(members) = object["metadata"][place].as_object_mut() {
                members.remove(*name);
            }
        }
    }
}

/// Ends Helm's hold on an object that has been applied.
///
/// # Errors
/// When the object cannot be written, or somebody else writes it all the time.
pub async fn end(
    cluster: &Cluster,
    object: &ObjectRef,
    applied: Value,
    manifest: &Value,
) -> Result<()> {
    let mut live = applied;
    for _ in 0..RACES {
        match cluster.patch_object(object, &patch(&live, manifest)).await {
            Err(failure) if failure.class == Class::Conflict => {}
            done => return Ok(done.map(drop)?),
        }
        let Some(now) = cluster.get_object(object).await? else {
            return Err(Error::failed(format!("{object} was deleted meanwhile")));
        };
        live = now;
    }
    Err(Error::failed(format!(
        "{object} was written by others each time that Helm's hold on it was to be ended"
    )))
}

/// A merge patch for this version of the object alone.
fn patch(live: &Value, manifest: &Value) -> Value {
    let metadata = &live["metadata"];
    let entries = metadata["managedFields"].as_array();
    let others = entries.into_iter().flatten();
    let managers: Vec<&Value> = others.filter(|entry| !is_helms(entry)).collect();
    let gone = |place: &str, names: &[&str]| -> Value {
        let unwanted = names
            .iter()
            .filter(|name| manifest["metadata"][place].get(*name).is_none())
            .filter(|name| metadata[place].get(*name).is_some());
        let nulls: Map<String, Value> = unwanted
            .map(|name| ((*name).to_owned(), Value::Null))
            .collect();
        nulls.into()
    };
    json!({"metadata": {
        "resourceVersion": metadata["resourceVersion"],
        "managedFields": managers,
        "annotations": gone("annotations", &ANNOTATIONS),
        "labels": gone("labels", &LABELS),
    }})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live() -> Value {
        let entry = |manager: &str, annotations: Value| json!({"manager": manager, "fieldsV1": {"f:metadata": {"f:annotations": annotations}}});
        json!({"metadata": {
            "resourceVersion": "7",
            "annotations": {"meta.helm.sh/release-name": "w", "meta.helm.sh/release-namespace": "n", "a": "1"},
            "labels": {"helm.sh/chart": "c", "b": "1"},
            "managedFields": [
                entry("python", json!({"f:meta.helm.sh/release-name": {}})),
                entry("kubectl-prefect", json!({"f:a": {}})),
            ],
        }})
    }

    #[test]
    fn helm_is_known_by_what_it_alone_sets() {
        let live = live();
        assert_eq!(managers(&live), ["python"]);
        assert!(is_held(&live, "w", "n"));
        assert!(!is_held(&live, "w", "m") && !is_held(&json!({}), "w", "n"));
    }

    #[test]
    fn its_entries_and_marks_go_and_nothing_else() {
        let live = live();
        let manifest = json!({"metadata": {"name": "w"}});
        assert_eq!(
            patch(&live, &manifest),
            json!({"metadata": {
                "resourceVersion": "7",
                "managedFields": [live["metadata"]["managedFields"][1]],
                "annotations": {"meta.helm.sh/release-name": null, "meta.helm.sh/release-namespace": null},
                "labels": {"helm.sh/chart": null},
            }})
        );
        let mut after = live.clone();
        without(&mut after, &manifest);
        assert_eq!(after["metadata"]["annotations"], json!({"a": "1"}));
        assert_eq!(after["metadata"]["labels"], json!({"b": "1"}));
        // Whoever wants the label in his values keeps it.
        let wanted = json!({"metadata": {"labels": {"helm.sh/chart": "mine"}}});
        let mut after = live.clone();
        without(&mut after, &wanted);
        assert_eq!(after["metadata"]["labels"], live["metadata"]["labels"]);
        assert_eq!(patch(&live, &wanted)["metadata"]["labels"], json!({}));
    }
}
