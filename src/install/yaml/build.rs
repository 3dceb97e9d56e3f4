//! Turns the parser's events into a tree.

use std::{collections::HashMap, sync::Arc};

use granit_parser::{Event, ScalarStyle, Span, Tag};

use super::{Subject, scalar};
use crate::{
    error::{Error, Result},
    install::tree::{Content, Members, Node, Place},
};

/// Anchors may be used again and again: no more values than this may come of it.
const MOST_VALUES_OF_ALIASES: usize = 200_000;
/// How deep values may be nested, those of anchors included; every walk of a tree relies on it.
const DEEPEST: usize = 300;

/// A map or list whose end has not come yet.
enum Open {
    List { items: Vec<Node> },
    Map { members: Members, key: Option<Key> },
}

/// A key that waits for its value.
struct Key {
    name: String,
    line: u32,
    merges: bool,
}

/// A node that an alias may name.
struct Anchored {
    node: Node,
    size: usize,
    depth: usize,
}

pub(super) struct Builder {
    source: Arc<str>,
    subject: &'static Subject,
    open: Vec<(Open, usize, u32)>,
    anchors: HashMap<usize, Anchored>,
    of_aliases: usize,
    notes: Vec<String>,
}

impl Builder {
    pub fn new(source: &str, subject: &'static Subject) -> Self {
        Self {
            source: source.into(),
            subject,
            open: Vec::new(),
            anchors: HashMap::new(),
            of_aliases: 0,
            notes: Vec::new(),
        }
    }

    pub fn into_notes(self) -> Vec<String> {
        self.notes
    }

    /// Takes an event in; gives the document when it is whole.
    pub fn take(&mut self, event: Event<'_>, span: Span) -> Result<Option<Node>> {
        let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
        // A quoted one is a key like others.
        let mut merges = false;
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                merges = text == "<<" && style == ScalarStyle::Plain && tag.is_none();
                (self.scalar(&text, style, tag.as_deref(), line)?, anchor)
            }
            Event::Alias(anchor) => (self.alias(anchor, line)?, 0),
            Event::SequenceStart(_, anchor, _) => {
                return self.start(Open::List { items: Vec::new() }, anchor, line);
            }
            Event::MappingStart(_, anchor, _) => {
                let (members, key) = (Members::new(), None);
                return self.start(Open::Map { members, key }, anchor, line);
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some((Open::List { items }, anchor, line)) => {
                    (self.node(Content::List(items), line), anchor)
                }
                Some((Open::Map { members, .. }, anchor, line)) => {
                    (self.node(Content::Map(members), line), anchor)
                }
                // The parser ends only what it began.
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        if anchor > 0 {
            let (size, depth) = extent(&node);
            let node = node.clone();
            self.anchors.insert(anchor, Anchored { node, size, depth });
        }
        self.place(node, line, merges)
    }

    fn start(&mut self, open: Open, anchor: usize, line: u32) -> Result<Option<Node>> {
        self.check_depth(0, line)?;
        self.open.push((open, anchor, line));
        Ok(None)
    }

    fn check_depth(&self, more: usize, line: u32) -> Result<()> {
        if self.open.len() + more < DEEPEST {
            return Ok(());
        }
        Err(self.error(line, &format!("values are nested more than {DEEPEST} deep")))
    }

    /// Puts a finished node where it belongs.
    fn place(&mut self, node: Node, line: u32, merges: bool) -> Result<Option<Node>> {
        match self.open.last_mut() {
            None => self.document(node).map(Some),
            Some((Open::List { items }, ..)) => {
                items.push(node);
                Ok(None)
            }
            Some((Open::Map { key, .. }, ..)) => {
                match key.take() {
                    None => {
                        let name = self.key(&node, line)?;
                        let next = Key { name, line, merges };
                        if let Some((Open::Map { key, .. }, ..)) = self.open.last_mut() {
                            *key = Some(next);
                        }
                    }
                    Some(key) if key.merges => self.merge_in(node, line)?,
                    Some(key) => self.insert(key, node),
                }
                Ok(None)
            }
        }
    }

    fn insert(&mut self, key: Key, mut node: Node) {
        // A person looks for the key.
        node.place.line = Some(key.line);
        let Some((Open::Map { members, .. }, ..)) = self.open.last_mut() else {
            return;
        };
        if let Some(before) = members.insert(key.name.clone(), node) {
            self.notes.push(format!(
                "{}:{}: the key {:?} is there twice, also at line {}; the last one counts",
                self.source,
                key.line,
                key.name,
                before.place.line.unwrap_or_default()
            ));
        }
    }

    /// `<<`: the members of a map, or of several of which the first wins.
    fn merge_in(&mut self, node: Node, line: u32) -> Result<()> {
        let maps = match node.content {
            Content::Map(members) => vec![members],
            Content::List(items) => items
                .into_iter()
                .map(|item| match item.content {
                    Content::Map(members) => Ok(members),
                    _ => Err(()),
                })
                .rev()
                .collect::<Result<_, ()>>()
                .map_err(|()| self.error(line, "<< takes a map or a list of maps"))?,
            _ => return Err(self.error(line, "<< takes a map or a list of maps")),
        };
        if let Some((Open::Map { members, .. }, ..)) = self.open.last_mut() {
            members.extend(maps.into_iter().flatten());
        }
        Ok(())
    }

    fn key(&self, node: &Node, line: u32) -> Result<String> {
        match &node.content {
            Content::Text(text) => Ok(text.clone()),
            Content::Bool(value) => Ok(value.to_string()),
            Content::Number(number) => Ok(number.to_string()),
            other => Err(self.error(line, &format!("{} cannot be a key", other.type_name()))),
        }
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>, line: u32) -> Result<Node> {
        let content = match tag {
            Some(tag) => scalar::tagged(&format!("{}{}", tag.handle(), tag.suffix()), text),
            None if style == ScalarStyle::Plain => scalar::plain(text),
            None => Ok(Content::Text(text.to_owned())),
        };
        let content = content.map_err(|what| self.error(line, &what))?;
        Ok(self.node(content, line))
    }

    fn alias(&mut self, anchor: usize, line: u32) -> Result<Node> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(self.error(line, "an anchor is used inside of itself"));
        };
        self.check_depth(anchored.depth, line)?;
        self.of_aliases += anchored.size;
        if self.of_aliases > MOST_VALUES_OF_ALIASES {
            return Err(self.error(
                line,
                &format!("aliases make more than {MOST_VALUES_OF_ALIASES} values"),
            ));
        }
        Ok(anchored.node.clone())
    }

    fn document(&self, node: Node) -> Result<Node> {
        match node.content {
            Content::Map(_) => Ok(node),
            Content::Null => Ok(Node::empty_map(node.place)),
            other => {
                let place = node.place;
                let Subject { is, hint } = self.subject;
                let found = other.type_name();
                Err(Error::usage(format!("{place}: {is} a map, and this is {found}")).hint(*hint))
            }
        }
    }

    fn node(&self, content: Content, line: u32) -> Node {
        Node {
            content,
            place: Place {
                source: Arc::clone(&self.source),
                line: Some(line),
            },
        }
    }

    fn error(&self, line: u32, what: &str) -> Error {
        Error::usage(format!("{}:{line} cannot be used", self.source)).cause(what)
    }
}

/// How many values a node holds, and how deep.
fn extent(node: &Node) -> (usize, usize) {
    let inside: Vec<(usize, usize)> = match &node.content {
        Content::List(items) => items.iter().map(extent).collect(),
        Content::Map(members) => members.values().map(extent).collect(),
        _ => Vec::new(),
    };
    let size = inside.iter().map(|(size, _)| size).sum::<usize>();
    let depth = inside.iter().map(|(_, depth)| *depth).max().unwrap_or(0);
    (size + 1, depth + 1)
}
