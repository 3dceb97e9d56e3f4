//! Slugs as the Prefect worker writes them into names and labels: text turned to ASCII, what
//! Kubernetes does not allow replaced by dashes, cut to length.
//!
//! The steps and their order are python-slugify's, the ASCII table text-unidecode's.

use std::{borrow::Cow, sync::LazyLock};

use icu_normalizer::DecomposingNormalizerBorrowed;
use regex::{Captures, Regex};

use super::{ascii, html_entities};

/// Longest label value and longest name part of a label key, in characters (Kubernetes).
const LABEL_LENGTH: usize = 63;
/// Longest prefix of a label key, in characters (Kubernetes).
const LABEL_PREFIX_LENGTH: usize = 253;
/// Longest slug of a Job's name: leaves room for what makes the name unique.
const NAME_LENGTH: usize = 45;
/// What a label key or value may neither begin nor end with.
const LABEL_EDGES: [char; 3] = ['_', '-', '.'];

/// The slug of a Job's name: lower case, at most 45 characters; none when nothing is left.
#[must_use]
pub fn name(text: &str) -> Option<String> {
    let slug = slugify(text, true, NAME_LENGTH, |_| false);
    (!slug.is_empty()).then(|| slug.into_owned())
}

/// The slug of a text as it is without further rules: lower case, of any length, maybe empty.
#[must_use]
pub fn plain(text: &str) -> String {
    slugify(text, true, usize::MAX, |_| false).into_owned()
}

/// The slug of a label's value; the text itself when nothing is left, for the API server to judge.
#[must_use]
pub fn label_value(text: &str) -> String {
    label_part(text).into_owned()
}

fn label_part(text: &str) -> Cow<'_, str> {
    let slug = slugify(text, false, LABEL_LENGTH, |c| matches!(c, '_' | '.'));
    trimmed_or(slug, text)
}

/// Whether a text has a slug that may be a label's value. One of emoji alone, say, has none.
pub fn has_label_value(text: &str) -> bool {
    let slug = label_part(text);
    let is_edge = |c: char| c.is_ascii_alphanumeric();
    slug.starts_with(is_edge)
        && slug.ends_with(is_edge)
        && slug
            .chars()
            .all(|c| is_edge(c) || matches!(c, '-' | '_' | '.'))
}

/// The slug of a label's or annotation's key, `[prefix/]name`, each part as [`label_value`].
#[must_use]
pub fn label_key(key: &str) -> String {
    let (prefix, name) = key.split_once('/').unwrap_or(("", key));
    let name = label_part(name);
    if prefix.is_empty() {
        return name.into_owned();
    }
    let slug = slugify(prefix, false, LABEL_PREFIX_LENGTH, |c| c == '.');
    [&trimmed_or(slug, prefix), "/", &name].concat()
}

fn trimmed_or<'a>(slug: Cow<'a, str>, text: &'a str) -> Cow<'a, str> {
    let slug = match slug {
        Cow::Borrowed(slug) => Cow::Borrowed(slug.trim_matches(LABEL_EDGES)),
        Cow::Owned(slug) => Cow::Owned(slug.trim_matches(LABEL_EDGES).to_owned()),
    };
    if slug.is_empty() { text.into() } else { slug }
}

/// Letters, digits and dashes stay, and what `keeps` says; all other runs become one dash.
fn slugify(text: &str, lower: bool, longest: usize, keeps: fn(char) -> bool) -> Cow<'_, str> {
    if is_slug(text, keeps) {
        let slug = cut(text, longest);
        return if lower && slug.bytes().any(|byte| byte.is_ascii_uppercase()) {
            slug.to_ascii_lowercase().into()
        } else {
            slug.into()
        };
    }
    let text: String = decompose(&text.replace('\'', "-"))
        .chars()
        .map(ascii::text)
        .collect();
    let text = decode_references(text);
    let mut text = decompose(&text).into_owned();
    if lower {
        text = text.to_lowercase();
    }
    text.retain(|character| character != '\'');
    let slug = with_single_dashes(&without_digit_commas(&text), keeps);
    cut(&slug, longest).to_owned().into()
}

/// Whether nothing of a text would be replaced, as is the rule.
fn is_slug(text: &str, keeps: fn(char) -> bool) -> bool {
    let mut before = 0;
    text.bytes().all(|byte| {
        let is_second_dash = byte == b'-' && before == b'-';
        before = byte;
        byte.is_ascii_alphanumeric()
            || (byte == b'-' && !is_second_dash)
            || (byte.is_ascii() && keeps(byte.into()))
    })
}

/// A slug, which is ASCII, of this length at most.
fn cut(slug: &str, longest: usize) -> &str {
    let slug = slug.trim_matches('-');
    slug.get(..longest).unwrap_or(slug).trim_matches('-')
}

fn decompose(text: &str) -> Cow<'_, str> {
    const NFKD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfkd();
    NFKD.normalize(text)
}

/// Replaces every run of disallowed characters and every run of dashes by one dash.
fn with_single_dashes(text: &str, keeps: fn(char) -> bool) -> String {
    let mut slug = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || keeps(character) {
            slug.push(character);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug
}

/// `1,000` becomes `1000`. Only ASCII digits matter: others become dashes all the same.
fn without_digit_commas(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_digit = |index: Option<usize>| {
        index.is_some_and(|index| bytes.get(index).is_some_and(u8::is_ascii_digit))
    };
    text.char_indices()
        .filter(|&(at, character)| {
            character != ',' || !is_digit(at.checked_sub(1)) || !is_digit(Some(at + 1))
        })
        .map(|(_, character)| character)
        .collect()
}

/// Decodes `&amp;`, `&#38;` and `&#x26;`, in this order, each over the result of the one before.
///
/// Numbers that are no character spoil their kind: then none of that kind is decoded.
fn decode_references(text: String) -> String {
    #[expect(
        clippy::expect_used,
        reason = "constant expressions, compiled by a test"
    )]
    static REFERENCES: LazyLock<[Regex; 3]> = LazyLock::new(|| {
        [
            r"&([A-Za-z][A-Za-z0-9]*);",
            r"&#([0-9]+);",
            r"&#x([0-9A-Fa-f]+);",
        ]
        .map(|expression| Regex::new(expression).expect("a valid expression"))
    });
    if !text.contains('&') {
        return text;
    }
    let [named, decimal, hexadecimal] = &*REFERENCES;
    let text = named.replace_all(&text, |found: &Captures<'_>| {
        html_entities::character(&found[1])
            .map_or_else(|| found[0].to_owned(), |character| character.to_string())
    });
    let text = decode_numbers(&text, decimal, 10);
    decode_numbers(&text, hexadecimal, 16)
}

fn decode_numbers(text: &str, references: &Regex, radix: u32) -> String {
    /// Beyond the last code point Python raises.
    const LAST: u32 = 0x10_ffff;
    let code = |digits: &str| {
        u32::from_str_radix(digits, radix)
            .ok()
            .filter(|&code| code <= LAST)
    };
    if !references
        .captures_iter(text)
        .all(|found| code(&found[1]).is_some())
    {
        return text.to_owned();
    }
    references
        .replace_all(text, |found: &Captures<'_>| {
            // A surrogate is a character in Python; like its replacement it becomes a dash.
            code(&found[1])
                .and_then(char::from_u32)
                .unwrap_or(char::REPLACEMENT_CHARACTER)
                .to_string()
        })
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_lower_case_and_short() {
        for (text, slug) in [
            ("happy-Bear", Some("happy-bear")),
            ("My_Flow.Run 1,000 it's", Some("my-flow-run-1000-it-s")),
            ("北亰 Straße ½ K ﬁ", Some("bei-jing-strasse-1-2-k-fi")),
            ("--a--b--", Some("a-b")),
            ("a &amp; b &#38; &#x26; &lt;&eacute;", Some("a-b-e")),
            ("&#1114112; &#65;", Some("1114112-65")),
            ("€uro \u{80}", Some("eururo")),
            ("\u{1f600}", None),
            ("", None),
        ] {
            assert_eq!(name(text).as_deref(), slug, "{text:?}");
        }
        let long = "x".repeat(44) + "-yy";
        assert_eq!(name(&long), Some("x".repeat(44)));
    }

    #[test]
    fn label_values_keep_case_dots_and_underscores() {
        for (text, slug) in [
            ("My_Flow.Run", "My_Flow.Run"),
            ("2024-01-01T00:00:00.5+00:00", "2024-01-01T00-00-00.5-00-00"),
            ("_.-a-._", "a"),
            ("\u{1f600}", "\u{1f600}"),
            ("", ""),
        ] {
            assert_eq!(label_value(text), slug, "{text:?}");
        }
    }

    #[test]
    fn a_text_that_is_all_signs_has_no_label_value() {
        for (text, has) in [
            ("nightly", true),
            ("🚀 nightly", true),
            ("流程", true),
            ("🚀", false),
            ("---", false),
            (" ", false),
            ("", false),
        ] {
            assert_eq!(has_label_value(text), has, "{text:?}");
        }
    }

    #[test]
    fn label_keys_have_one_prefix() {
        for (key, slug) in [
            ("prefect.io/flow-run-id", "prefect.io/flow-run-id"),
            ("Some Prefix_x/a b/c", "Some-Prefix-x/a-b-c"),
            ("/a", "a"),
            ("a/", "a/"),
            ("-/é", "-/e"),
        ] {
            assert_eq!(label_key(key), slug, "{key:?}");
        }
    }

    fn is_valid_label(text: &str) -> bool {
        text.len() <= 63
            && !text.starts_with(LABEL_EDGES)
            && !text.ends_with(LABEL_EDGES)
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || LABEL_EDGES.contains(&c))
    }

    proptest! {
        #[test]
        fn a_slug_is_valid_or_the_text_itself(text in any::<String>()) {
            let value = label_value(&text);
            prop_assert!(is_valid_label(&value) || value == text);
            if let Some(name) = name(&text) {
                prop_assert!(name.len() <= NAME_LENGTH && is_valid_label(&name));
                prop_assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            }
            let key = label_key(&text);
            prop_assert!(!key.is_empty() || text.is_empty() || text == "/");
        }
    }
}
