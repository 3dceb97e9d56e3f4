//! The cluster's UID, which the chart looks up while it installs.

use serde_json::Value;

use crate::{
    error::Result,
    install::release::Stored,
    k8s::{Class, Cluster, cluster_uid::read},
};

/// The variable of the worker that holds it.
const VARIABLE: &str = "PREFECT_KUBERNETES_CLUSTER_UID";

/// Finds the UID: that of the namespace kube-system, or where that may not be read the one that is
/// installed already. Without any the installation goes on; the note says what is missing.
///
/// # Errors
/// When the API server does not answer.
pub async fn find(cluster: &Cluster, stored: &Stored) -> Result<(Option<String>, Option<String>)> {
    let failure = match read(cluster).await {
        Ok(found) => {
            let note = was_unknown(stored).then(|| {
                "the cluster's UID was not known when this was installed: it is set now, which starts \
                 the pods again"
                    .to_owned()
            });
            return Ok((Some(found.uid), note));
        }
        Err(failure) => failure,
    };
    if matches!(failure.class, Class::Unreachable | Class::Unauthorized) {
        return Err(failure.into());
    }
    if let Some(uid) = installed(stored) {
        return Ok((Some(uid), None));
    }
    let note = "the cluster's UID is not known, because we may not read namespace kube-system: the \
                worker is installed without it, and asks for it itself; --set worker.clusterUid=UID \
                sets it (who may read the namespace finds it with: kubectl get namespace \
                kube-system -o jsonpath='{.metadata.uid}')";
    Ok((None, Some(note.to_owned())))
}

/// Whether there is a worker that was installed without the UID.
fn was_unknown(stored: &Stored) -> bool {
    variable(stored).is_some_and(|uid| uid.is_empty())
}

/// The UID that an earlier revision was installed with: a cluster keeps its UID for ever.
fn installed(stored: &Stored) -> Option<String> {
    variable(stored).filter(|uid| !uid.is_empty())
}

fn variable(stored: &Stored) -> Option<String> {
    let objects = &stored.deployed()?.record.as_ref()?.objects;
    let deployment = objects
        .iter()
        .find(|object| object["kind"] == "Deployment")?;
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    let variables = container["env"].as_array()?;
    let variable = variables
        .iter()
        .find(|variable| variable["name"] == VARIABLE)?;
    let uid = variable.get("value").and_then(Value::as_str);
    Some(uid.unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::install::release::{Record, Revision, Status};

    #[test]
    fn an_installed_uid_is_kept() {
        let stored = |value: &str| Stored {
            revisions: vec![Revision {
                record: Some(Record {
                    values: json!({}),
                    objects: vec![json!({"kind": "Deployment", "spec": {"template": {"spec": {
                        "containers": [{"env": [{"name": VARIABLE, "value": value}]}],
                    }}}})],
                }),
                ..Revision::example(1, Status::Deployed)
            }],
            ..Stored::default()
        };
        assert_eq!(installed(&stored("u")).as_deref(), Some("u"));
        assert_eq!(installed(&stored("")), None);
        assert_eq!(installed(&Stored::default()), None);
        for (stored, expected) in [
            (stored("u"), false),
            (stored(""), true),
            (Stored::default(), false),
        ] {
            assert_eq!(was_unknown(&stored), expected);
        }
    }
}
