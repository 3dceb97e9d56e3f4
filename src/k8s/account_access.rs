//! Asks the API server what a service account may do: access reviews for somebody else.

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use super::{cluster::Cluster, failure::Failure, permission::Permission};

/// How many reviews are under way at once.
const CONCURRENCY: usize = 8;

impl Cluster {
    /// Asks for each of these rights whether a service account has it; gives those that it lacks,
    /// in their order.
    ///
    /// # Errors
    /// When we may not ask (it takes the right to create subjectaccessreviews), or the API server
    /// does not answer.
    pub async fn account_lacks(
        &self,
        namespace: &str,
        account: &str,
        permissions: &[Permission],
    ) -> Result<Vec<Permission>, Failure> {
        stream::iter(permissions.to_vec())
            .map(|permission| async move {
                let allowed = self.account_may(namespace, account, &permission).await?;
                Ok((!allowed).then_some(permission))
            })
            .buffered(CONCURRENCY)
            .try_filter_map(|lacking| async move { Ok(lacking) })
            .try_collect()
            .await
    }

    async fn account_may(
        &self,
        namespace: &str,
        account: &str,
        permission: &Permission,
    ) -> Result<bool, Failure> {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": format!("system:serviceaccount:{namespace}:{account}"),
                "groups": [
                    "system:serviceaccounts",
                    format!("system:serviceaccounts:{namespace}"),
                    "system:authenticated",
                ],
                "resourceAttributes": {
                    "verb": permission.verb,
                    "group": permission.group,
                    "resource": permission.resource,
                    "subresource": permission.subresource,
                    "namespace": permission.namespace,
                },
            },
        });
        let doing = format!("ask whether service account {account} may {permission}");
        let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        let answer: Value = self.post(&doing, path, &review).await?;
        Ok(answer["status"]["allowed"] == true)
    }
}
