//! How a release is getting on: its objects, its rollout, its pods, its worker's signs of life, and
//! whether the work pool has its template. Only reads.

pub mod drift;
mod judge;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use serde::Deserialize as _;
use serde_json::Value;

use super::{
    adopt::marks,
    plan,
    preflight::prefect::{Connection, connection},
    release::{ReleaseId, Revision, Stored},
    render::TEMPLATE_FILE,
    wait::{self, Rollout, Seen, Trouble},
};
use crate::{
    base_template,
    deployed::{Deployment, WorkerSpec},
    error::Result,
    k8s::{Class, Cluster, ObjectRef, PodView},
    prefect::{Client, WorkPool, WorkPoolName, Worker},
};
pub use judge::{Health, Remark, health, remarks};

/// Requests under way at once.
const AT_ONCE: usize = 8;

/// How an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// As it was applied.
    AsApplied,
    /// These of its fields are not.
    Changed(Vec<String>),
    /// It is gone.
    Missing,
    /// It may not be read.
    Unknown(String),
}

/// An object of a release.
#[derive(Debug, Clone)]
pub struct ObjectState {
    /// Which object.
    pub object: ObjectRef,
    /// How it is.
    pub state: State,
}

/// A pod of a release.
#[derive(Debug, Clone)]
pub struct PodState {
    /// Its name.
    pub name: String,
    /// What kubectl would call its state.
    pub status: String,
    /// Containers that are ready, of all.
    pub ready: (usize, usize),
    /// How often containers were started again.
    pub restarts: u32,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The node that it is on.
    pub node: Option<String>,
    /// What ails it.
    pub trouble: Option<Trouble>,
    /// How a container of it that runs now ended before, if it ended badly.
    pub ended_before: Option<String>,
}

/// Whether the work pool hears of the worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signs {
    /// It does.
    Alive,
    /// It may yet.
    Awaited,
    /// It does not.
    Silent,
    /// There is no such work pool, and its worker has had the time to make it.
    NoPool(String),
    /// There are no pods that could give any.
    None,
    /// It cannot be seen, and why.
    Unknown(String),
}

/// Whether the work pool has the base job template of the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Template {
    /// The release has none, or the pool cannot be seen.
    None,
    /// It does.
    Same,
    /// It differs at these paths.
    Differs(Vec<String>),
}

/// What is seen of a release.
#[derive(Debug, Clone)]
pub struct Report {
    /// The release.
    pub release: ReleaseId,
    /// The revision that was begun last.
    pub revision: Option<Revision>,
    /// Its objects.
    pub objects: Vec<ObjectState>,
    /// How far its Deployment is rolled out.
    pub rollout: Option<Rollout>,
    /// Why pods cannot be made, where that is so.
    pub cannot_create: Option<String>,
    /// Its pods.
    pub pods: Vec<PodState>,
    /// The work pool that it serves.
    pub pool: Option<String>,
    /// Its workers, as Prefect knows them.
    pub workers: Vec<Worker>,
    /// Whether the work pool hears of them.
    pub signs: Signs,
    /// Whether the work pool has its template.
    pub template: Template,
}

impl Report {
    /// How a container of a pod ended before it was started again: it matters until its worker gives
    /// a sign of life.
    #[must_use]
    pub fn ended_before<'pod>(&self, pod: &'pod PodState) -> Option<&'pod str> {
        let is_lifeless = matches!(self.signs, Signs::Awaited | Signs::Silent);
        pod.ended_before.as_deref().filter(|_| is_lifeless)
    }
}

/// Makes a client of the Prefect API that a worker uses; `Err` says why there is none.
pub type Connect<'a> = dyn Fn(&Connection) -> Result<Client> + 'a;

/// Looks at a release.
///
/// # Errors
/// When the API server does not answer. What may not be read is told of in its place.
pub async fn look(
    cluster: &Cluster,
    release: &ReleaseId,
    stored: &Stored,
    connect: &Connect<'_>,
) -> Result<Report> {
    let revision = stored.latest().cloned();
    let installed = stored.deployed().or(stored.latest());
    let mut report = Report {
        release: release.clone(),
        revision,
        objects: Vec::new(),
        rollout: None,
        cannot_create: None,
        pods: Vec::new(),
        pool: None,
        workers: Vec::new(),
        signs: Signs::None,
        template: Template::None,
    };
    let Some(record) = installed.and_then(|revision| revision.record.as_ref()) else {
        return Ok(report);
    };
    let desired = plan::desired(cluster, release, &record.objects).await?;
    let found: Vec<(ObjectState, Value)> = stream::iter(&desired)
        .map(|desired| object(cluster, desired))
        .buffered(AT_ONCE)
        .collect::<Vec<Result<_>>>()
        .await
        .into_iter()
        .collect::<Result<_>>()?;
    let live_of = |kind: &str| {
        let mut found = found.iter();
        let of_kind = |(state, _): &&(ObjectState, Value)| state.object.resource.kind == kind;
        found.find(of_kind).map(|(_, live)| live.clone())
    };
    let deployment = live_of("Deployment").filter(Value::is_object);
    let wanted = template_of(&found);
    report.objects = found.into_iter().map(|(state, _)| state).collect();
    if let Some(deployment) = deployment {
        of_deployment(cluster, &deployment, wanted, connect, &mut report).await?;
    }
    Ok(report)
}

async fn object(cluster: &Cluster, desired: &plan::Desired) -> Result<(ObjectState, Value)> {
    let object = desired.object.clone();
    let (state, live) = match cluster.get_object(&object).await {
        Ok(Some(live)) => {
            let mut manifest = desired.manifest.clone();
            marks::keep(&mut manifest, &live, false);
            let paths = drift::changed(&manifest, &live);
            let state = match paths.is_empty() {
                true => State::AsApplied,
                false => State::Changed(paths),
            };
            (state, live)
        }
        Ok(None) => (State::Missing, Value::Null),
        Err(failure) if failure.class == Class::Forbidden => {
            (State::Unknown("we may not read it".to_owned()), Value::Null)
        }
        Err(failure) => return Err(failure.into()),
    };
    Ok((ObjectState { object, state }, live))
}

/// The base job template in a ConfigMap of the release.
fn template_of(found: &[(ObjectState, Value)]) -> Option<Value> {
    let texts = found
        .iter()
        .filter(|(state, _)| state.object.resource.kind == "ConfigMap")
        .filter_map(|(_, live)| live["data"][TEMPLATE_FILE].as_str());
    texts
        .filter_map(|text| serde_json::from_str(text).ok())
        .next()
}

async fn of_deployment(
    cluster: &Cluster,
    deployment: &Value,
    wanted: Option<Value>,
    connect: &Connect<'_>,
    report: &mut Report,
) -> Result<()> {
    let rollout = wait::rollout(deployment);
    report.cannot_create = wait::cannot_create(deployment);
    let namespace = deployment["metadata"]["namespace"]
        .as_str()
        .unwrap_or_default();
    let pods = match wait::pods(cluster, namespace, deployment).await {
        Ok(pods) => pods,
        Err(failure) if failure.class == Class::Forbidden => Vec::new(),
        Err(failure) => return Err(failure.into()),
    };
    report.pods = pods.iter().map(pod).collect();
    let has_pods = rollout != Rollout::Done(0);
    report.rollout = Some(rollout);
    let view = Deployment::deserialize(deployment).unwrap_or_default();
    let worker = WorkerSpec::of(&view.spec.template.spec).unwrap_or_default();
    report.pool = worker.pools.into_iter().next();
    let Some(pool) = report.pool.clone() else {
        report.signs = Signs::Unknown("its Deployment does not say which work pool".to_owned());
        return Ok(());
    };
    let (signs, client) = match connected(cluster, namespace, deployment, connect).await? {
        Ok(client) => (Signs::None, client),
        Err(why) => {
            report.signs = Signs::Unknown(why);
            return Ok(());
        }
    };
    report.signs = signs;
    let pool = WorkPoolName(pool);
    match client.read_work_pool(&pool).await {
        Ok(found) => report.template = compared(wanted.as_ref(), &found),
        Err(error) if error.is_not_found() => {
            report.signs = match (has_pods, wait::is_young(&pods)) {
                (false, _) => Signs::None,
                // The worker makes it when it starts.
                (true, true) => Signs::Awaited,
                (true, false) => Signs::NoPool(pool.0),
            };
            return Ok(());
        }
        Err(error) => {
            report.signs = Signs::Unknown(error.one_line());
            return Ok(());
        }
    }
    if !has_pods {
        return Ok(());
    }
    let name = worker.name.as_deref();
    let seen = wait::signs(cluster, namespace, &pods, (&client, &pool), name).await?;
    (report.signs, report.workers) = match seen {
        Seen::Alive(workers) => (Signs::Alive, workers),
        Seen::Awaited => (Signs::Awaited, Vec::new()),
        Seen::Silent(workers) => (Signs::Silent, workers),
        Seen::Unknown(why) => (Signs::Unknown(why), Vec::new()),
    };
    Ok(())
}

/// A client of the API that the worker uses, or why there is none.
async fn connected(
    cluster: &Cluster,
    namespace: &str,
    deployment: &Value,
    connect: &Connect<'_>,
) -> Result<Result<Client, String>> {
    let Some(connection) = connection(cluster, namespace, deployment).await? else {
        return Ok(Err("its Deployment names no Prefect API".to_owned()));
    };
    Ok(connect(&connection).map_err(|error| error.one_line()))
}

fn compared(wanted: Option<&Value>, pool: &WorkPool) -> Template {
    let Some(wanted) = wanted else {
        return Template::None;
    };
    let has = Value::Object(pool.base_job_template.clone());
    let differences = base_template::diff(&has, wanted);
    if differences.is_empty() {
        return Template::Same;
    }
    Template::Differs(differences.iter().map(|it| it.path.to_string()).collect())
}

fn pod(pod: &PodView) -> PodState {
    let containers = &pod.status.container_statuses;
    let waits = containers.iter().find_map(|container| {
        let state = &container.state;
        let waiting = state.waiting.as_ref().and_then(|it| it.reason.clone());
        waiting.or_else(|| state.terminated.as_ref().and_then(|it| it.reason.clone()))
    });
    PodState {
        name: pod.metadata.name.clone(),
        status: waits.unwrap_or_else(|| format!("{:?}", pod.status.phase)),
        ready: (
            containers.iter().filter(|it| it.ready).count(),
            containers.len(),
        ),
        restarts: containers.iter().map(|it| it.restart_count).sum(),
        created: pod.metadata.creation_timestamp,
        node: pod.spec.node_name.clone(),
        trouble: wait::trouble_of(pod),
        ended_before: wait::ended_before(pod),
    }
}
