//! Whatever is read, nothing panics and nothing hangs.

use proptest::prelude::*;
use serde_json::json;

use super::{
    expression::{Definitions, Scope, evaluate},
    render,
    values::{self, Given, Request},
    yaml,
};

/// Texts of the pieces that a grammar is made of, so that many of them make sense.
fn made_of(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}

const YAML: &[&str] = &[
    "a",
    "worker",
    "config",
    ":",
    ": ",
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&x ",
    "*x",
    "<<: ",
    "!!int ",
    "!!binary ",
    "'",
    "\"",
    "|\n",
    ">\n",
    "#",
    "---\n",
    "...\n",
    "1",
    "yes",
    "~",
    "é",
    "\t",
    "%",
    "@",
    "\u{feff}",
];
const EXPRESSION: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    "-}}",
    " ",
    ".",
    "$",
    ".Values",
    ".a",
    ".Release.Name",
    "(",
    ")",
    "|",
    "\"",
    "`",
    "\\",
    "upper",
    "default",
    "trunc",
    "index",
    "printf",
    "tpl",
    "include",
    "if",
    "else",
    "end",
    "-5",
    "1.5",
    "é",
    "/*",
    "*/",
    "join",
    "nil",
];
const SET: &[&str] = &[
    "a", "worker", ".", "=", ",", "[", "]", "0", "1", "65536", "{", "}", "\\", "null", "true",
    "\"", ":", "é", " ",
];

fn given(text: &str) -> Option<Given> {
    let read = yaml::read(text.as_bytes(), "text").ok()?;
    Some(Given {
        values: read.values,
        notes: read.notes,
    })
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in made_of(YAML), noise in "\\PC{0,40}") {
        for text in [text, noise] {
            if let Some(given) = given(&text)
                && let Ok(resolved) = values::resolve(given)
            {
                let _ = render::render("r", "n", &resolved);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = yaml::read(&bytes, "bytes");
    }

    #[test]
    fn any_expression_is_evaluated_or_refused(text in made_of(EXPRESSION), noise in "\\PC{0,40}") {
        let values = json!({"a": {"a": "é"}});
        let definitions = Definitions::default();
        let scope = Scope {
            release: "r",
            namespace: "n",
            app_version: "v",
            values: &values,
            definitions: &definitions,
        };
        for text in [format!("{{{{ {text} }}}}"), text, noise] {
            let _ = evaluate(&text, &scope);
        }
    }

    #[test]
    fn any_expression_of_set_is_read_or_refused(text in made_of(SET)) {
        let list = vec![text];
        for request in [
            Request { typed: list.clone(), ..Request::default() },
            Request { json: list.clone(), ..Request::default() },
            Request { literal: list.clone(), ..Request::default() },
        ] {
            let _ = values::given::read(&request, &mut |_| Ok(Vec::new()));
        }
    }
}
