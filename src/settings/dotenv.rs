//! Reads `.env` files with the grammar of python-dotenv, which Prefect uses.
//!
//! A statement that cannot be parsed is skipped together with the rest of its line.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// `${NAME}` and `${NAME:-default}`.
#[allow(
    clippy::expect_used,
    reason = "a constant pattern, compiled by every test"
)]
static VARIABLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$\{([^}:]*)(?::-([^}]*))?\}").expect("a valid pattern"));

/// The variables of a file in the order of their first appearance; `NAME` without `=` has no value.
///
/// `lookup` gives variables of the process, for references to names that the file does not set.
pub(super) fn parse<'e>(
    text: &str,
    lookup: impl Fn(&str) -> Option<&'e str>,
) -> Vec<(String, Option<String>)> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = Reader {
        rest: text.strip_prefix('\u{feff}').unwrap_or(&text),
    };
    let mut variables: Vec<(String, Option<String>)> = Vec::new();
    while !reader.rest.is_empty() {
        let Some(binding) = reader.binding() else {
            reader.skip_line();
            continue;
        };
        let Some((key, value)) = binding else {
            continue;
        };
        let value = value.map(|value| interpolate(&value, &variables, &lookup));
        match variables.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => variables.push((key, value)),
        }
    }
    variables
}

/// Replaces references; what the file set before wins over the process's environment.
fn interpolate<'e>(
    value: &str,
    variables: &[(String, Option<String>)],
    lookup: impl Fn(&str) -> Option<&'e str>,
) -> String {
    VARIABLE
        .replace_all(value, |reference: &Captures<'_>| {
            let name = &reference[1];
            if let Some((_, found)) = variables.iter().find(|(known, _)| known == name) {
                return found.clone().unwrap_or_default();
            }
            lookup(name)
                .or_else(|| reference.get(2).map(|default| default.as_str()))
                .unwrap_or_default()
                .to_owned()
        })
        .into_owned()
}

/// A name and its value, if it has one.
type Binding = (String, Option<String>);

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    /// Reads a statement; the outer none is a syntax error, the inner one a blank line or comment.
    fn binding(&mut self) -> Option<Option<Binding>> {
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() {
            return Some(None);
        }
        if let Some(rest) = self.rest.strip_prefix("export")
            && rest.starts_with(is_blank)
        {
            self.rest = rest.trim_start_matches(is_blank);
        }
        let key = self.key()?;
        self.skip_blanks();
        let value = match self.rest.strip_prefix('=') {
            Some(rest) => {
                self.rest = rest.trim_start_matches(is_blank);
                let spaced = self.rest.len() < rest.len();
                if spaced && self.rest.starts_with('#') {
                    Some(String::new())
                } else {
                    Some(self.value()?)
                }
            }
            None => None,
        };
        let after = self.rest.trim_start_matches(is_blank);
        if after.starts_with('#') {
            self.rest = &after[line_end(after)..];
        }
        self.skip_blanks();
        if !self.rest.is_empty() {
            self.rest = self.rest.strip_prefix('\n')?;
        }
        Some(key.map(|key| (key, value)))
    }

    /// A name; the inner none is the start of a comment.
    fn key(&mut self) -> Option<Option<String>> {
        if self.rest.starts_with('#') {
            return Some(None);
        }
        if let Some(rest) = self.rest.strip_prefix('\'') {
            let end = rest.find('\'').filter(|end| *end > 0)?;
            self.rest = &rest[end + 1..];
            return Some(Some(rest[..end].to_owned()));
        }
        let end = self
            .rest
            .find(|c: char| c == '=' || c == '#' || c.is_whitespace())
            .unwrap_or(self.rest.len());
        let key = (end > 0).then(|| self.rest[..end].to_owned())?;
        self.rest = &self.rest[end..];
        Some(Some(key))
    }

    fn value(&mut self) -> Option<String> {
        match self.rest.chars().next() {
            Some('\'') => self.quoted('\'').map(|value| unescape(value, "\\'")),
            Some('"') => self
                .quoted('"')
                .map(|value| unescape(value, "\\'\"abfnrtv")),
            None | Some('\n') => Some(String::new()),
            Some(_) => {
                let end = line_end(self.rest);
                let line = &self.rest[..end];
                self.rest = &self.rest[end..];
                Some(without_comment(line).trim_end().to_owned())
            }
        }
    }

    /// The text between quotes, escapes as they stand; it may go over several lines.
    fn quoted(&mut self, quote: char) -> Option<&'t str> {
        let text = &self.rest[1..];
        let mut escaped = false;
        for (place, character) in text.char_indices() {
            if escaped {
                escaped = false;
            } else if character == '\\' {
                escaped = true;
            } else if character == quote {
                self.rest = &text[place + 1..];
                return Some(&text[..place]);
            }
        }
        None
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(is_blank);
    }

    fn skip_line(&mut self) {
        let rest = &self.rest[line_end(self.rest)..];
        self.rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
}

fn is_blank(character: char) -> bool {
    character.is_whitespace() && character != '\n'
}

fn line_end(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// Cuts an unquoted value at the first `#` that has space before it.
fn without_comment(line: &str) -> &str {
    for (place, _) in line.match_indices('#') {
        let before = &line[..place];
        if before.ends_with(char::is_whitespace) {
            return before;
        }
    }
    line
}

/// Replaces a backslash and one of the `known` characters.
fn unescape(text: &str, known: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match characters.peek() {
            Some(&next) if character == '\\' && known.contains(next) => {
                characters.next();
                out.push(match next {
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'v' => '\u{b}',
                    other => other,
                });
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<(String, Option<String>)> {
        parse(text, |name| (name == "OUTER").then_some("outer"))
    }

    fn one(text: &str) -> Option<String> {
        parsed(text).pop().and_then(|(_, value)| value)
    }

    #[test]
    fn values() {
        let cases = [
            ("A=b", "b"),
            ("\u{feff}A=b\r\n", "b"),
            ("  export A = b c  # comment", "b c"),
            ("A=b#c", "b#c"),
            ("A= # comment", ""),
            ("A=#b", "#b"),
            ("A='b #\\'c' # d", "b #'c"),
            ("A=\"b\\n\\\"c\"", "b\n\"c"),
            ("A=\"b\nc\"", "b\nc"),
            ("'A'=b", "b"),
            ("A=", ""),
            ("A=${OUTER}-${NONE:-x}-${NONE}", "outer-x-"),
            ("B=1\nA='${B}'", "1"),
        ];
        for (text, value) in cases {
            assert_eq!(one(text).as_deref(), Some(value), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_assignment() {
        assert_eq!(parsed("# only\n\n"), []);
        assert_eq!(
            parsed("A\nB=c"),
            [("A".into(), None), ("B".into(), Some("c".into()))]
        );
        assert_eq!(parsed("A='b' c\nB=d"), [("B".into(), Some("d".into()))]);
        assert_eq!(parsed("A=\"b\nC=d"), [("C".into(), Some("d".into()))]);
        assert_eq!(parsed("=b\nA=c"), [("A".into(), Some("c".into()))]);
        assert_eq!(parsed("A=1\nA=2"), [("A".into(), Some("2".into()))]);
    }
}
