//! The Prefect API: where it is, whether it answers, whether it lets us in.

use crate::{
    deployed::Told,
    prefect::{WorkerStatus, config::Credential},
    secret::{CredentialKind, Standing, Target, Verdict, verify},
    settings::{ApiUrl, PrefectSettings},
};

use super::{
    finding::{Finding, Findings, Level, Trouble, fail, ok, warn},
    world::{Installed, PoolFacts, World},
};

/// The variable that tells a worker where the API is.
const API_URL: &str = "PREFECT_API_URL";

fn settings(world: &World) -> Result<&PrefectSettings, Trouble> {
    let settings = world.plan.settings.as_ref();
    settings.map_err(|error| Trouble::from(error.clone()))
}

/// Which API it is, by whose word, and by which way.
pub async fn api_url(world: &World) -> Findings {
    let settings = settings(world)?;
    let url = settings.api_url()?;
    let source = settings.source(API_URL);
    let way = world
        .plan
        .config
        .as_ref()
        .ok()
        .and_then(|config| config.proxies.for_url(&config.api_url))
        .map_or_else(String::new, |proxy| format!(", through the proxy {proxy}"));
    let mut findings = vec![ok(format!("{url} ({source}){way}"))];
    let odd = url.warnings();
    findings.extend(odd.into_iter().map(|odd| {
        warn(
            odd,
            format!("Correct {API_URL} ({source}) if the API does not answer."),
        )
    }));
    if settings.api.tls_insecure_skip_verify {
        findings.push(warn(
            "the API's certificate is not checked",
            "Name the authority in PREFECT_API_SSL_CERT_FILE in place of PREFECT_API_TLS_INSECURE_SKIP_VERIFY.",
        ));
    }
    Ok(findings)
}

/// Whether it answers.
pub async fn api(world: &World) -> Findings {
    match world.api().await? {
        Ok(Some(version)) => Ok(vec![ok(format!("the Prefect server {version} answers"))]),
        Ok(None) => Ok(vec![ok("Prefect Cloud answers")]),
        // It answers; check api-key tells what it says.
        Err(error) if error.is_refused() => Ok(vec![ok("the Prefect API answers")]),
        Err(error) => Err(error.into()),
    }
}

/// Whether the credential of the settings works.
pub async fn api_key(world: &World) -> Findings {
    let settings = settings(world)?;
    let config = match &world.plan.config {
        Ok(config) => config,
        Err(_) => return Err(Trouble::Skip("no Prefect API is known".to_owned())),
    };
    let target = Target::of(config, &settings.cloud.api_url);
    let (kind, credential) = match (config.credential(), &config.auth_string, &config.api_key) {
        (Credential::AuthString, Some(auth), _) => (CredentialKind::AuthString, auth),
        (Credential::ApiKey, _, Some(key)) => (CredentialKind::ApiKey, key),
        _ => return without_credential(world).await,
    };
    if let Err(error) = world.api().await?
        && !error.is_refused()
    {
        return Err(Trouble::Skip("the Prefect API does not answer".to_owned()));
    }
    let source = settings.source(kind.setting());
    match verify(&target, kind, credential).await? {
        Verdict::Works(standing) => Ok(vec![standing_in_words(kind, &standing)]),
        Verdict::Refused(error) => Ok(vec![fail(
            error.one_line(),
            format!("{}\nIt comes from {source}.", error.hints.join("\n")),
        )]),
    }
}

async fn without_credential(world: &World) -> Findings {
    match world.api().await? {
        Ok(_) => Ok(vec![ok("the API asks for no credential")]),
        Err(error) if error.is_refused() => Ok(vec![fail(
            error.one_line(),
            "Set PREFECT_API_KEY (Prefect Cloud) or PREFECT_API_AUTH_STRING (a server of your own).",
        )]),
        Err(_) => Err(Trouble::Skip("the Prefect API does not answer".to_owned())),
    }
}

/// A credential that works, in a line.
pub fn standing_in_words(kind: CredentialKind, standing: &Standing) -> Finding {
    let noun = kind.noun();
    if !standing.asks_for_credential {
        return ok(format!(
            "the API asks for no credential; the {noun} was not tried"
        ));
    }
    let whose = standing
        .actor
        .as_ref()
        .map_or_else(String::new, |actor| format!(" of {actor}"));
    let place = standing
        .workspace
        .as_ref()
        .map_or_else(String::new, |workspace| {
            format!(" in workspace {workspace}")
        });
    ok(format!("the {noun}{whose} works{place}"))
}

/// Whether the address that workers have, and hand to Jobs, leads anywhere from a pod.
pub async fn job_api_url(world: &World) -> Findings {
    let installed = world.installed().await.unwrap_or_default();
    if installed.is_empty() {
        let url = settings(world)?.api_url();
        let url = url.map_err(|_| Trouble::Skip("no Prefect API is known".to_owned()))?;
        return Ok(vec![if url.is_loopback() {
            warn(
                format!("{url} names this very machine, and no pod can reach it"),
                "Give the worker an address that pods can reach: worker.selfHostedServerApiConfig.apiUrl, or --job-api-url of worker run.",
            )
        } else {
            ok(format!("{url} names another machine than this one"))
        }]);
    }
    let mut findings = Vec::new();
    for worker in installed {
        let mut finding = judge_job_url(worker.name(), worker.spec.variable(API_URL));
        if finding.level == Level::Fail && is_heard(world, worker).await {
            // It is reached all the same: its pods share the network of the machine.
            finding.level = Level::Warn;
            finding
                .seen
                .push_str("; its worker is heard of nevertheless");
        }
        findings.push(finding);
    }
    Ok(findings)
}

/// Whether a pool of an installed worker hears of it.
async fn is_heard(world: &World, worker: &Installed) -> bool {
    if world.plan.planned.is_some() {
        return false;
    }
    let pools = world.existing_pools().await.unwrap_or_default();
    let is_its = |facts: &&&PoolFacts| {
        let name = facts.pool.name.as_str();
        worker.spec.pools.iter().any(|pool| pool == name)
    };
    let mut workers = pools.iter().filter(is_its).flat_map(|facts| &facts.workers);
    workers.any(|it| it.status == Some(WorkerStatus::Online))
}

fn judge_job_url(name: &str, told: Told<'_>) -> Finding {
    let text = match told {
        Told::Text(text) if !text.is_empty() => text,
        Told::Text(_) | Told::Not => {
            return fail(
                format!("Deployment {name} does not set {API_URL}"),
                "Set it to the API's address as pods reach it.",
            );
        }
        Told::Secret(_) | Told::Elsewhere => {
            return ok(format!(
                "Deployment {name} takes {API_URL} from another object"
            ));
        }
    };
    match ApiUrl::parse(text) {
        Ok(url) if url.is_loopback() => fail(
            format!("Deployment {name} has {API_URL} {url}, which in a pod is the pod itself"),
            "Set it to an address that pods can reach: the Service of the server, or its public address.",
        ),
        Ok(url) => match url.warnings().into_iter().next() {
            Some(odd) => warn(
                format!("Deployment {name}: {odd}"),
                "Correct it if the worker does not come up.",
            ),
            None => ok(format!("Deployment {name} has {url}")),
        },
        Err(error) => fail(
            format!("Deployment {name}: {}", error.one_line()),
            error.hints.join("\n"),
        ),
    }
}

/// Whether workers report to the API that is looked at here.
pub async fn same_api(world: &World) -> Findings {
    let ours = settings(world)?.api_url();
    let ours = ours.map_err(|_| Trouble::Skip("no Prefect API is known".to_owned()))?;
    let installed = world.installed().await?;
    if installed.is_empty() {
        return Err(Trouble::Skip("no worker is installed".to_owned()));
    }
    Ok(installed
        .iter()
        .filter_map(|it| judge_same(it, &ours))
        .collect())
}

fn judge_same(installed: &Installed, ours: &ApiUrl) -> Option<Finding> {
    let text = installed.spec.text(API_URL)?;
    let theirs = ApiUrl::parse(text).ok()?;
    let name = installed.name();
    let trimmed = |url: &ApiUrl| url.to_string().trim_end_matches('/').to_owned();
    let (here, there) = (trimmed(ours), trimmed(&theirs));
    if here == there {
        return Some(ok(format!(
            "Deployment {name} reports to the API that is looked at"
        )));
    }
    let workspace = |url: &str| {
        url.split_once("/accounts/")
            .map(|(_, rest)| rest.to_owned())
    };
    Some(match (workspace(&here), workspace(&there)) {
        (Some(here), Some(there)) if here == there => ok(format!(
            "Deployment {name} reports to the workspace that is looked at"
        )),
        (None, None) => warn(
            format!("Deployment {name} reports to {theirs}, and {ours} is looked at"),
            "When both are the same server by two names, all is well (check heartbeat tells); else look at the worker's with --api-url.",
        ),
        _ => fail(
            format!("Deployment {name} reports to {theirs}, and {ours} is looked at"),
            "They are not the same API: change the worker's values, or look at its own with --api-url.",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;

    #[test]
    fn an_address_has_to_lead_out_of_the_pod() {
        for (told, level) in [
            (Told::Text("http://prefect-server:4200/api"), Level::Ok),
            (Told::Text("http://127.0.0.1:4200/api"), Level::Fail),
            (Told::Text("http://localhost:4200/api"), Level::Fail),
            (Told::Text("http://prefect-server:4200"), Level::Warn),
            (Told::Text("prefect-server:4200/api"), Level::Fail),
            (
                Told::Text("https://app.prefect.cloud/account/a/workspace/b"),
                Level::Fail,
            ),
            (Told::Text(""), Level::Fail),
            (Told::Not, Level::Fail),
            (Told::Elsewhere, Level::Ok),
        ] {
            assert_eq!(judge_job_url("w", told).level, level, "{told:?}");
        }
    }
}
