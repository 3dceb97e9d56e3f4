//! Our side of a case: all phases as the worker runs them, with what the API would give at hand.

use std::time::Duration;

use jiff::Timestamp;
use kubectl_prefect::{
    env_vars::Environment,
    settings::{CreateJobRetrySettings, KubernetesWorkerSettings},
    template::{
        BaseJobTemplate, BlockReference, Blocks, DeploymentContext, FlowContext, FlowRunContext,
        JobConfiguration, PreparedJob, RunContext, TemplateError, WorkPoolContext, WorkerContext,
        block_references,
        credentials::{Credentials, SecretLifetime},
        populate, resolve_blocks, resolve_variables, variable_references,
    },
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What would be submitted, as the reference prints it.
pub fn submit(case: &Value) -> Result<Value, TemplateError> {
    let run = context(case);
    let template = BaseJobTemplate::parse(&case["work_pool"]["base_job_template"])?;
    let environment: Environment = strings(&case["process_env"]).into_iter().collect();
    let populated = populate(&template, &run.job_variables()?, &environment)?;
    let populated = resolve_blocks(populated.clone(), &fetched_blocks(case, &populated))?;
    let known = case["variables"].as_object().unwrap();
    let variables = variable_references(&populated)
        .into_iter()
        .filter_map(|name| known.get(&name).map(|value| (name.clone(), value.clone())))
        .collect();
    let configuration = JobConfiguration::parse(&resolve_variables(populated, &variables))?;
    let mut prepared = configuration.prepare(&run, &environment)?;
    let credentials = prepared.keep_credentials(&settings(case), &run.worker.name)?;
    Ok(report(&prepared, &credentials))
}

/// Only what is listed is given, so that a reference that is not listed is missed.
fn fetched_blocks(case: &Value, populated: &Value) -> Blocks {
    let wanted = block_references(populated);
    let known = case["blocks"].as_array().unwrap().iter().map(|block| {
        let reference = match block["id"].as_str() {
            Some(id) => BlockReference::Id(id.to_owned()),
            None => BlockReference::Name {
                block_type: text(&block["type"]),
                name: text(&block["name"]),
            },
        };
        (reference, object(&block["data"]))
    });
    known
        .filter(|(reference, _)| wanted.contains(reference))
        .collect()
}

fn context(case: &Value) -> RunContext {
    let (run, flow, pool, worker) = (
        &case["flow_run"],
        &case["flow"],
        &case["work_pool"],
        &case["worker"],
    );
    let base_environment = worker["base_environment"].as_array().unwrap();
    RunContext {
        flow_run: FlowRunContext {
            id: uuid(&run["id"]).unwrap(),
            name: text(&run["name"]),
            flow_id: uuid(&run["flow_id"]).unwrap(),
            deployment_id: uuid(&run["deployment_id"]),
            job_variables: object(&run["job_variables"]),
            document: run.clone(),
        },
        flow: FlowContext {
            id: uuid(&flow["id"]).unwrap(),
            name: text(&flow["name"]),
            document: flow.clone(),
        },
        deployment: Some(&case["deployment"])
            .filter(|deployment| deployment.is_object())
            .map(|deployment| DeploymentContext {
                id: uuid(&deployment["id"]).unwrap(),
                name: text(&deployment["name"]),
                updated: deployment["updated"]
                    .as_str()
                    .map(|time| time.parse::<Timestamp>().unwrap()),
                job_variables: object(&deployment["job_variables"]),
            }),
        work_pool: WorkPoolContext {
            id: uuid(&pool["id"]).unwrap(),
            name: text(&pool["name"]),
        },
        worker: WorkerContext {
            id: uuid(&worker["id"]),
            ..WorkerContext::new(
                text(&worker["name"]),
                base_environment
                    .iter()
                    .map(|pair| (text(&pair[0]), text(&pair[1])))
                    .collect(),
            )
        },
    }
}

fn settings(case: &Value) -> KubernetesWorkerSettings {
    let set = |name: &str| case["settings"][name].as_str().map(str::to_owned);
    let is_on = |name: &str| case["settings"][name] == true;
    KubernetesWorkerSettings {
        api_key_secret_name: set("API_KEY_SECRET_NAME"),
        api_key_secret_key: set("API_KEY_SECRET_KEY"),
        create_secret_for_api_key: is_on("CREATE_SECRET_FOR_API_KEY"),
        api_auth_string_secret_name: set("API_AUTH_STRING_SECRET_NAME"),
        api_auth_string_secret_key: set("API_AUTH_STRING_SECRET_KEY"),
        store_env_as_secret: is_on("STORE_ENV_AS_SECRET"),
        add_tcp_keepalive: true,
        create_job_retry: CreateJobRetrySettings {
            max_attempts: 1,
            delay: Duration::ZERO,
            jitter_min: Duration::ZERO,
            jitter_max: Duration::ZERO,
        },
    }
}

fn report(prepared: &PreparedJob, credentials: &Credentials) -> Value {
    let mut manifest = Value::Object(prepared.manifest.clone()).to_string();
    let mut secrets = Vec::new();
    for secret in &credentials.secrets {
        let values: Map<_, _> = secret
            .values
            .iter()
            .map(|(key, value)| (key.clone(), value.expose().into()))
            .collect();
        let is_env = secret.lifetime == SecretLifetime::OwnedByJob;
        if is_env {
            // The reference names it so: Python's name is random.
            manifest = manifest.replace(&json!(secret.name).to_string(), "\"ENV-SECRET\"");
        }
        secrets.push(json!({
            "namespace": secret.namespace,
            "name": if is_env { "ENV-SECRET" } else { &secret.name },
            "labels": is_env.then_some(&secret.labels),
            "values": values,
        }));
    }
    json!({
        "manifest": serde_json::from_str::<Value>(&manifest).unwrap(),
        "namespace": prepared.namespace,
        "name": prepared.name,
        "cluster_config": prepared.cluster_config.as_ref().map(|config| json!({
            "config": config.kubeconfig,
            "context_name": config.context_name,
        })),
        "secrets": secrets,
    })
}

/// What a manifest is refused for. What is incompatible is named only where nothing is missing.
pub fn judge(manifest: &Value) -> Value {
    let configuration = json!({"job_manifest": manifest});
    match JobConfiguration::parse(&configuration) {
        Ok(_) => json!({"missing": [], "incompatible": []}),
        Err(TemplateError::MissingPaths(paths)) => json!({"missing": paths, "incompatible": []}),
        Err(TemplateError::IncompatiblePaths(required)) => {
            let sentences: Vec<_> = required.iter().map(ToString::to_string).collect();
            json!({"missing": [], "incompatible": sentences})
        }
        Err(other) => json!({"error": other.to_string()}),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn uuid(value: &Value) -> Option<Uuid> {
    value.as_str().map(|text| text.parse().unwrap())
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn strings(value: &Value) -> Vec<(String, String)> {
    let members = value.as_object().unwrap();
    members
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}
