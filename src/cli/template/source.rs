//! Where a template is declared that a pool is to follow.

use std::path::PathBuf;

use jiff::Timestamp;

use super::common::{changed, read_bytes, source_name};
use crate::{
    base_template::{Document, document},
    deployed::Deployment,
    error::{Error, Result},
    k8s::{
        Cluster,
        documents::{CONFIG_MAP, DEPLOYMENT},
    },
    pools::{self, ConfigMap, Declared, WORKER_COMPONENT},
    prefect::WorkPoolName,
};

/// Where a template is declared.
#[derive(Debug, Clone)]
pub enum Source {
    /// In a file.
    File(PathBuf),
    /// In a ConfigMap.
    ConfigMap {
        /// Its cluster and namespace.
        cluster: Cluster,
        /// Its name.
        name: String,
        /// The key of the template.
        key: String,
    },
}

/// A declared template.
#[derive(Debug)]
pub struct Reading {
    /// What was read.
    pub document: Document,
    /// When it was last changed.
    pub changed: Option<Timestamp>,
}

/// A pool and what it is to follow.
#[derive(Debug, Clone)]
pub struct Target {
    pub pool: WorkPoolName,
    pub source: Source,
}

impl Source {
    /// How it is called.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => source_name(path),
            Self::ConfigMap { cluster, name, .. } => {
                format!("ConfigMap {}/{name}", cluster.namespace())
            }
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is not there, or holds no template.
    pub async fn read(&self) -> Result<Reading> {
        match self {
            Self::File(path) => Ok(Reading {
                changed: changed(path),
                document: document::read(&read_bytes(path)?, &source_name(path))?,
            }),
            Self::ConfigMap { cluster, name, key } => {
                let namespace = cluster.namespace();
                let map = cluster
                    .find_document::<ConfigMap>(CONFIG_MAP, Some(namespace), name)
                    .await?
                    .ok_or_else(|| Error::failed(format!("there is no {}", self.name())))?;
                let Some(text) = map.data.get(key) else {
                    let keys: Vec<&str> = map.data.keys().map(String::as_str).collect();
                    let error = Error::failed(format!("{} has no key {key:?}", self.name()));
                    return Err(if keys.is_empty() {
                        error.cause("it is empty")
                    } else {
                        error
                            .cause(format!("its keys are: {}", keys.join(", ")))
                            .hint("Name another one with --key.")
                    });
                };
                let name = format!("{key} of {}", self.name());
                Ok(Reading {
                    changed: map.changed(),
                    document: document::read(text.as_bytes(), &name)?,
                })
            }
        }
    }
}

/// What the workers that are installed in a namespace declare; those of one release, or all.
///
/// # Errors
/// When the release is not there, or declares no template.
pub async fn of_workers(cluster: &Cluster, release: Option<&str>) -> Result<Vec<Target>> {
    let namespace = cluster.namespace();
    let deployments: Vec<Deployment> = cluster
        .list_documents(DEPLOYMENT, Some(namespace), WORKER_COMPONENT)
        .await?;
    let all: Vec<Declared> = deployments.iter().filter_map(pools::declared_by).collect();
    let is_meant = |worker: &&Declared| {
        release.is_none_or(|name| worker.release == name || worker.deployment == name)
    };
    let meant: Vec<&Declared> = all.iter().filter(is_meant).collect();
    let (Some(first), Some(name)) = (meant.first(), release) else {
        return match release {
            Some(name) => Err(no_such_release(namespace, name, &all)),
            None => Ok(meant
                .into_iter()
                .flat_map(|it| targets(cluster, it))
                .collect()),
        };
    };
    let targets: Vec<Target> = meant
        .iter()
        .flat_map(|worker| targets(cluster, worker))
        .collect();
    if targets.is_empty() {
        let deployment = &first.deployment;
        return Err(Error::failed(format!("the worker {name:?} declares no template"))
            .cause(format!("its Deployment {namespace}/{deployment} mounts none"))
            .hint("Set worker.config.baseJobTemplate in its values, or name a source with -f or --configmap."));
    }
    Ok(targets)
}

fn targets(cluster: &Cluster, worker: &Declared) -> Vec<Target> {
    let Some(name) = &worker.config_map else {
        return Vec::new();
    };
    let source = Source::ConfigMap {
        cluster: cluster.clone(),
        name: name.clone(),
        key: pools::KEY.to_owned(),
    };
    let target = |pool: &WorkPoolName| Target {
        pool: pool.clone(),
        source: source.clone(),
    };
    worker.pools.iter().map(target).collect()
}

fn no_such_release(namespace: &str, name: &str, all: &[Declared]) -> Error {
    let error = Error::failed(format!(
        "there is no worker {name:?} in namespace {namespace}"
    ));
    if all.is_empty() {
        return error
            .cause("no worker is installed there")
            .hint("Name the namespace with -n, or a source with -f FILE or --configmap NAME.");
    }
    let names: Vec<&str> = all.iter().map(|it| it.release.as_str()).collect();
    error.hint(format!("Installed are: {}.", names.join(", ")))
}
