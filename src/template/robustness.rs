//! All phases over arbitrary JSON: whatever a work pool or a deployment holds, there is a Job or an
//! error, never a panic.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::*;
use crate::{env_vars::Environment, k8s::label};

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>().prop_map(Value::from),
        "\\{\\{ ?(\\$A|a|b\\.[0-9-]{1,2}|prefect\\.(blocks\\.x\\.y(\\.value)?|variables\\.v)|ctx\\.flow) ?\\}\\}(-\\{\\{ ?a ?\\}\\})?"
            .prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text,
    ];
    let key = prop_oneof![
        "(a|b|env|name|value|valueFrom|labels|annotations|metadata|\\$ref|block_document_id|generateName)",
        any::<String>(),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn run() -> RunContext {
    RunContext {
        flow_run: FlowRunContext {
            id: Uuid::nil(),
            name: "run".to_owned(),
            flow_id: Uuid::nil(),
            deployment_id: None,
            job_variables: Map::new(),
            document: json!({}),
        },
        flow: FlowContext {
            id: Uuid::nil(),
            name: "flow".to_owned(),
            document: json!({"name": "flow"}),
        },
        deployment: None,
        work_pool: WorkPoolContext {
            id: Uuid::nil(),
            name: "pool".to_owned(),
        },
        worker: WorkerContext::new("worker", Vec::new()),
    }
}

fn submit(
    template: &Value,
    variables: &Map<String, Value>,
    fetched: &Value,
) -> Result<PreparedJob, TemplateError> {
    let environment = Environment::from_iter([("A", "x")]);
    let populated = populate(&BaseJobTemplate::parse(template)?, variables, &environment)?;
    let data: Map<_, _> = [("value".to_owned(), fetched.clone())]
        .into_iter()
        .collect();
    let blocks = block_references(&populated)
        .into_iter()
        .map(|reference| (reference, data.clone()))
        .collect();
    let resolved = resolve_blocks(populated, &blocks)?;
    let values = variable_references(&resolved)
        .into_iter()
        .map(|name| (name, fetched.clone()))
        .collect();
    let configuration = JobConfiguration::parse(&resolve_variables(resolved, &values))?;
    let mut job = configuration.prepare(&run(), &environment)?;
    job.apply_identity(Uuid::nil(), Uuid::nil());
    Ok(job)
}

const PLACES: [&str; 10] = [
    "",
    "/variables",
    "/variables/properties/env",
    "/job_configuration",
    "/job_configuration/env",
    "/job_configuration/name",
    "/job_configuration/job_manifest",
    "/job_configuration/job_manifest/metadata",
    "/job_configuration/job_manifest/spec/template",
    "/job_configuration/job_manifest/spec/template/spec/containers/0",
];

proptest! {
    #[test]
    fn no_json_makes_it_panic(
        place in prop::sample::select(&PLACES[..]),
        change in any_json(),
        variables in prop::collection::vec((any::<String>(), any_json()), 0..4),
        env in any_json(),
        fetched in any_json(),
    ) {
        let mut template = default_base_job_template();
        match (template.pointer_mut(place), change) {
            // Members are added, so that the rest stays valid and later phases are reached.
            (Some(Value::Object(members)), Value::Object(change)) => members.extend(change),
            (Some(there), change) => *there = change,
            (None, _) => prop_assert!(false, "nothing at {place}"),
        }
        let mut variables: Map<_, _> = variables.into_iter().collect();
        variables.insert("env".to_owned(), env);
        let (Ok(_) | Err(_)) = submit(&template, &variables, &fetched);
    }

    #[test]
    fn every_job_can_be_found_by_its_run(labels in any_json(), name in any::<String>()) {
        let variables = json!({"name": name, "x": labels});
        let job = submit(
            &default_base_job_template(),
            variables.as_object().unwrap(),
            &Value::Null,
        ).unwrap();
        let id = &Value::from(Uuid::nil().to_string());
        let manifest = Value::Object(job.manifest);
        let label = label::FLOW_RUN_ID.replace('/', "~1");
        for metadata in ["/metadata", "/spec/template/metadata"] {
            prop_assert_eq!(manifest.pointer(&format!("{metadata}/labels/{label}")), Some(id));
        }
    }
}
