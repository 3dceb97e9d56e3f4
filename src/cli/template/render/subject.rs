//! What a Job is rendered for: a pool, and a run that is there or might be.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Args;
use crate::{
    base_template::{Template, example},
    cli::Session,
    error::{Error, Result},
    prefect::{
        Client, Deployment, DeploymentId, Flow, FlowId, FlowRun, FlowRunId, JsonObject, Raw,
        WorkPool, WorkPoolId, WorkPoolName,
    },
    records::no_such_pool,
    settings::PrefectSettings,
    template::{
        self, JobConfiguration, block_references, merge_job_variables, variable_references,
    },
    worker::{
        attempt::attempt_of,
        pool::{PoolSnapshot, TYPE, check_type},
        resolve::{ResolveError, Resolver},
    },
};

/// What a Job is rendered for.
pub(super) struct Subject {
    /// The pool with the template.
    pub pool: PoolSnapshot,
    /// The run, with the job variables of the command line laid over its own.
    pub run: Raw<FlowRun>,
    /// Its flow.
    pub flow: Raw<Flow>,
    /// Its deployment.
    pub deployment: Option<Raw<Deployment>>,
    /// The attempt that the Job is for.
    pub attempt: Uuid,
    /// The run's own job variables, where there is a run.
    pub of_run: Option<JsonObject>,
    /// The job variables of the command line.
    pub given: JsonObject,
    /// The API that knows blocks and variables.
    prefect: Option<Client>,
}

impl Subject {
    /// The configuration of the run, as a worker resolves it. Without a server, what refers to
    /// blocks and Prefect variables stays as it is.
    ///
    /// # Errors
    /// What a worker refuses.
    pub async fn configuration(&self, args: &Args, session: &Session) -> Result<JobConfiguration> {
        let deployment = self.deployment.as_ref().map(|deployment| &deployment.typed);
        if let Some(prefect) = &self.prefect {
            let resolver = Resolver::new(prefect.clone(), session.env.clone());
            let resolver = if args.show_secrets {
                resolver
            } else {
                resolver.hiding_secrets()
            };
            let template = &self.pool.template;
            let resolved = resolver
                .configuration(template, &self.run, deployment)
                .await;
            return resolved.map_err(|error| match error {
                ResolveError::Api(error) => {
                    error.context("failed to read what the job variables refer to")
                }
                ResolveError::Template(error) => error.into(),
            });
        }
        let populated =
            template::populate(&self.pool.template, &self.run.job_variables, &session.env)?;
        let references = block_references(&populated).len() + variable_references(&populated).len();
        if references > 0 {
            session.ui.warn(
                "references to blocks and Prefect variables stay as they are: no server is asked \
                 without --pool, --deployment or --flow-run",
            );
        }
        Ok(JobConfiguration::parse(&populated)?)
    }
}

/// A run that is not there, without a server.
///
/// # Errors
/// When there is no template, or it is none.
pub(super) fn offline(
    session: &Session,
    template: Option<Template>,
    given: JsonObject,
) -> Result<Subject> {
    let template = template.unwrap_or_else(|| Template::new(Map::new()));
    let pool = WorkPool {
        id: WorkPoolId(Uuid::nil()),
        name: example::NAME.into(),
        kind: TYPE.to_owned(),
        description: None,
        base_job_template: template.into_members(),
        is_paused: false,
        concurrency_limit: None,
        status: None,
        updated: None,
    };
    let flow = example_flow()?;
    Ok(Subject {
        pool: snapshot(session, &pool)?,
        run: example_run(&flow, None, given.clone())?,
        flow,
        deployment: None,
        attempt: Uuid::nil(),
        of_run: None,
        given,
        prefect: None,
    })
}

/// A pool of a server, with a deployment or a run of it.
///
/// # Errors
/// When one of them is not there, and what the API refuses.
pub(super) async fn of_server(
    args: &Args,
    session: &Session,
    settings: &PrefectSettings,
    template: Option<Template>,
    given: JsonObject,
) -> Result<Subject> {
    let prefect = session.prefect(settings)?;
    let found = match args.flow_run {
        Some(id) => Some(read_run(&prefect, id).await?),
        None => None,
    };
    let deployment = read_deployment(args, &prefect, found.as_ref()).await?;
    let flow_id = match (&found, &deployment) {
        (Some(run), _) => Some(run.flow_id),
        (None, deployment) => deployment.as_ref().map(|deployment| deployment.flow_id),
    };
    let flow = match flow_id {
        Some(id) => read_flow(&prefect, id).await?,
        None => example_flow()?,
    };
    let of_run = found.as_ref().map(|run| run.job_variables.clone());
    let mut pool = read_pool(
        &prefect,
        &pool_of(args, found.as_ref(), deployment.as_ref())?,
    )
    .await?;
    check_type(&pool)?;
    if let Some(template) = template {
        pool.base_job_template = template.into_members();
    }
    let attempt = match &found {
        Some(run) => attempt(&prefect, run.id).await?,
        None => Uuid::nil(),
    };
    let run = match found {
        Some(run) => with_variables(run, &given)?,
        None => example_run(&flow, deployment.as_ref().map(|it| it.id), given.clone())?,
    };
    Ok(Subject {
        pool: snapshot(session, &pool)?,
        run,
        flow,
        deployment,
        attempt,
        of_run,
        given,
        prefect: Some(prefect),
    })
}

fn snapshot(session: &Session, pool: &WorkPool) -> Result<PoolSnapshot> {
    let namespace = session.global.kube.overrides().namespace;
    if pool.base_job_template.is_empty() {
        session
            .ui
            .say("note: the work pool has no template yet; its first worker gives it the default");
    }
    PoolSnapshot::of(pool, namespace.as_deref())
}

async fn read_pool(prefect: &Client, name: &WorkPoolName) -> Result<WorkPool> {
    match prefect.read_work_pool(name).await {
        Ok(pool) => Ok(pool),
        Err(error) if error.is_not_found() => Err(no_such_pool(prefect, name).await),
        Err(error) => Err(error.context(format!("failed to read work pool {:?}", name.0))),
    }
}

/// The pool that is meant.
fn pool_of(
    args: &Args,
    run: Option<&Raw<FlowRun>>,
    deployment: Option<&Raw<Deployment>>,
) -> Result<WorkPoolName> {
    let named = args.pool.as_deref().map(WorkPoolName::from);
    let of_run = run.and_then(|run| run.work_pool_name.clone());
    let of_deployment = deployment.and_then(|deployment| deployment.work_pool_name.clone());
    named.or(of_run).or(of_deployment).ok_or_else(|| {
        Error::usage("the deployment or flow run belongs to no work pool")
            .hint("Name one with --pool.")
    })
}

async fn read_run(prefect: &Client, id: FlowRunId) -> Result<Raw<FlowRun>> {
    let run = prefect.read_flow_run(id).await;
    run.map_err(|error| error.context(format!("failed to read flow run {id}")))
}

async fn read_flow(prefect: &Client, id: FlowId) -> Result<Raw<Flow>> {
    let flow = prefect.read_flow(id).await;
    flow.map_err(|error| error.context(format!("failed to read flow {id}")))
}

async fn read_deployment(
    args: &Args,
    prefect: &Client,
    run: Option<&Raw<FlowRun>>,
) -> Result<Option<Raw<Deployment>>> {
    if let Some((flow, name)) = &args.deployment {
        let deployment = prefect.read_deployment_by_name(flow, name).await;
        return match deployment {
            Ok(deployment) => Ok(Some(deployment)),
            Err(error) if error.is_not_found() => Err(Error::failed(format!(
                "there is no deployment {flow}/{name}"
            ))
            .hint("List all with: prefect deployment ls")),
            Err(error) => Err(error.context(format!("failed to read deployment {flow}/{name}"))),
        };
    }
    let Some(id) = run.and_then(|run| run.deployment_id) else {
        return Ok(None);
    };
    let deployment = prefect.read_deployment(id).await;
    deployment
        .map(Some)
        .map_err(|error| error.context(format!("failed to read deployment {id}")))
}

/// The attempt of a run: the scheduled state that a worker last took it from, or would.
async fn attempt(prefect: &Client, id: FlowRunId) -> Result<Uuid> {
    let states = prefect.flow_run_states(id).await;
    let states = states
        .map_err(|error| error.context(format!("failed to read the states of flow run {id}")))?;
    Ok(attempt_of(&states).map_or(Uuid::nil(), |attempt| attempt.0))
}

/// The run with further job variables over its own.
fn with_variables(mut run: Raw<FlowRun>, given: &JsonObject) -> Result<Raw<FlowRun>> {
    let variables = merge_job_variables(&run.job_variables, given)?;
    run.json["job_variables"] = Value::Object(variables.clone());
    run.typed.job_variables = variables;
    Ok(run)
}

fn example_flow() -> Result<Raw<Flow>> {
    read(json!({"id": Uuid::nil(), "name": example::NAME, "tags": []}))
}

fn example_run(
    flow: &Raw<Flow>,
    deployment: Option<DeploymentId>,
    job_variables: JsonObject,
) -> Result<Raw<FlowRun>> {
    read(json!({
        "id": Uuid::nil(),
        "name": example::NAME,
        "flow_id": flow.id,
        "deployment_id": deployment,
        "job_variables": job_variables,
        "parameters": {},
        "tags": [],
        "created": Timestamp::now(),
    }))
}

fn read<T: serde::de::DeserializeOwned>(document: Value) -> Result<T> {
    serde_json::from_value(document)
        .map_err(|error| Error::failed("failed to make an example").because(&error))
}
