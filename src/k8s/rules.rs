//! The rules that hold for us in a namespace: many rights known by one question.

use k8s_openapi::api::authorization::v1::{
    ResourceRule, SelfSubjectRulesReview, SelfSubjectRulesReviewSpec,
};

use super::{cluster::Cluster, failure::Failure, permission::Permission};

impl Cluster {
    /// Asks which of these rights we lack; gives those, in their order.
    ///
    /// The rules of a namespace are asked for as a whole. They need not be complete, and they say
    /// nothing of objects outside of namespaces: what they do not grant is asked for by itself.
    ///
    /// # Errors
    /// When the API server does not answer. That we may not ask is no answer either.
    pub async fn lacking_rules(
        &self,
        permissions: &[Permission],
    ) -> Result<Vec<Permission>, Failure> {
        let mut namespaces: Vec<&str> = permissions
            .iter()
            .filter_map(|permission| permission.namespace.as_deref())
            .collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        let mut open: Vec<Permission> = permissions.to_vec();
        for namespace in namespaces {
            let rules = self.rules(namespace).await?;
            open.retain(|permission| {
                permission.namespace.as_deref() != Some(namespace)
                    || !rules.iter().any(|rule| grants(rule, permission))
            });
        }
        self.lacking(&open).await
    }

    async fn rules(&self, namespace: &str) -> Result<Vec<ResourceRule>, Failure> {
        let review = SelfSubjectRulesReview {
            spec: SelfSubjectRulesReviewSpec {
                namespace: Some(namespace.to_owned()),
            },
            ..SelfSubjectRulesReview::default()
        };
        let doing = format!("ask for our rights in namespace {namespace}");
        let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
        let answer: SelfSubjectRulesReview = self.post(&doing, path, &review).await?;
        Ok(answer
            .status
            .map(|status| status.resource_rules)
            .unwrap_or_default())
    }
}

fn grants(rule: &ResourceRule, permission: &Permission) -> bool {
    let has = |list: &[String], wanted: &str| list.iter().any(|item| item == "*" || item == wanted);
    let list = |list: &Option<Vec<String>>, wanted: &str| {
        list.as_ref().is_some_and(|list| has(list, wanted))
    };
    // A rule for some names may hold for ours, but then it is asked for by itself.
    rule.resource_names.as_ref().is_none_or(Vec::is_empty)
        && has(&rule.verbs, &permission.verb)
        && list(&rule.api_groups, &permission.group)
        && list(&rule.resources, &permission.rbac_resource())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_grants_what_it_names() {
        let rule = |verbs: &[&str], group: &str, resource: &str, names: &[&str]| {
            let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
            ResourceRule {
                verbs: texts(verbs),
                api_groups: Some(texts(&[group])),
                resources: Some(texts(&[resource])),
                resource_names: Some(texts(names)),
            }
        };
        let wanted = Permission::new("create", "apps", "deployments", Some("n"));
        for (rule, expected) in [
            (rule(&["*"], "*", "*", &[]), true),
            (rule(&["get", "create"], "apps", "deployments", &[]), true),
            (rule(&["get"], "apps", "deployments", &[]), false),
            (rule(&["create"], "", "deployments", &[]), false),
            (rule(&["create"], "apps", "deployments/scale", &[]), false),
            (rule(&["create"], "apps", "deployments", &["x"]), false),
            (
                ResourceRule {
                    verbs: vec!["*".to_owned()],
                    ..ResourceRule::default()
                },
                false,
            ),
        ] {
            assert_eq!(grants(&rule, &wanted), expected, "{rule:?}");
        }
    }
}
