//! What stands in the way of a plan, and the one error that says all of it.

use std::collections::BTreeSet;

use super::owner::Owner;
use crate::{
    error::{Error, Kind},
    k8s::{Class, FieldCause, NotTaken, ObjectRef},
};

/// How much of a server's sentence about a field is shown.
const LONGEST: usize = 300;

/// Something that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The object belongs to somebody else.
    Owned(ObjectRef, Owner),
    /// Fields of it belong to others: the path, and who.
    Conflict(ObjectRef, Vec<(String, String)>),
    /// Fields of it cannot be changed.
    Immutable(ObjectRef, Vec<String>),
    /// The API server, or an admission plugin, refuses it.
    Refused(ObjectRef, NotTaken),
}

/// Reads out of a refusal what is in the way.
#[must_use]
pub fn obstacle(object: &ObjectRef, refused: NotTaken) -> Obstacle {
    if refused.failure.class == Class::Conflict && !refused.fields.is_empty() {
        let fields = refused.fields.iter().map(|cause| {
            let manager = manager(&cause.message);
            (shown(&cause.field), manager)
        });
        return Obstacle::Conflict(object.clone(), fields.collect());
    }
    let fields = &refused.fields;
    if !fields.is_empty() && fields.iter().all(is_immutable) {
        let fields: BTreeSet<String> = fields.iter().map(|cause| shown(&cause.field)).collect();
        return Obstacle::Immutable(object.clone(), fields.into_iter().collect());
    }
    Obstacle::Refused(object.clone(), refused)
}

/// Whether a field is refused because it was another before. The wordings are those of the
/// validation in kubernetes/pkg/apis: `apivalidation.ValidateImmutableField`, roleRef, StatefulSets,
/// claims.
fn is_immutable(cause: &FieldCause) -> bool {
    [
        "field is immutable",
        "is immutable after creation",
        "cannot change roleRef",
        "updates to statefulset spec for fields other than",
        "when `immutable` is set",
    ]
    .iter()
    .any(|words| cause.message.contains(words))
}

/// Who owns a field, out of `conflict with "kubectl" with subresource "scale" using apps/v1`.
pub fn manager(message: &str) -> String {
    let mut quoted = message.split('"').skip(1).step_by(2);
    let manager = quoted.next().unwrap_or("somebody else").to_owned();
    match quoted.next() {
        Some(subresource) => format!("{manager} ({subresource})"),
        None => manager,
    }
}

fn shown(field: &str) -> String {
    field.trim_start_matches('.').to_owned()
}

/// The error of a plan with obstacles; nothing when there are none.
#[must_use]
pub fn error(release: &str, obstacles: &[Obstacle]) -> Option<Error> {
    if obstacles.is_empty() {
        return None;
    }
    let is_refused = |kind: Kind| move |obstacle: &Obstacle| matches!(obstacle, Obstacle::Refused(_, why) if why.failure.error.kind == kind);
    let kind = if obstacles.iter().all(is_refused(Kind::Unreachable)) {
        Kind::Unreachable
    } else {
        Kind::Failed
    };
    let mut error = Error::new(
        kind,
        format!("release {release} cannot be applied as it is"),
    );
    for obstacle in obstacles {
        let (causes, hints) = words(obstacle);
        error.causes.extend(causes);
        for hint in hints {
            if !error.hints.contains(&hint) {
                error.hints.push(hint);
            }
        }
    }
    Some(error)
}

/// Why, and what to do.
fn words(obstacle: &Obstacle) -> (Vec<String>, Vec<String>) {
    match obstacle {
        Obstacle::Owned(object, owner) => match owner.objection() {
            Some((why, hint)) => (vec![format!("{object} {why}")], vec![hint.to_owned()]),
            None => (Vec::new(), Vec::new()),
        },
        Obstacle::Conflict(object, fields) => {
            let of = |(field, manager): &(String, String)| {
                format!("{object}: {field} is managed by {manager}")
            };
            let hint = "--force-conflicts takes these fields over; leave them out of the values to \
                        keep them as they are";
            (fields.iter().map(of).collect(), vec![hint.to_owned()])
        }
        Obstacle::Immutable(object, fields) => {
            let cause = format!(
                "{object}: {} cannot be changed, once the object is there",
                fields.join(", ")
            );
            let hint = "--recreate deletes such objects and makes them anew (a Deployment's pods end \
                        and start again); or put the value back";
            (vec![cause], vec![hint.to_owned()])
        }
        Obstacle::Refused(object, refused) => {
            let error = &refused.failure.error;
            let said = error.causes.iter().map(|cause| short(cause));
            let causes = said.map(|said| format!("{object}: {said}")).collect();
            let mut hints = error.hints.clone();
            hints.extend(hint(&error.causes).map(str::to_owned));
            (causes, hints)
        }
    }
}

/// What helps against refusals that are known by their words.
fn hint(causes: &[String]) -> Option<&'static str> {
    let says = |words: &str| causes.iter().any(|cause| cause.contains(words));
    if says("exceeded quota") {
        Some("ask for a larger quota, make room, or lower what the values ask for")
    } else if says("because it is being terminated") {
        Some("wait until the namespace is gone, or choose another one with -n")
    } else if says("attempting to grant RBAC permissions not currently held") {
        Some(
            "nobody can grant rights that they do not have: let an administrator install the Role, \
             or make it beforehand and set role.create=false and rolebinding.create=false",
        )
    } else if says("denied the request") || says("denied request") {
        Some("an admission policy of the cluster refuses it: change the values so that it holds")
    } else if says("failed calling webhook") {
        Some("an admission webhook of the cluster does not answer: ask who runs it")
    } else if says("entity too large") || says("Too long: may not be more than") {
        Some("no API server takes an object of this size: keep large parts out of the values")
    } else if says("unknown field") || says("not declared in schema") {
        Some("the API server knows no such field: look at the value that brings it in")
    } else {
        None
    }
}

/// The API server repeats whole values in its sentences.
fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s::{Failure, Resource};

    fn deployment() -> ObjectRef {
        ObjectRef {
            resource: Resource::well_known("apps", None, "Deployment").unwrap(),
            namespace: Some("flows".to_owned()),
            name: "w".to_owned(),
        }
    }

    fn not_taken(class: Class, fields: &[(&str, &str)], said: &str) -> NotTaken {
        let field = |(field, message): &(&str, &str)| FieldCause {
            field: (*field).to_owned(),
            reason: String::new(),
            message: (*message).to_owned(),
        };
        NotTaken {
            failure: Failure {
                class,
                error: Box::new(Error::failed("failed to apply").cause(said)),
            },
            fields: fields.iter().map(field).collect(),
        }
    }

    #[test]
    fn conflicts_name_fields_and_their_owners() {
        let refused = not_taken(
            Class::Conflict,
            &[
                (
                    ".spec.replicas",
                    r#"conflict with "kubectl" with subresource "scale" using apps/v1"#,
                ),
                (".spec.paused", r#"conflict with "ops" using apps/v1"#),
            ],
            "Apply failed with 2 conflicts",
        );
        let error = error("w", &[obstacle(&deployment(), refused)]).unwrap();
        assert_eq!(
            error.causes,
            [
                "Deployment w in namespace flows: spec.replicas is managed by kubectl (scale)",
                "Deployment w in namespace flows: spec.paused is managed by ops",
            ]
        );
        assert!(error.hints[0].starts_with("--force-conflicts"));
    }

    #[test]
    fn fields_that_cannot_change_bring_the_way_out() {
        let refused = not_taken(
            Class::Invalid,
            &[(
                "spec.selector",
                "Invalid value: {\"matchLabels\":{}}: field is immutable",
            )],
            "Deployment.apps \"w\" is invalid",
        );
        let error = error("w", &[obstacle(&deployment(), refused)]).unwrap();
        assert_eq!(
            error.causes,
            [
                "Deployment w in namespace flows: spec.selector cannot be changed, once the object is there"
            ]
        );
        assert!(error.hints[0].starts_with("--recreate"));
    }

    #[test]
    fn other_refusals_are_told_as_they_are() {
        let said = r#"deployments.apps "w" is forbidden: exceeded quota: q, requested: count/deployments.apps=1"#;
        let refused = not_taken(Class::Forbidden, &[], said);
        let error = error("w", &[obstacle(&deployment(), refused)]).unwrap();
        assert_eq!(
            error.causes,
            [format!("Deployment w in namespace flows: {said}")]
        );
        assert_eq!(error.kind, Kind::Failed);
        assert_eq!(error.hints.len(), 1);
    }

    #[test]
    fn an_owner_is_named_once_with_what_to_do() {
        let owned = Obstacle::Owned(deployment(), Owner::ArgoCd("app".to_owned()));
        let error = error("w", &[owned.clone(), owned]).unwrap();
        assert_eq!((error.causes.len(), error.hints.len()), (2, 1));
        assert_eq!(super::error("w", &[]), None);
    }
}
