//! The Secret with the credential: there, right, and in use.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    finding::{Finding, Findings, Trouble, fail, ok, skip, warn},
    prefect::standing_in_words,
    world::{Installed, World},
};
use crate::{
    deployed::{KeyRef, Told, secrets_of, selector},
    k8s::{PodView, Scope},
    prefect::{ClientConfig, config::Credential},
    secret::{self, CredentialKind, SecretKey, StoredSecret, Target, Verdict},
    settings::ApiUrl,
};

/// The settings that are credentials, and what they are.
const CREDENTIALS: [CredentialKind; 2] = [CredentialKind::ApiKey, CredentialKind::AuthString];
/// The settings by which Jobs are told of a Secret, which has to be where they are.
const OF_JOBS: [(&str, &str); 2] = [
    ("API_KEY_SECRET_NAME", "API_KEY_SECRET_KEY"),
    ("API_AUTH_STRING_SECRET_NAME", "API_AUTH_STRING_SECRET_KEY"),
];
const PREFIX: &str = "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_";

/// Whether every Secret that a worker or its Jobs refer to is there, with the key.
pub async fn there(world: &World) -> Findings {
    let installed = world.installed().await?;
    let namespace = world.namespace()?;
    let mut wanted = BTreeSet::new();
    for worker in installed {
        for key in secrets_of(worker.pod())
            .into_iter()
            .filter(|key| !key.optional)
        {
            wanted.insert((namespace.to_owned(), key.name, key.key));
        }
        for (name, key) in OF_JOBS {
            let text = |suffix: &str| worker.spec.text(&format!("{PREFIX}{suffix}"));
            if let (Some(name), Some(key)) = (text(name), text(key)) {
                for namespace in world.job_namespaces().await? {
                    wanted.insert((namespace, name.to_owned(), key.to_owned()));
                }
            }
        }
    }
    if installed.is_empty() {
        return without_worker(world, namespace).await;
    }
    if wanted.is_empty() {
        return Ok(vec![ok("no worker refers to a Secret")]);
    }
    let cluster = world.cluster().await?;
    let mut findings = Vec::new();
    for (namespace, name, key) in wanted {
        let place = SecretKey {
            namespace,
            name,
            key,
        };
        let stored = secret::read(cluster, &place).await?;
        findings.push(judge(&place, stored.as_ref()));
    }
    Ok(findings)
}

/// Before an install whose values are not known: the Secret that the chart refers to by default.
async fn without_worker(world: &World, namespace: &str) -> Findings {
    let has_none = |config: &ClientConfig| config.credential() == Credential::None;
    let config = world.plan.config.as_ref();
    if config.is_ok_and(has_none) && world.api().await.is_ok_and(|answer| answer.is_ok()) {
        return Ok(vec![ok(
            "the API asks for no credential, so no Secret is needed",
        )]);
    }
    let kind = CredentialKind::ApiKey;
    let place = SecretKey {
        namespace: namespace.to_owned(),
        name: kind.default_secret().to_owned(),
        key: kind.default_key().to_owned(),
    };
    let stored = secret::read(world.cluster().await?, &place).await?;
    Ok(vec![match judge(&place, stored.as_ref()) {
        finding if stored.is_some() => finding,
        _ => warn(
            format!("there is no Secret {} in namespace {namespace}", place.name),
            "A worker of Prefect Cloud needs it: kubectl prefect secret create makes it. A server without authentication needs none.",
        ),
    }])
}

fn judge(place: &SecretKey, stored: Option<&StoredSecret>) -> Finding {
    let SecretKey {
        namespace,
        name,
        key,
    } = place;
    let Some(stored) = stored else {
        return fail(
            format!(
                "there is no Secret {name} in namespace {namespace}, and pods that refer to it do not start"
            ),
            format!("Make it: kubectl prefect secret create {name} --key {key} -n {namespace}"),
        );
    };
    match stored.value(key) {
        Some([]) => fail(
            format!("{place} is empty"),
            format!("Write it: kubectl prefect secret create {name} --key {key} -n {namespace}"),
        ),
        Some(_) => ok(format!("{place} is there")),
        None => fail(
            format!(
                "Secret {namespace}/{name} has no key {key}; {}",
                stored.keys_in_words()
            ),
            format!(
                "Add it with kubectl prefect secret create {name} --key {key} -n {namespace}, or let the worker refer to a key that is there."
            ),
        ),
    }
}

/// A credential that a worker is told, and where it is.
struct Kept<'a> {
    worker: &'a Installed,
    kind: CredentialKind,
    key: KeyRef,
}

fn kept(installed: &[Installed]) -> Vec<Kept<'_>> {
    let of = |worker| {
        CREDENTIALS.into_iter().filter_map(move |kind| {
            let worker: &Installed = worker;
            match worker.spec.variable(kind.setting()) {
                Told::Secret(key) => Some(Kept {
                    worker,
                    kind,
                    key: key.clone(),
                }),
                _ => None,
            }
        })
    };
    installed.iter().flat_map(of).collect()
}

/// Whether the stored credential works on the worker's own API.
pub async fn works(world: &World) -> Findings {
    let installed = world.installed().await?;
    let mut findings = Vec::new();
    for worker in installed {
        if let Some(kind) = CREDENTIALS
            .into_iter()
            .find(|kind| worker.spec.text(kind.setting()).is_some())
        {
            findings.push(warn(
                format!("Deployment {} has its {} in plain text", worker.name(), kind.noun()),
                "Whoever may read Deployments can read it: keep it in a Secret (kubectl prefect secret create), and refer to that.",
            ));
        }
    }
    for kept in kept(installed) {
        findings.push(try_out(world, &kept).await?);
    }
    if findings.is_empty() {
        return Err(Trouble::Skip(
            "no worker takes a credential from a Secret".to_owned(),
        ));
    }
    Ok(findings)
}

async fn try_out(world: &World, kept: &Kept<'_>) -> Result<Finding, Trouble> {
    let (place, stored) = read(world, kept).await?;
    let Some(value) = stored.as_ref().and_then(|stored| stored.value(&place.key)) else {
        return Ok(skip(format!("{place} is not there")));
    };
    let Some((config, cloud)) = config(world, kept.worker) else {
        return Ok(skip(format!(
            "which API Deployment {} speaks to is not known",
            kept.worker.name()
        )));
    };
    let target = Target::of(&config, &cloud);
    let again = format!(
        "Write another: kubectl prefect secret rotate {} --key {} -n {}",
        place.name, place.key, place.namespace
    );
    let value = match secret::read_credential(kept.kind, value, target.is_cloud()) {
        Ok(value) if !secret::is_same(stored.as_ref(), &place.key, &value) => {
            return Ok(fail(
                format!("{place} has white space around its value, which no HTTP header can carry"),
                again,
            ));
        }
        Ok(value) => value,
        Err(flaw) => {
            let seen = format!("{place} holds no usable {}: {}", kept.kind.noun(), flaw.why);
            return Ok(fail(seen, again));
        }
    };
    match secret::verify(&target, kept.kind, &value).await {
        Ok(Verdict::Works(standing)) => {
            let finding = standing_in_words(kept.kind, &standing);
            Ok(ok(format!("{place}: {}", finding.seen)))
        }
        Ok(Verdict::Refused(error)) => Ok(fail(
            format!("{place}: {}", error.one_line()),
            format!("{again}\n{}", error.hints.join("\n")),
        )),
        // In-cluster addresses do not lead anywhere from here.
        Err(error) => Ok(skip(format!(
            "{place} cannot be tried from here: {}",
            error.one_line()
        ))),
    }
}

async fn read(
    world: &World,
    kept: &Kept<'_>,
) -> Result<(SecretKey, Option<StoredSecret>), Trouble> {
    let place = SecretKey {
        namespace: world.namespace()?.to_owned(),
        name: kept.key.name.clone(),
        key: kept.key.key.clone(),
    };
    let stored = secret::read(world.cluster().await?, &place).await?;
    Ok((place, stored))
}

/// The worker's own API, as far as it is told in plain text; else the one that is looked at.
fn config(world: &World, worker: &Installed) -> Option<(ClientConfig, String)> {
    let settings = world.plan.settings.as_ref().ok()?;
    let text = worker.spec.text("PREFECT_API_URL");
    let url = text.and_then(|text| ApiUrl::parse(text).ok());
    let mut config = match (&world.plan.config, &url) {
        (Ok(config), _) => config.clone(),
        (Err(_), Some(url)) => ClientConfig::new(url.expose().clone()),
        (Err(_), None) => return None,
    };
    if let Some(url) = url {
        config.api_url = url.expose().clone();
    }
    let cloud = worker.spec.text("PREFECT_CLOUD_API_URL");
    let cloud = cloud.unwrap_or(&settings.cloud.api_url).to_owned();
    Some((config, cloud))
}

/// Whether the pods have the value that is stored: they take it in when they start.
pub async fn in_use(world: &World) -> Findings {
    let installed = world.installed().await?;
    let kept = kept(installed);
    if kept.is_empty() || world.plan.planned.is_some() {
        return Err(Trouble::Skip(
            "no installed worker takes a credential from a Secret".to_owned(),
        ));
    }
    let cluster = world.cluster().await?;
    let mut findings = Vec::new();
    for kept in kept {
        let (place, stored) = read(world, &kept).await?;
        let Some(written) = stored.and_then(|stored| stored.written(&place.key)) else {
            continue;
        };
        let labels = selector(&kept.worker.deployment.spec.selector.match_labels);
        let scope = Scope::Namespace(place.namespace.clone());
        let pods: Vec<PodView> = cluster.list(&scope, &labels).await?;
        let made = pods
            .iter()
            .filter_map(|pod| pod.metadata.creation_timestamp)
            .min();
        findings.push(judge_age(kept.worker.name(), &place, written, made));
    }
    if findings.is_empty() {
        return Err(Trouble::Skip(
            "when the Secret was written is not known".to_owned(),
        ));
    }
    Ok(findings)
}

fn judge_age(
    deployment: &str,
    place: &SecretKey,
    written: Timestamp,
    oldest_pod: Option<Timestamp>,
) -> Finding {
    match oldest_pod {
        Some(made) if made < written => warn(
            format!(
                "pods of Deployment {deployment} are older than {place}, and have the value from before"
            ),
            format!(
                "Restart them: kubectl prefect secret rotate {} -n {} with the key that is stored does it, and waits.",
                place.name, place.namespace
            ),
        ),
        _ => ok(format!(
            "the pods of Deployment {deployment} have what is stored now"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::Level;

    fn place() -> SecretKey {
        SecretKey {
            namespace: "flows".to_owned(),
            name: "s".to_owned(),
            key: "key".to_owned(),
        }
    }

    #[test]
    fn a_secret_has_to_have_the_key() {
        for (secret, level, said) in [
            (None, Level::Fail, "there is no Secret s in namespace flows"),
            (
                Some(json!({"data": {"key": "eA=="}})),
                Level::Ok,
                "is there",
            ),
            (Some(json!({"data": {"key": ""}})), Level::Fail, "is empty"),
            (
                Some(json!({"data": {"value": "eA=="}})),
                Level::Fail,
                "has no key key; its only key is value",
            ),
        ] {
            let stored = secret.as_ref().map(StoredSecret::of);
            let finding = judge(&place(), stored.as_ref());
            assert_eq!(finding.level, level);
            assert!(finding.seen.contains(said), "{}", finding.seen);
        }
    }

    #[test]
    fn pods_take_a_value_in_when_they_start() {
        let at = |text: &str| text.parse().unwrap();
        let written = at("2026-01-01T12:00:00Z");
        for (made, level) in [
            (Some(at("2026-01-01T11:59:59Z")), Level::Warn),
            (Some(at("2026-01-01T12:00:00Z")), Level::Ok),
            (None, Level::Ok),
        ] {
            assert_eq!(judge_age("w", &place(), written, made).level, level);
        }
    }
}
