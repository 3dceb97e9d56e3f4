//! The resources that an event names, with the labels by which Prefect knows them.

use std::{borrow::Cow, collections::BTreeSet};

use crate::{
    k8s::{label, view::Labels},
    prefect::Resource,
    template::{PREFECT_VERSION, slug},
};

use super::super::pool;

/// Related resources that an event may have at most (PREFECT_EVENTS_MAXIMUM_RELATED_RESOURCES).
pub const MOST: usize = 100;

const ID: &str = "prefect.resource.id";
const NAME: &str = "prefect.resource.name";
const ROLE: &str = "prefect.resource.role";

/// A resource from its labels.
fn resource<const N: usize>(labels: [(&'static str, &str); N]) -> Resource {
    labels
        .into_iter()
        .map(|(key, value)| (Cow::Borrowed(key), value.to_owned()))
        .collect()
}

/// An object of Prefect that has to do with an event: `kind` is both its kind and its role.
pub fn object(kind: &str, id: impl std::fmt::Display, name: &str) -> Resource {
    let id = format!("prefect.{kind}.{id}");
    resource([(ID, &id), (ROLE, kind), (NAME, name)])
}

/// The tags of several objects, each once and in order, as far as there is room beside `others`.
pub fn tags<'a>(tags: impl IntoIterator<Item = &'a String>, others: usize) -> Vec<Resource> {
    let tags: BTreeSet<&String> = tags.into_iter().collect();
    let room = MOST.saturating_sub(others);
    tags.into_iter()
        .take(room)
        .map(|tag| resource([(ID, &format!("prefect.tag.{tag}")), (ROLE, "tag")]))
        .collect()
}

/// The label by which a worker of ours tells its own version; `prefect.version` is that of the
/// Prefect whose ways it follows.
pub const OWN_VERSION: &str = "kubectl-prefect.version";

/// A worker, of ours or another, as events name it.
pub fn worker(name: &str) -> Resource {
    let id = format!("prefect.worker.{}.{}", pool::TYPE, slug::plain(name));
    resource([
        (ID, &id),
        (NAME, name),
        ("prefect.version", PREFECT_VERSION),
        ("prefect.worker-type", pool::TYPE),
    ])
}

/// A worker of ours as the subject of its events.
pub fn this_worker(name: &str) -> Resource {
    let mut worker = worker(name);
    let version = env!("CARGO_PKG_VERSION");
    worker.insert(OWN_VERSION.into(), version.to_owned());
    worker
}

/// What the labels of a Job or pod name: its flow run, deployment, flow, work pool and worker.
pub fn of_labels(labels: &Labels) -> Vec<Resource> {
    let mut related = Vec::new();
    for (kind, id, name) in [
        ("flow-run", label::FLOW_RUN_ID, label::FLOW_RUN_NAME),
        ("deployment", label::DEPLOYMENT_ID, label::DEPLOYMENT_NAME),
        ("flow", label::FLOW_ID, label::FLOW_NAME),
        ("work-pool", label::WORK_POOL_ID, label::WORK_POOL_NAME),
    ] {
        let Some(id) = labels.get(id).filter(|id| !id.is_empty()) else {
            continue;
        };
        let name = labels.get(name).map(String::as_str);
        let mut resource = object(kind, id, name.unwrap_or_default());
        if name.is_none() {
            resource.remove(NAME);
        }
        related.push(resource);
    }
    let worker_name = labels.get(label::WORKER_NAME);
    if let Some(name) = worker_name.filter(|name| !name.is_empty()) {
        let mut resource = worker(name);
        resource.insert(ROLE.into(), "worker".to_owned());
        related.push(resource);
    }
    related
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_sorted_and_leave_room() {
        let names = ["b".to_owned(), "a".to_owned(), "b".to_owned()];
        let ids = |others| -> Vec<String> {
            let tags = tags(&names, others);
            tags.iter().map(|tag| tag[ID].clone()).collect()
        };
        assert_eq!(ids(4), ["prefect.tag.a", "prefect.tag.b"]);
        assert_eq!(ids(MOST - 1), ["prefect.tag.a"]);
    }

    #[test]
    fn a_worker_is_known_by_the_slug_of_its_name() {
        for (name, slug) in [
            ("W örker_1 x", "w-orker-1-x"),
            ("a", "a"),
            ("日本", "ri-ben"),
        ] {
            assert_eq!(
                worker(name)[ID],
                format!("prefect.worker.kubernetes.{slug}")
            );
        }
    }

    #[test]
    fn labels_that_are_missing_name_nothing() {
        let labels = |pairs: &[(&'static str, &str)]| -> Labels {
            let pair = |(key, value): &(&'static str, &str)| (*key, (*value).to_owned());
            pairs.iter().map(pair).collect()
        };
        assert!(of_labels(&labels(&[(label::FLOW_ID, "")])).is_empty());
        let related = of_labels(&labels(&[
            (label::FLOW_RUN_ID, "r"),
            (label::WORK_POOL_ID, "p"),
            (label::WORK_POOL_NAME, "pool"),
        ]));
        assert_eq!(
            related,
            [
                resource([(ID, "prefect.flow-run.r"), (ROLE, "flow-run")]),
                object("work-pool", "p", "pool"),
            ]
        );
    }
}
