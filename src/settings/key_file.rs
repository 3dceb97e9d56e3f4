//! The API key from a file or from standard input: never from the command line.

use std::{io::Read, path::Path};

use secrecy::SecretString;

use crate::error::{Error, Result};

/// The flag that names the file.
pub const FLAG: &str = "--api-key-file";

/// Keys are short; what is longer is some other file.
const LONGEST: u64 = 64 * 1024;

/// Reads the key from a file, or from `stdin` when the path is `-`.
///
/// One line end after the key is cut off.
///
/// # Errors
/// The file cannot be read, is empty, or holds anything but one word.
pub fn read(path: &Path, stdin: impl Read) -> Result<SecretString> {
    let (name, bytes) = if path == Path::new("-") {
        ("standard input".to_owned(), read_all(stdin))
    } else {
        let name = path.display().to_string();
        (name, std::fs::File::open(path).and_then(read_all))
    };
    let bytes = bytes.map_err(|error| {
        Error::usage(format!("failed to read the API key from {name} ({FLAG})")).because(&error)
    })?;
    let wrong = |cause: &str| {
        Error::usage(format!("{name} holds no API key ({FLAG})"))
            .cause(cause)
            .hint("The file must hold the key alone, with at most one line end after it.")
    };
    if bytes.len() as u64 > LONGEST {
        return Err(wrong("it is too large"));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is not text"))?;
    let key = text.strip_suffix('\n').map_or(text.as_str(), |line| {
        line.strip_suffix('\r').unwrap_or(line)
    });
    if key.is_empty() {
        return Err(wrong("it is empty"));
    }
    if key.contains(char::is_whitespace) {
        return Err(wrong(
            "there is a space or a line end before, within or after the key",
        ));
    }
    if key.contains(char::is_control) {
        return Err(wrong("there is a control character in it"));
    }
    Ok(key.into())
}

fn read_all(source: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn key(text: &str) -> Result<SecretString> {
        read(Path::new("-"), text.as_bytes())
    }

    #[test]
    fn one_line_end_is_cut_off() {
        for text in ["pnu_1", "pnu_1\n", "pnu_1\r\n"] {
            assert_eq!(key(text).unwrap().expose_secret(), "pnu_1");
        }
    }

    #[test]
    fn anything_but_one_word_is_refused_unseen() {
        for (text, cause) in [
            ("", "it is empty"),
            ("\n", "it is empty"),
            (
                "pnu_1\n\n",
                "there is a space or a line end before, within or after the key",
            ),
            (
                " pnu_1",
                "there is a space or a line end before, within or after the key",
            ),
            (
                "pnu_1 x",
                "there is a space or a line end before, within or after the key",
            ),
            ("pnu_1\0", "there is a control character in it"),
        ] {
            let error = key(text).unwrap_err();
            assert_eq!(error.causes, [cause]);
            assert!(!format!("{error:?}").contains("pnu_1"));
        }
        assert_eq!(
            key(&"x".repeat(70_000)).unwrap_err().causes,
            ["it is too large"]
        );
    }

    #[test]
    fn a_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "pnu_2\n").unwrap();
        assert_eq!(
            read(&path, std::io::empty()).unwrap().expose_secret(),
            "pnu_2"
        );
        let error = read(&folder.path().join("none"), std::io::empty()).unwrap_err();
        assert_eq!(error.causes.len(), 1);
    }
}
