//! What failures of the API server are told as.

use super::*;

fn status(code: u16, reason: &str, message: &str) -> kube::Error {
    kube::Error::Api(Status::failure(message, reason).with_code(code).boxed())
}

#[test]
fn answers_are_judged_by_code_and_reason() {
    for (code, reason, class, exit) in [
        (401, "Unauthorized", Class::Unauthorized, 3),
        (403, "Forbidden", Class::Forbidden, 3),
        (404, "NotFound", Class::NotFound, 1),
        (409, "AlreadyExists", Class::AlreadyExists, 1),
        (409, "Conflict", Class::Conflict, 1),
        (410, "Expired", Class::Gone, 1),
        (422, "Invalid", Class::Invalid, 1),
        (429, "TooManyRequests", Class::Busy, 3),
        (503, "ServiceUnavailable", Class::Busy, 3),
        (418, "", Class::Other, 1),
    ] {
        let failure = explain("do it", "https://k", &status(code, reason, "said"));
        assert_eq!(failure.class, class, "{code} {reason}");
        assert_eq!(failure.error.kind.exit_code(), exit, "{code} {reason}");
        assert_eq!(failure.error.message, "failed to do it");
    }
}

#[test]
fn a_missing_namespace_says_how_to_make_it() {
    let mut status = Status::failure("namespaces \"x\" not found", "NotFound").with_code(404);
    status.details = serde_json::from_str(r#"{"name":"x","kind":"namespaces"}"#).ok();
    let failure = explain(
        "create a Job",
        "https://k",
        &kube::Error::Api(status.boxed()),
    );
    assert_eq!(
        failure.error.hints,
        ["create it with: kubectl create namespace x"]
    );
}

#[test]
fn a_refusal_brings_the_rule_that_would_allow_it() {
    let said = r#"jobs.batch is forbidden: User "nobody" cannot create resource "jobs" in API group "batch" in the namespace "flows""#;
    let failure = explain("create a Job", "https://k", &status(403, "Forbidden", said));
    assert_eq!(failure.error.causes, [said]);
    assert!(!failure.is_of_admission());
    assert!(
        failure.error.hints[0].contains("kind: RoleBinding"),
        "{:?}",
        failure.error.hints
    );
    // A quota refuses with the same code, and no rule would help.
    let said = r#"pods "x" is forbidden: exceeded quota: q, requested: pods=1"#;
    let failure = explain("create a Job", "https://k", &status(403, "Forbidden", said));
    assert_eq!(failure.error.hints, [""; 0]);
    assert!(failure.is_of_admission());
}

#[test]
fn a_page_is_no_answer_of_an_api_server() {
    let (page, json) = (
        "<!DOCTYPE HTML><title>Error</title>",
        r#"{"detail":"Not Found"}"#,
    );
    for (code, page, class) in [
        (404, page, Class::Other),
        (404, json, Class::Other),
        (405, page, Class::Other),
        (502, page, Class::Busy),
    ] {
        let page = status(code, "", page);
        let failure = explain("do it", "https://k", &page);
        assert_eq!(failure.class, class, "{failure}");
        assert_eq!(failure.error.kind, Kind::Unreachable, "{failure}");
        assert!(
            failure.error.causes[0].contains("something else"),
            "{failure}"
        );
    }
}

#[test]
fn a_long_answer_is_cut() {
    let long = status(404, "", &"words ".repeat(10_000));
    let failure = explain("do it", "https://k", &long);
    assert!(failure.error.causes[0].len() < 2100);
}
