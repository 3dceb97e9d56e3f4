//! Values as a tree in which every part knows where it was written.

use std::{fmt, sync::Arc};

use indexmap::IndexMap;
use serde_json::{Number, Value};

/// The members of a map, in the order in which they were first written.
pub type Members = IndexMap<String, Node>;

/// Where a value was written.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, the flag, or another name for the source.
    pub source: Arc<str>,
    /// The line, from 1 on; none for a flag.
    pub line: Option<u32>,
}

impl Place {
    /// A place without lines.
    #[must_use]
    pub fn of_source(source: &str) -> Self {
        Self {
            source: source.into(),
            line: None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.source),
            None => f.write_str(&self.source),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a value is.
#[derive(Clone, PartialEq)]
pub enum Content {
    /// Nothing; over a default it removes the default.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map.
    Map(Members),
}

/// A value and its place.
#[derive(Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub content: Content,
    /// Where it was written.
    pub place: Place,
}

/// A value may be a credential: only its type and its place are shown.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.content.type_name(), self.place)
    }
}

impl Content {
    /// The type, with its article, as errors name it.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

impl Node {
    /// An empty map.
    #[must_use]
    pub fn empty_map(place: Place) -> Self {
        Self {
            content: Content::Map(Members::new()),
            place,
        }
    }

    /// A value of JSON, all of it from one place.
    #[must_use]
    pub fn from_json(value: Value, place: &Place) -> Self {
        let content = match value {
            Value::Null => Content::Null,
            Value::Bool(value) => Content::Bool(value),
            Value::Number(value) => Content::Number(plain_number(value)),
            Value::String(value) => Content::Text(value),
            Value::Array(items) => Content::List(
                items
                    .into_iter()
                    .map(|item| Self::from_json(item, place))
                    .collect(),
            ),
            Value::Object(members) => Content::Map(
                members
                    .into_iter()
                    .map(|(key, value)| (key, Self::from_json(value, place)))
                    .collect(),
            ),
        };
        Self {
            content,
            place: place.clone(),
        }
    }

    /// The value without its places.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::Bool(*value),
            Content::Number(value) => Value::Number(value.clone()),
            Content::Text(value) => Value::String(value.clone()),
            Content::List(items) => items.iter().map(Self::to_json).collect(),
            Content::Map(members) => members
                .iter()
                .map(|(key, value)| (key.clone(), value.to_json()))
                .collect(),
        }
    }

    /// The members, when it is a map.
    #[must_use]
    pub const fn members(&self) -> Option<&Members> {
        match &self.content {
            Content::Map(members) => Some(members),
            _ => None,
        }
    }

    /// The members, when it is a map.
    pub const fn members_mut(&mut self) -> Option<&mut Members> {
        match &mut self.content {
            Content::Map(members) => Some(members),
            _ => None,
        }
    }

    /// The value at a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter()
            .try_fold(self, |node, key| node.members()?.get(*key))
    }

    /// Takes the value at a path of keys out of the tree.
    pub fn take(&mut self, path: &[&str]) -> Option<Self> {
        let (last, parents) = path.split_last()?;
        parents
            .iter()
            .try_fold(self, |node, key| node.members_mut()?.get_mut(*key))?
            .members_mut()?
            .shift_remove(*last)
    }

    /// Lays another value over this one: maps merge, everything else is replaced, null included.
    pub fn merge(&mut self, over: Self) {
        match (&mut self.content, over) {
            (
                Content::Map(mine),
                Self {
                    content: Content::Map(theirs),
                    ..
                },
            ) => {
                for (key, value) in theirs {
                    match mine.get_mut(&key) {
                        Some(there) => there.merge(value),
                        None => {
                            mine.insert(key, value);
                        }
                    }
                }
            }
            (_, over) => *self = over,
        }
    }

    /// Lays a change over these values: as [`Self::merge`], but null takes away a value that is
    /// there, so that its default holds again.
    pub fn amend(&mut self, change: Self) {
        match (&mut self.content, change) {
            (
                Content::Map(mine),
                Self {
                    content: Content::Map(theirs),
                    ..
                },
            ) => {
                for (key, value) in theirs {
                    match (mine.get_mut(&key), &value.content) {
                        (Some(_), Content::Null) => {
                            mine.shift_remove(&key);
                        }
                        (Some(there), _) => there.amend(value),
                        (None, _) => {
                            mine.insert(key, value);
                        }
                    }
                }
            }
            (_, change) => *self = change,
        }
    }

    /// Lays values over the defaults that this tree is: as [`Self::merge`], but null removes.
    pub fn overlay(&mut self, over: &Self) {
        let (Content::Map(mine), Content::Map(theirs)) = (&mut self.content, &over.content) else {
            *self = over.clone();
            return;
        };
        for (key, value) in theirs {
            match (mine.get_mut(key), &value.content) {
                (_, Content::Null) => {
                    mine.shift_remove(key);
                }
                (Some(there), _) => there.overlay(value),
                (None, _) => {
                    mine.insert(key.clone(), value.clone());
                }
            }
        }
    }
}

/// A number as Go's JSON writes it: one without a fraction is an integer.
fn plain_number(number: Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() => from_float(float).unwrap_or(number),
        _ => number,
    }
}

/// A float as a number; none for what JSON cannot say.
#[must_use]
#[allow(
    clippy::cast_possible_truncation,
    reason = "within 2^63, and without a fraction"
)]
pub fn from_float(float: f64) -> Option<Number> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if float.fract() == 0.0 && float.abs() < LIMIT {
        return Some(Number::from(float as i64));
    }
    Number::from_f64(float)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tree(value: Value) -> Node {
        Node::from_json(value, &Place::of_source("test"))
    }

    #[test]
    fn maps_merge_and_the_rest_is_replaced() {
        let mut mine = tree(json!({"a": {"b": 1, "c": [1, 2]}, "d": 1}));
        mine.merge(tree(
            json!({"a": {"c": [3], "e": null}, "d": {"f": 1}, "g": 2}),
        ));
        assert_eq!(
            mine.to_json(),
            json!({"a": {"b": 1, "c": [3], "e": null}, "d": {"f": 1}, "g": 2})
        );
    }

    #[test]
    fn null_takes_back_what_was_said_before() {
        let mut mine = tree(json!({"a": {"b": 1, "c": 2}, "d": 1}));
        mine.amend(tree(json!({"a": {"b": null, "x": null}, "d": {"e": 1}})));
        assert_eq!(
            mine.to_json(),
            json!({"a": {"c": 2, "x": null}, "d": {"e": 1}})
        );
    }

    #[test]
    fn null_removes_a_default() {
        let mut defaults = tree(json!({"a": {"b": 1, "c": 2}, "d": {"e": 1}}));
        defaults.overlay(&tree(json!({"a": {"b": null, "x": null}, "d": null})));
        assert_eq!(defaults.to_json(), json!({"a": {"c": 2}}));
    }

    #[test]
    fn numbers_without_a_fraction_are_integers() {
        for (given, expected) in [
            (json!(1.0), "1"),
            (json!(-0.0), "0"),
            (json!(1e20), "1e+20"),
            (json!(0.5), "0.5"),
            (json!(9_007_199_254_740_993_u64), "9007199254740993"),
        ] {
            assert_eq!(tree(given).to_json().to_string(), expected);
        }
    }

    #[test]
    fn a_value_does_not_show() {
        assert_eq!(format!("{:?}", tree(json!("s3cr3t"))), "a string at test");
    }
}
