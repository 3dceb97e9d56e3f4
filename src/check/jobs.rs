//! Jobs, and what stands in their way: quotas, policies, pods that do not get on, Jobs that stay.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    finding::{Finding, Findings, fail, ok, warn},
    labels::selects,
    pool::first,
    quantity::Quantity,
    world::World,
};
use crate::{
    k8s::{
        PodView, Scope,
        documents::{NETWORK_POLICY, RESOURCE_QUOTA},
        label,
    },
    prefect::{FlowRunFilter, FlowRunId, Page},
    worker::{diagnose::diagnose, said},
};

/// A Job may outlive the end of its run for this long: its pod ends, its worker looks.
const GRACE: SignedDuration = SignedDuration::from_mins(10);
/// So many finished Jobs are a burden to everybody who lists them.
const MANY: usize = 100;
/// Ids in one question to the API.
const AT_ONCE: usize = 100;
/// A quota that is used up to this part (in percent) is worth a look.
const NEARLY: f64 = 90.0;

/// Whether quotas leave room for Jobs.
pub async fn quota(world: &World) -> Findings {
    let cluster = world.cluster().await?;
    let mut findings = Vec::new();
    let namespaces = world.job_namespaces().await?;
    for namespace in &namespaces {
        let quotas: Vec<Value> = cluster
            .list_documents(RESOURCE_QUOTA, Some(namespace), "")
            .await?;
        findings.extend(quotas.iter().map(|quota| judge_quota(namespace, quota)));
    }
    if findings.is_empty() {
        findings.push(ok(format!(
            "no quota limits namespace {}",
            namespaces.join(", ")
        )));
    }
    Ok(findings)
}

fn judge_quota(namespace: &str, quota: &Value) -> Finding {
    let name = quota["metadata"]["name"].as_str().unwrap_or_default();
    let mut nearly = Vec::new();
    for (what, hard) in quota["status"]["hard"].as_object().into_iter().flatten() {
        let used = &quota["status"]["used"][what];
        let (Some(hard), Some(used)) = (hard.as_str(), used.as_str()) else {
            continue;
        };
        let (Some(limit), Some(amount)) = (Quantity::parse(hard), Quantity::parse(used)) else {
            continue;
        };
        let in_words = format!("{what} {used} of {hard}");
        let percent = amount.percent_of(limit);
        if percent >= 100.0 {
            return fail(
                format!("quota {name} of namespace {namespace} is used up: {in_words}"),
                format!(
                    "Raise it, let Jobs end or delete finished ones: kubectl describe resourcequota {name} -n {namespace}"
                ),
            );
        }
        if percent >= NEARLY {
            nearly.push(in_words);
        }
    }
    if nearly.is_empty() {
        return ok(format!("quota {name} of namespace {namespace} leaves room"));
    }
    warn(
        format!(
            "quota {name} of namespace {namespace} is nearly used up: {}",
            nearly.join(", ")
        ),
        "Raise it, or limit the runs at once (concurrency limit of the pool, --limit of the worker).",
    )
}

/// Whether a NetworkPolicy keeps workers or Jobs from the APIs.
pub async fn network_policy(world: &World) -> Findings {
    let cluster = world.cluster().await?;
    let home = world.namespace()?;
    let mut found: BTreeMap<String, Finding> = BTreeMap::new();
    let mut look = async |namespace: &str, who: &str, labels: BTreeMap<String, String>| {
        let policies: Vec<Value> = cluster
            .list_documents(NETWORK_POLICY, Some(namespace), "")
            .await?;
        for policy in &policies {
            if let Some(finding) = judge_policy(namespace, policy, who, &labels) {
                found.insert(finding.seen.clone(), finding);
            }
        }
        Ok::<(), crate::k8s::Failure>(())
    };
    for worker in world.installed().await.unwrap_or_default() {
        let who = format!("Deployment {}", worker.name());
        let labels = worker.deployment.spec.template.metadata.labels.clone();
        look(home, &who, labels).await?;
    }
    let namespaces = world.job_namespaces().await?;
    for namespace in &namespaces {
        let labels = [(label::FLOW_RUN_ID.to_owned(), String::new())].into();
        look(namespace, "Jobs", labels).await?;
    }
    if found.is_empty() {
        return Ok(vec![ok(
            "no NetworkPolicy limits what workers and Jobs may reach",
        )]);
    }
    Ok(found.into_values().collect())
}

fn judge_policy(
    namespace: &str,
    policy: &Value,
    who: &str,
    labels: &BTreeMap<String, String>,
) -> Option<Finding> {
    let spec = &policy["spec"];
    let name = policy["metadata"]["name"].as_str().unwrap_or_default();
    let types = spec["policyTypes"].as_array();
    let is_egress = types.map_or_else(
        || spec["egress"].is_array(),
        |types| types.iter().any(|kind| kind == "Egress"),
    );
    if !is_egress || !selects(&spec["podSelector"], labels) {
        return None;
    }
    let rules = spec["egress"].as_array().map_or(&[][..], Vec::as_slice);
    let all = rules.iter().any(|rule| {
        rule["to"].as_array().is_none_or(Vec::is_empty)
            && rule["ports"].as_array().is_none_or(Vec::is_empty)
    });
    let needed = "Let them reach DNS (port 53), the Kubernetes API server and the Prefect API.";
    let seen = format!("NetworkPolicy {name} of namespace {namespace}");
    if rules.is_empty() {
        return Some(fail(format!("{seen} lets {who} reach nobody"), needed));
    }
    (!all).then(|| warn(format!("{seen} limits whom {who} may reach"), needed))
}

/// Pods of Jobs that do not get on.
pub async fn pods(world: &World) -> Findings {
    let cluster = world.cluster().await?;
    let namespaces = world.job_namespaces().await?;
    let mut findings = Vec::new();
    for namespace in &namespaces {
        let scope = Scope::Namespace(namespace.clone());
        let pods: Vec<PodView> = cluster.list(&scope, label::FLOW_RUN_ID).await?;
        findings.extend(judge_pods(namespace, &pods));
    }
    if findings.is_empty() {
        findings.push(ok(format!(
            "no pod of a Job is stuck in {}",
            namespaces.join(", ")
        )));
    }
    Ok(findings)
}

/// One finding for each kind of trouble: a hundred pods with the same wrong image are one mistake.
fn judge_pods(namespace: &str, pods: &[PodView]) -> Vec<Finding> {
    let mut troubles: BTreeMap<String, (Vec<&str>, _)> = BTreeMap::new();
    for pod in pods {
        let is_over = pod
            .status
            .container_statuses
            .iter()
            .any(|it| it.state.terminated.is_some());
        let Some(diagnosis) = diagnose(&pod.status).filter(|_| !is_over) else {
            continue;
        };
        let entry = troubles.entry(said::trouble(&diagnosis));
        entry
            .or_insert_with(|| (Vec::new(), diagnosis))
            .0
            .push(&pod.metadata.name);
    }
    troubles
        .into_values()
        .map(|(names, diagnosis)| {
            let seen = format!(
                "{}: {}; pods {} of namespace {namespace}",
                diagnosis.summary,
                diagnosis.detail,
                first(&names)
            );
            fail(seen, diagnosis.resolution)
        })
        .collect()
}

/// Jobs that are there no longer for anything.
pub async fn stale(world: &World) -> Findings {
    let jobs = world.jobs().await?;
    let prefect = world.prefect().await?;
    let mut active: Vec<(&str, &str, FlowRunId)> = Vec::new();
    let mut finished = 0;
    for job in jobs {
        let (name, namespace) = (&job["metadata"]["name"], &job["metadata"]["namespace"]);
        if is_finished(job) {
            finished += usize::from(job["spec"]["ttlSecondsAfterFinished"].is_null());
            continue;
        }
        let id = job["metadata"]["labels"][label::FLOW_RUN_ID].as_str();
        if let (Some(name), Some(namespace), Some(Ok(id))) =
            (name.as_str(), namespace.as_str(), id.map(str::parse))
        {
            active.push((namespace, name, id));
        }
    }
    let mut over: BTreeSet<FlowRunId> = BTreeSet::new();
    let mut known: BTreeSet<FlowRunId> = BTreeSet::new();
    for chunk in active.chunks(AT_ONCE) {
        let filter = FlowRunFilter {
            ids: Some(chunk.iter().map(|(_, _, id)| *id).collect()),
            ..FlowRunFilter::default()
        };
        let runs = prefect
            .list_flow_runs(&filter, Default::default(), Page::default())
            .await?;
        let now = prefect.server_now();
        for run in runs {
            known.insert(run.id);
            let state = run.state.as_ref();
            let is_over = state
                .is_some_and(|state| state.kind.is_final() && is_long_ago(state.timestamp, now));
            if is_over {
                over.insert(run.id);
            }
        }
    }
    let stale: Vec<String> = active
        .iter()
        .filter(|(_, _, id)| over.contains(id) || !known.contains(id))
        .map(|(namespace, name, _)| format!("{namespace}/{name}"))
        .collect();
    Ok(judge_stale(&stale, active.len(), finished))
}

fn is_long_ago(moment: Option<Timestamp>, now: Timestamp) -> bool {
    moment.is_some_and(|moment| now.duration_since(moment) >= GRACE)
}

fn is_finished(job: &Value) -> bool {
    let conditions = job["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| {
        condition["status"] == "True"
            && matches!(condition["type"].as_str(), Some("Complete" | "Failed"))
    })
}

fn judge_stale(stale: &[String], active: usize, finished: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    if stale.is_empty() {
        findings.push(ok(format!(
            "{active} Jobs are active, each for a run that has not ended"
        )));
    } else {
        let names: Vec<&str> = stale.iter().map(String::as_str).collect();
        findings.push(warn(
            format!(
                "{} active Jobs are of runs that have ended or are gone: {}",
                names.len(),
                first(&names)
            ),
            "Delete them when nothing of use is in them: kubectl delete job NAME -n NAMESPACE.",
        ));
    }
    if finished >= MANY {
        findings.push(warn(
            format!("{finished} finished Jobs stay for ever"),
            "Set the job variable finished_job_ttl in the pool's template, and delete the old ones.",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::Level;

    #[test]
    fn a_quota_is_judged_by_what_is_left() {
        let judge = |hard: Value, used: Value| {
            let quota = json!({"metadata": {"name": "q"}, "status": {"hard": hard, "used": used}});
            judge_quota("flows", &quota)
        };
        for (hard, used, level) in [
            (json!({"pods": "10"}), json!({"pods": "3"}), Level::Ok),
            (json!({"pods": "10"}), json!({"pods": "9"}), Level::Warn),
            (
                json!({"pods": "10", "requests.cpu": "2"}),
                json!({"pods": "3", "requests.cpu": "2000m"}),
                Level::Fail,
            ),
            (
                json!({"requests.memory": "1Gi"}),
                json!({"requests.memory": "512Mi"}),
                Level::Ok,
            ),
            (json!({"pods": "0"}), json!({"pods": "0"}), Level::Fail),
            (json!({"odd": "?"}), json!({"odd": "x"}), Level::Ok),
        ] {
            assert_eq!(judge(hard.clone(), used).level, level, "{hard}");
        }
        let seen = judge(
            json!({"count/jobs.batch": "5"}),
            json!({"count/jobs.batch": "5"}),
        )
        .seen;
        assert_eq!(
            seen,
            "quota q of namespace flows is used up: count/jobs.batch 5 of 5"
        );
    }

    #[test]
    fn a_policy_counts_when_it_selects_the_pods_and_limits_where_they_go() {
        let labels: BTreeMap<String, String> = [("app".to_owned(), "w".to_owned())].into();
        for (spec, level) in [
            (json!({"podSelector": {}, "policyTypes": ["Ingress"]}), None),
            (
                json!({"podSelector": {"matchLabels": {"app": "x"}}, "policyTypes": ["Egress"]}),
                None,
            ),
            (
                json!({"podSelector": {}, "policyTypes": ["Egress"]}),
                Some(Level::Fail),
            ),
            (
                json!({"podSelector": {"matchLabels": {"app": "w"}}, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": 53}]}]}),
                Some(Level::Warn),
            ),
            (
                json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": 53}]}, {}]}),
                None,
            ),
        ] {
            let policy = json!({"metadata": {"name": "p"}, "spec": spec});
            let found = judge_policy("flows", &policy, "Jobs", &labels).map(|it| it.level);
            assert_eq!(found, level, "{policy}");
        }
    }

    #[test]
    fn jobs_stay_when_they_outlive_their_runs() {
        let now: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let at = |text: &str| Some(text.parse().unwrap());
        assert!(is_long_ago(at("2026-01-01T11:50:00Z"), now));
        assert!(!is_long_ago(at("2026-01-01T11:50:01Z"), now));
        assert!(is_finished(
            &json!({"status": {"conditions": [{"type": "Complete", "status": "True"}]}})
        ));
        assert!(!is_finished(
            &json!({"status": {"conditions": [{"type": "FailureTarget", "status": "True"}]}})
        ));
        let levels = |stale: &[String], finished| {
            let findings = judge_stale(stale, 2, finished);
            findings.iter().map(|it| it.level).collect::<Vec<_>>()
        };
        assert_eq!(levels(&[], 5), [Level::Ok]);
        assert_eq!(
            levels(&["flows/j".to_owned()], 100),
            [Level::Warn, Level::Warn]
        );
    }
}
