use serde_json::json;

use super::*;

fn apply(start: Value, expression: &str, reading: Reading<'_>) -> Result<Value, String> {
    let place = Place::of_source("--set");
    let mut node = Node::from_json(start, &place);
    set(expression, &mut node, reading, &place)?;
    Ok(node.to_json())
}

/// What Helm 4.2 makes of the same expressions.
#[test]
fn expressions_are_helms() {
    for (expression, typed, text) in [
        ("a=1", json!({"a": 1}), json!({"a": "1"})),
        (
            "a.b=x,c=y",
            json!({"a": {"b": "x"}, "c": "y"}),
            json!({"a": {"b": "x"}, "c": "y"}),
        ),
        (
            "a={1,2,x}",
            json!({"a": [1, 2, "x"]}),
            json!({"a": ["1", "2", "x"]}),
        ),
        ("a={}", json!({"a": [""]}), json!({"a": [""]})),
        ("a={,}", json!({"a": ["", ""]}), json!({"a": ["", ""]})),
        ("a=", json!({"a": ""}), json!({"a": ""})),
        ("a=b\\,c", json!({"a": "b,c"}), json!({"a": "b,c"})),
        ("a\\.b=c", json!({"a.b": "c"}), json!({"a.b": "c"})),
        ("a\\=b=c", json!({"a=b": "c"}), json!({"a=b": "c"})),
        (
            "a[0].b=1,a[0].c=2",
            json!({"a": [{"b": 1, "c": 2}]}),
            json!({"a": [{"b": "1", "c": "2"}]}),
        ),
        ("a[1]=1", json!({"a": [null, 1]}), json!({"a": [null, "1"]})),
        (
            "a[0][1]=z",
            json!({"a": [[null, "z"]]}),
            json!({"a": [[null, "z"]]}),
        ),
        (
            "a[0]={x,y}",
            json!({"a": [["x", "y"]]}),
            json!({"a": [["x", "y"]]}),
        ),
        ("a=null", json!({"a": null}), json!({"a": "null"})),
        (
            "a=TRUE,b=fAlse",
            json!({"a": true, "b": false}),
            json!({"a": "TRUE", "b": "fAlse"}),
        ),
        (
            "a=01,b=0,c=1.5",
            json!({"a": "01", "b": 0, "c": "1.5"}),
            json!({"a": "01", "b": "0", "c": "1.5"}),
        ),
        (
            "a=-5,b=+5",
            json!({"a": -5, "b": 5}),
            json!({"a": "-5", "b": "+5"}),
        ),
        (
            "a=99999999999999999999",
            json!({"a": "99999999999999999999"}),
            json!({"a": "99999999999999999999"}),
        ),
        ("a=x,", json!({"a": "x"}), json!({"a": "x"})),
        (
            "a={1},b=2",
            json!({"a": [1], "b": 2}),
            json!({"a": ["1"], "b": "2"}),
        ),
        (
            "a={1}b=2",
            json!({"a": [1], "b": 2}),
            json!({"a": ["1"], "b": "2"}),
        ),
        (
            "a={b\\,c,d}",
            json!({"a": ["b,c", "d"]}),
            json!({"a": ["b,c", "d"]}),
        ),
        (
            "a==b,c=d=e",
            json!({"a": "=b", "c": "d=e"}),
            json!({"a": "=b", "c": "d=e"}),
        ),
        (" a = b ", json!({" a ": " b "}), json!({" a ": " b "})),
        ("a.b=1,a=2", json!({"a": 2}), json!({"a": "2"})),
    ] {
        assert_eq!(
            apply(json!({}), expression, Reading::Typed).unwrap(),
            typed,
            "{expression}"
        );
        assert_eq!(
            apply(json!({}), expression, Reading::Text).unwrap(),
            text,
            "{expression}"
        );
    }
}

#[test]
fn json_values_stand_side_by_side() {
    for (expression, expected) in [
        ("a={\"b\":1}", json!({"a": {"b": 1}})),
        ("a=[1,2],b=null", json!({"a": [1, 2], "b": null})),
        ("a=,b=1", json!({"a": null, "b": 1})),
        ("a=", json!({"a": null})),
        ("a.b=\"x\"", json!({"a": {"b": "x"}})),
        ("a=1 , b=2", json!({"a": 1, " b": 2})),
        ("a[0]={\"x\":1.0}", json!({"a": [{"x": 1}]})),
        ("{\"a\": {\"b\": 1}}", json!({"a": {"b": 1}, "z": 1})),
    ] {
        let start = if expression.starts_with('{') {
            json!({"z": 1})
        } else {
            json!({})
        };
        assert_eq!(
            apply(start, expression, Reading::Json).unwrap(),
            expected,
            "{expression}"
        );
    }
}

#[test]
fn literals_are_taken_as_they_are() {
    for (expression, expected) in [
        ("a=b,c=d", json!({"a": "b,c=d"})),
        ("a.b=\\x", json!({"a": {"b": "\\x"}})),
        ("a[0]={z}", json!({"a": ["{z}"]})),
    ] {
        assert_eq!(
            apply(json!({}), expression, Reading::Literal).unwrap(),
            expected,
            "{expression}"
        );
    }
}

#[test]
fn files_give_their_text() {
    let mut read = |path: &str| match path {
        "f" => Ok("text\n".to_owned()),
        other => Err(format!("no {other}")),
    };
    let read_value = apply(json!({}), "a=f,b={f}", Reading::File(&mut read)).unwrap();
    assert_eq!(read_value, json!({"a": "text\n", "b": ["text\n"]}));
    let error = apply(json!({}), "a=g", Reading::File(&mut read)).unwrap_err();
    assert_eq!(error, "no g");
}

#[test]
fn what_is_there_is_changed() {
    let start = json!({"a": {"b": 1}, "l": [1, {"x": 1}], "n": null});
    assert_eq!(
        apply(start.clone(), "a.c=2,l[1].y=3,n.m=4", Reading::Typed).unwrap(),
        json!({"a": {"b": 1, "c": 2}, "l": [1, {"x": 1, "y": 3}], "n": {"m": 4}})
    );
    for (expression, expected) in [
        ("a[0]=1", "\"a\" is a map, not a list"),
        ("l.x=1", "\"l\" is a list, not a map"),
        ("l[0][0]=1", "[0] is a number, not a list"),
    ] {
        assert_eq!(
            apply(start.clone(), expression, Reading::Typed).unwrap_err(),
            expected
        );
    }
}

#[test]
fn mistakes_are_named() {
    let long = format!("{}=1", vec!["a"; 40].join("."));
    for (expression, expected) in [
        ("a", "\"a\" has no value: write a=VALUE"),
        ("a,b=1", "\"a\" has no value: write a=VALUE"),
        ("a.=1", "nothing is named after \"a\"."),
        ("=x", "a name is missing"),
        ("a=1,,b=2", "a name is missing"),
        ("a[0]", "[0] has no value"),
        ("a={x", "a list ends with }"),
        ("a[x]=1", "the index \"x\" is not a number from 0 on"),
        ("a[-1]=1", "the index \"-1\" is not a number from 0 on"),
        ("a[1", "an index ends with ]"),
        ("a[70000]=1", "the index 70000 is larger than 65536"),
        ("a[0]b=1", "after [0] comes '=', '.' or '[', not \"b\""),
        (long.as_str(), "a path has more than 31 names"),
    ] {
        assert_eq!(
            apply(json!({}), expression, Reading::Typed).unwrap_err(),
            expected,
            "{expression}"
        );
    }
    let error = apply(json!({}), "a=s3cr3t", Reading::Json).unwrap_err();
    assert_eq!(error, "a value is not JSON: line 1, column 1");
}

#[test]
fn a_comma_in_a_password_does_not_show_the_rest() {
    for expression in [
        "a=s,s3cr3t",
        "a=s,s3cr3t.",
        "a=s,s3cr3t[s3cr3t]=1",
        "a=s,b[0]s3cr3t",
        "a=s,a.s3cr3t=1",
    ] {
        let error = apply(json!({}), expression, Reading::Typed).unwrap_err();
        assert!(!error.contains("s3cr3t"), "{expression}: {error}");
    }
    assert_eq!(
        apply(json!({}), "a=s,rest", Reading::Typed).unwrap_err(),
        "what comes after a comma has no value: write NAME=VALUE, or \\, for a comma inside of a value"
    );
}
