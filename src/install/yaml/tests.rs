use serde_json::{Value, json};

use super::*;

fn values(text: &str) -> Result<Value> {
    read(text.as_bytes(), "values.yaml").map(|read| read.values.to_json())
}

/// What Helm 4.2 reads of the same text.
#[test]
fn scalars_are_those_of_yaml_1_1() {
    for (text, expected) in [
        ("yes", json!(true)),
        ("on", json!(true)),
        ("y", json!(true)),
        ("No", json!(false)),
        ("OFF", json!(false)),
        ("tRUE", json!("tRUE")),
        ("'yes'", json!("yes")),
        ("~", json!(null)),
        ("nUll", json!("nUll")),
        ("0777", json!(511)),
        ("0o17", json!(15)),
        ("08", json!(8)),
        ("0888", json!(888)),
        ("1_000", json!(1000)),
        ("0x1_F", json!(31)),
        ("-0x1F", json!(-31)),
        ("0b11", json!(3)),
        ("0b12", json!("0b12")),
        ("_1", json!("_1")),
        ("+5", json!(5)),
        ("-0", json!(0)),
        ("1.0", json!(1)),
        ("1e3", json!(1000)),
        ("1.e5", json!(100_000)),
        (".5", json!(0.5)),
        ("+.5e3", json!(500)),
        (".1_7", json!(0.17)),
        (".1__7", json!(".1__7")),
        ("1e", json!("1e")),
        ("..", json!("..")),
        ("1e400", json!("1e400")),
        ("1:30", json!("1:30")),
        ("2001-01-01", json!("2001-01-01")),
        ("1 2", json!("1 2")),
        ("!!str 5", json!("5")),
        ("!!int '5'", json!(5)),
        ("!!bool yes", json!(true)),
        ("!!binary aGk=", json!("hi")),
        ("!foo 5", json!("5")),
        ("-9223372036854775808", json!(i64::MIN)),
        ("18446744073709551615", json!(u64::MAX)),
        ("685_230.15", json!(685_230.15)),
        ("|-\n  x\n  y", json!("x\ny")),
        (">\n  x\n  y\n\n  z\n", json!("x y\nz\n")),
    ] {
        assert_eq!(
            values(&format!("a: {text}")).unwrap(),
            json!({"a": expected}),
            "{text}"
        );
    }
}

#[test]
fn keys_are_text() {
    assert_eq!(
        values("on: 1\n1: 2\n0x10: 3\n1.5: 4\n'<<': 5").unwrap(),
        json!({"true": 1, "1": 2, "16": 3, "1.5": 4, "<<": 5})
    );
}

#[test]
fn anchors_and_merges_work() {
    assert_eq!(
        values("a: &a {b: 1, d: 3}\nx: &x {b: 2, e: 4}\nc:\n  d: 2\n  <<: [*a, *x]\nl: [*a, *a]")
            .unwrap(),
        json!({
            "a": {"b": 1, "d": 3}, "x": {"b": 2, "e": 4}, "c": {"d": 3, "b": 1, "e": 4},
            "l": [{"b": 1, "d": 3}, {"b": 1, "d": 3}],
        })
    );
}

#[test]
fn documents_are_merged() {
    assert_eq!(
        values("---\na: {x: 1}\n---\n# nothing\n---\na: {z: 2}\n").unwrap(),
        json!({"a": {"x": 1, "z": 2}})
    );
    assert_eq!(values("").unwrap(), json!({}));
    assert_eq!(values("null").unwrap(), json!({}));
}

#[test]
fn marks_and_utf_16_are_read() {
    assert_eq!(values("\u{feff}a: 1").unwrap(), json!({"a": 1}));
    let utf_16: Vec<u8> = "\u{feff}a: é"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(
        read(&utf_16, "f").unwrap().values.to_json(),
        json!({"a": "é"})
    );
    let utf_16: Vec<u8> = "\u{feff}a: é"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_eq!(
        read(&utf_16, "f").unwrap().values.to_json(),
        json!({"a": "é"})
    );
}

#[test]
fn every_value_knows_its_line() {
    let read = read(b"# c\na:\n  b: |\n    x\n  c:\n    - 1\n    - 2\n", "f").unwrap();
    let line = |path: &[&str]| read.values.at(path).unwrap().place.to_string();
    assert_eq!(line(&["a"]), "f:2");
    assert_eq!(line(&["a", "b"]), "f:3");
    let Some(crate::install::tree::Content::List(items)) =
        read.values.at(&["a", "c"]).map(|node| &node.content)
    else {
        panic!("no list");
    };
    assert_eq!(items[1].place.to_string(), "f:7");
}

#[test]
fn a_key_that_is_there_twice_is_told() {
    let read = read(b"a: 1\nb:\n  c: 1\n  c: 2\na: 3\n", "f").unwrap();
    assert_eq!(read.values.to_json(), json!({"a": 3, "b": {"c": 2}}));
    assert_eq!(
        read.notes,
        [
            "f:4: the key \"c\" is there twice, also at line 3; the last one counts",
            "f:5: the key \"a\" is there twice, also at line 1; the last one counts",
        ]
    );
}

#[test]
fn what_is_not_a_map_of_values_is_refused() {
    for (text, expected) in [
        ("- a", "values.yaml:1: values are a map, and this is a list"),
        ("x", "values.yaml:1: values are a map, and this is a string"),
        ("a: 1\nb: [1", "values.yaml:2 is not YAML: "),
        ("a: b: c", "values.yaml:1 is not YAML: "),
        ("a: *x", "values.yaml:1 is not YAML: "),
        (
            "a: .inf",
            "values.yaml:1 cannot be used: .inf is no number that JSON has",
        ),
        (
            "a: !!int x",
            "values.yaml:1 cannot be used: a string where !!int is said",
        ),
        (
            "? [a]\n: 1",
            "values.yaml:1 cannot be used: a list cannot be a key",
        ),
        ("~: 1", "values.yaml:1 cannot be used: null cannot be a key"),
        (
            "a: 1\nc:\n  <<: 5",
            "values.yaml:3 cannot be used: << takes a map or a list of maps",
        ),
        (
            "a: &x\n  b: *x",
            "values.yaml:2 cannot be used: an anchor is used inside of itself",
        ),
    ] {
        let error = values(text).unwrap_err().one_line();
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
}

#[test]
fn aliases_do_not_fill_the_memory() {
    let mut text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, before) in ('b'..='i').zip('a'..) {
        let many = vec![format!("*{before}"); 10].join(", ");
        text.push_str(&format!("{name}: &{name} [{many}]\n"));
    }
    let error = values(&text).unwrap_err().one_line();
    assert!(error.contains("more than 200000 values"), "{error}");
}

#[test]
fn deep_values_are_refused() {
    let mut text = "a0: &a0 [[[[[[[[[[x]]]]]]]]]]\n".to_owned();
    for level in 1..60 {
        text.push_str(&format!(
            "a{level}: &a{level} [[[[[[*a{}]]]]]]\n",
            level - 1
        ));
    }
    let error = values(&text).unwrap_err().one_line();
    assert!(error.contains("nested more than 300 deep"), "{error}");
    let error = values(&format!("a: {}", "[".repeat(100_000)))
        .unwrap_err()
        .one_line();
    assert!(error.starts_with("values.yaml:1"), "{error}");
}
