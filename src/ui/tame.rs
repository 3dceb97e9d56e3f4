//! Makes text from elsewhere harmless: names of pools and runs, messages of servers, log lines.

/// Text as it may go to a terminal: its lines, and nothing that steers the terminal or makes a line
/// read as another than it is. What would becomes a space.
#[must_use]
pub fn tame(text: &str) -> String {
    text.replace(|c: char| c != '\n' && is_wild(c), " ")
}

/// The same on one line.
#[must_use]
pub fn tame_line(text: &str) -> String {
    text.replace(is_wild, " ")
}

/// Control characters (C0, C1, DEL), line and paragraph separators, and the embeddings, overrides
/// and isolates of bidirectional text (<https://trojansource.codes>). Marks of direction stay:
/// text in Arabic or Hebrew needs them, and they only move what stands beside them.
fn is_wild(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_elsewhere_does_not_steer_the_terminal() {
        for (text, tamed) in [
            ("a\nb\x1b[31mc\u{9b}d\r\t名\u{7f}", "a\nb [31mc d  名 "),
            ("a\u{202E}txt.exe\u{2066}b\u{2069}", "a txt.exe b "),
            ("a\u{2028}b", "a b"),
            ("شروع\u{200F} 🚀 é", "شروع\u{200F} 🚀 é"),
        ] {
            assert_eq!(tame(text), tamed, "{text:?}");
            assert_eq!(tame_line(text), tamed.replace('\n', " "), "{text:?}");
        }
    }
}
