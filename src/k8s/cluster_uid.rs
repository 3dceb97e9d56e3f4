//! The UID that names a cluster for ever: that of its namespace kube-system.
//!
//! Prefect's older infrastructure ids and its events carry it. As in prefect-kubernetes an override
//! goes first, so that a worker without the right to read kube-system can be told.

use serde::Serialize;

use super::{
    cluster::Cluster,
    failure::{Class, Failure},
    permission::{Permission, Subject, as_roles},
    refusal::Refusal,
};
use crate::env_vars::{
    Environment, PREFECT_INTEGRATIONS_KUBERNETES_CLUSTER_UID, PREFECT_KUBERNETES_CLUSTER_UID,
};

/// The namespace that every cluster has, and keeps as long as it lives.
const NAMESPACE: &str = "kube-system";

/// Where a cluster's UID comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A flag of the command.
    Flag,
    /// This environment variable.
    Environment(&'static str),
    /// The namespace kube-system.
    Namespace,
}

impl Source {
    /// The source in machine-readable output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Environment(_) => "environment",
            Self::Namespace => "namespace/kube-system",
        }
    }
}

impl Serialize for Source {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A cluster's UID, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterUid {
    /// The UID. An override is taken as it is, whatever its form.
    #[serde(rename = "clusterUID")]
    pub uid: String,
    /// Who says so.
    pub source: Source,
}

/// The UID that was given, if one was: by a flag, else by the environment. An empty one is none.
#[must_use]
pub fn given(flag: Option<&str>, env: &Environment) -> Option<ClusterUid> {
    let variables = [
        PREFECT_INTEGRATIONS_KUBERNETES_CLUSTER_UID,
        PREFECT_KUBERNETES_CLUSTER_UID,
    ];
    let flag = flag.map(|uid| (uid, Source::Flag));
    let variables = variables
        .into_iter()
        .filter_map(|name| Some((env.get(name)?, Source::Environment(name))));
    flag.into_iter()
        .chain(variables)
        .map(|(uid, source)| (uid.trim(), source))
        .find(|(uid, _)| !uid.is_empty())
        .map(|(uid, source)| ClusterUid {
            uid: uid.to_owned(),
            source,
        })
}

/// Asks the API server for the UID.
///
/// # Errors
/// When we may not, with the rights that would allow it and the override as hints.
pub async fn read(cluster: &Cluster) -> Result<ClusterUid, Failure> {
    let doing = "read the cluster's UID";
    let request =
        kube::core::Request::new("/api/v1/namespaces").get(NAMESPACE, &Default::default());
    let namespace: Namespace = cluster.read(doing, request).await.map_err(with_remedy)?;
    match namespace.metadata.uid.filter(|uid| !uid.is_empty()) {
        Some(uid) => Ok(ClusterUid {
            uid,
            source: Source::Namespace,
        }),
        None => Err(Failure::other(doing, "namespace kube-system has no UID")),
    }
}

#[derive(serde::Deserialize)]
struct Namespace {
    metadata: Metadata,
}

#[derive(serde::Deserialize)]
struct Metadata {
    uid: Option<String>,
}

/// Puts the narrow right in place of the general one, and adds the ways around it.
fn with_remedy(mut failure: Failure) -> Failure {
    if failure.class != Class::Forbidden {
        return failure;
    }
    let refusal = failure
        .error
        .causes
        .iter()
        .find_map(|cause| Refusal::parse(cause));
    if let Some(refusal) = refusal {
        let subject = Subject::of_username(&refusal.username);
        failure.error.hints = remedies(&subject);
        failure
            .error
            .causes
            .insert(0, format!("{subject} may not read namespace {NAMESPACE}"));
    }
    failure.error.hints.push(format!(
        "or give the UID with --cluster-uid or {PREFECT_KUBERNETES_CLUSTER_UID}; who may read the namespace finds it with: \
         kubectl get namespace {NAMESPACE} -o jsonpath='{{.metadata.uid}}'"
    ));
    failure
}

fn remedies(subject: &Subject) -> Vec<String> {
    let grant = |namespace: Option<&str>| {
        let permission = Permission {
            name: Some(NAMESPACE.to_owned()),
            namespace: namespace.map(str::to_owned),
            ..Permission::new("get", "", "namespaces", None)
        };
        as_roles(&[permission], "kubectl-prefect-cluster-uid", subject)
    };
    let mut hints = Vec::new();
    if let Ok(roles) = grant(None) {
        hints.push(format!(
            "an administrator allows it with kubectl apply -f - and this, which opens namespace {NAMESPACE} alone \
             (without resourceNames it would open every namespace):\n{}",
            roles.trim_end()
        ));
    }
    if let Ok(roles) = grant(Some(NAMESPACE)) {
        hints.push(format!(
            "or, where no ClusterRole may be made, with a Role in {NAMESPACE}:\n{}",
            roles.trim_end()
        ));
    }
    hints
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;
    use crate::k8s::failure;

    #[test]
    fn the_flag_goes_before_the_environment_and_empty_is_unset() {
        let old = PREFECT_KUBERNETES_CLUSTER_UID;
        let new = PREFECT_INTEGRATIONS_KUBERNETES_CLUSTER_UID;
        for (flag, env, expected) in [
            (None, vec![], None),
            (Some("f"), vec![(old, "e")], Some(("f", Source::Flag))),
            (
                Some(""),
                vec![(old, "e")],
                Some(("e", Source::Environment(old))),
            ),
            (
                None,
                vec![(old, "e"), (new, "n")],
                Some(("n", Source::Environment(new))),
            ),
            (
                None,
                vec![(old, "e"), (new, "")],
                Some(("e", Source::Environment(old))),
            ),
            (Some(" "), vec![(old, "")], None),
        ] {
            let env = Environment::from_iter(env);
            let found = given(flag, &env).map(|found| (found.uid, found.source));
            let expected = expected.map(|(uid, source)| (uid.to_owned(), source));
            assert_eq!(found, expected, "{flag:?}");
        }
    }

    #[test]
    fn a_refusal_names_who_and_every_way_out() {
        let said = r#"namespaces "kube-system" is forbidden: User "nobody" cannot get resource "namespaces" in API group "" in the namespace "kube-system""#;
        let status = Status::failure(said, "Forbidden").with_code(403);
        let failure = failure::explain(
            "read the cluster's UID",
            "https://k",
            &kube::Error::Api(status.boxed()),
        );
        let error = with_remedy(failure).error;
        insta::assert_snapshot!(format!(
            "{}\n\n{}\n\n{}",
            error.message,
            error.causes.join("\n"),
            error.hints.join("\n\n")
        ));
    }
}
