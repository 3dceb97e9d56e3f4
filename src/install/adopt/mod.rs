//! Takes a release of the prefect-worker chart over from Helm, without another pod being started.
//!
//! The objects are those that the release's own values render to; [`bookkeeping`] makes sure that
//! they are what Helm has installed, but for labels and annotations. The marks of Helm on the pods'
//! template stay ([`marks`]), for as long as nothing else changes there. [`hold`] ends Helm's
//! ownership of an object's fields when they are ours.

pub mod bookkeeping;
pub mod hold;
pub mod marks;
mod record;
mod values;

use crate::{
    error::{Error, Result},
    install::release::ReleaseId,
    k8s::{Cluster, Deleting, ObjectRef, Resource},
};
pub use record::HelmRelease;

/// Type of the Secrets in which Helm keeps its releases.
const TYPE: &str = "helm.sh/release.v1";
/// The chart whose releases are taken over.
const CHART: &str = "prefect-worker";

/// Reads the release of Helm of this name; `None` when Helm has no record of it.
///
/// # Errors
/// When it cannot be taken over, with the reason.
pub async fn find(cluster: &Cluster, release: &ReleaseId) -> Result<Option<HelmRelease>> {
    let selector = format!("owner=helm,name={}", release.name);
    let resource = Resource::secrets();
    let namespace = Some(release.namespace.as_str());
    let secrets = cluster.list_objects(&resource, namespace, &selector);
    let mut records = secrets.await?;
    records.retain(|secret| secret["type"] == TYPE);
    if records.is_empty() {
        return Ok(None);
    }
    let found = record::choose(&records).map_err(|why| refused(release, &why))?;
    if found.chart != CHART {
        let why = format!(
            "it is a release of chart {:?}, and not of {CHART}",
            found.chart
        );
        return Err(refused(release, &why)
            .hint("a chart that has the worker's chart in it has more objects than ours"));
    }
    Ok(Some(found))
}

fn refused(release: &ReleaseId, why: &str) -> Error {
    Error::failed(format!(
        "release {} of Helm cannot be taken over",
        release.name
    ))
    .cause(why.to_owned())
}

/// The error of a release that neither Helm nor we know.
///
/// # Errors
/// When the API server does not answer.
pub async fn nothing_to_adopt(cluster: &Cluster, release: &ReleaseId) -> Result<Error> {
    let ReleaseId { name, namespace } = release;
    let secrets = Resource::secrets();
    let records = cluster.list_objects(&secrets, Some(namespace), "owner=helm");
    let mut others: Vec<String> = records
        .await?
        .iter()
        .filter_map(|secret| secret["metadata"]["labels"]["name"].as_str())
        .map(str::to_owned)
        .collect();
    others.sort();
    others.dedup();
    let error = Error::failed(format!(
        "Helm has no record of a release {name} in namespace {namespace}"
    ));
    Ok(match others.as_slice() {
        [] => error
            .cause("there is no record of any release there; those in ConfigMaps or in a database are not looked at")
            .hint("-n names another namespace; without --adopt the worker is installed anew"),
        others => error
            .cause(format!("its releases there: {}", others.join(", ")))
            .hint("name one of them: kubectl prefect install NAME --adopt"),
    })
}

/// Removes Helm's records of a release.
///
/// # Errors
/// When one cannot be deleted.
pub async fn forget(cluster: &Cluster, release: &ReleaseId, helm: &HelmRelease) -> Result<()> {
    for name in &helm.records {
        let record = ObjectRef {
            name: name.clone(),
            ..release.parent()
        };
        cluster.delete_object(&record, None, Deleting::Now).await?;
    }
    Ok(())
}
