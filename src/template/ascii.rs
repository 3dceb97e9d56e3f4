//! The ASCII text for a character, as text-unidecode has it. The table is packed by `build.rs`.

const INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ascii_index.bin"));
const TEXTS: &str = include_str!(concat!(env!("OUT_DIR"), "/ascii_texts.txt"));
/// Bytes of the index for each character: where its text begins, and how long it is.
const ENTRY: usize = 3;

/// The text for a character; empty where there is none.
///
/// text-unidecode's table is older than the packed one: what differs after decomposition stands
/// here.
pub(super) fn text(character: char) -> &'static str {
    match character {
        '\u{80}'..='\u{9f}' | '\u{2e5}'..='\u{2eb}' => "",
        '\u{2ef}'..='\u{2ff}' | '\u{3f6}'..='\u{3f8}' | '\u{3fc}'..='\u{3ff}' => "[?]",
        '\u{6ff}' | '\u{af0}' | '\u{af1}' | '\u{af9}' | '\u{13f5}' => "[?]",
        '\u{13f8}'..='\u{13fd}' | '\u{1efa}'..='\u{1eff}' => "[?]",
        '\u{25f4}'..='\u{25ff}' | '\u{fdfd}' => "[?]",
        _ => packed(character).unwrap_or_default(),
    }
}

fn packed(character: char) -> Option<&'static str> {
    let at = usize::try_from(u32::from(character)).ok()? * ENTRY;
    let &[low, high, length] = INDEX.get(at..at + ENTRY)? else {
        return None;
    };
    let start = usize::from(u16::from_le_bytes([low, high]));
    TEXTS.get(start..start + usize::from(length))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn characters_have_their_texts() {
        for (character, ascii) in [
            ('a', "a"),
            ('\0', "\0"),
            ('ß', "ss"),
            ('北', "Bei "),
            ('\u{80}', ""),
            ('\u{fdfd}', "[?]"),
            ('\u{1f600}', ""),
            ('\u{10ffff}', ""),
        ] {
            assert_eq!(text(character), ascii, "{character:?}");
        }
    }
}
