//! The hand-picked cases of `cases.json`, written out in full.
//!
//! A case changes the default base job template (`set` and `drop` by JSON pointer) and says what
//! else is not as usual; everything else is the same for all.

use kubectl_prefect::template::default_base_job_template;
use serde_json::{Map, Value, json};

const PICKED: &str = include_str!("cases.json");

/// All hand-picked cases.
pub fn picked() -> Vec<Value> {
    let cases: Vec<Value> = serde_json::from_str(PICKED).unwrap();
    cases.iter().map(complete).collect()
}

/// Writes a case out.
pub fn complete(case: &Value) -> Value {
    let text = |key: &str, usual: &str| case.get(key).cloned().unwrap_or_else(|| json!(usual));
    let object = |key: &str| case.get(key).cloned().unwrap_or_else(|| json!({}));
    let list = |key: &str| case.get(key).cloned().unwrap_or_else(|| json!([]));
    let has_deployment = case.get("no_deployment").is_none();
    let flow_id = "11111111-2222-3333-4444-000000000001";
    let deployment_id = "11111111-2222-3333-4444-000000000002";
    let pool_id = "11111111-2222-3333-4444-000000000003";
    json!({
        "name": case["name"],
        "work_pool": {
            "id": pool_id,
            "name": text("work_pool_name", "my-pool"),
            "base_job_template": template(case),
            "default_queue_id": "11111111-2222-3333-4444-000000000004",
        },
        "flow": {"id": flow_id, "name": text("flow_name", "My Flow"), "tags": ["ft"], "labels": {}},
        "deployment": has_deployment.then(|| json!({
            "id": deployment_id,
            "name": text("deployment_name", "my-deployment"),
            "flow_id": flow_id,
            "updated": text("updated", "2024-01-02T03:04:05.678901Z"),
            "job_variables": object("job_variables"),
        })),
        "flow_run": {
            "id": "11111111-2222-3333-4444-55555555abcd",
            "name": text("flow_run_name", "happy-bear"),
            "flow_id": flow_id,
            "deployment_id": has_deployment.then_some(deployment_id),
            "parameters": {"who": "World", "n": 7, "zero": 0, "empty": "", "nothing": null},
            "tags": ["Tag One", "two"],
            "job_variables": object("flow_run_variables"),
        },
        "worker": {
            "name": text("worker_name", "my-worker"),
            "id": case.get("worker_id"),
            "base_environment": list("base_environment"),
        },
        "blocks": list("blocks"),
        "variables": object("variables"),
        "process_env": object("process_env"),
        "settings": object("settings"),
    })
}

fn template(case: &Value) -> Value {
    let mut template = default_base_job_template();
    for pointer in case
        .get("drop")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let (parent, key) = parent_of(&mut template, pointer.as_str().unwrap());
        assert!(parent.shift_remove(&key).is_some(), "nothing at {pointer}");
    }
    for (pointer, value) in case
        .get("set")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let (parent, key) = parent_of(&mut template, pointer);
        parent.insert(key, value.clone());
    }
    template
}

fn parent_of<'a>(template: &'a mut Value, pointer: &str) -> (&'a mut Map<String, Value>, String) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let parent = template.pointer_mut(parent).and_then(Value::as_object_mut);
    (
        parent.unwrap_or_else(|| panic!("no object above {pointer}")),
        key,
    )
}
