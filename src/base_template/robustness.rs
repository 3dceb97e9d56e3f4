//! Over arbitrary JSON: nothing panics, what is the same has no difference, and a merge takes what
//! one side alone has changed.

use std::convert::Infallible;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{
    Path, Template,
    diff::{diff, same},
    document::{ordered, read},
    lint::{Subject, lint},
    merge::{Side, merge},
    schema::Schemas,
};
use crate::template::default_base_job_template;

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-c]{0,2}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "\\{\\{ ?(\\$A|a|b\\.[0-9-]{1,2}|prefect\\.(blocks\\.x\\.y|variables\\.v)|ctx\\.flow) ?\\}\\}?"
            .prop_map(Value::from),
        "#/(definitions|properties)/[a-c]".prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2_i64..3).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text,
    ];
    let key = prop_oneof![
        "[a-c]",
        "(name|containers|env|type|enum|anyOf|required|properties|items|default|\\$ref|definitions|description|resources|limits)",
        any::<String>(),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn merged(base: &Value, ours: &Value, theirs: &Value) -> (Value, usize) {
    let merged = merge(base, ours, theirs, &mut |_| Ok::<_, Infallible>(Side::Ours));
    let merged = merged.unwrap_or_else(|never| match never {});
    (merged.template, merged.conflicts.len())
}

const PLACES: [&str; 7] = [
    "/variables",
    "/variables/properties",
    "/variables/properties/image",
    "/job_configuration",
    "/job_configuration/job_manifest/metadata",
    "/job_configuration/job_manifest/spec/template",
    "/job_configuration/job_manifest/spec/template/spec/containers/0",
];

proptest! {
    #[test]
    fn what_is_the_same_has_no_difference(one in any_json(), other in any_json()) {
        prop_assert_eq!(diff(&one, &one), vec![]);
        prop_assert_eq!(diff(&one, &ordered(one.clone())), vec![]);
        prop_assert!(same(&one, &ordered(one.clone())));
        if !same(&one, &other) && !one.is_object() && !one.is_array() {
            prop_assert!(!diff(&one, &other).is_empty());
        }
    }

    #[test]
    fn what_one_side_alone_has_changed_is_taken(base in any_json(), changed in any_json()) {
        let (template, conflicts) = merged(&base, &base, &changed);
        prop_assert_eq!((diff(&template, &changed), conflicts), (vec![], 0));
        let (template, conflicts) = merged(&base, &changed, &base);
        prop_assert_eq!((diff(&template, &changed), conflicts), (vec![], 0));
        let (template, conflicts) = merged(&base, &changed, &changed);
        prop_assert_eq!((diff(&template, &changed), conflicts), (vec![], 0));
    }

    #[test]
    fn any_three_templates_can_be_merged(base in any_json(), ours in any_json(), theirs in any_json()) {
        merged(&base, &ours, &theirs);
    }

    #[test]
    fn any_template_is_judged(place in prop::sample::select(&PLACES[..]), change in any_json()) {
        let mut template = default_base_job_template();
        match (template.pointer_mut(place), change) {
            // Members are added, so that the rest stays valid and later rules are reached.
            (Some(Value::Object(members)), Value::Object(change)) => members.extend(change),
            (Some(there), change) => *there = change,
            (None, _) => prop_assert!(false, "nothing at {place}"),
        }
        let template = Template::new(template.as_object().cloned().unwrap_or_default());
        for finding in lint(&template, Subject::Kubernetes) {
            prop_assert!(!finding.path.is_empty() && finding.message.ends_with('.') && !finding.fix.is_empty());
        }
        let _ = lint(&template, Subject::Other);
    }

    #[test]
    fn any_schema_judges_any_value(root in any_json(), schema in any_json(), value in any_json()) {
        let root = root.as_object().cloned().unwrap_or_default();
        let schemas = Schemas::new(&root);
        let _ = schemas.flaws(&schema, &Path::default());
        let _ = schemas.misfits(&value, &schema, &Path::default());
    }

    #[test]
    fn what_is_written_is_read_the_same(value in any_json()) {
        let mut members = Map::new();
        members.insert("x".to_owned(), value);
        let template = Template::new(members);
        let text = template.to_value().to_string();
        let read = read(text.as_bytes(), "f").map(|read| read.template);
        prop_assert_eq!(read.map(|it| it.digest()), Ok(template.digest()));
    }

    #[test]
    fn any_bytes_are_a_template_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let (Ok(_) | Err(_)) = read(&bytes, "f");
    }
}

#[test]
fn a_large_template_is_compared_and_judged_in_time() {
    let mut template = default_base_job_template();
    for number in 0..5000 {
        let name = format!("variable_{number}");
        template["variables"]["properties"][&name] =
            json!({"type": "string", "default": "x".repeat(200)});
    }
    let template = Template::new(template.as_object().cloned().unwrap_or_default());
    let begun = std::time::Instant::now();
    assert_eq!(diff(&template.to_value(), &template.to_value()), []);
    assert!(lint(&template, Subject::Kubernetes).len() > 5000);
    // It takes well under a second; a rule that looks at all variables for each would take minutes.
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
