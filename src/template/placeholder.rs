//! Placeholders, `{{ name }}`, in the texts of a template: finding them, and looking their paths
//! up in values. Not for what they are replaced by.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::python::Step;

const BLOCK_PREFIX: &str = "prefect.blocks.";
const VARIABLE_PREFIX: &str = "prefect.variables.";
const ENVIRONMENT_PREFIX: char = '$';

/// Where a placeholder's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// A job variable, or what else the template is rendered with.
    Value {
        /// The path, such as `resources.limits[0]`.
        path: &'a str,
    },
    /// A Prefect block: `prefect.blocks.<type>.<name>[.<path>]`.
    Block {
        /// What follows `prefect.blocks.`.
        reference: &'a str,
    },
    /// A Prefect variable: `prefect.variables.<name>`.
    Variable {
        /// What follows `prefect.variables.`.
        name: &'a str,
    },
    /// The worker's own environment: `$NAME`.
    Environment {
        /// The variable's name without dollar signs.
        name: &'a str,
    },
}

/// One placeholder of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placeholder<'a> {
    /// The whole of it, braces included.
    pub text: &'a str,
    /// What stands between the braces.
    pub name: &'a str,
    /// Where its value comes from.
    pub source: Source<'a>,
}

/// The placeholders of a text in order, those that repeat another to the letter left out.
#[must_use]
pub fn placeholders(text: &str) -> Vec<Placeholder<'_>> {
    // Python's \s also holds four separators, its \w neither marks nor joiners.
    #[expect(
        clippy::expect_used,
        reason = "a constant expression, compiled by a test"
    )]
    static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\{\{[\s\x1c-\x1f]*[\p{L}\p{N}_.\-\[\]$]+[\s\x1c-\x1f]*\}\}")
            .expect("a valid expression")
    });
    let mut found: Vec<Placeholder<'_>> = Vec::new();
    if !text.contains("{{") {
        return found;
    }
    for text in PLACEHOLDER.find_iter(text).map(|found| found.as_str()) {
        let name = text
            .trim_matches(|c: char| matches!(c, '{' | '}' | '\x1c'..='\x1f') || c.is_whitespace());
        if found.iter().all(|known| known.text != text) {
            found.push(Placeholder {
                text,
                name,
                source: source(name),
            });
        }
    }
    found
}

/// The placeholder that is all there is of a text.
#[must_use]
pub fn lone<'a>(text: &str, found: &[Placeholder<'a>]) -> Option<Placeholder<'a>> {
    match found {
        [only] if only.text == text => Some(*only),
        _ => None,
    }
}

fn source(name: &str) -> Source<'_> {
    if let Some(reference) = name.strip_prefix(BLOCK_PREFIX) {
        Source::Block { reference }
    } else if let Some(name) = name.strip_prefix(VARIABLE_PREFIX) {
        Source::Variable { name }
    } else if name.starts_with(ENVIRONMENT_PREFIX) {
        Source::Environment {
            name: name.trim_start_matches(ENVIRONMENT_PREFIX),
        }
    } else {
        Source::Value { path: name }
    }
}

/// Calls `visit` with every text of a value, depth first. Keys are no texts: they are never
/// rendered.
pub fn for_each_text<'a>(value: &'a Value, visit: &mut impl FnMut(&'a str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| for_each_text(item, visit)),
        Value::Object(members) => members
            .values()
            .for_each(|member| for_each_text(member, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a value holds a placeholder anywhere.
#[must_use]
pub fn has_placeholder(value: &Value) -> bool {
    let mut found = false;
    for_each_text(value, &mut |text| found |= !placeholders(text).is_empty());
    found
}

/// The steps of a dotted and indexed path: `a.b[0]` and `a.b.0` are the same.
#[must_use]
pub fn steps(path: &str) -> Vec<String> {
    path.replace('[', ".")
        .replace(']', "")
        .split('.')
        .map(str::to_owned)
        .collect()
}

/// Looks a path up in the members of an object. None: there is no such value.
///
/// An integer step indexes lists, and texts by character, from the back when negative; it never
/// finds an object's key, as Python looks for the integer and not for its digits.
#[must_use]
pub fn look_up(members: &Map<String, Value>, path: &str) -> Option<Value> {
    let steps = steps(path);
    let (first, rest) = steps.split_first()?;
    match Step::parse(first) {
        Step::Index(_) => None,
        Step::Key(key) => follow(members.get(key)?, rest),
    }
}

/// Looks a path up in any value, as [`look_up`].
#[must_use]
pub fn look_up_in(value: &Value, path: &str) -> Option<Value> {
    follow(value, &steps(path))
}

fn follow(value: &Value, steps: &[String]) -> Option<Value> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(value.clone());
    };
    match (value, Step::parse(step)) {
        (Value::Object(members), Step::Key(key)) => follow(members.get(key)?, rest),
        (Value::Array(items), Step::Index(index)) => {
            follow(items.get(position(index, items.len())?)?, rest)
        }
        (Value::String(text), Step::Index(index)) => {
            let at = position(index, text.chars().count())?;
            let character = text.chars().nth(at)?;
            follow(&Value::String(character.to_string()), rest)
        }
        _ => None,
    }
}

fn position(index: i64, length: usize) -> Option<usize> {
    if index < 0 {
        length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)
    } else {
        usize::try_from(index).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn placeholders_are_told_apart() {
        let found =
            placeholders("{{a.b[0]}} {{ $$HOME }}{{a.b[0]}}{{ prefect.blocks.s.n.x }} {{ é² }}");
        let texts: Vec<_> = found.iter().map(|p| (p.text, p.source)).collect();
        assert_eq!(
            texts,
            [
                ("{{a.b[0]}}", Source::Value { path: "a.b[0]" }),
                ("{{ $$HOME }}", Source::Environment { name: "HOME" }),
                (
                    "{{ prefect.blocks.s.n.x }}",
                    Source::Block { reference: "s.n.x" }
                ),
                ("{{ é² }}", Source::Value { path: "é²" }),
            ]
        );
        for none in [
            "",
            "{{}}",
            "{{ a b }}",
            "{ a }",
            "{{ a/b }}",
            "{{ a:b }}",
            "{{ a\u{301} }}",
        ] {
            assert!(placeholders(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn only_a_text_that_is_one_placeholder_has_a_lone_one() {
        for (text, is_lone) in [
            ("{{ a }}", true),
            ("{{a}}", true),
            ("{{ a }} ", false),
            ("{{ a }}{{ a }}", false),
            ("{{{ a }}}", false),
        ] {
            assert_eq!(lone(text, &placeholders(text)).is_some(), is_lone, "{text}");
        }
    }

    #[test]
    fn paths_are_followed_as_python_does() {
        let values =
            json!({"a": {"b": [1, {"c": "xyz"}], "0": "zero"}, "1": "one", "": {"": 2}, "-": 3});
        let Value::Object(values) = values else {
            panic!()
        };
        for (path, found) in [
            ("a.b[0]", Some(json!(1))),
            ("a.b.0", Some(json!(1))),
            ("a.b[-1].c", Some(json!("xyz"))),
            ("a[b][1]c", None),
            ("a.b[1].c[1]", Some(json!("y"))),
            ("a.b[1].c[-3][0]", Some(json!("x"))),
            ("a.b[1].c.q", None),
            ("a.b[2]", None),
            ("a.b[-3]", None),
            ("a.b.c", None),
            ("a.0", None),
            ("1", None),
            (".", Some(json!(2))),
            ("-", Some(json!(3))),
            ("a.b[0].x", None),
        ] {
            assert_eq!(look_up(&values, path), found, "{path}");
        }
    }
}
