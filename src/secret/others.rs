//! Who takes a credential in besides Deployments. Nobody restarts these: what they are is not known.

use std::fmt;

use futures::future::join_all;
use serde::Deserialize;

use super::put::SecretKey;
use crate::{
    deployed::{Meta, PodTemplate, uses_secret},
    k8s::{
        Cluster,
        documents::{CRON_JOB, DAEMON_SET, ObjectKind, STATEFUL_SET},
    },
};

/// An object whose pods take a key of a Secret in, and which `rotate` leaves alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    kind: ObjectKind,
    name: String,
}

impl Other {
    /// How to make its pods take in what is stored now; nothing where that comes by itself.
    #[must_use]
    pub fn restart(&self, namespace: &str) -> Option<String> {
        let Self { kind, name } = self;
        let kind = kind.name.to_lowercase();
        (self.kind != CRON_JOB)
            .then(|| format!("kubectl rollout restart {kind} {name} -n {namespace}"))
    }
}

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.name, self.name)
    }
}

#[derive(Deserialize)]
struct Object {
    metadata: Meta,
    spec: Spec,
}

/// Of a CronJob, the template of pods is that of its Jobs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    template: Option<PodTemplate>,
    job_template: Option<JobTemplate>,
}

#[derive(Deserialize)]
struct JobTemplate {
    spec: JobSpec,
}

#[derive(Deserialize)]
struct JobSpec {
    template: PodTemplate,
}

impl Object {
    fn uses(&self, place: &SecretKey) -> bool {
        let spec = &self.spec;
        let of_jobs = spec.job_template.as_ref().map(|it| &it.spec.template);
        spec.template
            .as_ref()
            .or(of_jobs)
            .is_some_and(|it| uses_secret(&it.spec, &place.name, &place.key))
    }
}

/// The StatefulSets, DaemonSets and CronJobs of a namespace that use a key of a Secret. Kinds that we
/// may not list are left out.
pub async fn others(cluster: &Cluster, place: &SecretKey) -> Vec<Other> {
    let kinds = [STATEFUL_SET, DAEMON_SET, CRON_JOB];
    let found = join_all(kinds.map(async |kind| {
        let listed = cluster.list_documents::<Object>(kind, Some(&place.namespace), "");
        (kind, listed.await)
    }));
    let mut others = Vec::new();
    for (kind, listed) in found.await {
        match listed {
            Ok(objects) => {
                let using = objects.into_iter().filter(|object| object.uses(place));
                others.extend(using.map(|object| Other {
                    kind,
                    name: object.metadata.name,
                }));
            }
            Err(failure) => {
                tracing::debug!("which {} use {place} is not known: {failure}", kind.plural)
            }
        }
    }
    others
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_pods_of_a_cron_job_stand_deeper() {
        let place = SecretKey {
            namespace: "flows".to_owned(),
            name: "s".to_owned(),
            key: "key".to_owned(),
        };
        let uses = |spec: Value| {
            let object = json!({"metadata": {"name": "it"}, "spec": spec});
            serde_json::from_value::<Object>(object)
                .unwrap()
                .uses(&place)
        };
        let pods = |name: &str| {
            let from = json!([{"secretRef": {"name": name}}]);
            json!({"template": {"spec": {"containers": [{"name": "c", "envFrom": from}]}}})
        };
        assert!(uses(pods("s")));
        assert!(!uses(pods("other")));
        assert!(uses(json!({"jobTemplate": {"spec": pods("s")}})));
        assert!(!uses(json!({"jobTemplate": {"spec": pods("other")}})));
    }

    #[test]
    fn what_starts_anew_by_itself_needs_no_restart() {
        let restart = |kind| {
            let name = "it".to_owned();
            Other { kind, name }.restart("flows")
        };
        assert_eq!(
            restart(STATEFUL_SET).as_deref(),
            Some("kubectl rollout restart statefulset it -n flows")
        );
        assert_eq!(restart(CRON_JOB), None);
    }
}
