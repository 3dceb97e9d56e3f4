//! The keys of a terminal, one by one, unseen.

use std::io;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use super::stdin::Stdin;

/// A key that means something to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Ctrl-C, or Ctrl-D.
    Leave,
    /// The arrow up.
    Up,
    /// The arrow down.
    Down,
    /// A letter, or whatever else is one byte.
    Byte(u8),
}

/// A terminal that shows nothing of what is typed and gives it at once, Ctrl-C too. It is as before
/// when this value goes.
pub struct Keys {
    stdin: Stdin,
    before: Termios,
}

impl Keys {
    /// Begins to take keys.
    ///
    /// # Errors
    /// When standard input is no terminal.
    pub fn begin() -> io::Result<Self> {
        let stdin = Stdin::listen()?;
        let before = tcgetattr(io::stdin())?;
        let mut now = before.clone();
        now.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(io::stdin(), OptionalActions::Now, &now)?;
        Ok(Self { stdin, before })
    }

    /// The next byte that is typed.
    ///
    /// # Errors
    /// [`io::ErrorKind::Interrupted`] after SIGINT, and when the terminal is gone.
    pub fn byte(&self) -> io::Result<u8> {
        let mut byte = [0];
        match self.stdin.read(&mut byte)? {
            0 => Err(io::ErrorKind::Interrupted.into()),
            _ => Ok(byte[0]),
        }
    }

    /// The next key.
    ///
    /// # Errors
    /// As [`Self::byte`].
    pub fn key(&self) -> io::Result<Key> {
        Ok(match self.byte()? {
            b'\r' | b'\n' => Key::Enter,
            0x03 | 0x04 => Key::Leave,
            0x1b if !self.stdin.has_more() => Key::Escape,
            0x1b => match (self.byte()?, self.byte()?) {
                (b'[' | b'O', b'A') => Key::Up,
                (b'[' | b'O', b'B') => Key::Down,
                (_, byte) => Key::Byte(byte),
            },
            byte => Key::Byte(byte),
        })
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        // A terminal that is gone needs no mending.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}
