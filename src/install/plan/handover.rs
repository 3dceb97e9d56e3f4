//! Hands the number of replicas over to an autoscaler.
//!
//! A field that we owned and no longer apply goes, and the API server would put its default in place:
//! the Deployment would fall to one pod until the autoscaler has made up its mind. So what is there is
//! applied for as long as we own it; the autoscaler's first change takes it from us.

use serde_json::Value;

use crate::k8s::FIELD_MANAGER;

/// Keeps the number of replicas that is there, where the manifest leaves it open and we own it.
pub fn keep_replicas(manifest: &mut Value, live: &Value) {
    if manifest["kind"] != "Deployment" || manifest["spec"].get("replicas").is_some() {
        return;
    }
    if owns_replicas(live) {
        manifest["spec"]["replicas"] = live["spec"]["replicas"].clone();
    }
}

fn owns_replicas(live: &Value) -> bool {
    let entries = live["metadata"]["managedFields"].as_array();
    entries.into_iter().flatten().any(|entry| {
        entry["manager"] == FIELD_MANAGER
            && entry["operation"] == "Apply"
            && entry["fieldsV1"]["f:spec"].get("f:replicas").is_some()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn replicas_are_kept_only_while_they_are_ours() {
        let live = |manager: &str| {
            json!({"spec": {"replicas": 3}, "metadata": {"managedFields": [{
                "manager": manager, "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}},
            }]}})
        };
        for (manifest, live, expected) in [
            (
                json!({"kind": "Deployment", "spec": {}}),
                live(FIELD_MANAGER),
                json!(3),
            ),
            (
                json!({"kind": "Deployment", "spec": {}}),
                live("hpa"),
                json!(null),
            ),
            (
                json!({"kind": "Deployment", "spec": {"replicas": 1}}),
                live(FIELD_MANAGER),
                json!(1),
            ),
        ] {
            let mut kept = manifest.clone();
            keep_replicas(&mut kept, &live);
            assert_eq!(kept["spec"]["replicas"], expected, "{manifest}");
        }
    }
}
