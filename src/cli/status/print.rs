//! The status of releases for people.

use jiff::Timestamp;

use crate::{
    install::{
        health::{self, PodState, Report, State},
        plan::compare::few,
        wait::Rollout,
    },
    prefect::WorkerStatus,
    ui::{Table, age, tame, tame_line},
};

/// One release in full.
#[must_use]
pub fn details(report: &Report, now: Timestamp) -> String {
    let remarks = health::remarks(report);
    let health = health::health(&remarks).name();
    let release = &report.release;
    let mut text = format!(
        "Release {} in namespace {}: {health}\n",
        release.name, release.namespace
    );
    if let Some(revision) = &report.revision {
        let number = revision.number;
        let ago = revision
            .created
            .map_or_else(String::new, |at| format!(", {} ago", since(at, now)));
        let description = tame_line(&revision.description);
        text.push_str(&format!("Revision {number}{ago}: {description}\n"));
    }
    for remark in &remarks {
        let words = tame(&remark.words).replace('\n', "\n  ");
        text.push_str(&format!("- {words}\n"));
        if let Some(hint) = &remark.hint {
            text.push_str(&format!("  hint: {hint}\n"));
        }
    }
    let objects = objects(report).render();
    text.push_str(&format!("\n{objects}"));
    if !report.pods.is_empty() {
        text.push_str(&format!("\n{}", pods(&report.pods, now).render()));
    }
    if !report.workers.is_empty() {
        text.push_str(&format!("\n{}", workers(report, now).render()));
    }
    text
}

fn objects(report: &Report) -> Table {
    let mut table = Table::new(&["OBJECT", "STATE"]);
    for object in &report.objects {
        let state = match &object.state {
            State::AsApplied => "as applied".to_owned(),
            State::Changed(paths) => format!("changed: {}", few(paths)),
            State::Missing => "missing".to_owned(),
            State::Unknown(_) => "<unknown>".to_owned(),
        };
        table.row([object.object.kubectl_name(), state]);
    }
    table
}

fn pods(pods: &[PodState], now: Timestamp) -> Table {
    let mut table = Table::new(&["POD", "READY", "STATUS", "RESTARTS", "AGE"]);
    for pod in pods {
        let (ready, all) = pod.ready;
        table.row([
            pod.name.clone(),
            format!("{ready}/{all}"),
            pod.status.clone(),
            pod.restarts.to_string(),
            pod.created.map_or_else(unknown, |at| since(at, now)),
        ]);
    }
    table
}

fn workers(report: &Report, now: Timestamp) -> Table {
    let mut table = Table::new(&["WORK POOL", "WORKER", "STATUS", "LAST HEARTBEAT"]);
    for worker in &report.workers {
        let status = match worker.status {
            Some(WorkerStatus::Online) => "Online".to_owned(),
            Some(WorkerStatus::Offline) => "Offline".to_owned(),
            _ => unknown(),
        };
        let last = worker.last_heartbeat_time;
        table.row([
            report.pool.clone().unwrap_or_default(),
            worker.name.to_string(),
            status,
            last.map_or_else(unknown, |at| since(at, now)),
        ]);
    }
    table
}

/// Many releases, a line each.
#[must_use]
pub fn table(reports: &[Report], now: Timestamp) -> Table {
    let mut table = Table::new(&[
        "NAMESPACE",
        "NAME",
        "HEALTH",
        "REVISION",
        "PODS",
        "WORK POOL",
        "UPDATED",
        "WHY",
    ]);
    for report in reports {
        let remarks = health::remarks(report);
        let worst = health::health(&remarks);
        let why = remarks
            .first()
            .filter(|_| worst != health::Health::Healthy)
            .map_or_else(String::new, |remark| remark.words.clone());
        let revision = report.revision.as_ref();
        let created = revision.and_then(|revision| revision.created);
        table.row([
            report.release.namespace.clone(),
            report.release.name.clone(),
            worst.name().to_owned(),
            revision.map_or_else(unknown, |revision| revision.number.to_string()),
            pods_in_short(report),
            report.pool.clone().unwrap_or_else(unknown),
            created.map_or_else(unknown, |at| since(at, now)),
            why,
        ]);
    }
    table
}

/// Pods that are ready, of all.
fn pods_in_short(report: &Report) -> String {
    if report.rollout == Some(Rollout::Done(0)) {
        return "0/0".to_owned();
    }
    let is_ready = |pod: &&PodState| pod.ready.1 > 0 && pod.ready.0 == pod.ready.1;
    let ready = report.pods.iter().filter(is_ready).count();
    format!("{ready}/{}", report.pods.len())
}

fn unknown() -> String {
    "<unknown>".to_owned()
}

fn since(at: Timestamp, now: Timestamp) -> String {
    age(now.duration_since(at).try_into().unwrap_or_default())
}
