//! Splits a command line as Python's `shlex.split` does: POSIX quoting, `#` is no comment, words
//! are parted by space, tab, carriage return and line feed only.

/// Why a command line has no words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShellError {
    /// A quote is opened and never closed.
    #[error("no closing quotation mark")]
    NoClosingQuote,
    /// The last character is a backslash.
    #[error("nothing follows the last backslash")]
    NoEscapedCharacter,
}

/// Splits a command line into its arguments.
///
/// # Errors
/// Unbalanced quotes and a backslash at the end.
pub fn split(line: &str) -> Result<Vec<String>, ShellError> {
    let mut words = Vec::new();
    // A word exists as soon as a character or a quote has been seen, so that '' is one.
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\\' => {
                let escaped = characters.next().ok_or(ShellError::NoEscapedCharacter)?;
                word.get_or_insert_default().push(escaped);
            }
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next().ok_or(ShellError::NoClosingQuote)? {
                        '\'' => break,
                        inside => word.push(inside),
                    }
                }
            }
            '"' => read_double_quoted(&mut characters, word.get_or_insert_default())?,
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Inside double quotes a backslash escapes only itself and the quote.
fn read_double_quoted(
    characters: &mut std::str::Chars<'_>,
    word: &mut String,
) -> Result<(), ShellError> {
    loop {
        match characters.next().ok_or(ShellError::NoClosingQuote)? {
            '"' => return Ok(()),
            '\\' => {
                let escaped = characters.next().ok_or(ShellError::NoEscapedCharacter)?;
                if !matches!(escaped, '"' | '\\') {
                    word.push('\\');
                }
                word.push(escaped);
            }
            inside => word.push(inside),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_posix_shell_without_comments() {
        for (line, words) in [
            ("", &[][..]),
            ("  \t\n", &[]),
            (
                "prefect flow-run execute",
                &["prefect", "flow-run", "execute"],
            ),
            ("a # b", &["a", "#", "b"]),
            ("a''b \"\" ''", &["ab", "", ""]),
            (r"'a\b' a\ b", &[r"a\b", "a b"]),
            (r#""a\"b\\c\d$x""#, &[r#"a"b\c\d$x"#]),
            ("a\u{a0}b\u{b}c", &["a\u{a0}b\u{b}c"]),
            ("a;b&&c|d", &["a;b&&c|d"]),
            ("a\\\nb", &["a\nb"]),
        ] {
            assert_eq!(split(line).unwrap(), words, "{line:?}");
        }
    }

    #[test]
    fn what_is_left_open_is_an_error() {
        for (line, error) in [
            ("'a", ShellError::NoClosingQuote),
            ("a \"b", ShellError::NoClosingQuote),
            ("a\\", ShellError::NoEscapedCharacter),
            ("\"a\\", ShellError::NoEscapedCharacter),
        ] {
            assert_eq!(split(line), Err(error), "{line:?}");
        }
    }
}
