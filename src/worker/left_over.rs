//! The Job that an attempt may have already, before it is made once more.
//!
//! The name of a Job is taken once in a namespace, but the worker that made it may have used another
//! one: replicas may differ, and the default may have changed since. So it is looked for wherever it
//! may be, and only what the name protects is left to it.

use super::{
    journal::RunRef,
    observe,
    place::{Doubt, place_of},
    shared::Shared,
    unnoted,
};
use crate::{
    k8s::{Class, Cluster, Failure, Scope, label, view::JobView},
    prefect::{Client, FlowRun, StateId},
};

/// What there is of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOver {
    /// No Job, or one where it is to be made: its creation meets it.
    Nothing,
    /// A Job that needs no creation, which the server has been told of.
    Noted,
}

/// Looks for the Job of an attempt, and tells the server of one that is in another place than where
/// it would be made now.
///
/// # Errors
/// When nobody can tell now.
pub async fn look(
    shared: &Shared,
    prefect: &Client,
    run: &FlowRun,
    attempt: StateId,
) -> Result<LeftOver, String> {
    let place = place_of(shared, run).await?;
    if let Some(doubt @ Doubt::Elsewhere(_)) = place.doubt {
        // Another Job would be its second one.
        return Err(format!("{doubt}, and may be there still"));
    }
    let configured = place.namespace;
    let configured = configured.unwrap_or_else(|| shared.pool().default_namespace());
    let jobs = jobs(shared, &place.cluster, &configured, run).await;
    let jobs = jobs.map_err(|failure| failure.to_string())?;
    // Where Secrets are made, those of a Job may be missing still: its creation makes up for them.
    let found = if shared.options.makes_secrets() && !place.has_moved {
        elsewhere(&jobs, run, attempt, &configured)
    } else {
        anywhere(&jobs, run, attempt)
    };
    let Some((namespace, name)) = found else {
        return Ok(LeftOver::Nothing);
    };
    let noted = unnoted::note(prefect, &RunRef::of(run), namespace, name).await;
    noted.map_err(|error| error.one_line())?;
    Ok(LeftOver::Noted)
}

/// Whether a run has any Job, of whatever attempt and whoever made it, as far as this worker sees.
///
/// # Errors
/// When nobody can tell now.
pub async fn has_job(shared: &Shared, run: &FlowRun) -> Result<bool, String> {
    let place = place_of(shared, run).await?;
    let configured = place.namespace;
    let configured = configured.unwrap_or_else(|| shared.pool().default_namespace());
    let jobs = jobs(shared, &place.cluster, &configured, run).await;
    Ok(!jobs.map_err(|failure| failure.to_string())?.is_empty())
}

/// The Job of an attempt, under whatever name: the run may have another one since.
fn anywhere<'a>(
    jobs: &'a [JobView],
    run: &FlowRun,
    attempt: StateId,
) -> Option<(&'a str, &'a str)> {
    let is_its =
        |job: &&JobView| observe::attempt(job) == Some(attempt) && observe::made_by_us(job, run.id);
    let job = jobs.iter().find(is_its)?;
    Some((&job.metadata.namespace, &job.metadata.name))
}

/// The Job of an attempt, if there is one and none where it would be made now.
fn elsewhere<'a>(
    jobs: &'a [JobView],
    run: &FlowRun,
    attempt: StateId,
    configured: &str,
) -> Option<(&'a str, &'a str)> {
    let is_its =
        |job: &&JobView| observe::attempt(job) == Some(attempt) && observe::made_by_us(job, run.id);
    let its = jobs.iter().filter(is_its);
    let mut places = its.map(|job| {
        let metadata = &job.metadata;
        (metadata.namespace.as_str(), metadata.name.as_str())
    });
    let first = places.next()?;
    let is_here = |place: &(&str, &str)| place.0 == configured;
    (!is_here(&first) && !places.any(|place| is_here(&place))).then_some(first)
}

/// The Jobs of a run: in the whole cluster, where that is allowed, else wherever this worker has
/// Jobs.
///
/// # Errors
/// As the API server; where nothing may be read, nothing is known to be.
pub async fn jobs(
    shared: &Shared,
    cluster: &Cluster,
    configured: &str,
    run: &FlowRun,
) -> Result<Vec<JobView>, Failure> {
    let selector = format!("{}={}", label::FLOW_RUN_ID, run.id);
    match cluster.list::<JobView>(&Scope::Cluster, &selector).await {
        Err(failure) if failure.class == Class::Forbidden => {}
        listed => return listed,
    }
    let watched = shared.watched();
    let watched = watched.iter().filter(|ground| ground.cluster.is(cluster));
    let mut namespaces: Vec<String> = watched.map(|ground| ground.namespace.clone()).collect();
    namespaces.push(configured.to_owned());
    namespaces.sort();
    namespaces.dedup();
    let mut jobs = Vec::new();
    for namespace in namespaces {
        let scope = Scope::Namespace(namespace);
        match cluster.list::<JobView>(&scope, &selector).await {
            Ok(found) => jobs.extend(found),
            // Where nothing may be read, nothing is known to be.
            Err(failure) if failure.class == Class::Forbidden => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(jobs)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::template::job_suffix;

    #[test]
    fn a_job_in_another_place_is_that_of_the_attempt() {
        let run = json!({"id": Uuid::from_u128(1), "name": "a", "flow_id": Uuid::nil()});
        let run: FlowRun = serde_json::from_value(run).unwrap();
        let attempt = StateId(Uuid::from_u128(2));
        let job = |namespace: &str, of: u128, name: Option<&str>| -> JobView {
            let of = Uuid::from_u128(of);
            let own = format!("a{}", job_suffix(run.id.0, of));
            let job = json!({
                "metadata": {
                    "namespace": namespace, "name": name.unwrap_or(&own), "uid": "u",
                    "annotations": {label::ATTEMPT: of.to_string()},
                },
            });
            serde_json::from_value(job).unwrap()
        };
        let table = [
            ("none", vec![], None),
            ("here", vec![job("here", 2, None)], None),
            ("there", vec![job("there", 2, None)], Some("there")),
            (
                "both",
                vec![job("there", 2, None), job("here", 2, None)],
                None,
            ),
            ("of another attempt", vec![job("there", 3, None)], None),
            ("a copy", vec![job("there", 2, Some("copy"))], None),
        ];
        for (name, jobs, expected) in table {
            let found = elsewhere(&jobs, &run, attempt, "here");
            assert_eq!(found.map(|(namespace, _)| namespace), expected, "{name}");
        }
    }
}
