//! What is seen of a release, judged: whether it works, on its way, or in trouble.

use super::{Report, Signs, State, Template};
use crate::install::{release::Status, wait::Rollout};

/// How a release is getting on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// It works, as far as can be seen.
    Healthy,
    /// It changes, and may get healthy by itself.
    Progressing,
    /// It does not work, and will not by itself.
    Unhealthy,
}

impl Health {
    /// The word in tables and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Progressing => "progressing",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// Something that is worth a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What it makes of the release's health; nothing for [`Health::Healthy`].
    pub health: Health,
    /// What it is.
    pub words: String,
    /// What to do about it.
    pub hint: Option<String>,
}

fn remark(health: Health, words: impl Into<String>, hint: &str) -> Remark {
    Remark {
        health,
        words: words.into(),
        hint: Some(hint.to_owned()).filter(|hint| !hint.is_empty()),
    }
}

/// All that is worth a word, the worst first.
#[must_use]
pub fn remarks(report: &Report) -> Vec<Remark> {
    let mut remarks = Vec::new();
    remarks.extend(of_revision(report));
    of_objects(report, &mut remarks);
    remarks.extend(of_rollout(report));
    for pod in &report.pods {
        if let Some(trouble) = &pod.trouble {
            let words = format!("pod {}: {}", pod.name, trouble.words);
            let hint = trouble.hint.unwrap_or_default();
            remarks.push(remark(Health::Unhealthy, words, hint));
        } else if let Some(ended) = report.ended_before(pod) {
            let words = format!("pod {}: {ended}", pod.name);
            let hint = "its log before that says why: kubectl logs --previous";
            remarks.push(remark(Health::Progressing, words, hint));
        }
    }
    remarks.extend(of_signs(report));
    remarks.extend(of_template(report));
    remarks.sort_by_key(|remark| std::cmp::Reverse(remark.health));
    remarks
}

/// The health that remarks come to.
#[must_use]
pub fn health(remarks: &[Remark]) -> Health {
    let each = remarks.iter().map(|remark| remark.health);
    each.max().unwrap_or(Health::Healthy)
}

fn of_revision(report: &Report) -> Option<Remark> {
    let Some(revision) = &report.revision else {
        return Some(remark(
            Health::Unhealthy,
            "none of its revisions is there, so that its objects are not known",
            "kubectl prefect install with its values writes one",
        ));
    };
    let number = revision.number;
    match revision.status {
        Status::Deployed => None,
        Status::Pending => Some(remark(
            Health::Progressing,
            format!("revision {number} is being applied"),
            "",
        )),
        Status::Failed => Some(remark(
            Health::Unhealthy,
            format!("revision {number} {}", revision.description),
            "the same command again does the rest; kubectl prefect rollback goes back",
        )),
    }
}

fn of_objects(report: &Report, remarks: &mut Vec<Remark>) {
    for object in &report.objects {
        let name = object.object.kubectl_name();
        match &object.state {
            State::Missing => remarks.push(remark(
                Health::Unhealthy,
                format!("{name} is missing"),
                "kubectl prefect upgrade makes it again",
            )),
            State::Unknown(why) => remarks.push(remark(
                Health::Healthy,
                format!("{name} is not known: {why}"),
                "",
            )),
            State::Changed(_) => remarks.push(remark(
                Health::Healthy,
                format!("{name} is not as it was applied"),
                "kubectl prefect diff shows what differs, upgrade sets it right",
            )),
            State::AsApplied => {}
        }
    }
}

fn of_rollout(report: &Report) -> Option<Remark> {
    if let Some(why) = &report.cannot_create {
        let words = format!("pods cannot be made: {why}");
        return Some(remark(Health::Unhealthy, words, ""));
    }
    match report.rollout.as_ref()? {
        Rollout::Done(0) => Some(remark(
            Health::Healthy,
            "it has no pods, since replicas is 0",
            "",
        )),
        Rollout::Done(_) => None,
        Rollout::Going(why) => Some(remark(Health::Progressing, why.clone(), "")),
        Rollout::Stuck(why) => Some(remark(Health::Unhealthy, why.clone(), "")),
    }
}

fn of_signs(report: &Report) -> Option<Remark> {
    match &report.signs {
        Signs::Alive | Signs::None => None,
        Signs::Awaited => Some(remark(
            Health::Progressing,
            "its worker has yet to give a sign of life",
            "",
        )),
        Signs::Silent => Some(remark(
            Health::Unhealthy,
            "its pods run, and the work pool hears nothing of its worker",
            "the worker's log says why: kubectl logs deployment/NAME; check looks further: kubectl prefect check",
        )),
        Signs::NoPool(pool) => Some(remark(
            Health::Unhealthy,
            format!("work pool {pool:?} does not exist"),
            "the worker makes it when it starts; kubectl rollout restart starts it again",
        )),
        Signs::Unknown(why) => Some(remark(
            Health::Healthy,
            format!("whether its worker gives signs of life is not known: {why}"),
            "--api-url and --api-key-file name an address and a key to ask with from here",
        )),
    }
}

fn of_template(report: &Report) -> Option<Remark> {
    match &report.template {
        Template::None | Template::Same => None,
        Template::Differs(paths) => {
            let first: Vec<&str> = paths.iter().take(3).map(String::as_str).collect();
            let more = paths.len().saturating_sub(first.len());
            let more = match more {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            Some(remark(
                Health::Healthy,
                format!(
                    "the template of the work pool is not the one of the release: {}{more}",
                    first.join(", ")
                ),
                "kubectl prefect template diff shows it; the pod that starts next writes the release's",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::install::{
        health::PodState,
        release::{ReleaseId, Revision},
    };

    fn report(signs: Signs, ended_before: Option<&str>) -> Report {
        let release = ReleaseId {
            name: "w".to_owned(),
            namespace: "flows".to_owned(),
        };
        let pod = PodState {
            name: "w-1".to_owned(),
            status: "Running".to_owned(),
            ready: (1, 1),
            restarts: 1,
            created: None,
            node: None,
            trouble: None,
            ended_before: ended_before.map(str::to_owned),
        };
        Report {
            release,
            revision: Some(Revision::example(1, Status::Deployed)),
            objects: Vec::new(),
            rollout: Some(Rollout::Done(1)),
            cannot_create: None,
            pods: vec![pod],
            pool: Some("p".to_owned()),
            workers: Vec::new(),
            signs,
            template: Template::None,
        }
    }

    #[test]
    fn a_worker_that_starts_may_yet_get_well_and_one_that_crashed_says_how() {
        let crashed = Some("container 'w' ended with 3 (Error) and was started again");
        let awaited = "its worker has yet to give a sign of life";
        for (signs, ended_before, expected, first) in [
            (Signs::Alive, crashed, Health::Healthy, None),
            (Signs::Awaited, None, Health::Progressing, Some(awaited)),
            (
                Signs::Awaited,
                crashed,
                Health::Progressing,
                Some("pod w-1: container 'w' ended with 3 (Error) and was started again"),
            ),
            (
                Signs::Silent,
                crashed,
                Health::Unhealthy,
                Some("its pods run, and the work pool hears nothing of its worker"),
            ),
            (
                Signs::NoPool("p".to_owned()),
                None,
                Health::Unhealthy,
                Some("work pool \"p\" does not exist"),
            ),
            (Signs::None, None, Health::Healthy, None),
        ] {
            let said = remarks(&report(signs, ended_before));
            assert_eq!(health(&said), expected, "{said:?}");
            assert_eq!(said.first().map(|it| it.words.as_str()), first);
        }
    }
}
