//! What the user gives: files and `--set` expressions, laid over one another in Helm's order.

use super::set::{Reading, set};
use crate::{
    error::{Error, Result},
    install::{
        tree::{Node, Place},
        yaml,
    },
};

/// Where values come from. Whatever the order on the command line, files go first, then JSON, then
/// typed values, texts, files' texts, and literals last; a later one wins.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `-f`: files, `-` for standard input, or URLs.
    pub files: Vec<String>,
    /// `--set-json`
    pub json: Vec<String>,
    /// `--set`
    pub typed: Vec<String>,
    /// `--set-string`
    pub text: Vec<String>,
    /// `--set-file`
    pub file: Vec<String>,
    /// `--set-literal`
    pub literal: Vec<String>,
}

/// What the user gave, still without defaults.
#[derive(Debug)]
pub struct Given {
    /// The values.
    pub values: Node,
    /// What is odd in the files.
    pub notes: Vec<String>,
}

/// Reads all that a request names; `read` gives the bytes of a file, of `-` or of a URL.
///
/// # Errors
/// Those of `read`, and a usage error for what is not YAML or no expression.
pub fn read(request: &Request, read: &mut dyn FnMut(&str) -> Result<Vec<u8>>) -> Result<Given> {
    let mut given = Given {
        values: Node::empty_map(Place::of_source("the command line")),
        notes: Vec::new(),
    };
    for file in &request.files {
        let name = if file.trim() == "-" {
            "standard input"
        } else {
            file
        };
        let found = yaml::read(&read(file)?, &without_password(name))?;
        given.values.merge(found.values);
        given.notes.extend(found.notes);
    }
    let values = &mut given.values;
    each("--set-json", &request.json, values, || Reading::Json)?;
    each("--set", &request.typed, values, || Reading::Typed)?;
    each("--set-string", &request.text, values, || Reading::Text)?;
    for expression in &request.file {
        let mut failure = None;
        let mut text = |path: &str| {
            let bytes = read(path).map_err(|error| {
                let words = error.one_line();
                failure = Some(error);
                words
            })?;
            String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8 text"))
        };
        let place = Place::of_source("--set-file");
        let done = set(expression, values, Reading::File(&mut text), &place);
        match (failure, done) {
            (Some(error), _) => return Err(error),
            (None, done) => done.map_err(|why| refused("--set-file", why))?,
        }
    }
    each("--set-literal", &request.literal, values, || {
        Reading::Literal
    })?;
    Ok(given)
}

fn each<'r>(
    flag: &str,
    expressions: &[String],
    values: &mut Node,
    reading: impl Fn() -> Reading<'r>,
) -> Result<()> {
    let place = Place::of_source(flag);
    for expression in expressions {
        set(expression, values, reading(), &place).map_err(|why| refused(flag, why))?;
    }
    Ok(())
}

/// The expression is not repeated: it may set a credential.
fn refused(flag: &str, why: String) -> Error {
    Error::usage(format!("an expression of {flag} cannot be read"))
        .cause(why)
        .hint("write a.b=VALUE,c[0]=VALUE; a backslash stands before a comma, a dot or a bracket that is meant as such")
}

/// A URL as it may be shown.
fn without_password(source: &str) -> String {
    match source.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            match rest[..end].rfind('@') {
                Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
                None => source.to_owned(),
            }
        }
        None => source.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn values(request: &Request) -> Result<Value> {
        let mut files = |name: &str| match name {
            "a" => Ok(b"x: 1\nm: {a: 1, b: 1}\nl: [1, 2]\n".to_vec()),
            "b" => Ok(b"x: 2\nm: {b: 2, c: null}\nl: [3]\n".to_vec()),
            "-" => Ok(b"x: 3".to_vec()),
            "bad" => Ok(vec![0xff, 0x00, 0x01]),
            "https://u:p@host/v" => Ok(b"- 1".to_vec()),
            other => Err(Error::usage(format!("no {other}"))),
        };
        read(request, &mut files).map(|given| given.values.to_json())
    }

    fn request(files: &[&str]) -> Request {
        Request {
            files: files.iter().map(ToString::to_string).collect(),
            ..Request::default()
        }
    }

    #[test]
    fn later_files_win_and_maps_merge() {
        assert_eq!(
            values(&request(&["a", "b", "-"])).unwrap(),
            json!({"x": 3, "m": {"a": 1, "b": 2, "c": null}, "l": [3]})
        );
    }

    #[test]
    fn flags_follow_in_helms_order() {
        let one = |text: &str| vec![text.to_owned()];
        let all = Request {
            literal: one("x=literal"),
            file: one("x=-,f=-"),
            text: one("x=1,s=1"),
            typed: one("x=2,t=2"),
            json: one("x={\"y\":1},j=[1]"),
            ..request(&["a"])
        };
        assert_eq!(
            values(&all).unwrap(),
            json!({
                "x": "literal", "m": {"a": 1, "b": 1}, "l": [1, 2], "j": [1], "t": 2, "s": "1",
                "f": "x: 3",
            })
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_without_credentials() {
        let error = values(&request(&["https://u:p@host/v"])).unwrap_err();
        assert!(
            error
                .message
                .starts_with("https://host/v:1: values are a map"),
            "{error}"
        );
        let error = values(&Request {
            typed: vec!["worker.s3cr3t".to_owned()],
            ..Request::default()
        })
        .unwrap_err();
        assert_eq!(error.message, "an expression of --set cannot be read");
        for file in ["x=missing", "x=bad"] {
            let error = values(&Request {
                file: vec![file.to_owned()],
                ..Request::default()
            });
            assert!(error.is_err(), "{file}");
        }
    }
}
