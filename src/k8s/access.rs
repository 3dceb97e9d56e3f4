//! Asks the API server what we may do, before we try: access reviews.

use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::{
    authentication::v1::SelfSubjectReview,
    authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec},
};

use super::{
    cluster::Cluster,
    failure::{Class, Failure},
    permission::{Permission, Subject},
};

/// How many reviews are under way at once.
const CONCURRENCY: usize = 8;

/// What the worker is asked to do beyond launching and watching Jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkerNeeds {
    /// Secrets are made for the API key or for a run's environment.
    pub secrets: bool,
    /// Events of pods are read, to say why a pod is pending.
    pub events: bool,
}

/// The rights a worker needs in one namespace; a part of what the Helm chart's Role grants
/// (prefect-worker, `templates/role.yaml`).
#[must_use]
pub fn of_worker(namespace: &str, needs: WorkerNeeds) -> Vec<Permission> {
    const ALWAYS: [(&str, &str, &[&str]); 3] = [
        (
            "batch",
            "jobs",
            &["create", "get", "list", "watch", "delete"],
        ),
        ("", "pods", &["get", "list", "watch"]),
        ("", "pods/log", &["get"]),
    ];
    const SECRETS: (&str, &str, &[&str]) = ("", "secrets", &["create", "get", "update", "delete"]);
    const EVENTS: (&str, &str, &[&str]) = ("", "events", &["list"]);
    ALWAYS
        .into_iter()
        .chain(needs.secrets.then_some(SECRETS))
        .chain(needs.events.then_some(EVENTS))
        .flat_map(|(group, resource, verbs)| {
            verbs
                .iter()
                .map(move |verb| Permission::new(verb, group, resource, Some(namespace)))
        })
        .collect()
}

impl Cluster {
    /// Asks for each of these rights whether we have it; gives those that we lack, in their order.
    ///
    /// # Errors
    /// When the API server does not answer. That we may not ask is no answer either.
    pub async fn lacking(&self, permissions: &[Permission]) -> Result<Vec<Permission>, Failure> {
        stream::iter(permissions.to_vec())
            .map(|permission| async move {
                let allowed = self.allows(&permission).await?;
                Ok((!allowed).then_some(permission))
            })
            .buffered(CONCURRENCY)
            .try_filter_map(|lacking| async move { Ok(lacking) })
            .try_collect()
            .await
    }

    async fn allows(&self, permission: &Permission) -> Result<bool, Failure> {
        let review = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(ResourceAttributes {
                    group: Some(permission.group.clone()),
                    name: permission.name.clone(),
                    namespace: permission.namespace.clone(),
                    resource: Some(permission.resource.clone()),
                    subresource: permission.subresource.clone(),
                    verb: Some(permission.verb.clone()),
                    ..ResourceAttributes::default()
                }),
                ..SelfSubjectAccessReviewSpec::default()
            },
            ..SelfSubjectAccessReview::default()
        };
        let doing = format!("ask whether we may {permission}");
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let answer: SelfSubjectAccessReview = self.post(&doing, path, &review).await?;
        Ok(answer.status.is_some_and(|status| status.allowed))
    }

    /// Whether a namespace is there; `None` when we may not know.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn has_namespace(&self, name: &str) -> Result<Option<bool>, Failure> {
        let doing = format!("look for namespace {name}");
        let request = kube::core::Request::new("/api/v1/namespaces").get(name, &Default::default());
        match self.read::<serde::de::IgnoredAny>(&doing, request).await {
            Ok(_) => Ok(Some(true)),
            Err(failure) => match failure.class {
                Class::NotFound => Ok(Some(false)),
                Class::Forbidden | Class::Unauthorized => Ok(None),
                _ => Err(failure),
            },
        }
    }

    /// Asks the API server who we are to it.
    pub async fn whoami(&self) -> Result<Subject, Failure> {
        let doing = "ask the API server who we are";
        let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let answer: SelfSubjectReview = self
            .post(doing, path, &SelfSubjectReview::default())
            .await?;
        answer
            .status
            .and_then(|status| status.user_info?.username)
            .map(|username| Subject::of_username(&username))
            .ok_or_else(|| Failure::other(doing, "its answer names nobody"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workers_rights_follow_its_settings() {
        let resources = |needs| {
            let mut resources: Vec<_> = of_worker("a", needs)
                .iter()
                .map(Permission::rbac_resource)
                .collect();
            resources.dedup();
            resources
        };
        assert_eq!(
            resources(WorkerNeeds::default()),
            ["jobs", "pods", "pods/log"]
        );
        let all = WorkerNeeds {
            secrets: true,
            events: true,
        };
        assert_eq!(
            resources(all),
            ["jobs", "pods", "pods/log", "secrets", "events"]
        );
    }
}
