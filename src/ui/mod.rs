//! The only place that prints: data on stdout, talk on stderr, colours and errors.
//!
//! A reader that closes the pipe early is no error: what is left to print is dropped.

mod age;
mod diff;
#[cfg(not(unix))]
mod elsewhere;
mod format;
mod hidden;
#[cfg(unix)]
mod keys;
pub mod live;
pub mod log;
mod marked;
mod panic;
mod piped;
mod prompt;
#[cfg(unix)]
mod question;
pub mod relay;
#[cfg(unix)]
mod stdin;
mod table;
mod tame;

use std::{
    io::{self, IsTerminal, Write},
    sync::{Arc, Mutex, PoisonError},
};

use clap::ValueEnum;
use serde::Serialize;

use crate::{
    env_vars::{Environment, NO_COLOR, TERM},
    error::{Error, Kind, Result},
};
pub use age::age;
pub use format::OutputFormat;
pub use marked::Mark;
pub use panic::{BUGS, tell_of_panics};
pub use piped::read_stdin;
pub use table::Table;
pub use tame::{tame, tame_line};

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The terminal as this process sees it, and how to speak to it.
#[derive(Debug, Clone)]
pub struct Ui {
    color: bool,
    color_of_data: bool,
    live: bool,
    errors_as_json: bool,
    talk_as_json: bool,
    lost: Arc<Mutex<Option<String>>>,
}

impl Ui {
    /// Looks at the process's streams once.
    #[must_use]
    pub fn new(choice: ColorChoice, env: &Environment) -> Self {
        let dumb = env.get(TERM) == Some("dumb");
        let terminal = io::stderr().is_terminal();
        let color = |terminal: bool| match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !dumb && env.get_non_empty(NO_COLOR).is_none(),
        };
        Self {
            color: color(terminal),
            color_of_data: color(io::stdout().is_terminal()),
            live: terminal && !dumb,
            errors_as_json: false,
            lost: Arc::default(),
            talk_as_json: false,
        }
    }

    /// Whether escape sequences for colours may be used on stderr.
    #[must_use]
    pub const fn color(&self) -> bool {
        self.color
    }

    /// Whether progress and live tables may be drawn on stderr.
    #[must_use]
    pub const fn live(&self) -> bool {
        self.live
    }

    /// Whether what is printed is seen by a person, on a terminal that can draw over it.
    #[must_use]
    pub fn can_redraw(&self) -> bool {
        self.live && io::stdout().is_terminal()
    }

    /// Errors also go to stdout as JSON, so that `-o json` is valid on every path.
    pub const fn errors_as_json(&mut self) {
        self.errors_as_json = true;
    }

    /// Errors go to stderr alone again: the document on stdout is written.
    pub const fn errors_as_text(&mut self) {
        self.errors_as_json = false;
    }

    /// What is said on stderr is one JSON object a line, in the shape of the log's lines.
    pub const fn talk_as_json(&mut self) {
        self.talk_as_json = true;
    }

    /// Prints data on stdout.
    pub fn data(&self, text: &str) {
        let mut stdout = io::stdout().lock();
        let written = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
                *lost = Some(error.to_string());
            }
            _ => {}
        }
    }

    /// Fails when data did not get out, on a full disk say. A closed pipe is the reader's choice.
    ///
    /// # Errors
    /// When data was lost.
    pub fn check_written(&self) -> Result<()> {
        let lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        match &*lost {
            Some(why) => Err(Error::failed("failed to write to standard output").cause(why)),
            None => Ok(()),
        }
    }

    /// Prints a document on stdout as indented JSON.
    pub fn json<T: Serialize>(&self, document: &T) {
        if let Ok(text) = serde_json::to_string_pretty(document) {
            self.data(&format!("{text}\n"));
        }
    }

    /// Says something on stderr.
    pub fn say(&self, text: &str) {
        if self.talk_as_json {
            return say_object("INFO", serde_json::json!({ "message": text }));
        }
        write_all(&mut io::stderr().lock(), &format!("{}\n", tame(text)));
    }

    /// Warns on stderr.
    pub fn warn(&self, text: &str) {
        if self.talk_as_json {
            return say_object("WARN", serde_json::json!({ "message": text }));
        }
        let text = format!("{} {}\n", self.paint("33", "warning:"), tame(text));
        write_all(&mut io::stderr().lock(), &text);
    }

    /// Shows a failure: what failed, why, what to do next.
    pub fn error(&self, error: &Error) {
        self.failure(error, error.kind.exit_code());
    }

    /// Shows the failure with which the process ends with this exit code.
    pub fn failure(&self, error: &Error, code: u8) {
        if self.talk_as_json {
            let level = match error.kind {
                Kind::Interrupted => "INFO",
                _ => "ERROR",
            };
            let said = serde_json::json!({
                "message": error.message, "causes": error.causes, "hints": error.hints,
            });
            return say_object(level, said);
        }
        // Whoever interrupts a command knows that it did not go to its end.
        let mut text = if error.kind == Kind::Interrupted {
            tame(&error.to_string())
        } else {
            format!("{} {}", self.paint("1;31", "error:"), tame(&error.message))
        };
        for cause in &error.causes {
            text.push_str(&format!(
                "\n  {} {}",
                self.paint("31", "why:"),
                indent(&tame(cause))
            ));
        }
        for hint in &error.hints {
            text.push_str(&format!(
                "\n{} {}",
                self.paint("36", "hint:"),
                indent(&tame(hint))
            ));
        }
        write_all(&mut io::stderr().lock(), &format!("{text}\n"));
        if self.errors_as_json {
            self.failure_document(error, code);
        }
    }

    /// Prints a failure on stdout as JSON.
    pub fn failure_document(&self, error: &Error, code: u8) {
        self.json(&serde_json::json!({
            "error": {
                "kind": error.kind.name(),
                "exitCode": code,
                "message": error.message,
                "causes": error.causes,
                "hints": error.hints,
            }
        }));
    }

    fn paint(&self, code: &str, text: &str) -> String {
        paint(self.color, code, text)
    }

    /// Colours for what goes to stdout.
    fn paint_data(&self, code: &str, text: &str) -> String {
        paint(self.color_of_data, code, text)
    }
}

fn paint(is_on: bool, code: &str, text: &str) -> String {
    if is_on {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// Lines after the first stand under it.
fn indent(text: &str) -> String {
    text.replace('\n', "\n  ")
}

/// Says something on stderr as a machine reads it, in the shape of the log's lines.
fn say_object(level: &str, said: serde_json::Value) {
    let mut line = serde_json::json!({
        "timestamp": format!("{:.6}", jiff::Timestamp::now()), "level": level,
    });
    if let (Some(line), serde_json::Value::Object(said)) = (line.as_object_mut(), said) {
        line.extend(said);
    }
    write_all(&mut io::stderr().lock(), &format!("{line}\n"));
}

fn write_all(stream: &mut impl Write, text: &str) {
    // A closed pipe is the reader's choice; any other failure of these streams has nowhere to go.
    let _ = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
}
