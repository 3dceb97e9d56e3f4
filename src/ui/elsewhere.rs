//! Questions where terminals have no modes: dialoguer asks them.

use std::io;

use dialoguer::{Confirm, Input, Select, console::Term, theme::Theme};

/// Asks for Yes or No; No when Enter is pressed, nothing after Escape.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] after Ctrl-C.
pub fn confirm(theme: &dyn Theme, question: &str) -> io::Result<Option<bool>> {
    let confirm = Confirm::with_theme(theme)
        .with_prompt(question)
        .default(false);
    ended(confirm.interact_on_opt(&Term::stderr()))
}

/// Lets a person choose one of the items; nothing after Escape.
///
/// # Errors
/// As [`confirm`].
pub fn choose(theme: &dyn Theme, question: &str, items: &[String]) -> io::Result<Option<usize>> {
    let select = Select::with_theme(theme)
        .with_prompt(question)
        .items(items)
        .default(0);
    ended(select.interact_on_opt(&Term::stderr()))
}

/// Asks for a line of text that is not empty.
///
/// # Errors
/// As [`confirm`].
pub fn line(theme: &dyn Theme, question: &str) -> io::Result<String> {
    let input = Input::with_theme(theme).with_prompt(question);
    ended(input.interact_text_on(&Term::stderr()))
}

/// The cursor is hidden while a question is open: it is shown again.
fn ended<T>(result: dialoguer::Result<T>) -> io::Result<T> {
    result.map_err(|dialoguer::Error::IO(error)| {
        let _ = Term::stderr().show_cursor();
        error
    })
}
