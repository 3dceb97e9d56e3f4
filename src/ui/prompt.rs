//! Questions to a person. Nothing is asked without a terminal: the caller names the flag instead.

use std::io::{self, IsTerminal};

use dialoguer::{console::Term, theme::ColorfulTheme, theme::SimpleTheme, theme::Theme};
use secrecy::SecretString;

#[cfg(not(unix))]
use super::elsewhere as ways;
#[cfg(unix)]
use super::question as ways;
use super::{Ui, hidden, tame_line};
use crate::error::{Error, Kind, Result};

impl Ui {
    /// Whether there is a person to ask: standard input and stderr are terminals.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        self.live() && io::stdin().is_terminal()
    }

    /// Lets the person choose one of the items and gives its position.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the person leaves with Escape or Ctrl-C.
    pub fn choose(&self, question: &str, items: &[String]) -> Result<usize> {
        let items: Vec<_> = items.iter().map(|item| tame_line(item)).collect();
        ways::choose(self.theme().as_ref(), question, &items)
            .map_err(|error| left(&error))?
            .ok_or_else(|| Error::new(Kind::Interrupted, "nothing was chosen"))
    }

    /// Asks for a line of text that is not empty.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the person leaves.
    pub fn ask(&self, question: &str) -> Result<String> {
        ways::line(self.theme().as_ref(), question).map_err(|error| left(&error))
    }

    /// Asks for a line of text that is not shown while it is typed or pasted.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the person leaves.
    pub fn ask_hidden(&self, question: &str) -> Result<SecretString> {
        let term = Term::stderr();
        let prompt = format!("{}: ", tame_line(question));
        let line = hidden::read(|| term.write_str(&prompt)).map_err(|error| left(&error))?;
        // The cursor still stands behind the question.
        let _ = term.write_line("");
        Ok(line)
    }

    /// Asks a question whose answer is No unless the person says otherwise.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the person leaves with Escape or Ctrl-C.
    pub fn confirm(&self, question: &str) -> Result<bool> {
        ways::confirm(self.theme().as_ref(), question)
            .map_err(|error| left(&error))?
            .ok_or_else(|| Error::new(Kind::Interrupted, "nothing was answered"))
    }

    fn theme(&self) -> Box<dyn Theme> {
        if self.color() {
            Box::new(ColorfulTheme::default())
        } else {
            Box::new(SimpleTheme)
        }
    }
}

/// A question that was not answered.
fn left(error: &io::Error) -> Error {
    let _ = Term::stderr().write_line("");
    if error.kind() == io::ErrorKind::Interrupted {
        return Error::new(Kind::Interrupted, "interrupted");
    }
    Error::failed("failed to ask a question on the terminal").because(error)
}
