use serde_json::json;

use super::*;

#[test]
fn the_defaults_fit_the_schema() {
    let schema = Schema::get();
    let defaults = defaults();
    assert_eq!(schema.missing(&defaults), Vec::<Vec<String>>::new());
    let report = crate::install::values::check::check(&defaults, schema);
    assert_eq!((report.problems, report.warnings), (vec![], vec![]));
}

#[test]
fn an_editor_gets_types_words_descriptions_and_defaults() {
    let schema = Schema::get().published();
    let at = |pointer: &str| {
        schema
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{pointer}"))
    };
    assert_eq!(at("/$schema"), "http://json-schema.org/draft-07/schema#");
    let worker = "/properties/worker";
    assert_eq!(at(&format!("{worker}/additionalProperties")), &json!(false));
    let replicas = at(&format!("{worker}/properties/replicaCount"));
    assert_eq!(replicas["type"], json!(["integer", "null"]));
    assert_eq!(replicas["default"], json!(1));
    assert!(
        replicas["description"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
    assert_eq!(
        words(at(&format!("{worker}/properties/apiConfig"))),
        ["cloud", "customerManagedCloud", "selfHostedServer"]
    );
    assert_eq!(
        at(&format!("{worker}/properties/apiConfig"))["default"],
        "cloud"
    );
    let cpu = at("/properties/worker/properties/resources");
    let cpu = &properties(cpu).unwrap()["requests"];
    let cpu = &properties(cpu).unwrap()["cpu"];
    assert_eq!(cpu["default"], "100m");
    assert!(!schema.to_string().contains("\"required\""));
    assert!(!schema.to_string().contains("\"format\""));
    assert!(
        schema.get("additionalProperties").is_none(),
        "the root takes more keys"
    );
}

#[test]
fn what_may_not_be_removed_is_known() {
    let mut whole = defaults();
    whole.take(&["worker", "image", "repository"]);
    whole.take(&["worker", "replicaCount"]);
    whole.take(&["serviceAccount"]);
    assert_eq!(
        Schema::get().missing(&whole),
        [
            vec!["serviceAccount"],
            vec!["worker", "image", "repository"]
        ]
    );
}
