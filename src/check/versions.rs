//! Whether server, workers and this program fit together.

use super::{
    finding::{Finding, Findings, Trouble, fail, ok, skip, warn},
    world::World,
};
use crate::{
    prefect::{WorkPool, WorkerStatus, compatibility::Compatibility},
    records::{self, Record},
    template::PREFECT_VERSION,
    this_build::THIS,
};

/// How a worker of ours names its version.
const OURS: &str = "kubectl-prefect ";

/// Whether server, workers and this program fit together.
pub async fn versions(world: &World) -> Findings {
    let server = match world.api().await? {
        Ok(Some(version)) => Some(version.to_owned()),
        _ => None,
    };
    let installed = world.installed().await.unwrap_or_default();
    let images = installed
        .iter()
        .map(|it| (it.name(), it.spec.image.as_str()));
    let images: Vec<(&str, &str)> = images.collect();
    let mut findings = judge(server.as_deref(), &images, &[]);
    if server.is_some() {
        match online(world).await {
            Ok(workers) => findings.extend(judge_workers(server.as_deref(), &workers)),
            Err(Trouble::Skip(why)) => findings.push(skip(why)),
            Err(trouble) => return Err(trouble),
        }
    }
    if findings.is_empty() {
        return Err(Trouble::Skip("no version is known".to_owned()));
    }
    Ok(findings)
}

/// The workers that are online in the pools that are served, with the versions that they named
/// when they started.
///
/// # Errors
/// Without a Prefect API that answers; a reason to skip when it does not tell versions.
pub(super) async fn online(world: &World) -> Result<Vec<Record>, Trouble> {
    let Ok(pools) = world.existing_pools().await else {
        return Ok(Vec::new());
    };
    let prefect = world.prefect().await?;
    let pools: Vec<WorkPool> = pools.iter().map(|facts| facts.pool.clone()).collect();
    let mut found = records::read(prefect, &pools).await?;
    found.retain(|record| record.status == WorkerStatus::Online);
    records::versions(prefect, &pools, &mut found)
        .await
        .map_err(|error| {
            let why = error.one_line();
            Trouble::Skip(format!("the versions of workers are not known: {why}"))
        })?;
    Ok(found)
}

/// How the versions fit: of the server, of the images of Deployments (name, image), of workers.
pub(super) fn judge(
    server: Option<&str>,
    images: &[(&str, &str)],
    workers: &[Record],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(server) = server {
        let client = "this program follows";
        findings.push(judge_versions(
            "the server",
            server,
            client,
            PREFECT_VERSION,
        ));
        for (name, image) in images {
            if let Some(image) = image_version(image) {
                let who = format!("the image of Deployment {name} has");
                findings.push(judge_versions("the server", server, &who, &image));
            }
        }
    }
    findings.extend(
        images
            .iter()
            .filter_map(|(name, image)| judge_ours(name, image)),
    );
    findings.extend(judge_workers(server, workers));
    findings
}

fn judge_workers(server: Option<&str>, workers: &[Record]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for worker in workers {
        let Some(version) = worker.version.as_deref() else {
            continue;
        };
        let own = version.strip_prefix(OURS);
        if let Some(server) = server {
            // Ours names itself too, and follows PREFECT_VERSION.
            let version = own.map_or(version, |_| PREFECT_VERSION);
            let who = format!("worker {} follows", worker.name);
            findings.push(judge_versions("the server", server, &who, version));
        }
        if let Some(own) = own.filter(|own| *own != THIS.version) {
            findings.push(warn(
                format!(
                    "worker {} is kubectl-prefect {own}, and this is {}",
                    worker.name, THIS.version
                ),
                "Bring both to the same version: upgrade whichever is the older.",
            ));
        }
    }
    findings
}

/// Prefect wants servers that are no older than their clients.
fn judge_versions(server_name: &str, server: &str, client_name: &str, client: &str) -> Finding {
    let seen = format!("{server_name} is Prefect {server}; {client_name} Prefect {client}");
    match Compatibility::of(server, client) {
        Compatibility::Fits => ok(seen),
        Compatibility::ServerOlder => warn(
            seen,
            "Upgrade the server first: it is to be no older than its clients.",
        ),
        Compatibility::OtherMajor => fail(
            seen,
            "Bring both to the same major version: their APIs differ.",
        ),
    }
}

/// Whether an image of our own is of this program's version.
fn judge_ours(deployment: &str, image: &str) -> Option<Finding> {
    let (repository, tag) = image.rsplit_once(':')?;
    if repository.rsplit('/').next() != Some(env!("CARGO_PKG_NAME")) {
        return None;
    }
    let this = THIS.version;
    let seen = format!(
        "the image of Deployment {deployment} has kubectl-prefect {tag}; this program is {this}"
    );
    if tag == this {
        return Some(ok(seen));
    }
    Some(warn(
        seen,
        "kubectl prefect upgrade installs the image of this program's version, unless the values name another in worker.image.prefectTag.",
    ))
}

/// The version of Prefect in the tag of an image of Prefect's own: `3.8.8-python3.11-kubernetes`,
/// `3-latest`.
fn image_version(image: &str) -> Option<String> {
    let (repository, tag) = image.rsplit_once(':')?;
    if !repository.ends_with("prefecthq/prefect") {
        return None;
    }
    let version = tag.split('-').next()?;
    version
        .chars()
        .all(|c| c.is_ascii_digit() || c == '.')
        .then(|| version.to_owned())
        .filter(|version| !version.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;

    #[test]
    fn a_server_is_no_older_than_its_clients() {
        for (server, client, level) in [
            ("3.8.8", "3.8.8", Level::Ok),
            ("3.7.1", "3.8.8", Level::Warn),
            ("2.20.1", "3.8.8", Level::Fail),
        ] {
            assert_eq!(
                judge_versions("s", server, "c", client).level,
                level,
                "{server} {client}"
            );
        }
    }

    #[test]
    fn our_own_image_is_of_this_version() {
        let this = env!("CARGO_PKG_VERSION");
        for (image, level) in [
            (
                format!("registry.test/team/kubectl-prefect:{this}"),
                Some(Level::Ok),
            ),
            ("kubectl-prefect:0.0.1".to_owned(), Some(Level::Warn)),
            ("prefecthq/prefect:3".to_owned(), None),
            (
                "registry.test:5000/kubectl-prefect@sha256:abc".to_owned(),
                None,
            ),
        ] {
            let found = judge_ours("w", &image).map(|finding| finding.level);
            assert_eq!(found, level, "{image}");
        }
    }

    #[test]
    fn a_worker_of_ours_is_of_this_version() {
        let worker = |version: Option<&str>| Record {
            pool: "p".into(),
            pool_type: "kubernetes".to_owned(),
            name: "w".into(),
            status: WorkerStatus::Online,
            last_heartbeat: None,
            heartbeat_interval_seconds: None,
            version: version.map(str::to_owned),
            id: crate::prefect::WorkerId(uuid::Uuid::nil()),
        };
        let own = format!("{OURS}{}", THIS.version);
        for (server, version, levels) in [
            (Some("3.8.8"), Some("3.8.8"), vec![Level::Ok]),
            (Some("3.8.8"), Some(own.as_str()), vec![Level::Ok]),
            (None, Some(own.as_str()), vec![]),
            (
                Some("3.8.8"),
                Some("kubectl-prefect 0.0.1"),
                vec![Level::Ok, Level::Warn],
            ),
            (None, Some("kubectl-prefect 0.0.1"), vec![Level::Warn]),
            (Some("3.8.8"), None, vec![]),
        ] {
            let found = judge_workers(server, &[worker(version)]);
            let found: Vec<Level> = found.iter().map(|it| it.level).collect();
            assert_eq!(found, levels, "{server:?} {version:?}");
        }
    }

    #[test]
    fn the_version_stands_in_the_tag_of_prefects_images() {
        for (image, version) in [
            (
                "prefecthq/prefect:3.8.8-python3.11-kubernetes",
                Some("3.8.8"),
            ),
            (
                "docker.io/prefecthq/prefect:3-python3.11-kubernetes",
                Some("3"),
            ),
            ("prefecthq/prefect:latest", None),
            ("prefecthq/prefect@sha256:abc", None),
            ("registry.test:5000/own:3.8.8", None),
        ] {
            assert_eq!(image_version(image).as_deref(), version, "{image}");
        }
    }
}
