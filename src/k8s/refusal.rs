//! Reads out of the API server's "forbidden" who was refused what, and says what would allow it.

use std::sync::LazyLock;

use regex::Regex;

use super::permission::{Permission, Subject, as_roles};

/// Somebody who may not do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The name by which the API server knows who asked.
    pub username: String,
    /// What was asked for.
    pub permission: Permission,
}

// The wording is the API server's (apiserver/pkg/endpoints/handlers/responsewriters/errors.go) and
// has been the same since 1.12.
#[expect(
    clippy::expect_used,
    reason = "a constant that every test of this module compiles"
)]
static FORBIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        ^(?:\S+\ (?:"(?<name>[^"]*)"\ )?is\ forbidden:\ )?
        User\ "(?<user>[^"]*)"\ cannot\ (?<verb>\S+)\ resource\ "(?<resource>[^"]+)"
        \ in\ API\ group\ "(?<group>[^"]*)"
        (?:\ in\ the\ namespace\ "(?<namespace>[^"]+)"|\ at\ the\ cluster\ scope)"#,
    )
    .expect("a valid expression")
});

impl Refusal {
    /// Reads an authorizer's message; `None` when something else refused.
    #[must_use]
    pub fn parse(message: &str) -> Option<Self> {
        let found = FORBIDDEN.captures(message)?;
        let text = |name: &str| found.name(name).map(|text| text.as_str());
        let mut permission = Permission::new(
            text("verb")?,
            text("group")?,
            text("resource")?,
            text("namespace"),
        );
        // A namespace is in no namespace, though the API server says it is in itself.
        if permission.resource == "namespaces" && permission.group.is_empty() {
            permission.namespace = None;
        }
        permission.name = text("name")
            .filter(|name| !name.is_empty())
            .map(str::to_owned);
        Some(Self {
            username: text("user")?.to_owned(),
            permission,
        })
    }

    /// What an administrator can apply so that it is allowed.
    ///
    /// The name of the object is left out: who may create, patch or delete one Job of many needs
    /// the right to all, and a namespace's name is what [`super::cluster_uid`] narrows to.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        let general = Permission {
            name: None,
            ..self.permission.clone()
        };
        let subject = Subject::of_username(&self.username);
        let roles = as_roles(&[general], "kubectl-prefect", &subject).ok()?;
        Some(format!(
            "an administrator allows it to {subject} with kubectl apply -f - and:\n{}",
            roles.trim_end()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_the_api_server_are_understood() {
        for (message, username, permission) in [
            (
                r#"jobs.batch is forbidden: User "nobody" cannot create resource "jobs" in API group "batch" in the namespace "flows""#,
                "nobody",
                Permission::new("create", "batch", "jobs", Some("flows")),
            ),
            (
                r#"pods "x" is forbidden: User "system:serviceaccount:a:b" cannot get resource "pods/log" in API group "" in the namespace "flows""#,
                "system:serviceaccount:a:b",
                Permission {
                    name: Some("x".to_owned()),
                    ..Permission::new("get", "", "pods/log", Some("flows"))
                },
            ),
            (
                r#"pods is forbidden: User "a@b" cannot list resource "pods" in API group "" at the cluster scope: RBAC: role missing"#,
                "a@b",
                Permission::new("list", "", "pods", None),
            ),
            (
                r#"namespaces "kube-system" is forbidden: User "nobody" cannot get resource "namespaces" in API group "" in the namespace "kube-system""#,
                "nobody",
                Permission {
                    name: Some("kube-system".to_owned()),
                    ..Permission::new("get", "", "namespaces", None)
                },
            ),
        ] {
            let expected = Refusal {
                username: username.to_owned(),
                permission,
            };
            assert_eq!(Refusal::parse(message), Some(expected), "{message}");
        }
    }

    #[test]
    fn other_refusals_are_left_alone() {
        for message in [
            "",
            r#"pods "x" is forbidden: exceeded quota: q"#,
            r#"jobs.batch "x" is forbidden: unable to create new content in namespace y because it is being terminated"#,
            r#"forbidden: User "nobody" cannot get path "/version""#,
        ] {
            assert_eq!(Refusal::parse(message), None, "{message}");
        }
    }
}
