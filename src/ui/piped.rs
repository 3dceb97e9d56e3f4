//! What is piped into a command.

use std::io;

use crate::error::{Error, Kind, Result};

/// Reads standard input to its end, and no more than so many bytes. SIGINT ends it: whoever is at the
/// other end may be a person, or a program that hangs.
///
/// # Errors
/// [`Kind::Interrupted`]; that of `failed` when it cannot be read.
pub fn read_stdin(most: u64, failed: impl Fn(&io::Error) -> Error) -> Result<Vec<u8>> {
    read(most).map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => Error::new(Kind::Interrupted, "interrupted"),
        _ => failed(&error),
    })
}

#[cfg(unix)]
fn read(most: u64) -> io::Result<Vec<u8>> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    super::stdin::Stdin::listen()?.read_all(most)
}

#[cfg(not(unix))]
fn read(most: u64) -> io::Result<Vec<u8>> {
    use io::Read;
    let mut bytes = Vec::new();
    io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
