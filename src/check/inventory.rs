//! Which versions there are around this program: of Kubernetes, the Prefect server and the workers.
//! Unlike a check it judges nothing to have failed; what cannot be had is told.

use std::{future::Future, time::Duration};

use serde::Serialize;

use super::{
    finding::{Finding, Level, Trouble},
    versions::{judge, online},
    world::World,
};
use crate::records::Record;

/// Something whose version was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// Where it is.
    pub address: Option<String>,
    /// Its version; none when it has no version to tell, as Prefect Cloud.
    pub version: Option<String>,
    /// Why its version is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

/// A Deployment that runs a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// The Deployment's name.
    pub deployment: String,
    /// Its namespace.
    pub namespace: String,
    /// The image of the worker's container.
    pub image: String,
    /// The work pools that it serves.
    pub pools: Vec<String>,
}

/// All that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inventory {
    /// The API server.
    pub kubernetes: Part,
    /// The Prefect server, or Prefect Cloud.
    pub prefect_server: Part,
    /// The workers that are installed in the namespace.
    pub deployments: Vec<Image>,
    /// The workers that are online in their pools.
    pub workers: Vec<Record>,
    /// Why workers are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers_unknown: Option<String>,
    /// What does not fit together, and what to do about it.
    pub skew: Vec<Finding>,
}

/// Asks all at once, and nobody for longer than the limit.
pub async fn inventory(world: &World, limit: Duration) -> Inventory {
    let (kubernetes, prefect_server, deployments, workers) = futures::join!(
        kubernetes(world, limit),
        prefect_server(world, limit),
        within(limit, deployments(world)),
        within(limit, online(world)),
    );
    let deployments = deployments.unwrap_or_default();
    let (workers, workers_unknown) = match workers {
        Ok(workers) => (workers, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    let images: Vec<(&str, &str)> = deployments
        .iter()
        .map(|it| (it.deployment.as_str(), it.image.as_str()))
        .collect();
    let mut skew = judge(prefect_server.version.as_deref(), &images, &workers);
    skew.retain(|finding| finding.level > Level::Skip);
    Inventory {
        kubernetes,
        prefect_server,
        deployments,
        workers,
        workers_unknown,
        skew,
    }
}

async fn kubernetes(world: &World, limit: Duration) -> Part {
    let target = world.plan.target.as_ref().ok();
    let address = target.map(|target| target.server.to_string());
    let address = address.map(|address| address.trim_end_matches('/').to_owned());
    let ask = async { Ok(world.version().await?.text.clone()) };
    known(address, within(limit, ask).await.map(Some))
}

async fn prefect_server(world: &World, limit: Duration) -> Part {
    let client = world.client().await;
    let address = client.as_ref().ok().map(|it| it.api_url().to_owned());
    let ask = async {
        // Why there is no client says more than that there is none.
        world.client().await?;
        Ok(world.api().await??.map(str::to_owned))
    };
    known(address, within(limit, ask).await)
}

fn known(address: Option<String>, version: Result<Option<String>, String>) -> Part {
    let (version, unknown) = match version {
        Ok(version) => (version, None),
        Err(why) => (None, Some(why)),
    };
    Part {
        address,
        version,
        unknown,
    }
}

async fn deployments(world: &World) -> Result<Vec<Image>, Trouble> {
    let images = world.installed().await?.iter().map(|it| Image {
        deployment: it.name().to_owned(),
        namespace: it.deployment.metadata.namespace.clone(),
        image: it.spec.image.clone(),
        pools: it.spec.pools.clone(),
    });
    Ok(images.collect())
}

/// What a question comes to within a time; else why not, in words.
async fn within<T>(
    limit: Duration,
    question: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, String> {
    match tokio::time::timeout(limit, question).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(trouble)) => Err(trouble.into_finding().seen),
        Err(_) => Err(format!("no answer within {} s", limit.as_secs_f64())),
    }
}
