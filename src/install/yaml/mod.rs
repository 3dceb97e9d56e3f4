//! YAML as Helm reads it: the types of YAML 1.1, several documents in a file, the line of each value.
//!
//! Helm reads with go-yaml 2; `resolve.go` and `decode.go` there are the rules.

mod build;
mod scalar;

use granit_parser::Parser;

use super::tree::{Node, Place};
use crate::error::{Error, Result};
pub use scalar::plain;

/// What was read of a file.
#[derive(Debug)]
pub struct Read {
    /// The map that the file holds; several documents are merged, later ones win.
    pub values: Node,
    /// What is odd, but has a meaning.
    pub notes: Vec<String>,
}

/// What a file holds, for the error of one that holds no map.
#[derive(Debug)]
pub struct Subject {
    /// Completes "... a map".
    pub is: &'static str,
    /// How such a file begins.
    pub hint: &'static str,
}

/// A file of values.
const VALUES: Subject = Subject {
    is: "values are",
    hint: "a file of values has lines such as \"worker:\" at its left edge",
};

/// A file with a base job template.
pub const TEMPLATE: Subject = Subject {
    is: "a base job template is",
    hint: "it has the parts \"job_configuration\" and \"variables\"",
};

/// Reads a file of values.
///
/// # Errors
/// A usage error with the line, when it is not YAML, or not a map.
pub fn read(bytes: &[u8], source: &str) -> Result<Read> {
    read_as(bytes, source, &VALUES)
}

/// Reads a file of something.
///
/// # Errors
/// As [`read`].
pub fn read_as(bytes: &[u8], source: &str, subject: &'static Subject) -> Result<Read> {
    let text = decode(bytes, source)?;
    let mut builder = build::Builder::new(source, subject);
    let mut values = Node::empty_map(Place::of_source(source));
    let mut parser = Parser::new_from_str(&text);
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| {
            let (line, column) = (error.marker().line(), error.marker().col() + 1);
            Error::usage(format!("{source}:{line} is not YAML"))
                .cause(format!("{} at column {column}", error.info()))
        })?;
        if let Some(document) = builder.take(event, span)? {
            values.merge(document);
        }
    }
    Ok(Read {
        values,
        notes: builder.into_notes(),
    })
}

/// The text of a file; UTF-16 with its mark is what PowerShell writes.
fn decode(bytes: &[u8], source: &str) -> Result<String> {
    let units = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..]
            .chunks_exact(2)
            .map(|pair| from([pair[0], pair[1]]))
            .collect();
        String::from_utf16(&units).ok()
    };
    let text = match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    };
    let text = text.ok_or_else(|| {
        Error::usage(format!("{source} is not text"))
            .cause("its bytes are neither UTF-8 nor UTF-16")
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

#[cfg(test)]
mod tests;
