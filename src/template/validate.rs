//! Checks that a manifest has what every Job of a worker has, with the Python worker's verdict.
//!
//! Python compares with a JSON Patch from the manifest to a smallest Job. Such a patch *moves* a
//! value that is missing in one place and superfluous in another, and then nothing is found
//! missing: `completions: 1` under `spec` makes up for the one that is looked for, wrongly, in the
//! pod's spec. So the patch's way of finding moves is followed here.

use std::{collections::HashMap, sync::LazyLock};

use serde_json::{Map, Value, json};

use super::{RequiredValue, TemplateError};

/// The smallest Job: what it has, in this order, each manifest must have.
static SMALLEST_JOB: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"annotations": {}, "labels": {}},
        "spec": {"template": {"spec": {
            "parallelism": 1,
            "completions": 1,
            "restartPolicy": "Never",
            "containers": [{"name": "prefect-job"}],
        }}},
    })
});

/// Checks a manifest that has metadata with annotations and labels.
///
/// # Errors
/// All paths that are missing, else all whose values are incompatible.
pub(super) fn validate(manifest: &Map<String, Value>) -> Result<(), TemplateError> {
    let mut patch = Patch::default();
    if let Value::Object(smallest) = &*SMALLEST_JOB {
        patch.compare_objects("", manifest, smallest);
    }
    let (mut missing, mut incompatible) = patch.into_findings();
    if !missing.is_empty() {
        missing.sort_unstable();
        return Err(TemplateError::MissingPaths(missing));
    }
    if !incompatible.is_empty() {
        incompatible.sort_by_cached_key(ToString::to_string);
        return Err(TemplateError::IncompatiblePaths(incompatible));
    }
    Ok(())
}

enum Operation {
    Add { path: String, value: Value },
    Remove { path: String },
    Replace { path: String, value: Value },
    Move,
}

/// The operations of a patch in order; one that a move has made needless is taken out.
#[derive(Default)]
struct Patch {
    operations: Vec<Option<Operation>>,
    /// Positions of operations by the value they add or remove; the last is moved first.
    added: HashMap<String, Vec<usize>>,
    removed: HashMap<String, Vec<usize>>,
}

impl Patch {
    fn compare(&mut self, path: &str, manifest: &Value, wanted: &Value) {
        match (manifest, wanted) {
            (Value::Object(manifest), Value::Object(wanted)) => {
                self.compare_objects(path, manifest, wanted);
            }
            (Value::Array(items), Value::Array(wanted)) => {
                // The only list of the smallest Job has one item.
                if let [wanted] = wanted.as_slice() {
                    self.compare_items(path, items, wanted);
                }
            }
            _ if manifest == wanted => {}
            _ => self.push(Operation::Replace {
                path: path.to_owned(),
                value: wanted.clone(),
            }),
        }
    }

    fn compare_objects(
        &mut self,
        path: &str,
        manifest: &Map<String, Value>,
        wanted: &Map<String, Value>,
    ) {
        for (key, value) in manifest
            .iter()
            .filter(|(key, _)| !wanted.contains_key(*key))
        {
            self.remove(child(path, key), value);
        }
        for (key, value) in wanted
            .iter()
            .filter(|(key, _)| !manifest.contains_key(*key))
        {
            self.add(child(path, key), value);
        }
        for (key, value) in manifest {
            if let Some(wanted) = wanted.get(key) {
                self.compare(&child(path, key), value, wanted);
            }
        }
    }

    /// An item that is exactly the wanted one stays, wherever it stands; else the first must do.
    fn compare_items(&mut self, path: &str, items: &[Value], wanted: &Value) {
        let kept = items.iter().position(|item| item == wanted);
        match (kept, items.first()) {
            (None, None) => self.add(child(path, "0"), wanted),
            (None, Some(first)) if first.is_object() => {
                self.compare(&child(path, "0"), first, wanted);
            }
            (None, Some(first)) => {
                self.remove(child(path, "0"), first);
                self.add(child(path, "0"), wanted);
            }
            (Some(_), _) => {}
        }
        for (position, item) in items.iter().enumerate() {
            if position != kept.unwrap_or(0) {
                self.remove(child(path, &position.to_string()), item);
            }
        }
    }

    fn add(&mut self, path: String, value: &Value) {
        let key = sorted(value).to_string();
        if let Some(position) = self.removed.get_mut(&key).and_then(Vec::pop) {
            self.take_out(position);
            self.push(Operation::Move);
            return;
        }
        let stored = self.added.entry(key).or_default();
        stored.push(self.operations.len());
        self.push(Operation::Add {
            path,
            value: value.clone(),
        });
    }

    fn remove(&mut self, path: String, value: &Value) {
        let key = sorted(value).to_string();
        if let Some(position) = self.added.get_mut(&key).and_then(Vec::pop) {
            self.take_out(position);
            self.push(Operation::Move);
            return;
        }
        let stored = self.removed.entry(key).or_default();
        stored.push(self.operations.len());
        self.push(Operation::Remove { path });
    }

    fn push(&mut self, operation: Operation) {
        self.operations.push(Some(operation));
    }

    fn take_out(&mut self, position: usize) {
        if let Some(operation) = self.operations.get_mut(position) {
            *operation = None;
        }
    }

    /// The paths that are added, and those whose values are replaced. A removal that is followed by
    /// an addition in the same place is a replacement.
    fn into_findings(self) -> (Vec<String>, Vec<RequiredValue>) {
        let (mut missing, mut incompatible) = (Vec::new(), Vec::new());
        let mut removed_before = None;
        for operation in self.operations.into_iter().flatten() {
            let removed_just_now = removed_before.take();
            match operation {
                Operation::Add { path, value } if removed_just_now.as_ref() == Some(&path) => {
                    incompatible.push(RequiredValue { path, value });
                }
                Operation::Add { path, .. } => missing.push(path),
                Operation::Replace { path, value } => {
                    incompatible.push(RequiredValue { path, value });
                }
                Operation::Remove { path } => removed_before = Some(path),
                Operation::Move => {}
            }
        }
        (missing, incompatible)
    }
}

/// A JSON pointer one step deeper.
fn child(path: &str, key: &str) -> String {
    let key = key.replace('~', "~0").replace('/', "~1");
    format!("{path}/{key}")
}

/// The value with the members of objects in the order of their keys.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            members
                .into_iter()
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect()
        }
        scalar => scalar.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest Job after a change.
    fn verdict(change: impl FnOnce(&mut Value)) -> String {
        let mut job = SMALLEST_JOB.clone();
        change(&mut job);
        let Value::Object(job) = job else {
            panic!("no object")
        };
        validate(&job).map_or_else(|error| error.to_string(), |()| "valid".to_owned())
    }

    fn take(job: &mut Value, pointer: &str, key: &str) {
        job.pointer_mut(pointer)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .shift_remove(key);
    }

    const POD: &str = "/spec/template/spec";

    #[test]
    fn the_smallest_job_and_more_are_valid() {
        assert_eq!(verdict(|_| {}), "valid");
        assert_eq!(
            verdict(|job| {
                job["spec"]["backoffLimit"] = json!(0);
                job["spec"]["template"]["spec"]["containers"][0]["image"] = json!("x");
                job["metadata"]["labels"]["a"] = json!("b");
            }),
            "valid"
        );
    }

    #[test]
    fn missing_paths_are_all_named() {
        assert_eq!(
            verdict(|job| {
                take(job, "", "kind");
                take(job, POD, "completions");
                take(job, POD, "containers");
            }),
            "the job manifest lacks required attributes at these paths: /kind, \
             /spec/template/spec/completions, /spec/template/spec/containers"
        );
        assert_eq!(
            verdict(|job| job["spec"]["template"]["spec"]["containers"] = json!([])),
            "the job manifest lacks required attributes at these paths: \
             /spec/template/spec/containers/0"
        );
    }

    #[test]
    fn incompatible_values_are_all_named() {
        assert_eq!(
            verdict(|job| {
                job["kind"] = json!("Pod");
                job["metadata"]["labels"] = json!(null);
                job["spec"]["template"]["spec"]["parallelism"] = json!(1.0);
                job["spec"]["template"]["spec"]["containers"] = json!(["x"]);
            }),
            "the job manifest has incompatible values: /kind must have value 'Job', \
             /metadata/labels must have value {}, \
             /spec/template/spec/containers/0 must have value {'name': 'prefect-job'}, \
             /spec/template/spec/parallelism must have value 1"
        );
    }

    #[test]
    fn a_superfluous_value_makes_up_for_a_missing_one() {
        assert_eq!(
            verdict(|job| {
                take(job, POD, "completions");
                job["spec"]["completions"] = json!(1);
            }),
            "valid"
        );
        assert_eq!(
            verdict(|job| {
                take(job, POD, "restartPolicy");
                job["spec"]["template"]["spec"]["containers"][0]["image"] = json!("Never");
            }),
            "valid"
        );
        assert_eq!(
            verdict(|job| {
                take(job, POD, "completions");
                take(job, POD, "parallelism");
                job["spec"]["backoffLimit"] = json!(1);
            }),
            "the job manifest lacks required attributes at these paths: \
             /spec/template/spec/completions"
        );
    }

    #[test]
    fn a_bare_container_may_stand_anywhere() {
        assert_eq!(
            verdict(|job| {
                job["spec"]["template"]["spec"]["containers"] =
                    json!([{"name": "first"}, {"name": "prefect-job"}]);
            }),
            "valid"
        );
        assert_eq!(
            verdict(|job| {
                job["spec"]["template"]["spec"]["containers"] =
                    json!([{"name": "first"}, {"name": "prefect-job", "image": "x"}]);
            }),
            "the job manifest has incompatible values: \
             /spec/template/spec/containers/0/name must have value 'prefect-job'"
        );
    }
}
