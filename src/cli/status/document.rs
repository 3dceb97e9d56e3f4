//! The status of a release for machines.

use serde_json::{Value, json};

use crate::install::{
    health::{self, PodState, Report, Signs, State, Template},
    wait::Rollout,
};

/// A report as a document.
#[must_use]
pub fn of(report: &Report) -> Value {
    let remarks = health::remarks(report);
    let said: Vec<Value> = remarks
        .iter()
        .map(|remark| {
            json!({
                "health": remark.health.name(),
                "message": remark.words,
                "hint": remark.hint,
            })
        })
        .collect();
    let revision = report.revision.as_ref().map(|revision| {
        json!({
            "revision": revision.number,
            "status": revision.status.name(),
            "description": revision.description,
            "updated": revision.created.map(|at| at.to_string()),
        })
    });
    let (signs, why) = signs(&report.signs);
    json!({
        "release": report.release.name,
        "namespace": report.release.namespace,
        "health": health::health(&remarks).name(),
        "remarks": said,
        "revision": revision,
        "objects": report.objects.iter().map(object).collect::<Vec<_>>(),
        "rollout": report.rollout.as_ref().map(rollout),
        "pods": report.pods.iter().map(|it| pod(report, it)).collect::<Vec<_>>(),
        "workPool": report.pool,
        "signsOfLife": signs,
        "signsOfLifeUnknown": why,
        "workers": report.workers.iter().map(|worker| json!({
            "name": worker.name,
            "status": worker.status,
            "lastHeartbeat": worker.last_heartbeat_time.map(|at| at.to_string()),
        })).collect::<Vec<_>>(),
        "template": template(&report.template),
    })
}

/// What has to change to make a status worth showing again.
#[must_use]
pub fn gist(reports: &[Report]) -> Vec<Value> {
    let mut documents: Vec<Value> = reports.iter().map(of).collect();
    for document in &mut documents {
        let workers = document["workers"].as_array_mut();
        for worker in workers.into_iter().flatten() {
            worker["lastHeartbeat"] = Value::Null;
        }
    }
    documents
}

fn object(object: &health::ObjectState) -> Value {
    let (state, fields, why) = match &object.state {
        State::AsApplied => ("as applied", Vec::new(), None),
        State::Changed(fields) => ("changed", fields.clone(), None),
        State::Missing => ("missing", Vec::new(), None),
        State::Unknown(why) => ("unknown", Vec::new(), Some(why)),
    };
    json!({
        "apiVersion": object.object.resource.api_version(),
        "kind": object.object.resource.kind,
        "namespace": object.object.namespace,
        "name": object.object.name,
        "state": state,
        "fields": fields,
        "why": why,
    })
}

fn rollout(rollout: &Rollout) -> Value {
    match rollout {
        Rollout::Done(pods) => json!({"state": "done", "pods": pods}),
        Rollout::Going(why) => json!({"state": "going", "why": why}),
        Rollout::Stuck(why) => json!({"state": "stuck", "why": why}),
    }
}

fn pod(report: &Report, pod: &PodState) -> Value {
    let trouble = pod.trouble.as_ref();
    let why = trouble.map(|trouble| trouble.words.as_str());
    json!({
        "name": pod.name,
        "status": pod.status,
        "ready": pod.ready.0,
        "containers": pod.ready.1,
        "restarts": pod.restarts,
        "created": pod.created.map(|at| at.to_string()),
        "node": pod.node,
        "why": why.or_else(|| report.ended_before(pod)),
        "hint": trouble.and_then(|trouble| trouble.hint),
    })
}

fn signs(signs: &Signs) -> (&'static str, Option<&str>) {
    match signs {
        Signs::Alive => ("alive", None),
        Signs::Awaited => ("awaited", None),
        Signs::Silent => ("silent", None),
        Signs::NoPool(_) => ("no work pool", None),
        Signs::None => ("none", None),
        Signs::Unknown(why) => ("unknown", Some(why)),
    }
}

fn template(template: &Template) -> Value {
    match template {
        Template::None => Value::Null,
        Template::Same => json!({"state": "same", "paths": []}),
        Template::Differs(paths) => json!({"state": "differs", "paths": paths}),
    }
}
