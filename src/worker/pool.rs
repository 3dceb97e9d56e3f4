//! The work pool: made when it is missing, checked for its type, given a template when it has none.

use std::sync::Arc;

use serde_json::Value;

use crate::{
    error::{Error, Kind, Result},
    prefect::{
        ApiErrorKind, Client,
        ids::{WorkPoolId, WorkPoolName},
        types::{JsonObject, NewWorkPool, WorkPool, WorkPoolUpdate},
    },
    template::{BaseJobTemplate, default_base_job_template},
};

/// The type of pool that this worker serves.
pub const TYPE: &str = "kubernetes";

/// The variable of the default template that names the namespace of Jobs.
const NAMESPACE: &str = "namespace";

/// What submissions need to know of the pool. It is replaced whole when the pool changes, so a
/// submission under way keeps the template it began with.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolSnapshot {
    /// The pool's id.
    pub id: WorkPoolId,
    /// Its name.
    pub name: WorkPoolName,
    /// Its base job template.
    pub template: Arc<BaseJobTemplate>,
    /// Whether the server gives out no runs of it.
    pub paused: bool,
}

impl PoolSnapshot {
    /// Reads a pool. `namespace` replaces the default of the template's variable `namespace`.
    ///
    /// # Errors
    /// When the template is not one.
    pub fn of(pool: &WorkPool, namespace: Option<&str>) -> Result<Self> {
        let template = if pool.base_job_template.is_empty() {
            Value::Object(default_template())
        } else {
            Value::Object(pool.base_job_template.clone())
        };
        let template = BaseJobTemplate::parse(&template).map_err(|error| {
            Error::from(error).cause(format!("it is the template of work pool {:?}", pool.name.0))
        })?;
        Ok(Self {
            id: pool.id,
            name: pool.name.clone(),
            template: Arc::new(with_namespace(template, namespace)),
            paused: pool.is_paused,
        })
    }

    /// The namespace that Jobs go to when neither deployment nor run names one.
    #[must_use]
    pub fn default_namespace(&self) -> String {
        self.template
            .defaults()
            .get(NAMESPACE)
            .and_then(Value::as_str)
            .unwrap_or("default")
            .to_owned()
    }

    /// Whether Jobs go to another cluster than the worker's own, unless a deployment or a run names
    /// none.
    #[must_use]
    pub fn names_a_cluster(&self) -> bool {
        const NAME: &str = "cluster_config";
        let fixed = self.template.job_configuration.get(NAME);
        let defaults = self.template.defaults();
        let is_given = |config: &Value| config.is_object();
        fixed.is_some_and(is_given) || defaults.get(NAME).is_some_and(is_given)
    }
}

/// Puts a namespace in the place of the template's default. A template without such a variable
/// is left as it is.
fn with_namespace(mut template: BaseJobTemplate, namespace: Option<&str>) -> BaseJobTemplate {
    let variable = template
        .variables
        .get_mut("properties")
        .and_then(|properties| properties.get_mut(NAMESPACE))
        .and_then(Value::as_object_mut);
    if let (Some(variable), Some(namespace)) = (variable, namespace) {
        variable.insert("default".to_owned(), namespace.into());
    }
    template
}

/// How a missing or empty pool is to be treated.
#[derive(Debug, Clone, Default)]
pub struct Provision {
    /// Make a pool that is missing.
    pub create: bool,
    /// The template for a pool that is made or has none; otherwise the default.
    pub template: Option<JsonObject>,
}

/// Reads the pool, makes it, or gives it a template, as needed.
///
/// # Errors
/// Those of [`find`] and of [`provide`].
pub async fn ensure(
    prefect: &Client,
    name: &WorkPoolName,
    provision: &Provision,
) -> Result<WorkPool> {
    let pool = find(prefect, name, provision.create).await?;
    provide(prefect, name, pool, provision).await
}

/// Reads the pool: `None` when it is missing and may be made.
///
/// # Errors
/// A pool that is missing and shall not be made, a pool of another type, and what the API refuses.
pub async fn find(prefect: &Client, name: &WorkPoolName, create: bool) -> Result<Option<WorkPool>> {
    match prefect.read_work_pool(name).await {
        Ok(pool) => check_type(&pool).map(|()| Some(pool)),
        Err(error) if error.kind == ApiErrorKind::NotFound && create => Ok(None),
        Err(error) if error.kind == ApiErrorKind::NotFound => Err(missing(name)),
        Err(error) => Err(error.context(format!("failed to read work pool {:?}", name.0))),
    }
}

/// Makes the pool that was not found, or gives it a template, as needed.
///
/// # Errors
/// What the API refuses, and a pool of another type that somebody else made meanwhile.
pub async fn provide(
    prefect: &Client,
    name: &WorkPoolName,
    found: Option<WorkPool>,
    provision: &Provision,
) -> Result<WorkPool> {
    let pool = match found {
        Some(pool) => pool,
        None => create(prefect, name, provision).await?,
    };
    check_type(&pool)?;
    if !pool.base_job_template.is_empty() {
        if provision.template.is_some() {
            tracing::warn!(
                "work pool '{name}' already has a base job template, which is kept; \
                 --base-job-template is for new pools"
            );
        }
        return Ok(pool);
    }
    give_template(prefect, pool, provision).await
}

/// Refuses a pool whose runs are for another kind of worker.
///
/// # Errors
/// When the pool's type is not `kubernetes`.
pub fn check_type(pool: &WorkPool) -> Result<()> {
    if pool.kind == TYPE {
        return Ok(());
    }
    Err(Error::failed(format!(
        "work pool {:?} is of type {:?}, and this worker serves pools of type {TYPE:?}",
        pool.name.0, pool.kind
    ))
    .hint("Name another pool with --pool, or start a worker of the pool's own type.")
    .hint("A pool's type cannot be changed; a name that is not taken yet makes a new pool."))
}

/// A pool that is missing and shall not be made.
fn missing(name: &WorkPoolName) -> Error {
    Error::failed(format!("there is no work pool {:?}", name.0)).hint(format!(
        "Leave out --no-create-pool-if-not-found to have it made, or make it: \
         prefect work-pool create --type {TYPE} {:?}",
        name.0
    ))
}

async fn create(prefect: &Client, name: &WorkPoolName, provision: &Provision) -> Result<WorkPool> {
    let new = NewWorkPool {
        name: name.clone(),
        kind: TYPE.to_owned(),
        base_job_template: Some(template(provision)),
        description: None,
        concurrency_limit: None,
    };
    match prefect.create_work_pool(&new).await {
        Ok(pool) => {
            tracing::info!("work pool '{name}' did not exist and was made");
            Ok(pool)
        }
        // Another worker was quicker.
        Err(error) if error.is_conflict() => prefect.read_work_pool(name).await,
        Err(error) => Err(error),
    }
    .map_err(|error| {
        let is_reserved = error.status == Some(403) && is_reserved(name);
        let error = error.context(format!("failed to make work pool {:?}", name.0));
        if is_reserved {
            let hints = vec!["Choose a name that does not begin with \"prefect\".".to_owned()];
            return Error {
                kind: Kind::Failed,
                hints,
                ..error
            };
        }
        error
    })
}

/// Whether the server keeps a name for itself and makes no pool of it, in whatever case it is
/// written (prefect/server/api/workers.py, `create_work_pool`).
fn is_reserved(name: &WorkPoolName) -> bool {
    name.as_str().to_lowercase().starts_with("prefect")
}

async fn give_template(
    prefect: &Client,
    mut pool: WorkPool,
    provision: &Provision,
) -> Result<WorkPool> {
    let template = template(provision);
    let update = WorkPoolUpdate {
        base_job_template: Some(template.clone()),
        ..WorkPoolUpdate::default()
    };
    prefect
        .update_work_pool(&pool.name, &update)
        .await
        .map_err(|error| {
            error.context(format!(
                "failed to give work pool {:?} its base job template",
                pool.name.0
            ))
        })?;
    tracing::info!(
        "work pool '{}' had no base job template and was given one",
        pool.name
    );
    pool.base_job_template = template;
    Ok(pool)
}

/// The template for a pool that is made or has none.
#[must_use]
pub fn template(provision: &Provision) -> JsonObject {
    provision.template.clone().unwrap_or_else(default_template)
}

/// The template of a pool that has none, as an object.
fn default_template() -> JsonObject {
    match default_base_job_template() {
        Value::Object(template) => template,
        _ => JsonObject::new(),
    }
}
