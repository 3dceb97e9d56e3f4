//! Questions, key by key. dialoguer draws them; its own way to read keys loses SIGINT.

use std::io;

use dialoguer::{console::Term, theme::Theme};

use super::{
    keys::{Key, Keys},
    stdin::Stdin,
};

/// Asks for Yes or No; No when Enter is pressed, nothing after Escape.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] after Ctrl-C and SIGINT.
pub fn confirm(theme: &dyn Theme, question: &str) -> io::Result<Option<bool>> {
    let term = Term::stderr();
    let keys = Keys::begin()?;
    let mut text = String::new();
    drawn(theme.format_confirm_prompt(&mut text, question, Some(false)))?;
    term.write_str(&text)?;
    let answer = loop {
        match keys.key()? {
            Key::Byte(b'y' | b'Y') => break Some(true),
            Key::Byte(b'n' | b'N') | Key::Enter => break Some(false),
            Key::Byte(b'q') | Key::Escape => break None,
            Key::Leave => return Err(io::ErrorKind::Interrupted.into()),
            _ => {}
        }
    };
    let mut text = String::new();
    drawn(theme.format_confirm_prompt_selection(&mut text, question, answer))?;
    term.clear_line()?;
    term.write_line(&text)?;
    Ok(answer)
}

/// Lets a person choose one of the items; nothing after Escape.
///
/// # Errors
/// As [`confirm`].
pub fn choose(theme: &dyn Theme, question: &str, items: &[String]) -> io::Result<Option<usize>> {
    if items.is_empty() {
        return Ok(None);
    }
    let term = Term::stderr();
    let keys = Keys::begin()?;
    let mut text = String::new();
    drawn(theme.format_select_prompt(&mut text, question))?;
    term.write_line(&text)?;
    // No more than the terminal has rows for: what has scrolled away could not be taken back.
    let rows = usize::from(term.size().0).saturating_sub(2).max(1);
    let shown = items.len().min(rows);
    let mut chosen: usize = 0;
    let chosen = loop {
        let first = (chosen + 1).saturating_sub(shown);
        for (position, item) in items.iter().enumerate().skip(first).take(shown) {
            let mut text = String::new();
            drawn(theme.format_select_prompt_item(&mut text, item, position == chosen))?;
            // What is broken into lines could not be taken back.
            let columns = usize::from(term.size().1);
            term.write_line(&dialoguer::console::truncate_str(&text, columns, "..."))?;
        }
        match keys.key()? {
            Key::Up | Key::Byte(b'k') => chosen = (chosen + items.len() - 1) % items.len(),
            Key::Down | Key::Byte(b'j') => chosen = (chosen + 1) % items.len(),
            Key::Enter | Key::Byte(b' ') => break Some(chosen),
            Key::Escape | Key::Byte(b'q') => break None,
            Key::Leave => return Err(io::ErrorKind::Interrupted.into()),
            Key::Byte(_) => {}
        }
        term.clear_last_lines(shown)?;
    };
    term.clear_last_lines(shown)?;
    if let Some(item) = chosen.and_then(|chosen| items.get(chosen)) {
        let mut text = String::new();
        drawn(theme.format_select_prompt_selection(&mut text, question, item))?;
        term.clear_last_lines(1)?;
        term.write_line(&text)?;
    }
    Ok(chosen)
}

/// Asks for a line of text until it is not empty. The terminal itself edits it.
///
/// # Errors
/// As [`confirm`].
pub fn line(theme: &dyn Theme, question: &str) -> io::Result<String> {
    let term = Term::stderr();
    let stdin = Stdin::listen()?;
    let mut prompt = String::new();
    drawn(theme.format_input_prompt(&mut prompt, question, None))?;
    let mut buffer = [0; 4096];
    loop {
        term.write_str(&prompt)?;
        let count = stdin.read(&mut buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let text = String::from_utf8_lossy(&buffer[..count]);
        if !text.trim().is_empty() {
            return Ok(text.trim().to_owned());
        }
    }
}

fn drawn(result: std::fmt::Result) -> io::Result<()> {
    result.map_err(io::Error::other)
}
