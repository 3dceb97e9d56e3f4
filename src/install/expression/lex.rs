//! Splits a template into text and actions, and an action into words.

use super::ExpressionError;

/// A stretch of a template.
#[derive(Debug, PartialEq, Eq)]
pub enum Stretch {
    /// Text, trimmed where an action beside it says so.
    Text(String),
    /// What stands between the braces.
    Action(Vec<Word>),
}

/// A word of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// `.a.b`, or `$.a.b`; empty for `.` and `$` alone.
    Field(Vec<String>),
    /// `.a` right after a closing parenthesis.
    FieldOfParenthesis(Vec<String>),
    /// A function or keyword.
    Name(String),
    /// A text in quotes.
    Text(String),
    /// A number, as written.
    Number(String),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `|`
    Pipe,
}

/// Splits a template.
pub fn split(template: &str) -> Result<Vec<Stretch>, ExpressionError> {
    let mut stretches = Vec::new();
    let mut rest = template;
    let mut trim_next = false;
    while let Some(at) = rest.find("{{") {
        let (text, action) = (&rest[..at], &rest[at + 2..]);
        let (action, trims_before) = match action.strip_prefix('-') {
            Some(inner) if inner.starts_with(char::is_whitespace) => (inner, true),
            _ => (action, false),
        };
        push_text(&mut stretches, text, trim_next, trims_before);
        let end = end_of(action)?;
        let inside = &action[..end];
        rest = &action[end + 2..];
        let (inside, trims_after) = match inside.strip_suffix('-') {
            Some(inner) if inner.ends_with(char::is_whitespace) => (inner, true),
            _ => (inside, false),
        };
        trim_next = trims_after;
        let comment = inside.trim();
        if !(comment.starts_with("/*") && comment.ends_with("*/")) {
            stretches.push(Stretch::Action(words(inside)?));
        }
    }
    push_text(&mut stretches, rest, trim_next, false);
    Ok(stretches)
}

fn push_text(stretches: &mut Vec<Stretch>, text: &str, start: bool, end: bool) {
    let text = if start { text.trim_start() } else { text };
    let text = if end { text.trim_end() } else { text };
    if !text.is_empty() {
        stretches.push(Stretch::Text(text.to_owned()));
    }
}

/// Where an action ends: at braces that do not stand in quotes.
fn end_of(action: &str) -> Result<usize, ExpressionError> {
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in action.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some('"') if character == '\\' => escaped = true,
            Some(open) if character == open => quote = None,
            None if matches!(character, '"' | '`') => quote = Some(character),
            None if action[at..].starts_with("}}") => return Ok(at),
            _ => {}
        }
    }
    Err(ExpressionError("{{ is not closed with }}".to_owned()))
}

fn words(action: &str) -> Result<Vec<Word>, ExpressionError> {
    let mut words = Vec::new();
    let mut rest = action;
    loop {
        let after_parenthesis =
            words.last() == Some(&Word::Close) && !rest.starts_with(char::is_whitespace);
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            return Ok(words);
        };
        let (word, left) = match first {
            '(' => (Word::Open, &rest[1..]),
            ')' => (Word::Close, &rest[1..]),
            '|' => (Word::Pipe, &rest[1..]),
            '"' => quoted(rest)?,
            '`' => raw(rest)?,
            '.' => {
                let (path, left) = path(rest)?;
                let word = if after_parenthesis {
                    Word::FieldOfParenthesis(path)
                } else {
                    Word::Field(path)
                };
                (word, left)
            }
            '$' => {
                let (path, left) = path(&rest[1..])?;
                (Word::Field(path), left)
            }
            '0'..='9' | '-' | '+' => {
                let end = end_of_word(rest, |c| {
                    c.is_alphanumeric() || matches!(c, '-' | '+' | '.' | '_')
                });
                (Word::Number(rest[..end].to_owned()), &rest[end..])
            }
            letter if letter.is_alphabetic() || letter == '_' => {
                let end = end_of_word(rest, |c| c.is_alphanumeric() || c == '_');
                (Word::Name(rest[..end].to_owned()), &rest[end..])
            }
            other => {
                return Err(ExpressionError(format!("{other:?} has no meaning here")));
            }
        };
        words.push(word);
        rest = left;
    }
}

fn end_of_word(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|character| !belongs(character))
        .unwrap_or(text.len())
}

/// `.a.b`, or nothing.
fn path(text: &str) -> Result<(Vec<String>, &str), ExpressionError> {
    let mut names = Vec::new();
    let mut rest = text;
    if rest.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return Err(ExpressionError(
            "variables such as $x are not supported".to_owned(),
        ));
    }
    while let Some(after) = rest.strip_prefix('.') {
        let end = end_of_word(after, |c| c.is_alphanumeric() || c == '_');
        if end == 0 {
            if names.is_empty() {
                return Ok((names, after));
            }
            return Err(ExpressionError("a name is missing after a dot".to_owned()));
        }
        names.push(after[..end].to_owned());
        rest = &after[end..];
    }
    Ok((names, rest))
}

/// A text in double quotes, with Go's escapes.
fn quoted(text: &str) -> Result<(Word, &str), ExpressionError> {
    let mut out = String::new();
    let mut characters = text[1..].chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return Ok((Word::Text(out), characters.as_str())),
            '\\' => match characters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(same @ ('"' | '\\' | '\'')) => out.push(same),
                _ => {
                    return Err(ExpressionError(
                        "a text has an escape that is not supported".to_owned(),
                    ));
                }
            },
            other => out.push(other),
        }
    }
    Err(ExpressionError("a text is not closed with \"".to_owned()))
}

/// A text in backquotes, without escapes.
fn raw(text: &str) -> Result<(Word, &str), ExpressionError> {
    match text[1..].split_once('`') {
        Some((inside, rest)) => Ok((Word::Text(inside.to_owned()), rest)),
        None => Err(ExpressionError("a text is not closed with `".to_owned())),
    }
}
