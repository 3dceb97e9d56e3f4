//! Questions to a person. Nothing is asked without a terminal: the caller names the flag instead.

use std::io::{self, IsTerminal};

use dialoguer::{
    Confirm, Input, Select, console::Term, theme::ColorfulTheme, theme::SimpleTheme, theme::Theme,
};
use secrecy::SecretString;

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
        Select::with_theme(self.theme().as_ref())
            .with_prompt(question)
            .items(items.iter().map(|item| tame_line(item)))
            .default(0)
            .interact_on_opt(&Term::stderr())
            .map_err(|error| left(&error))?
            .ok_or_else(|| Error::new(Kind::Interrupted, "nothing was chosen"))
    }

    /// Asks for a line of text that is not empty.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the person leaves.
    pub fn ask(&self, question: &str) -> Result<String> {
        Input::with_theme(self.theme().as_ref())
            .with_prompt(question)
            .interact_text_on(&Term::stderr())
            .map_err(|error| left(&error))
    }

    /// Asks for a line of text that is not shown while it is typed or pasted.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the person leaves.
    pub fn ask_hidden(&self, question: &str) -> Result<SecretString> {
        let term = Term::stderr();
        let prompt = format!("{}: ", tame_line(question));
        let line = hidden::read(|| term.write_str(&prompt));
        // The cursor still stands behind the question.
        let _ = term.write_line("");
        line.map_err(|error| left(&error.into()))
    }

    /// Asks a question whose answer is No unless the person says otherwise.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the person leaves with Escape or Ctrl-C.
    pub fn confirm(&self, question: &str) -> Result<bool> {
        Confirm::with_theme(self.theme().as_ref())
            .with_prompt(question)
            .default(false)
            .interact_on_opt(&Term::stderr())
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

/// A question that was not answered. The cursor is hidden while one is open: show it again.
fn left(error: &dialoguer::Error) -> Error {
    let _ = Term::stderr().show_cursor();
    let dialoguer::Error::IO(source) = error;
    if source.kind() == io::ErrorKind::Interrupted {
        return Error::new(Kind::Interrupted, "interrupted");
    }
    Error::failed("failed to ask a question on the terminal").because(source)
}
