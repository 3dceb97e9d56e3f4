//! YAML on standard output.

use serde::Serialize;

use crate::error::{Error, Result};

/// A document as YAML. What YAML 1.1 takes for a boolean or a number stands in quotes.
///
/// # Errors
/// When it has no form in YAML.
pub fn to_yaml<T: Serialize>(document: &T) -> Result<String> {
    serde_saphyr::to_string(document)
        .map_err(|error| Error::failed("failed to write YAML").because(&error))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::to_yaml;
    use crate::install::yaml::read;

    fn again(value: &Value) -> Value {
        let document = json!({ "a": value });
        let text = to_yaml(&document).unwrap();
        let read =
            read(text.as_bytes(), "written").unwrap_or_else(|error| panic!("{error:?}\n{text}"));
        read.values.to_json()["a"].clone()
    }

    #[test]
    fn what_is_written_is_read_the_same_as_yaml_1_1() {
        for text in [
            "yes",
            "no",
            "on",
            "off",
            "y",
            "n",
            "true",
            "null",
            "~",
            "",
            " ",
            "1",
            "007",
            "0x1F",
            "0o7",
            "0b1",
            "1_000",
            "1e3",
            ".5",
            "1.",
            ".inf",
            "-",
            "- a",
            "a: b",
            "#",
            "a #b",
            "@x",
            "`x`",
            "%x",
            "*x",
            "&x",
            "!x",
            "|",
            ">",
            "{}",
            "[]",
            "{{ x }}",
            "'",
            "\"",
            "\\",
            "a\n",
            "\na",
            "a\n\n",
            " a\n b\n",
            "a\tb",
            "\u{feff}",
            "\u{85}",
            "é",
            "1:30",
            "2001-01-01",
            "<<",
            "=",
            "---",
            "...",
            "a\r\nb",
            "\u{1}",
            "?",
            ": a",
            "0_7",
            "+1",
            "08",
            "1__0",
        ] {
            assert_eq!(again(&json!(text)), json!(text), "{text:?}");
            assert_eq!(
                again(&json!({ text: [text] })),
                json!({ text: [text] }),
                "{text:?}"
            );
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
            "[ -~\n]{0,20}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("[ -~]{1,8}", inner), 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_document_is_read_the_same(value in any_value()) {
            prop_assert_eq!(again(&value), value);
        }
    }
}
