use super::*;
use serde_json::json;

fn lines(problems: &[Problem]) -> Vec<String> {
    let line = |problem: &Problem| format!("{} {}", problem.path, problem.message);
    problems.iter().map(line).collect()
}

fn definitions() -> Map<String, Value> {
    let root = json!({"definitions": {
        "Size": {"type": "object", "properties": {"cpu": {"type": "string"}}, "required": ["cpu"]},
        "Round": {"$ref": "#/definitions/About"},
        "About": {"$ref": "#/definitions/Round"},
        "Twice": {"anyOf": [{"$ref": "#/definitions/Twice"}, {"$ref": "#/definitions/Twice"}]},
        "a/b": {"type": "integer"},
    }});
    match root {
        Value::Object(members) => members,
        _ => panic!("no object"),
    }
}

#[test]
fn values_fit_or_it_is_told_why() {
    let either = json!({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]});
    for (schema, value, expected) in [
        (json!({}), json!([1]), None),
        (
            json!({"type": "string"}),
            json!(1),
            Some("x must be string, and is a number"),
        ),
        (json!({"type": ["string", "null"]}), json!(null), None),
        (json!({"type": "integer"}), json!(1.0), None),
        (
            json!({"type": "integer"}),
            json!(1.5),
            Some("x must be integer, and is a number"),
        ),
        (
            json!({"type": "boolean"}),
            json!(1),
            Some("x must be boolean, and is a number"),
        ),
        (either.clone(), json!(null), None),
        (
            either.clone(),
            json!(-1),
            Some("x must be 0 or more, and is -1"),
        ),
        (
            either,
            json!("a"),
            Some("x must be integer or null, and is a string"),
        ),
        (
            json!({"enum": ["a", 1]}),
            json!("b"),
            Some(r#"x must be one of "a", 1, and is "b""#),
        ),
        (json!({"const": 1}), json!(1.0), None),
        (json!({"maxLength": 2}), json!("abc"), Some("x is too long")),
        (
            json!({"pattern": "^[a-z]+$"}),
            json!("A"),
            Some("x does not match ^[a-z]+$"),
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            json!({"a": 1}),
            Some("x.a must be string, and is a number"),
        ),
        (
            json!({"items": {"type": "string"}}),
            json!(["a", 1]),
            Some("x[1] must be string, and is a number"),
        ),
        (
            json!({"$ref": "#/definitions/Size"}),
            json!({}),
            Some("x lacks \"cpu\""),
        ),
        (
            json!({"$ref": "#/definitions/Size"}),
            json!({"cpu": 1}),
            Some("x.cpu must be string, and is a number"),
        ),
        (
            json!({"$ref": "#/definitions/a~1b"}),
            json!("a"),
            Some("x must be integer, and is a string"),
        ),
        (json!({"$ref": "#/definitions/Round"}), json!("a"), None),
        (json!({"$ref": "#/definitions/Twice"}), json!("a"), None),
        (
            json!({"allOf": [{"type": "string"}, {"minLength": 1}]}),
            json!(""),
            Some("x is too short"),
        ),
        (json!(false), json!(1), Some("x is not allowed")),
    ] {
        let root = definitions();
        let problems = Schemas::new(&root).misfits(&value, &schema, &Path::of(&["x"]));
        assert_eq!(
            lines(&problems),
            Vec::from_iter(expected),
            "{schema} {value}"
        );
    }
}

#[test]
fn flaws_of_schemas_are_found() {
    for (schema, expected) in [
        (json!({"type": "string", "default": 1, "x-own": {}}), None),
        (json!(1), Some("x must be a schema, and is a number")),
        (
            json!({"type": "text"}),
            Some(
                "x.type \"text\" is no type; the types are string, number, integer, boolean, object, array, null",
            ),
        ),
        (
            json!({"type": [null]}),
            Some(
                "x.type null is no type; the types are string, number, integer, boolean, object, array, null",
            ),
        ),
        (
            json!({"enum": "a"}),
            Some("x.enum must be a list, and is a string"),
        ),
        (
            json!({"required": true}),
            Some("x.required must be a list of names, and is a boolean"),
        ),
        (
            json!({"anyOf": []}),
            Some("x.anyOf must be a list of schemas, and is a list"),
        ),
        (
            json!({"anyOf": [{"type": 1}]}),
            Some(
                "x.anyOf[0].type 1 is no type; the types are string, number, integer, boolean, object, array, null",
            ),
        ),
        (
            json!({"properties": {"a": {"items": 1}}}),
            Some("x.properties.a.items must be a schema, and is a number"),
        ),
        (json!({"$ref": "#/definitions/Size"}), None),
        (
            json!({"$ref": "#/definitions/Sise"}),
            Some("x.$ref refers to \"#/definitions/Sise\", and there is no such schema"),
        ),
        (
            json!({"$ref": "#/definitions/Round"}),
            Some("x.$ref refers to \"#/definitions/Round\", which leads back to itself"),
        ),
        (
            json!({"$ref": "https://h/s"}),
            Some(
                "x.$ref refers to \"https://h/s\", which is outside of the template and is not fetched",
            ),
        ),
    ] {
        let root = definitions();
        let problems = Schemas::new(&root).flaws(&schema, &Path::of(&["x"]));
        assert_eq!(lines(&problems), Vec::from_iter(expected), "{schema}");
    }
}
