//! What checks look at: each thing is fetched once, by the first check that needs it.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::{finding::Trouble, places::jobs_go_to};
use crate::{
    deployed::{Deployment, PodSpec, WorkerSpec},
    error::{Error, Result},
    k8s::{
        Cluster, Patience, Target,
        documents::{DEPLOYMENT, JOB},
        label,
        server_version::ServerVersion,
    },
    prefect::{
        ApiError, Budget, Client, ClientConfig, JsonObject, Page, WorkPool, WorkPoolName,
        WorkQueue, Worker, config::ServerKind,
    },
    settings::PrefectSettings,
};

/// The label of a Helm release and of ours.
const INSTANCE: &str = "app.kubernetes.io/instance";

/// What is to be looked at, and by which connections.
#[derive(Debug)]
pub struct Plan {
    /// The release to look at; all workers of the namespace when it is not named.
    pub name: Option<String>,
    /// Whether it is yet to be installed.
    pub before: bool,
    /// The pool that is named.
    pub pool: Option<WorkPoolName>,
    /// The cluster, or why there is none.
    pub target: Result<Target>,
    /// The settings of Prefect, or what is wrong with them.
    pub settings: Result<PrefectSettings>,
    /// What a client of the API needs, or why no API is known.
    pub config: Result<ClientConfig>,
    /// What is to be installed, where values were given.
    pub planned: Option<Planned>,
}

/// A worker's Deployment that is yet to be made.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The Deployment.
    pub deployment: Deployment,
    /// All of it, as it will be applied.
    pub manifest: Value,
    /// The base job template that its pool is given before it starts.
    pub template: Option<JsonObject>,
}

/// A worker's Deployment: installed, or planned.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The Deployment.
    pub deployment: Deployment,
    /// What it tells the worker.
    pub spec: WorkerSpec,
}

impl Installed {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.deployment.metadata.name
    }

    /// What its pods are made of.
    #[must_use]
    pub const fn pod(&self) -> &PodSpec {
        &self.deployment.spec.template.spec
    }
}

/// A work pool, with all that belongs to it.
#[derive(Debug, Clone)]
pub struct PoolFacts {
    /// The pool.
    pub pool: WorkPool,
    /// Its queues.
    pub queues: Vec<WorkQueue>,
    /// Its workers.
    pub workers: Vec<Worker>,
}

/// A pool that is served or meant; `None` when it is not there.
pub type NamedPool = (WorkPoolName, Option<PoolFacts>);

/// What checks look at.
#[derive(Debug)]
pub struct World {
    /// What is to be looked at.
    pub plan: Plan,
    cluster: OnceCell<Result<Cluster>>,
    version: OnceCell<Result<ServerVersion>>,
    client: OnceCell<Result<Client>>,
    api: OnceCell<Result<Option<String>, ApiError>>,
    installed: OnceCell<Result<Vec<Installed>, Trouble>>,
    pools: OnceCell<Result<Vec<NamedPool>, Trouble>>,
    jobs: OnceCell<Result<Vec<Value>, Trouble>>,
}

impl World {
    /// Nothing is fetched yet.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            cluster: OnceCell::new(),
            version: OnceCell::new(),
            client: OnceCell::new(),
            api: OnceCell::new(),
            installed: OnceCell::new(),
            pools: OnceCell::new(),
            jobs: OnceCell::new(),
        }
    }

    /// The namespace to look at.
    ///
    /// # Errors
    /// Without a cluster.
    pub fn namespace(&self) -> Result<&str, Trouble> {
        match &self.plan.target {
            Ok(target) => Ok(&target.namespace),
            Err(_) => Err(Trouble::Skip("no cluster is known".to_owned())),
        }
    }

    /// The connection to the cluster, whether anybody answers there or not.
    ///
    /// # Errors
    /// When there is none.
    pub async fn connection(&self) -> Result<&Cluster, Error> {
        let connect = async || match &self.plan.target {
            Ok(target) => Cluster::connect(target.clone(), Patience::Command).await,
            Err(error) => Err(error.clone()),
        };
        let cluster = self.cluster.get_or_init(connect).await;
        cluster.as_ref().map_err(Clone::clone)
    }

    /// What the API server says of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn version(&self) -> Result<&ServerVersion, Error> {
        let ask = async || Ok(self.connection().await?.server_version().await?);
        let version = self.version.get_or_init(ask).await;
        version.as_ref().map_err(Clone::clone)
    }

    /// A cluster that answers.
    ///
    /// # Errors
    /// A reason to skip what needs one.
    pub async fn cluster(&self) -> Result<&Cluster, Trouble> {
        let skip = |_| Trouble::Skip("the Kubernetes API server does not answer".to_owned());
        self.version().await.map_err(skip)?;
        self.connection().await.map_err(skip)
    }

    /// The client of the Prefect API, whether anybody answers there or not.
    ///
    /// # Errors
    /// When none can be made.
    pub async fn client(&self) -> Result<&Client, Error> {
        let make = async || match &self.plan.config {
            Ok(config) => Client::new(config).map(|it| it.with_budget(Budget::Attempts(2))),
            Err(error) => Err(error.clone()),
        };
        let client = self.client.get_or_init(make).await;
        client.as_ref().map_err(Clone::clone)
    }

    /// The version of the Prefect server; none of Prefect Cloud, which always fits.
    ///
    /// # Errors
    /// When no API is known (the outer error) or it does not answer.
    pub async fn api(&self) -> Result<Result<Option<&str>, ApiError>, Trouble> {
        let client = self.client().await;
        let client = client.map_err(|_| Trouble::Skip("no Prefect API is known".to_owned()))?;
        let ask = async || {
            if client.server_kind() == ServerKind::Cloud {
                let page = Page {
                    limit: 1,
                    offset: 0,
                };
                return client.list_work_pools(page).await.map(|_| None);
            }
            client.server_version().await.map(Some)
        };
        let version = self.api.get_or_init(ask).await;
        Ok(version.as_ref().map(Option::as_deref).map_err(Clone::clone))
    }

    /// A Prefect API that answers, and lets us in.
    ///
    /// # Errors
    /// A reason to skip what needs one.
    pub async fn prefect(&self) -> Result<&Client, Trouble> {
        let skip = |why: &str| Trouble::Skip(why.to_owned());
        match self.api().await? {
            Ok(_) => self
                .client()
                .await
                .map_err(|_| skip("no Prefect API is known")),
            Err(error) if error.is_refused() => Err(skip("the Prefect API does not let us in")),
            Err(_) => Err(skip("the Prefect API does not answer")),
        }
    }

    /// How far the clock of the Prefect server is ahead of ours.
    ///
    /// # Errors
    /// When it has not told the time.
    pub async fn prefect_ahead(&self) -> Result<SignedDuration, Trouble> {
        // Whatever the answer is, it has a date.
        let _ = self.api().await?;
        let client = self.client().await.map_err(Trouble::from)?;
        if !client.knows_server_time() {
            return Err(Trouble::Skip(
                "the Prefect API does not tell its time".to_owned(),
            ));
        }
        Ok(client.server_now().duration_since(Timestamp::now()))
    }

    /// The Deployments of workers: those in the namespace, or the one that is planned.
    ///
    /// # Errors
    /// Without a cluster that answers.
    pub async fn installed(&self) -> Result<&[Installed], Trouble> {
        let find = async || match &self.plan.planned {
            Some(planned) => Ok(worker(planned.deployment.clone()).into_iter().collect()),
            None if self.plan.before => Ok(Vec::new()),
            None => self.find_installed().await,
        };
        let found = self.installed.get_or_init(find).await;
        found.as_deref().map_err(Clone::clone)
    }

    async fn find_installed(&self) -> Result<Vec<Installed>, Trouble> {
        let cluster = self.cluster().await?;
        let all: Vec<Deployment> = cluster
            .list_documents(DEPLOYMENT, Some(self.namespace()?), "")
            .await?;
        let is_meant = |deployment: &Deployment| match &self.plan.name {
            Some(name) => {
                let meta = &deployment.metadata;
                meta.name == *name || meta.labels.get(INSTANCE) == Some(name)
            }
            None => true,
        };
        Ok(all
            .into_iter()
            .filter(is_meant)
            .filter_map(worker)
            .collect())
    }

    /// The pools that are served or meant, and what is known of each; `None` for one that is not
    /// there.
    ///
    /// # Errors
    /// Without a Prefect API that answers.
    pub async fn pools(&self) -> Result<&[NamedPool], Trouble> {
        let read = async || {
            let mut pools = Vec::new();
            for name in self.pool_names().await? {
                let facts = self.read_pool(&name).await?;
                pools.push((name, facts));
            }
            Ok(pools)
        };
        let pools = self.pools.get_or_init(read).await;
        pools.as_deref().map_err(Clone::clone)
    }

    async fn pool_names(&self) -> Result<Vec<WorkPoolName>, Trouble> {
        if let Some(pool) = &self.plan.pool {
            return Ok(vec![pool.clone()]);
        }
        let installed = match self.installed().await {
            Ok(installed) => installed,
            Err(_) if self.plan.before => &[],
            Err(trouble) => return Err(trouble),
        };
        let mut names: Vec<WorkPoolName> = installed
            .iter()
            .flat_map(|it| &it.spec.pools)
            .map(|name| name.as_str().into())
            .collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            return Err(Trouble::Skip(
                "no work pool is known; -p names one".to_owned(),
            ));
        }
        Ok(names)
    }

    async fn read_pool(&self, name: &WorkPoolName) -> Result<Option<PoolFacts>, Trouble> {
        let client = self.prefect().await?;
        let mut pool = match client.read_work_pool(name).await {
            Err(error) if error.is_not_found() => return Ok(None),
            answer => answer?,
        };
        // It is that one which Jobs will be made of.
        let planned = self.plan.planned.as_ref();
        if let Some(template) = planned.and_then(|it| it.template.as_ref()) {
            pool.base_job_template.clone_from(template);
        }
        Ok(Some(PoolFacts {
            pool,
            queues: client.list_work_queues(name, Page::default()).await?,
            workers: client.all_workers(name).await?,
        }))
    }

    /// The pools that are there.
    ///
    /// # Errors
    /// When none is.
    pub async fn existing_pools(&self) -> Result<Vec<&PoolFacts>, Trouble> {
        let pools = self.pools().await?;
        let found: Vec<&PoolFacts> = pools
            .iter()
            .filter_map(|(_, facts)| facts.as_ref())
            .collect();
        if found.is_empty() {
            return Err(Trouble::Skip("the work pool is not there".to_owned()));
        }
        Ok(found)
    }

    /// The namespaces that Jobs go to by default, as the templates of the pools say; the one to
    /// look at where they say none.
    ///
    /// # Errors
    /// Without a cluster.
    pub async fn job_namespaces(&self) -> Result<Vec<String>, Trouble> {
        let here = self.namespace()?;
        let pools = self.existing_pools().await.unwrap_or_default();
        let installed = self.installed().await.unwrap_or_default();
        let mut namespaces: Vec<String> = pools
            .iter()
            .flat_map(|facts| jobs_go_to(facts, installed))
            .flatten()
            .map(str::to_owned)
            .collect();
        if namespaces.is_empty() {
            namespaces.push(here.to_owned());
        }
        namespaces.sort();
        namespaces.dedup();
        Ok(namespaces)
    }

    /// The Jobs of flow runs in the namespaces that Jobs go to.
    ///
    /// # Errors
    /// Without a cluster that answers.
    pub async fn jobs(&self) -> Result<&[Value], Trouble> {
        let list = async || {
            let cluster = self.cluster().await?;
            let mut jobs = Vec::new();
            for namespace in self.job_namespaces().await? {
                let found: Vec<Value> = cluster
                    .list_documents(JOB, Some(&namespace), label::FLOW_RUN_ID)
                    .await?;
                jobs.extend(found);
            }
            Ok(jobs)
        };
        let jobs = self.jobs.get_or_init(list).await;
        jobs.as_deref().map_err(Clone::clone)
    }
}

/// A Deployment in which a worker runs.
fn worker(deployment: Deployment) -> Option<Installed> {
    let spec = WorkerSpec::of(&deployment.spec.template.spec)?;
    Some(Installed { deployment, spec })
}
