//! Flags for values, with Helm's names: files and `--set` expressions.

use std::{
    io::{self, Read},
    path::Path,
};

use clap::Args;

use super::{Session, runtime};
use crate::{
    error::{Error, Result},
    install::{
        fetch::fetch,
        values::{Given, Request, given},
    },
};

/// Values, in Helm's order of precedence: files, then `--set-json`, `--set`, `--set-string`,
/// `--set-file`, `--set-literal`; a later one wins.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Values")]
pub struct ValueArgs {
    /// File of values, - for standard input, or a URL; may be given several times, later ones win
    #[arg(
        short = 'f',
        long = "values",
        value_name = "FILE",
        value_delimiter = ','
    )]
    files: Vec<String>,
    /// Values as in a.b=1,c[0].d=x,e={1,2}; null removes a default
    #[arg(long, value_name = "EXPRESSION")]
    set: Vec<String>,
    /// The same, but every value is text
    #[arg(long, value_name = "EXPRESSION")]
    set_string: Vec<String>,
    /// Values from files: a.b=FILE
    #[arg(long, value_name = "EXPRESSION")]
    set_file: Vec<String>,
    /// Values as JSON: a.b={"c":1}, or one object
    #[arg(long, value_name = "EXPRESSION")]
    set_json: Vec<String>,
    /// One value, taken as it is: a.b=TEXT
    #[arg(long, value_name = "EXPRESSION")]
    set_literal: Vec<String>,
}

impl ValueArgs {
    /// Whether files are named: a whole set of values, and not a change of one.
    pub const fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// Whether any of the flags is there.
    pub const fn are_given(&self) -> bool {
        !(self.files.is_empty()
            && self.set.is_empty()
            && self.set_string.is_empty()
            && self.set_file.is_empty()
            && self.set_json.is_empty()
            && self.set_literal.is_empty())
    }

    /// Reads all that the flags name.
    ///
    /// # Errors
    /// When a file cannot be read, or is no file of values.
    pub fn read(&self, session: &Session) -> Result<Given> {
        let request = Request {
            files: self.files.clone(),
            json: self.set_json.clone(),
            typed: self.set.clone(),
            text: self.set_string.clone(),
            file: self.set_file.clone(),
            literal: self.set_literal.clone(),
        };
        let mut stdin_is_read = false;
        given::read(&request, &mut |name| {
            if name.trim() == "-" {
                if std::mem::replace(&mut stdin_is_read, true) {
                    return Err(Error::usage("standard input can be read only once"));
                }
                return read_stdin();
            }
            let scheme = name
                .split_once("://")
                .map(|(scheme, _)| scheme.to_ascii_lowercase());
            match scheme.as_deref() {
                Some("http" | "https") => {
                    runtime::block_on_interruptible(fetch(name, &session.env))
                }
                _ => read_file(name),
            }
        })
    }
}

fn read_stdin() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Error::failed("failed to read standard input").because(&error))?;
    Ok(bytes)
}

fn read_file(name: &str) -> Result<Vec<u8>> {
    if Path::new(name).is_dir() {
        return Err(Error::usage(format!("{name} is a folder, not a file")));
    }
    std::fs::read(name)
        .map_err(|error| Error::usage(format!("failed to read {name}")).because(&error))
}
