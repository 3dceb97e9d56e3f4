//! A line that is typed or pasted unseen.
//!
//! In a way of its own: dialoguer's waits for the whole line in the terminal's own mode, where Ctrl-C
//! is a signal. Whoever listens for that signal, as commands do that must not be cut off, would go on
//! waiting for the line.

use std::io;

use secrecy::SecretString;

/// What a byte of a line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// More is to come.
    More,
    /// The line is whole.
    Done,
    /// The person leaves.
    Left,
}

/// A line in the making.
#[derive(Default)]
struct Line(Vec<u8>);

impl Line {
    /// Takes a byte, as a terminal edits lines: Backspace and Ctrl-U erase, Enter ends, Ctrl-C leaves,
    /// and so does Ctrl-D on an empty line.
    fn take(&mut self, byte: u8) -> Step {
        match byte {
            b'\r' | b'\n' => return Step::Done,
            0x03 => return Step::Left,
            0x04 if self.0.is_empty() => return Step::Left,
            0x04 => return Step::Done,
            0x15 => self.0.clear(),
            0x08 | 0x7f => {
                // The bytes that go on a character, and its first.
                while self.0.pop().is_some_and(|byte| byte & 0xC0 == 0x80) {}
            }
            byte => self.0.push(byte),
        }
        Step::More
    }

    fn into_secret(self) -> SecretString {
        String::from_utf8_lossy(&self.0).into_owned().into()
    }
}

/// Asks, and reads a line from standard input, a terminal. Nothing is shown from before the question
/// on: whoever answers at once is not seen either.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] when the person leaves.
#[cfg(unix)]
pub(super) fn read(ask: impl FnOnce() -> io::Result<()>) -> io::Result<SecretString> {
    let keys = super::keys::Keys::begin()?;
    ask()?;
    let mut line = Line::default();
    loop {
        match line.take(keys.byte()?) {
            Step::More => {}
            Step::Done => return Ok(line.into_secret()),
            Step::Left => return Err(io::ErrorKind::Interrupted.into()),
        }
    }
}

/// The same where terminals have no such modes.
#[cfg(not(unix))]
pub(super) fn read(ask: impl FnOnce() -> io::Result<()>) -> io::Result<SecretString> {
    ask()?;
    let text = console::Term::stderr().read_secure_line()?;
    let mut line = Line::default();
    for byte in text.bytes() {
        if line.take(byte) == Step::Left {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
    Ok(line.into_secret())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_line_is_edited_as_terminals_do() {
        for (typed, expected) in [
            ("abc\r", Some("abc")),
            ("\n", Some("")),
            ("abx\u{7f}c\r", Some("abc")),
            ("aé\u{7f}b\r", Some("ab")),
            ("\u{7f}a\r", Some("a")),
            ("wrong\u{15}right\r", Some("right")),
            ("ab\u{4}", Some("ab")),
            ("\u{4}", None),
            ("ab\u{3}", None),
        ] {
            let mut line = Line::default();
            let end = typed
                .bytes()
                .map(|byte| line.take(byte))
                .find(|step| *step != Step::More);
            let found = (end == Some(Step::Done)).then(|| line.into_secret());
            let found = found.as_ref().map(ExposeSecret::expose_secret);
            assert_eq!(found, expected, "{typed:?}");
        }
    }
}
