//! A release that is there already.

use crate::{
    cli::Session,
    error::{Error, Result},
    install::{
        release::{ReleaseId, Store, Stored},
        render,
    },
    k8s::{Cluster, Patience},
};

/// An installed release, and where it is.
#[derive(Debug)]
pub struct Installed {
    /// Which release it is, and where, for people.
    pub line: String,
    /// The cluster.
    pub cluster: Cluster,
    /// The release.
    pub release: ReleaseId,
    /// What is stored of it.
    pub stored: Stored,
}

/// Reads what is stored of a release.
///
/// # Errors
/// When it is not installed, or cannot be read.
pub async fn installed(session: &Session, name: &str) -> Result<Installed> {
    render::check_release_name(name)?;
    read(&session.cluster(Patience::Command).await?, name).await
}

/// Reads what is stored of a release of a cluster.
///
/// # Errors
/// When it is not installed, or cannot be read.
pub async fn read(cluster: &Cluster, name: &str) -> Result<Installed> {
    render::check_release_name(name)?;
    let release = ReleaseId {
        name: name.to_owned(),
        namespace: cluster.namespace().to_owned(),
    };
    let stored = Store::new(cluster, &release).read().await?;
    if !stored.is_installed() && stored.revisions.is_empty() {
        return Err(not_installed(&release));
    }
    Ok(Installed {
        line: format!("Release {name} in {}", cluster.line()),
        cluster: cluster.clone(),
        release,
        stored,
    })
}

/// The error of a release that is not there.
#[must_use]
pub fn not_installed(release: &ReleaseId) -> Error {
    let ReleaseId { name, namespace } = release;
    Error::failed(format!(
        "release {name} is not installed in namespace {namespace}"
    ))
    .hint("kubectl prefect install installs it; -n names another namespace")
}
