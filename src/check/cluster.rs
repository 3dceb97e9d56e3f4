//! kubectl and the cluster.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use jiff::SignedDuration;
use serde_json::Value;

use super::{
    finding::{Finding, Findings, Trouble, fail, ok, skip, warn},
    world::World,
};
use crate::k8s::{
    documents::NAMESPACE,
    server_version::{ServerVersion, minor},
};

/// The oldest minor version of Kubernetes that has all we use (policy/v1, batch/v1).
const OLDEST: u32 = 21;
/// The oldest that Kubernetes' own kubectl and most vendors still support.
const AGED: u32 = 29;
/// Clocks that are further apart are worth a look, and then a failure: tokens are dated.
const SKEW: (SignedDuration, SignedDuration) =
    (SignedDuration::from_secs(30), SignedDuration::from_mins(5));

/// Which cluster it is.
pub async fn context(world: &World) -> Findings {
    let target = world
        .plan
        .target
        .as_ref()
        .map_err(|error| Trouble::from(error.clone()))?;
    let context = target.context.as_deref().unwrap_or("none");
    let server = target.server.to_string();
    let server = server.trim_end_matches('/');
    let namespace = &target.namespace;
    Ok(vec![ok(format!(
        "context {context}, server {server}, namespace {namespace}"
    ))])
}

/// Whether the API server answers, and is not too old.
pub async fn api_server(world: &World) -> Findings {
    if world.plan.target.is_err() {
        return Err(Trouble::Skip("no cluster is known".to_owned()));
    }
    let version = world.version().await?;
    Ok(vec![judge_age(version)])
}

fn judge_age(version: &ServerVersion) -> Finding {
    let seen = format!("Kubernetes {}", version.text);
    match version.minor {
        Some(minor) if minor < OLDEST => fail(
            format!("{seen} is older than v1.{OLDEST}"),
            "Upgrade the cluster: it lacks kinds of objects that are made here.",
        ),
        Some(minor) if minor < AGED => warn(
            format!("{seen} is no longer supported by most vendors"),
            "Plan the cluster's upgrade.",
        ),
        _ => ok(seen),
    }
}

/// Whether kubectl is at most one minor version away from the API server
/// (<https://kubernetes.io/releases/version-skew-policy/#kubectl>).
pub async fn kubectl(world: &World) -> Findings {
    let Some(client) = kubectl_version().await else {
        return Ok(vec![warn(
            "kubectl is not on PATH, or does not tell its version",
            "This program works without; hints that begin with kubectl need it.",
        )]);
    };
    let server = match world.version().await {
        Ok(version) => version.minor,
        Err(_) => None,
    };
    Ok(vec![judge_kubectl(&client, server)])
}

fn judge_kubectl(client: &str, server: Option<u32>) -> Finding {
    match (minor(client), server) {
        (Some(client_minor), Some(server)) if client_minor.abs_diff(server) > 1 => warn(
            format!(
                "kubectl {client} is {} minor versions from the API server",
                client_minor.abs_diff(server)
            ),
            format!(
                "Install kubectl v1.{server}: more than one minor version apart is not supported."
            ),
        ),
        _ => ok(format!("kubectl {client}")),
    }
}

async fn kubectl_version() -> Option<String> {
    let mut child = Command::new("kubectl")
        .args(["version", "--client", "-o", "json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    // What it says is short enough for a pipe, so it ends by itself.
    for _ in 0..100 {
        if child.try_wait().ok()?.is_some() {
            let output = child.wait_with_output().ok()?;
            let answer: Value = serde_json::from_slice(&output.stdout).ok()?;
            let version = answer["clientVersion"]["gitVersion"].as_str()?;
            return Some(version.to_owned());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // One that hangs is not waited for.
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// Whether the namespace is there, and stays.
pub async fn namespace(world: &World) -> Findings {
    let name = world.namespace()?;
    let cluster = world.cluster().await?;
    let found: Option<Value> = cluster.find_document(NAMESPACE, None, name).await?;
    Ok(vec![judge_namespace(
        name,
        found.as_ref(),
        world.plan.before,
    )])
}

fn judge_namespace(name: &str, found: Option<&Value>, before: bool) -> Finding {
    match found {
        None if before => warn(
            format!("namespace {name} does not exist"),
            format!(
                "Make it with kubectl create namespace {name}, or by --create-namespace of install and secret create."
            ),
        ),
        None => fail(
            format!("namespace {name} does not exist"),
            "-n names another one.",
        ),
        Some(found) if found["status"]["phase"] == "Terminating" => fail(
            format!("namespace {name} is being deleted"),
            format!(
                "Wait until it is gone, and make it again; kubectl get namespace {name} -o yaml says what holds it."
            ),
        ),
        Some(_) => ok(format!("namespace {name} exists")),
    }
}

/// Whether the clocks agree.
pub async fn clocks(world: &World) -> Findings {
    let kubernetes = match world.version().await {
        Ok(version) => version.ahead,
        Err(_) => None,
    };
    let prefect = world.prefect_ahead().await.ok();
    let clocks = [
        ("the Kubernetes API server", kubernetes),
        ("the Prefect API", prefect),
    ];
    let mut findings: Vec<Finding> = clocks
        .iter()
        .filter_map(|(name, ahead)| Some(judge_clock(name, (*ahead)?)))
        .collect();
    if findings.is_empty() {
        findings.push(skip("no server tells its time"));
    }
    Ok(findings)
}

fn judge_clock(name: &str, ahead: SignedDuration) -> Finding {
    let seconds = ahead.abs().as_secs();
    let side = if ahead.is_negative() {
        "behind"
    } else {
        "ahead of"
    };
    let seen = format!("the clock of {name} is {seconds} s {side} this machine's");
    let what_to_do = "Let both follow a time server: tokens, heartbeats and schedules are dated.";
    if ahead.abs() >= SKEW.1 {
        fail(seen, what_to_do)
    } else if ahead.abs() >= SKEW.0 {
        warn(seen, what_to_do)
    } else {
        ok(format!("the clock of {name} agrees with this machine's"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::Level;

    #[test]
    fn versions_and_clocks_are_judged_by_their_distance() {
        let age = |minor| {
            judge_age(&ServerVersion {
                text: "v".to_owned(),
                minor,
                ahead: None,
            })
            .level
        };
        assert_eq!(
            [Some(20), Some(25), Some(37), None].map(age),
            [Level::Fail, Level::Warn, Level::Ok, Level::Ok]
        );
        let skew = |server| judge_kubectl("v1.35.2", server).level;
        assert_eq!(
            [Some(33), Some(34), Some(36), Some(37), None].map(skew),
            [Level::Warn, Level::Ok, Level::Ok, Level::Warn, Level::Ok]
        );
        let clock = |seconds| judge_clock("x", SignedDuration::from_secs(seconds)).level;
        assert_eq!(
            [0, -29, 31, -31, 300, -301].map(clock),
            [
                Level::Ok,
                Level::Ok,
                Level::Warn,
                Level::Warn,
                Level::Fail,
                Level::Fail
            ]
        );
        let seen = judge_clock("x", SignedDuration::from_secs(-400)).seen;
        assert_eq!(seen, "the clock of x is 400 s behind this machine's");
    }

    #[test]
    fn a_namespace_that_goes_is_no_place() {
        let judge =
            |found: Option<Value>, before| judge_namespace("n", found.as_ref(), before).level;
        assert_eq!(judge(None, true), Level::Warn);
        assert_eq!(judge(None, false), Level::Fail);
        assert_eq!(
            judge(Some(json!({"status": {"phase": "Active"}})), false),
            Level::Ok
        );
        assert_eq!(
            judge(Some(json!({"status": {"phase": "Terminating"}})), true),
            Level::Fail
        );
    }
}
