//! `--set` and its relatives: Helm's `strvals`, one expression a time, laid into the values.
//!
//! `a.b=1,c[0].d=x,e={1,2}`; a backslash takes the meaning from the character after it.

use serde_json::Value;

use crate::install::tree::{Content, Members, Node, Place};

/// The largest index of a list, as in Helm.
const LARGEST_INDEX: usize = 65_536;
/// How many names a path may have, as in Helm.
const MOST_NAMES: usize = 31;

/// How the values of an expression are read.
pub enum Reading<'a> {
    /// `--set`: booleans, null and integers are recognised.
    Typed,
    /// `--set-string`: all is text.
    Text,
    /// `--set-json`: each value is JSON.
    Json,
    /// `--set-file`: each value names a file, which this gives the text of.
    File(&'a mut dyn FnMut(&str) -> Result<String, String>),
    /// `--set-literal`: the rest of the expression, as it is.
    Literal,
}

/// Lays an expression into values.
///
/// # Errors
/// Says what is wrong with the expression, without its values.
pub fn set(
    expression: &str,
    into: &mut Node,
    reading: Reading<'_>,
    place: &Place,
) -> Result<(), String> {
    if matches!(reading, Reading::Json) && expression.trim_start().starts_with('{') {
        let value: Value = serde_json::from_str(expression)
            .map_err(|error| format!("it is not a JSON object: {}", without_value(&error)))?;
        into.merge(Node::from_json(value, place));
        return Ok(());
    }
    let mut setter = Setter {
        rest: expression,
        reading,
        place,
        had_a_value: false,
    };
    let Some(members) = into.members_mut() else {
        return Err("the values are not a map".to_owned());
    };
    while !setter.rest.is_empty() {
        setter.name(members, 1)?;
    }
    Ok(())
}

struct Setter<'e, 'r> {
    rest: &'e str,
    reading: Reading<'r>,
    place: &'e Place,
    /// From then on, what looks like a name may be the rest of a value that has a comma in it, and
    /// a value may be a credential.
    had_a_value: bool,
}

impl Setter<'_, '_> {
    fn name(&mut self, members: &mut Members, depth: usize) -> Result<(), String> {
        let stops: &[char] = match self.reading {
            Reading::Literal => &['=', '[', '.'],
            _ => &['=', '[', ',', '.'],
        };
        let (name, stop) = self.until(stops);
        // Helm drops such a value without a word.
        if name.is_empty() {
            return Err("a name is missing".to_owned());
        }
        match stop {
            None | Some(',') if self.had_a_value => Err(
                "what comes after a comma has no value: write NAME=VALUE, or \\, for a comma inside of \
                 a value"
                    .to_owned(),
            ),
            None | Some(',') => Err(format!("{name:?} has no value: write {name}=VALUE")),
            Some('=') => {
                let value = self.value()?;
                members.insert(name, value);
                Ok(())
            }
            Some('[') => {
                let index = self.index()?;
                let list = entry(members, &name, self.place, Content::List(Vec::new()));
                let type_name = list.content.type_name();
                let Content::List(items) = &mut list.content else {
                    return Err(format!("{} is {type_name}, not a list", self.shown(&name)));
                };
                self.item(items, index, depth)
            }
            Some(_) => {
                if depth >= MOST_NAMES {
                    return Err(format!("a path has more than {MOST_NAMES} names"));
                }
                if self.rest.is_empty() || self.rest.starts_with('=') {
                    return Err(format!("nothing is named after {}.", self.shown(&name)));
                }
                let map = entry(members, &name, self.place, Content::Map(Members::new()));
                let type_name = map.content.type_name();
                let Content::Map(inner) = &mut map.content else {
                    return Err(format!("{} is {type_name}, not a map", self.shown(&name)));
                };
                self.name(inner, depth + 1)
            }
        }
    }

    /// What comes after `[INDEX]`.
    fn item(&mut self, items: &mut Vec<Node>, index: usize, depth: usize) -> Result<(), String> {
        let (between, stop) = self.until(&['[', '.', '=']);
        if !between.is_empty() {
            return Err(format!(
                "after [{index}] comes '=', '.' or '[', not {}",
                self.shown(&between)
            ));
        }
        if items.len() <= index {
            items.resize(index + 1, self.node(Content::Null));
        }
        let item = &mut items[index];
        match stop {
            None => Err(format!("[{index}] has no value")),
            Some('=') => {
                *item = self.value()?;
                Ok(())
            }
            Some('[') => {
                let inner = self.index()?;
                if item.content == Content::Null {
                    *item = self.node(Content::List(Vec::new()));
                }
                let type_name = item.content.type_name();
                match &mut item.content {
                    Content::List(items) => self.item(items, inner, depth),
                    _ => Err(format!("[{index}] is {type_name}, not a list")),
                }
            }
            Some(_) => {
                if !matches!(item.content, Content::Map(_)) {
                    *item = Node::empty_map(self.place.clone());
                }
                match item.members_mut() {
                    Some(inner) => self.name(inner, depth + 1),
                    None => Ok(()),
                }
            }
        }
    }

    fn index(&mut self) -> Result<usize, String> {
        let (text, stop) = self.until(&[']']);
        if stop.is_none() {
            return Err("an index ends with ]".to_owned());
        }
        match text.parse() {
            Ok(index) if index <= LARGEST_INDEX => Ok(index),
            Ok(_) => Err(format!("the index {text} is larger than {LARGEST_INDEX}")),
            Err(_) => Err(format!(
                "the index {} is not a number from 0 on",
                self.shown(&text)
            )),
        }
    }

    fn value(&mut self) -> Result<Node, String> {
        self.had_a_value = true;
        match self.reading {
            Reading::Json => return self.json(),
            Reading::Literal => {
                let text = std::mem::take(&mut self.rest);
                return Ok(self.node(Content::Text(text.to_owned())));
            }
            _ => {}
        }
        let Some(rest) = self.rest.strip_prefix('{') else {
            let (text, _) = self.until(&[',']);
            return self.read(text);
        };
        self.rest = rest;
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            if stop.is_none() {
                return Err("a list ends with }".to_owned());
            }
            items.push(self.read(text)?);
            if stop == Some('}') {
                self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
                return Ok(self.node(Content::List(items)));
            }
        }
    }

    fn json(&mut self) -> Result<Node, String> {
        let trimmed = self.rest.trim_start();
        if let Some(rest) = trimmed.strip_prefix(',') {
            self.rest = rest;
            return Ok(self.node(Content::Null));
        }
        if trimmed.is_empty() {
            self.rest = trimmed;
            return Ok(self.node(Content::Null));
        }
        let mut stream = serde_json::Deserializer::from_str(trimmed).into_iter::<Value>();
        let value = match stream.next() {
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                return Err(format!("a value is not JSON: {}", without_value(&error)));
            }
            None => Value::Null,
        };
        let rest = trimmed[stream.byte_offset()..].trim_start();
        self.rest = rest.strip_prefix(',').unwrap_or(rest);
        Ok(Node::from_json(value, self.place))
    }

    fn read(&mut self, text: String) -> Result<Node, String> {
        let content = match &mut self.reading {
            Reading::Typed => typed(text),
            Reading::File(file) => Content::Text(file(&text)?),
            _ => Content::Text(text),
        };
        Ok(self.node(content))
    }

    /// Takes the text up to one of the stops, and the stop.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let literal = matches!(self.reading, Reading::Literal);
        let mut taken = String::new();
        let mut characters = self.rest.chars();
        while let Some(character) = characters.next() {
            match character {
                stop if stops.contains(&stop) => {
                    self.rest = characters.as_str();
                    return (taken, Some(stop));
                }
                '\\' if !literal => taken.extend(characters.next()),
                other => taken.push(other),
            }
        }
        self.rest = "";
        (taken, None)
    }

    /// A name, where it is sure to be one.
    fn shown(&self, name: &str) -> String {
        if self.had_a_value {
            "something after the first value".to_owned()
        } else {
            format!("{name:?}")
        }
    }

    fn node(&self, content: Content) -> Node {
        Node {
            content,
            place: self.place.clone(),
        }
    }
}

/// A value of `--set`: only what looks like an integer, a boolean or null is one.
fn typed(text: String) -> Content {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") {
        return Content::Bool(true);
    }
    if is("false") {
        return Content::Bool(false);
    }
    if is("null") {
        return Content::Null;
    }
    // One that begins with a zero is text, as a postcode is.
    if (text == "0" || !text.starts_with('0'))
        && let Ok(integer) = text.parse::<i64>()
    {
        return Content::Number(integer.into());
    }
    Content::Text(text)
}

/// The value of this name; a new one where there is none or null.
fn entry<'m>(members: &'m mut Members, name: &str, place: &Place, new: Content) -> &'m mut Node {
    let node = members.entry(name.to_owned()).or_insert_with(|| Node {
        content: Content::Null,
        place: place.clone(),
    });
    if node.content == Content::Null {
        node.content = new;
        node.place = place.clone();
    }
    node
}

/// Where JSON is wrong; serde's words may repeat what is there.
fn without_value(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
